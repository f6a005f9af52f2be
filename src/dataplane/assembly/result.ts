// Verdict, reason and hook in one number: what the hooks of a packet are combined by.

import {
  CELL_BINDING,
  CELL_CNI,
  CELL_CONTINUE,
  CELL_DOMAIN,
  CELL_FAILSAFE,
  CELL_NO_PROFILE,
  CELL_OPEN,
  CELL_POLICY,
  CELL_PROFILE,
  CELL_REASON,
  CELL_REASON_MASK,
  CELL_TIER_END,
  CELL_VERDICT_MASK,
  CELL_WORKLOAD_ENCAP,
} from '../../tables/program-layout';
import {
  REASON_CNI,
  REASON_DOMAIN,
  REASON_FAILSAFE,
  REASON_NO_PROFILE,
  REASON_NONE,
  REASON_POLICY,
  REASON_PROFILE,
  REASON_TIER_END,
  REASON_WORKLOAD_ENCAP,
  VERDICT_ALLOW,
} from '../../tables/verdict-layout';

/** The REASON_ code of every reason of a cell, five bits each: a table that needs no memory. */
const REASON_BITS: u32 = 5;
const REASONS: u64 =
  ((<u64>REASON_NONE) << (CELL_OPEN * 5)) |
  ((<u64>REASON_POLICY) << (CELL_POLICY * 5)) |
  ((<u64>REASON_TIER_END) << (CELL_TIER_END * 5)) |
  ((<u64>REASON_PROFILE) << (CELL_PROFILE * 5)) |
  ((<u64>REASON_NO_PROFILE) << (CELL_NO_PROFILE * 5)) |
  ((<u64>REASON_FAILSAFE) << (CELL_FAILSAFE * 5)) |
  ((<u64>REASON_WORKLOAD_ENCAP) << (CELL_WORKLOAD_ENCAP * 5)) |
  ((<u64>REASON_DOMAIN) << (CELL_DOMAIN * 5)) |
  ((<u64>REASON_NONE) << (CELL_CONTINUE * 5)) |
  ((<u64>REASON_POLICY) << (CELL_BINDING * 5)) |
  ((<u64>REASON_CNI) << (CELL_CNI * 5));

/** Verdict, REASON_ and HOOK_ codes in one word. */
export function result(verdict: u32, reason: u32, hook: u32): u32 {
  return verdict | (reason << 8) | (hook << 16);
}

export function verdictOf(found: u32): u32 {
  return found & 255;
}

export function reasonOf(found: u32): u32 {
  return (found >> 8) & 255;
}

export function hookOf(found: u32): u32 {
  return (found >> 16) & 255;
}

/** Marks a deny from which own nodes and hairpins are not exempt. */
const BINDING: u32 = 1 << 31;

/** Whether no exemption of NetworkPolicies changes the result. */
export function isBinding(found: u32): bool {
  return (found & BINDING) !== 0;
}

/** What a cell says of a packet at a hook. */
export function resultOfCell(cell: u32, hook: u32): u32 {
  const reason = (cell >> CELL_REASON) & CELL_REASON_MASK;
  const found = result(cell & CELL_VERDICT_MASK, <u32>(REASONS >> (reason * REASON_BITS)) & 31, hook);
  return reason === <u32>CELL_BINDING ? found | BINDING : found;
}

/** Deny before undetermined before unspecified before allow: what counts of several hooks. */
function weight(verdict: u32): u32 {
  return (0 - verdict) & 3;
}

/** The first deny, else the first that is undetermined, else the first that is unspecified, else the last allow. */
export function combine(earlier: u32, later: u32): u32 {
  const before = verdictOf(earlier);
  return before === VERDICT_ALLOW || weight(verdictOf(later)) > weight(before) ? later : earlier;
}

/** Writes a result into its three columns. */
export function storeResult(found: u32, verdict: usize, reason: usize, hook: usize): void {
  store<u8>(verdict, <u8>(found & 255));
  store<u8>(reason, <u8>((found >> 8) & 255));
  store<u8>(hook, <u8>hookOf(found));
}
