/**
 * Finds the policies that may select a label set without asking every policy: by the namespace that a selector
 * demands and one further label that it demands.
 */
import { labelsOf } from '../../selector/leaves.ts';
import type { Selector } from '../../selector/selector.ts';
import type { Labels } from '../cluster.ts';
import { NAMESPACE_LABEL, ORCHESTRATOR_LABEL } from '../translate/label-selector.ts';

/** Selectors by what they demand; more may come. Candidates are a superset: the caller still matches. */
export class SelectorIndex {
  readonly #byDemand = new Map<string, number[]>();

  /** Puts in a selector under a number above all others. */
  add(selector: Selector, number: number): void {
    const demands = new Map<string, string>();
    collectDemands(selector, demands);
    const namespace = demands.get(NAMESPACE_LABEL);
    demands.delete(NAMESPACE_LABEL);
    demands.delete(ORCHESTRATOR_LABEL);
    const [label] = demands;
    const key = demandKey(namespace, label?.[0], label?.[1]);
    const list = this.#byDemand.get(key);
    if (list === undefined) this.#byDemand.set(key, [number]);
    else list.push(number);
  }

  /** Numbers of the selectors that may take the labels, ascending. */
  candidates(labels: Labels): number[] {
    const candidates: number[] = [];
    // A host endpoint is in no namespace: what demands none is asked once.
    for (const namespace of new Set(['', labels[NAMESPACE_LABEL] ?? ''])) {
      candidates.push(...(this.#byDemand.get(demandKey(namespace, undefined, undefined)) ?? []));
      for (const label of Object.keys(labels)) {
        const found = this.#byDemand.get(demandKey(namespace, label, labels[label]));
        if (found !== undefined) candidates.push(...found);
      }
    }
    return candidates.sort((a, b) => a - b);
  }
}

/** Parts that run into each other, or a value that is empty, only make a candidate more. */
function demandKey(
  namespace: string | undefined,
  label: string | undefined,
  value: string | undefined,
): string {
  return `${namespace ?? ''} ${label ?? ''} ${value ?? ''}`;
}

/** What must hold for the selector to hold: equalities that stand at the top of its conjunctions. */
function collectDemands(selector: Selector, demands: Map<string, string>): void {
  if (selector.kind === 'equals') demands.set(selector.label, selector.value);
  if (selector.kind === 'and') for (const operand of selector.operands) collectDemands(operand, demands);
}

/** Every label that some selector asks about: other labels make no difference. */
export function labelsAsked(selectors: Iterable<Selector>): ReadonlySet<string> {
  return new Set([...selectors].flatMap((selector) => [...labelsOf(selector)]));
}
