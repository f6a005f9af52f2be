/**
 * Kubernetes label selectors as selector expressions, in Calico's translation: pods carry an orchestrator label,
 * labels of namespaces are seen with the prefix `pcns.`.
 *
 * Source: projectcalico/calico libcalico-go/lib/backend/k8s/conversion/conversion.go (k8sSelectorToCalico),
 * libcalico-go/lib/backend/syncersv1/updateprocessors/rules.go (parseSelectorAttachPrefix, GetEntityRuleSelector).
 */
import type { Selector } from '../../selector/selector.ts';
import type { LabelSelector, LabelSelectorRequirement } from '../api/network-policy.ts';

export const NAMESPACE_LABEL = 'projectcalico.org/namespace';
export const ORCHESTRATOR_LABEL = 'projectcalico.org/orchestrator';
export const ORCHESTRATOR = 'k8s';
export const SERVICE_ACCOUNT_LABEL = 'projectcalico.org/serviceaccount';
/** Prefixes of the labels that a pod inherits from its namespace and its service account. */
export const NAMESPACE_PREFIX = 'pcns.';
export const SERVICE_ACCOUNT_PREFIX = 'pcsa.';
/** Under either prefix: the name of the namespace or service account. */
export const NAME_LABEL = 'projectcalico.org/name';

/** Pods with these labels, in any namespace. An absent selector has no term but the orchestrator's. */
export function podSelector(selector: LabelSelector | undefined): Selector {
  const orchestrator: Selector = { kind: 'equals', label: ORCHESTRATOR_LABEL, value: ORCHESTRATOR };
  return conjunction([orchestrator, ...(selector === undefined ? [] : labelTerms(selector, ''))]);
}

/** Things in namespaces with these labels; an empty selector takes everything that has a namespace. */
export function namespaceSelector(selector: LabelSelector): Selector {
  const parts = labelTerms(selector, NAMESPACE_PREFIX);
  return parts.length === 0 ? { kind: 'has', label: NAMESPACE_LABEL } : conjunction(parts);
}

/** Things in the one namespace. */
export function inNamespace(namespace: string): Selector {
  return { kind: 'equals', label: NAMESPACE_LABEL, value: namespace };
}

/** All of them; nothing at all constrains nothing. */
export function conjunction(operands: readonly Selector[]): Selector {
  if (operands.length === 0) return { kind: 'all' };
  return operands.length === 1 ? operands[0]! : { kind: 'and', operands };
}

/** All that must hold, the prefix before each key: matchLabels by key, then matchExpressions in the order given. */
export function labelTerms(selector: LabelSelector, prefix: string): Selector[] {
  const labels = Object.keys(selector.matchLabels)
    .sort((a, b) => (a < b ? -1 : 1))
    .map((key): Selector => ({ kind: 'equals', label: prefix + key, value: selector.matchLabels[key]! }));
  return [...labels, ...selector.matchExpressions.map((requirement) => expression(requirement, prefix))];
}

function expression({ key, operator, values }: LabelSelectorRequirement, prefix: string): Selector {
  const label = prefix + key;
  // An empty list cannot pass the API server; Calico would turn it into a set that holds the empty string.
  const sorted = values.length === 0 ? [''] : [...new Set(values)].sort((a, b) => (a < b ? -1 : 1));
  switch (operator) {
    case 'In':
      return { kind: 'in', label, values: sorted };
    case 'NotIn':
      return { kind: 'not-in', label, values: sorted };
    case 'Exists':
      return { kind: 'has', label };
    case 'DoesNotExist':
      return { kind: 'not', operand: { kind: 'has', label } };
  }
}
