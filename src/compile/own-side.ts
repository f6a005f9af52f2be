/**
 * What predicates are at an endpoint's own address: the union over all holders of the address and the network sets
 * around it, as everywhere.
 */
import { addressKey } from '../net/address.ts';
import { cidrContains } from '../net/cidr.ts';
import type { AddressFacts } from '../policy/endpoints.ts';
import type { AddressSpace } from './address-space.ts';
import type { AtomSets } from './atom-sets.ts';
import type { Members } from './members.ts';
import { PeerClass } from './peer-space.ts';
import type { Predicate, Predicates } from './predicates.ts';
import type { OwnSide } from './program.ts';

/** By endpoint number: the pairs of a named port, none for a selector. */
type Values = ReadonlyMap<number, readonly number[]>;

/** Whether the owners of addresses cannot say what a predicate is there: the space must be divided by it. */
export function needsSpace(predicate: Predicate, members: Members): boolean {
  if (predicate.kind === 'selector') return members.networkSets(predicate.selector).length > 0;
  return ['service', 'held', 'node'].includes(predicate.kind);
}

/** What predicates but blocks are at the holders of an address; undefined where only the space knows. */
interface AtHolders {
  holds(predicate: number): boolean | undefined;
  /** The pairs of a named port. */
  ports(predicate: number): readonly number[] | undefined;
  inSpace(): PeerClass;
}

/** The own side of an address by what its holders say, and by the space where they cannot say it. */
export function ownSideAt(
  { address, owner }: AddressFacts,
  predicates: Predicates,
  atHolders: AtHolders,
): OwnSide {
  let known: PeerClass | undefined;
  const inSpace = (): PeerClass => {
    known ??= atHolders.inSpace();
    return known;
  };
  return {
    ...(owner === undefined ? {} : { nodeName: owner.nodeName }),
    holds: (number) => {
      const predicate = predicates.list[number]!;
      return predicate.kind === 'nets'
        ? predicate.cidrs.some((cidr) => cidrContains(cidr, address))
        : (atHolders.holds(number) ?? inSpace().holds(number));
    },
    ports: (number) =>
      predicates.list[number]!.kind === 'nets' ? [] : (atHolders.ports(number) ?? inSpace().ports(number)),
  };
}

export class OwnSides {
  readonly #predicates: Predicates;
  readonly #members: Members;
  readonly #space: AddressSpace;
  readonly #atoms: AtomSets;
  /** By predicate; undefined for those that only the space knows. */
  readonly #values = new Map<number, Values | undefined>();

  constructor(predicates: Predicates, members: Members, space: AddressSpace, atoms: AtomSets) {
    this.#predicates = predicates;
    this.#members = members;
    this.#space = space;
    this.#atoms = atoms;
  }

  /** The own side of an address of the book. */
  at(facts: AddressFacts): OwnSide {
    const { holders } = facts;
    return ownSideAt(facts, this.#predicates, {
      holds: (number) => {
        const values = this.#of(number);
        return values && holders.some(({ index }) => values.has(index));
      },
      ports: (number) => {
        const values = this.#of(number);
        return values && holders.flatMap(({ index }) => values.get(index) ?? []);
      },
      inSpace: () => this.#classAt(facts),
    });
  }

  #classAt({ address }: AddressFacts): PeerClass {
    const { family, identity } = this.#space.entries[this.#space.entryOf.get(addressKey(address))!]!;
    return PeerClass.of(this.#space.families[family].identities[identity]!, this.#atoms);
  }

  #of(number: number): Values | undefined {
    if (this.#values.has(number)) return this.#values.get(number);
    const predicate = this.#predicates.list[number]!;
    let values: Values | undefined;
    if (
      (predicate.kind === 'selector' || predicate.kind === 'named-port') &&
      !needsSpace(predicate, this.#members)
    ) {
      const { endpoints, ports } = this.#members.of(predicate);
      values = new Map(endpoints.map((endpoint, index) => [endpoint, ports?.[index] ?? []]));
    }
    this.#values.set(number, values);
    return values;
  }
}
