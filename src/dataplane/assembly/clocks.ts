// Clocks of captures that jump back: rows in trace order, each against the one before it in its own trace.

import { SECONDS, SHARD, TRACE } from '../../packet/batch-layout';
import { CLOCK_IS_WATCHED, CLOCK_JUMPS, CLOCK_LARGEST, CLOCK_LAST, CLOCK_ROW_BYTES } from '../clocks-layout';
import { NO_SHARD } from '../desk-layout';
import { columnAt } from './identify';

function noteJump(clock: usize, seconds: u32): void {
  store<u32>(clock, load<u32>(clock, CLOCK_JUMPS) + 1, CLOCK_JUMPS);
  if (seconds > load<u32>(clock, CLOCK_LARGEST)) store<u32>(clock, seconds, CLOCK_LARGEST);
}

/** Looks at the first `count` rows of a batch. Packets that change places on their way to the capture are no jump. */
export function watchClocks(batch: usize, count: u32, clocks: usize): void {
  const seconds = columnAt(batch, SECONDS);
  const traces = columnAt(batch, TRACE);
  const shards = columnAt(batch, SHARD);
  for (let row: u32 = 0; row < count; row++) {
    const clock = clocks + <usize>load<u16>(traces + (row << 1)) * CLOCK_ROW_BYTES;
    if (load<u32>(clock, CLOCK_IS_WATCHED) == 0 || load<u16>(shards + (row << 1)) == NO_SHARD) continue;
    const second = load<u32>(seconds + (row << 2));
    const last = load<u32>(clock, CLOCK_LAST);
    store<u32>(clock, second, CLOCK_LAST);
    if (last > second && last - second > 1) noteJump(clock, last - second);
  }
}
