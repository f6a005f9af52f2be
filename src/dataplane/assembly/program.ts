// One program's answer for one packet: peer identity → row, protocol and port → class, row and class → cell.
// Layout: tables/program-layout.ts.

import {
  SECTION_CELLS,
  SECTION_FACTS,
  SECTION_PORT_MAPS,
  SECTION_PORT_PAGES,
  SECTION_PROGRAMS,
  SECTION_VIEW_PAGES,
  SECTION_VIEWS,
} from '../../tables/directory-layout';
import { FACTS_GROUPS } from '../../tables/facts-layout';
import {
  CELL_WIDTH,
  DIRECTORY_STARTS,
  GROUP_OTHER,
  GROUP_SCTP,
  PORT_WIDTH,
  PROGRAM_BYTES,
  PROGRAM_CELLS,
  PROGRAM_COLUMNS,
  PROGRAM_FLAGS,
  PROGRAM_PORTS,
  PROGRAM_SOURCE_CLASSES,
  PROGRAM_SOURCE_PORTS,
  PROGRAM_TESTS_SOURCE_PORTS,
  PROGRAM_VIEW,
  VIEW_WIDTH,
  WIDTH_MASK,
} from '../../tables/program-layout';
import { sectionAt } from './identify';

/** A slot of 1, 2 or 4 bytes. */
export function slotAt(base: usize, index: u32, width: u32): u32 {
  if (width === 0) return <u32>load<u8>(base + index);
  if (width === 1) return <u32>load<u16>(base + (index << 1));
  return load<u32>(base + (index << 2));
}

/** Where the groups of the protocols stand, a byte each. */
export function groupsAt(tables: usize): usize {
  return sectionAt(tables, SECTION_FACTS) + FACTS_GROUPS;
}

/** The group whose directory a protocol uses. */
export function portGroup(tables: usize, protocol: u32): u32 {
  return <u32>load<u8>(groupsAt(tables) + protocol);
}

/** Where a program's row lies in memory. */
export function programAt(tables: usize, program: u32): usize {
  return sectionAt(tables, SECTION_PROGRAMS) + program * PROGRAM_BYTES;
}

/** The class of a key in a port map at byte offset `map`. */
export function classAt(tables: usize, map: u32, group: u32, key: u32, width: u32): u32 {
  const maps = sectionAt(tables, SECTION_PORT_MAPS);
  const directory = load<u32>(maps + map + (group << 2));
  const page = load<u32>(maps + directory + ((key >> 8) << 2));
  return slotAt(sectionAt(tables, SECTION_PORT_PAGES) + page, key & 255, width);
}

/** Where the cells of a peer's row begin, in memory. */
export function cellsAt(tables: usize, program: usize, identity: u32, flags: u32): usize {
  const view = sectionAt(tables, SECTION_VIEWS) + load<u32>(program + PROGRAM_VIEW);
  const page = load<u32>(view + ((identity >> 8) << 2));
  const pages = sectionAt(tables, SECTION_VIEW_PAGES);
  const row = slotAt(pages + page, identity & 255, (flags >> VIEW_WIDTH) & WIDTH_MASK);
  const width = (flags >> CELL_WIDTH) & WIDTH_MASK;
  const cells = sectionAt(tables, SECTION_CELLS) + load<u32>(program + PROGRAM_CELLS);
  return cells + ((row * load<u32>(program + PROGRAM_COLUMNS)) << width);
}

/** The cell of a packet whose fields are all known; `key` is as program-layout.ts says. */
export function cellOf(
  tables: usize,
  program: usize,
  identity: u32,
  protocol: u32,
  key: u32,
  sourcePort: u32,
): u32 {
  const flags = load<u32>(program + PROGRAM_FLAGS);
  const portWidth = (flags >> PORT_WIDTH) & WIDTH_MASK;
  const group = portGroup(tables, protocol);
  const slot = group === GROUP_OTHER ? protocol : key;
  let column = classAt(tables, load<u32>(program + PROGRAM_PORTS), group, slot, portWidth);
  if (flags & PROGRAM_TESTS_SOURCE_PORTS) {
    const map = load<u32>(program + PROGRAM_SOURCE_PORTS);
    const source = group > <u32>GROUP_SCTP ? 0 : sourcePort;
    column =
      column * load<u32>(program + PROGRAM_SOURCE_CLASSES) + classAt(tables, map, group, source, portWidth);
  }
  const cells = cellsAt(tables, program, identity, flags);
  return slotAt(cells, column, (flags >> CELL_WIDTH) & WIDTH_MASK);
}

/** Where the changes of a group's classes stand in a port map at byte offset `map`: their number, then the keys. */
export function startsAt(tables: usize, map: u32, group: u32): usize {
  const maps = sectionAt(tables, SECTION_PORT_MAPS);
  return maps + load<u32>(maps + map + (group << 2)) + (DIRECTORY_STARTS << 2);
}
