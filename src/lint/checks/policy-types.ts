/** Directions that a policy is about and did not mean to be, or has rules for and is not about. */
import type { CalicoPolicy } from '../../policy/api/calico.ts';
import type { NetworkPolicy } from '../../policy/api/network-policy.ts';
import { DIRECTIONS } from '../../policy/policy.ts';
import { enforces } from '../../policy/resolve/enforcement.ts';
import type { Check, Finding, Subject } from '../check.ts';
import { networkPoliciesOf } from '../network-policy-rules.ts';

const TYPE = { ingress: 'Ingress', egress: 'Egress' } as const;

/** Rules of a direction that the policy's types leave out. */
function* unlisted(policy: NetworkPolicy, { sources, world }: Subject): Generator<Finding> {
  for (const direction of DIRECTIONS) {
    if (policy.policyTypes[direction] || policy[direction].length === 0) continue;
    const { at, span } = sources.spot(policy.at, ['spec', direction], 'key');
    const { at: types } = sources.spot(policy.at, ['spec', 'policyTypes'], 'key');
    const { policyTypes: reading, name } = world.profile;
    const isInert = reading === 'listed';
    yield {
      at,
      span,
      message: isInert
        ? `policyTypes leaves ${TYPE[direction]} out: the rules of ${direction} have no effect`
        : `policyTypes leaves ${TYPE[direction]} out: the API gives the rules of ${direction} no effect, ${name} reads them`,
      suggestion: `add ${TYPE[direction]} to policyTypes, or take the rules away`,
      related: [{ at: types, message: 'policyTypes' }],
      ...(isInert ? {} : { severity: 'warning' as const }),
    };
  }
}

/** Egress rules alone and no policyTypes: the default isolates for ingress all the same. */
function* isolatedUnawares(policy: NetworkPolicy, { sources }: Subject): Generator<Finding> {
  const object = sources.objectAt(policy.at);
  if (object === undefined || object.valueAt(['spec', 'policyTypes']) !== undefined) return;
  const hasIngress = object.valueAt(['spec', 'ingress']) !== undefined;
  if (hasIngress || policy.egress.length === 0) return;
  const { at, span } = object.spotAt(['spec', 'egress'], 'key');
  yield {
    at,
    span,
    message: 'without policyTypes the policy is one of ingress too, and has no rule of it: nobody is let in',
    suggestion: 'write policyTypes: [Egress], or [Ingress, Egress] if nobody is to be let in',
    severity: 'warning',
  };
}

function* ofCalico(policy: CalicoPolicy, { sources }: Subject): Generator<Finding> {
  for (const direction of DIRECTIONS) {
    if (policy.types[direction] || policy.rules[direction].length === 0) continue;
    const { at, span } = sources.spot(policy.at, ['spec', direction], 'key');
    yield {
      at,
      span,
      message: `types leaves ${TYPE[direction]} out: the rules of ${direction} have no effect`,
      suggestion: `add ${TYPE[direction]} to types, or take the rules away`,
    };
  }
}

export const POLICY_TYPES: Check = {
  code: 'lint/policy-types',
  severity: 'error',
  title: 'rules and policyTypes of a policy do not fit each other',
  *find(subject) {
    const { cluster, profile } = subject.world;
    for (const policy of networkPoliciesOf(subject)) {
      yield* unlisted(policy, subject);
      yield* isolatedUnawares(policy, subject);
    }
    if (!enforces(profile, 'Calico')) return;
    for (const policy of cluster.calicoPolicies) yield* ofCalico(policy, subject);
  },
};
