/** Policies of one tier with the same order or priority that say different things about the same endpoints. */
import { DIRECTIONS, type Direction, type Policy } from '../../policy/policy.ts';
import { onePolicyEach } from '../../policy/policy-group.ts';
import type { Check, Finding, Subject } from '../check.ts';

/** What a policy may do with a packet that it matches, beside logging it. */
function actionsOf(policy: Policy, direction: Direction): ReadonlySet<string> {
  if (!policy.types[direction]) return new Set();
  return new Set(policy.rules[direction].map(({ action }) => action).filter((action) => action !== 'log'));
}

/** Whether both decide in a direction, and not both the same alone. */
const mayContradict = (a: Policy, b: Policy): boolean =>
  DIRECTIONS.some((direction) => {
    const [first, second] = [actionsOf(a, direction), actionsOf(b, direction)];
    if (first.size === 0 || second.size === 0) return false;
    return new Set([...first, ...second]).size > 1;
  });

function shareEndpoints(a: Policy, b: Policy, { inventory }: Subject): boolean {
  const other = new Set(inventory.labelSetsOf(b.selector));
  return inventory.labelSetsOf(a.selector).some((set) => other.has(set));
}

/** Where an order or a priority is written; the policy where none is. */
function orderSpot(policy: Policy, { sources }: Subject): Pick<Finding, 'at' | 'span'> {
  const object = sources.objectAt(policy.at);
  const field = ['order', 'priority'].find((name) => object?.valueAt(['spec', name]) !== undefined);
  if (object === undefined || field === undefined) return { at: policy.at, span: policy.name.length };
  const { at, span } = object.spotAt(['spec', field]);
  return { at, span };
}

function findingOf(policy: Policy, before: Policy, subject: Subject): Finding {
  const { profile } = subject.world;
  const isOpen = profile.equalOrders === 'unspecified';
  const word = /(?:Cluster|Admin)NetworkPolicy$/.test(policy.kind) ? 'priority' : 'order';
  const order = Number.isFinite(policy.order)
    ? `the same ${word} ${policy.order}`
    : `no ${word}, either of them`;
  return {
    ...orderSpot(policy, subject),
    message: `${policy.name} and ${before.name} of tier ${policy.tier} have ${order}, and say different things about the same endpoints`,
    suggestion: isOpen
      ? `which of them is first is left open: give them different ${word === 'order' ? 'orders' : 'priorities'}`
      : `${profile.name} takes ${before.name} first, by its name: give them different ${word === 'order' ? 'orders' : 'priorities'}`,
    related: [{ at: before.at, message: `${before.kind} ${before.name}` }],
  };
}

export const EQUAL_ORDER: Check = {
  code: 'lint/equal-order',
  severity: 'warning',
  title: 'policies that contradict each other have the same order',
  *find(subject) {
    const ordered = onePolicyEach(subject.world.resolved.policies).filter(
      ({ kind, calicoKind, staged }) =>
        !staged && calicoKind !== 'KubernetesNetworkPolicy' && !kind.startsWith('Cilium'),
    );
    const groups = new Map<string, Policy[]>();
    for (const policy of ordered) {
      const key = `${policy.placement} ${policy.order} ${policy.tier}`;
      const group = groups.get(key) ?? [];
      const before = group.find(
        (other) => mayContradict(other, policy) && shareEndpoints(other, policy, subject),
      );
      if (before !== undefined) yield findingOf(policy, before, subject);
      groups.set(key, [...group, policy]);
    }
  },
};
