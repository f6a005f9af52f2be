// Programs' answers for many packets at once: a pass over all lookups for each load that hangs on another, so that they do not wait for
// each other. program.ts is the same for one packet. Layout: tables/program-layout.ts.

import {
  SECTION_CELLS,
  SECTION_PORT_MAPS,
  SECTION_PORT_PAGES,
  SECTION_VIEW_PAGES,
  SECTION_VIEWS,
} from '../../tables/directory-layout';
import {
  CELL_OPEN,
  CELL_ORDINAL,
  CELL_REASON,
  CELL_VERDICT_MASK,
  CELL_WIDTH,
  PORT_WIDTH,
  PROGRAM_CELLS,
  PROGRAM_COLUMNS,
  PROGRAM_FLAGS,
  PROGRAM_OUTCOMES,
  PROGRAM_PORTS,
  PROGRAM_TESTS_SOURCE_PORTS,
  PROGRAM_VIEW,
  VIEW_WIDTH,
  WIDTH_MASK,
} from '../../tables/program-layout';
import { NO_OUTCOME, VERDICT_DENY, VERDICT_UNDETERMINED } from '../../tables/verdict-layout';
import { sectionAt } from './identify';
import { slotAt } from './program';

// A lookup: where the program lies, the peer's identity, group << SELECTOR_GROUP | key of the port. What the passes find takes the place
// of what they used: the view slot that of the identity, the page of the port a place of its own; then the row of cells and the port
// slot; then the cell and the outcome number.
export const LOOKUP_BYTES: u32 = 16;
export const LOOKUP_IDENTITY: u32 = 4;
export const LOOKUP_SELECTOR: u32 = 8;
const LOOKUP_VIEW_SLOT: u32 = 4;
const LOOKUP_PORT_PAGE: u32 = 12;
const LOOKUP_CELLS_ROW: u32 = 4;
const LOOKUP_PORT_SLOT: u32 = 8;
export const LOOKUP_OUTCOME: u32 = 4;
/** The upper half, a byte offset: a word a group. */
export const SELECTOR_GROUP: u32 = 18;

/** In the place of a cell that hangs on the source port. */
export const OPEN_CELL: u32 = VERDICT_DENY | (CELL_OPEN << CELL_REASON);

/** Program rows, then the directories of views and port maps: where the peer's slot and the port's page stand. */
export function findPages(tables: usize, lookup: usize, end: usize): void {
  const views = sectionAt(tables, SECTION_VIEWS);
  const viewPages = sectionAt(tables, SECTION_VIEW_PAGES);
  const portMaps = sectionAt(tables, SECTION_PORT_MAPS);
  for (; lookup < end; lookup += LOOKUP_BYTES) {
    const program: usize = load<u32>(lookup);
    const identity = load<u32>(lookup, LOOKUP_IDENTITY);
    const selector = load<u32>(lookup, LOOKUP_SELECTOR);
    const width = (load<u32>(program + PROGRAM_FLAGS) >> VIEW_WIDTH) & WIDTH_MASK;
    const page = load<u32>(views + load<u32>(program + PROGRAM_VIEW) + ((identity >> 8) << 2));
    const directory = load<u32>(portMaps + load<u32>(program + PROGRAM_PORTS) + (selector >> 16));
    store<u32>(lookup, <u32>(viewPages + page + ((identity & 255) << width)), LOOKUP_VIEW_SLOT);
    store<u32>(lookup, <u32>(portMaps + directory + ((selector >> 6) & 0x3fc)), LOOKUP_PORT_PAGE);
  }
}

/** Loads the slots that findPages found before the work on them. Returns a sum that keeps the loads alive. */
export function loadSlotsAhead(lookup: usize, end: usize): u32 {
  let sum: u32 = 0;
  for (; lookup < end; lookup += LOOKUP_BYTES) {
    sum += load<u8>(load<u32>(lookup, LOOKUP_VIEW_SLOT));
    sum += load<u8>(load<u32>(lookup, LOOKUP_PORT_PAGE));
  }
  return sum;
}

/** The peer's row of cells, and where the port's class stands. */
export function findRows(tables: usize, lookup: usize, end: usize): void {
  const portPages = sectionAt(tables, SECTION_PORT_PAGES);
  for (; lookup < end; lookup += LOOKUP_BYTES) {
    const program: usize = load<u32>(lookup);
    const selector = load<u32>(lookup, LOOKUP_SELECTOR);
    const flags = load<u32>(program + PROGRAM_FLAGS);
    const row = slotAt(load<u32>(lookup, LOOKUP_VIEW_SLOT), 0, (flags >> VIEW_WIDTH) & WIDTH_MASK);
    const page = portPages + load<u32>(load<u32>(lookup, LOOKUP_PORT_PAGE));
    const portSlot = page + ((selector & 255) << ((flags >> PORT_WIDTH) & WIDTH_MASK));
    store<u32>(lookup, row * load<u32>(program + PROGRAM_COLUMNS), LOOKUP_CELLS_ROW);
    store<u32>(lookup, <u32>portSlot, LOOKUP_PORT_SLOT);
  }
}

/** The port's class and the cell behind it: cells and outcome numbers. */
export function readCells(tables: usize, lookup: usize, end: usize): void {
  const cells = sectionAt(tables, SECTION_CELLS);
  for (; lookup < end; lookup += LOOKUP_BYTES) {
    const program: usize = load<u32>(lookup);
    const flags = load<u32>(program + PROGRAM_FLAGS);
    const place = slotAt(load<u32>(lookup, LOOKUP_PORT_SLOT), 0, (flags >> PORT_WIDTH) & WIDTH_MASK);
    const slot = load<u32>(lookup, LOOKUP_CELLS_ROW) + place;
    const own = cells + load<u32>(program + PROGRAM_CELLS);
    const cell = slotAt(own, slot, (flags >> CELL_WIDTH) & WIDTH_MASK);
    const outcome = load<u32>(program + PROGRAM_OUTCOMES) + (cell >> CELL_ORDINAL);
    const isDecided = (cell & CELL_VERDICT_MASK) < <u32>VERDICT_UNDETERMINED;
    store<u32>(lookup, flags & PROGRAM_TESTS_SOURCE_PORTS ? OPEN_CELL : cell);
    store<u32>(lookup, isDecided ? outcome : NO_OUTCOME, LOOKUP_OUTCOME);
  }
}
