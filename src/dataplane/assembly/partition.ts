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

/** The hash of a row that quotes another packet, that is not IP, or that comes where services are joined. */
function otherHash(batch: usize, row: u32, joins: usize): u32 {
  // What is not IP has no addresses: its records are dealt out.
  if (load<u8>(columnAt(batch, FAMILY) + row) == 0) return load<u32>(columnAt(batch, RECORD) + (row << 2));
  const quoted = (load<u16>(columnAt(batch, FLAGS) + (row << 1)) & FLAG_QUOTE) != 0;
  if (joins !== 0) return joined(batch, row, joins, quoted);
  return pairHash(columnAt(batch, QUOTED_SRC) + (row << 4), columnAt(batch, QUOTED_DST) + (row << 4));
}

/** Takes a row outside of the wanted range from all workers, and counts it. */
function leaveOut(batch: usize, row: u32, trace: usize, time: u64): void {
  store<u16>(columnAt(batch, SHARD) + (row << 1), NO_SHARD);
  store<u8>(columnAt(batch, SKIP) + row, SKIP_OUTSIDE);
  store<f64>(trace, load<f64>(trace, SEEN_OUTSIDE) + 1, SEEN_OUTSIDE);
  noteTime(trace + SEEN_OUTSIDE_EARLIEST, trace + SEEN_OUTSIDE_LATEST, time);
}

/** Widens what is known of the earliest and the latest time by one. */
function noteTime(earliest: usize, latest: usize, time: u64): void {
  const before = load<u64>(latest);
  if (before == 0 || time < load<u64>(earliest)) store<u64>(earliest, time);
  if (time >= before) store<u64>(latest, max<u64>(time, 1));
}

/** Adds rows of one trace to what is known of it. `earliest` lies behind `latest` when none of them has a time. */
function see(trace: usize, packets: f64, bytes: f64, earliest: u64, latest: u64): void {
  store<f64>(trace, load<f64>(trace, SEEN_PACKETS) + packets, SEEN_PACKETS);
  store<f64>(trace, load<f64>(trace, SEEN_BYTES) + bytes, SEEN_BYTES);
  if (earliest > latest) return;
  noteTime(trace + SEEN_EARLIEST, trace + SEEN_LATEST, earliest);
  noteTime(trace + SEEN_EARLIEST, trace + SEEN_LATEST, latest);
}

/**
 * Shards the rows of one trace from `first` on, lists them behind those that the chunk's record counts, as one worker takes them, and adds them
 * to what is known of the trace. Returns the row behind them.
 */
function shardRun(
  batch: usize,
  first: u32,
  end: u32,
  list: usize,
  seen: usize,
  range: usize,
  joins: usize,
  chunk: usize,
): u32 {
  const from: u64 = range === 0 ? 0 : load<u64>(range, RANGE_FROM);
  const to: u64 = range === 0 ? u64.MAX_VALUE : load<u64>(range, RANGE_TO);
  const seconds = columnAt(batch, SECONDS);
  const nanos = columnAt(batch, NANOS);
  const packets = columnAt(batch, PACKETS);
  const bytes = columnAt(batch, BYTES);
  const traces = columnAt(batch, TRACE);
  const flags = columnAt(batch, FLAGS);
  const families = columnAt(batch, FAMILY);
  const src = columnAt(batch, SRC);
  const dst = columnAt(batch, DST);
  const shards = columnAt(batch, SHARD);
  const number = load<u16>(traces + (first << 1));
  const trace = seen + <usize>number * SEEN_ROW_BYTES;
  let sumPackets: f64 = 0;
  let sumBytes: f64 = 0;
  let earliest = u64.MAX_VALUE;
  let latest: u64 = 0;
  let listed = load<u32>(chunk, CHUNK_WORKER_COUNTS);
  let row = first;
  for (; row < end && load<u16>(traces + (row << 1)) == number; row++) {
    const second = load<u32>(seconds + (row << 2));
    const nano = load<u32>(nanos + (row << 2));
    const time = timeWord(second, nano);
    if (time < from || time >= to) {
      leaveOut(batch, row, trace, time);
      continue;
    }
    const its = <u32>load<u16>(flags + (row << 1));
    const isPlain = (its & FLAG_QUOTE) == 0 && joins === 0 && load<u8>(families + row) != 0;
    const hash = isPlain ? pairHash(src + (row << 4), dst + (row << 4)) : otherHash(batch, row, joins);
    store<u16>(shards + (row << 1), hash & (SHARD_COUNT - 1));
    store<u32>(list + (listed << 2), row);
    listed++;
    sumPackets += load<f64>(packets + (row << 3));
    sumBytes += load<f64>(bytes + (row << 3));
    // A record of a flow log without a time is at no time, a packet may well be at 0.
    if (time != 0 || !(its & FLAG_CONNECTION)) {
      earliest = min<u64>(earliest, time);
      latest = max<u64>(latest, time);
    }
  }
  store<u32>(chunk, listed, CHUNK_WORKER_COUNTS);
  see(trace, sumPackets, sumBytes, earliest, latest);
  return row;
}

/** Lists the rows at lists[first..end), worker after worker, each in trace order, and counts those of each. */
function deal(batch: usize, first: u32, end: u32, workers: u32, chunk: usize, rows: usize): void {
  const shards = columnAt(batch, SHARD);
  const counts = chunk + CHUNK_WORKER_COUNTS;
  // Of numbers below SHARD_COUNT, (number * inverse) >> 16 is number / workers.
  const inverse = 65536 / workers + 1;
  memory.fill(counts, 0, workers << 2);
  for (let row = first; row < end; row++) {
    const number = <u32>load<u16>(shards + (row << 1));
    if (number == NO_SHARD) continue;
    const count = counts + ((number - workers * ((number * inverse) >> 16)) << 2);
    store<u32>(count, load<u32>(count) + 1);
  }
  let start = first;
  for (let worker: u32 = 0; worker < workers; worker++) {
    const count = load<u32>(counts + (worker << 2));
    store<u32>(counts + (worker << 2), start);
    start += count;
  }
  for (let row = first; row < end; row++) {
    const number = <u32>load<u16>(shards + (row << 1));
    if (number == NO_SHARD) continue;
    const next = counts + ((number - workers * ((number * inverse) >> 16)) << 2);
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
  store<u32>(chunk, 0, CHUNK_WORKER_COUNTS);
  for (let row = first; row < end; )
    row = shardRun(batch, row, end, rows + (first << 2), seen, range, joins, chunk);
  if (workers > 1) deal(batch, first, end, workers, chunk, rows);
}
