// Virtual ports: where a packet to a Service's address may go. Layout: tables/service-layout.ts.

import { SECTION_VIRTUAL_PORTS } from '../../tables/directory-layout';
import {
  VIRTUAL_BYTES,
  VIRTUAL_ENTRY,
  VIRTUAL_FREE,
  VIRTUAL_PORT,
  VIRTUAL_ROWS,
} from '../../tables/service-layout';
import { sectionAt } from './identify';

/** Where the row of (entry, protocol * 65536 + port) lies in memory, 0 when there is none. */
export function virtualPortAt(tables: usize, entry: u32, key: u32): usize {
  const section = sectionAt(tables, SECTION_VIRTUAL_PORTS);
  const mask = load<u32>(section);
  let hash: u32 = (entry * 0x9e3779b1) ^ (key * 0x85ebca6b);
  hash ^= hash >> 15;
  const rows = section + VIRTUAL_ROWS;
  let row = rows + (hash & mask) * VIRTUAL_BYTES;
  while (load<u32>(row + VIRTUAL_ENTRY) !== VIRTUAL_FREE) {
    if (load<u32>(row + VIRTUAL_ENTRY) === entry && load<u32>(row + VIRTUAL_PORT) === key) return row;
    hash++;
    row = rows + (hash & mask) * VIRTUAL_BYTES;
  }
  return 0;
}
