// The connections of a shard: rows that stay where they are, and an index of segments that leads from a hash to a row. Compiled by
// tsc and by asc alike; offsets are bytes.
//
// Rows have numbers from 1 on; freed ones are used again. Most are narrow: IPv4 at both ends. Others are wide: their addresses lie in
// a row apart. The index is extendible hashing: a directory leads from the upper bits of a hash to a segment of slots, and a segment
// that is full is split in two, so that nothing ever moves but the slots of one segment. Memory is reserved at the largest size, and
// taken as rows and segments come into use.

// --- the header of a shard's connections; u32 each ---
/** Where rows, cold rows and wide rows lie: those of number n at n times their size. */
export const CONNECTIONS_ROWS = 0;
export const CONNECTIONS_COLD = 4;
export const CONNECTIONS_WIDE = 8;
/** Where the directory lies: a u16 for each value of the upper CONNECTIONS_DEPTH bits of a hash, the number of a segment. */
export const CONNECTIONS_DIRECTORY = 12;
/** Where the segments lie, SEGMENT_BYTES each, and a u32 of each: slots that are not empty, its depth above SEGMENT_DEPTH_SHIFT. */
export const CONNECTIONS_SEGMENTS = 16;
export const CONNECTIONS_SEGMENT_STATES = 20;
export const CONNECTIONS_DEPTH = 24;
export const CONNECTIONS_MAX_DEPTH = 28;
export const CONNECTIONS_SEGMENT_COUNT = 32;
export const CONNECTIONS_MAX_SEGMENTS = 36;
/** Bits of a slot that are the number of a row; above them stand bits of the hash. */
export const CONNECTIONS_NUMBER_MASK = 40;
/** Rows in use, and how many may be. */
export const CONNECTIONS_USED = 44;
export const CONNECTIONS_LIMIT = 48;
/** The largest number that was ever used, and the row that was freed last, 0 for none. */
export const CONNECTIONS_TOP = 52;
export const CONNECTIONS_FREE = 56;
/** The same of wide rows. */
export const CONNECTIONS_WIDE_TOP = 60;
export const CONNECTIONS_WIDE_FREE = 64;
/** The row that is looked at next for being expired, 0 while none are; and rows in use from which on they are. */
export const CONNECTIONS_HAND = 68;
export const CONNECTIONS_SWEEP_FROM = 72;
/** So few are never swept where there is room. */
export const SWEEP_LEAST = 128;

// --- segments ---
/** Slots are u32, 0 when empty, the number mask when a row was there. Linear probing; one slot at least is empty. */
export const SEGMENT_SLOTS = 256;
export const SEGMENT_BYTES = 1024;
/** A segment with so many slots that are not empty is split, or cleared of what was there. */
export const SEGMENT_FULL = 208;
export const SEGMENT_DEPTH_SHIFT = 16;

// --- rows ---
/** u32 each: address of initiator and responder; in a wide row its number, and the hash. In a free row the next free one. */
export const CONNECTION_SRC = 0;
export const CONNECTION_DST = 4;
/** Initiator's port or ICMP identifier, responder's port or the request's type * 256 + code; u16. */
export const CONNECTION_SPORT = 8;
export const CONNECTION_DPORT = 10;
/** u8. */
export const CONNECTION_PROTOCOL = 12;
/** u8: verdict, reason above JUDGED_REASON_SHIFT, JUDGED_WIDE. */
export const CONNECTION_JUDGED = 13;
/**
 * u8: a state of TCP or SCTP (conntrack-layout.ts) in the lower half; of TCP also the SEGMENT_ code of the latest packet that
 * counted, and whether the responder sent it, in the upper half. 0 for other protocols.
 */
export const CONNECTION_STATE = 14;
/** u8, BIT_ bits. */
export const CONNECTION_BITS = 15;
// Kernels that are in a hurry read and write the words of 8 bytes from CONNECTION_SPORT, CONNECTION_DEADLINE and CONNECTION_BYTES on at once.
/** u32, second from which on the connection is forgotten. */
export const CONNECTION_DEADLINE = 16;
/** u16: ticks of the deadline's second in DEADLINE_TICKS; above it ticks of UDP from the first packet to the latest, up to AGE_MOST. */
export const CONNECTION_TICKS = 20;
/** u16 and u32: bytes that are not yet credited, 48 bits. */
export const CONNECTION_BYTES_HIGH = 22;
export const CONNECTION_BYTES = 24;
/** u32, packets not yet credited; PACKETS_FREE in a row that is free. */
export const CONNECTION_PACKETS = 28;
export const CONNECTION_ROW_BYTES = 32;

export const JUDGED_VERDICT = 3;
export const JUDGED_REASON_SHIFT = 2;
export const JUDGED_REASON = 31;
export const JUDGED_WIDE = 128;

export const PACKETS_FREE = 0xffffffff;
/** What a row counts at most. */
export const PACKETS_MOST = 0x7fffffff;
export const BYTES_MOST = 0xffffffffffff;

// --- cold rows: what was judged ---
/** u32; while BIT_WAITS is set the row of the first packets' batch instead. */
export const COLD_EGRESS = 0;
export const COLD_INGRESS = 4;
/** u32, of a narrow connection. */
export const COLD_JUDGED_DST = 8;
export const COLD_JUDGED_DPORT = 12;
/** u16, number of its path, 0 when the columns above say all. */
export const COLD_PATH = 14;
/** u8: code of the hook in the lower half, verdict by the pending tables above it, 0 without. */
export const COLD_HOOK = 16;
/** u8 each: the epoch in which its first packet was judged, and the one in which it was met last. */
export const COLD_EPOCH = 17;
export const COLD_MET_EPOCH = 18;
export const COLD_ROW_BYTES = 20;

// --- wide rows: 4 x u32 an address ---
export const WIDE_SRC = 0;
export const WIDE_DST = 16;
export const WIDE_JUDGED_DST = 32;
/** u32, in a free row the next free one. */
export const WIDE_FAMILY = 48;
export const WIDE_ROW_BYTES = 56;

// --- BIT_ bits ---
/** First packet is being judged; the verdict is not known yet. */
export const BIT_WAITS = 1;
/** An untracked program allowed the first packet: the row only remembers that, every packet is judged for itself. */
export const BIT_UNTRACKED = 2;
/** The connection itself was credited: it is then credited again with packets alone. */
export const BIT_COUNTED = 4;
/** The responder has sent something. */
export const BIT_REPLIED = 8;
/** Both sides take part: kept when others make room. */
export const BIT_ASSURED = 16;
// TCP alone:
/** Some side has sent a FIN: a fresh SYN may begin another connection. */
export const BIT_CLOSING = 32;
/** Both sides have sent a SYN. */
export const BIT_SIMULTANEOUS = 64;
/** A SYN was ignored while the last ACK was waited for: the next ACK of the other side answers that SYN. */
export const BIT_CHALLENGED = 128;

export const DEADLINE_TICKS = 127;
export const AGE_SHIFT = 7;
/** Also said of all that is older. */
export const AGE_MOST = 511;
