/**
 * A first packet on its way past the hooks: what it carries, what each hook saw of it, and which of them it has met.
 * Nothing is asked behind a refusal.
 */
import type { Address } from '../../net/address.ts';
import type { ProgramHook } from '../../tables/verdict.ts';
import { factsAbout, holdersAt, isHeld } from '../addresses/address-book.ts';
import type { FirstPacket, HookWalk } from '../decision.ts';
import type { AddressFacts, Backend, Endpoint, VirtualPort } from '../endpoints.ts';
import type { World } from '../world.ts';
import type { SeenPacket, SeenSide } from './seen-packet.ts';
import { walkHook } from './walk-hook.ts';

/** Where the packet arrives after address translation. */
export interface Target {
  readonly address: Address;
  readonly port?: number;
  /** Both present when the destination was rewritten. */
  readonly backend?: Backend;
  readonly virtualPort?: VirtualPort;
}

/** The two ends of a packet at its target; every field that matters is known. */
export interface Ends {
  readonly packet: FirstPacket;
  readonly target: Target;
  readonly source: AddressFacts;
  readonly destination: AddressFacts;
}

export interface PacketWalk {
  readonly ends: Ends;
  readonly world: World;
  /** In the order in which the packet met them. */
  readonly hooks: HookWalk[];
  readonly notes: string[];
}

/** A source as policy sees it: whoever has the address, or somebody of the world. */
export interface SourceSeen {
  readonly address: Address;
  readonly isWorld: boolean;
}

/** What a hook is asked. */
export interface Question {
  readonly hook: ProgramHook;
  /** Absent: nobody governs the place. */
  readonly endpoint: Endpoint | undefined;
  /** At hosts. */
  readonly interface?: HookWalk['interface'];
  /** The source that the packet carries there. */
  readonly source: Address;
  /** Whether policy sees somebody of the world there, not whoever has the source's address. */
  readonly sourceIsWorld?: boolean;
  /** The destination that it carries there: as it was sent, or behind the service. */
  readonly destination: 'carried' | 'target';
}

export function beginWalk(packet: FirstPacket, target: Target, world: World): PacketWalk {
  const { book } = world;
  const ends = {
    packet,
    target,
    source: factsAbout(book, packet.source),
    destination: factsAbout(book, target.address),
  };
  return { ends, world, hooks: [], notes: [] };
}

export function isRefused({ hooks }: PacketWalk): boolean {
  return hooks.at(-1)?.verdict === 'deny';
}

/** Asks one hook and keeps its walk; true when it allowed the packet. */
export function ask(walk: PacketWalk, { hook, endpoint, interface: passed, ...sees }: Question): boolean {
  if (endpoint === undefined || isRefused(walk)) return false;
  const found = walkHook(hook, endpoint, seenPacket(walk, sees), walk.world);
  if (found === undefined) return false;
  walk.hooks.push(passed === undefined ? found : { ...found, interface: passed });
  return found.verdict === 'allow';
}

/** What of an address is known that stands for anybody of the world. */
function worldSide(address: Address, port: number | undefined): SeenSide {
  const known = port === undefined ? {} : { port };
  return { address, netAddress: address, holders: [], isUnheld: true, isWorld: true, ...known };
}

function nodeNameAt(book: World['book'], address: Address): Pick<SeenSide, 'nodeName'> {
  const { node } = factsAbout(book, address);
  return node === undefined ? {} : { nodeName: node.name };
}

/** The packet as a hook sees it; `netDestination` where blocks of addresses see another destination than selectors. */
export function seenPacket(
  { ends, world: { book } }: PacketWalk,
  { source, sourceIsWorld, destination }: Pick<Question, 'source' | 'sourceIsWorld' | 'destination'>,
  netDestination?: Address,
): SeenPacket {
  const { packet, target } = ends;
  const { protocol, sourcePort, icmp } = packet;
  const to = destination === 'carried' ? packet.destination : target.address;
  const port = destination === 'carried' ? packet.destinationPort : target.port;
  const side = (address: Address, netAddress: Address, known: number | undefined): SeenSide => ({
    address,
    netAddress,
    holders: holdersAt(book, address),
    ...nodeNameAt(book, address),
    ...(isHeld(book, netAddress) ? {} : { isUnheld: true }),
    ...(known === undefined ? {} : { port: known }),
  });
  return {
    source: sourceIsWorld === true ? worldSide(source, sourcePort) : side(source, source, sourcePort),
    destination: side(to, netDestination ?? to, port),
    protocol,
    ...(icmp === undefined ? {} : { icmp }),
  };
}
