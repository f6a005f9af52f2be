/** Every worked case of Calico's semantics. */
import { HOST_CASES } from './hosts.ts';
import { KUBERNETES_CASES } from './kubernetes.ts';
import type { CalicoCase } from './manifests.ts';
import { ORDER_CASES } from './order.ts';
import { PATH_CASES } from './paths.ts';
import { RULE_CASES } from './rules.ts';
import { SELECTOR_CASES } from './selectors.ts';
import { TRAP_CASES } from './traps.ts';

export const CALICO_CASES: readonly CalicoCase[] = [
  ...SELECTOR_CASES,
  ...RULE_CASES,
  ...ORDER_CASES,
  ...KUBERNETES_CASES,
  ...HOST_CASES,
  ...PATH_CASES,
  ...TRAP_CASES,
];
