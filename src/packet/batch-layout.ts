// The columns of a batch: a header of words, then one column a field. Compiled by tsc and by asc alike.
//
// header, u32 words:  [BATCH_CAPACITY] rows that fit   [BATCH_COUNT] rows filled
//                     [BATCH_TABLES], [BATCH_EPOCHS], [BATCH_TUNNELS_CLOSED] which tunnels decode opens
//                     [BATCH_COPIES] whether copies are looked for
//                     [BATCH_COLUMNS + column] byte offset of that column in memory
// scratch, from BATCH_SCRATCH to BATCH_HEADER_BYTES
//
// Addresses are four words, big-endian word order, host byte order inside a word (10.1.2.3 is 0x0a010203);
// IPv4 stands in the first word, the other three are 0.

export const BATCH_CAPACITY = 0;
export const BATCH_COUNT = 1;
/** Where tables lie that tell pods' tunnels, which stay closed, from those between nodes; 0: all are opened. */
export const BATCH_TABLES = 2;
/** 1: no tunnel is opened. */
export const BATCH_TUNNELS_CLOSED = 3;
/** Where epochs lie (dataplane/epochs-layout.ts) whose tables stand for BATCH_TABLES, each in its time; 0 where there is one. */
export const BATCH_EPOCHS = 4;
/** 1: POINT and FINGERPRINT are filled. */
export const BATCH_COPIES = 5;
export const BATCH_COLUMNS = 6;

// --- filled by decode: what the trace says ---
/** u32, seconds since 1970. */
export const SECONDS = 0;
/** u32, nanoseconds within the second; may be 10^9 or more when the trace says so. */
export const NANOS = 1;
/** u32, 1-based position of the record in its trace. */
export const RECORD = 2;
/** u16, index of the trace. */
export const TRACE = 3;
/** u8, 4 or 6; 0 when the record is not IP. */
export const FAMILY = 4;
/** u8, a SKIP_ code of verdict-layout.ts; 0 when there is something to judge. */
export const SKIP = 5;
/** u8, protocol after IPv6 extension headers and AH. */
export const PROTOCOL = 6;
/**
 * u16, the twelve TCP flag bits (FIN 1, SYN 2, RST 4, ACK 16, ...). SCTP: INIT counts as SYN, INIT ACK as SYN and ACK; above
 * them, from CHUNK_SHIFT on, the CHUNK_ code of the first chunk (dataplane/conntrack-layout.ts) plus 1, 0 for all other chunks.
 */
export const TCP_FLAGS = 7;
/** 4 x u32. */
export const SRC = 8;
/** 4 x u32. */
export const DST = 9;
/** u16, source port, 0 when it is not known; ICMP and ICMPv6 echo: the identifier; else 0. */
export const SPORT = 10;
/** u16, destination port; ICMP and ICMPv6: type * 256 + code; else 0. */
export const DPORT = 11;
/** u16, FLAG_ bits. */
export const FLAGS = 12;
/** u32, IPv4 identification or the identification of the IPv6 fragment header; 0 without fragments. */
export const FRAGMENT_ID = 13;
/** u16, fragment offset in bytes. */
export const FRAGMENT_OFFSET = 14;
/** f64, packets this record stands for: 1 in captures. */
export const PACKETS = 15;
/** f64, bytes this record stands for: the original frame length in captures. */
export const BYTES = 16;
/** 4 x u32 each: addresses of the packet quoted in an ICMP error; valid with FLAG_QUOTE only. */
export const QUOTED_SRC = 17;
export const QUOTED_DST = 18;
/** u16 each, as SPORT and DPORT, of the quoted packet. */
export const QUOTED_SPORT = 19;
export const QUOTED_DPORT = 20;
/** u8. */
export const QUOTED_PROTOCOL = 21;
/** u32, the endpoint on whose interface the packet was captured, plus 1; 0 where the trace does not say; OWNER_UNKNOWN. */
export const INTERFACE_OWNER = 22;
/** u8, how many tunnels the packet lay in; valid with FLAG_TUNNEL only, as the next three. */
export const TUNNEL = 23;
/** u8, 4 or 6: the outermost packet's. */
export const OUTER_FAMILY = 24;
/** 4 x u32 each. */
export const OUTER_SRC = 25;
export const OUTER_DST = 26;
/** u8, OBSERVED_ code: what the trace says became of the packet. */
export const OBSERVED = 27;

/** u32, number of the text that names who decided by the trace's word; 0 where it does not say. Valid where OBSERVED is not OBSERVED_NONE. */
export const OBSERVED_BY = 28;
/**
 * u32 each, number of the name that goes for what the address does not say, 0 for a name that nobody knows and where none is needed;
 * valid with FLAG_NAMED only. Where no address stands, SRC and DST hold the name's words (name-layout.ts).
 */
export const SRC_NAME = 29;
export const DST_NAME = 30;
/** 4 x u32 and u16, destination after DNAT by the trace's word; valid with FLAG_TRANSLATED only. */
export const TRANSLATED_DST = 31;
export const TRANSLATED_DPORT = 32;
/**
 * u32 each, filled where copies are looked for: where the record was seen (interface, direction, reporter), and a hash of what stays the
 * same from one point to the next, 0 for what has no copies.
 */
export const POINT = 33;
export const FINGERPRINT = 34;

// --- filled by partition ---
/** u16, shard of the record's connection. */
export const SHARD = 35;
/** u8, which of several tables is in force at the record's time; filled where there are several. */
export const EPOCH = 36;

// --- filled by markCopies ---
/** u16 and u32, trace and record of which this one is a copy; a record of 0 where the trace itself says that it is one. Valid where SKIP is SKIP_DUPLICATE. */
export const DUPLICATE_TRACE = 37;
export const DUPLICATE_RECORD = 38;

// --- filled by identify ---
/** u32 each: address entries, numbers of rows in the tables' entry section. */
export const SRC_ENTRY = 39;
export const DST_ENTRY = 40;

// --- filled by classify, track and settle: what a data plane would do ---
/** u8, VERDICT_ code. */
export const VERDICT = 41;
/** u8, REASON_ code, or the SKIP_ code when the verdict is skip. */
export const REASON = 42;
/** u8, HOOK_ code of the deciding hook; HOOK_NONE when no program was met. */
export const HOOK = 43;
/** u32 each: outcome numbers of the source's egress and the destination's ingress program; NO_OUTCOME when not met or left open. */
export const EGRESS = 44;
export const INGRESS = 45;
/** 4 x u32, destination after DNAT, the one that was judged. */
export const JUDGED_DST = 46;
/** u16, destination port after DNAT. */
export const JUDGED_DPORT = 47;
/** u8, how many outcomes EXTRA holds, and EXTRA_UNTRACKED; 0 wherever no host's program was met. */
export const EXTRA_COUNT = 48;
/** EXTRA_MOST x u32, outcomes of programs that were met beside those of EGRESS and INGRESS (pre-DNAT, forward, untracked), in the order of meeting. */
export const EXTRA = 49;

// --- filled by settle where a second set of tables is replayed beside the first ---
/** u8, the VERDICT_ code that the row has by the second tables. */
export const PENDING = 50;

export const COLUMN_COUNT = 51;
/** The interface of a pod that is in no manifest. */
export const OWNER_UNKNOWN = 0xffffffff;
/** Outcomes of a row that fit into EXTRA: over a node port, a packet past three nodes meets eleven programs more. */
export const EXTRA_MOST = 12;
// EXTRA_COUNT: the lower bits count.
export const EXTRA_COUNT_MASK = 15;
/** Untracked policy allowed the packet: its connection is not tracked, every packet of it is a first packet. */
export const EXTRA_UNTRACKED = 128;
/** In TCP_FLAGS of SCTP. */
export const CHUNK_SHIFT = 8;
/** Behind the words of the header: what a kernel keeps from one pass over rows to the next. */
export const BATCH_SCRATCH = 256;
/** Bytes of the header, scratch included. */
export const BATCH_HEADER_BYTES = BATCH_SCRATCH + 4160;

// FLAGS
/** Ports, or ICMP type and code, were captured. */
export const FLAG_PORTS = 1;
/** First fragment of several: has ports, more follow. */
export const FLAG_FRAGMENT_FIRST = 2;
/** A fragment with an offset: has no ports. */
export const FLAG_FRAGMENT_LATER = 4;
/** Fewer bytes were captured than the packet had. */
export const FLAG_TRUNCATED = 8;
/** A flow-log record: a whole connection, judged once, not tracked. */
export const FLAG_CONNECTION = 16;
/** An ICMP error whose quoted packet was read into the QUOTED_ columns. */
export const FLAG_QUOTE = 32;
/** The source of a FLAG_CONNECTION record is a guess. */
export const FLAG_INITIATOR_UNKNOWN = 64;
/** TCP flags (SCTP: the first chunk type) were captured. */
export const FLAG_TCP_FLAGS = 128;
/** The packet lay in a tunnel, which was opened. */
export const FLAG_TUNNEL = 256;
/** A name stands in the place of one address or both. */
export const FLAG_NAMED = 512;
/** The record tells its destination after DNAT too. */
export const FLAG_TRANSLATED = 1024;
/** Ports or addresses of several connections were merged away. */
export const FLAG_AGGREGATED = 2048;
/** Packets and bytes are scaled up from a sample. */
export const FLAG_SAMPLED = 4096;
/** The time is the beginning of an interval in which the connection was seen, not when it was. */
export const FLAG_INTERVAL = 8192;
/** A copy behind another translation than the first one: the TRANSLATED_ columns hold the first one's source, not its destination. */
export const FLAG_TRANSLATED_SOURCE = 16384;

// OBSERVED
export const OBSERVED_NONE = 0;
export const OBSERVED_ALLOW = 1;
export const OBSERVED_DENY = 2;
/** The two lower bits hold one of these three. */
export const OBSERVED_MASK = 3;
/** Seen where the packet left its source: what its destination made of it is not said. */
export const OBSERVED_AT_SOURCE = 4;
/** Said by a mechanism that is no network policy (a cloud's security groups): shown, but no evidence. */
export const OBSERVED_ELSEWHERE = 8;
