/**
 * The canonical text of a selector: groups fully bracketed, strings in double quotes unless they hold one, sets
 * sorted and without duplicates. Equal texts mean the same set of addresses, so the text serves as an identity.
 */
import { sortedSet } from './byte-order.ts';
import type { Selector } from './selector.ts';

/**
 * Canonical text, as Calico prints it.
 *
 * Source: projectcalico/calico libcalico-go/lib/selector/parser/ast.go (String, collectFragments).
 */
export function printSelector(selector: Selector): string {
  switch (selector.kind) {
    case 'all':
      return 'all()';
    case 'global':
      return 'global()';
    case 'has':
      return `has(${selector.label})`;
    case 'equals':
      return `${selector.label} == ${quote(selector.value)}`;
    case 'not-equals':
      return `${selector.label} != ${quote(selector.value)}`;
    case 'in':
      return `${selector.label} in ${printSet(selector.values)}`;
    case 'not-in':
      return `${selector.label} not in ${printSet(selector.values)}`;
    case 'contains':
      return `${selector.label} contains ${quote(selector.value)}`;
    case 'starts-with':
      return `${selector.label} starts with ${quote(selector.value)}`;
    case 'ends-with':
      return `${selector.label} ends with ${quote(selector.value)}`;
    case 'not':
      return `!${printSelector(selector.operand)}`;
    case 'and':
      return `(${selector.operands.map(printSelector).join(' && ')})`;
    case 'or':
      return `(${selector.operands.map(printSelector).join(' || ')})`;
  }
}

function printSet(values: readonly string[]): string {
  return `{${sortedSet(values).map(quote).join(', ')}}`;
}

function quote(value: string): string {
  return value.includes('"') ? `'${value}'` : `"${value}"`;
}
