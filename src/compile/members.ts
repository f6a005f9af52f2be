/**
 * Which endpoints match which selector, without asking every endpoint: a label set is asked once for all that have it,
 * and a selector that demands a label's value only of the label sets that have it.
 */
import type { AddressBook, Endpoint, LabelSet } from '../policy/endpoints.ts';
import { selectorMatches } from '../selector/match.ts';
import type { Selector } from '../selector/selector.ts';
import type { Predicate } from './predicates.ts';

/** Predicates that ask for labels. */
export type LabelPredicate = Extract<Predicate, { kind: 'selector' | 'named-port' }>;

/** What a predicate is at the endpoints where it is not simply false, by endpoint number, ascending. */
export interface Membership {
  readonly endpoints: readonly number[];
  /** For named ports: protocol * 65536 + port of each of the endpoints, ascending; absent for selectors. */
  readonly ports?: readonly (readonly number[])[];
}

type Demand = { readonly label: string; readonly values: readonly string[] };

/** Labels whose value the selector demands, any of the values given. */
function demands(selector: Selector): Demand[] {
  if (selector.kind === 'equals') return [{ label: selector.label, values: [selector.value] }];
  if (selector.kind === 'in') return [{ label: selector.label, values: selector.values }];
  if (selector.kind === 'and') return selector.operands.flatMap(demands);
  return [];
}

export class Members {
  readonly #book: AddressBook;
  readonly #byLabel = new Map<string, Map<string, LabelSet[]>>();
  readonly #found = new Map<Selector, readonly number[]>();
  readonly #foundSets = new Map<Selector, readonly number[]>();

  constructor(book: AddressBook) {
    this.#book = book;
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
      found = [...this.#book.networkSets.keys()].filter((index) =>
        selectorMatches(selector, this.#book.networkSets[index]!.labels),
      );
      this.#foundSets.set(selector, found);
    }
    return found;
  }

  #matching(selector: Selector): readonly number[] {
    let found = this.#found.get(selector);
    if (found === undefined) {
      found = this.#candidates(selector)
        .filter(({ labels }) => selectorMatches(selector, labels))
        .flatMap(({ endpoints }) => endpoints.map(({ index }) => index))
        .sort((left, right) => left - right);
      this.#found.set(selector, found);
    }
    return found;
  }

  /** The fewest label sets that a demand of the selector leaves; all of them when it demands nothing. */
  #candidates(selector: Selector): readonly LabelSet[] {
    let best = this.#book.labelSets;
    for (const { label, values } of demands(selector)) {
      const byValue = this.#valuesOf(label);
      const lists = [...new Set(values)].map((value) => byValue.get(value) ?? []);
      if (lists.reduce((total, list) => total + list.length, 0) < best.length) best = lists.flat();
    }
    return best;
  }

  #valuesOf(label: string): Map<string, LabelSet[]> {
    let byValue = this.#byLabel.get(label);
    if (byValue === undefined) {
      byValue = new Map();
      for (const labelSet of this.#book.labelSets) {
        const value = Object.hasOwn(labelSet.labels, label) ? labelSet.labels[label] : undefined;
        if (value === undefined) continue;
        const list = byValue.get(value);
        if (list === undefined) byValue.set(value, [labelSet]);
        else list.push(labelSet);
      }
      this.#byLabel.set(label, byValue);
    }
    return byValue;
  }
}

/** What the endpoint calls by the name: protocol * 65536 + port, ascending, none twice. */
export function namedPorts(endpoint: Endpoint, name: string, protocol: number | undefined): number[] {
  const found = endpoint.namedPorts
    .filter((port) => port.name === name && (protocol === undefined || port.protocol === protocol))
    .map((port) => port.protocol * 65_536 + port.port);
  return found.length < 2 ? found : [...new Set(found)].sort((left, right) => left - right);
}
