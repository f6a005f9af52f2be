/** All checks. A new one is a file of `checks/` with its page in docs/lint/, and an entry here. */
import type { Check } from './check.ts';
import { DEAD_RULE } from './checks/dead-rule.ts';
import { REDUNDANT_POLICY } from './checks/redundant-policy.ts';
import { REDUNDANT_RULE } from './checks/redundant-rule.ts';
import { SELECTS_NOTHING } from './checks/selects-nothing.ts';

/** Found by `lint.ts` itself, behind all others: it alone knows which comments were of use. */
export const UNUSED_SUPPRESSION: Check = {
  code: 'lint/unused-suppression',
  severity: 'warning',
  title: 'a comment suppresses a finding that is not there',
  find: () => [],
};

/** In the order in which they are listed. */
export const CHECKS: readonly Check[] = [
  SELECTS_NOTHING,
  DEAD_RULE,
  REDUNDANT_RULE,
  REDUNDANT_POLICY,
  UNUSED_SUPPRESSION,
];
