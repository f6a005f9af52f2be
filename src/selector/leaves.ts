/** The leaves of a selector's tree: what asks about labels, under whatever `!`, `&&` and `||`. */
import type { Selector } from './selector.ts';

export type Leaf = Exclude<Selector, { readonly kind: 'not' | 'and' | 'or' }>;

/** The same tree with other leaves. */
export function replaceLeaves(selector: Selector, replace: (leaf: Leaf) => Selector): Selector {
  switch (selector.kind) {
    case 'not':
      return { kind: 'not', operand: replaceLeaves(selector.operand, replace) };
    case 'and':
    case 'or':
      return {
        kind: selector.kind,
        operands: selector.operands.map((operand) => replaceLeaves(operand, replace)),
      };
    default:
      return replace(selector);
  }
}

/** Every label that is asked about. */
export function labelsOf(selector: Selector): ReadonlySet<string> {
  const labels = new Set<string>();
  collectLabels(selector, labels);
  return labels;
}

function collectLabels(selector: Selector, labels: Set<string>): void {
  if (selector.kind === 'not') collectLabels(selector.operand, labels);
  else if (selector.kind === 'and' || selector.kind === 'or')
    for (const operand of selector.operands) collectLabels(operand, labels);
  else if ('label' in selector) labels.add(selector.label);
}
