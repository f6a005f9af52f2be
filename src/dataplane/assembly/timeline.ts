// The interval of a timeline that a second lies in. Layout: ../timeline-layout.ts.

import { VERDICT_COUNT } from '../../tables/verdict-layout';
import {
  INTERVAL_BYTES,
  INTERVAL_NUMBER,
  INTERVAL_PACKETS,
  INTERVAL_ROW_BYTES,
  INTERVAL_USED,
  TIMELINE_FIRST_SECOND,
  TIMELINE_INTERVALS,
  TIMELINE_LATEST,
  TIMELINE_MORE_SECONDS,
  TIMELINE_SHIFT,
  TIMELINE_SLOT_BITS,
  TIMELINE_SLOTS,
  TIMELINE_SPARE,
  TIMELINE_TABLE,
  TIMELINE_TABLE_BYTES,
  TIMELINE_USED,
} from '../timeline-layout';

const SPREAD: u32 = 0x9e3779b1;

/** The slot of an interval, or the free one where it belongs. */
function slotOf(table: usize, number: u32): usize {
  let index = (number * SPREAD) >> (32 - TIMELINE_SLOT_BITS);
  let slot = table + index * INTERVAL_ROW_BYTES;
  while (load<u32>(slot, INTERVAL_USED) != 0 && load<u32>(slot, INTERVAL_NUMBER) != number) {
    index = (index + 1) & (TIMELINE_SLOTS - 1);
    slot = table + index * INTERVAL_ROW_BYTES;
  }
  return slot;
}

/** Makes a free slot that of an interval. */
function begin(timeline: usize, slot: usize, number: u32): void {
  store<u32>(slot, number, INTERVAL_NUMBER);
  store<u32>(slot, 1, INTERVAL_USED);
  store<u32>(timeline, load<u32>(timeline, TIMELINE_USED) + 1, TIMELINE_USED);
}

/** Makes one interval of every two. */
function double(timeline: usize): void {
  const from: usize = load<u32>(timeline, TIMELINE_TABLE);
  const to: usize = load<u32>(timeline, TIMELINE_SPARE);
  memory.fill(to, 0, TIMELINE_TABLE_BYTES);
  store<u32>(timeline, 0, TIMELINE_USED);
  for (let index: u32 = 0; index < <u32>TIMELINE_SLOTS; index++) {
    const old = from + index * INTERVAL_ROW_BYTES;
    if (load<u32>(old, INTERVAL_USED) == 0) continue;
    const number = load<u32>(old, INTERVAL_NUMBER) >> 1;
    const slot = slotOf(to, number);
    if (load<u32>(slot, INTERVAL_USED) == 0) begin(timeline, slot, number);
    for (let verdict: u32 = 0; verdict < <u32>VERDICT_COUNT; verdict++) {
      const place = verdict << 3;
      const packets = load<f64>(old + place, INTERVAL_PACKETS) + load<f64>(slot + place, INTERVAL_PACKETS);
      const bytes = load<f64>(old + place, INTERVAL_BYTES) + load<f64>(slot + place, INTERVAL_BYTES);
      store<f64>(slot + place, packets, INTERVAL_PACKETS);
      store<f64>(slot + place, bytes, INTERVAL_BYTES);
    }
  }
  store<u32>(timeline, <u32>to, TIMELINE_TABLE);
  store<u32>(timeline, <u32>from, TIMELINE_SPARE);
  store<u32>(timeline, load<u32>(timeline, TIMELINE_SHIFT) + 1, TIMELINE_SHIFT);
}

/** The interval of a second, made when there is none; it becomes the latest. */
export function intervalAt(timeline: usize, second: u32): usize {
  let shift = load<u32>(timeline, TIMELINE_SHIFT);
  let slot = slotOf(load<u32>(timeline, TIMELINE_TABLE), second >> shift);
  while (load<u32>(slot, INTERVAL_USED) == 0 && load<u32>(timeline, TIMELINE_USED) == TIMELINE_INTERVALS) {
    double(timeline);
    shift++;
    slot = slotOf(load<u32>(timeline, TIMELINE_TABLE), second >> shift);
  }
  const number = second >> shift;
  if (load<u32>(slot, INTERVAL_USED) == 0) begin(timeline, slot, number);
  store<u32>(timeline, <u32>slot, TIMELINE_LATEST);
  store<u32>(timeline, number << shift, TIMELINE_FIRST_SECOND);
  store<u32>(timeline, (1 << shift) - 1, TIMELINE_MORE_SECONDS);
  return slot;
}
