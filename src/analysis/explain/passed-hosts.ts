/**
 * Host endpoints that a pod's packet passes and that are not asked: policy of a host governs what the host passes on only
 * with applyOnForward. Whoever wonders why such a policy does nothing is told so.
 */
import { factsAbout } from '../../policy/addresses/address-book.ts';
import type { Decision, FirstPacket } from '../../policy/decision.ts';
import type { World } from '../../policy/world.ts';
import type { ProgramHook } from '../../tables/verdict.ts';

interface Passage {
  readonly nodeName: string;
  readonly normal: 'host-ingress' | 'host-egress';
  readonly forward: ProgramHook;
}

/** Where the packet leaves the sender's node, and where it enters the receiver's. */
function passages(packet: FirstPacket, { judgedDestination }: Decision, { book }: World): Passage[] {
  const source = factsAbout(book, packet.source);
  const destination = factsAbout(book, judgedDestination);
  const from = source.owner?.pod === undefined ? undefined : source.owner.nodeName;
  const to = destination.owner?.pod === undefined ? undefined : destination.owner.nodeName;
  const isLocal = (node: string | undefined): boolean =>
    node !== undefined && node === (from ?? source.node?.name);
  const leaves = from !== undefined && to !== from && destination.node?.name !== from;
  return [
    ...(leaves ? [{ nodeName: from, normal: 'host-egress', forward: 'forward-egress' } as const] : []),
    ...(to !== undefined && !isLocal(to)
      ? [{ nodeName: to, normal: 'host-ingress', forward: 'forward-ingress' } as const]
      : []),
  ];
}

/** One note a host endpoint with policies of the direction, none of which governs what the host passes on. */
export function passedHosts(packet: FirstPacket, decision: Decision, world: World): string[] {
  if (decision.verdict === 'deny') return [];
  return passages(packet, decision, world).flatMap(({ nodeName, normal, forward }) => {
    const endpoint = world.book.hosts.get(nodeName)?.main;
    if (endpoint === undefined || world.resolved.governing(endpoint, forward) !== undefined) return [];
    const tiers = world.resolved.governing(endpoint, normal)?.tiers ?? [];
    if (tiers.length === 0) return [];
    return [
      `host endpoint ${endpoint.name} says nothing of what ${nodeName} passes on: its policies govern that with applyOnForward only`,
    ];
  });
}
