/**
 * A batch: rows of packets as typed arrays over shared memory, one a field. Every stage of the data plane reads
 * columns and fills in more. Layout and meaning of each column: batch-layout.ts.
 */
import * as L from './batch-layout.ts';

/** Typed arrays over one batch; `src`, `dst`, `quotedSrc`, `quotedDst`, `translatedDst` and `judgedDst` have four words a row, `extra` twelve, the others one element. */
export interface PacketBatch {
  /** Byte offset of the header in memory: what the kernels take. */
  readonly offset: number;
  readonly capacity: number;
  readonly header: Uint32Array;
  readonly seconds: Uint32Array;
  readonly nanos: Uint32Array;
  readonly record: Uint32Array;
  readonly trace: Uint16Array;
  readonly family: Uint8Array;
  readonly skip: Uint8Array;
  readonly protocol: Uint8Array;
  readonly tcpFlags: Uint16Array;
  readonly src: Uint32Array;
  readonly dst: Uint32Array;
  readonly sport: Uint16Array;
  readonly dport: Uint16Array;
  readonly flags: Uint16Array;
  readonly fragmentId: Uint32Array;
  readonly fragmentOffset: Uint16Array;
  readonly packets: Float64Array;
  readonly bytes: Float64Array;
  readonly quotedSrc: Uint32Array;
  readonly quotedDst: Uint32Array;
  readonly quotedSport: Uint16Array;
  readonly quotedDport: Uint16Array;
  readonly quotedProtocol: Uint8Array;
  readonly shard: Uint16Array;
  readonly srcEntry: Uint32Array;
  readonly dstEntry: Uint32Array;
  readonly verdict: Uint8Array;
  readonly reason: Uint8Array;
  readonly hook: Uint8Array;
  readonly egress: Uint32Array;
  readonly ingress: Uint32Array;
  readonly judgedDst: Uint32Array;
  readonly judgedDport: Uint16Array;
  readonly extraCount: Uint8Array;
  readonly extra: Uint32Array;
  readonly pending: Uint8Array;
  readonly interfaceOwner: Uint32Array;
  readonly tunnel: Uint8Array;
  readonly outerFamily: Uint8Array;
  readonly outerSrc: Uint32Array;
  readonly outerDst: Uint32Array;
  readonly observed: Uint8Array;
  readonly observedBy: Uint32Array;
  readonly srcName: Uint32Array;
  readonly dstName: Uint32Array;
  readonly translatedDst: Uint32Array;
  readonly translatedDport: Uint16Array;
  readonly point: Uint32Array;
  readonly fingerprint: Uint32Array;
  readonly epoch: Uint8Array;
  readonly duplicateTrace: Uint16Array;
  readonly duplicateRecord: Uint32Array;
}

/** Bytes of one element of each column, in the order of batch-layout.ts. */
const ROW_BYTES = [
  4, 4, 4, 2, 1, 1, 1, 2, 16, 16, 2, 2, 2, 4, 2, 8, 8, 16, 16, 2, 2, 1, 4, 1, 1, 16, 16, 1, 4, 4, 4, 16, 2, 4,
  4, 2, 1, 2, 4, 4, 4, 1, 1, 1, 4, 4, 16, 2, 1, 48, 1,
];

const align = (offset: number): number => (offset + 63) & ~63;

/** Bytes of memory that a batch of `capacity` rows takes, header included. */
export function batchBytes(capacity: number): number {
  return ROW_BYTES.reduce((total, rowBytes) => align(total + rowBytes * capacity), L.BATCH_HEADER_BYTES);
}

/** Writes the header of a new batch at `offset` (a multiple of 64) and returns its views. */
export function createBatch(memory: ArrayBufferLike, offset: number, capacity: number): PacketBatch {
  const header = new Uint32Array(memory, offset, L.BATCH_HEADER_BYTES / 4);
  header[L.BATCH_CAPACITY] = capacity;
  header[L.BATCH_COUNT] = 0;
  let end = offset + L.BATCH_HEADER_BYTES;
  for (let column = 0; column < L.COLUMN_COUNT; column++) {
    header[L.BATCH_COLUMNS + column] = end;
    end = align(end + ROW_BYTES[column]! * capacity);
  }
  return batchAt(memory, offset);
}

/** Bytes of memory that the answers to a batch of `capacity` rows take, header included. */
export function answersBytes(capacity: number): number {
  return ROW_BYTES.slice(L.SRC_ENTRY).reduce(
    (total, rowBytes) => align(total + rowBytes * capacity),
    L.BATCH_HEADER_BYTES,
  );
}

/**
 * Writes the header of a batch at `offset` that holds the rows of the batch at `rowsOf` and answers of its own: what decode
 * and partition fill is shared, what identify and classify fill is not. Returns its views.
 */
export function createAnswers(memory: ArrayBufferLike, offset: number, rowsOf: number): PacketBatch {
  const header = new Uint32Array(memory, offset, L.BATCH_HEADER_BYTES / 4);
  header.set(new Uint32Array(memory, rowsOf, L.BATCH_HEADER_BYTES / 4));
  const capacity = header[L.BATCH_CAPACITY]!;
  let end = offset + L.BATCH_HEADER_BYTES;
  for (let column = L.SRC_ENTRY; column < L.COLUMN_COUNT; column++) {
    header[L.BATCH_COLUMNS + column] = end;
    end = align(end + ROW_BYTES[column]! * capacity);
  }
  return batchAt(memory, offset);
}

/** Views over the batch whose header lies at `offset`. */
export function batchAt(memory: ArrayBufferLike, offset: number): PacketBatch {
  const header = new Uint32Array(memory, offset, L.BATCH_HEADER_BYTES / 4);
  const capacity = header[L.BATCH_CAPACITY]!;
  const at = (column: number): number => header[L.BATCH_COLUMNS + column]!;
  const u8 = (column: number) => new Uint8Array(memory, at(column), capacity);
  const u16 = (column: number) => new Uint16Array(memory, at(column), capacity);
  const u32 = (column: number) => new Uint32Array(memory, at(column), capacity);
  const f64 = (column: number) => new Float64Array(memory, at(column), capacity);
  const address = (column: number) => new Uint32Array(memory, at(column), capacity * 4);
  return {
    offset,
    capacity,
    header,
    seconds: u32(L.SECONDS),
    nanos: u32(L.NANOS),
    record: u32(L.RECORD),
    trace: u16(L.TRACE),
    family: u8(L.FAMILY),
    skip: u8(L.SKIP),
    protocol: u8(L.PROTOCOL),
    tcpFlags: u16(L.TCP_FLAGS),
    src: address(L.SRC),
    dst: address(L.DST),
    sport: u16(L.SPORT),
    dport: u16(L.DPORT),
    flags: u16(L.FLAGS),
    fragmentId: u32(L.FRAGMENT_ID),
    fragmentOffset: u16(L.FRAGMENT_OFFSET),
    packets: f64(L.PACKETS),
    bytes: f64(L.BYTES),
    quotedSrc: address(L.QUOTED_SRC),
    quotedDst: address(L.QUOTED_DST),
    quotedSport: u16(L.QUOTED_SPORT),
    quotedDport: u16(L.QUOTED_DPORT),
    quotedProtocol: u8(L.QUOTED_PROTOCOL),
    shard: u16(L.SHARD),
    srcEntry: u32(L.SRC_ENTRY),
    dstEntry: u32(L.DST_ENTRY),
    verdict: u8(L.VERDICT),
    reason: u8(L.REASON),
    hook: u8(L.HOOK),
    egress: u32(L.EGRESS),
    ingress: u32(L.INGRESS),
    judgedDst: address(L.JUDGED_DST),
    judgedDport: u16(L.JUDGED_DPORT),
    extraCount: u8(L.EXTRA_COUNT),
    extra: new Uint32Array(memory, at(L.EXTRA), capacity * L.EXTRA_MOST),
    pending: u8(L.PENDING),
    interfaceOwner: u32(L.INTERFACE_OWNER),
    tunnel: u8(L.TUNNEL),
    outerFamily: u8(L.OUTER_FAMILY),
    outerSrc: address(L.OUTER_SRC),
    outerDst: address(L.OUTER_DST),
    observed: u8(L.OBSERVED),
    observedBy: u32(L.OBSERVED_BY),
    srcName: u32(L.SRC_NAME),
    dstName: u32(L.DST_NAME),
    translatedDst: address(L.TRANSLATED_DST),
    translatedDport: u16(L.TRANSLATED_DPORT),
    point: u32(L.POINT),
    fingerprint: u32(L.FINGERPRINT),
    epoch: u8(L.EPOCH),
    duplicateTrace: u16(L.DUPLICATE_TRACE),
    duplicateRecord: u32(L.DUPLICATE_RECORD),
  };
}
