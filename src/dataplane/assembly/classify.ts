// First packets → verdicts, in passes over up to ROWS rows: each pass does the loads that hang on the pass before, so that they do not
// wait for each other, and takes so few addresses that they stay in registers. Packets of services, of a pod to itself, between
// a pod and its node, without ports (a source port of 0 is not known), and those that are exempt or refused before policy go to judge-row.ts, one by
// one; so do those that may meet the hooks of a host. Rows that name pods go to judge-named.ts.
//
// While rows are under way VERDICT holds MEETS_ bits or APART, and the batch's scratch the lookups: one for each program that a row
// meets, egress before ingress, densely, so that no pass asks whether a program is there. lookups.ts follows them.

import { ICMPV6 } from '../../net/protocol-layout';
import {
  BATCH_SCRATCH,
  DPORT,
  DST,
  DST_ENTRY,
  EGRESS,
  EXTRA_COUNT,
  FLAG_NAMED,
  FLAG_PORTS,
  FLAG_TRANSLATED,
  FLAGS,
  HOOK,
  INGRESS,
  JUDGED_DPORT,
  JUDGED_DST,
  PROTOCOL,
  REASON,
  SRC_ENTRY,
  VERDICT,
} from '../../packet/batch-layout';
import { SECTION_ENTRIES, SECTION_PROGRAMS, TABLES_BYTES } from '../../tables/directory-layout';
import {
  ENTRY_BYTES,
  ENTRY_EGRESS,
  ENTRY_FLAGS,
  ENTRY_HOST,
  ENTRY_IDENTITY,
  ENTRY_INGRESS,
  ENTRY_NODE,
  ENTRY_OWNER_NODE,
  ENTRY_VIRTUAL,
} from '../../tables/entry-layout';
import { GROUP_OTHER, PROGRAM_BYTES } from '../../tables/program-layout';
import {
  HOOK_EGRESS,
  HOOK_INGRESS,
  HOOK_NONE,
  NO_OUTCOME,
  REASON_NO_ENDPOINT,
  REASON_NONE,
  VERDICT_ALLOW,
  VERDICT_DENY,
} from '../../tables/verdict-layout';
import { columnAt, sectionAt } from './identify';
import { judgeNamed } from './judge-named';
import { judgeRow } from './judge-row';
import {
  findPages,
  findRows,
  LOOKUP_BYTES,
  LOOKUP_IDENTITY,
  LOOKUP_OUTCOME,
  LOOKUP_SELECTOR,
  loadSlotsAhead,
  readCells,
  SELECTOR_GROUP,
} from './lookups';
import { groupsAt } from './program';
import { combine, resultOfCell, storeResult, verdictOf } from './result';

/** Rows of one round: their lookups stay in the first-level cache from pass to pass. */
const ROWS: u32 = 128;
/** Behind the lookups of so many rows: a word that is written so that loads ahead are made, and read by nobody. */
const AHEAD_SUM: usize = BATCH_SCRATCH + 2 * ROWS * LOOKUP_BYTES;
/** Tables of fewer bytes lie in the second-level cache, where loading ahead costs more than it gains. */
const AHEAD_FROM: u32 = 1 << 20;

/** The row meets an egress program, an ingress program; it waits for judge-row. */
const MEETS_EGRESS: u32 = 1;
const MEETS_INGRESS: u32 = 2;
const APART: u32 = 254;

/** Its answer that OPEN_CELL leads to: no cell denies without a reason. */
const OPEN_ROW: u32 = VERDICT_DENY | (REASON_NONE << 8);
/** What a row that meets no program gets. */
const NOTHING_MET: u32 = VERDICT_ALLOW | (REASON_NO_ENDPOINT << 8) | (HOOK_NONE << 16);

/** ENTRY_NODE and ENTRY_FLAGS behind it in one load: where one of these bits is set, the row may stand apart. */
const UNUSUAL_SOURCE: u64 = ((<u64>ENTRY_HOST) << 32) | 0xffffffff;
const UNUSUAL_DESTINATION: u64 = ((<u64>(ENTRY_VIRTUAL | ENTRY_HOST)) << 32) | 0xffffffff;

/** Without ports, exempt or refused before policy, to a service, between a pod and its node, or where hosts have hooks. */
function isApart(source: usize, destination: usize, flags: u32, protocol: u32): bool {
  const sourceNode = load<u32>(source + ENTRY_NODE);
  const node = load<u32>(destination + ENTRY_NODE);
  return (
    source === destination ||
    protocol === ICMPV6 ||
    (flags & (FLAG_PORTS | FLAG_NAMED | FLAG_TRANSLATED)) !== FLAG_PORTS ||
    ((load<u32>(source + ENTRY_FLAGS) & ENTRY_HOST) |
      (load<u32>(destination + ENTRY_FLAGS) & (ENTRY_VIRTUAL | ENTRY_HOST))) !==
      0 ||
    (sourceNode !== 0 && sourceNode === load<u32>(destination + ENTRY_OWNER_NODE)) ||
    (node !== 0 && node === load<u32>(source + ENTRY_OWNER_NODE))
  );
}

/** Loads the entries of all rows before the work on them. Returns a sum that keeps the loads alive. */
function loadEntriesAhead(tables: usize, batch: usize, start: u32, end: u32): u32 {
  const entries = sectionAt(tables, SECTION_ENTRIES);
  const srcEntry = columnAt(batch, SRC_ENTRY);
  const dstEntry = columnAt(batch, DST_ENTRY);
  let sum: u32 = 0;
  for (let row = start; row < end; row++) {
    sum += load<u32>(entries + load<u32>(srcEntry + (row << 2)) * ENTRY_BYTES);
    sum += load<u32>(entries + load<u32>(dstEntry + (row << 2)) * ENTRY_BYTES);
  }
  return sum;
}

/** Reads both address entries, tells common packets from others, and notes the lookups. Returns where they end. */
function noteLookups(tables: usize, batch: usize, start: u32, end: u32): usize {
  const entries = sectionAt(tables, SECTION_ENTRIES);
  const programs = sectionAt(tables, SECTION_PROGRAMS) - PROGRAM_BYTES;
  const groups = groupsAt(tables);
  const srcEntry = columnAt(batch, SRC_ENTRY);
  const dstEntry = columnAt(batch, DST_ENTRY);
  const protocols = columnAt(batch, PROTOCOL);
  const ports = columnAt(batch, DPORT);
  const flags = columnAt(batch, FLAGS);
  const states = columnAt(batch, VERDICT);
  let lookup = batch + BATCH_SCRATCH;
  for (let row = start; row < end; row++) {
    const from = load<u32>(srcEntry + (row << 2));
    const to = load<u32>(dstEntry + (row << 2));
    const source = entries + from * ENTRY_BYTES;
    const destination = entries + to * ENTRY_BYTES;
    const protocol = <u32>load<u8>(protocols + row);
    const unusual =
      <u32>(
        (((load<u64>(source + ENTRY_NODE) & UNUSUAL_SOURCE) |
          (load<u64>(destination + ENTRY_NODE) & UNUSUAL_DESTINATION)) !==
          0)
      ) |
      ((<u32>load<u16>(flags + (row << 1)) & (FLAG_PORTS | FLAG_NAMED | FLAG_TRANSLATED)) ^ FLAG_PORTS) |
      <u32>(from === to) |
      <u32>(protocol === ICMPV6);
    if (unusual !== 0 && isApart(source, destination, <u32>load<u16>(flags + (row << 1)), protocol)) {
      store<u8>(states + row, APART);
      continue;
    }
    const group = <u32>load<u8>(groups + protocol);
    const key = group === GROUP_OTHER ? protocol : <u32>load<u16>(ports + (row << 1));
    const selector = (group << SELECTOR_GROUP) | key;
    const egress = load<u32>(source + ENTRY_EGRESS);
    const ingress = load<u32>(destination + ENTRY_INGRESS);
    const leaves = <u32>(egress !== 0);
    const arrives = <u32>(ingress !== 0);
    store<u8>(states + row, leaves * MEETS_EGRESS + arrives * MEETS_INGRESS);
    // Both are written, and what is no lookup is written over by the next: no branch that nobody can foresee.
    store<u32>(lookup, <u32>(programs + egress * PROGRAM_BYTES));
    store<u32>(lookup, load<u32>(destination + ENTRY_IDENTITY), LOOKUP_IDENTITY);
    store<u32>(lookup, selector, LOOKUP_SELECTOR);
    lookup += leaves * LOOKUP_BYTES;
    store<u32>(lookup, <u32>(programs + ingress * PROGRAM_BYTES));
    store<u32>(lookup, load<u32>(source + ENTRY_IDENTITY), LOOKUP_IDENTITY);
    store<u32>(lookup, selector, LOOKUP_SELECTOR);
    lookup += arrives * LOOKUP_BYTES;
  }
  return lookup;
}

/** Makes each row's answer of its cells; a deny of egress keeps the packet from ingress. Returns how many rows are APART. */
function writeAnswers(batch: usize, start: u32, end: u32): u32 {
  const states = columnAt(batch, VERDICT);
  const reasons = columnAt(batch, REASON);
  const hooks = columnAt(batch, HOOK);
  const egress = columnAt(batch, EGRESS);
  const ingress = columnAt(batch, INGRESS);
  let lookup = batch + BATCH_SCRATCH;
  let apart: u32 = 0;
  for (let row = start; row < end; row++) {
    const state = <u32>load<u8>(states + row);
    if (state === APART) {
      apart++;
      continue;
    }
    const leaves: bool = (state & MEETS_EGRESS) !== 0;
    const first = select<u32>(resultOfCell(load<u32>(lookup), HOOK_EGRESS), NOTHING_MET, leaves);
    const left = select<u32>(load<u32>(lookup, LOOKUP_OUTCOME), NO_OUTCOME, leaves);
    lookup += <u32>leaves * LOOKUP_BYTES;
    const arrives: bool = (state & MEETS_INGRESS) !== 0;
    const meets: bool = <bool>(<u32>arrives & <u32>(verdictOf(first) !== VERDICT_DENY));
    const both = combine(first, resultOfCell(load<u32>(lookup), HOOK_INGRESS));
    const found = select<u32>(both, first, meets);
    const arrived = select<u32>(load<u32>(lookup, LOOKUP_OUTCOME), NO_OUTCOME, meets);
    lookup += <u32>arrives * LOOKUP_BYTES;
    storeResult(found, states + row, reasons + row, hooks + row);
    store<u32>(egress + (row << 2), left);
    store<u32>(ingress + (row << 2), arrived);
    if ((found & 0xffff) === OPEN_ROW) {
      store<u8>(states + row, APART);
      apart++;
    }
  }
  return apart;
}

/** Judges the rows that were set apart. */
function judgeApart(tables: usize, batch: usize, start: u32, end: u32): void {
  const states = columnAt(batch, VERDICT);
  const flags = columnAt(batch, FLAGS);
  for (let row = start; row < end; row++) {
    if (<u32>load<u8>(states + row) !== APART) continue;
    if (load<u16>(flags + (row << 1)) & FLAG_NAMED) judgeNamed(tables, batch, row);
    else judgeRow(tables, batch, row);
  }
}

/** Judges first packets in initiator orientation. */
export function classify(tables: usize, batch: usize, first: u32, count: u32): void {
  const last = first + count;
  const isAhead = load<u32>(tables, TABLES_BYTES << 2) >= AHEAD_FROM;
  const lookups = batch + BATCH_SCRATCH;
  memory.fill(columnAt(batch, EXTRA_COUNT) + first, 0, count);
  memory.copy(columnAt(batch, JUDGED_DST) + (first << 4), columnAt(batch, DST) + (first << 4), count << 4);
  memory.copy(
    columnAt(batch, JUDGED_DPORT) + (first << 1),
    columnAt(batch, DPORT) + (first << 1),
    count << 1,
  );
  for (let start = first; start < last; start += ROWS) {
    const end = min(start + ROWS, last);
    if (isAhead) store<u32>(batch + AHEAD_SUM, loadEntriesAhead(tables, batch, start, end));
    const behind = noteLookups(tables, batch, start, end);
    findPages(tables, lookups, behind);
    if (isAhead) store<u32>(batch + AHEAD_SUM, loadSlotsAhead(lookups, behind));
    findRows(tables, lookups, behind);
    readCells(tables, lookups, behind);
    if (writeAnswers(batch, start, end) > 0) judgeApart(tables, batch, start, end);
  }
}
