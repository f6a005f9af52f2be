/** A policy without which every verdict would be the same. */
import type { Check } from '../check.ts';
import { idleRules, redundantFinding } from '../idle-rules.ts';

export const REDUNDANT_POLICY: Check = {
  code: 'lint/redundant-policy',
  severity: 'warning',
  title: 'without a policy no verdict changes: others cover it',
  *find(subject) {
    for (const finding of idleRules(subject)) {
      const { kind, unit, lasts } = finding;
      if (kind !== 'redundant' || unit.level !== 'policy') continue;
      // One that only isolates is there for pods to come.
      if (!lasts && unit.pieces.length === 0) continue;
      yield redundantFinding(finding);
    }
  },
};
