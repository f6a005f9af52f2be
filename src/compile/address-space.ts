/**
 * Addresses → entries and peer identities. An address that the book knows is an entry of its own; all other regions
 * share their entries with the regions of the same identity.
 */
import { type Address, addressKey } from '../net/address.ts';
import type { CniProfile } from '../policy/cni/profile.ts';
import type { AddressBook, AddressFacts } from '../policy/endpoints.ts';
import { type AddressAtoms, type Asked, addressAtoms } from './address-atoms.ts';
import type { AtomSets } from './atom-sets.ts';
import type { Members } from './members.ts';
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
  /** Entry of an address of the book, by `addressKey`. */
  readonly entryOf: ReadonlyMap<string, number>;
  readonly families: Readonly<Record<4 | 6, FamilySpace>>;
  /**
   * The identity of a backend where the blocks of addresses that rules name are the virtual address's, both given as
   * entries; undefined where the profile does not ask. May add an identity.
   */
  identityBefore(virtual: number, backend: number): number | undefined;
}

interface AddressContext {
  readonly members: Members;
  readonly atoms: AtomSets;
  readonly profile: Pick<CniProfile, 'serviceDestination'>;
}

/** Divides both families' addresses by the predicates that are asked of them. */
export function buildAddressSpace(
  book: AddressBook,
  asked: readonly Asked[],
  { members, atoms, profile }: AddressContext,
): AddressSpace {
  const ofAddress = addressAtoms(book, asked, { members, atoms });
  const entries: EntryPlan[] = [];
  const entryOf = new Map<string, number>();
  const identitiesOf = new Map<4 | 6, Identities>();
  const build = (family: 4 | 6): FamilySpace => {
    const { blocks, known } = ofAddress;
    const regions = regionsOf(family, { blocks, addresses: known }, atoms);
    const sets = atomSetsOf(regions, ofAddress, atoms);
    const identities = new Identities(sets, regions, book, family);
    identitiesOf.set(family, identities);
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
  // Whether anything has the address is asked of the one that the blocks see, like the blocks themselves.
  const netPredicates = new Set<number>();
  for (const { number, predicate } of asked)
    if (predicate.kind === 'nets' || predicate.kind === 'held') netPredicates.add(number);
  const atomsOf = (entry: number, areNets: boolean): number[] => {
    const { family, identity } = entries[entry]!;
    const set = atoms.sets[families[family].identities[identity]!]!;
    return set.filter((atom) => netPredicates.has(atoms.atoms[atom]!.predicate) === areNets);
  };
  const identityBefore = (virtual: number, backend: number): number | undefined => {
    if (profile.serviceDestination === 'after-dnat') return undefined;
    const set = atoms.set([...atomsOf(virtual, true), ...atomsOf(backend, false)]);
    return identitiesOf.get(entries[backend]!.family)!.numbered(set);
  };
  return { entries, entryOf, families, identityBefore };
}

/** The atom set of each region: of the prefixes around it, and what its address has of its own. */
function atomSetsOf(regions: readonly Region[], ofAddress: AddressAtoms, atoms: AtomSets): number[] {
  const nets = new Int32Array(regions.length);
  return regions.map(({ parent, set, address }, index) => {
    const own = atoms.union(parent < 0 ? 0 : nets[parent]!, set);
    nets[index] = own;
    return address === undefined ? own : atoms.union(own, ofAddress.at(address));
  });
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
