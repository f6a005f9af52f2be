/** What the readers of a trace share while it is read, as numbers in the shared memory. Changed in the reader's turn. */

/** Records taken, the position in the file, and 1 when nothing is left to read. */
export const TRACE_RECORDS = 0;
export const TRACE_POSITION = 1;
export const TRACE_ENDED = 2;
/** Time of the next record; -1 seconds: not known yet. */
export const TRACE_NEXT_SECONDS = 3;
export const TRACE_NEXT_NANOS = 4;
/** Of a stream: 1 when its bytes are wanted. */
export const TRACE_IS_WANTED = 5;
/** 1 when it should have been read earlier, and there was no ring for it. */
export const TRACE_IS_LATE = 6;
const TRACE_NUMBERS = 8;

/** Bytes of one trace's numbers. */
export const TRACE_NUMBERS_BYTES = TRACE_NUMBERS * 8;

/** The shared numbers of trace `trace`, where those of all traces begin at `traces` (Plan.traces). */
export function traceNumbers(
  { traces }: { readonly traces: number },
  memory: SharedArrayBuffer,
  trace: number,
): Float64Array {
  return new Float64Array(memory, traces + trace * TRACE_NUMBERS_BYTES, TRACE_NUMBERS);
}
