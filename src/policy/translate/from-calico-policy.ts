/**
 * Calico's NetworkPolicy, GlobalNetworkPolicy and their staged kinds → Policy of the model.
 *
 * Source: projectcalico/calico libcalico-go/lib/backend/syncersv1/updateprocessors/networkpolicyprocessor.go,
 * globalnetworkpolicyprocessor.go.
 */
import type { CalicoPolicy, CalicoPolicyKind } from '../api/calico.ts';
import type { Direction, Policy, Rule } from '../policy.ts';
import { policySelector } from './calico-selector.ts';
import { fromCalicoRule } from './from-calico-rule.ts';

const STAGED_KINDS: readonly CalicoPolicyKind[] = ['StagedNetworkPolicy', 'StagedGlobalNetworkPolicy'];

/** The policy of the model that means the same. Whether a staged one is to be deleted is for the caller to see. */
export function fromCalicoPolicy(policy: CalicoPolicy): Policy {
  const { kind, namespace, name, tier, types, placement, at } = policy;
  return {
    kind,
    calicoKind: kind,
    namespace,
    name,
    tier,
    order: policy.order ?? Number.POSITIVE_INFINITY,
    staged: STAGED_KINDS.includes(kind),
    placement,
    selector: policySelector(policy),
    types,
    rules: { ingress: rulesOf(policy, 'ingress'), egress: rulesOf(policy, 'egress') },
    at,
  };
}

/** Rules of a direction that the types do not list are inert. */
function rulesOf({ types, rules, namespace }: CalicoPolicy, direction: Direction): Rule[] {
  if (!types[direction]) return [];
  return rules[direction].map((rule, index) => fromCalicoRule(rule, index, namespace));
}
