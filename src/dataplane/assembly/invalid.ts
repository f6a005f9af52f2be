// Packets that connection tracking calls invalid: Calico's chains drop them before policy, unless Felix is told not to; then
// policy decides about each by itself. Where no chain of Calico's stands on the way, nobody asks.
//
// Source: projectcalico/calico felix/rules/endpoints.go, appendConntrackRules; felix/rules/static.go.

import {
  EGRESS,
  EXTRA_COUNT,
  EXTRA_UNTRACKED,
  FAMILY,
  HOOK,
  INGRESS,
  JUDGED_DST,
  REASON,
  SRC_ENTRY,
  VERDICT,
} from '../../packet/batch-layout';
import { SECTION_ENTRIES, SECTION_FACTS } from '../../tables/directory-layout';
import {
  ENTRY_BYTES,
  ENTRY_FLAGS,
  ENTRY_INVALID_PASSES,
  ENTRY_NODE,
  ENTRY_OWNER,
} from '../../tables/entry-layout';
import {
  FACTS_KNOBS,
  KNOB_INVALID_ASKED,
  KNOB_INVALID_PASSES,
  KNOB_INVALID_UNSPECIFIED,
} from '../../tables/facts-layout';
import {
  HOOK_NONE,
  HOOK_UNTRACKED_EGRESS,
  HOOK_UNTRACKED_INGRESS,
  NO_OUTCOME,
  REASON_HOST_TO_LOCAL,
  REASON_INVALID,
  REASON_NO_ENDPOINT,
  REASON_NONE,
  REASON_SELF,
  REASON_SPOOFED,
  REASON_UNKNOWN_INTERFACE,
  REASON_UNTRACKED,
  VERDICT_ALLOW,
  VERDICT_DENY,
  VERDICT_UNSPECIFIED,
} from '../../tables/verdict-layout';
import { DESK_FIRSTS, DESK_PENDING_FIRSTS, DESK_PENDING_TABLES, DESK_TABLES } from '../desk-layout';
import { columnAt, entryOf, sectionAt } from './identify';

/** True when the packet meets no chain that asks connection tracking, or is refused before one does. */
function isUnasked(firsts: usize, first: u32): bool {
  if (load<u8>(columnAt(firsts, EXTRA_COUNT) + first) & EXTRA_UNTRACKED) return true;
  const verdict = load<u8>(columnAt(firsts, VERDICT) + first);
  const reason = load<u8>(columnAt(firsts, REASON) + first);
  if (verdict == VERDICT_ALLOW)
    return (
      reason == REASON_NO_ENDPOINT ||
      reason == REASON_SELF ||
      reason == REASON_HOST_TO_LOCAL ||
      reason == REASON_UNTRACKED
    );
  const hook = load<u8>(columnAt(firsts, HOOK) + first);
  if (hook == HOOK_UNTRACKED_INGRESS || hook == HOOK_UNTRACKED_EGRESS) return true;
  return reason == REASON_SPOOFED || reason == REASON_UNKNOWN_INTERFACE;
}

function knobsOf(tables: usize): u32 {
  return load<u32>(sectionAt(tables, SECTION_FACTS) + (FACTS_KNOBS << 2));
}

/** True when the nodes of both ends, as far as they are known, let what is invalid pass to policy. */
function passes(tables: usize, firsts: usize, first: u32): bool {
  const knobs = knobsOf(tables);
  if ((knobs & KNOB_INVALID_ASKED) != 0) return true;
  if ((knobs & KNOB_INVALID_PASSES) == 0) return false;
  const entries = sectionAt(tables, SECTION_ENTRIES);
  const family = load<u8>(columnAt(firsts, FAMILY) + first);
  const to = entryOf(tables, family, columnAt(firsts, JUDGED_DST) + (first << 4));
  let known = false;
  for (let side = 0; side < 2; side++) {
    const number = side == 0 ? load<u32>(columnAt(firsts, SRC_ENTRY) + (first << 2)) : to;
    const entry = entries + number * ENTRY_BYTES;
    if (load<u32>(entry, ENTRY_OWNER) == 0 && load<u32>(entry, ENTRY_NODE) == 0) continue;
    if ((load<u32>(entry, ENTRY_FLAGS) & ENTRY_INVALID_PASSES) == 0) return false;
    known = true;
  }
  return known;
}

/** Refuses a packet, or leaves it open where the profile of these tables does; what passes to policy stays as it is. */
function refuse(tables: usize, firsts: usize, first: u32): void {
  if (passes(tables, firsts, first) || isUnasked(firsts, first)) return;
  const isOpen = (knobsOf(tables) & KNOB_INVALID_UNSPECIFIED) != 0;
  store<u8>(columnAt(firsts, VERDICT) + first, isOpen ? VERDICT_UNSPECIFIED : VERDICT_DENY);
  store<u8>(columnAt(firsts, REASON) + first, isOpen ? REASON_NONE : REASON_INVALID);
  store<u8>(columnAt(firsts, HOOK) + first, HOOK_NONE);
  store<u32>(columnAt(firsts, EGRESS) + (first << 2), NO_OUTCOME);
  store<u32>(columnAt(firsts, INGRESS) + (first << 2), NO_OUTCOME);
  store<u8>(columnAt(firsts, EXTRA_COUNT) + first, 0);
}

/** Makes of what policy says about an invalid packet what becomes of it, by both sets of tables. */
export function settleInvalid(desk: usize, first: u32): void {
  refuse(load<u32>(desk, DESK_TABLES), load<u32>(desk, DESK_FIRSTS), first);
  const pending: usize = load<u32>(desk, DESK_PENDING_FIRSTS);
  if (pending != 0) refuse(load<u32>(desk, DESK_PENDING_TABLES), pending, first);
}
