// Open addressing with linear probing over rows whose hash stands at ROW_HASH; 0 is a free row. No tombstones: a removal
// closes the gap. Layout: ../shard-layout.ts.

import { ROW_HASH, TABLE_LIMIT, TABLE_MAX_SLOTS, TABLE_ROWS, TABLE_SLOTS, TABLE_USED } from '../shard-layout';

/** Rows that may be used before the table is enlarged: half of its slots. */
export function allowedRows(table: usize): u32 {
  return canGrow(table) ? load<u32>(table, TABLE_SLOTS) >> 1 : load<u32>(table, TABLE_LIMIT);
}

import { clearRow, copyRow } from './words';

/** The slot where the search for a hash begins: the lowest bit of a hash is always set. */
export function homeSlot(hash: u32, mask: u32): u32 {
  return (hash >> 1) & mask;
}

/** True when the table has not reached its largest size. */
export function canGrow(table: usize): bool {
  return load<u32>(table, TABLE_SLOTS) < load<u32>(table, TABLE_MAX_SLOTS);
}

/** The free row where a row of this hash goes. There always is one: TABLE_LIMIT is below the number of slots. */
export function freeRow(table: usize, hash: u32, rowBytes: u32): usize {
  const rows: usize = load<u32>(table, TABLE_ROWS);
  const mask = load<u32>(table, TABLE_SLOTS) - 1;
  let slot = homeSlot(hash, mask);
  while (load<u32>(rows + slot * rowBytes, ROW_HASH) != 0) slot = (slot + 1) & mask;
  return rows + slot * rowBytes;
}

/**
 * Four times the slots, or as many as there may be; `moving` has room for the present rows. Rows move: in few steps, all in all seldom.
 * What is new is written before it is read: a page that is read first is the kernel's page of zeros, and to put another one in its
 * place when it is written stops all threads.
 */
export function enlarge(table: usize, rowBytes: u32, moving: usize): void {
  const rows: usize = load<u32>(table, TABLE_ROWS);
  const before = load<u32>(table, TABLE_SLOTS);
  const after = min<u32>(before << 2, load<u32>(table, TABLE_MAX_SLOTS));
  memory.copy(moving, rows, before * rowBytes);
  memory.fill(rows, 0, after * rowBytes);
  store<u32>(table, after, TABLE_SLOTS);
  for (let slot: u32 = 0; slot < before; slot++) {
    const from = moving + slot * rowBytes;
    const hash = load<u32>(from, ROW_HASH);
    if (hash == 0) continue;
    copyRow(freeRow(table, hash, rowBytes), from, rowBytes);
  }
}

/** Frees a row and closes the gap: the row at `slot` may be another one afterwards. */
export function removeRow(table: usize, slot: u32, rowBytes: u32): void {
  const rows: usize = load<u32>(table, TABLE_ROWS);
  const mask = load<u32>(table, TABLE_SLOTS) - 1;
  let gap = slot;
  let next = slot;
  while (true) {
    next = (next + 1) & mask;
    const hash = load<u32>(rows + next * rowBytes, ROW_HASH);
    if (hash == 0) break;
    if (((next - homeSlot(hash, mask)) & mask) < ((next - gap) & mask)) continue;
    copyRow(rows + gap * rowBytes, rows + next * rowBytes, rowBytes);
    gap = next;
  }
  clearRow(rows + gap * rowBytes, rowBytes);
  store<u32>(table, load<u32>(table, TABLE_USED) - 1, TABLE_USED);
}
