/**
 * Who a cluster-wide policy is about: `namespaces`, or `pods` with both selectors. The schemas of these policies know
 * nothing of label selectors: what their rules refuse passes with a warning, and the reader is told, to fail closed.
 *
 * Source: kubernetes-sigs/network-policy-api config/crd/standard, apis/v1alpha2/shared_types.go.
 */
import type { PodsSelected } from '../../policy/api/admin-policy.ts';
import type { LabelSelector } from '../../policy/api/network-policy.ts';
import type { Cursor, Refuse } from '../cursor.ts';
import { readLabelSelector } from './label-selectors.ts';

/** What was read, and whether it means what it says. */
export interface Readable<T> {
  readonly value: T;
  readonly isUsable: boolean;
}

/** In `namespaces` until v0.1.2. */
const REMOVED_FROM_NAMESPACES = {
  sameLabels: 'sameLabels was taken out of the API in v0.1.3; write the labels of the namespaces out',
  notSameLabels: 'notSameLabels was taken out of the API in v0.1.3; write the labels of the namespaces out',
  namespaceSelector: 'since v0.1.3 namespaces is itself the selector: matchLabels stands right below it',
};
const REMOVED_FROM_PODS = {
  namespaces: 'since v0.1.3 namespaceSelector stands right below pods',
  sameLabels: REMOVED_FROM_NAMESPACES.sameLabels,
  notSameLabels: REMOVED_FROM_NAMESPACES.notSameLabels,
};

/** A selector as the schema takes it; undefined when absent. */
export function readSchemaSelector(
  cursor: Cursor,
  elsewhere: Readonly<Record<string, string>> = {},
): Readable<LabelSelector> | undefined {
  let isUsable = true;
  const refuse: Refuse = (at, code, message, options) => {
    isUsable = false;
    at.warn(code, message, {
      ...options,
      hint:
        options?.hint ?? 'the API server lets it pass; the policy fails closed: what it allows is dropped',
    });
  };
  const value = readLabelSelector(cursor, refuse, elsewhere);
  if (value === undefined) return undefined;
  const isKnown = cursor.members().every(({ key }) => ['matchLabels', 'matchExpressions'].includes(key));
  return { value, isUsable: isUsable && isKnown };
}

/** Reports a mapping that has none or more than one of the members; the member that is there. */
export function onlyMember(cursor: Cursor, members: readonly string[], what: string): string | undefined {
  const found = members.filter((name) => cursor.field(name).isPresent);
  if (found.length === 1) return found[0];
  const text = found.length === 0 ? 'none of them' : found.join(' and ');
  cursor.error('manifest/not-one-of', `${what}: found ${text}, expected one of ${members.join(', ')}`);
  return found[0];
}

/** `namespaces`; the selector itself. */
function readNamespaces(cursor: Cursor): Readable<PodsSelected> | undefined {
  const selector = readSchemaSelector(cursor, REMOVED_FROM_NAMESPACES);
  if (selector === undefined) return undefined;
  return { value: { kind: 'namespaces', namespaceSelector: selector.value }, isUsable: selector.isUsable };
}

/** `pods`; v1alpha1 demands both selectors, v1alpha2 the one of pods. */
function readPods(cursor: Cursor, required: readonly string[]): Readable<PodsSelected> | undefined {
  if (!cursor.isMapping()) return undefined;
  const isKnown = cursor.onlyFields(['namespaceSelector', 'podSelector'], REMOVED_FROM_PODS);
  for (const name of required)
    if (!cursor.field(name).isPresent)
      cursor.errorUnlessLenient('manifest/missing-field', `${cursor.name} has no ${name}`, {
        hint: `all of them is ${name}: {}`,
        on: 'key',
      });
  const namespaces = readSchemaSelector(cursor.field('namespaceSelector'));
  const pods = readSchemaSelector(cursor.field('podSelector'));
  return {
    value: {
      kind: 'pods',
      ...(namespaces === undefined ? {} : { namespaceSelector: namespaces.value }),
      podSelector: pods?.value ?? { matchLabels: {}, matchExpressions: [] },
    },
    isUsable: isKnown && namespaces?.isUsable !== false && pods?.isUsable !== false,
  };
}

/** The `namespaces` or `pods` of a mapping that may have other members too; undefined when it has neither. */
export function readPodsSelected(
  cursor: Cursor,
  requiredOfPods: readonly string[],
): Readable<PodsSelected> | undefined {
  const namespaces = cursor.field('namespaces');
  const pods = cursor.field('pods');
  const ofNamespaces = namespaces.isPresent ? readNamespaces(namespaces) : undefined;
  const ofPods = pods.isPresent ? readPods(pods, requiredOfPods) : undefined;
  return ofNamespaces ?? ofPods;
}
