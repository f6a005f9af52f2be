/**
 * Addresses of all shards: an address stands in the tables of many, since a shard is a pair of them. There may be a hundred thousand
 * rows, so they are joined by offset, in a table of numbers; what is distinct becomes an object at the end.
 */
import * as S from '../dataplane/shard-layout.ts';
import { usedRows, wordsAt } from './flow-tables.ts';
import type { Plan } from './plan.ts';
import type { AddressTally } from './result.ts';

/** Rows of one address and epoch added up, in any order. */
interface Joined {
  readonly count: number;
  /** The first row of each. */
  readonly rows: Uint32Array;
  readonly packets: Float64Array;
  readonly bytes: Float64Array;
}

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

/** Joins the rows at these offsets; equal addresses have equal hashes. */
function join(memory: SharedArrayBuffer, rows: Uint32Array): Joined {
  const words = new Uint32Array(memory);
  const view = new DataView(memory);
  const mask = 2 ** Math.ceil(Math.log2(rows.length * 2 + 1)) - 1;
  // Numbers of what is distinct, from 1 on.
  const slots = new Uint32Array(mask + 1);
  const joined = {
    count: 0,
    rows: new Uint32Array(rows.length),
    packets: new Float64Array(rows.length),
    bytes: new Float64Array(rows.length),
  };
  for (const row of rows) {
    // The lowest bit is set in all.
    let slot = (words[(row + S.ROW_HASH) / 4]! >>> 1) & mask;
    while (slots[slot] !== 0 && !isSame(words, joined.rows[slots[slot]! - 1]!, row)) slot = (slot + 1) & mask;
    if (slots[slot] === 0) {
      joined.rows[joined.count++] = row;
      slots[slot] = joined.count;
    }
    const number = slots[slot]! - 1;
    joined.packets[number]! += view.getFloat64(row + S.ADDRESS_PACKETS, true);
    joined.bytes[number]! += view.getFloat64(row + S.ADDRESS_BYTES, true);
  }
  return joined;
}

/** Packets descending, then family, address and epoch. */
function inOrder(memory: SharedArrayBuffer, { count, rows, packets }: Joined): Uint32Array {
  const words = new Uint32Array(memory);
  const bytes = new Uint8Array(memory);
  const compareWords = (a: number, b: number): number => {
    for (let at = 0; at < 4; at++) {
      const difference = words[a / 4 + at]! - words[b / 4 + at]!;
      if (difference !== 0) return difference;
    }
    return 0;
  };
  return Uint32Array.from({ length: count }, (_, number) => number).sort((a, b) => {
    const rowA = rows[a]!;
    const rowB = rows[b]!;
    return (
      packets[b]! - packets[a]! ||
      bytes[rowA + S.ADDRESS_FAMILY]! - bytes[rowB + S.ADDRESS_FAMILY]! ||
      compareWords(rowA, rowB) ||
      bytes[rowA + S.ADDRESS_EPOCH]! - bytes[rowB + S.ADDRESS_EPOCH]!
    );
  });
}

/** The addresses that were seen, heaviest first, and how many rows did not fit. */
export function addressesOf(
  plan: Plan,
  memory: SharedArrayBuffer,
): { addresses: readonly AddressTally[]; omitted: number } {
  const { rows, omitted } = usedRows(plan, memory, S.SHARD_ADDRESSES, S.ADDRESS_ROW_BYTES);
  const joined = join(memory, rows);
  const view = new DataView(memory);
  const addresses = Array.from(inOrder(memory, joined), (number): AddressTally => {
    const row = joined.rows[number]!;
    return {
      family: view.getUint8(row + S.ADDRESS_FAMILY) === 6 ? 6 : 4,
      words: wordsAt(view, row),
      epoch: view.getUint8(row + S.ADDRESS_EPOCH),
      packets: joined.packets[number]!,
      bytes: joined.bytes[number]!,
    };
  });
  return { addresses, omitted };
}
