/**
 * Random selectors with every operator, over labels that endpoints of random clusters have: their own, the ones that
 * Calico adds, and inherited ones written out.
 */
import type { Selector } from '../../src/selector/selector.ts';
import type { Random } from './mulberry.ts';

/** What a selector may ask about, and with which words. */
export interface Vocabulary {
  readonly labels: readonly string[];
  readonly values: readonly string[];
}

/** Selectors of policies and of rules. */
export const ENDPOINT_LABELS: Vocabulary = {
  labels: [
    'app',
    'app',
    'tier',
    'env',
    'env',
    'projectcalico.org/namespace',
    'projectcalico.org/orchestrator',
    'projectcalico.org/serviceaccount',
    'pcns.env',
    'lent',
  ],
  values: ['a', 'b', 'c', '', 'red', 'green', 'k8s', 'robot', 'ed'],
};

/** Namespace selectors: of these labels the third never matches, whatever its value. */
export const NAMESPACE_LABELS: Vocabulary = {
  labels: [
    'env',
    'tier',
    'projectcalico.org/namespace',
    'projectcalico.org/name',
    'kubernetes.io/metadata.name',
    'projectcalico.org/name',
  ],
  values: ['a', 'b', '', 'red', 'green', 'blue', 'r'],
};

/** Service account selectors. */
export const ACCOUNT_LABELS: Vocabulary = {
  labels: ['app', 'env', 'projectcalico.org/name'],
  values: ['a', 'b', '', 'robot', 'default', 'ro'],
};

const SEVERAL = ['and', 'and', 'or'] as const;
const PART = ['contains', 'starts-with', 'ends-with'] as const;

/** A selector at most `depth` operators deep. `global()` is drawn only where it may stand: alone. */
export function drawSelector(draw: Random, words: Vocabulary = ENDPOINT_LABELS, depth = 2): Selector {
  const label = draw.pick(words.labels);
  const value = draw.pick(words.values);
  switch (draw.below(depth > 0 ? 14 : 10)) {
    case 0:
      return { kind: 'all' };
    case 1:
      return { kind: 'has', label };
    case 2:
    case 3:
      return { kind: 'equals', label, value };
    case 4:
      return { kind: 'not-equals', label, value };
    case 5:
      return { kind: 'in', label, values: drawValues(draw, words) };
    case 6:
      return { kind: 'not-in', label, values: drawValues(draw, words) };
    case 7:
    case 8:
      return { kind: draw.pick(PART), label, value };
    case 9:
    case 10:
      return { kind: 'not', operand: drawSelector(draw, words, depth - 1) };
    default:
      return {
        kind: draw.pick(SEVERAL),
        operands: [drawSelector(draw, words, depth - 1), drawSelector(draw, words, depth - 1)],
      };
  }
}

/** Sorted and without duplicates, as the parser leaves them; an empty set is legal. */
function drawValues(draw: Random, { values }: Vocabulary): string[] {
  return [...new Set(draw.some(values, 0.3))].sort();
}
