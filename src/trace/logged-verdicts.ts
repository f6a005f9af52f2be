/**
 * What captures say became of packets, from what the kernels leave in OBSERVED_BY while the bytes are in memory (the place of a log
 * rule's prefix, or the code of a program's verdict) to OBSERVED and the number of a text. Nothing is made a packet: a prefix is read once.
 */
import type { PacketBatch } from '../packet/batch.ts';
import { OBSERVED_NONE } from '../packet/batch-layout.ts';
import * as P from '../packet/pcapng-layout.ts';
import type { TextTable } from '../packet/text-table.ts';
import { deciderText, EBPF, NO_DECIDER } from './flow-log/observed-decider.ts';
import { readLogPrefix } from './nflog-prefix.ts';

/** Names of what programs answer, by code. */
const VERDICT_NAMES: Readonly<Record<number, string>> = {
  [P.CAPTURE_VERDICT_TC_SHOT]: 'TC_ACT_SHOT',
  [P.CAPTURE_VERDICT_TC_OK]: 'TC_ACT_OK',
  [P.CAPTURE_VERDICT_TC_REDIRECT]: 'TC_ACT_REDIRECT',
  [P.CAPTURE_VERDICT_XDP_DROP]: 'XDP_DROP',
  [P.CAPTURE_VERDICT_XDP_PASS]: 'XDP_PASS',
  [P.CAPTURE_VERDICT_XDP_REDIRECT]: 'XDP_REDIRECT',
};

/** The longest prefix that the kernel logs, its NUL included. */
const PREFIX_BYTES = 64;
/** Prefixes that a thread remembers. */
const REMEMBERED = 4096;

interface Known {
  readonly bytes: Uint8Array;
  readonly observed: number;
  readonly by: number;
}

/** Reads what the kernels left behind. */
export interface LoggedVerdicts {
  /** Before decode: nothing is observed of these rows. */
  clear(batch: PacketBatch, first: number, count: number): void;
  /** After decode of the same rows. */
  read(batch: PacketBatch, first: number, count: number): void;
}

/** A reader over `memory`; `deciders` gives texts their numbers, and where it is absent nobody asks. */
export function createLoggedVerdicts(
  memory: SharedArrayBuffer,
  deciders: Pick<TextTable, 'intern'> | undefined,
): LoggedVerdicts {
  const bytes = new Uint8Array(memory);
  const known = new Map<number, Known>();
  const programs = new Map<number, number>();

  const programOf = (code: number): number => {
    const found = programs.get(code);
    if (found !== undefined) return found;
    const decider = { ...NO_DECIDER, kind: EBPF, policy: VERDICT_NAMES[code] ?? '' };
    const number = deciders?.intern(deciderText(decider)) ?? 0;
    programs.set(code, number);
    return number;
  };
  const learn = (hash: number, at: number, length: number): Known => {
    const prefix = bytes.slice(at, at + length);
    const { observed, decider } = readLogPrefix(Buffer.from(prefix).toString('utf8'));
    const one = { bytes: prefix, observed, by: deciders?.intern(deciderText(decider)) ?? 0 };
    if (known.size >= REMEMBERED) known.clear();
    known.set(hash, one);
    return one;
  };
  const isAt = ({ bytes: prefix }: Known, at: number, length: number): boolean => {
    if (prefix.length !== length) return false;
    for (let index = 0; index < length; index++) if (bytes[at + index] !== prefix[index]) return false;
    return true;
  };
  /** The prefix that begins at `at` and ends at its NUL; its attribute's length stands before it. */
  const prefixAt = (at: number): Known => {
    // The attribute's type is small, so that its bytes tell their order.
    const isBig = bytes[at - 1]! !== 0;
    const attribute = isBig ? bytes[at - 4]! * 256 + bytes[at - 3]! : bytes[at - 4]! + bytes[at - 3]! * 256;
    const most = Math.min(PREFIX_BYTES, Math.max(0, attribute - 4));
    let hash = 0;
    let length = 0;
    for (; length < most && bytes[at + length] !== 0; length++)
      hash = (Math.imul(hash, 31) + bytes[at + length]!) | 0;
    const found = known.get(hash);
    return found !== undefined && isAt(found, at, length) ? found : learn(hash, at, length);
  };
  return {
    clear(batch, first, count) {
      batch.observed.fill(OBSERVED_NONE, first, first + count);
      batch.observedBy.fill(0, first, first + count);
    },
    read(batch, first, count) {
      for (let row = first; row < first + count; row++) {
        const left = batch.observedBy[row]!;
        if (left === 0) continue;
        if (left < P.CAPTURE_VERDICTS) {
          batch.observedBy[row] = programOf(left);
          continue;
        }
        const { observed, by } = prefixAt(left);
        batch.observed[row] = batch.skip[row] === 0 ? observed : OBSERVED_NONE;
        batch.observedBy[row] = by;
      }
    },
  };
}
