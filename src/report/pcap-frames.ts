/**
 * Frames as a classic capture with nanoseconds, little-endian. One link type an output: that is all its header can say.
 *
 * Source: draft-ietf-opsawg-pcap.
 */

/** A frame without its bytes. */
export interface FrameHead {
  readonly seconds: number;
  /** Below 10^9. */
  readonly nanos: number;
  readonly captured: number;
  readonly original: number;
}

const NANOSECOND_MAGIC = 0xa1b23c4d;
const HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;

/** The header of a capture. `snaplen`: no frame is longer. */
export function pcapHeader(linkType: number, snaplen: number): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, NANOSECOND_MAGIC, true);
  view.setUint16(4, 2, true);
  view.setUint16(6, 4, true);
  view.setUint32(16, snaplen, true);
  view.setUint32(20, linkType, true);
  return bytes;
}

/** Bytes that a frame takes. */
export const recordBytes = (captured: number): number => RECORD_HEADER_BYTES + captured;

/** Writes the header of a frame at `at`; returns where the frame's bytes go. */
export function writeRecordHeader(
  view: DataView,
  at: number,
  { seconds, nanos, captured, original }: FrameHead,
): number {
  view.setUint32(at, seconds, true);
  view.setUint32(at + 4, nanos, true);
  view.setUint32(at + 8, captured, true);
  view.setUint32(at + 12, original, true);
  return at + RECORD_HEADER_BYTES;
}
