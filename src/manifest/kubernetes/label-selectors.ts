/**
 * Kubernetes label selectors, checked as strictly as the API server checks a NetworkPolicy's.
 *
 * Source: kubernetes/kubernetes staging/src/k8s.io/apimachinery/pkg/apis/meta/v1/validation/validation.go.
 */
import type { LabelSelector, LabelSelectorRequirement } from '../../policy/api/network-policy.ts';
import { type Cursor, type Refuse, refuseAsError } from '../cursor.ts';
import { type ProblemOf, readLabels } from '../metadata.ts';
import { labelValueProblem, qualifiedNameProblem } from '../names.ts';

const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const;

function readValues(cursor: Cursor, refuse: Refuse): string[] {
  const values: string[] = [];
  for (const item of cursor.items()) {
    const value = item.isPresent ? item.string() : '';
    if (value === undefined) continue;
    const problem = labelValueProblem(value);
    if (problem === undefined) values.push(value);
    else refuse(item, 'manifest/bad-label-value', `the value ${JSON.stringify(value)} ${problem}`);
  }
  return values;
}

function readRequirement(
  item: Cursor,
  refuse: Refuse,
  problemOfKey: ProblemOf,
): LabelSelectorRequirement | undefined {
  if (!item.isMapping() && item.isPresent) return undefined;
  item.onlyFields(['key', 'operator', 'values']);
  const keyCursor = item.field('key');
  const key = keyCursor.string() ?? '';
  const keyProblem = problemOfKey(key);
  if (!keyCursor.isPresent) item.error('manifest/missing-field', 'a label requirement has no key');
  else if (typeof keyCursor.value === 'string' && keyProblem !== undefined)
    refuse(keyCursor, 'manifest/bad-label-key', `the label key ${JSON.stringify(key)} ${keyProblem}`);
  const operatorCursor = item.field('operator');
  if (!operatorCursor.isPresent)
    item.error('manifest/missing-field', `a label requirement has no operator (${OPERATORS.join(', ')})`);
  const operator = operatorCursor.oneOf(OPERATORS, 'manifest/bad-operator', refuse);
  const valuesCursor = item.field('values');
  const values = readValues(valuesCursor, refuse);
  const count = Array.isArray(valuesCursor.value) ? valuesCursor.value.length : 0;
  const wantsValues = operator === 'In' || operator === 'NotIn';
  if (wantsValues && count === 0) {
    const at = valuesCursor.isPresent ? valuesCursor : operatorCursor;
    refuse(at, 'manifest/bad-values', `${operator} needs at least one value`);
  }
  if (operator !== undefined && !wantsValues && count > 0)
    refuse(valuesCursor, 'manifest/bad-values', `${operator} takes no values`, { on: 'key' });
  return operator === undefined ? undefined : { key, operator, values };
}

/** A selector; undefined when absent. What is wrong in it is reported, by `refuse` when a schema lets it pass, and left out. */
export function readLabelSelector(
  cursor: Cursor,
  refuse: Refuse = refuseAsError,
  elsewhere: Readonly<Record<string, string>> = {},
  problemOfKey: ProblemOf = qualifiedNameProblem,
): LabelSelector | undefined {
  if (!cursor.isPresent) return undefined;
  if (!cursor.isMapping()) return undefined;
  cursor.onlyFields(['matchLabels', 'matchExpressions'], {
    podSelector: 'podSelector stands beside this selector, not in it',
    namespaceSelector: 'namespaceSelector stands beside this selector, not in it',
    ...labelHints(cursor),
    ...elsewhere,
  });
  return {
    matchLabels: readLabels(cursor.field('matchLabels'), refuse, problemOfKey),
    matchExpressions: cursor
      .field('matchExpressions')
      .items()
      .map((item) => readRequirement(item, refuse, problemOfKey))
      .filter((requirement) => requirement !== undefined),
  };
}

/** Labels written straight into the selector, without `matchLabels`, are a common slip. */
function labelHints(cursor: Cursor): Record<string, string> {
  const hints: Record<string, string> = {};
  for (const member of cursor.members()) {
    const key = member.key;
    if (typeof member.value === 'string') hints[key] = `labels stand below matchLabels: {${key}: ...}`;
  }
  return hints;
}
