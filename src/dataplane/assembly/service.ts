// Virtual ports: where a packet to a Service's address may go. Layout: tables/service-layout.ts.

import { SECTION_BACKENDS, SECTION_ENTRIES, SECTION_VIRTUAL_PORTS } from '../../tables/directory-layout';
import { ENTRY_BYTES, ENTRY_FIRST_VIRTUAL, ENTRY_FLAGS, ENTRY_VIRTUAL } from '../../tables/entry-layout';
import {
  BACKEND_ADDRESS,
  BACKEND_BYTES,
  BACKEND_PORT,
  VIRTUAL_BACKENDS,
  VIRTUAL_BYTES,
  VIRTUAL_COUNT,
  VIRTUAL_ENTRY,
  VIRTUAL_FREE,
  VIRTUAL_NEXT,
  VIRTUAL_PORT,
  VIRTUAL_ROWS,
} from '../../tables/service-layout';
import { entryOf, sectionAt } from './identify';

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

/** The backend of a virtual port at an address, and at a port where that is known; 0 when there is none. */
export function backendAt(tables: usize, virtual: usize, address: usize, port: u32, known: bool): usize {
  const backends =
    sectionAt(tables, SECTION_BACKENDS) + load<u32>(virtual + VIRTUAL_BACKENDS) * BACKEND_BYTES;
  const end = backends + load<u32>(virtual + VIRTUAL_COUNT) * BACKEND_BYTES;
  for (let backend = backends; backend < end; backend += BACKEND_BYTES) {
    if (known && load<u32>(backend + BACKEND_PORT) !== port) continue;
    const its = backend + BACKEND_ADDRESS;
    if (load<u64>(its) === load<u64>(address) && load<u64>(its, 8) === load<u64>(address, 8)) return backend;
  }
  return 0;
}

/** Whether one address and port is virtual, and the other a backend behind it. */
export function leadsTo(
  tables: usize,
  family: u32,
  protocol: u32,
  known: bool,
  virtual: usize,
  virtualPort: u32,
  backend: usize,
  backendPort: u32,
): bool {
  const entry = entryOf(tables, family, virtual);
  const at = sectionAt(tables, SECTION_ENTRIES) + entry * ENTRY_BYTES;
  if ((load<u32>(at + ENTRY_FLAGS) & ENTRY_VIRTUAL) === 0) return false;
  if (known) {
    const row = virtualPortAt(tables, entry, (protocol << 16) | virtualPort);
    return row !== 0 && backendAt(tables, row, backend, backendPort, true) !== 0;
  }
  const rows = sectionAt(tables, SECTION_VIRTUAL_PORTS) + VIRTUAL_ROWS;
  for (let next = load<u32>(at + ENTRY_FIRST_VIRTUAL); next !== 0; ) {
    const row = rows + (next - 1) * VIRTUAL_BYTES;
    if (backendAt(tables, row, backend, 0, false) !== 0) return true;
    next = load<u32>(row + VIRTUAL_NEXT);
  }
  return false;
}

/**
 * Whether a service may make one of two destinations of the other: one is a virtual port, the other a backend behind it. Without
 * `known` ports the addresses tell.
 */
export function isTranslation(
  tables: usize,
  family: u32,
  protocol: u32,
  known: bool,
  address: usize,
  port: u32,
  other: usize,
  otherPort: u32,
): bool {
  return (
    leadsTo(tables, family, protocol, known, address, port, other, otherPort) ||
    leadsTo(tables, family, protocol, known, other, otherPort, address, port)
  );
}
