/**
 * What one worker reads when it has the reader's turn: pieces of the traces in the order of the operands. Neighbours whose
 * records tell their time are merged by time.
 */
import { closeSync, openSync } from 'node:fs';
import * as C from './control.ts';
import { mergeByTime } from './merge-by-time.ts';
import { frameSome, type OpenTrace, openSupplied, type Piece, type SuppliedTrace } from './piece.ts';
import { type Plan, TRACE_RECORDS } from './plan.ts';

export interface Supply {
  /** The next at most `maxRecords` records, undefined when all traces are read. Throws Stopped, or what the file system says. */
  take(maxRecords: number): Piece | undefined;
  close(): void;
}

/** How many of the traces from `first` on are read at the same time: neighbours whose records tell their time. */
function groupSize(traces: readonly SuppliedTrace[], first: number): number {
  const isAlone = ({ streamed, reader }: SuppliedTrace): boolean =>
    streamed || reader.secondsAt === undefined;
  if (isAlone(traces[first]!)) return 1;
  const end = traces.findIndex((trace, index) => index > first && isAlone(trace));
  return (end < 0 ? traces.length : end) - first;
}

/** Places of the traces that are merged with the one before them. */
export function mergedTraces(traces: readonly SuppliedTrace[]): number[] {
  const merged: number[] = [];
  for (let first = 0; first < traces.length; ) {
    const size = groupSize(traces, first);
    for (let place = 1; place < size; place++) merged.push(first + place);
    first += size;
  }
  return merged;
}

/** The supply of one worker, whose slot is at `slot`. */
export function createSupply(
  traces: readonly SuppliedTrace[],
  plan: Plan,
  slot: number,
  memory: SharedArrayBuffer,
  control: C.Control,
): Supply {
  const files: number[] = [];
  const close = (): void => {
    while (files.length > 0) closeSync(files.pop()!);
  };
  const open = (trace: number, place: number): OpenTrace => {
    const supplied = traces[trace]!;
    const file = supplied.streamed ? -1 : openSync(supplied.path, 'r');
    if (file >= 0) files.push(file);
    return openSupplied(supplied, trace, slot + place * plan.slotBytes, file, plan, memory, control);
  };
  let group: { readonly first: number; readonly members: readonly OpenTrace[] } | undefined;
  return {
    take(maxRecords) {
      for (;;) {
        const first = control.words[C.TRACE]!;
        if (first >= traces.length) return undefined;
        if (group?.first !== first) {
          close();
          const size = groupSize(traces, first);
          group = { first, members: Array.from({ length: size }, (_, place) => open(first + place, place)) };
        }
        const { members } = group;
        const piece =
          members.length === 1
            ? takeOne(members[0]!, plan, maxRecords)
            : mergeByTime(members, plan, maxRecords);
        if (piece.records > 0) return piece;
        Atomics.store(control.words, C.TRACE, first + members.length);
      }
    },
    close,
  };
}

function takeOne(open: OpenTrace, plan: Plan, maxRecords: number): Piece {
  const { records, bytes } = frameSome(open, plan, plan.input.chunkBytes, maxRecords);
  const { trace, reader, slot, numbers } = open;
  const recordsBefore = numbers[TRACE_RECORDS]!;
  if (records > 0) open.advance(bytes, records);
  return { records, runs: [{ trace, reader, at: slot, bytes, records, recordsBefore }] };
}
