/**
 * What is said of a flow log's records that are no flows to judge: counted by all workers together, in memory that the
 * readers of a trace share, and told in words at the end.
 */

/** In the order of their counters. */
const NOTES = ['malformed', 'named', 'no-data', 'lost-data', 'lost-events', 'no-flow', 'repeated'] as const;

/** Why a record is no flow to judge. */
export type FlowNote = (typeof NOTES)[number];

/** Bytes that the readers of a flow log share. */
export const FLOW_NOTES_BYTES = NOTES.length * 4;

/** `1 record says` and the like. */
const of = (count: number, singular: string, plural: string): string =>
  count === 1 ? `1 record ${singular}` : `${count} records ${plural}`;

const WORDS: Readonly<Record<FlowNote, (count: number) => string>> = {
  malformed: (count) => `${of(count, 'is no flow', 'are no flows')} that can be read: skipped as malformed`,
  named: (count) =>
    `${of(count, 'names', 'name')} a pod where an address must stand, named pods only: skipped as malformed`,
  'no-data': (count) =>
    `${of(count, 'says', 'say')} that nothing passed in its interval (NODATA): skipped as non-ip`,
  'lost-data': (count) =>
    `${of(count, 'says', 'say')} that flows of its interval were lost (SKIPDATA): skipped as non-ip`,
  'lost-events': (count) => `the log says that ${count} events were lost before they were written`,
  'no-flow': (count) => `${of(count, 'tells', 'tell')} of something else than a flow: skipped as non-ip`,
  repeated: (count) => `${of(count, 'repeats', 'repeat')} what another record tells: skipped as duplicate`,
};

/** Counters of one trace. */
export interface FlowNotes {
  add(note: FlowNote, amount: number): void;
  /** A sentence a note that was counted. */
  texts(): string[];
}

/** The counters that lie at `at`, zero at first. */
export function flowNotesAt(memory: SharedArrayBuffer, at: number): FlowNotes {
  const counters = new Uint32Array(memory, at, NOTES.length);
  return {
    add: (note, amount) => void Atomics.add(counters, NOTES.indexOf(note), amount),
    texts: () =>
      NOTES.flatMap((note, index) => {
        const count = Atomics.load(counters, index);
        return count === 0 ? [] : [WORDS[note](count)];
      }),
  };
}

/** Events that the log whose counters lie at `at` says were lost. */
export function lostEvents(memory: SharedArrayBuffer, at: number): number {
  return Atomics.load(new Uint32Array(memory, at, NOTES.length), NOTES.indexOf('lost-events'));
}
