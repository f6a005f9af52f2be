/**
 * The lives of connections told state by state, as Linux's connection tracking has them without looking at sequence numbers:
 * a second writing of what the kernels read from tables.
 */
import { type Packet, protocolOf } from './desk.ts';

export type Heard = 'follows' | 'invalid' | 'fresh';

/** A connection's life so far. */
export interface Life {
  /** Second from which on it is forgotten. */
  deadline: number;
  /** A reset was the only answer. */
  ended: boolean;
  /** As the kernel prints it; empty for protocols without states. */
  state: string;
  replied: boolean;
  assured: boolean;
  readonly hear: (packet: Packet, reply: boolean, now: number, pickup: 'judge' | 'kernel') => Heard;
}

type Segment = 'SYN' | 'SYN ACK' | 'FIN' | 'ACK' | 'RST' | 'broken';

const WHOLE = ['S', 'SU', 'AS', 'R', 'AR', 'A', 'AF', 'AU', 'AFU'];

/** What a segment is by its flags. */
export function segmentOf(flags: string): Segment {
  const counted = [...flags].filter((flag) => flag !== 'P').sort();
  if (!WHOLE.includes(counted.join(''))) return 'broken';
  if (flags.includes('R')) return 'RST';
  if (flags.includes('S')) return flags.includes('A') ? 'SYN ACK' : 'SYN';
  return flags.includes('F') ? 'FIN' : 'ACK';
}

const TCP_SECONDS: Readonly<Record<string, number>> = {
  SYN_SENT: 120,
  SYN_RECV: 60,
  ESTABLISHED: 432_000,
  FIN_WAIT: 120,
  CLOSE_WAIT: 60,
  LAST_ACK: 30,
  TIME_WAIT: 120,
  CLOSE: 10,
  SYN_SENT2: 120,
};

/** Where a segment leads; `-` is invalid, `.` ignored. */
function tcpNext(state: string, segment: Segment, reply: boolean): string {
  const opening = state === 'SYN_SENT' || state === 'SYN_SENT2';
  switch (segment) {
    case 'SYN':
      if (reply && state === 'TIME_WAIT') return 'SYN_SENT';
      if (reply) return opening ? 'SYN_SENT2' : '-';
      if (opening) return state;
      return state === 'TIME_WAIT' || state === 'CLOSE' ? 'SYN_SENT' : '.';
    case 'SYN ACK':
      if (opening) return reply || state === 'SYN_SENT2' ? 'SYN_RECV' : '-';
      if (!reply) return state === 'SYN_RECV' ? 'SYN_RECV' : '-';
      return '.';
    case 'RST':
      return 'CLOSE';
    case 'FIN':
      if (opening) return '-';
      if (state === 'SYN_RECV' || state === 'ESTABLISHED') return 'FIN_WAIT';
      return state === 'TIME_WAIT' || state === 'CLOSE' ? state : 'LAST_ACK';
    case 'ACK':
      if (opening) return reply ? '.' : '-';
      if (state === 'SYN_RECV') return reply ? 'SYN_RECV' : 'ESTABLISHED';
      if (state === 'FIN_WAIT') return 'CLOSE_WAIT';
      return state === 'LAST_ACK' ? 'TIME_WAIT' : state;
    default:
      return '-';
  }
}

function tcpLife(packet: Packet, began: boolean, at: number): Life {
  let last = { segment: segmentOf(packet.tcp ?? 'A'), reply: began };
  const first = { SYN: 'SYN_SENT', 'SYN ACK': 'SYN_RECV', FIN: 'FIN_WAIT', RST: 'CLOSE' } as const;
  const beginning = (first as Record<string, string>)[last.segment] ?? 'ESTABLISHED';
  let closing = beginning === 'FIN_WAIT';
  let simultaneous = false;
  let challenged = false;
  const kept = beginning === 'ESTABLISHED' ? 300 : TCP_SECONDS[beginning]!;
  const life: Life = {
    deadline: at + kept,
    ended: false,
    state: beginning,
    replied: began,
    assured: false,
    hear: (heard, reply, now, pickup) => {
      const segment = segmentOf(heard.tcp ?? 'A');
      if (segment === 'broken') return 'invalid';
      let before = life.ended ? 'CLOSE' : life.state;
      let next = tcpNext(before, segment, reply);
      const over = before === 'TIME_WAIT' || before === 'CLOSE';
      if (over && next === 'SYN_SENT') {
        if (closing || (last.segment === 'RST' && last.reply === reply)) return 'fresh';
        next = '.';
      }
      if (next === '-') {
        if (pickup === 'kernel') return 'invalid';
        if (before.startsWith('SYN_SENT')) next = tcpNext('ESTABLISHED', segment, reply);
        if (next === '-' && segment === 'SYN' && !['SYN_RECV', 'ESTABLISHED'].includes(before))
          return 'fresh';
        if (next === '-') next = '.';
      }
      life.ended = false;
      life.state = before;
      const answersSyn = last.segment === 'SYN' && last.reply !== reply;
      if (next === '.' && !(segment === 'SYN ACK' && answersSyn)) {
        if (segment === 'SYN' && !reply) {
          simultaneous = false;
          challenged = before === 'LAST_ACK';
        }
        last = { segment, reply };
        if (reply) life.replied = true;
        return 'follows';
      }
      if (next === '.') {
        before = 'SYN_SENT';
        next = 'SYN_RECV';
        closing = false;
        simultaneous = false;
        challenged = false;
      } else if (before === 'LAST_ACK' && segment === 'ACK' && challenged && answersSyn) {
        challenged = false;
        if (reply) life.replied = true;
        return 'follows';
      } else if (next === 'SYN_SENT2') simultaneous = true;
      else if (next === 'SYN_RECV' && segment === 'ACK' && simultaneous) next = 'ESTABLISHED';
      last = { segment, reply };
      if (next === 'FIN_WAIT' && before !== 'FIN_WAIT') closing = true;
      life.state = next;
      let seconds = segment === 'RST' ? 10 : TCP_SECONDS[next]!;
      if (life.replied) {
        if (next === 'ESTABLISHED' && (before === 'SYN_RECV' || before === 'ESTABLISHED'))
          life.assured = true;
      } else if (segment === 'RST') life.ended = true;
      else if (next === 'ESTABLISHED') seconds = 300;
      const isRepeated = !life.replied && segment === 'SYN' && before === 'SYN_SENT';
      if (!isRepeated) life.deadline = now + seconds;
      if (reply) life.replied = true;
      return 'follows';
    },
  };
  return life;
}

const SCTP_SECONDS: Readonly<Record<string, number>> = {
  CLOSED: 10,
  ESTABLISHED: 210,
  HEARTBEAT_SENT: 30,
};

/** Where a chunk leads; `-` is invalid. */
function sctpNext(state: string, chunk: string, reply: boolean): string {
  if (chunk === 'DATA') return state;
  if (state === 'HEARTBEAT_SENT') {
    if (reply) return chunk === 'HEARTBEAT ACK' ? 'ESTABLISHED' : chunk === 'HEARTBEAT' ? state : '-';
    if (chunk.startsWith('HEARTBEAT')) return state;
    return chunk === 'INIT' ? 'COOKIE_WAIT' : chunk === 'SHUTDOWN ACK' ? 'SHUTDOWN_ACK_SENT' : 'CLOSED';
  }
  const closing = state === 'SHUTDOWN_SENT' || state === 'SHUTDOWN_RECD';
  switch (chunk) {
    case 'ABORT':
      return 'CLOSED';
    case 'INIT':
      return !reply && closing ? 'CLOSED' : state;
    case 'INIT ACK':
      return reply && state === 'CLOSED' ? 'COOKIE_WAIT' : state;
    case 'SHUTDOWN':
      return state === 'ESTABLISHED' ? (reply ? 'SHUTDOWN_RECD' : 'SHUTDOWN_SENT') : state;
    case 'SHUTDOWN ACK':
      return closing ? 'SHUTDOWN_ACK_SENT' : state;
    case 'ERROR':
      return reply && state === 'COOKIE_ECHOED' ? 'CLOSED' : state;
    case 'COOKIE ECHO':
      return state === 'COOKIE_WAIT' ? 'COOKIE_ECHOED' : state;
    case 'COOKIE ACK':
      return state === 'COOKIE_ECHOED' ? 'ESTABLISHED' : state;
    case 'SHUTDOWN COMPLETE':
      return state === 'SHUTDOWN_ACK_SENT' ? 'CLOSED' : state;
    default:
      return state;
  }
}

function sctpLife(packet: Packet, began: boolean, at: number): Life {
  const chunk = packet.chunk ?? 'DATA';
  const seconds = (state: string): number => SCTP_SECONDS[state] ?? 3;
  let state = 'ESTABLISHED';
  if (chunk === 'INIT' || chunk === 'HEARTBEAT ACK') state = 'CLOSED';
  if (chunk === 'SHUTDOWN ACK') state = 'SHUTDOWN_ACK_SENT';
  if (chunk === 'HEARTBEAT') state = 'HEARTBEAT_SENT';
  const life: Life = {
    deadline: at + seconds(state),
    ended: false,
    state,
    replied: began,
    assured: false,
    hear: (heard, reply, now, pickup) => {
      const what = heard.chunk ?? 'DATA';
      const before = life.state;
      let next = sctpNext(before, what, reply);
      if (next === '-') {
        if (pickup === 'kernel') return 'invalid';
        next = before;
      }
      life.state = next;
      if (reply) life.replied = true;
      if (next === 'ESTABLISHED' && before !== next) life.assured = true;
      const isRepeated = what === 'INIT' && next === 'CLOSED' && before === 'CLOSED';
      if (!isRepeated) life.deadline = now + seconds(next);
      return 'follows';
    },
  };
  return life;
}

/** Without states: how long it lives depends on who has spoken, and of UDP on how long it has been spoken. */
function plainLife(protocol: number, began: boolean, at: number): Life {
  const short = protocol === 17 || protocol === 1 || protocol === 58 || protocol === 47 ? 30 : 600;
  const life: Life = {
    deadline: at + short,
    ended: false,
    state: '',
    replied: began,
    assured: false,
    hear: (_, reply, now) => {
      let seconds = short;
      if (life.replied && protocol === 17) seconds = now > at + 2 ? 120 : 30;
      if (life.replied && protocol === 47) seconds = 180;
      if (seconds > short) life.assured = true;
      life.deadline = now + seconds;
      if (reply) life.replied = true;
      return 'follows';
    },
  };
  return life;
}

/** The life that begins with a packet; `reply`: the responder sent it. */
export function lifeOf(packet: Packet, reply: boolean, at: number): Life {
  const protocol = protocolOf(packet);
  if (protocol === 6) return tcpLife(packet, reply, at);
  return protocol === 132 ? sctpLife(packet, reply, at) : plainLife(protocol, reply, at);
}
