/** `reduce TRACE --record N`: the fewest records of the trace that show the record's verdict, then the flow that it belongs to. */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JudgedRecord, ReadingTraces } from '../analysis/reduce/judged-record.ts';
import type { ReducedTrace } from '../analysis/reduce/reduce-document.ts';
import { InvalidInput } from '../diagnostic/diagnostic.ts';
import type { Flow } from '../flow/flow.ts';
import type { World } from '../policy/world.ts';
import type { WorkerPool } from '../replay/worker-pool.ts';
import type { TraceSource } from '../trace/open.ts';
import { problem } from './problem.ts';

/** Records that are tried at most. */
const MOST_RECORDS = 20_000;

export interface CutOfTrace {
  readonly trace: ReducedTrace;
  readonly flow: Flow;
  /** Whether the record has its verdict by other worlds too. */
  readonly holdsIn: (worlds: readonly World[]) => Promise<boolean>;
  /** Copies the records to a file. */
  readonly write: (path: string) => void;
}

const keyOf = ({ verdict, reason, decider }: JudgedRecord, isLoose: boolean): string =>
  isLoose ? verdict : [verdict, reason, decider].join('|');

/** Cuts the trace in a folder for temporary files, which is gone when `use` is done. */
export async function withCut<T>(
  source: TraceSource,
  {
    record,
    worlds,
    pool,
    isLoose,
    reading,
  }: {
    readonly record: number;
    readonly worlds: readonly World[];
    readonly pool: WorkerPool;
    readonly isLoose: boolean;
    readonly reading: ReadingTraces;
  },
  use: (cut: CutOfTrace) => Promise<T>,
): Promise<T> {
  const [{ judgedRecord, recordsBetween }, { askForFewest }, { cutEnding, cutTrace }] = await Promise.all([
    import('../analysis/reduce/judged-record.ts'),
    import('../analysis/reduce/shrink.ts'),
    import('./reduce-cut.ts'),
  ]);
  const running = { ...reading, pool };
  const folder = mkdtempSync(join(tmpdir(), 'dryplane-reduce-'));
  const ending = cutEnding(source);
  const judgeIn = async (
    trace: TraceSource,
    number: number,
    world: World,
  ): Promise<JudgedRecord | undefined> => {
    const found = await judgedRecord(trace, number, world, running);
    return found === undefined || 'skipped' in found ? undefined : found;
  };
  try {
    const given: JudgedRecord[] = [];
    for (const world of worlds) {
      const found = await judgedRecord(source, record, world, running);
      if (found === undefined || 'skipped' in found) throw unjudged(source, record, found?.skipped);
      given.push(found);
    }
    const [first] = given as [JudgedRecord, ...JudgedRecord[]];
    const wanted = given.map((one) => keyOf(one, isLoose));
    const { own, all } = await recordsBetween(source, first.pairs, record, reading);
    if (own.length > MOST_RECORDS) own.splice(0, own.length - MOST_RECORDS);
    const holds = async (trace: TraceSource, number: number, by: readonly World[]): Promise<boolean> => {
      for (const [index, world] of by.entries()) {
        const found = await judgeIn(trace, number, world);
        if (found === undefined || keyOf(found, isLoose) !== wanted[index]) return false;
      }
      return true;
    };
    const around = await cutTrace(source, new Set([...own, record]), join(folder, `around.${ending}`));
    // Numbers in what was cut out once; the record itself is the last one.
    const others = own.filter((number) => number !== record).map((_, index) => index + 1);
    const last = others.length + 1;
    if (!(await holds(around, last, worlds)))
      throw new InvalidInput([
        problem(
          'reduce/trace',
          `record ${record} is judged otherwise without records of other addresses than its own`,
          'reduce the flow alone: --flow',
        ),
      ]);
    const path = join(folder, `trace.${ending}`);
    const asking = askForFewest(others);
    const enough = async (left: readonly number[]): Promise<boolean> =>
      holds(await cutTrace(around, new Set([...left, last]), path), left.length + 1, worlds);
    let step = asking.next();
    while (step.done !== true) step = asking.next(await enough(step.value));
    const left = step.value;
    const cut = await cutTrace(around, new Set([...left, last]), path);
    const shown = await judgeIn(cut, left.length + 1, worlds[0]!);
    return await use({
      trace: {
        path: source.path,
        record,
        verdict: first.verdict,
        reason: first.reason,
        records: [...left.map((number) => own[number - 1]!), record],
        of: all,
        file: `trace.${ending}`,
      },
      flow: shown?.flow ?? first.flow,
      holdsIn: (by) => holds(cut, left.length + 1, by),
      write: (target) => copyFileSync(path, target),
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function unjudged({ path }: TraceSource, record: number, skipped: string | undefined): InvalidInput {
  const why =
    skipped === undefined ? 'the trace has no such record' : `there is nothing to judge in it (${skipped})`;
  return new InvalidInput([problem('cli/record', `--record ${record} of ${path}: ${why}`)]);
}
