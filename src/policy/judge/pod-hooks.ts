/**
 * The two hooks of pods, and what the API leaves open about the packets that they see: which destination egress policy
 * sees behind a Service, which source ingress policy sees behind a node port.
 */
import type { Address } from '../../net/address.ts';
import { factsAbout } from '../addresses/address-book.ts';
import type { HookWalk } from '../decision.ts';
import type { Endpoint } from '../endpoints.ts';
import type { OpenChoice } from '../open-choice.ts';
import { isRefused, type PacketWalk, type SourceSeen, seenPacket } from './packet-walk.ts';
import { walkHook } from './walk-hook.ts';

/** Asks the sender's egress. */
export function askEgress(walk: PacketWalk, sender: Endpoint): void {
  if (isRefused(walk)) return;
  const { ends, world, hooks, notes } = walk;
  const { source } = ends.packet;
  const { virtualPort } = ends.target;
  const found = walkHook('egress', sender, seenPacket(walk, { source, destination: 'target' }), world);
  if (virtualPort === undefined || world.profile.serviceDestination === 'after-dnat') {
    hooks.push(found);
    return;
  }
  const before = seenPacket(walk, { source, destination: 'target' }, virtualPort.address);
  if (walkHook('egress', sender, before, world).verdict === found.verdict) {
    hooks.push(found);
    return;
  }
  notes.push('the API leaves open whether an ipBlock sees the address of a Service or that of its backend');
  hooks.push(opened(found, 'service-destination'));
}

/** Asks the receiver's ingress, unless its own host is the source: no policy is asked then. */
export function askIngress(
  walk: PacketWalk,
  receiver: Endpoint,
  { address: source, isWorld }: SourceSeen,
): 'asked' | 'host-to-local' {
  const { ends, world, hooks, notes } = walk;
  const walkFrom = (from: Address, sourceIsWorld = false): HookWalk | undefined => {
    const { node } = factsAbout(world.book, from);
    if (!sourceIsWorld && node !== undefined && node.name === receiver.nodeName) return undefined;
    const seen = seenPacket(walk, { source: from, sourceIsWorld, destination: 'target' });
    return walkHook('ingress', receiver, seen, world);
  };
  const { virtualPort } = ends.target;
  const mayMasquerade =
    virtualPort?.kind === 'node-port' && virtualPort.service.externalTrafficPolicy === 'Cluster';
  if (!mayMasquerade || world.profile.nodePortSource === 'client')
    return keep(walkFrom(source, isWorld), hooks);
  const asClient = walkFrom(ends.packet.source);
  const asNode = walkFrom(ends.packet.destination);
  if ((asClient?.verdict ?? 'allow') === (asNode?.verdict ?? 'allow')) return keep(asClient, hooks);
  notes.push('behind a node port the source may be the client or the node that was dialled');
  return keep(opened((asClient ?? asNode)!, 'node-port-source'), hooks);
}

function keep(found: HookWalk | undefined, hooks: HookWalk[]): 'asked' | 'host-to-local' {
  if (found === undefined) return 'host-to-local';
  hooks.push(found);
  return 'asked';
}

/** The same walk with its answer left open. */
function opened({ decider: _, ...walk }: HookWalk, open: OpenChoice): HookWalk {
  return { ...walk, verdict: 'unspecified', reason: 'none', open };
}
