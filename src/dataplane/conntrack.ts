/**
 * The rules of connection tracking as Linux has them: its settings with their defaults, and its tables of states in a form of
 * our own. Written into shared memory once, before the start; the kernels read them there (assembly/conntrack*.ts).
 *
 * Source: Linux net/netfilter/nf_conntrack_proto_tcp.c, nf_conntrack_proto_sctp.c, nf_conntrack_standalone.c,
 * Documentation/networking/nf_conntrack-sysctl.rst.
 */
import * as C from './conntrack-layout.ts';

/** Timeouts in seconds by the names that the kernel's settings have, without `nf_conntrack_`. */
const TIMEOUTS = {
  generic_timeout: [600, [C.TIMEOUT_GENERIC]],
  gre_timeout: [30, [C.TIMEOUT_GRE]],
  gre_timeout_stream: [180, [C.TIMEOUT_GRE_STREAM]],
  icmp_timeout: [30, [C.TIMEOUT_ICMP]],
  icmpv6_timeout: [30, [C.TIMEOUT_ICMPV6]],
  sctp_timeout_closed: [10, sctp(C.SCTP_CLOSED)],
  sctp_timeout_cookie_echoed: [3, sctp(C.SCTP_COOKIE_ECHOED)],
  sctp_timeout_cookie_wait: [3, sctp(C.SCTP_COOKIE_WAIT)],
  sctp_timeout_established: [210, sctp(C.SCTP_ESTABLISHED)],
  sctp_timeout_heartbeat_sent: [30, sctp(C.SCTP_HEARTBEAT_SENT)],
  sctp_timeout_shutdown_ack_sent: [3, sctp(C.SCTP_SHUTDOWN_ACK_SENT)],
  sctp_timeout_shutdown_recd: [3, sctp(C.SCTP_SHUTDOWN_RECD)],
  sctp_timeout_shutdown_sent: [3, sctp(C.SCTP_SHUTDOWN_SENT)],
  tcp_timeout_close: [10, tcp(C.TCP_CLOSE)],
  tcp_timeout_close_wait: [60, tcp(C.TCP_CLOSE_WAIT)],
  tcp_timeout_established: [432_000, tcp(C.TCP_ESTABLISHED)],
  tcp_timeout_fin_wait: [120, tcp(C.TCP_FIN_WAIT)],
  tcp_timeout_last_ack: [30, tcp(C.TCP_LAST_ACK)],
  tcp_timeout_syn_recv: [60, tcp(C.TCP_SYN_RECV)],
  tcp_timeout_syn_sent: [120, tcp(C.TCP_SYN_SENT)],
  tcp_timeout_time_wait: [120, tcp(C.TCP_TIME_WAIT)],
  tcp_timeout_unacknowledged: [300, [C.TIMEOUT_TCP_UNACKNOWLEDGED]],
  udp_timeout: [30, [C.TIMEOUT_UDP]],
  udp_timeout_stream: [120, [C.TIMEOUT_UDP_STREAM]],
} as const satisfies Record<string, readonly [number, readonly number[]]>;

function tcp(state: number): readonly number[] {
  return [C.TIMEOUT_TCP + state * 4];
}

function sctp(state: number): readonly number[] {
  return [C.TIMEOUT_SCTP + state * 4];
}

export type TimeoutName = keyof typeof TIMEOUTS;
export const TIMEOUT_NAMES = Object.keys(TIMEOUTS) as TimeoutName[];

/** What differs from the kernel's defaults. */
export interface ConntrackSettings {
  /** Seconds. */
  readonly timeouts?: Partial<Readonly<Record<TimeoutName, number>>>;
  /** False: a connection that begins midway is invalid. Asked only where pickup is the kernel's. */
  readonly loose?: boolean;
  /**
   * Entries of the table, shared out equally over the shards: when a shard's part is full, a connection that is not assured
   * makes room, else the packet is dropped. Without it nothing is dropped.
   */
  readonly max?: number;
}

/** The longest timeout that fits, in seconds. */
export const TIMEOUT_MOST = 365 * 86_400;

/** Seconds that Linux keeps a connection by default. */
export function defaultTimeout(name: TimeoutName): number {
  return TIMEOUTS[name][0];
}

/** One letter a state: None, syn Sent, syn Recv, Established, Fin wait, close Wait, Last ack, Time wait, Close, 2 = syn sent 2. */
const TCP_LETTERS = 'NSREFWLTC2';
/** One letter a state: None, Closed, cookie Wait, Echoed, established = U, shutdown Sent, shutdown Recd, shutdown Ack sent, Heartbeat sent. */
const SCTP_LETTERS = 'NCWEUSRAH';
/** Ignored, and invalid. */
const ODD = new Map([
  ['.', C.TCP_IGNORE],
  ['-', C.INVALID_STATE],
]);

/** Rows by segment, in the order of SEGMENT_ codes; a letter for each state that the connection is in. */
const TCP_ROWS: readonly (readonly string[])[] = [
  // From the initiator:
  //  NSREFWLTC2
  [
    'SS.....SS2', // SYN
    '--R------R', // SYN and ACK
    '--FFLLLTC-', // FIN
    'E-EEWWTTC-', // ACK
    '-CCCCCCCCC', // RST
    '----------',
  ],
  // From the responder:
  [
    '-2-----S-2', // SYN
    '-R.......R', // SYN and ACK
    '--FFLLLTC-', // FIN
    '-.REWWTTC.', // ACK
    '-CCCCCCCCC', // RST
    '----------',
  ],
];

/** Rows by chunk, in the order of CHUNK_ codes. */
const SCTP_ROWS: readonly (readonly string[])[] = [
  // From the initiator:
  //  NCWEUSRAH
  [
    'CCWEUCCAW', // INIT
    'CCWEUSRAC', // INIT ACK
    'CCCCCCCCC', // ABORT
    'CCWESSRAC', // SHUTDOWN
    'ACWEUAAAA', // SHUTDOWN ACK
    'CCWEUSRAC', // ERROR
    'CCEEUSRAC', // COOKIE ECHO
    'CCWUUSRAC', // COOKIE ACK
    'CCWEUSRCC', // SHUTDOWN COMPLETE
    'HCWEUSRAH', // HEARTBEAT
    'CCWEUSRAH', // HEARTBEAT ACK
  ],
  // From the responder:
  [
    '-CWEUSRA-', // INIT
    '-WWEUSRA-', // INIT ACK
    '-CCCCCCC-', // ABORT
    '-CWERSRA-', // SHUTDOWN
    '-CWEUAAA-', // SHUTDOWN ACK
    '-CWCUSRA-', // ERROR
    '-CEEUSRA-', // COOKIE ECHO
    '-CWUUSRA-', // COOKIE ACK
    '-CWEUSRC-', // SHUTDOWN COMPLETE
    '-CWEUSRAH', // HEARTBEAT
    '-CWEUSRAU', // HEARTBEAT ACK
  ],
];

function writeRows(
  bytes: Uint8Array,
  at: number,
  stride: number,
  directions: readonly (readonly string[])[],
  letters: string,
): void {
  for (const [direction, rows] of directions.entries()) {
    for (const [kind, row] of rows.entries()) {
      const states = [...row].map((letter) => ODD.get(letter) ?? letters.indexOf(letter));
      bytes.set(states, at + (direction * stride + kind) * 16);
    }
  }
}

/** Writes the rules at `at`, CONNTRACK_BYTES of fresh memory. */
export function writeConntrack(memory: SharedArrayBuffer, at: number, settings: ConntrackSettings): void {
  const words = new Uint32Array(memory, at, C.TCP_STATES / 4);
  const ticks = (seconds: number): number => Math.round(seconds * C.TICKS_PER_SECOND);
  for (const [name, [usual, places]] of Object.entries(TIMEOUTS)) {
    const seconds = settings.timeouts?.[name as TimeoutName] ?? usual;
    for (const place of places) words[place / 4] = ticks(seconds);
  }
  // What no setting reaches: a connection that both sides open at once, and one that was reset.
  words[C.TIMEOUT_TCP / 4 + C.TCP_SYN_SENT2] = ticks(120);
  words[C.TIMEOUT_TCP / 4 + C.TCP_NONE] = words[C.TIMEOUT_TCP / 4 + C.TCP_CLOSE]!;
  words[C.CONNTRACK_LOOSE / 4] = settings.loose === false ? 0 : 1;
  words[C.CONNTRACK_DROPS / 4] = settings.max === undefined ? 0 : 1;
  const bytes = new Uint8Array(memory, at, C.CONNTRACK_BYTES);
  writeRows(bytes, C.TCP_STATES, 8, TCP_ROWS, TCP_LETTERS);
  writeRows(bytes, C.SCTP_STATES, 16, SCTP_ROWS, SCTP_LETTERS);
}
