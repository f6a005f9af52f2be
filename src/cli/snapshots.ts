/**
 * `-f PATH@TIME`: manifests of a cluster as it was from a time on. Manifests without a time belong to every snapshot. What
 * exists under the whole of its name is a path, and no time is looked for in it.
 */
import { existsSync } from 'node:fs';
import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import type { TraceTime } from '../trace/time.ts';
import { compareTimes, parseTimeBound } from '../trace/time-range.ts';
import { problem } from './problem.ts';

/** The paths of one snapshot, those of every snapshot among them. */
export interface SnapshotPaths {
  readonly paths: readonly string[];
  /** Absent where no manifests have a time. */
  readonly from?: TraceTime;
}

interface Operand {
  readonly path: string;
  readonly from?: TraceTime;
}

const TIME_HINT = 'write 2026-11-20T10:00:00Z, 2026-11-20, or seconds since 1970';

/** Snapshots are numbered in a byte. */
const SNAPSHOTS_MAX = 256;

/** The instant that a word behind `option` names; a duration names none. */
export function readInstant(
  text: string,
  option: string,
): { time?: TraceTime; diagnostics: readonly Diagnostic[] } {
  const { value, diagnostics } = parseTimeBound(text, option);
  if (value === undefined) return { diagnostics };
  if (!value.isRelative) return { time: value.time, diagnostics: [] };
  return {
    diagnostics: [problem('cli/time', `${option} ${text}: a duration, expected a time`, TIME_HINT)],
  };
}

function readOperand(text: string): Operand | Diagnostic {
  const at = text.lastIndexOf('@');
  if (at <= 0 || existsSync(text)) return { path: text };
  const path = text.slice(0, at);
  const word = text.slice(at + 1);
  const { time } = readInstant(word, '-f');
  if (time !== undefined) return { path, from: time };
  // A path that is not there is told by whoever reads it.
  if (path !== '-' && !existsSync(path)) return { path: text };
  return problem('cli/time', `-f ${text}: ${JSON.stringify(word)} is no time`, TIME_HINT);
}

/** Paths of `-f` as they are read, without their times; also of what has no time that can be read. */
export function manifestPaths(texts: readonly string[]): string[] {
  return texts.map((text) => {
    const operand = readOperand(text);
    return 'path' in operand ? operand.path : text;
  });
}

const sameTime = (a: TraceTime, b: TraceTime): boolean => compareTimes(a, b) === 0;

/** The snapshots that `-f` names, in the order of their times: one without a time where none has one. */
export function readSnapshots(texts: readonly string[]): {
  snapshots: SnapshotPaths[];
  diagnostics: Diagnostic[];
} {
  const operands: Operand[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const text of texts) {
    const operand = readOperand(text);
    if ('path' in operand) operands.push(operand);
    else diagnostics.push(operand);
  }
  const times: TraceTime[] = [];
  for (const { from } of operands)
    if (from !== undefined && !times.some((time) => sameTime(time, from))) times.push(from);
  times.sort(compareTimes);
  if (times.length > SNAPSHOTS_MAX)
    diagnostics.push(
      problem('cli/snapshots', `${times.length} snapshots, ${SNAPSHOTS_MAX} are the most`, 'leave some out'),
    );
  if (times.length === 0) return { snapshots: [{ paths: operands.map(({ path }) => path) }], diagnostics };
  const snapshots = times.map((from) => ({
    from,
    paths: operands
      .filter((operand) => operand.from === undefined || sameTime(operand.from, from))
      .map(({ path }) => path),
  }));
  return { snapshots, diagnostics };
}

/** The snapshot in force at a time: the last one that has begun, the first when none has. */
export function snapshotAt<S extends { readonly from?: TraceTime }>(
  snapshots: readonly S[],
  time: TraceTime,
): S {
  return (
    snapshots.findLast(({ from }) => from === undefined || compareTimes(from, time) <= 0) ?? snapshots[0]!
  );
}

/** What is wrong with several snapshots for a command that asks about one moment. */
export function severalSnapshots(snapshots: readonly SnapshotPaths[], hint: string): Diagnostic[] {
  if (snapshots.length < 2) return [];
  return [
    problem('cli/snapshots', `${snapshots.length} snapshots were given, this command asks about one`, hint),
  ];
}
