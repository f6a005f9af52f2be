/**
 * Which of many labelled things a selector takes, without asking all of them: a selector that demands a label's value asks
 * only those that have it.
 */
import { selectorMatches } from '../selector/match.ts';
import type { Selector } from '../selector/selector.ts';

export interface Labelled {
  readonly labels: Readonly<Record<string, string>>;
}

type Demand = { readonly label: string; readonly values: readonly string[] };

/** Labels whose value the selector demands, any of the values given. */
export function demands(selector: Selector): Demand[] {
  if (selector.kind === 'equals') return [{ label: selector.label, values: [selector.value] }];
  if (selector.kind === 'in') return [{ label: selector.label, values: selector.values }];
  if (selector.kind === 'and') return selector.operands.flatMap(demands);
  return [];
}

/** Things by their labels; `matching` is in no particular order. */
export class LabelIndex<T extends Labelled> {
  readonly #things: readonly T[];
  readonly #byLabel = new Map<string, Map<string, readonly T[]>>();

  constructor(things: readonly T[]) {
    this.#things = things;
  }

  /** Takes note of a thing that was put behind the others. */
  added(thing: T): void {
    for (const [label, byValue] of this.#byLabel) {
      const value = Object.hasOwn(thing.labels, label) ? thing.labels[label] : undefined;
      if (value !== undefined) byValue.set(value, [...(byValue.get(value) ?? []), thing]);
    }
  }

  /** What the selector takes. */
  matching(selector: Selector): T[] {
    return this.#candidates(selector).filter(({ labels }) => selectorMatches(selector, labels));
  }

  /** The fewest that a demand of the selector leaves; all of them when it demands nothing. */
  #candidates(selector: Selector): readonly T[] {
    let best = this.#things;
    for (const { label, values } of demands(selector)) {
      const byValue = this.#valuesOf(label);
      const lists = [...new Set(values)].map((value) => byValue.get(value) ?? []);
      if (lists.reduce((total, list) => total + list.length, 0) < best.length) best = lists.flat();
    }
    return best;
  }

  #valuesOf(label: string): Map<string, readonly T[]> {
    const known = this.#byLabel.get(label);
    if (known !== undefined) return known;
    const lists = new Map<string, T[]>();
    for (const thing of this.#things) {
      const value = Object.hasOwn(thing.labels, label) ? thing.labels[label] : undefined;
      if (value === undefined) continue;
      const list = lists.get(value);
      if (list === undefined) lists.set(value, [thing]);
      else list.push(thing);
    }
    const byValue = new Map<string, readonly T[]>(lists);
    this.#byLabel.set(label, byValue);
    return byValue;
  }
}
