/**
 * The frames behind the rows of a capture, as they lie in memory: what is copied when a capture is written anew. They are walked
 * behind `frame` of the trace's reader, over the same bytes and the same room.
 */
import * as L from '../packet/pcap-layout.ts';
import * as P from '../packet/pcapng-layout.ts';
import type { TraceSource } from './open.ts';
import type { ReaderRoom } from './reader.ts';

/** One frame, without its check sequence. */
export interface Frame {
  /** Byte offset in memory. */
  at: number;
  captured: number;
  original: number;
  seconds: number;
  /** Below 10^9. */
  nanos: number;
  /** LINKTYPE_ number; LINK_BAD for a block that cannot hold what it says. */
  linkType: number;
}

/** Shows `records` frames of the piece at `offset`, in order. The object is the same each time. */
export type FrameWalk = (offset: number, records: number, onFrame: (frame: Frame) => void) => void;

const BILLION = 1_000_000_000;

const emptyFrame = (): Frame => ({ at: 0, captured: 0, original: 0, seconds: 0, nanos: 0, linkType: 0 });

function setTime(frame: Frame, seconds: number, nanos: number): void {
  frame.seconds = seconds + Math.floor(nanos / BILLION);
  frame.nanos = nanos % BILLION;
}

function foundWalk(memory: SharedArrayBuffer, { own }: ReaderRoom): FrameWalk {
  const words = new Uint32Array(memory, own, (P.FOUND_MAX * P.FOUND_BYTES) / 4);
  const frame = emptyFrame();
  return (_offset, records, onFrame) => {
    for (let index = 0; index < records; index++) {
      const wordAt = (field: number): number => words[(index * P.FOUND_BYTES + field) / 4]!;
      frame.at = wordAt(P.FOUND_FRAME);
      frame.captured = wordAt(P.FOUND_CAPTURED);
      frame.original = wordAt(P.FOUND_ORIGINAL);
      frame.linkType = wordAt(P.FOUND_LINK_TYPE);
      setTime(frame, wordAt(P.FOUND_SECONDS), wordAt(P.FOUND_NANOS));
      onFrame(frame);
    }
  };
}

function pcapWalk({ pcap }: TraceSource, memory: SharedArrayBuffer): FrameWalk {
  const { isBigEndian, isNanos, recordHeaderBytes, linkType, fcsBytes, lengths } = pcap!;
  const view = new DataView(memory);
  const frame = { ...emptyFrame(), linkType };
  return (offset, records, onFrame) => {
    let at = offset;
    for (let record = 0; record < records; record++) {
      const wordAt = (field: number): number => view.getUint32(at + field, !isBigEndian);
      const [first, second] = [wordAt(8), wordAt(12)];
      const isSwapped =
        lengths === L.LENGTHS_ORIGINAL_FIRST || (lengths === L.LENGTHS_SMALLER_IS_CAPTURED && first > second);
      const captured = isSwapped ? second : first;
      const original = Math.max(captured, isSwapped ? first : second);
      const withoutFcs = original >= fcsBytes ? original - fcsBytes : original;
      frame.at = at + recordHeaderBytes;
      frame.original = withoutFcs;
      frame.captured = Math.min(captured, withoutFcs);
      setTime(frame, wordAt(0), wordAt(4) * (isNanos ? 1 : 1000));
      onFrame(frame);
      at += recordHeaderBytes + captured;
    }
  };
}

/** The walk over a source's frames; undefined when it is no capture. */
export function frameWalk(
  source: TraceSource,
  memory: SharedArrayBuffer,
  room: ReaderRoom,
): FrameWalk | undefined {
  if (source.format === 'pcapng') return foundWalk(memory, room);
  return source.pcap === undefined ? undefined : pcapWalk(source, memory);
}
