/**
 * Connections as a capture: classic pcap with nanoseconds, packets of all connections in the order of their times. What is held
 * are the connections that are open, so a capture of any length takes the memory of a short one.
 */
import { beginConversation, type Conversation, nextFrame } from './conversation.ts';
import { type Frame, frameBytes, HEADERS_BYTES, writeFrame } from './frame.ts';
import type { GeneratedFlow } from './traffic.ts';

export interface CaptureLimits {
  /** Of each packet that are kept. */
  readonly snapLength: number;
  /** Packets and bytes of the file at most. */
  readonly packets: number;
  readonly bytes: number;
}

const HEADER_BYTES = 24;
const RECORD_BYTES = 16;
const PIECE_BYTES = 1 << 20;
const FRAME_BYTES_MAX = 1514;
const NANOSECOND_MAGIC = 0xa1b23c4d;
const ETHERNET = 1;
/** 2026-01-01T00:00:00Z. */
const BEGINNING = 1_767_225_600;

/** Conversations by the time of their next packet; equal times in the order in which they began. */
class ByTime {
  readonly #heap: { readonly conversation: Conversation; readonly order: number }[] = [];
  #made = 0;

  get earliest(): Conversation | undefined {
    return this.#heap[0]?.conversation;
  }

  add(conversation: Conversation): void {
    this.#heap.push({ conversation, order: this.#made++ });
    let place = this.#heap.length - 1;
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (!this.#isBefore(place, above)) return;
      this.#swap(place, above);
      place = above;
    }
  }

  /** Puts the earliest where it belongs after its time changed. */
  sink(): void {
    for (let place = 0; ; ) {
      const left = 2 * place + 1;
      if (left >= this.#heap.length) return;
      const right = left + 1;
      const below = right < this.#heap.length && this.#isBefore(right, left) ? right : left;
      if (!this.#isBefore(below, place)) return;
      this.#swap(below, place);
      place = below;
    }
  }

  removeEarliest(): void {
    const last = this.#heap.pop()!;
    if (this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.sink();
  }

  #isBefore(a: number, b: number): boolean {
    const [x, y] = [this.#heap[a]!, this.#heap[b]!];
    const apart = x.conversation.time - y.conversation.time;
    return apart < 0 || (apart === 0 && x.order < y.order);
  }

  #swap(a: number, b: number): void {
    const kept = this.#heap[a]!;
    this.#heap[a] = this.#heap[b]!;
    this.#heap[b] = kept;
  }
}

function fileHeader(snapLength: number): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, NANOSECOND_MAGIC, true);
  view.setUint16(4, 2, true);
  view.setUint16(6, 4, true);
  view.setUint32(16, snapLength, true);
  view.setUint32(20, ETHERNET, true);
  return bytes;
}

/** Packets of all conversations in the order of their times. */
function* framesByTime(
  flows: Iterator<GeneratedFlow>,
): Generator<{ readonly time: number; readonly frame: Frame }> {
  const open = new ByTime();
  let next = flows.next();
  for (;;) {
    const earliest = open.earliest;
    if (next.done !== true && (earliest === undefined || next.value.start <= earliest.time)) {
      open.add(beginConversation(next.value));
      next = flows.next();
      continue;
    }
    if (earliest === undefined) return;
    const { time } = earliest;
    const { frame, isLast } = nextFrame(earliest);
    if (isLast) open.removeEarliest();
    else open.sink();
    yield { time, frame };
  }
}

/** The capture in pieces of about 1 MB; each is overwritten by the next. Returns the number of packets. */
export function* captureBytes(
  flows: Iterable<GeneratedFlow>,
  limits: CaptureLimits,
): Generator<Uint8Array, number> {
  const snapLength = Math.max(HEADERS_BYTES, limits.snapLength);
  yield fileHeader(snapLength);
  const piece = new Uint8Array(PIECE_BYTES + RECORD_BYTES + FRAME_BYTES_MAX);
  const view = new DataView(piece.buffer);
  let packets = 0;
  let written = HEADER_BYTES;
  let at = 0;
  for (const { time, frame } of framesByTime(flows[Symbol.iterator]())) {
    if (packets === limits.packets || written + at >= limits.bytes) break;
    const whole = frameBytes(frame);
    const captured = Math.min(whole, snapLength);
    const nanoseconds = Math.round((time % 1) * 1e9);
    view.setUint32(at, BEGINNING + Math.floor(time) + (nanoseconds === 1e9 ? 1 : 0), true);
    view.setUint32(at + 4, nanoseconds % 1e9, true);
    view.setUint32(at + 8, captured, true);
    view.setUint32(at + 12, whole, true);
    piece.fill(0, at + RECORD_BYTES, at + RECORD_BYTES + captured);
    writeFrame(view, at + RECORD_BYTES, frame);
    at += RECORD_BYTES + captured;
    packets++;
    if (at < PIECE_BYTES) continue;
    yield piece.subarray(0, at);
    written += at;
    at = 0;
  }
  if (at > 0) yield piece.subarray(0, at);
  return packets;
}
