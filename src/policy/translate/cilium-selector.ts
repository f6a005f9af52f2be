/**
 * Cilium's selectors: labels with a source before the key (`k8s:app`, `reserved:host`), asked of identities. Pods have labels; nodes, the
 * world and the API server have reserved ones alone.
 *
 * Source: cilium/cilium pkg/k8s/apis/cilium.io/utils/utils.go (getEndpointSelector, ParseToCiliumRule), pkg/labels/labels.go,
 * pkg/policy/api/{selector,entity}.go.
 */
import type { Selector } from '../../selector/selector.ts';
import type { CiliumEntity } from '../api/cilium.ts';
import type { LabelSelector, LabelSelectorRequirement } from '../api/network-policy.ts';
import {
  conjunction,
  labelTerms,
  NAMESPACE_LABEL,
  NAMESPACE_PREFIX,
  ORCHESTRATOR,
  ORCHESTRATOR_LABEL,
  SERVICE_ACCOUNT_LABEL,
} from './label-selector.ts';

const POD_NAMESPACE = 'io.kubernetes.pod.namespace';
const NAMESPACE_LABELS = 'io.cilium.k8s.namespace.labels.';
const SERVICE_ACCOUNT = 'io.cilium.k8s.policy.serviceaccount';
const CLUSTER = 'io.cilium.k8s.policy.cluster';
/** The cluster's name unless it is told otherwise. */
export const CLUSTER_NAME = 'default';

/** Identities that are no pods', by their reserved labels. */
export type ReservedLabel = 'host' | 'remote-node' | 'world' | 'kube-apiserver';

/** A key with the source before it; `any` where it names none. */
function parseKey(written: string): { readonly source: string; readonly key: string } {
  const colon = written.indexOf(':');
  return colon < 0
    ? { source: 'any', key: written }
    : { source: written.slice(0, colon), key: written.slice(colon + 1) };
}

/** Labels of the selector first, each a requirement of one value. */
function requirementsOf({ matchLabels, matchExpressions }: LabelSelector): LabelSelectorRequirement[] {
  const labels = Object.entries(matchLabels).map(
    ([key, value]): LabelSelectorRequirement => ({ key, operator: 'In', values: [value] }),
  );
  return [...labels, ...matchExpressions];
}

/** Whether a label that has this value, undefined for none, is as required. */
function isMet({ operator, values }: LabelSelectorRequirement, value: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
  }
}

/** The label of the model under which pods have one of Cilium's; a `value` that all of them have, undefined for none. */
function podLabel(written: string): { readonly label: string } | { readonly value: string | undefined } {
  const { source, key } = parseKey(written);
  if (source !== 'any' && source !== 'k8s') return { value: undefined };
  if (key === POD_NAMESPACE) return { label: NAMESPACE_LABEL };
  if (key === SERVICE_ACCOUNT) return { label: SERVICE_ACCOUNT_LABEL };
  if (key === CLUSTER) return { value: CLUSTER_NAME };
  if (key.startsWith(NAMESPACE_LABELS))
    return { label: NAMESPACE_PREFIX + key.slice(NAMESPACE_LABELS.length) };
  return { label: key };
}

/** The pods that a selector takes; undefined where it takes none, whatever their labels. */
export function selectedPods(selector: LabelSelector): Selector | undefined {
  const terms: LabelSelectorRequirement[] = [];
  for (const requirement of requirementsOf(selector)) {
    const found = podLabel(requirement.key);
    if ('label' in found) terms.push({ ...requirement, key: found.label });
    else if (!isMet(requirement, found.value)) return undefined;
  }
  return conjunction([
    { kind: 'equals', label: ORCHESTRATOR_LABEL, value: ORCHESTRATOR },
    ...labelTerms({ matchLabels: {}, matchExpressions: terms }, '').map(simplified),
  ]);
}

/** One value of a list is that value. */
function simplified(term: Selector): Selector {
  return term.kind === 'in' && term.values.length === 1
    ? { kind: 'equals', label: term.label, value: term.values[0]! }
    : term;
}

/** Whether a selector takes an identity that has these labels and no others. */
export function selectsReserved(selector: LabelSelector, labels: readonly ReservedLabel[]): boolean {
  return requirementsOf(selector).every((requirement) => {
    const { source, key } = parseKey(requirement.key);
    const isThere = source === 'reserved' && labels.some((label) => label === key);
    return isMet(requirement, isThere ? '' : undefined);
  });
}

/** Whether a selector asks nothing. */
export function isWildcard(selector: LabelSelector): boolean {
  return requirementsOf(selector).length === 0;
}

/** The labels of objects other than pods (nodes, Services, groups), whatever source a key has. */
export function selectedObjects(selector: LabelSelector): Selector {
  const terms = requirementsOf(selector).map((one) => ({ ...one, key: parseKey(one.key).key }));
  return conjunction(labelTerms({ matchLabels: {}, matchExpressions: terms }, ''));
}

const asks = (selector: LabelSelector, has: (written: string) => boolean): boolean =>
  requirementsOf(selector).some(({ key }) => has(key));

const isReserved = (written: string): boolean => parseKey(written).source === 'reserved';
const isNamespace = (written: string): boolean => parseKey(written).key === POD_NAMESPACE;
const isNamespaceLabel = (written: string): boolean => parseKey(written).key.startsWith(NAMESPACE_LABELS);

/** Whether pods are meant that are not known yet: their policies add no namespace to selectors. */
export function asksInit(selector: LabelSelector): boolean {
  return asks(selector, (written) => written === 'reserved:init');
}

/**
 * A peer's selector with what Cilium adds: the policy's namespace, unless it says something of namespaces itself or asks for a reserved
 * label; in a clusterwide policy, that there is a namespace.
 */
export function scopedPeer(selector: LabelSelector, namespace: string, isForInit: boolean): LabelSelector {
  if (asks(selector, isReserved) || asks(selector, isNamespace)) return selector;
  if (namespace !== '') return asks(selector, isNamespaceLabel) ? selector : within(selector, namespace);
  if (isForInit) return selector;
  const isSomewhere = { key: `k8s:${POD_NAMESPACE}`, operator: 'Exists', values: [] } as const;
  return { ...selector, matchExpressions: [...selector.matchExpressions, isSomewhere] };
}

/** A policy's own selector: held to its namespace, whatever other one it names. */
export function scopedSubject(selector: LabelSelector, namespace: string): LabelSelector {
  return namespace === '' ? selector : within(selector, namespace);
}

function within(selector: LabelSelector, namespace: string): LabelSelector {
  return { ...selector, matchLabels: { ...selector.matchLabels, [`k8s:${POD_NAMESPACE}`]: namespace } };
}

const reserved = (label: string): LabelSelector => ({
  matchLabels: { [`reserved:${label}`]: '' },
  matchExpressions: [],
});

const EVERYTHING: LabelSelector = { matchLabels: {}, matchExpressions: [] };

/** What an entity stands for. Identities that no manifest shows (health checks, proxies, pods without an agent) are nobody's here. */
export function entitySelectors(entity: CiliumEntity): readonly LabelSelector[] {
  switch (entity) {
    case 'all':
      return [EVERYTHING];
    case 'cluster':
      return [
        ...['host', 'remote-node', 'kube-apiserver'].map(reserved),
        { matchLabels: { [`k8s:${CLUSTER}`]: CLUSTER_NAME }, matchExpressions: [] },
      ];
    default:
      return [reserved(entity)];
  }
}
