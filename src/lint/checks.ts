/** All checks. A new one is a file of `checks/` with its page in docs/lint/, and an entry here. */
import type { Check } from './check.ts';
import { CILIUM_EMPTY_RULES } from './checks/cilium-empty-rules.ts';
import { DEAD_RULE } from './checks/dead-rule.ts';
import { DENY_ISOLATES } from './checks/deny-isolates.ts';
import { EMPTY_LIST } from './checks/empty-list.ts';
import { EQUAL_ORDER } from './checks/equal-order.ts';
import { EXCEPT_WITHOUT_EFFECT } from './checks/except-without-effect.ts';
import { FAILSAFE_PORTS } from './checks/failsafe-ports.ts';
import { HOST_NETWORK_PODS } from './checks/host-network-pods.ts';
import { IP_BLOCK_IN_CLUSTER } from './checks/ip-block-in-cluster.ts';
import { LABEL_SLIP } from './checks/label-slip.ts';
import { LOCKS_OUT_DNS } from './checks/locks-out-dns.ts';
import { LOG_ONLY } from './checks/log-only.ts';
import { NAME_SAYS_OTHERWISE } from './checks/name-says-otherwise.ts';
import { NAMES_NOT_LEARNED } from './checks/names-not-learned.ts';
import { NAMESPACE_IGNORED } from './checks/namespace-ignored.ts';
import { NO_DNS } from './checks/no-dns.ts';
import { NOT_ENFORCED } from './checks/not-enforced.ts';
import { ONE_SIDED } from './checks/one-sided.ts';
import { PEER_MATCHES_NOTHING } from './checks/peer-matches-nothing.ts';
import { POLICY_TYPES } from './checks/policy-types.ts';
import { PORT_WITHOUT_PROTOCOL } from './checks/port-without-protocol.ts';
import { REDUNDANT_POLICY } from './checks/redundant-policy.ts';
import { REDUNDANT_RULE } from './checks/redundant-rule.ts';
import { REFUSED_ELSEWHERE } from './checks/refused-elsewhere.ts';
import { REQUESTS_NOT_REFUSED } from './checks/requests-not-refused.ts';
import { SELECTS_NOTHING } from './checks/selects-nothing.ts';
import { SERVICE_REFUSED } from './checks/service-refused.ts';
import { SPLIT_SELECTORS } from './checks/split-selectors.ts';
import { UNDECLARED_PORT } from './checks/undeclared-port.ts';
import { UNDECLARED_TIER } from './checks/undeclared-tier.ts';
import { UNKNOWN_NAMESPACE } from './checks/unknown-namespace.ts';
import { UNKNOWN_PORT_NAME } from './checks/unknown-port-name.ts';
import { UNKNOWN_SERVICE } from './checks/unknown-service.ts';
import { UNUSED_IN_TRACE } from './checks/unused-in-trace.ts';
import { WIDER_THAN_TRACE } from './checks/wider-than-trace.ts';

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
  UNKNOWN_NAMESPACE,
  NAMESPACE_IGNORED,
  PEER_MATCHES_NOTHING,
  LABEL_SLIP,
  SPLIT_SELECTORS,
  HOST_NETWORK_PODS,
  POLICY_TYPES,
  EMPTY_LIST,
  CILIUM_EMPTY_RULES,
  DENY_ISOLATES,
  NAMES_NOT_LEARNED,
  REQUESTS_NOT_REFUSED,
  NAME_SAYS_OTHERWISE,
  UNKNOWN_PORT_NAME,
  UNDECLARED_PORT,
  PORT_WITHOUT_PROTOCOL,
  IP_BLOCK_IN_CLUSTER,
  EXCEPT_WITHOUT_EFFECT,
  UNKNOWN_SERVICE,
  NO_DNS,
  LOCKS_OUT_DNS,
  ONE_SIDED,
  REFUSED_ELSEWHERE,
  SERVICE_REFUSED,
  EQUAL_ORDER,
  UNDECLARED_TIER,
  NOT_ENFORCED,
  LOG_ONLY,
  FAILSAFE_PORTS,
  DEAD_RULE,
  REDUNDANT_RULE,
  REDUNDANT_POLICY,
  WIDER_THAN_TRACE,
  UNUSED_IN_TRACE,
  UNUSED_SUPPRESSION,
];
