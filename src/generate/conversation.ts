/**
 * The packets of one connection, one after the other: handshake, a request, the answer in full segments with an acknowledgement
 * for every two, and the close. UDP is a query and its answer.
 */
import { type Frame, SYN_ONLY, TCP } from './frame.ts';
import type { GeneratedFlow } from './traffic.ts';

const FIN = 1;
const SYN = 2;
const RST = 4;
const PSH = 8;
const ACK = 16;

const SEGMENT_BYTES = 1410;
const REQUEST_BYTES = 180;
const QUERY_BYTES = 45;
/** Seconds between a packet and its answer, and between segments. */
const ROUND_TRIP = 0.0003;
const SPACING = 0.00002;

/** How far a connection is. */
export interface Conversation {
  readonly flow: GeneratedFlow;
  /** Of its next packet, in seconds after the beginning. */
  time: number;
  step: number;
  /** Bytes of the answer that are on their way, and segments that were not acknowledged. */
  sent: number;
  unacknowledged: number;
  clientPackets: number;
  serverPackets: number;
}

/** A connection before its first packet. */
export function beginConversation(flow: GeneratedFlow): Conversation {
  return {
    flow,
    time: flow.start,
    step: 0,
    sent: 0,
    unacknowledged: 0,
    clientPackets: 0,
    serverPackets: 0,
  };
}

type Side = 'client' | 'server';

interface Said {
  readonly by: Side;
  readonly tcpFlags: number;
  readonly payload: number;
  /** Seconds until the next packet; undefined behind the last. */
  readonly pause: number | undefined;
}

const say = (by: Side, tcpFlags: number, payload: number, pause?: number): Said => ({
  by,
  tcpFlags,
  payload,
  pause,
});

/** Steps of TCP: 0 to 3 open and ask, 4 is the answer for as long as it takes, 5 to 8 close. */
function tcpStep(conversation: Conversation): Said {
  const { flow, step } = conversation;
  if (step === 0) return say('client', SYN, 0, ROUND_TRIP);
  if (flow.bytes === SYN_ONLY) return say('server', RST | ACK, 0);
  if (step === 1) return say('server', SYN | ACK, 0, ROUND_TRIP);
  if (step === 2) return say('client', ACK, 0, SPACING);
  if (step === 3) return say('client', PSH | ACK, REQUEST_BYTES, ROUND_TRIP);
  if (step === 4) return answerStep(conversation);
  if (step === 5) return say('client', FIN | ACK, 0, ROUND_TRIP);
  if (step === 6) return say('server', ACK, 0, SPACING);
  if (step === 7) return say('server', FIN | ACK, 0, ROUND_TRIP);
  return say('client', ACK, 0);
}

/** The next segment of the answer, or the acknowledgement of two. */
function answerStep(conversation: Conversation): Said {
  const left = conversation.flow.bytes - conversation.sent;
  if (conversation.unacknowledged === 2 || (left === 0 && conversation.unacknowledged > 0)) {
    conversation.unacknowledged = 0;
    if (left > 0) conversation.step--;
    return say('client', ACK, 0, SPACING);
  }
  const payload = Math.min(left, SEGMENT_BYTES);
  conversation.sent += payload;
  conversation.unacknowledged++;
  conversation.step--;
  return say('server', payload < SEGMENT_BYTES ? PSH | ACK : ACK, payload, SPACING);
}

function udpStep({ flow, step }: Conversation): Said {
  return step === 0 ? say('client', 0, QUERY_BYTES, ROUND_TRIP) : say('server', 0, flow.bytes);
}

/** Numbers begin somewhere, for each side elsewhere. */
const firstSequence = ({ sourcePort, destinationPort, source }: GeneratedFlow, by: Side): number =>
  Math.imul(
    source ^ (sourcePort << 16) ^ destinationPort ^ (by === 'client' ? 0 : 0x5bd1e995),
    0x9e3779b1,
  ) >>> 0;

/** The next packet, and whether there is one behind it; then `time` is that one's. */
export function nextFrame(conversation: Conversation): { readonly frame: Frame; readonly isLast: boolean } {
  const { flow } = conversation;
  const { by, tcpFlags, payload, pause } =
    flow.protocol === TCP ? tcpStep(conversation) : udpStep(conversation);
  const isClient = by === 'client';
  const count = isClient ? conversation.clientPackets++ : conversation.serverPackets++;
  const sequence = sequenceOf(conversation, by, payload);
  const acknowledgement = tcpFlags & ACK ? sequenceOf(conversation, isClient ? 'server' : 'client', 0) : 0;
  conversation.step++;
  if (pause !== undefined) conversation.time += pause;
  return {
    isLast: pause === undefined,
    frame: {
      protocol: flow.protocol,
      source: isClient ? flow.source : flow.destination,
      destination: isClient ? flow.destination : flow.source,
      sourcePort: isClient ? flow.sourcePort : flow.destinationPort,
      destinationPort: isClient ? flow.destinationPort : flow.sourcePort,
      identification: (flow.sourcePort + count) & 0xffff,
      tcpFlags,
      sequence,
      acknowledgement,
      payload,
    },
  };
}

/** Where a side's numbers are: behind its SYN, the request or what was sent of the answer, and its FIN; less `payload` that is on its way. */
function sequenceOf(conversation: Conversation, by: Side, payload: number): number {
  const { flow, step, sent } = conversation;
  const first = firstSequence(flow, by);
  if (by === 'client') {
    const opened = step > 0 ? 1 : 0;
    const asked = step > 3 ? REQUEST_BYTES : 0;
    return first + opened + asked + (step > 5 ? 1 : 0);
  }
  return first + (step > 1 ? 1 : 0) + sent - payload + (step > 7 ? 1 : 0);
}
