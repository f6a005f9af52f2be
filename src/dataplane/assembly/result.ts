// Verdict, reason and hook in one number: what the hooks of a packet are combined by.

import {
  CELL_NO_PROFILE,
  CELL_REASON,
  CELL_REASON_MASK,
  CELL_VERDICT_MASK,
} from '../../tables/program-layout';
import { REASON_NO_PROFILE, VERDICT_ALLOW, VERDICT_DENY } from '../../tables/verdict-layout';

/** Verdict, REASON_ and HOOK_ codes in one word. */
export function result(verdict: u32, reason: u32, hook: u32): u32 {
  return verdict | (reason << 8) | (hook << 16);
}

export function verdictOf(found: u32): u32 {
  return found & 255;
}

export function hookOf(found: u32): u32 {
  return found >> 16;
}

/** What a cell says of a packet at a hook. */
export function resultOfCell(cell: u32, hook: u32): u32 {
  const reason = (cell >> CELL_REASON) & CELL_REASON_MASK;
  return result(cell & CELL_VERDICT_MASK, reason === CELL_NO_PROFILE ? REASON_NO_PROFILE : reason, hook);
}

/** The first deny, else the first that is open, else the last allow. */
export function combine(earlier: u32, later: u32): u32 {
  return verdictOf(earlier) === VERDICT_ALLOW || verdictOf(later) === VERDICT_DENY ? later : earlier;
}

/** Writes a result into its three columns. */
export function storeResult(found: u32, verdict: usize, reason: usize, hook: usize): void {
  store<u8>(verdict, <u8>(found & 255));
  store<u8>(reason, <u8>((found >> 8) & 255));
  store<u8>(hook, <u8>(found >> 16));
}
