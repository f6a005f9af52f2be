/** A rule, a peer or a port of it, to which no packet gets: those before it take all that it matches. */
import { unitLocation, unitName } from '../../analysis/rules/unit-places.ts';
import type { Check } from '../check.ts';
import { idleRules, takerNames, takerPlaces } from '../idle-rules.ts';

export const DEAD_RULE: Check = {
  code: 'lint/dead-rule',
  severity: 'warning',
  title: 'no packet gets to a rule: others take all that it matches',
  *find(subject) {
    for (const finding of idleRules(subject)) {
      if (finding.kind !== 'dead') continue;
      const { unit, lasts, by } = finding;
      const verb = by.length > 1 ? 'take' : 'takes';
      yield {
        at: unitLocation(unit),
        message: `no packet gets to ${unitName(unit)}: ${takerNames(finding)} ${verb} all that it matches`,
        related: takerPlaces(finding, 'takes packets of it'),
        suggestion: lasts
          ? 'that is so whatever pods there are: move it up, or delete it'
          : 'that is so of the pods and addresses that there are now',
        ...(lasts ? {} : { severity: 'note' as const }),
      };
    }
  },
};
