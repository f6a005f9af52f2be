/** Every worked case of Calico's semantics, in the order of its sections. */
import { ACTION_CASES } from './actions.ts';
import { ENCAPSULATION_CASES } from './encapsulation.ts';
import { ENTITY_CASES } from './entities.ts';
import { FAILSAFE_CASES } from './failsafes.ts';
import { FIELD_CASES } from './fields.ts';
import { HOST_ENDPOINT_CASES } from './host-endpoints.ts';
import { KUBERNETES_CASES } from './kubernetes.ts';
import type { CalicoCase } from './manifests.ts';
import { ORDER_CASES } from './order.ts';
import { PATH_CASES } from './paths.ts';
import { RULE_CASES } from './rules.ts';
import { SELECTOR_CASES } from './selectors.ts';
import { STATION_CASES } from './stations.ts';
import { TIER_CASES } from './tiers.ts';
import { TRAP_CASES } from './traps.ts';

export const CALICO_CASES: readonly CalicoCase[] = [
  ...SELECTOR_CASES,
  ...ENTITY_CASES,
  ...FIELD_CASES,
  ...RULE_CASES,
  ...TIER_CASES,
  ...ORDER_CASES,
  ...ACTION_CASES,
  ...KUBERNETES_CASES,
  ...STATION_CASES,
  ...HOST_ENDPOINT_CASES,
  ...FAILSAFE_CASES,
  ...PATH_CASES,
  ...ENCAPSULATION_CASES,
  ...TRAP_CASES,
];
