// Verdicts, reasons and hooks as the columns hold them. Compiled by tsc and by asc alike; names in verdict.ts.

export const VERDICT_ALLOW = 0;
export const VERDICT_DENY = 1;
export const VERDICT_UNDETERMINED = 2;
export const VERDICT_UNSPECIFIED = 3;
export const VERDICT_SKIP = 4;
export const VERDICT_COUNT = 5;

export const REASON_NONE = 0;
export const REASON_POLICY = 1;
export const REASON_TIER_END = 2;
export const REASON_PROFILE = 3;
export const REASON_FAILSAFE = 4;
export const REASON_ENDPOINT_TO_HOST = 5;
export const REASON_UNTRACKED = 6;
export const REASON_ESTABLISHED = 7;
export const REASON_RELATED = 8;
export const REASON_HOST_TO_LOCAL = 9;
export const REASON_SELF = 10;
export const REASON_NO_ENDPOINT = 11;
export const REASON_DENIED_CONNECTION = 12;
export const REASON_INVALID = 13;
export const REASON_SPOOFED = 14;
export const REASON_WORKLOAD_ENCAP = 15;
export const REASON_UNKNOWN_INTERFACE = 16;
export const REASON_ADMIN_DOWN = 17;
export const REASON_NO_PROFILE = 18;
export const REASON_BACKENDS_DIFFER = 19;
export const REASON_PODS_DIFFER = 20;
export const REASON_MISSING_FIELD = 21;
export const REASON_DOMAIN = 22;
export const SKIP_NON_IP = 23;
export const SKIP_MALFORMED = 24;
export const SKIP_TRUNCATED = 25;
export const SKIP_INNER_TRUNCATED = 26;
export const SKIP_UNKNOWN_FRAGMENT = 27;
export const SKIP_DUPLICATE = 28;
/** The kernel's table of connections is full, and the packet is dropped. */
export const REASON_TABLE_FULL = 29;
/** What the CNI does before any policy is asked, or instead. */
export const REASON_CNI = 30;
export const REASON_COUNT = 31;
/** In the SKIP column alone: the record lies outside of the wanted range of time, and is a row for nobody. */
export const SKIP_OUTSIDE = 31;

export const HOOK_NONE = 0;
export const HOOK_EGRESS = 1;
export const HOOK_INGRESS = 2;
export const HOOK_UNTRACKED_INGRESS = 3;
export const HOOK_PRE_DNAT = 4;
export const HOOK_FORWARD_INGRESS = 5;
export const HOOK_HOST_INGRESS = 6;
export const HOOK_UNTRACKED_EGRESS = 7;
export const HOOK_FORWARD_EGRESS = 8;
export const HOOK_HOST_EGRESS = 9;

export const NO_OUTCOME = 0xffffffff;
