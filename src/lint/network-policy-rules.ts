/** The rules of all NetworkPolicies as their API has them, with the way to each in its manifest. */
import type { NetworkPolicy, NetworkPolicyRule } from '../policy/api/network-policy.ts';
import { DIRECTIONS, type Direction } from '../policy/policy.ts';
import { enforces } from '../policy/resolve/enforcement.ts';
import type { Subject } from './check.ts';
import type { Path } from './source-places.ts';

export interface PlacedRule {
  readonly policy: NetworkPolicy;
  readonly direction: Direction;
  readonly rule: NetworkPolicyRule;
  /** From the policy's object to the rule. */
  readonly path: Path;
  /** What the rule calls its peers. */
  readonly peersField: 'from' | 'to';
}

/** Policies of the API that the CNI looks at, staged ones included. */
export function networkPoliciesOf({ world }: Pick<Subject, 'world'>): readonly NetworkPolicy[] {
  return enforces(world.profile, 'NetworkPolicy') ? world.cluster.networkPolicies : [];
}

/** Every rule, policy by policy. */
export function* networkPolicyRules(subject: Pick<Subject, 'world'>): Generator<PlacedRule> {
  for (const policy of networkPoliciesOf(subject))
    for (const direction of DIRECTIONS)
      for (const [index, rule] of policy[direction].entries())
        yield {
          policy,
          direction,
          rule,
          path: ['spec', direction, index],
          peersField: direction === 'ingress' ? 'from' : 'to',
        };
}
