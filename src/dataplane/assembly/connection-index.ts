// From the hash of a connection to its row: a directory of segments, each a small hash table of its own. A full segment is split in
// two; rows stay where they are. Layout: ../connections-layout.ts.

import {
  CONNECTION_DPORT,
  CONNECTION_DST,
  CONNECTION_JUDGED,
  CONNECTION_PROTOCOL,
  CONNECTION_ROW_BYTES,
  CONNECTION_SPORT,
  CONNECTION_SRC,
  CONNECTIONS_DEPTH,
  CONNECTIONS_DIRECTORY,
  CONNECTIONS_MAX_DEPTH,
  CONNECTIONS_MAX_SEGMENTS,
  CONNECTIONS_NUMBER_MASK,
  CONNECTIONS_ROWS,
  CONNECTIONS_SEGMENT_COUNT,
  CONNECTIONS_SEGMENT_STATES,
  CONNECTIONS_SEGMENTS,
  JUDGED_WIDE,
  SEGMENT_BYTES,
  SEGMENT_DEPTH_SHIFT,
  SEGMENT_FULL,
  SEGMENT_SLOTS,
} from '../connections-layout';
import { narrowHash } from './hash';

const SLOT_MASK: u32 = SEGMENT_SLOTS - 1;
const COUNT_MASK: u32 = (1 << SEGMENT_DEPTH_SHIFT) - 1;
/** The lowest bit of a hash is always set; those above it are the place in the segment, those above them stand in slots. */
const PLACE_SHIFT: u32 = 1;
const TAG_SHIFT: u32 = 9;

/** Number of the segment of a hash. */
function segmentNumber(table: usize, hash: u32): u32 {
  const entry = <usize>(<u64>hash >> (32 - load<u32>(table, CONNECTIONS_DEPTH)));
  return load<u16>(<usize>load<u32>(table, CONNECTIONS_DIRECTORY) + (entry << 1));
}

/** Where the segment of a hash lies. */
export function segmentOf(table: usize, hash: u32): usize {
  return <usize>load<u32>(table, CONNECTIONS_SEGMENTS) + segmentNumber(table, hash) * SEGMENT_BYTES;
}

/** The slot of a segment where the search for a hash begins, a byte offset. */
export function placeOf(hash: u32): usize {
  return ((hash >> PLACE_SHIFT) & SLOT_MASK) << 2;
}

/** The slot behind one, a byte offset. */
export function nextPlace(place: usize): usize {
  return (place + 4) & (SEGMENT_BYTES - 1);
}

/** What stands in a slot of this hash above the row's number. */
export function tagOf(hash: u32, numberMask: u32): u32 {
  return (hash << TAG_SHIFT) & ~numberMask;
}

/** Bytes of the slots that are compared at once. */
const WINDOW_BYTES: usize = 32;

/**
 * A row that is likely of this hash, whose slot is `slot`; 0 when none is near it. Nearly all stand in the first slots, which are
 * compared at once: how far a row stands from its slot is what no processor foresees.
 */
export function likelyRow(table: usize, hash: u32, slot: usize): usize {
  const mask = load<u32>(table, CONNECTIONS_NUMBER_MASK);
  const tag = tagOf(hash, mask);
  // Zeroes stand in empty slots, and where a row was.
  if (tag == 0) return 0;
  const place = placeOf(hash);
  let at = slot - place + min<usize>(place, <usize>SEGMENT_BYTES - WINDOW_BYTES);
  const last = slot - place + <usize>SEGMENT_BYTES - WINDOW_BYTES;
  const tags = i32x4.splat(tag);
  const tagMask = i32x4.splat(~mask);
  while (true) {
    const near = v128.load(at);
    const far = v128.load(at, 16);
    const found =
      <u32>i32x4.bitmask(i32x4.eq(v128.and(near, tagMask), tags)) |
      ((<u32>i32x4.bitmask(i32x4.eq(v128.and(far, tagMask), tags))) << 4);
    if (found != 0) {
      const number = load<u32>(at + ((<usize>ctz<u32>(found)) << 2)) & mask;
      return <usize>load<u32>(table, CONNECTIONS_ROWS) + <usize>number * CONNECTION_ROW_BYTES;
    }
    // No search goes past an empty slot.
    if (!i32x4.all_true(near) || !i32x4.all_true(far) || at == last) return 0;
    at = min<usize>(at + WINDOW_BYTES, last);
  }
}

/** Hash of a connection's key. */
export function hashOfConnection(connection: usize): u32 {
  if (load<u8>(connection, CONNECTION_JUDGED) & JUDGED_WIDE) return load<u32>(connection, CONNECTION_DST);
  return narrowHash(
    load<u32>(connection, CONNECTION_SRC),
    load<u32>(connection, CONNECTION_DST),
    load<u16>(connection, CONNECTION_SPORT),
    load<u16>(connection, CONNECTION_DPORT),
    load<u8>(connection, CONNECTION_PROTOCOL),
  );
}

/** Puts a row's number into the first slot of a segment where none stands. */
function insert(table: usize, segment: u32, hash: u32, number: u32): void {
  const slots = <usize>load<u32>(table, CONNECTIONS_SEGMENTS) + segment * SEGMENT_BYTES;
  const mask = load<u32>(table, CONNECTIONS_NUMBER_MASK);
  let place = placeOf(hash);
  let before = load<u32>(slots + place);
  while (before != 0 && before != mask) {
    place = nextPlace(place);
    before = load<u32>(slots + place);
  }
  store<u32>(slots + place, tagOf(hash, mask) | number);
  if (before != 0) return;
  const state = <usize>load<u32>(table, CONNECTIONS_SEGMENT_STATES) + (segment << 2);
  store<u32>(state, load<u32>(state) + 1);
}

/** Doubles the directory. */
function deepen(table: usize): void {
  const depth = load<u32>(table, CONNECTIONS_DEPTH);
  const directory: usize = load<u32>(table, CONNECTIONS_DIRECTORY);
  for (let entry: usize = 1 << depth; entry-- > 0; ) {
    const number = load<u16>(directory + (entry << 1));
    store<u32>(directory + (entry << 2), ((<u32>number) << 16) | number);
  }
  store<u32>(table, depth + 1, CONNECTIONS_DEPTH);
}

/** Gives the upper half of a segment's hashes a segment of their own; its number. */
function addSegment(table: usize, segment: u32, depth: u32, hash: u32): u32 {
  if (depth == load<u32>(table, CONNECTIONS_DEPTH)) deepen(table);
  const added = load<u32>(table, CONNECTIONS_SEGMENT_COUNT);
  store<u32>(table, added + 1, CONNECTIONS_SEGMENT_COUNT);
  const states: usize = load<u32>(table, CONNECTIONS_SEGMENT_STATES);
  store<u32>(states + (segment << 2), (depth + 1) << SEGMENT_DEPTH_SHIFT);
  store<u32>(states + (added << 2), (depth + 1) << SEGMENT_DEPTH_SHIFT);
  const directory: usize = load<u32>(table, CONNECTIONS_DIRECTORY);
  const below = load<u32>(table, CONNECTIONS_DEPTH) - depth - 1;
  const first = (((<u32>(<u64>hash >> (32 - depth))) << 1) | 1) << below;
  for (let entry = first; entry < first + (1 << below); entry++) store<u16>(directory + (entry << 1), added);
  return added;
}

/** Moves what is left in a segment to where it belongs now; `scratch` has room for its slots. */
function refill(table: usize, segment: u32, scratch: usize): void {
  const slots = <usize>load<u32>(table, CONNECTIONS_SEGMENTS) + segment * SEGMENT_BYTES;
  const rows: usize = load<u32>(table, CONNECTIONS_ROWS);
  const mask = load<u32>(table, CONNECTIONS_NUMBER_MASK);
  let count: usize = 0;
  for (let place: usize = 0; place < <usize>SEGMENT_BYTES; place += 4) {
    const number = load<u32>(slots + place) & mask;
    if (number == 0 || number == mask) continue;
    store<u32>(scratch + count, number);
    count += 4;
  }
  // Loads alone, so that many wait for memory at the same time; the sum only keeps them.
  let sum: u32 = 0;
  for (let at: usize = 0; at < count; at += 4)
    sum += load<u32>(rows + load<u32>(scratch + at) * CONNECTION_ROW_BYTES);
  store<u32>(slots, sum);
  memory.fill(slots, 0, SEGMENT_BYTES);
  for (let at: usize = 0; at < count; at += 4) {
    const number = load<u32>(scratch + at);
    const hash = hashOfConnection(rows + number * CONNECTION_ROW_BYTES);
    insert(table, segmentNumber(table, hash), hash, number);
  }
}

/** Rows that a segment leads to. */
function living(slots: usize, mask: u32): u32 {
  let count: u32 = 0;
  for (let place: usize = 0; place < <usize>SEGMENT_BYTES; place += 4) {
    const number = load<u32>(slots + place) & mask;
    if (number != 0 && number != mask) count++;
  }
  return count;
}

/** Makes room for a slot of this hash. False when its segment is full and cannot be split. `scratch`: SEGMENT_BYTES for the time of the call. */
export function makeSlot(table: usize, hash: u32, scratch: usize): bool {
  const states: usize = load<u32>(table, CONNECTIONS_SEGMENT_STATES);
  while (true) {
    const segment = segmentNumber(table, hash);
    const state = load<u32>(states + (segment << 2));
    const count = state & COUNT_MASK;
    if (count < <u32>SEGMENT_FULL) return true;
    const slots = <usize>load<u32>(table, CONNECTIONS_SEGMENTS) + segment * SEGMENT_BYTES;
    const depth = state >> SEGMENT_DEPTH_SHIFT;
    // A quarter of what is not empty was left by rows that are gone.
    const isWorn = living(slots, load<u32>(table, CONNECTIONS_NUMBER_MASK)) * 4 <= count * 3;
    const canSplit =
      depth < load<u32>(table, CONNECTIONS_MAX_DEPTH) &&
      load<u32>(table, CONNECTIONS_SEGMENT_COUNT) < load<u32>(table, CONNECTIONS_MAX_SEGMENTS);
    if (!isWorn && !canSplit) return count < <u32>SEGMENT_SLOTS - 1;
    if (isWorn) store<u32>(states + (segment << 2), depth << SEGMENT_DEPTH_SHIFT);
    else addSegment(table, segment, depth, hash);
    refill(table, segment, scratch);
  }
}

/** Leads from a hash, for which makeSlot() has made room, to a row. */
export function enter(table: usize, hash: u32, number: u32): void {
  insert(table, segmentNumber(table, hash), hash, number);
}

/** Takes a row out of the index. */
export function leave(table: usize, hash: u32, number: u32): void {
  const segment = segmentNumber(table, hash);
  const slots = <usize>load<u32>(table, CONNECTIONS_SEGMENTS) + segment * SEGMENT_BYTES;
  const mask = load<u32>(table, CONNECTIONS_NUMBER_MASK);
  let place = placeOf(hash);
  while ((load<u32>(slots + place) & mask) != number) place = nextPlace(place);
  if (load<u32>(slots + nextPlace(place)) != 0) {
    store<u32>(slots + place, mask);
    return;
  }
  // No search goes past an empty slot: what was left before it is empty too.
  const state = <usize>load<u32>(table, CONNECTIONS_SEGMENT_STATES) + (segment << 2);
  store<u32>(slots + place, mask);
  while (load<u32>(slots + place) == mask) {
    store<u32>(slots + place, 0);
    store<u32>(state, load<u32>(state) - 1);
    place = (place - 4) & (SEGMENT_BYTES - 1);
  }
}
