/**
 * How Calico turns the selectors of its policies for endpoints, namespaces and service accounts into one that is asked
 * of effective labels. Labels of a namespace or service account are seen with a prefix; `all()` of namespaces means
 * whatever has a namespace, `global()` what has none. A missing label satisfies `!=`, so that negative namespace
 * selectors also match host endpoints and global network sets.
 *
 * Source: projectcalico/calico libcalico-go/lib/backend/syncersv1/updateprocessors/rules.go (GetEntityRuleSelector,
 * getEndpointSelector, parseServiceAccounts, prefixAndAppendSelector), globalnetworkpolicyprocessor.go,
 * networkpolicyprocessor.go.
 */
import { sortedSet } from '../../selector/byte-order.ts';
import { replaceLeaves } from '../../selector/leaves.ts';
import type { Selector } from '../../selector/selector.ts';
import type { CalicoEntity, CalicoPolicy } from '../api/calico.ts';
import {
  inNamespace,
  NAMESPACE_LABEL,
  NAMESPACE_PREFIX,
  SERVICE_ACCOUNT_LABEL,
  SERVICE_ACCOUNT_PREFIX,
} from './label-selector.ts';

/** Which endpoints a policy governs. */
export function policySelector(policy: CalicoPolicy): Selector {
  const { selector, namespace, namespaceSelector, serviceAccountSelector } = policy;
  if (namespace !== '')
    return (
      both(
        both(selector, inNamespace(namespace)),
        prefixed(serviceAccountSelector, SERVICE_ACCOUNT_PREFIX),
      ) ?? EVERYTHING
    );
  let combined = selector;
  // The text is searched as a whole each time: an `all()` of the policy's own selector is replaced too.
  if (namespaceSelector !== undefined)
    combined = withAllAs(NAMESPACE_LABEL, both(combined, prefixed(namespaceSelector, NAMESPACE_PREFIX)));
  if (serviceAccountSelector !== undefined)
    combined = withAllAs(
      SERVICE_ACCOUNT_LABEL,
      both(combined, prefixed(serviceAccountSelector, SERVICE_ACCOUNT_PREFIX)),
    );
  return combined ?? EVERYTHING;
}

/**
 * Whose addresses one side of a rule means; undefined when it means any address. `namespace` is the policy's own, empty
 * for global policies and profiles. The negative selector is left as it is, but its presence alone ties the side to the
 * policy's namespace, as every other selector does; nets, ports and services do not.
 */
export function entitySelector(entity: CalicoEntity, namespace: string): Selector | undefined {
  const { selector, notSelector, namespaceSelector } = entity;
  const endpoints = both(serviceAccounts(entity), selector);
  const namespaces =
    namespaceSelector === undefined
      ? namespace === ''
        ? undefined
        : inNamespace(namespace)
      : namespaceTerm(namespaceSelector);
  const isTied = endpoints !== undefined || notSelector !== undefined || namespaceSelector !== undefined;
  return isTied ? both(namespaces, endpoints) : undefined;
}

const EVERYTHING: Selector = { kind: 'all' };

function namespaceTerm(selector: Selector): Selector {
  const term = withAllAs(NAMESPACE_LABEL, prefixed(selector, NAMESPACE_PREFIX))!;
  const isInNamespace: Selector = { kind: 'has', label: NAMESPACE_LABEL };
  return replaceLeaves(term, (leaf) =>
    leaf.kind === 'global' ? { kind: 'not', operand: isInNamespace } : leaf,
  );
}

/** `all()` of service accounts stays what it is in a rule; only a policy's own is rewritten. */
function serviceAccounts({ serviceAccounts: wanted }: CalicoEntity): Selector | undefined {
  if (wanted === undefined) return undefined;
  const names: Selector | undefined =
    wanted.names.length === 0
      ? undefined
      : { kind: 'in', label: SERVICE_ACCOUNT_LABEL, values: sortedSet(wanted.names) };
  return both(prefixed(wanted.selector, SERVICE_ACCOUNT_PREFIX), names);
}

/** Both, or the one that is there. */
function both(first: Selector | undefined, second: Selector | undefined): Selector | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  return { kind: 'and', operands: [first, second] };
}

/** The same about the labels that a namespace or a service account lends. */
function prefixed(selector: Selector | undefined, prefix: string): Selector | undefined {
  if (selector === undefined) return undefined;
  return replaceLeaves(selector, (leaf) =>
    'label' in leaf ? { ...leaf, label: prefix + leaf.label } : leaf,
  );
}

function withAllAs(label: string, selector: Selector | undefined): Selector | undefined {
  if (selector === undefined) return undefined;
  return replaceLeaves(selector, (leaf) => (leaf.kind === 'all' ? { kind: 'has', label } : leaf));
}
