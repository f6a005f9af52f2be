/** `from: []`, `to: []`, `ports: []`: a list that is there and holds nothing reads like nobody and means everybody. */
import type { Check, Finding, Subject } from '../check.ts';
import { networkPolicyRules, type PlacedRule } from '../network-policy-rules.ts';

const MEANINGS = {
  from: ['everybody is let in', 'name the peers, or take the rule away if nobody is meant'],
  to: ['every destination is allowed', 'name the peers, or take the rule away if nobody is meant'],
  ports: ['all ports are allowed', 'name the ports, or leave ports out if all are meant'],
} as const;

function* inRule({ policy, path, peersField }: PlacedRule, { sources }: Subject): Generator<Finding> {
  const written = sources.objectAt(policy.at)?.valueAt(path);
  if (typeof written !== 'object' || written === null) return;
  for (const field of [peersField, 'ports'] as const) {
    if (!Object.hasOwn(written, field)) continue;
    const value = (written as Readonly<Record<string, unknown>>)[field];
    if (value !== null && !(Array.isArray(value) && value.length === 0)) continue;
    const { at, span } = sources.spot(policy.at, [...path, field], 'key');
    const [meaning, suggestion] = MEANINGS[field];
    yield {
      at,
      span,
      message: `${field} is there and holds nothing, which means that ${meaning}`,
      suggestion,
      // Who writes brackets may know what they mean; nothing at all is what a template left.
      ...(value === null ? {} : { severity: 'note' as const }),
    };
  }
}

export const EMPTY_LIST: Check = {
  code: 'lint/empty-list',
  severity: 'warning',
  title: 'an empty list of peers or ports means everybody or everything',
  *find(subject) {
    for (const placed of networkPolicyRules(subject)) yield* inRule(placed, subject);
  },
};
