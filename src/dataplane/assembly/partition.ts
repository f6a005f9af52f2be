// Which worker takes which row: the shard is a hash of the unordered address pair that decides (the quoted pair of an ICMP
// error, so that errors and fragments stay with their connection); joins.ts where copies from behind services are to meet. Also sums what each trace holds: ../desk-layout.ts.

import {
  BYTES,
  DPORT,
  DST,
  FAMILY,
  FLAG_CONNECTION,
  FLAG_QUOTE,
  FLAGS,
  NANOS,
  PACKETS,
  PROTOCOL,
  QUOTED_DPORT,
  QUOTED_DST,
  QUOTED_PROTOCOL,
  QUOTED_SPORT,
  QUOTED_SRC,
  RECORD,
  SECONDS,
  SHARD,
  SKIP,
  SPORT,
  SRC,
  TRACE,
} from '../../packet/batch-layout';
import { SKIP_OUTSIDE } from '../../tables/verdict-layout';
import {
  CHUNK_BASE,
  CHUNK_COUNT,
  CHUNK_WORKER_COUNTS,
  NO_SHARD,
  RANGE_FROM,
  RANGE_TO,
  SEEN_BYTES,
  SEEN_EARLIEST,
  SEEN_LATEST,
  SEEN_OUTSIDE,
  SEEN_OUTSIDE_EARLIEST,
  SEEN_OUTSIDE_LATEST,
  SEEN_PACKETS,
  SEEN_ROW_BYTES,
} from '../desk-layout';
import { SHARD_COUNT } from '../shard-layout';
import { pairHash } from './hash';
import { columnAt } from './identify';
import { joinedHash } from './joins';
import { timeWord } from './time';

/** The row's hash where services are joined. */
function joined(batch: usize, row: u32, joins: usize, quoted: bool): u32 {
  const src = columnAt(batch, quoted ? QUOTED_SRC : SRC) + (row << 4);
  const dst = columnAt(batch, quoted ? QUOTED_DST : DST) + (row << 4);
  const protocol = <u32>load<u8>(columnAt(batch, quoted ? QUOTED_PROTOCOL : PROTOCOL) + row);
  const sport = load<u16>(columnAt(batch, quoted ? QUOTED_SPORT : SPORT) + (row << 1));
  const dport = load<u16>(columnAt(batch, quoted ? QUOTED_DPORT : DPORT) + (row << 1));
  return joinedHash(joins, src, dst, protocol, sport, dport);
}

/** Fills SHARD and counts the rows of each worker in the chunk's record. */
function shards(batch: usize, first: u32, end: u32, workers: u32, chunk: usize, joins: usize): void {
  const family = columnAt(batch, FAMILY);
  const flags = columnAt(batch, FLAGS);
  const src = columnAt(batch, SRC);
  const dst = columnAt(batch, DST);
  const quotedSrc = columnAt(batch, QUOTED_SRC);
  const quotedDst = columnAt(batch, QUOTED_DST);
  const record = columnAt(batch, RECORD);
  const shard = columnAt(batch, SHARD);
  for (let row = first; row < end; row++) {
    let hash = load<u32>(record + (row << 2));
    if (load<u8>(family + row) != 0) {
      const quoted = (load<u16>(flags + (row << 1)) & FLAG_QUOTE) != 0;
      if (joins !== 0) hash = joined(batch, row, joins, quoted);
      else
        hash = quoted
          ? pairHash(quotedSrc + (row << 4), quotedDst + (row << 4))
          : pairHash(src + (row << 4), dst + (row << 4));
    }
    hash &= SHARD_COUNT - 1;
    store<u16>(shard + (row << 1), hash);
    const count = chunk + CHUNK_WORKER_COUNTS + ((hash % workers) << 2);
    store<u32>(count, load<u32>(count) + 1);
  }
}

/** Takes the rows outside of the wanted range away from their workers, and counts them. */
function leaveOut(
  batch: usize,
  first: u32,
  end: u32,
  workers: u32,
  chunk: usize,
  seen: usize,
  range: usize,
): void {
  const from = load<u64>(range, RANGE_FROM);
  const to = load<u64>(range, RANGE_TO);
  const seconds = columnAt(batch, SECONDS);
  const nanos = columnAt(batch, NANOS);
  const traces = columnAt(batch, TRACE);
  const skip = columnAt(batch, SKIP);
  const shard = columnAt(batch, SHARD);
  for (let row = first; row < end; row++) {
    const time = timeWord(load<u32>(seconds + (row << 2)), load<u32>(nanos + (row << 2)));
    if (time >= from && time < to) continue;
    const worker = <u32>load<u16>(shard + (row << 1)) % workers;
    const count = chunk + CHUNK_WORKER_COUNTS + (worker << 2);
    store<u32>(count, load<u32>(count) - 1);
    store<u16>(shard + (row << 1), NO_SHARD);
    store<u8>(skip + row, SKIP_OUTSIDE);
    const trace = seen + <usize>load<u16>(traces + (row << 1)) * SEEN_ROW_BYTES;
    store<f64>(trace, load<f64>(trace, SEEN_OUTSIDE) + 1, SEEN_OUTSIDE);
    noteTime(trace + SEEN_OUTSIDE_EARLIEST, trace + SEEN_OUTSIDE_LATEST, time);
  }
}

/** Widens what is known of the earliest and the latest time by one. */
function noteTime(earliest: usize, latest: usize, time: u64): void {
  const before = load<u64>(latest);
  if (before == 0 || time < load<u64>(earliest)) store<u64>(earliest, time);
  if (time >= before) store<u64>(latest, max<u64>(time, 1));
}

/** Writes the rows' numbers at lists[first..end), worker after worker, each in trace order. */
function lists(batch: usize, first: u32, end: u32, workers: u32, chunk: usize, rows: usize): void {
  const shard = columnAt(batch, SHARD);
  const counts = chunk + CHUNK_WORKER_COUNTS;
  let start = first;
  for (let worker: u32 = 0; worker < workers; worker++) {
    const count = load<u32>(counts + (worker << 2));
    store<u32>(counts + (worker << 2), start);
    start += count;
  }
  for (let row = first; row < end; row++) {
    const number = <u32>load<u16>(shard + (row << 1));
    if (number == NO_SHARD) continue;
    const next = counts + ((number % workers) << 2);
    const place = load<u32>(next);
    store<u32>(rows + (place << 2), row);
    store<u32>(next, place + 1);
  }
  // Back from ends to counts.
  start = first;
  for (let worker: u32 = 0; worker < workers; worker++) {
    const past = load<u32>(counts + (worker << 2));
    store<u32>(counts + (worker << 2), past - start);
    start = past;
  }
}

/** Adds the rows to what is known of their traces. */
function see(batch: usize, first: u32, end: u32, seen: usize): void {
  const seconds = columnAt(batch, SECONDS);
  const nanos = columnAt(batch, NANOS);
  const packets = columnAt(batch, PACKETS);
  const bytes = columnAt(batch, BYTES);
  const traces = columnAt(batch, TRACE);
  const shard = columnAt(batch, SHARD);
  const flags = columnAt(batch, FLAGS);
  for (let row = first; row < end; row++) {
    if (load<u16>(shard + (row << 1)) == NO_SHARD) continue;
    const trace = seen + <usize>load<u16>(traces + (row << 1)) * SEEN_ROW_BYTES;
    const time = timeWord(load<u32>(seconds + (row << 2)), load<u32>(nanos + (row << 2)));
    // A record of a flow log without a time is at no time, a packet may well be at 0.
    if (time != 0 || !(load<u16>(flags + (row << 1)) & FLAG_CONNECTION))
      noteTime(trace + SEEN_EARLIEST, trace + SEEN_LATEST, time);
    store<f64>(trace, load<f64>(trace, SEEN_PACKETS) + load<f64>(packets + (row << 3)), SEEN_PACKETS);
    store<f64>(trace, load<f64>(trace, SEEN_BYTES) + load<f64>(bytes + (row << 3)), SEEN_BYTES);
  }
}

/**
 * Partitions the rows [first, first + count) of the round, describes them in the chunk's record and in `seen`. `range`: where the
 * wanted range of time lies, 0 when all is wanted; a row outside of it gets SKIP_OUTSIDE and no worker.
 */
export function partition(
  batch: usize,
  first: u32,
  count: u32,
  workers: u32,
  rows: usize,
  chunk: usize,
  seen: usize,
  range: usize,
  joins: usize,
): void {
  const end = first + count;
  store<u32>(chunk, first, CHUNK_BASE);
  store<u32>(chunk, count, CHUNK_COUNT);
  memory.fill(chunk + CHUNK_WORKER_COUNTS, 0, workers << 2);
  shards(batch, first, end, workers, chunk, joins);
  if (range != 0) leaveOut(batch, first, end, workers, chunk, seen, range);
  lists(batch, first, end, workers, chunk, rows);
  see(batch, first, end, seen);
}
