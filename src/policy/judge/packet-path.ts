/**
 * The way of a first packet from node to node, and the hooks that it meets at each: steps 5 to 8 of "The first packet
 * of a connection" in src/README.md.
 *
 * Source: projectcalico/calico felix/rules/static.go, felix/rules/endpoints.go, felix/dataplane/linux/endpoint_mgr.go.
 */
import type { Address } from '../../net/address.ts';
import { factsAbout } from '../addresses/address-book.ts';
import { leavesByTunnel, masqueradeSource } from '../addresses/ip-pools.ts';
import type { HookWalk } from '../decision.ts';
import type { AddressFacts, Endpoint, Host } from '../endpoints.ts';
import type { World } from '../world.ts';
import { ask, type Ends, isRefused, type PacketWalk, type SourceSeen } from './packet-walk.ts';
import { askEgress, askIngress } from './pod-hooks.ts';

/** What ended the walk beside the hooks. */
export type Exemption = 'endpoint-to-host' | 'host-to-local';

/** The nodes on the way; absent ones are outside, or unknown. */
interface Route {
  /** The source's. */
  readonly from: Host | undefined;
  /** The one whose node port was dialled. */
  readonly entry: Host | undefined;
  /** The target's. */
  readonly to: Host | undefined;
  /** The packet never leaves the source's node. */
  readonly isLocal: boolean;
}

/** Asks every hook on the way until one refuses. */
export function walkPath(walk: PacketWalk): Exemption | undefined {
  const { ends, world } = walk;
  const { owner: sender } = ends.source;
  const { owner: receiver } = ends.destination;
  const route = routeOf(ends, world);
  const { from, entry } = route;

  if (sender !== undefined) {
    leavePod(walk, sender, from);
    if (isOwnNode(ends)) return isRefused(walk) ? undefined : 'endpoint-to-host';
    if (from !== undefined && !route.isLocal) askForwardEgress(walk, from, route, ends.packet.source);
  } else if (from !== undefined) {
    if (route.isLocal) return receiver === undefined ? undefined : 'host-to-local';
    leaveHost(walk, from, route);
  }

  const sent = sourceBeyond(walk, route);
  if (entry !== undefined && entry !== from) passEntryNode(walk, entry, route, sent);
  const seen = sourceBehindNodePort(walk, sent);
  const { address: source, isWorld: sourceIsWorld } = seen;
  arrive(walk, route, seen);
  if (receiver === undefined || isRefused(walk)) return undefined;
  if (isHairpin(ends) && world.profile.hairpin === 'skip-ingress') return undefined;
  if (askIngress(walk, receiver, seen) === 'host-to-local') return 'host-to-local';
  const pods = route.to?.pods;
  ask(walk, {
    hook: 'forward-egress',
    endpoint: pods,
    interface: 'pods',
    source,
    sourceIsWorld,
    destination: 'target',
  });
  return undefined;
}

/** The target is an address of the sender's node and no pod's. */
export function isOwnNode({ source: { owner: sender }, destination }: Ends): boolean {
  return (
    sender !== undefined &&
    destination.owner === undefined &&
    destination.node !== undefined &&
    destination.node.name === sender.nodeName
  );
}

/** A pod that reaches itself through a Service. */
export function isHairpin({ source: { owner }, destination, target }: Ends): boolean {
  return target.virtualPort !== undefined && owner !== undefined && owner === destination.owner;
}

function routeOf({ source, destination, target }: Ends, { book }: World): Route {
  const hostOf = ({ owner, node }: AddressFacts): Host | undefined =>
    book.hosts.get(owner?.nodeName ?? node?.name ?? '');
  const { virtualPort } = target;
  const from = hostOf(source);
  const entry = virtualPort?.kind === 'node-port' ? book.hosts.get(virtualPort.nodeName) : undefined;
  const to = hostOf(destination);
  const isLocal = from !== undefined && from === to && (entry === undefined || entry === from);
  return { from, entry, to, isLocal };
}

/** The device of `node` on the stretch to or from another node; the main one where the other end is not known. */
function interfaceOf(
  { world }: PacketWalk,
  from: Host | undefined,
  to: Host | undefined,
  address: Address,
): 'main' | 'tunnel' {
  const isTunnel = from !== undefined && to !== undefined && leavesByTunnel(from, to, address, world.seen);
  return isTunnel ? 'tunnel' : 'main';
}

/** At the sender's node, before it is known where the packet leaves. */
function leavePod(walk: PacketWalk, sender: Endpoint, from: Host | undefined): void {
  const { source } = walk.ends.packet;
  const pods = { endpoint: from?.pods, interface: 'pods', source } as const;
  const isAllowed = ask(walk, { ...pods, hook: 'pre-dnat', destination: 'carried' });
  if (!isAllowed && !isOwnNode(walk.ends))
    ask(walk, { ...pods, hook: 'forward-ingress', destination: 'target' });
  askEgress(walk, sender);
}

/** The node where the packet goes first, and the address that it is sent to on the way there. */
function firstStretch(
  { ends }: PacketWalk,
  { from, entry, to }: Route,
): { next: Host | undefined; address: Address } {
  return entry !== undefined && entry !== from
    ? { next: entry, address: ends.packet.destination }
    : { next: to, address: ends.target.address };
}

function askForwardEgress(walk: PacketWalk, from: Host, route: Route, source: Address): void {
  const { next, address } = firstStretch(walk, route);
  const device = interfaceOf(walk, from, next, address);
  ask(walk, {
    hook: 'forward-egress',
    endpoint: from[device],
    interface: device,
    source,
    destination: 'target',
  });
}

function leaveHost(walk: PacketWalk, from: Host, route: Route): void {
  const { next, address } = firstStretch(walk, route);
  const device = interfaceOf(walk, from, next, address);
  const at = { endpoint: from[device], interface: device, source: walk.ends.packet.source };
  const isAllowed = ask(walk, { ...at, hook: 'untracked-egress', destination: 'carried' });
  if (!isAllowed) ask(walk, { ...at, hook: 'host-egress', destination: 'target' });
}

/** The source that the packet carries once it has left its node. */
function sourceBeyond(walk: PacketWalk, route: Route): Address {
  const { ends, world } = walk;
  const { source } = ends.packet;
  const { from, isLocal } = route;
  if (ends.source.owner === undefined || from === undefined || isLocal) return source;
  const { address } = firstStretch(walk, route);
  const { owner, node } = factsAbout(world.book, address);
  if (owner !== undefined) return source;
  const departure = { from, source, destination: address, isToNode: node !== undefined };
  return masqueradeSource(departure, world.seen);
}

/** At the node whose node port was dialled from elsewhere. */
function passEntryNode(walk: PacketWalk, entry: Host, { from, to }: Route, source: Address): void {
  const { ends } = walk;
  const device = interfaceOf(walk, from, entry, ends.packet.destination);
  const isForHost = to === entry && ends.destination.owner === undefined;
  const seen = { address: source, isWorld: false };
  askIncoming(walk, { host: entry, device, source: seen, sees: 'carried' }, isForHost);
  if (to === entry) return;
  const out = interfaceOf(walk, entry, to, ends.target.address);
  ask(walk, { hook: 'forward-egress', endpoint: entry[out], interface: out, source, destination: 'target' });
}

/** At the target's node, when the packet comes from elsewhere. */
function arrive(walk: PacketWalk, { from, entry, to }: Route, source: SourceSeen): void {
  const previous = entry ?? from;
  if (to === undefined || to === previous) return;
  const device = interfaceOf(walk, previous, to, walk.ends.target.address);
  const isForHost = walk.ends.destination.owner === undefined;
  askIncoming(walk, { host: to, device, source, sees: 'target' }, isForHost);
}

interface Arrival {
  readonly host: Host;
  readonly device: Exclude<HookWalk['interface'], undefined>;
  readonly source: SourceSeen;
  /** The destination before translation on this node. */
  readonly sees: 'carried' | 'target';
}

/** What untracked policy allows no other policy of the host sees; what pre-DNAT policy allows, none behind it. */
function askIncoming(walk: PacketWalk, { host, device, source, sees }: Arrival, isForHost: boolean): void {
  const at = {
    endpoint: host[device],
    interface: device,
    source: source.address,
    sourceIsWorld: source.isWorld,
  };
  const isAllowed =
    ask(walk, { ...at, hook: 'untracked-ingress', destination: sees }) ||
    ask(walk, { ...at, hook: 'pre-dnat', destination: sees });
  if (isAllowed) return;
  ask(walk, { ...at, hook: isForHost ? 'host-ingress' : 'forward-ingress', destination: 'target' });
}

/** The source behind a node port: where the backend is on another node the client may not be seen there. */
function sourceBehindNodePort({ ends, world, notes }: PacketWalk, sent: Address): SourceSeen {
  const { nodePortFromAfar } = world.profile;
  if (nodePortFromAfar === 'client' || !isMasqueradedBehindNodePort(ends))
    return { address: sent, isWorld: false };
  const isWorld = nodePortFromAfar === 'world-identity';
  if (isWorld)
    notes.push('behind the node port of another node policy sees somebody of the world, whoever it is');
  return { address: ends.packet.destination, isWorld };
}

/** kube-proxy hides the client from backends on other nodes, so that their answers come back the same way. */
function isMasqueradedBehindNodePort({ target: { virtualPort, backend } }: Ends): boolean {
  return (
    virtualPort?.kind === 'node-port' &&
    virtualPort.service.externalTrafficPolicy === 'Cluster' &&
    backend!.nodeName !== virtualPort.nodeName
  );
}
