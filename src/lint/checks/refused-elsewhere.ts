/** A rule that admits packets of which every one is refused by the policies of the other end, proved over all of them. */
import type { Taker } from '../../analysis/rules/rule-covers.ts';
import type { RuleUnit } from '../../analysis/rules/rule-units.ts';
import { policyName, unitLocation, unitName } from '../../analysis/rules/unit-places.ts';
import type { Check, Subject } from '../check.ts';
import { idleRules, takerPlaces } from '../idle-rules.ts';
import { mayTakeOthers } from '../selector-slip.ts';

/** Whether `lint/one-sided` looks at a rule: all of its peers are pods that are there. */
function isOneSided({ pieces }: RuleUnit, { inventory }: Subject): boolean {
  return pieces.every(({ rule: { match }, direction }) => {
    const { selector } = direction === 'ingress' ? match.source : match.destination;
    return (
      selector !== undefined &&
      inventory.networkSetsOf(selector).length === 0 &&
      !mayTakeOthers(selector, inventory)
    );
  });
}

/** Policies that are named. */
const NAMED = 3;

/** The policies that refuse. */
function refusers(by: readonly Taker[]): string {
  const names = new Set(
    by.map((taker) => {
      if (taker.kind === 'unit') return policyName(taker.unit.policy);
      const { policy } = { policy: undefined, ...taker };
      return policy === undefined ? 'what its CNI does by itself' : policyName(policy);
    }),
  );
  const [first, ...others] = [...names].slice(0, NAMED);
  const more = names.size > NAMED ? ' and others' : '';
  return `${[first, ...others].join(', ')}${more}`;
}

export const REFUSED_ELSEWHERE: Check = {
  code: 'lint/refused-elsewhere',
  severity: 'note',
  title: 'what a rule admits is refused at the other end',
  *find(subject) {
    for (const finding of idleRules(subject)) {
      const { kind, unit } = finding;
      if (kind !== 'overruled' || isOneSided(unit, subject)) continue;
      const end = unit.list === 'ingress' ? 'sends' : 'receives';
      yield {
        at: unitLocation(unit),
        message: `nothing that ${unitName(unit)} admits gets through: whoever ${end} it is kept from it by ${refusers(finding.by)}`,
        related: takerPlaces(finding, 'refuses packets of it'),
        suggestion:
          'that is so of the pods and addresses that there are now: both ends must allow a connection',
      };
    }
  },
};
