// What the stateful kernels keep in shared memory. Compiled by tsc and by asc alike; offsets are bytes.
//
// A shard owns its connections (connections-layout.ts), six hash tables (refused flows, admitted flows, flows whose pending
// verdict is another, flows that were observed otherwise, deciders observed and judged, addresses), a list of paths and a
// fragment table. One worker at a time works on a shard, in trace order, so nothing here is locked. A table's rows lie side by
// side in the order in which they came, and begin with 32 bytes of addresses and a hash. They are found through slots, a u32 each:
// open addressing with linear probing; a slot holds the number of a row, from 1 on, or 0. Paths keep their numbers.

/** Fixed: a packet's shard must not depend on the number of workers. */
export const SHARD_COUNT = 64;

// --- a table's header ---
/** u32, where its rows lie. */
export const TABLE_ROWS = 0;
/** u32, where the slots lie that lead to them. */
export const TABLE_INDEX = 4;
/** u32, slots in use, a power of two; grows up to TABLE_MAX_SLOTS. */
export const TABLE_SLOTS = 8;
/** u32 */
export const TABLE_MAX_SLOTS = 12;
/** u32, rows. */
export const TABLE_USED = 16;
/** u32, rows that there may be; less than TABLE_MAX_SLOTS. */
export const TABLE_LIMIT = 20;
/** u32, what did not fit: rows that were dropped, or credits that were refused. */
export const TABLE_OMITTED = 24;

// --- a shard ---
/** A header as connections-layout.ts says. */
export const SHARD_CONNECTIONS = 0;
export const SHARD_REFUSED = 96;
export const SHARD_ADMITTED = 128;
export const SHARD_ADDRESSES = 160;
/** Flows that staged policies would change; without slots where none are replayed. */
export const SHARD_CHANGED = 192;
/** A table's header too. */
export const SHARD_PATHS = 224;
/** u32, where the fragment table lies. */
export const SHARD_FRAGMENTS = 256;
/** u32, where the table of translations lies, 0 where none are learnt; then whether it holds any. */
export const SHARD_TRANSLATIONS = 260;
export const SHARD_TRANSLATED = 264;
/** Flows whose verdict is not what the trace says became of them; without slots where no trace says it. */
export const SHARD_DISAGREED = 288;
/** Who decided by the trace's word beside who decides here; without slots where no trace says it. */
export const SHARD_DECIDED = 320;
/** Recent packets: a header as copies-layout.ts says; without rows where no copies are looked for. */
export const SHARD_COPIES = 352;
export const SHARD_BYTES = 384;

// --- rows ---
/** 4 x u32 each: addresses of the initiator and the responder. */
export const ROW_SRC = 0;
export const ROW_DST = 16;
/** u32 */
export const ROW_HASH = 32;

/** Flow row: a connection's key without the source port, and how it was judged. */
export const FLOW_DPORT = 36;
/** u8 */
export const FLOW_HOOK = 38;
/** u8, verdict by the pending tables, 0 without; in SHARD_DISAGREED the OBSERVED_ code. */
export const FLOW_PENDING = 39;
export const FLOW_FAMILY = 40;
export const FLOW_PROTOCOL = 41;
export const FLOW_VERDICT = 42;
export const FLOW_REASON = 43;
export const FLOW_EGRESS = 44;
export const FLOW_INGRESS = 48;
/** Until here it is the key, with what is said so below; u32. */
export const FLOW_CONNECTIONS = 52;
/** f64 each. */
export const FLOW_PACKETS = 56;
export const FLOW_BYTES = 64;
/** Where it was judged, behind a service or a translation that the trace tells; part of the key. */
export const FLOW_JUDGED_DST = 72;
export const FLOW_JUDGED_DPORT = 88;
export const FLOW_SPORT = 90;
/** u16, number of its path, 0 without; in SHARD_DISAGREED the number of the text that names who decided. Part of the key. */
export const FLOW_PATH = 92;
/** u8, epoch in which it was judged; part of the key. */
export const FLOW_EPOCH = 94;
export const FLOW_ROW_BYTES = 96;

/** Path row: all outcomes of connections that met more than two programs, or whose pending verdict is another. f64 each. */
export const PATH_PACKETS = 0;
export const PATH_BYTES = 8;
export const PATH_FLOWS = 16;
export const PATH_HASH = 24;
/** From here it is the key; u32 each. */
export const PATH_EGRESS = 28;
export const PATH_INGRESS = 32;
/** Outcome of the pending tables that decided; NO_OUTCOME where the pending verdict is the same, and where none did. */
export const PATH_PENDING = 36;
/** u8 each; reason and hook are 0 where the pending verdict is the same. */
export const PATH_EXTRA_COUNT = 40;
export const PATH_PENDING_REASON = 41;
export const PATH_PENDING_HOOK = 42;
/** EXTRA_MOST x u32; 0 behind the last. */
export const PATH_EXTRA = 44;
/** The key ends here. */
export const PATH_KEY_END = 92;
export const PATH_ROW_BYTES = 96;

/** Decided row: what became of packets and who decided it, on both sides. The key is the first 32 bytes; u32 each. */
export const DECIDED_BY = 0;
/** Outcome that decided where it was observed, or NO_OUTCOME. */
export const DECIDED_OUTCOME = 4;
/** u8 each: OBSERVED_ code; the verdict as far as the place of observation could see it; reason and hook as judged. */
export const DECIDED_OBSERVED = 8;
export const DECIDED_VERDICT = 9;
export const DECIDED_REASON = 10;
export const DECIDED_HOOK = 11;
/** f64 each. */
export const DECIDED_PACKETS = 40;
export const DECIDED_BYTES = 48;
export const DECIDED_FLOWS = 56;
/** Trace and record of the first row of it; u32 each. */
export const DECIDED_TRACE = 64;
export const DECIDED_RECORD = 68;
/** The flow of that row, FLOW_ROW_BYTES. */
export const DECIDED_FLOW = 72;
export const DECIDED_ROW_BYTES = 168;

/** Address row: the address stands in the first 16 bytes. */
export const ADDRESS_FAMILY = 36;
/** u8, part of the key. */
export const ADDRESS_EPOCH = 37;
export const ADDRESS_PACKETS = 16;
export const ADDRESS_BYTES = 24;
export const ADDRESS_ROW_BYTES = 48;

/** Fragment row: what the first fragment showed. Sets of FRAGMENT_WAYS rows. */
export const FRAGMENT_ID = 32;
export const FRAGMENT_PROTOCOL = 36;
export const FRAGMENT_FAMILY = 37;
export const FRAGMENT_FLAGS = 38;
export const FRAGMENT_SPORT = 40;
export const FRAGMENT_DPORT = 42;
export const FRAGMENT_TCP_FLAGS = 44;
export const FRAGMENT_SECONDS = 48;
export const FRAGMENT_ROW_BYTES = 64;
export const FRAGMENT_WAYS = 8;
export const FRAGMENT_SETS = 128;
/** Seconds that later fragments are waited for, as Linux does (net.ipv4.ipfrag_time). */
export const FRAGMENT_SECONDS_KEPT = 30;

/** Translation row: a client and what it talks to, as a key of desk-layout.ts, and whom it talks to by that connection. Sets of TRANSLATION_WAYS rows. */
export const TRANSLATION_PORT = 42;
/** u32, when it was asked for last. */
export const TRANSLATION_SECONDS = 44;
/** 4 x u32 */
export const TRANSLATION_ADDRESS = 48;
export const TRANSLATION_ROW_BYTES = 64;
export const TRANSLATION_WAYS = 8;
export const TRANSLATION_SETS = 256;
