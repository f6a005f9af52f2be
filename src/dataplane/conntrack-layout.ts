// The rules of connection tracking as the kernels read them: settings and timeouts, then tables of states. Written once by
// conntrack.ts, shared by all workers. Compiled by tsc and by asc alike; offsets are bytes.

/** Clock of connection tracking: this many ticks make a second. */
export const TICKS_PER_SECOND = 128;
export const TICK_BITS = 7;
export const NANOS_PER_TICK = 7_812_500;

// --- states of TCP, as Linux numbers them; a connection that a reset ended without an answer is NONE ---
export const TCP_NONE = 0;
export const TCP_SYN_SENT = 1;
export const TCP_SYN_RECV = 2;
export const TCP_ESTABLISHED = 3;
export const TCP_FIN_WAIT = 4;
export const TCP_CLOSE_WAIT = 5;
export const TCP_LAST_ACK = 6;
export const TCP_TIME_WAIT = 7;
export const TCP_CLOSE = 8;
/** Both sides opened at once. */
export const TCP_SYN_SENT2 = 9;
/** In the table: nothing changes, the answer decides what the packet was. */
export const TCP_IGNORE = 14;
/** In both tables: the packet is invalid. */
export const INVALID_STATE = 15;

// --- what a TCP segment is by its flags; the first that applies of RST, SYN, FIN, ACK ---
export const SEGMENT_SYN = 0;
export const SEGMENT_SYN_ACK = 1;
export const SEGMENT_FIN = 2;
export const SEGMENT_ACK = 3;
export const SEGMENT_RST = 4;
/** None of the four. In a connection's row: none was kept. */
export const SEGMENT_NONE = 5;

// --- states of SCTP ---
export const SCTP_NONE = 0;
export const SCTP_CLOSED = 1;
export const SCTP_COOKIE_WAIT = 2;
export const SCTP_COOKIE_ECHOED = 3;
export const SCTP_ESTABLISHED = 4;
export const SCTP_SHUTDOWN_SENT = 5;
export const SCTP_SHUTDOWN_RECD = 6;
export const SCTP_SHUTDOWN_ACK_SENT = 7;
export const SCTP_HEARTBEAT_SENT = 8;

// --- chunks that change the state of SCTP ---
export const CHUNK_INIT = 0;
export const CHUNK_INIT_ACK = 1;
export const CHUNK_ABORT = 2;
export const CHUNK_SHUTDOWN = 3;
export const CHUNK_SHUTDOWN_ACK = 4;
export const CHUNK_ERROR = 5;
export const CHUNK_COOKIE_ECHO = 6;
export const CHUNK_COOKIE_ACK = 7;
export const CHUNK_SHUTDOWN_COMPLETE = 8;
export const CHUNK_HEARTBEAT = 9;
export const CHUNK_HEARTBEAT_ACK = 10;
export const CHUNK_COUNT = 11;

// --- settings, u32 ---
/** 0: what begins midway is invalid. Asked with PICKUP_KERNEL only. */
export const CONNTRACK_LOOSE = 0;
/** 1: a full table drops what is not assured, else the packet. 0: packets without room are judged each. */
export const CONNTRACK_DROPS = 4;

// --- timeouts, u32 in ticks ---
/** One for each state of TCP. */
export const TIMEOUT_TCP = 8;
/** Of a connection that was met midway, until it is answered. */
export const TIMEOUT_TCP_UNACKNOWLEDGED = 48;
/** One for each state of SCTP. */
export const TIMEOUT_SCTP = 52;
export const TIMEOUT_UDP = 88;
export const TIMEOUT_UDP_STREAM = 92;
export const TIMEOUT_ICMP = 96;
export const TIMEOUT_ICMPV6 = 100;
export const TIMEOUT_GRE = 104;
export const TIMEOUT_GRE_STREAM = 108;
export const TIMEOUT_GENERIC = 112;

// --- tables of states: a byte at ((direction * 8 + segment) * 16 + state), direction 1 is the reply's ---
export const TCP_STATES = 128;
/** ((direction * 16 + chunk) * 16 + state). */
export const SCTP_STATES = 384;
export const CONNTRACK_BYTES = 896;
