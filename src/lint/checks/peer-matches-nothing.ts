/** A rule that names a peer by labels which nothing has: it admits, or refuses, nobody. */
import type { Policy, Rule } from '../../policy/policy.ts';
import { printSelector } from '../../selector/print.ts';
import type { Selector } from '../../selector/selector.ts';
import type { Check, Finding, Subject } from '../check.ts';
import { labelSpotAt } from '../policy-places.ts';
import { selectorSlip } from '../selector-slip.ts';

/** Selectors of either side of a rule that take nothing. */
function vainSelectors({ match: { source, destination } }: Rule, { inventory }: Subject): Selector[] {
  return [source, destination].flatMap(({ selector }) =>
    selector === undefined || inventory.matchesAny(selector) ? [] : [selector],
  );
}

function findingOf(policy: Policy, rule: Rule, selector: Selector, { inventory, sources }: Subject): Finding {
  const { reason, suggestion, label, mayBeElsewhere } = selectorSlip(selector, inventory, 'pod');
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
