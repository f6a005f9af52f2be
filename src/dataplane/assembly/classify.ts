// First packets → verdicts, in stages over up to ROWS rows: each stage does the loads that hang on the stage before for
// all rows, so that they do not wait for each other. Packets of services, of a pod to itself, between a pod and its
// node, without ports (a source port of 0 is not known), and those that are exempt or refused before policy go to
// judge-row.ts, one by one; so do those that may meet the hooks of a host. Rows that name pods go to judge-named.ts.
//
// While rows are under way VERDICT holds their state, EGRESS and INGRESS the program plus 1, and JUDGED_DST scratch:
// [0] the result so far  [1] the slot of the view page  [2] the slot of the port page.

import { ICMPV6 } from '../../net/protocol-layout';
import {
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
  SPORT,
  SRC_ENTRY,
  VERDICT,
} from '../../packet/batch-layout';
import {
  SECTION_CELLS,
  SECTION_ENTRIES,
  SECTION_PORT_MAPS,
  SECTION_PORT_PAGES,
  SECTION_PROGRAMS,
  SECTION_VIEW_PAGES,
  SECTION_VIEWS,
} from '../../tables/directory-layout';
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
import {
  CELL_ORDINAL,
  CELL_WIDTH,
  GROUP_OTHER,
  GROUP_SCTP,
  PORT_WIDTH,
  PROGRAM_BYTES,
  PROGRAM_CELLS,
  PROGRAM_COLUMNS,
  PROGRAM_FLAGS,
  PROGRAM_OUTCOMES,
  PROGRAM_PORTS,
  PROGRAM_SOURCE_CLASSES,
  PROGRAM_SOURCE_PORTS,
  PROGRAM_TESTS_SOURCE_PORTS,
  PROGRAM_VIEW,
  VIEW_WIDTH,
  WIDTH_MASK,
} from '../../tables/program-layout';
import {
  HOOK_EGRESS,
  HOOK_INGRESS,
  HOOK_NONE,
  NO_OUTCOME,
  REASON_NO_ENDPOINT,
  VERDICT_ALLOW,
  VERDICT_DENY,
  VERDICT_PENDING,
  VERDICT_UNDETERMINED,
} from '../../tables/verdict-layout';
import { columnAt, sectionAt } from './identify';
import { judgeNamed } from './judge-named';
import { judgeRow } from './judge-row';
import { classAt, groupsAt, portGroup, slotAt } from './program';
import { combine, result, resultOfCell, storeResult, verdictOf } from './result';
import { copyAddress } from './words';

/** Rows of one round: their columns stay in the first-level cache from stage to stage. */
const ROWS: u32 = 256;
/** The row is on its way through the stages. */
const STAGED: u32 = VERDICT_PENDING;
/** The row waits for judge-row. */
const APART: u32 = 254;

/** Reads both address entries, tells common packets from others, and notes the programs to run. */
function sortRows(tables: usize, batch: usize, start: u32, end: u32): void {
  const entries = sectionAt(tables, SECTION_ENTRIES);
  const srcEntry = columnAt(batch, SRC_ENTRY);
  const dstEntry = columnAt(batch, DST_ENTRY);
  const protocols = columnAt(batch, PROTOCOL);
  const flags = columnAt(batch, FLAGS);
  const states = columnAt(batch, VERDICT);
  const egress = columnAt(batch, EGRESS);
  const ingress = columnAt(batch, INGRESS);
  const scratch = columnAt(batch, JUDGED_DST);
  for (let row = start; row < end; row++) {
    const from = load<u32>(srcEntry + (row << 2));
    const to = load<u32>(dstEntry + (row << 2));
    const source = entries + from * ENTRY_BYTES;
    const destination = entries + to * ENTRY_BYTES;
    const protocol = <u32>load<u8>(protocols + row);
    const sourceNode = load<u32>(source + ENTRY_NODE);
    const node = load<u32>(destination + ENTRY_NODE);
    const apart =
      from === to ||
      (load<u16>(flags + (row << 1)) & (FLAG_PORTS | FLAG_NAMED | FLAG_TRANSLATED)) !== FLAG_PORTS ||
      ((load<u32>(source + ENTRY_FLAGS) & ENTRY_HOST) |
        (load<u32>(destination + ENTRY_FLAGS) & (ENTRY_VIRTUAL | ENTRY_HOST))) !==
        0 ||
      (sourceNode !== 0 && sourceNode === load<u32>(destination + ENTRY_OWNER_NODE)) ||
      (node !== 0 && node === load<u32>(source + ENTRY_OWNER_NODE)) ||
      protocol === ICMPV6;
    store<u8>(states + row, apart ? APART : STAGED);
    store<u32>(egress + (row << 2), load<u32>(source + ENTRY_EGRESS));
    store<u32>(ingress + (row << 2), load<u32>(destination + ENTRY_INGRESS));
    store<u32>(scratch + (row << 4), result(VERDICT_ALLOW, REASON_NO_ENDPOINT, HOOK_NONE));
  }
}

/** Program rows, then the directories of views and port maps: where the peer's row and the port's class stand. */
function findSlots(
  tables: usize,
  batch: usize,
  start: u32,
  end: u32,
  programColumn: u32,
  entryColumn: u32,
): void {
  const entries = sectionAt(tables, SECTION_ENTRIES);
  const programs = sectionAt(tables, SECTION_PROGRAMS) - PROGRAM_BYTES;
  const views = sectionAt(tables, SECTION_VIEWS);
  const viewPages = sectionAt(tables, SECTION_VIEW_PAGES);
  const portMaps = sectionAt(tables, SECTION_PORT_MAPS);
  const portPages = sectionAt(tables, SECTION_PORT_PAGES);
  const groups = groupsAt(tables);
  const chosen = columnAt(batch, programColumn);
  const peers = columnAt(batch, entryColumn);
  const protocols = columnAt(batch, PROTOCOL);
  const ports = columnAt(batch, DPORT);
  const sourcePorts = columnAt(batch, SPORT);
  const states = columnAt(batch, VERDICT);
  const scratch = columnAt(batch, JUDGED_DST);
  for (let row = start; row < end; row++) {
    const number = load<u32>(chosen + (row << 2));
    if (number === 0 || <u32>load<u8>(states + row) !== STAGED) continue;
    const program = programs + number * PROGRAM_BYTES;
    const identity = load<u32>(entries + load<u32>(peers + (row << 2)) * ENTRY_BYTES + ENTRY_IDENTITY);
    const flags = load<u32>(program + PROGRAM_FLAGS);
    const page = load<u32>(views + load<u32>(program + PROGRAM_VIEW) + ((identity >> 8) << 2));
    const viewSlot = viewPages + page + ((identity & 255) << ((flags >> VIEW_WIDTH) & WIDTH_MASK));
    const protocol = <u32>load<u8>(protocols + row);
    const group = <u32>load<u8>(groups + protocol);
    const key = group === GROUP_OTHER ? protocol : <u32>load<u16>(ports + (row << 1));
    const directory = load<u32>(portMaps + load<u32>(program + PROGRAM_PORTS) + (group << 2));
    const portPage = load<u32>(portMaps + directory + ((key >> 8) << 2));
    if (
      flags & PROGRAM_TESTS_SOURCE_PORTS &&
      load<u16>(sourcePorts + (row << 1)) === 0 &&
      group <= <u32>GROUP_SCTP
    )
      store<u8>(states + row, APART);
    const portSlot = portPages + portPage + ((key & 255) << ((flags >> PORT_WIDTH) & WIDTH_MASK));
    store<u32>(scratch + (row << 4), viewSlot, 4);
    store<u32>(scratch + (row << 4), portSlot, 8);
  }
}

/**
 * The peer's row, the port's class and the cell behind them: outcome numbers and the results so far. A deny of egress
 * keeps the packet from ingress.
 */
function readCells(tables: usize, batch: usize, start: u32, end: u32, column: u32, hook: u32): void {
  const programs = sectionAt(tables, SECTION_PROGRAMS) - PROGRAM_BYTES;
  const cells = sectionAt(tables, SECTION_CELLS);
  const chosen = columnAt(batch, column);
  const ingress = columnAt(batch, INGRESS);
  const states = columnAt(batch, VERDICT);
  const scratch = columnAt(batch, JUDGED_DST);
  for (let row = start; row < end; row++) {
    if (<u32>load<u8>(states + row) !== STAGED) continue;
    const number = load<u32>(chosen + (row << 2));
    if (number === 0) {
      store<u32>(chosen + (row << 2), NO_OUTCOME);
      continue;
    }
    const program = programs + number * PROGRAM_BYTES;
    const flags = load<u32>(program + PROGRAM_FLAGS);
    const notes = scratch + (row << 4);
    const cellsRow = slotAt(load<u32>(notes, 4), 0, (flags >> VIEW_WIDTH) & WIDTH_MASK);
    let place = slotAt(load<u32>(notes, 8), 0, (flags >> PORT_WIDTH) & WIDTH_MASK);
    if (flags & PROGRAM_TESTS_SOURCE_PORTS) place = withSource(tables, batch, row, program, place);
    const slot = cellsRow * load<u32>(program + PROGRAM_COLUMNS) + place;
    const row0 = cells + load<u32>(program + PROGRAM_CELLS);
    const cell = slotAt(row0, slot, (flags >> CELL_WIDTH) & WIDTH_MASK);
    const met = resultOfCell(cell, hook);
    const verdict = verdictOf(met);
    const outcome = load<u32>(program + PROGRAM_OUTCOMES) + (cell >> CELL_ORDINAL);
    store<u32>(notes, combine(load<u32>(notes), met));
    store<u32>(chosen + (row << 2), verdict >= <u32>VERDICT_UNDETERMINED ? NO_OUTCOME : outcome);
    if (hook === HOOK_EGRESS && verdict === VERDICT_DENY) store<u32>(ingress + (row << 2), 0);
  }
}

/** The place in a row of cells of a program that tests source ports; `portClass` is the destination's. */
function withSource(tables: usize, batch: usize, row: u32, program: usize, portClass: u32): u32 {
  const group = portGroup(tables, <u32>load<u8>(columnAt(batch, PROTOCOL) + row));
  const port = group > <u32>GROUP_SCTP ? 0 : <u32>load<u16>(columnAt(batch, SPORT) + (row << 1));
  const width = (load<u32>(program + PROGRAM_FLAGS) >> PORT_WIDTH) & WIDTH_MASK;
  const source = classAt(tables, load<u32>(program + PROGRAM_SOURCE_PORTS), group, port, width);
  return portClass * load<u32>(program + PROGRAM_SOURCE_CLASSES) + source;
}

/** Writes what the stages found and judges the rows that were set apart. */
function finishRows(tables: usize, batch: usize, start: u32, end: u32): void {
  const states = columnAt(batch, VERDICT);
  const reasons = columnAt(batch, REASON);
  const hooks = columnAt(batch, HOOK);
  const dst = columnAt(batch, DST);
  const ports = columnAt(batch, DPORT);
  const judged = columnAt(batch, JUDGED_DST);
  const judgedPorts = columnAt(batch, JUDGED_DPORT);
  const flags = columnAt(batch, FLAGS);
  for (let row = start; row < end; row++) {
    if (<u32>load<u8>(states + row) !== STAGED) {
      if (load<u16>(flags + (row << 1)) & FLAG_NAMED) judgeNamed(tables, batch, row);
      else judgeRow(tables, batch, row);
      continue;
    }
    const found = load<u32>(judged + (row << 4));
    storeResult(found, states + row, reasons + row, hooks + row);
    copyAddress(judged + (row << 4), dst + (row << 4));
    store<u16>(judgedPorts + (row << 1), load<u16>(ports + (row << 1)));
  }
}

/** Judges first packets in initiator orientation. */
export function classify(tables: usize, batch: usize, first: u32, count: u32): void {
  const last = first + count;
  memory.fill(columnAt(batch, EXTRA_COUNT) + first, 0, count);
  for (let start = first; start < last; start += ROWS) {
    const end = min(start + ROWS, last);
    sortRows(tables, batch, start, end);
    findSlots(tables, batch, start, end, EGRESS, DST_ENTRY);
    readCells(tables, batch, start, end, EGRESS, HOOK_EGRESS);
    findSlots(tables, batch, start, end, INGRESS, SRC_ENTRY);
    readCells(tables, batch, start, end, INGRESS, HOOK_INGRESS);
    finishRows(tables, batch, start, end);
  }
}
