/** What predicates are at an endpoint's own address: the union over all holders of the address, as everywhere. */
import { cidrContains } from '../net/cidr.ts';
import type { AddressFacts } from '../policy/endpoints.ts';
import type { Members } from './members.ts';
import type { Predicates } from './predicates.ts';
import type { OwnSide } from './program.ts';

/** By endpoint number: the pairs of a named port, none for a selector. */
type Values = ReadonlyMap<number, readonly number[]>;

export class OwnSides {
  readonly #predicates: Predicates;
  readonly #members: Members;
  readonly #values = new Map<number, Values>();

  constructor(predicates: Predicates, members: Members) {
    this.#predicates = predicates;
    this.#members = members;
  }

  at(facts: AddressFacts): OwnSide {
    return {
      holds: (number) => {
        const predicate = this.#predicates.list[number]!;
        if (predicate.kind === 'nets')
          return predicate.cidrs.some((cidr) => cidrContains(cidr, facts.address));
        return facts.holders.some(({ index }) => this.#of(number).has(index));
      },
      ports: (number) =>
        this.#predicates.list[number]!.kind === 'nets'
          ? []
          : facts.holders.flatMap(({ index }) => this.#of(number).get(index) ?? []),
    };
  }

  #of(number: number): Values {
    let values = this.#values.get(number);
    if (values === undefined) {
      const predicate = this.#predicates.list[number]!;
      if (predicate.kind === 'nets') throw new Error('net lists have no members');
      const { endpoints, ports } = this.#members.of(predicate);
      values = new Map(endpoints.map((endpoint, index) => [endpoint, ports?.[index] ?? []]));
      this.#values.set(number, values);
    }
    return values;
  }
}
