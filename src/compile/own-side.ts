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
    let inSpace: PeerClass | undefined;
    const there = (): PeerClass => {
      inSpace ??= this.#classAt(facts);
      return inSpace;
    };
    const nodeName = facts.owner?.nodeName;
    return {
      ...(nodeName === undefined ? {} : { nodeName }),
      holds: (number) => {
        const predicate = this.#predicates.list[number]!;
        if (predicate.kind === 'nets')
          return predicate.cidrs.some((cidr) => cidrContains(cidr, facts.address));
        const values = this.#of(number);
        return values === undefined
          ? there().holds(number)
          : facts.holders.some(({ index }) => values.has(index));
      },
      ports: (number) => {
        if (this.#predicates.list[number]!.kind === 'nets') return [];
        const values = this.#of(number);
        return values === undefined
          ? there().ports(number)
          : facts.holders.flatMap(({ index }) => values.get(index) ?? []);
      },
    };
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
