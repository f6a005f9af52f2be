// What a shard keeps of recent packets, so that a packet that is seen again is known, and how virtual addresses are joined with
// their backends. Compiled by tsc and by asc alike; byte offsets.
//
// Packets lie in a ring, numbered from 1 on in the order in which they were met: number n at n modulo the ring's rows, which
// double up to COPIES_MOST. Heads lead from a fingerprint to the latest packet of its bucket, and each packet to the one before.

/** u32 each, where the ring and the heads (u32, one a row of the ring) lie. */
export const COPIES_RING = 0;
export const COPIES_HEADS = 4;
/** u32 each, rows in use, a power of two, and the most. */
export const COPIES_ROWS = 8;
export const COPIES_MAX_ROWS = 12;
/** u32 each, the number of the next packet, and of the oldest that is kept. */
export const COPIES_NEXT = 16;
export const COPIES_OLDEST = 20;
/** u64, nanoseconds of the latest packet. */
export const COPIES_LATEST = 24;

/** A ring begins with so many rows: where little passes, it stays in the cache. */
export const COPIES_FIRST = 32;
export const COPIES_MOST = 1024;
/** Records of flows lie further apart than packets. */
export const COPIES_MOST_RECORDS = 8192;

/** 4 x u32 each. */
export const COPY_SRC = 0;
export const COPY_DST = 16;
/** u32 */
export const COPY_FINGERPRINT = 32;
/** u16 each. */
export const COPY_SPORT = 36;
export const COPY_DPORT = 38;
/** u8 */
export const COPY_PROTOCOL = 40;
/** u8, points at which it was seen; their words stand at COPY_POINT, so that those of a packet without copies lie with it. */
export const COPY_POINTS = 41;
/** u16 */
export const COPY_TRACE = 42;
/** u32 */
export const COPY_RECORD = 44;
/** u64, nanoseconds since 1970. */
export const COPY_TIME = 48;
/** u32, number of the packet before in the same bucket. */
export const COPY_BEFORE = 56;
/** u32 each, the first one's own first. */
export const COPY_POINT = 60;
export const COPY_ROW_BYTES = 128;
export const COPY_POINTS_MOST = 16;

/** Nanoseconds, by the trace's clock, within which a packet is the same one. */
export const COPIES_WINDOW = 50_000_000;
/** Nanoseconds that packets of one trace may be out of order: as long one is kept beyond the window. */
export const COPIES_DISORDER = 500_000_000;
