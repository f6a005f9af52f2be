/**
 * Addresses → entries and peer identities. A known address is an entry of its own; a region of the rules' CIDRs that
 * holds nobody shares its entry with all regions of the same identity.
 */
import { type Address, addressKey } from '../net/address.ts';
import type { CniProfile } from '../policy/cni/profile.ts';
import type { AddressBook, AddressFacts } from '../policy/endpoints.ts';
import type { AtomSets } from './atom-sets.ts';
import type { Members } from './members.ts';
import type { Predicate } from './predicates.ts';
import { type Region, regionsOf } from './regions.ts';

/** An address entry before its programs are known. */
export interface EntryPlan {
  readonly family: 4 | 6;
  readonly identity: number;
  /** Absent for regions that hold nobody. */
  readonly facts?: AddressFacts;
}

export interface FamilySpace {
  readonly regions: readonly Region[];
  /** By region. */
  readonly entries: readonly number[];
  /** Entry of addresses in no region. */
  readonly outside: number;
  /** Atom set by identity. */
  readonly identities: readonly number[];
}

export interface AddressSpace {
  readonly entries: readonly EntryPlan[];
  /** Entry of a known address, by `addressKey`. */
  readonly entryOf: ReadonlyMap<string, number>;
  readonly families: Readonly<Record<4 | 6, FamilySpace>>;
  /**
   * The identity of a backend where its blocks of addresses are the virtual address's; undefined where the profile
   * does not ask or it is the backend's own. May add an identity.
   */
  identityBefore(virtual: Address, backend: Address): number | undefined;
}

interface AddressContext {
  readonly members: Members;
  readonly atoms: AtomSets;
  readonly profile: Pick<CniProfile, 'serviceDestination'>;
}

/** Atoms of every endpoint for the predicates that rules test on a peer. */
export function endpointAtoms(
  predicates: readonly { readonly number: number; readonly predicate: Predicate }[],
  members: Members,
  atoms: AtomSets,
  endpointCount: number,
): readonly (readonly number[])[] {
  const found: number[][] = Array.from({ length: endpointCount }, () => []);
  for (const { number, predicate } of predicates) {
    if (predicate.kind === 'nets') continue;
    const { endpoints, ports } = members.of(predicate);
    endpoints.forEach((endpoint, index) => {
      found[endpoint]!.push(atoms.atom(number, ports?.[index]));
    });
  }
  return found;
}

/** Divides both families' addresses; `peers` are the predicates that rules test on a peer. */
export function buildAddressSpace(
  book: AddressBook,
  peers: readonly { readonly number: number; readonly predicate: Predicate }[],
  { members, atoms, profile }: AddressContext,
): AddressSpace {
  const ofEndpoint = endpointAtoms(peers, members, atoms, book.endpoints.length);
  const known = [...book.facts.values()].map(({ address }) => address);
  const entries: EntryPlan[] = [];
  const entryOf = new Map<string, number>();
  const netSetOf = new Map<string, number>();
  const identitiesOf = new Map<4 | 6, Identities>();
  const build = (family: 4 | 6): FamilySpace => {
    const regions = regionsOf(family, peers, known);
    const { nets, all: sets } = atomSetsOf(regions, book, ofEndpoint, atoms);
    const identities = new Identities(sets, regions, book, family);
    identitiesOf.set(family, identities);
    regions.forEach(({ address }, index) => {
      if (address !== undefined) netSetOf.set(address, nets[index]!);
    });
    const outside = entries.length;
    entries.push({ family, identity: 0 });
    const shared = new Map([[0, outside]]);
    const entryByRegion = regions.map(({ address }, index) => {
      const identity = identities.of(sets[index]!);
      const facts = address === undefined ? undefined : book.facts.get(address);
      if (facts !== undefined && address !== undefined) {
        entryOf.set(address, entries.length);
        return entries.push({ family, identity, facts }) - 1;
      }
      let entry = shared.get(identity);
      if (entry === undefined) {
        entry = entries.push({ family, identity }) - 1;
        shared.set(identity, entry);
      }
      return entry;
    });
    return { regions, entries: entryByRegion, outside, identities: identities.sets };
  };
  const four = build(4);
  const families = { 4: four, 6: build(6) };
  const identityBefore = (virtual: Address, backend: Address): number | undefined => {
    if (profile.serviceDestination === 'after-dnat') return undefined;
    const holders = book.facts.get(addressKey(backend))?.holders ?? [];
    const set = atoms.set([
      ...atoms.sets[netSetOf.get(addressKey(virtual))!]!,
      ...holders.flatMap(({ index }) => ofEndpoint[index]!),
    ]);
    return identitiesOf.get(backend.family)!.numbered(set);
  };
  return { entries, entryOf, families, identityBefore };
}

/** The atom set of each region: of the prefixes around it, and with what the holders of its address bring. */
function atomSetsOf(
  regions: readonly Region[],
  book: AddressBook,
  ofEndpoint: readonly (readonly number[])[],
  atoms: AtomSets,
): { nets: readonly number[]; all: readonly number[] } {
  const nets: number[] = [];
  const all: number[] = [];
  for (const { parent, nets: own, address } of regions) {
    const around = parent < 0 ? 0 : nets[parent]!;
    const netAtoms = own.map((predicate) => atoms.atom(predicate));
    nets.push(own.length === 0 ? around : atoms.set([...atoms.sets[around]!, ...netAtoms]));
    const holders = address === undefined ? [] : (book.facts.get(address)?.holders ?? []);
    const set = nets.at(-1)!;
    all.push(
      holders.length === 0
        ? set
        : atoms.set([...atoms.sets[set]!, ...holders.flatMap(({ index }) => ofEndpoint[index]!)]),
    );
  }
  return { nets, all };
}

/**
 * Numbers identities so that those of endpoints that stand together in the book stand together: pages of views then
 * hold either none of a predicate's members or many. Identity 0 has no atom.
 */
class Identities {
  readonly sets: number[] = [0];
  readonly #numbers = new Map([[0, 0]]);

  constructor(sets: readonly number[], regions: readonly Region[], book: AddressBook, family: 4 | 6) {
    const regionOf = new Map<string, number>();
    regions.forEach(({ address }, index) => {
      if (address !== undefined) regionOf.set(address, index);
    });
    const ofFamily = (address: Address): boolean => address.family === family;
    for (const endpoint of book.endpoints)
      for (const address of endpoint.addresses.filter(ofFamily)) {
        const region = regionOf.get(addressKey(address));
        if (region !== undefined) this.numbered(sets[region]!);
      }
    for (const set of sets) this.numbered(set);
  }

  /** The identity of a set, a new one if need be. */
  numbered(set: number): number {
    let number = this.#numbers.get(set);
    if (number === undefined) {
      number = this.sets.push(set) - 1;
      this.#numbers.set(set, number);
    }
    return number;
  }

  of(set: number): number {
    return this.#numbers.get(set)!;
  }
}
