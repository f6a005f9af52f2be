/**
 * What is said of a flow log's records that are no flows to judge: counted by all workers together, in memory that the
 * readers of a trace share, and told in words at the end.
 */
import { countOf } from '../../output/quantity.ts';

/** In the order of their counters. */
const NOTES = ['malformed', 'named', 'no-data', 'lost-data', 'lost-events', 'no-flow', 'repeated'] as const;

/** Why a record is no flow to judge. */
export type FlowNote = (typeof NOTES)[number];

/** What else is counted: times of records that are judged all the same. */
const COUNTERS = [...NOTES, 'outside-times', 'unread-times', 'other-columns'] as const;

type FlowCounter = (typeof COUNTERS)[number];

/** Bytes that the readers of a flow log share. */
export const FLOW_NOTES_BYTES = COUNTERS.length * 4;

/** `1 record says` and the like. */
const of = (count: number, singular: string, plural: string): string =>
  `${countOf(count, 'record')} ${count === 1 ? singular : plural}`;

/** Said of times that rows cannot hold. */
export const outsideTimes = (count: number): string =>
  `times outside 1970..2106: ${of(count, 'is', 'are')} taken as of the nearest time in between`;

const WORDS: Readonly<Record<FlowCounter, (count: number) => string>> = {
  malformed: (count) => `${of(count, 'is no flow', 'are no flows')} that can be read: skipped as malformed`,
  named: (count) =>
    `${of(count, 'names', 'name')} a pod where an address must stand, named pods only: skipped as malformed`,
  'no-data': (count) =>
    `${of(count, 'says', 'say')} that nothing passed in ${count === 1 ? 'its' : 'their'} interval (NODATA): skipped as non-ip`,
  'lost-data': (count) =>
    `${of(count, 'says', 'say')} that flows of ${count === 1 ? 'its' : 'their'} interval were lost (SKIPDATA): skipped as non-ip`,
  'lost-events': (count) =>
    `the log says that ${countOf(count, 'event')} ${count === 1 ? 'was' : 'were'} lost before ${count === 1 ? 'it was' : 'they were'} written`,
  'no-flow': (count) => `${of(count, 'tells', 'tell')} of something else than a flow: skipped as non-ip`,
  repeated: (count) => `${of(count, 'repeats', 'repeat')} what another record tells: skipped as duplicate`,
  'outside-times': outsideTimes,
  'unread-times': (count) =>
    `${of(count, 'tells no time', 'tell no time')} that can be read: judged as of 1970`,
  'other-columns': () =>
    'a second header names other columns: nothing behind it was read, give the logs that were put together as files of their own',
};

/** Counters of one trace. */
export interface FlowNotes {
  add(note: FlowCounter, amount: number): void;
  /** A sentence a note that was counted. */
  texts(): string[];
}

/** The counters that lie at `at`, zero at first. */
export function flowNotesAt(memory: SharedArrayBuffer, at: number): FlowNotes {
  const counters = new Uint32Array(memory, at, COUNTERS.length);
  return {
    add: (note, amount) => void Atomics.add(counters, COUNTERS.indexOf(note), amount),
    texts: () =>
      COUNTERS.flatMap((note, index) => {
        const count = Atomics.load(counters, index);
        return count === 0 ? [] : [WORDS[note](count)];
      }),
  };
}

/** Events that the log whose counters lie at `at` says were lost. */
export function lostEvents(memory: SharedArrayBuffer, at: number): number {
  return Atomics.load(new Uint32Array(memory, at, NOTES.length), NOTES.indexOf('lost-events'));
}
