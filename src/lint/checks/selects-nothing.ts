/** A policy that selects no endpoint governs nobody: whom it is for stays as open as before. */
import type { Policy } from '../../policy/policy.ts';
import { onePolicyEach } from '../../policy/policy-group.ts';
import type { Check, Finding, Subject } from '../check.ts';
import { labelSpot, subjectPaths } from '../policy-places.ts';
import { selectorSlip } from '../selector-slip.ts';

/** What is said about one policy; nothing where it selects somebody. */
function findingOf(policy: Policy, { inventory, sources }: Subject): Finding[] {
  if (inventory.labelSetsOf(policy.selector).length > 0) return [];
  // Where the namespace itself is unknown lint/unknown-namespace tells it.
  const namespace = inventory.world.cluster.namespaces.get(policy.namespace);
  if (policy.namespace !== '' && namespace?.at === undefined && !inventory.hasPodsIn(policy.namespace))
    return [];
  const noun = policy.placement === 'normal' && policy.namespace !== '' ? 'pod' : 'endpoint';
  const { reason, suggestion, label, mayBeElsewhere } = selectorSlip(policy.selector, inventory, noun);
  const { at, span } = labelSpot(sources, policy.at, subjectPaths(policy), label);
  return [
    {
      at,
      span,
      message: `${policy.kind} ${policy.name} selects nothing: ${reason}`,
      ...(suggestion === undefined ? {} : { suggestion }),
      ...(mayBeElsewhere ? { severity: 'note' as const } : {}),
    },
  ];
}

export const SELECTS_NOTHING: Check = {
  code: 'lint/selects-nothing',
  severity: 'warning',
  title: 'a policy selects nothing',
  *find(subject) {
    if (!subject.inventory.hasEndpoints) return;
    const policies = onePolicyEach(
      subject.world.resolved.policies.filter(({ kind }) => kind !== 'Namespace'),
    );
    for (const policy of policies) yield* findingOf(policy, subject);
  },
};
