/**
 * Which of the predicates that are asked for labels hold at an endpoint or a network set, without asking all of them: each
 * stands under a label's value that it demands.
 */
import type { Endpoint, Labelled } from '../../policy/endpoints.ts';
import { selectorMatches } from '../../selector/match.ts';
import type { AtomSets } from '../atom-sets.ts';
import { demands } from '../label-index.ts';
import { type LabelPredicate, namedPorts } from '../members.ts';

interface Numbered {
  readonly number: number;
  readonly predicate: LabelPredicate;
}

export class PredicateIndex {
  readonly #byDemand = new Map<string, Numbered[]>();
  /** Those that demand no label. */
  readonly #others: Numbered[] = [];

  add(number: number, predicate: LabelPredicate): void {
    const numbered = { number, predicate };
    const { selector } = predicate;
    const found = selector === undefined ? [] : demands(selector);
    if (found.length === 0) {
      this.#others.push(numbered);
      return;
    }
    const keys = found.map(({ label, values }) => values.map((value) => `${label}=${value}`));
    const load = (list: readonly string[]): number =>
      list.reduce((sum, key) => sum + 1 + (this.#byDemand.get(key)?.length ?? 0), 0);
    const best = keys.reduce((left, right) => (load(right) < load(left) ? right : left));
    for (const key of new Set(best)) {
      const list = this.#byDemand.get(key);
      if (list === undefined) this.#byDemand.set(key, [numbered]);
      else list.push(numbered);
    }
  }

  /** The atoms that an endpoint brings to its addresses. */
  atomsOf(endpoint: Endpoint, atoms: AtomSets): number[] {
    return this.#holding(endpoint).flatMap(({ number, predicate }) => {
      const atom = atomAt(endpoint, number, predicate, atoms);
      return atom === undefined ? [] : [atom];
    });
  }

  /** The atoms that a network set brings to its blocks. */
  atomsOfSet(set: Pick<Labelled, 'labels'>, atoms: AtomSets): number[] {
    return this.#holding(set)
      .filter(({ predicate }) => predicate.kind === 'selector')
      .map(({ number }) => atoms.atom(number));
  }

  #holding({ labels }: Pick<Labelled, 'labels'>): Numbered[] {
    const found = [...this.#others];
    for (const label of Object.keys(labels)) {
      const list = this.#byDemand.get(`${label}=${labels[label]}`);
      if (list !== undefined) found.push(...list);
    }
    return found.filter(
      ({ predicate: { selector } }) => selector === undefined || selectorMatches(selector, labels),
    );
  }
}

/** The atom of a predicate whose selector takes the endpoint; undefined where it has no port of the name. */
export function atomAt(
  endpoint: Endpoint,
  number: number,
  predicate: LabelPredicate,
  atoms: AtomSets,
): number | undefined {
  if (predicate.kind === 'selector') return atoms.atom(number);
  const ports = namedPorts(endpoint, predicate.name, predicate.protocol);
  return ports.length === 0 ? undefined : atoms.atom(number, ports);
}
