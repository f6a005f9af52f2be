/**
 * Does a set of labels satisfy a selector? Exact, case-sensitive comparisons. A missing label makes `==`, `in`,
 * `contains`, `starts with`, `ends with` and `has` false, `!=` and `not in` true.
 */
import type { Selector } from './selector.ts';

type LabelsToMatch = Readonly<Record<string, string>>;

/**
 * True when the labels satisfy the selector.
 *
 * Source: projectcalico/calico libcalico-go/lib/selector/parser/ast.go (Evaluate).
 */
export function selectorMatches(selector: Selector, labels: LabelsToMatch): boolean {
  switch (selector.kind) {
    case 'all':
    case 'global':
      return true;
    case 'not':
      return !selectorMatches(selector.operand, labels);
    case 'and':
      return selector.operands.every((operand) => selectorMatches(operand, labels));
    case 'or':
      return selector.operands.some((operand) => selectorMatches(operand, labels));
    case 'has':
      return labelValue(labels, selector.label) !== undefined;
    case 'equals':
      return labelValue(labels, selector.label) === selector.value;
    case 'not-equals':
      return labelValue(labels, selector.label) !== selector.value;
    case 'in': {
      const value = labelValue(labels, selector.label);
      return value !== undefined && selector.values.includes(value);
    }
    case 'not-in': {
      const value = labelValue(labels, selector.label);
      return value === undefined || !selector.values.includes(value);
    }
    case 'contains':
      return labelValue(labels, selector.label)?.includes(selector.value) ?? false;
    case 'starts-with':
      return labelValue(labels, selector.label)?.startsWith(selector.value) ?? false;
    case 'ends-with':
      return labelValue(labels, selector.label)?.endsWith(selector.value) ?? false;
  }
}

/** A label may be called `constructor`: only own keys count. */
function labelValue(labels: LabelsToMatch, label: string): string | undefined {
  return Object.hasOwn(labels, label) ? labels[label] : undefined;
}
