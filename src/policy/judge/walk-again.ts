/** A hook that a packet has met, asked again in a world of the same endpoints: with staged policies enforced, say. */
import type { FirstPacket, HookWalk } from '../decision.ts';
import type { World } from '../world.ts';
import { beginWalk, seenPacket } from './packet-walk.ts';
import { possiblePackets } from './possible-packets.ts';
import { walkHook } from './walk-hook.ts';

/** One walk for each value that an unknown field of the packet may have; none where nothing is asked. */
export function walkAgain(walk: HookWalk, packet: FirstPacket, world: World): HookWalk[] {
  const { hook, endpoint, source, sourceIsWorld = false, destination: address, destinationPort: port } = walk;
  const again = world.book.endpoints[endpoint.index]!;
  return possiblePackets(packet, world).flatMap((known) => {
    const target = port === undefined ? { address } : { address, port };
    const seen = seenPacket(beginWalk(known, target, world), {
      source,
      sourceIsWorld,
      destination: 'target',
    });
    const found = walkHook(hook, again, seen, world);
    return found === undefined ? [] : [found];
  });
}
