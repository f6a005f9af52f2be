/** A policy that isolates and only logs: logging decides nothing, so what is logged is denied at the end of the tier. */
import { DIRECTIONS } from '../../policy/policy.ts';
import { onePolicyEach } from '../../policy/policy-group.ts';
import type { Check } from '../check.ts';

export const LOG_ONLY: Check = {
  code: 'lint/log-only',
  severity: 'warning',
  title: 'all rules of a policy log, and none decides',
  *find({ world, sources }) {
    const endOf = new Map(world.resolved.tiers.map(({ name, endAction }) => [name, endAction]));
    for (const policy of onePolicyEach(world.resolved.policies)) {
      if (policy.placement !== 'normal' && policy.placement !== 'forward') continue;
      for (const direction of DIRECTIONS) {
        const rules = policy.rules[direction];
        if (!policy.types[direction] || rules.length === 0 || rules.some(({ action }) => action !== 'log'))
          continue;
        const isDenied = endOf.get(policy.tier) === 'deny';
        if (!isDenied) continue;
        const { at, span } = sources.spot(policy.at, ['spec', direction], 'key');
        yield {
          at,
          span,
          message: `${policy.kind} ${policy.name}: all rules of ${direction} log and none decides, so that what no other policy of tier ${policy.tier} allows is denied at its end`,
          suggestion:
            'to log and let through, add a rule with action: Pass or Allow; to try a policy without enforcing it, stage it',
        };
      }
    }
  },
};
