/**
 * Walks as Calico's flow logs tell them: one record a pod that the connection met, the hits of what is enforced beside those
 * with staged policies enforced. Hosts report nothing.
 *
 * Source: projectcalico/calico felix/collector/flowlog/types.go (newPolicySet), felix/calc/endpoint_lookup_cache.go
 * (CreateLocalEndpointData), app-policy/checker/check.go (checkTiers).
 */
import type { HookWalk, TierWalk } from '../../policy/decision.ts';
import { type FlowLogHit, hitStrings } from '../../policy/flow-log-name.ts';
import type { FlowLog } from './explain-document.ts';

/** Who is named at the end of a tier: the last policy that applies, or the first that did not match. */
type Naming = 'enforced' | 'pending';

function tierHit({ tier, policies, left }: TierWalk, naming: Naming): FlowLogHit[] {
  if (left === 'unspecified') return [];
  if (left === 'end-deny' || left === 'end-pass') {
    const policy = (naming === 'enforced' ? policies.at(-1) : policies[0])?.policy;
    return policy === undefined ? [] : [{ tier, policy, action: left === 'end-deny' ? 'deny' : 'pass' }];
  }
  const last = policies.at(-1);
  const rule = last?.rules.findLast((walk) => walk.matched !== 'no' && walk.rule.action === left)?.rule;
  return last === undefined || rule === undefined ? [] : [{ tier, policy: last.policy, rule, action: left }];
}

/** The hits of one hook; none where a guard decided. */
export function hitsOf(walk: HookWalk, naming: Naming): string[] {
  const hits = walk.tiers.flatMap((tier) => tierHit(tier, naming));
  const { decider, reason, verdict } = walk;
  if (reason === 'no-profile') hits.push({ action: 'deny' });
  if (reason === 'profile' && decider?.profile !== undefined && decider.rule !== undefined)
    hits.push({
      profile: decider.profile,
      rule: decider.rule,
      action: verdict === 'deny' ? 'deny' : 'allow',
    });
  return hitStrings(hits);
}

/** The records of a connection. `pendingOf` finds the same hook with staged policies enforced. */
export function flowLogsOf(
  hooks: readonly HookWalk[],
  pendingOf: (walk: HookWalk) => HookWalk | undefined,
): FlowLog[] {
  return hooks.flatMap((walk): FlowLog[] => {
    const { hook, verdict } = walk;
    if (hook !== 'egress' && hook !== 'ingress') return [];
    if (verdict !== 'allow' && verdict !== 'deny') return [];
    const pending = pendingOf(walk);
    return [
      {
        reporter: hook === 'egress' ? 'src' : 'dst',
        action: verdict,
        enforced_policies: hitsOf(walk, 'enforced'),
        pending_policies: pending === undefined ? [] : hitsOf(pending, 'pending'),
      },
    ];
  });
}
