/** A rule, a peer or a port of it, without which every verdict would be the same. */
import type { Check } from '../check.ts';
import { idleRules, redundantFinding } from '../idle-rules.ts';

export const REDUNDANT_RULE: Check = {
  code: 'lint/redundant-rule',
  severity: 'warning',
  title: 'without a rule no verdict changes: others cover it',
  *find(subject) {
    for (const finding of idleRules(subject))
      if (finding.kind === 'redundant' && finding.unit.level !== 'policy') yield redundantFinding(finding);
  },
};
