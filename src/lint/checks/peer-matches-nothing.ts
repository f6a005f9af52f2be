/** A rule that names a peer by labels which nothing has: it admits, or refuses, nobody. */
import type { Policy, Rule } from '../../policy/policy.ts';
import { NAMESPACE_PREFIX } from '../../policy/translate/label-selector.ts';
import { printSelector } from '../../selector/print.ts';
import type { Selector } from '../../selector/selector.ts';
import type { Check, Finding, Subject } from '../check.ts';
import type { Inventory } from '../inventory.ts';
import { labelSpotAt } from '../policy-places.ts';
import { selectorSlip } from '../selector-slip.ts';

/** Selectors of either side of a rule that take nothing. */
function vainSelectors({ match: { source, destination } }: Rule, { inventory }: Subject): Selector[] {
  return [source, destination].flatMap(({ selector }) =>
    selector === undefined || inventory.matchesAny(selector) ? [] : [selector],
  );
}

/** How a label of namespaces is asked for, where pods were asked for it. */
function askedOfPods(
  { kind }: Policy,
  label: string | undefined,
  { namespaces }: Inventory,
): string | undefined {
  if (
    label === undefined ||
    !namespaces.some(({ labels }) => Object.hasOwn(labels, NAMESPACE_PREFIX + label))
  )
    return undefined;
  return kind.startsWith('Cilium')
    ? `namespaces have it: write k8s:io.cilium.k8s.namespace.labels.${label}, or for a name k8s:io.kubernetes.pod.namespace`
    : 'namespaces have it: write it into a namespaceSelector';
}

function findingOf(policy: Policy, rule: Rule, selector: Selector, { inventory, sources }: Subject): Finding {
  const slip = selectorSlip(selector, inventory, 'pod');
  const { reason, label, mayBeElsewhere } = slip;
  const suggestion = slip.suggestion ?? askedOfPods(policy, label, inventory);
  const { at, span } = labelSpotAt(sources, rule.at, label);
  return {
    at,
    span,
    message: `a peer of ${policy.kind} ${policy.name} matches nothing: ${reason}`,
    ...(suggestion === undefined ? {} : { suggestion }),
    ...(mayBeElsewhere ? { severity: 'note' as const } : {}),
  };
}

/** Findings of one policy; a peer that became several rules is told once. */
function* inPolicy(policy: Policy, subject: Subject): Generator<Finding> {
  const told = new Set<string>();
  for (const rule of [...policy.rules.ingress, ...policy.rules.egress])
    for (const selector of vainSelectors(rule, subject)) {
      const key = `${rule.at.line}:${rule.at.column} ${printSelector(selector)}`;
      if (told.has(key)) continue;
      told.add(key);
      yield findingOf(policy, rule, selector, subject);
    }
}

export const PEER_MATCHES_NOTHING: Check = {
  code: 'lint/peer-matches-nothing',
  severity: 'warning',
  title: 'a peer of a rule matches nothing',
  *find(subject) {
    if (!subject.inventory.hasEndpoints) return;
    for (const policy of subject.world.resolved.policies) yield* inPolicy(policy, subject);
  },
};
