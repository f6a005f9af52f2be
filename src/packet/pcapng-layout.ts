// What the kernels keep of a pcapng capture between pieces, and what framing says of each packet. Compiled by tsc and asc alike.
//
// One state a trace, shared by all workers and changed in the reader's turn: u32 words, then a row an interface. Interfaces of
// all sections are counted through the file.

/** 1 when the section's byte order is big-endian. */
export const PCAPNG_SWAPPED = 0;
/** Row of the section's interface 0. */
export const PCAPNG_FIRST_INTERFACE = 1;
/** Rows in use. */
export const PCAPNG_INTERFACES = 2;
/** Bytes still to be passed of a block that no piece holds as a whole. */
export const PCAPNG_SKIP = 3;
/** Time of the latest packet that had one: simple packet blocks have none. */
export const PCAPNG_SECONDS = 4;
export const PCAPNG_NANOS = 5;
/** Interfaces that found no row; their packets are malformed. */
export const PCAPNG_OMITTED_INTERFACES = 6;
/** Packet blocks that name no interface of their section, or hold fewer bytes than they say. */
export const PCAPNG_BAD_PACKETS = 7;
/** Answer: bytes of whole blocks. */
export const PCAPNG_USED = 8;
/** Answer: a PROBLEM_ code of the block behind them. */
export const PCAPNG_PROBLEM = 9;
/** 1: framing leaves the first packet at or behind the time of PCAPNG_BEFORE, and all that follows. */
export const PCAPNG_IS_LIMITED = 10;
/** Answer: 1 when one was left so. */
export const PCAPNG_LEFT = 11;
/** u64, `seconds << 32 | nanoseconds`. */
export const PCAPNG_BEFORE = 12;
/** Answer, u64: time of the packet that was left. */
export const PCAPNG_NEXT = 14;
/** Packets whose time lies outside of what 32 bits of seconds since 1970 hold. */
export const PCAPNG_BAD_TIMES = 16;
/** 1 when the time of the latest packet is such a one. */
export const PCAPNG_TIME_IS_BAD = 17;
/** 1 once something in the capture says what became of packets: a verdict of a packet, or an interface of logged packets. */
export const PCAPNG_TELLS = 18;
/** Bytes of names that are kept, and names that found no room. */
export const PCAPNG_NAMES_USED = 19;
export const PCAPNG_NAMES_OMITTED = 20;
/** Where the rows begin, in bytes. */
export const PCAPNG_ROWS = 128;

export const INTERFACE_LINK_TYPE = 0;
export const INTERFACE_SNAPLEN = 4;
export const INTERFACE_FCS_BYTES = 8;
/** As if_tsresol: a power of 10, or with the highest bit a power of 2. */
export const INTERFACE_RESOLUTION = 12;
/** i64, seconds. */
export const INTERFACE_OFFSET = 16;
/** f64, packets that the interface lost: by its latest statistics, and by the packets' own counts. */
export const INTERFACE_DROPPED = 24;
export const INTERFACE_DROPPED_BEFORE = 32;
/** As the INTERFACE_OWNER column of a batch; written by the reader that met the interface. */
export const INTERFACE_OWNER = 40;
export const INTERFACE_NAME_BYTES = 44;
export const INTERFACE_NAME = 48;
export const INTERFACE_ROW_BYTES = 128;
export const INTERFACE_NAME_MAX = 80;
export const INTERFACES_MAX = 1024;
/** Where the names of addresses begin, in bytes: u8 family, u8 length, 16 bytes of address, the name; one behind the other. */
export const PCAPNG_NAMES = 131_200;
export const PCAPNG_NAMES_BYTES = 262_144;
export const PCAPNG_NAME_HEAD = 18;
export const PCAPNG_STATE_BYTES = 393_344;

export const PROBLEM_NONE = 0;
/** The length is no multiple of 4, below 12, or too small for the kind of block. */
export const PROBLEM_LENGTH = 1;
/** The two copies of the length differ. */
export const PROBLEM_LENGTHS_DIFFER = 2;
export const PROBLEM_BYTE_ORDER = 3;
export const PROBLEM_VERSION = 4;

// A packet that framing found; u32 words.
/** Where the frame lies in memory. */
export const FOUND_FRAME = 0;
export const FOUND_CAPTURED = 4;
export const FOUND_ORIGINAL = 8;
export const FOUND_SECONDS = 12;
export const FOUND_NANOS = 16;
/** LINKTYPE_ number, or LINK_BAD. */
export const FOUND_LINK_TYPE = 20;
/** The row of its interface, a byte offset in memory; 0 when the section has none of the number. */
export const FOUND_INTERFACE = 24;
/** 1 when the section is big-endian. */
export const FOUND_SWAPPED = 28;
/** A CAPTURE_VERDICT_ code, 0 where the packet has none. */
export const FOUND_VERDICT = 32;
/** Bits 0 and 1 of epb_flags: 1 came in by the interface, 2 went out by it, 0 not known. */
export const FOUND_DIRECTION = 36;
export const FOUND_BYTES = 40;
/** Packets that one call of framing finds at most. */
export const FOUND_MAX = 8192;
export const DIRECTION_IN = 1;
export const DIRECTION_OUT = 2;
/** What a program at the interface did with the packet: dropped it, or let it on. Others say nothing about policy. */
export const CAPTURE_VERDICT_TC_SHOT = 1;
export const CAPTURE_VERDICT_XDP_DROP = 2;
export const CAPTURE_VERDICT_TC_OK = 3;
export const CAPTURE_VERDICT_TC_REDIRECT = 4;
export const CAPTURE_VERDICT_XDP_PASS = 5;
export const CAPTURE_VERDICT_XDP_REDIRECT = 6;
/** Codes below are drops. */
export const CAPTURE_VERDICT_PASSED = 3;
/** All codes are below; prefixes of logged packets lie above in memory. */
export const CAPTURE_VERDICTS = 16;
/** The block cannot hold what it says. */
export const LINK_BAD = 0xffffffff;
