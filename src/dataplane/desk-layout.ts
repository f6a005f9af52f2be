// A worker's desk: what its kernels share from call to call. Compiled by tsc and by asc alike; byte offsets of u32 words
// unless said otherwise. One desk a worker, so nothing here is locked.

/** Where the tables lie; those of the epoch at hand where there are several. */
export const DESK_TABLES = 0;
/** Where the shards lie, SHARD_COUNT of SHARD_BYTES. */
export const DESK_SHARDS = 4;
/** A batch of DESK_ROWS rows: first packets in initiator orientation, to be identified and classified. */
export const DESK_FIRSTS = 8;
/** u32 a row of a call: LINK_ bits and a row of the first packets' batch. */
export const DESK_LINKS = 12;
/** u32 a first packet: its connection, or an ENTRY_ word. */
export const DESK_ENTRIES = 16;
/** TOUCHED_BYTES a row of TOUCHED_ROWS: what was looked up for these before the first of them is tracked. */
export const DESK_TOUCHED = 20;
/** PICKUP_ code. */
export const DESK_PICKUP = 24;
/** ANSWER_ bits: what rows are told beside verdict and reason. */
export const DESK_ANSWERS = 28;
/** f64s, TOTAL_ rows. */
export const DESK_TOTALS = 32;
/** f64s, three a outcome: packets, bytes, connections. */
export const DESK_OUTCOMES = 36;
export const DESK_OUTCOME_COUNT = 40;
/** Scratch of a segment of connections that is being split. */
export const DESK_MOVING = 44;
/** 1 when a first packet waits that is credited, or may be, when it is settled: nothing may be credited before it. */
export const DESK_ALONE_WAITS = 48;
/** The first packets as the pending tables judge them, a batch that shares its input columns with DESK_FIRSTS; 0 without. */
export const DESK_PENDING_FIRSTS = 52;
/** 1 when some program answers for a host's hook: the first packets' EXTRA columns are filled. */
export const DESK_HOSTS = 56;
/** 1 when some program is untracked: a connection need not be tracked. */
export const DESK_UNTRACKED = 60;
/** Key of the row at hand, and what else the row says, at KEY_ offsets. */
export const DESK_KEY = 64;
/** Row for a flow or an address that is being credited. */
export const DESK_CREDIT = 128;
/** Row for the path that is looked for. */
export const DESK_PATH = 256;
/** 1 when some trace says what became of its packets. */
export const DESK_OBSERVED = 352;
/** Number of the epoch at hand, and where the epochs lie (epochs-layout.ts), 0 where there is one. */
export const DESK_EPOCH = 376;
export const DESK_EPOCHS = 380;
/** Where the worker's timeline lies: timeline-layout.ts. */
export const DESK_TIMELINE = 356;
/** Where the rules of connection tracking lie: conntrack-layout.ts. */
export const DESK_CONNTRACK = 360;
/** Where the pending tables lie, those of the epoch at hand where there are several; 0 without. */
export const DESK_PENDING_TABLES = 364;
/** Key of the pair of deciders that is looked for. */
export const DESK_DECIDED = 384;
/** Room for a second key. */
export const DESK_OTHER_KEY = 448;
/** Room for the key of a connection. */
export const DESK_CONNECTION = 512;
export const DESK_BYTES = 576;

/** Rows that one call of track and settle takes at most. */
export const DESK_ROWS = 1024;

/** 4 x u32 each: addresses of the side that sends, or that began, and of the other. */
export const KEY_SRC = 0;
export const KEY_DST = 16;
/** u32, the same for both directions, never 0. */
export const KEY_HASH = 32;
/** u16 each: port or ICMP identifier; port or the request's type * 256 + code. */
export const KEY_SPORT = 36;
export const KEY_DPORT = 38;
/** u8 each. */
export const KEY_PROTOCOL = 40;
export const KEY_FAMILY = 41;
/** u16 each: TCP and FLAG_ bits; for a later fragment those of the first. */
export const KEY_TCP_FLAGS = 44;
export const KEY_FLAGS = 46;
/** u8, 1 when the row's source is the key's destination: an ICMP reply, or a connection oriented the other way. */
export const KEY_SWAPPED = 48;
/** u8, LINK_LATER or LINK_RELATED: what the row is when its connection is known. */
export const KEY_KIND = 49;
/** u32, a row of connections that is likely the key's, 0 when none is known. */
export const KEY_LIKELY = 52;
/** u8, 1 for a later fragment: its flags are borrowed, so it is no fresh SYN. */
export const KEY_BORROWED = 50;
/** u64, ticks since 1970 (conntrack-layout.ts). */
export const KEY_NOW = 56;

// What is looked up for a row beforehand, u32 each unless said otherwise.
/** Hash of its connection, 0 when it takes more than the row to know. */
export const TOUCHED_HASH = 0;
/** Its connection's slot, then what KEY_LIKELY says. */
export const TOUCHED_ROW = 4;
/** u64: its IPv4 addresses, the source below. */
export const TOUCHED_SIDES = 8;
/** Its ports, the source's below. */
export const TOUCHED_PORTS = 16;
/** What a connection's row says of itself that may be followed without a key, as USUAL_ words of assembly/track-usual.ts. */
export const TOUCHED_KIND = 20;
/** Where its shard lies. */
export const TOUCHED_SHARD = 24;
export const TOUCHED_BYTES = 32;
/** Rows that are looked up together: what they load stays in the first-level cache until they are tracked. */
export const TOUCHED_ROWS = 128;

// What readKey finds.
/** The row belongs to a connection. */
export const KEY_TRACKED = 0;
/** The row is judged by itself: neighbour discovery, flow-log records. */
export const KEY_ALONE = 1;
/** A later fragment whose first was not seen. */
export const KEY_UNKNOWN_FRAGMENT = 2;
/** An ICMP error that quotes nothing that could be a connection. */
export const KEY_INVALID = 3;
/** An ICMP error whose quote was not captured. */
export const KEY_MISSING = 4;

// What a packet is to the connection that it belongs to.
/** One of it. */
export const HEARD_FOLLOWS = 0;
/** Linux calls it invalid; nothing was changed. */
export const HEARD_INVALID = 1;
/** The connection is over, and the packet begins another; nothing was changed. */
export const HEARD_FRESH = 2;

export const PICKUP_JUDGE = 0;
export const PICKUP_KERNEL = 1;

/** Hook, outcomes and judged destination. */
export const ANSWER_ROWS = 1;
/** The pending verdict. */
export const ANSWER_PENDING = 2;

/** The row has its verdict. */
export const LINK_DONE = 0;
/** The row is the first packet itself. */
export const LINK_FIRST = 1;
/** A later packet or a reply of the connection. */
export const LINK_LATER = 2;
/** An ICMP error about the connection. */
export const LINK_RELATED = 3;
/** A copy of a packet, of which the trace says what became: it is compared as its connection was judged, and skipped. */
export const LINK_COPY = 4;
/** The row has its verdict, and is counted: nothing is left to settle. */
export const LINK_SETTLED = 0x50000000;
export const LINK_KIND_SHIFT = 28;
/** In the place of a row of the first packets' batch: the row's columns were filled when it was met. */
export const LINK_NO_FIRST = 0x0fffffff;

/** The first packet has no connection. */
export const ENTRY_ALONE = 0;
/** A packet of a connection that is not tracked and was counted before. */
export const ENTRY_UNTRACKED = 1;
/**
 * The row that the first packet before it stands for, in its own direction and by its own fields: what is judged when it
 * turns out that the connection is not tracked.
 */
export const ENTRY_OWN = 2;
/** A copy: it is judged to be compared with what was observed, and not counted. */
export const ENTRY_COPY = 3;
/** A packet that connection tracking calls invalid: it has no connection, and counts for none. */
export const ENTRY_INVALID = 4;
/** Connections lie above these words. */
export const ENTRY_WORDS = 5;

// Totals: f64, TOTAL_WORDS a pair of verdict and reason at (verdict * 32 + reason), then single counters.
export const TOTAL_PACKETS = 0;
export const TOTAL_BYTES = 1;
export const TOTAL_FLOWS = 2;
export const TOTAL_WORDS = 4;
export const TOTAL_REASONS = 32;
export const TOTAL_PICKED_UP = 640;
export const TOTAL_UNTRACKED = 641;
/** Connections that made room in a full table. */
export const TOTAL_EARLY_DROPPED = 642;
/** TOTAL_WORDS a pair of verdict and pending verdict at (verdict * VERDICT_COUNT + pending). */
export const TOTAL_PENDING = 648;
/** TOTAL_WORDS a pair of what was observed and the verdict at (TOTAL_OBSERVED_ row * VERDICT_COUNT + verdict). */
export const TOTAL_OBSERVED = 752;
export const TOTAL_OBSERVED_ALLOW = 0;
export const TOTAL_OBSERVED_DENY = 1;
export const TOTAL_OBSERVED_ELSEWHERE = 2;
export const TOTALS_COUNT = 816;

// What partition says of a chunk, u32 words: its first row, and the rows of each worker. Between them stands the number of the round of which
// it is rows, from 1 on: whoever partitioned it writes it last of all.
export const CHUNK_BASE = 0;
export const CHUNK_ROUND = 4;
export const CHUNK_WORKER_COUNTS = 8;
export const WORKERS_MAX = 62;
export const CHUNK_RECORD_BYTES = 256;

// What a worker has seen of a trace, one row a trace.
/** f64 each: packets and bytes that the records stand for. */
export const SEEN_PACKETS = 0;
export const SEEN_BYTES = 8;
/** u64 each: seconds << 32 | nanoseconds of the earliest and the latest record; the latest is 0 before the first. */
export const SEEN_EARLIEST = 16;
export const SEEN_LATEST = 24;
/** f64: records outside of the wanted range; u64 each: as above, of these. */
export const SEEN_OUTSIDE = 32;
export const SEEN_OUTSIDE_EARLIEST = 40;
export const SEEN_OUTSIDE_LATEST = 48;
export const SEEN_ROW_BYTES = 64;

// The wanted range of time, half-open; u64 each, as above.
export const RANGE_FROM = 0;
export const RANGE_TO = 8;
export const RANGE_BYTES = 16;
/** Stands in the SHARD column of a row outside of it: no worker gets it. */
export const NO_SHARD = 0xffff;
