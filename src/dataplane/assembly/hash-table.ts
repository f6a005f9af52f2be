// Tables whose rows lie side by side and are found through slots that hold their numbers: open addressing with linear probing.
// Rows stay where they are as a table grows, and only those in use take memory. Layout: ../shard-layout.ts.

import {
  ROW_HASH,
  TABLE_INDEX,
  TABLE_LIMIT,
  TABLE_MAX_SLOTS,
  TABLE_ROWS,
  TABLE_SLOTS,
  TABLE_USED,
} from '../shard-layout';

/** The slot where the search for a hash begins: the lowest bit of a hash may always be set. */
export function homeSlot(hash: u32, mask: u32): u32 {
  return (hash >> 1) & mask;
}

/** True when there is no room for another row. */
export function isFull(table: usize): bool {
  return load<u32>(table, TABLE_USED) >= load<u32>(table, TABLE_LIMIT);
}

/** Puts the number of a row into the free slot where its hash goes. There always is one. */
function enter(table: usize, hash: u32, number: u32): void {
  const slots: usize = load<u32>(table, TABLE_INDEX);
  const mask = load<u32>(table, TABLE_SLOTS) - 1;
  let slot = homeSlot(hash, mask);
  while (load<u32>(slots + (slot << 2)) != 0) slot = (slot + 1) & mask;
  store<u32>(slots + (slot << 2), number);
}

/** Leads so many slots to the rows. */
export function reindex(table: usize, rowBytes: u32, slots: u32): void {
  // Written before it is read: to put another page in the place of the kernel's page of zeros stops all threads.
  memory.fill(load<u32>(table, TABLE_INDEX), 0, slots << 2);
  store<u32>(table, slots, TABLE_SLOTS);
  const used = load<u32>(table, TABLE_USED);
  let row: usize = load<u32>(table, TABLE_ROWS);
  for (let number: u32 = 1; number <= used; number++) {
    enter(table, load<u32>(row, ROW_HASH), number);
    row += rowBytes;
  }
}

/** A new row for this hash, of whatever lay there. The table is not full. When half of the slots are used there are four times as many. */
export function addRow(table: usize, hash: u32, rowBytes: u32): usize {
  const used = load<u32>(table, TABLE_USED);
  const slots = load<u32>(table, TABLE_SLOTS);
  const most = load<u32>(table, TABLE_MAX_SLOTS);
  if (slots < most && used >= slots >> 1) reindex(table, rowBytes, min<u32>(slots << 2, most));
  enter(table, hash, used + 1);
  store<u32>(table, used + 1, TABLE_USED);
  const row = <usize>load<u32>(table, TABLE_ROWS) + used * rowBytes;
  store<u32>(row, hash, ROW_HASH);
  return row;
}
