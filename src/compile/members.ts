/**
 * Which endpoints and network sets match which selector, without asking every endpoint: a label set is asked once for all
 * that have it.
 */
import type { AddressBook, Endpoint, LabelSet } from '../policy/endpoints.ts';
import type { Selector } from '../selector/selector.ts';
import { LabelIndex } from './label-index.ts';
import type { Predicate } from './predicates.ts';

/** Predicates that ask for labels. */
export type LabelPredicate = Extract<Predicate, { kind: 'selector' | 'named-port' }>;

/** What a predicate is at the endpoints where it is not simply false, by endpoint number, ascending. */
export interface Membership {
  readonly endpoints: readonly number[];
  /** For named ports: protocol * 65536 + port of each of the endpoints, ascending; absent for selectors. */
  readonly ports?: readonly (readonly number[])[];
}

export class Members {
  readonly #book: AddressBook;
  readonly #labelSets: LabelIndex<LabelSet>;
  readonly #networkSets: LabelIndex<{ readonly labels: LabelSet['labels']; readonly position: number }>;
  readonly #found = new Map<Selector, readonly number[]>();
  readonly #foundSets = new Map<Selector, readonly number[]>();

  constructor(book: AddressBook) {
    this.#book = book;
    this.#labelSets = new LabelIndex(book.labelSets);
    this.#networkSets = new LabelIndex(
      book.networkSets.map(({ labels }, position) => ({ labels, position })),
    );
  }

  /** Members of a selector or named-port predicate. */
  of(predicate: LabelPredicate): Membership {
    if (predicate.kind === 'selector') return { endpoints: this.#matching(predicate.selector) };
    const all = this.#book.endpoints;
    const candidates = predicate.selector === undefined ? all.keys() : this.#matching(predicate.selector);
    const endpoints: number[] = [];
    const ports: number[][] = [];
    for (const index of candidates) {
      const named = namedPorts(all[index]!, predicate.name, predicate.protocol);
      if (named.length === 0) continue;
      endpoints.push(index);
      ports.push(named);
    }
    return { endpoints, ports };
  }

  /** The network sets that a selector takes, as positions in the book, ascending. */
  networkSets(selector: Selector): readonly number[] {
    let found = this.#foundSets.get(selector);
    if (found === undefined) {
      found = this.#networkSets
        .matching(selector)
        .map(({ position }) => position)
        .sort((left, right) => left - right);
      this.#foundSets.set(selector, found);
    }
    return found;
  }

  #matching(selector: Selector): readonly number[] {
    let found = this.#found.get(selector);
    if (found === undefined) {
      found = this.#labelSets
        .matching(selector)
        .flatMap(({ endpoints }) => endpoints.map(({ index }) => index))
        .sort((left, right) => left - right);
      this.#found.set(selector, found);
    }
    return found;
  }
}

/** What the endpoint calls by the name: protocol * 65536 + port, ascending, none twice. */
export function namedPorts(endpoint: Endpoint, name: string, protocol: number | undefined): number[] {
  const found = endpoint.namedPorts
    .filter((port) => port.name === name && (protocol === undefined || port.protocol === protocol))
    .map((port) => port.protocol * 65_536 + port.port);
  return found.length < 2 ? found : [...new Set(found)].sort((left, right) => left - right);
}
