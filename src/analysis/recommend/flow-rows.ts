/**
 * What the rows of a replay say of flows beyond their sums: where each was seen first, and what the trace itself says became of
 * it. Rows of one flow are known by addresses, protocol and destination port, for the first record also by where they were judged
 * when that is elsewhere; a reply's row is found by the turned key.
 */
import type { PacketBatch } from '../../packet/batch.ts';
import {
  OBSERVED_ALLOW,
  OBSERVED_AT_SOURCE,
  OBSERVED_DENY,
  OBSERVED_ELSEWHERE,
  OBSERVED_MASK,
} from '../../packet/batch-layout.ts';
import type { FlowTally } from '../../replay/result.ts';
import {
  REASON_DENIED_CONNECTION,
  REASON_ESTABLISHED,
  REASON_RELATED,
  VERDICT_SKIP,
} from '../../tables/verdict-layout.ts';

/** Flows remembered; those that come later have no first record. */
const MOST_FLOWS = 1_000_000;

interface Noted {
  /** Index of the trace, and number of the record from 1; 0 where only verdicts were seen. */
  trace: number;
  record: number;
  allowed: boolean;
  denied: boolean;
  /** The same by somebody who is no network policy: a cloud's security groups. */
  passed: boolean;
  rejected: boolean;
}

/** What is known of a flow from its rows. */
export interface FlowNotes {
  /** Place of the trace among the operands, and the record's number from 1. */
  readonly first?: { readonly trace: number; readonly record: number };
  /**
   * The trace says of some record that it was allowed; of some that it was denied. What a security group let pass is no answer of a
   * policy, but what it rejected never came through, and wants no policy to open it.
   */
  readonly wasAllowed: boolean;
  readonly wasDenied: boolean;
}

type Words = ArrayLike<number>;

function sideKey(words: Words, offset: number): string {
  const last = words[offset + 3]!;
  return last === 0 && words[offset + 1] === 0 && words[offset + 2] === 0
    ? `${words[offset]}`
    : `${words[offset]}:${words[offset + 1]}:${words[offset + 2]}:${last}`;
}

function flowKey(
  family: number,
  source: string,
  destination: string,
  protocol: number,
  port: number,
): string {
  return `${family}|${source}|${destination}|${protocol}|${port}`;
}

/** What a key has behind it when a flow was judged elsewhere than at its destination; '' when it was not. */
function elsewhere(destination: string, port: number, judged: string, judgedPort: number): string {
  return judged === destination && judgedPort === port ? '' : `|${judged}|${judgedPort}`;
}

/** Takes rounds in trace order. */
export class FlowRows {
  readonly #forward = new Map<string, Noted>();
  readonly #turned = new Map<string, Noted>();

  /** To be called with every round of the replay. */
  take(batch: PacketBatch, count: number): void {
    const { reason, verdict, observed } = batch;
    for (let row = 0; row < count; row++) {
      const why = reason[row]!;
      const isFirst =
        why !== REASON_ESTABLISHED &&
        why !== REASON_DENIED_CONNECTION &&
        why !== REASON_RELATED &&
        verdict[row] !== VERDICT_SKIP;
      const isTold = observed[row] !== 0;
      if ((isFirst || isTold) && batch.family[row] !== 0) this.#note(batch, row, isFirst, isTold);
    }
  }

  #note(batch: PacketBatch, row: number, isFirst: boolean, isTold: boolean): void {
    const family = batch.family[row]!;
    const protocol = batch.protocol[row]!;
    const [source, destination] = [sideKey(batch.src, row * 4), sideKey(batch.dst, row * 4)];
    const [sport, dport] = [batch.sport[row]!, batch.dport[row]!];
    const forward = flowKey(family, source, destination, protocol, dport);
    const turned = flowKey(family, destination, source, protocol, sport);
    if (isFirst) {
      const [judged, port] = [sideKey(batch.judgedDst, row * 4), batch.judgedDport[row]!];
      this.#noteFirst(batch, row, [
        noteAt(this.#forward, forward + elsewhere(destination, dport, judged, port)),
        noteAt(this.#turned, turned + elsewhere(source, sport, judged, port)),
      ]);
    }
    if (!isTold) return;
    const seen = batch.observed[row]!;
    const what = seen & OBSERVED_MASK;
    for (const one of [noteAt(this.#forward, forward), noteAt(this.#turned, turned)]) {
      if (one === undefined) continue;
      if ((seen & OBSERVED_ELSEWHERE) !== 0) {
        if (what === OBSERVED_ALLOW) one.passed = true;
        if (what === OBSERVED_DENY) one.rejected = true;
        continue;
      }
      // What left its source may still have been refused where it went.
      if (what === OBSERVED_ALLOW && (seen & OBSERVED_AT_SOURCE) === 0) one.allowed = true;
      if (what === OBSERVED_DENY) one.denied = true;
    }
  }

  #noteFirst(batch: PacketBatch, row: number, noted: readonly (Noted | undefined)[]): void {
    for (const one of noted) {
      if (one === undefined || one.record !== 0) continue;
      one.trace = batch.trace[row]!;
      one.record = batch.record[row]!;
    }
  }

  /** What was noted of a tallied flow. */
  of({ family, src, dst, protocol, dport, judgedDst, judgedDport }: FlowTally): FlowNotes {
    const destination = sideKey(dst, 0);
    const key = flowKey(family, sideKey(src, 0), destination, protocol, dport);
    const there = key + elsewhere(destination, dport, sideKey(judgedDst, 0), judgedDport);
    const [forward, turned] = [this.#forward.get(key), this.#turned.get(key)];
    const first = [this.#forward.get(there), this.#turned.get(there)].find(
      (one) => one !== undefined && one.record !== 0,
    );
    const isNoted = (what: 'allowed' | 'denied' | 'passed' | 'rejected'): boolean =>
      forward?.[what] === true || turned?.[what] === true;
    return {
      ...(first === undefined ? {} : { first: { trace: first.trace, record: first.record } }),
      wasAllowed: isNoted('allowed'),
      wasDenied: isNoted('denied') || (isNoted('rejected') && !isNoted('passed')),
    };
  }
}

function noteAt(notes: Map<string, Noted>, key: string): Noted | undefined {
  let noted = notes.get(key);
  if (noted === undefined) {
    if (notes.size >= MOST_FLOWS) return undefined;
    noted = { trace: 0, record: 0, allowed: false, denied: false, passed: false, rejected: false };
    notes.set(key, noted);
  }
  return noted;
}
