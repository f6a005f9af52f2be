/**
 * A first packet at one destination: behind a service at one backend, else at the address that it carries. Steps 2 to
 * 9 of "The first packet of a connection" in src/README.md.
 */
import { type Address, sameAddress } from '../net/address.ts';
import { ICMPV6, IPIP, UDP, VXLAN_PORT } from '../net/protocol-layout.ts';
import type { Reason } from '../tables/verdict.ts';
import { factsAbout, isHeld } from './address-book.ts';
import type { Decision, FirstPacket, HookWalk } from './decision.ts';
import type { AddressFacts, Backend, Endpoint, VirtualPort } from './endpoints.ts';
import { isOpenForHostNetwork } from './host-network.ts';
import { isDiscovery } from './possible-packets.ts';
import type { SeenPacket, SeenSide } from './rule-match.ts';
import { walkHook } from './walk-hook.ts';
import type { World } from './world.ts';

/** Where the packet arrives after address translation. */
export interface Target {
  readonly address: Address;
  readonly port?: number;
  /** Both present when the destination was rewritten. */
  readonly backend?: Backend;
  readonly virtualPort?: VirtualPort;
}

/** The two ends of a packet at its target. */
interface Ends {
  readonly packet: FirstPacket;
  readonly target: Target;
  readonly source: AddressFacts;
  readonly destination: AddressFacts;
}

/** Steps 2 to 9 for one target; every field of the packet that matters is known. */
export function judgeAtTarget(packet: FirstPacket, target: Target, world: World): Decision {
  const { profile, book } = world;
  const ends: Ends = {
    packet,
    target,
    source: factsAbout(book, packet.source),
    destination: factsAbout(book, target.address),
  };
  const decided = exemption(ends, world);
  if (decided !== undefined) return decided;

  const { owner: sender } = ends.source;
  const { owner: receiver } = ends.destination;
  const hooks: HookWalk[] = [];
  const notes: string[] = [];
  let exempt: Reason | undefined;
  if (sender !== undefined) hooks.push(walkEgress(ends, sender, world, notes));
  if (hooks[0]?.verdict !== 'deny') {
    if (receiver !== undefined) {
      const ingress = walkIngress(ends, receiver, world, notes);
      if (ingress === undefined) exempt = 'host-to-local';
      else hooks.push(ingress);
    } else if (isOwnNode(ends, sender)) exempt = 'endpoint-to-host';
  }
  const decision = concluded(ends, hooks, exempt, notes);
  const isHairpin = target.virtualPort !== undefined && sender !== undefined && sender === receiver;
  if (isHairpin && decision.verdict !== 'allow' && profile.hairpin === 'unspecified')
    return unspecified(ends, 'the API does not say whether a pod may reach itself through a Service', hooks);
  return decision;
}

/** Steps that meet no hook; undefined when policy is to be asked. */
function exemption(ends: Ends, world: World): Decision | undefined {
  const { packet, target, source, destination } = ends;
  const { profile } = world;
  const sender = source.owner;
  const isRewritten = target.virtualPort !== undefined;
  if (sender !== undefined && !isRewritten && sameAddress(packet.source, packet.destination))
    return settled(ends, 'allow', 'self', 'a pod always reaches its own address');
  if (packet.protocol === ICMPV6 && packet.icmp !== undefined && isDiscovery(packet.icmp.type))
    return settled(ends, 'allow', 'untracked', 'neighbour and multicast listener discovery is not policed');
  if (profile.hostNetworkPods === 'unspecified' && isOpenForHostNetwork(packet, source, destination, world))
    return unspecified(ends, 'the API leaves open how host-network pods are policed', []);
  if (sender === undefined && destination.owner === undefined)
    return settled(ends, 'allow', 'no-endpoint', 'neither side is a pod that policy governs');
  if (profile.podToOwnNode === 'allow' && isOwnNode(ends, sender))
    return settled(ends, 'allow', 'endpoint-to-host', 'a pod and its own node always reach each other');
  const isEncapsulated = packet.protocol === IPIP || (packet.protocol === UDP && target.port === VXLAN_PORT);
  if (sender !== undefined && isEncapsulated && profile.workloadEncapsulation === 'deny')
    return settled(
      ends,
      'deny',
      'workload-encap',
      'encapsulated packets from pods are dropped before policy',
    );
  return undefined;
}

/** The destination is an address of the sender's node and no pod's. */
function isOwnNode({ destination }: Ends, sender: Endpoint | undefined): boolean {
  return (
    sender !== undefined &&
    destination.owner === undefined &&
    destination.node !== undefined &&
    destination.node.name === sender.nodeName
  );
}

function walkEgress(ends: Ends, sender: Endpoint, world: World, notes: string[]): HookWalk {
  const { packet, target } = ends;
  const seen = seenPacket(ends, packet.source, target.address, world);
  const walk = walkHook('egress', sender, seen, world);
  if (target.virtualPort === undefined || world.profile.serviceDestination === 'after-dnat') return walk;
  const before = seenPacket(ends, packet.source, target.virtualPort.address, world);
  if (walkHook('egress', sender, before, world).verdict === walk.verdict) return walk;
  notes.push('the API leaves open whether an ipBlock sees the address of a Service or that of its backend');
  return opened(walk);
}

/** Undefined when the host itself is the source and no policy is asked. */
function walkIngress(ends: Ends, receiver: Endpoint, world: World, notes: string[]): HookWalk | undefined {
  const { packet, target } = ends;
  const walkFrom = (source: Address): HookWalk | undefined => {
    const { node } = factsAbout(world.book, source);
    if (node !== undefined && node.name === receiver.nodeName) return undefined;
    return walkHook('ingress', receiver, seenPacket(ends, source, target.address, world), world);
  };
  const { virtualPort, backend } = target;
  const mayMasquerade =
    virtualPort?.kind === 'node-port' && virtualPort.service.externalTrafficPolicy === 'Cluster';
  if (!mayMasquerade) return walkFrom(packet.source);
  const dialled = packet.destination;
  if (world.profile.nodePortSource === 'client')
    return walkFrom(backend!.nodeName === virtualPort.nodeName ? packet.source : dialled);
  const asClient = walkFrom(packet.source);
  const asNode = walkFrom(dialled);
  if ((asClient?.verdict ?? 'allow') === (asNode?.verdict ?? 'allow')) return asClient;
  notes.push('behind a node port the source may be the client or the node that was dialled');
  return opened((asClient ?? asNode)!);
}

function seenPacket(ends: Ends, source: Address, destinationNet: Address, { book }: World): SeenPacket {
  const { packet, target, destination } = ends;
  const { protocol, sourcePort, icmp } = packet;
  const from: SeenSide = {
    address: source,
    netAddress: source,
    holders: factsAbout(book, source).holders,
    ...(isHeld(book, source) ? {} : { isUnheld: true }),
  };
  const to: SeenSide = {
    address: target.address,
    netAddress: destinationNet,
    holders: destination.holders,
    ...(isHeld(book, destinationNet) ? {} : { isUnheld: true }),
  };
  return {
    source: sourcePort === undefined ? from : { ...from, port: sourcePort },
    destination: target.port === undefined ? to : { ...to, port: target.port },
    protocol,
    ...(icmp === undefined ? {} : { icmp }),
  };
}

/** The same walk with its answer left open. */
function opened({ decider: _, ...walk }: HookWalk): HookWalk {
  return { ...walk, verdict: 'unspecified', reason: 'none' };
}

/** The first refusal counts, then what is open; on allow the last hook that was met. */
function concluded(
  ends: Ends,
  hooks: readonly HookWalk[],
  exempt: Reason | undefined,
  notes: readonly string[],
): Decision {
  const verdicts = ['deny', 'undetermined', 'unspecified'] as const;
  const refusing = verdicts
    .map((verdict) => hooks.find((hook) => hook.verdict === verdict))
    .find((hook) => hook !== undefined);
  const speaking = refusing ?? hooks.at(-1);
  return {
    verdict: refusing === undefined ? 'allow' : (refusing.verdict as (typeof verdicts)[number]),
    reason: (refusing === undefined ? exempt : undefined) ?? speaking?.reason ?? 'none',
    hook: speaking?.hook ?? 'none',
    ...(speaking?.decider === undefined ? {} : { decider: speaking.decider }),
    hooks,
    ...arrival(ends),
    notes,
  };
}

function settled(ends: Ends, verdict: 'allow' | 'deny', reason: Reason, note: string): Decision {
  return { verdict, reason, hook: 'none', hooks: [], ...arrival(ends), notes: [note] };
}

function unspecified(ends: Ends, note: string, hooks: readonly HookWalk[]): Decision {
  return { verdict: 'unspecified', reason: 'none', hook: 'none', hooks, ...arrival(ends), notes: [note] };
}

function arrival({ target }: Ends): Pick<Decision, 'judgedDestination' | 'judgedPort' | 'virtualPort'> {
  return {
    judgedDestination: target.address,
    ...(target.port === undefined ? {} : { judgedPort: target.port }),
    ...(target.virtualPort === undefined ? {} : { virtualPort: target.virtualPort }),
  };
}
