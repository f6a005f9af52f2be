/**
 * Needs of one policy and direction, by peer and port: who must be let in where, for which flows. What another peer's rule lets in
 * anyway is taken together with it, so that nothing is said twice.
 */
import { type Address, addressKey } from '../../net/address.ts';
import { compareBytes } from '../../selector/byte-order.ts';
import type { Need } from './needs.ts';
import type { Peer, PeerFinder } from './peers.ts';
import type { TraceFlow } from './trace-flows.ts';

/** A port, an ICMP message, or all of a protocol that has neither. */
export interface PortKey {
  readonly key: string;
  readonly protocol: number;
  readonly port?: number;
  readonly icmp?: { readonly type: number; readonly code: number };
}

interface Admitted {
  readonly address: Address;
  readonly isWorld: boolean;
  readonly flow: TraceFlow;
}

/** A port of a peer, with what needs it. */
interface Opening {
  readonly port: PortKey;
  readonly needs: Admitted[];
}

/** Everything that one peer needs. */
export interface Access {
  readonly peer: Peer;
  readonly ports: Map<string, Opening>;
}

export function portKeyOf({ protocol, port, icmp }: Need): PortKey {
  const detail = icmp === undefined ? (port ?? '') : `${icmp.type}.${icmp.code}`;
  return {
    key: `${protocol}:${detail}`,
    protocol,
    ...(port === undefined ? {} : { port }),
    ...(icmp === undefined ? {} : { icmp }),
  };
}

/** By peer, in the order of their keys. */
export function accessesOf(
  needs: readonly { readonly need: Need; readonly flow: TraceFlow }[],
  peers: PeerFinder,
): Access[] {
  const accesses = new Map<string, Access>();
  for (const { need, flow } of needs) {
    const peer = peers.at(need.peer, need.isWorld);
    const access = accesses.get(peer.key) ?? { peer, ports: new Map<string, Opening>() };
    accesses.set(peer.key, access);
    const port = portKeyOf(need);
    const opening = access.ports.get(port.key) ?? { port, needs: [] };
    access.ports.set(port.key, opening);
    opening.needs.push({ address: need.peer, isWorld: need.isWorld, flow });
  }
  const sorted = [...accesses.values()].sort((a, b) => compareBytes(a.peer.key, b.peer.key));
  return withoutRepetition(sorted, peers);
}

/** Takes away openings whose needs all have another one that lets them in; their flows go over to it. */
function withoutRepetition(accesses: readonly Access[], peers: PeerFinder): Access[] {
  if (!accesses.some(({ peer }) => mayOverlap(peer))) return [...accesses];
  const admits = ({ peer }: Access, { address, isWorld }: Admitted): boolean =>
    isWorld ? peer.kind === 'block' && peer.cidr.prefixBits === 0 : peers.admits(peer, address);
  const openings = accesses
    .flatMap((access) => [...access.ports.values()].map((opening) => ({ access, opening })))
    .sort((a, b) => distinctNeeds(a.opening) - distinctNeeds(b.opening));
  for (const { access, opening } of openings) {
    const { key } = opening.port;
    const others = accesses.filter((other) => other !== access && other.ports.has(key));
    const covers = opening.needs.map((need) => others.find((other) => admits(other, need)));
    if (covers.includes(undefined)) continue;
    opening.needs.forEach((need, index) => {
      covers[index]!.ports.get(key)!.needs.push(need);
    });
    access.ports.delete(key);
  }
  return accesses.filter(({ ports }) => ports.size > 0);
}

/** Whether a rule for the peer may let in what has a peer of its own: larger blocks, and pods that share an address. */
function mayOverlap(peer: Peer): boolean {
  if (peer.kind === 'block') return peer.cidr.prefixBits < (peer.cidr.network.family === 4 ? 32 : 128);
  return peer.sharesAddresses;
}

function distinctNeeds({ needs }: Opening): number {
  return new Set(needs.map(({ address }) => addressKey(address))).size;
}
