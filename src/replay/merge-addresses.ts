/**
 * Addresses of all shards: an address stands in the tables of many, since a shard is a pair of them. There may be a hundred thousand
 * rows, so they are joined where they lie, by offset; what is distinct becomes an object at the end.
 */
import * as S from '../dataplane/shard-layout.ts';
import { usedRows, wordsAt } from './flow-tables.ts';
import type { Plan } from './plan.ts';
import type { AddressTally } from './result.ts';

/** Family and epoch stand side by side. */
const kindAt = (words: Uint32Array, row: number): number => words[(row + S.ADDRESS_FAMILY) / 4]! & 0xffff;

function isSame(words: Uint32Array, a: number, b: number): boolean {
  const at = a / 4;
  const bt = b / 4;
  return (
    words[at] === words[bt] &&
    words[at + 1] === words[bt + 1] &&
    words[at + 2] === words[bt + 2] &&
    words[at + 3] === words[bt + 3] &&
    kindAt(words, a) === kindAt(words, b)
  );
}

/** Adds the rows at these offsets up, those of an address and epoch in the first of them; the offsets of these, in order. Equal addresses have equal hashes. */
function joinAddresses(memory: SharedArrayBuffer, rows: Uint32Array): Uint32Array {
  const words = new Uint32Array(memory);
  const view = new DataView(memory);
  const mask = 2 ** Math.ceil(Math.log2(rows.length * 2 + 1)) - 1;
  // Byte offsets of first rows; none lies at 0.
  const slots = new Uint32Array(mask + 1);
  const firsts = new Uint32Array(rows.length);
  let count = 0;
  const add = (to: number, from: number): void =>
    view.setFloat64(to, view.getFloat64(to, true) + view.getFloat64(from, true), true);
  for (const row of rows) {
    // The lowest bit is set in all.
    let slot = (words[(row + S.ROW_HASH) / 4]! >>> 1) & mask;
    while (slots[slot] !== 0 && !isSame(words, slots[slot]!, row)) slot = (slot + 1) & mask;
    const first = slots[slot]!;
    if (first === 0) {
      slots[slot] = row;
      firsts[count++] = row;
    } else {
      add(first + S.ADDRESS_PACKETS, row + S.ADDRESS_PACKETS);
      add(first + S.ADDRESS_BYTES, row + S.ADDRESS_BYTES);
    }
  }
  return firsts.subarray(0, count);
}

/** Packets descending, then family, address and epoch. */
function compareRows(view: DataView, a: number, b: number): number {
  const packets = view.getFloat64(b + S.ADDRESS_PACKETS, true) - view.getFloat64(a + S.ADDRESS_PACKETS, true);
  if (packets !== 0) return packets;
  const family = view.getUint8(a + S.ADDRESS_FAMILY) - view.getUint8(b + S.ADDRESS_FAMILY);
  if (family !== 0) return family;
  for (let at = 0; at < 16; at += 4) {
    const difference = view.getUint32(a + at, true) - view.getUint32(b + at, true);
    if (difference !== 0) return difference;
  }
  return view.getUint8(a + S.ADDRESS_EPOCH) - view.getUint8(b + S.ADDRESS_EPOCH);
}

/** The addresses that were seen, heaviest first, and how many rows did not fit. */
export function addressesOf(
  plan: Plan,
  memory: SharedArrayBuffer,
): { addresses: readonly AddressTally[]; omitted: number } {
  const { rows, omitted } = usedRows(plan, memory, S.SHARD_ADDRESSES, S.ADDRESS_ROW_BYTES);
  const view = new DataView(memory);
  const ordered = joinAddresses(memory, rows).sort((a, b) => compareRows(view, a, b));
  const addresses = Array.from(
    ordered,
    (row): AddressTally => ({
      family: view.getUint8(row + S.ADDRESS_FAMILY) === 6 ? 6 : 4,
      words: wordsAt(view, row),
      epoch: view.getUint8(row + S.ADDRESS_EPOCH),
      packets: view.getFloat64(row + S.ADDRESS_PACKETS, true),
      bytes: view.getFloat64(row + S.ADDRESS_BYTES, true),
    }),
  );
  return { addresses, omitted };
}
