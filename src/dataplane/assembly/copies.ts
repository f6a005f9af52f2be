// A packet that was seen before, at another point or with the same identification, is a copy: its row is skipped and names the
// first one. Rows of a shard in trace order; what is remembered of them: ../copies-layout.ts, the rule: src/README.md.

import {
  DPORT,
  DST,
  DUPLICATE_RECORD,
  DUPLICATE_TRACE,
  FAMILY,
  FINGERPRINT,
  FLAG_CONNECTION,
  FLAG_PORTS,
  FLAG_TRANSLATED,
  FLAG_TRANSLATED_SOURCE,
  FLAG_TUNNEL,
  FLAGS,
  NANOS,
  POINT,
  PROTOCOL,
  RECORD,
  SECONDS,
  SHARD,
  SKIP,
  SPORT,
  SRC,
  TRACE,
  TRANSLATED_DPORT,
  TRANSLATED_DST,
  TUNNEL,
} from '../../packet/batch-layout';
import { SKIP_DUPLICATE } from '../../tables/verdict-layout';
import {
  COPIES_DISORDER,
  COPIES_HEADS,
  COPIES_LATEST,
  COPIES_MAX_ROWS,
  COPIES_NEXT,
  COPIES_OLDEST,
  COPIES_RING,
  COPIES_ROWS,
  COPIES_WINDOW,
  COPY_BEFORE,
  COPY_DPORT,
  COPY_DST,
  COPY_FINGERPRINT,
  COPY_POINT,
  COPY_POINTS,
  COPY_POINTS_MOST,
  COPY_PROTOCOL,
  COPY_RECORD,
  COPY_ROW_BYTES,
  COPY_SPORT,
  COPY_SRC,
  COPY_TIME,
  COPY_TRACE,
} from '../copies-layout';
import { DESK_SHARDS, DESK_TABLES } from '../desk-layout';
import { SHARD_BYTES, SHARD_COPIES } from '../shard-layout';
import { FINGERPRINT_IDENTIFIED } from './fingerprint';
import { columnAt } from './identify';
import { hasPorts } from './protocol';
import { isTranslation } from './service';
import { copyAddress, isSameAddress } from './words';

const BILLION: u64 = 1_000_000_000;
/** Packets of a bucket that are looked at; in a flood of equal ones the oldest are forgotten. */
const STEPS_MOST: u32 = 64;

// How a packet stands to one that was seen before.
const OTHER: u32 = 0;
const SAME: u32 = 1;
/** The same behind another translation of its destination, or of its source. */
const OTHER_DESTINATION: u32 = 2;
const OTHER_SOURCE: u32 = 3;

function rowOf(copies: usize, number: u32): usize {
  return (
    <usize>load<u32>(copies, COPIES_RING) + (number & (load<u32>(copies, COPIES_ROWS) - 1)) * COPY_ROW_BYTES
  );
}

function headOf(copies: usize, fingerprint: u32): usize {
  // The lowest bits are the same in many fingerprints.
  const bucket = (fingerprint >> 2) & (load<u32>(copies, COPIES_ROWS) - 1);
  return <usize>load<u32>(copies, COPIES_HEADS) + (bucket << 2);
}

/** Doubles a full ring: packets whose number has the new bit move, and the buckets are made anew. */
function enlarge(copies: usize): void {
  const rows = load<u32>(copies, COPIES_ROWS);
  const ring = <usize>load<u32>(copies, COPIES_RING);
  const next = load<u32>(copies, COPIES_NEXT);
  memory.fill(<usize>load<u32>(copies, COPIES_HEADS), 0, rows << 3);
  store<u32>(copies, rows << 1, COPIES_ROWS);
  for (let number = load<u32>(copies, COPIES_OLDEST); number !== next; number++) {
    if (number & rows) {
      const from = ring + (number & (rows - 1)) * COPY_ROW_BYTES;
      memory.copy(from + rows * COPY_ROW_BYTES, from, COPY_ROW_BYTES);
    }
    const row = rowOf(copies, number);
    const head = headOf(copies, load<u32>(row, COPY_FINGERPRINT));
    store<u32>(row, load<u32>(head), COPY_BEFORE);
    store<u32>(head, number);
  }
}

/** Forgets what is too old for any packet to come. */
function forget(copies: usize): void {
  const latest = load<u64>(copies, COPIES_LATEST);
  const next = load<u32>(copies, COPIES_NEXT);
  let oldest = load<u32>(copies, COPIES_OLDEST);
  while (
    oldest !== next &&
    load<u64>(rowOf(copies, oldest), COPY_TIME) + (COPIES_WINDOW + COPIES_DISORDER) < latest
  )
    oldest++;
  store<u32>(copies, oldest, COPIES_OLDEST);
}

/** How the packet of a row stands to one that was seen before and has its fingerprint, protocol and family. */
function relation(tables: usize, batch: usize, row: u32, seen: usize): u32 {
  const src = columnAt(batch, SRC) + (row << 4);
  const dst = columnAt(batch, DST) + (row << 4);
  const sport = <u32>load<u16>(columnAt(batch, SPORT) + (row << 1));
  const dport = <u32>load<u16>(columnAt(batch, DPORT) + (row << 1));
  const protocol = <u32>load<u8>(seen, COPY_PROTOCOL);
  const seenSport = <u32>load<u16>(seen, COPY_SPORT);
  const seenDport = <u32>load<u16>(seen, COPY_DPORT);
  const portsSame = sport === seenSport && dport === seenDport;
  const known = hasPorts(protocol) && (load<u16>(columnAt(batch, FLAGS) + (row << 1)) & FLAG_PORTS) !== 0;
  if (!known && !portsSame) return OTHER;
  const sourceSame = isSameAddress(src, seen + COPY_SRC) && sport === seenSport;
  const destinationSame = isSameAddress(dst, seen + COPY_DST) && dport === seenDport;
  if (sourceSame && destinationSame) return SAME;
  const family = <u32>load<u8>(columnAt(batch, FAMILY) + row);
  if (sourceSame)
    return isTranslation(tables, family, protocol, known, dst, dport, seen + COPY_DST, seenDport)
      ? OTHER_DESTINATION
      : OTHER;
  if (!destinationSame) return OTHER;
  return isTranslation(tables, family, protocol, known, src, sport, seen + COPY_SRC, seenSport)
    ? OTHER_SOURCE
    : OTHER;
}

/** Whether the packet was seen at the point. */
function wasAt(seen: usize, point: u32): bool {
  const points = <u32>load<u8>(seen, COPY_POINTS);
  for (let index: u32 = 0; index < points; index++)
    if (load<u32>(seen + COPY_POINT + (index << 2)) === point) return true;
  return false;
}

function noteAt(seen: usize, point: u32): void {
  const points = <u32>load<u8>(seen, COPY_POINTS);
  if (points >= <u32>COPY_POINTS_MOST) return;
  store<u32>(seen + COPY_POINT + (points << 2), point);
  store<u8>(seen, points + 1, COPY_POINTS);
}

/** The point of a row behind a translation that the first one does not have: nothing is twice at it either. */
function pointFor(point: u32, related: u32): u32 {
  return related === SAME ? point : ~point;
}

/** Where the record was seen: its own word, the trace, and how many tunnels were opened. */
function pointOf(batch: usize, row: u32): u32 {
  const flags = <u32>load<u16>(columnAt(batch, FLAGS) + (row << 1));
  const depth: u32 = flags & FLAG_TUNNEL ? <u32>load<u8>(columnAt(batch, TUNNEL) + row) : 0;
  const trace = <u32>load<u16>(columnAt(batch, TRACE) + (row << 1));
  return (load<u32>(columnAt(batch, POINT) + (row << 2)) ^ ((trace << 8) | depth)) * 0x9e3779b1;
}

/** Frees a row of a full ring: by forgetting where that frees many, else by growing, else at the cost of the oldest. */
function makeRoom(copies: usize, isPacket: bool): void {
  const rows = load<u32>(copies, COPIES_ROWS);
  // Records of flows come in no order of time.
  if (isPacket) forget(copies);
  if (load<u32>(copies, COPIES_NEXT) - load<u32>(copies, COPIES_OLDEST) <= rows >> 1) return;
  if (rows < load<u32>(copies, COPIES_MAX_ROWS)) enlarge(copies);
  else
    store<u32>(
      copies,
      max(load<u32>(copies, COPIES_OLDEST), load<u32>(copies, COPIES_NEXT) - rows + 1),
      COPIES_OLDEST,
    );
}

/** Remembers a packet that was not seen before. */
function remember(copies: usize, batch: usize, row: u32, fingerprint: u32, time: u64, point: u32): void {
  const next = load<u32>(copies, COPIES_NEXT);
  if (next - load<u32>(copies, COPIES_OLDEST) === load<u32>(copies, COPIES_ROWS))
    makeRoom(copies, (load<u16>(columnAt(batch, FLAGS) + (row << 1)) & FLAG_CONNECTION) === 0);
  const seen = rowOf(copies, next);
  const head = headOf(copies, fingerprint);
  copyAddress(seen + COPY_SRC, columnAt(batch, SRC) + (row << 4));
  copyAddress(seen + COPY_DST, columnAt(batch, DST) + (row << 4));
  store<u32>(seen, fingerprint, COPY_FINGERPRINT);
  store<u16>(seen, load<u16>(columnAt(batch, SPORT) + (row << 1)), COPY_SPORT);
  store<u16>(seen, load<u16>(columnAt(batch, DPORT) + (row << 1)), COPY_DPORT);
  store<u8>(seen, load<u8>(columnAt(batch, PROTOCOL) + row), COPY_PROTOCOL);
  store<u16>(seen, load<u16>(columnAt(batch, TRACE) + (row << 1)), COPY_TRACE);
  store<u32>(seen, load<u32>(columnAt(batch, RECORD) + (row << 2)), COPY_RECORD);
  store<u64>(seen, time, COPY_TIME);
  store<u32>(seen, load<u32>(head), COPY_BEFORE);
  store<u8>(seen, 1, COPY_POINTS);
  store<u32>(seen, point, COPY_POINT);
  store<u32>(head, next);
  store<u32>(copies, next + 1, COPIES_NEXT);
}

/** Makes the row a copy of the packet at `seen`. */
function skip(batch: usize, row: u32, seen: usize, related: u32): void {
  store<u8>(columnAt(batch, SKIP) + row, SKIP_DUPLICATE);
  store<u16>(columnAt(batch, DUPLICATE_TRACE) + (row << 1), load<u16>(seen, COPY_TRACE));
  store<u32>(columnAt(batch, DUPLICATE_RECORD) + (row << 2), load<u32>(seen, COPY_RECORD));
  if (related === SAME) return;
  const isSource = related === OTHER_SOURCE;
  const flags = columnAt(batch, FLAGS) + (row << 1);
  store<u16>(flags, load<u16>(flags) | FLAG_TRANSLATED | (isSource ? FLAG_TRANSLATED_SOURCE : 0));
  copyAddress(columnAt(batch, TRANSLATED_DST) + (row << 4), seen + (isSource ? COPY_SRC : COPY_DST));
  const port = load<u16>(seen + (isSource ? COPY_SPORT : COPY_DPORT));
  store<u16>(columnAt(batch, TRANSLATED_DPORT) + (row << 1), port);
}

function markRow(desk: usize, batch: usize, row: u32, fingerprint: u32): void {
  const shard = <usize>load<u16>(columnAt(batch, SHARD) + (row << 1));
  const copies = <usize>load<u32>(desk, DESK_SHARDS) + shard * SHARD_BYTES + SHARD_COPIES;
  const seconds = <u64>load<u32>(columnAt(batch, SECONDS) + (row << 2));
  const time = seconds * BILLION + load<u32>(columnAt(batch, NANOS) + (row << 2));
  const point = pointOf(batch, row);
  if (time > load<u64>(copies, COPIES_LATEST)) store<u64>(copies, time, COPIES_LATEST);
  const tables = <usize>load<u32>(desk, DESK_TABLES);
  const protocol = load<u8>(columnAt(batch, PROTOCOL) + row);
  const next = load<u32>(copies, COPIES_NEXT);
  const kept = next - load<u32>(copies, COPIES_OLDEST);
  // The earliest that was not seen here: of two equal packets each is copied once at each point.
  let first: usize = 0;
  let relatedToFirst = OTHER;
  let number = load<u32>(headOf(copies, fingerprint));
  for (let step: u32 = 0; step < STEPS_MOST && next - number - 1 < kept; step++) {
    const seen = rowOf(copies, number);
    number = load<u32>(seen, COPY_BEFORE);
    if (load<u32>(seen, COPY_FINGERPRINT) !== fingerprint) continue;
    if (load<u8>(seen, COPY_PROTOCOL) !== protocol) continue;
    const then = load<u64>(seen, COPY_TIME);
    if ((time > then ? time - then : then - time) > <u64>COPIES_WINDOW) continue;
    const related = relation(tables, batch, row, seen);
    if (related === OTHER) continue;
    if ((fingerprint & FINGERPRINT_IDENTIFIED) === 0 && wasAt(seen, pointFor(point, related))) continue;
    first = seen;
    relatedToFirst = related;
  }
  if (first === 0) {
    remember(copies, batch, row, fingerprint, time, point);
    return;
  }
  if ((fingerprint & FINGERPRINT_IDENTIFIED) === 0) noteAt(first, pointFor(point, relatedToFirst));
  skip(batch, row, first, relatedToFirst);
}

/** Marks the copies among the rows whose numbers stand at `rows`. */
export function markCopies(desk: usize, batch: usize, rows: usize, count: u32): void {
  const fingerprints = columnAt(batch, FINGERPRINT);
  const repeated = columnAt(batch, DUPLICATE_RECORD);
  for (let index: u32 = 0; index < count; index++) {
    const row = load<u32>(rows + (index << 2));
    const fingerprint = load<u32>(fingerprints + (row << 2));
    store<u32>(repeated + (row << 2), 0);
    if (fingerprint !== 0) markRow(desk, batch, row, fingerprint);
  }
}
