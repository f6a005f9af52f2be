/**
 * A whole replay with everything that must hold of any trace, however damaged: an answer in time, a row for each record, totals
 * that are the sums of the rows, and a document that fits its schema.
 */
import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { createAddressNames } from '../../src/analysis/address-names.ts';
import { compileEpochs, pendingWorlds } from '../../src/analysis/replay/compile-epochs.ts';
import { summarizeReplay } from '../../src/analysis/replay/summary.ts';
import { createRowReader } from '../../src/analysis/replay/verdict-row.ts';
import { WrittenNames } from '../../src/analysis/written-names.ts';
import type { Snapshot } from '../../src/cli/world.ts';
import { joinLegends } from '../../src/compile/legend.ts';
import type { PacketBatch } from '../../src/packet/batch.ts';
import { nameIndex } from '../../src/policy/addresses/named-addresses.ts';
import type { ReplayOptions } from '../../src/replay/options.ts';
import { replay } from '../../src/replay/replay.ts';
import type { ReplayResult } from '../../src/replay/result.ts';
import { REASONS } from '../../src/tables/verdict.ts';
import { SKIP_OUTSIDE, VERDICT_COUNT, VERDICT_SKIP } from '../../src/tables/verdict-layout.ts';
import type { FlowFormatName } from '../../src/trace/flow-log/flow-format.ts';
import { openTrace, type TraceSource } from '../../src/trace/open.ts';
import { checkedDocument } from '../cli/run-cli.ts';
import { processorClock } from '../processor-time.ts';

/** The most that any damaged trace may take the processor. */
export const MOST_MILLISECONDS = 5000;

/** Small tables: damage is to meet full ones too. */
const SMALL = { connections: 2048, flows: 512, flowsListed: 64 } satisfies ReplayOptions;

/** What must not depend on how a trace is read. */
export interface Answer {
  /** A digest of all that verdict rows show. */
  readonly rows: string;
  readonly records: readonly number[];
  readonly result: Omit<ReplayResult, 'timing' | 'observed'> & { readonly observed?: unknown };
}

/** Rows as they come by: their number, their sums, their digest. */
class Rows {
  readonly records: number[] = [];
  readonly outside: number[] = [];
  readonly packets = [0, 0, 0, 0, 0];
  readonly bytes = [0, 0, 0, 0, 0];
  readonly #digest = createHash('sha1');
  readonly #read: ReturnType<typeof createRowReader>;

  constructor(read: ReturnType<typeof createRowReader>, traces: number) {
    this.#read = read;
    for (let trace = 0; trace < traces; trace++) {
      this.records.push(0);
      this.outside.push(0);
    }
  }

  add(batch: PacketBatch, row: number): void {
    const trace = batch.trace[row]!;
    this.records[trace]!++;
    if (batch.skip[row] === SKIP_OUTSIDE) {
      this.outside[trace]!++;
      return;
    }
    const verdict = batch.verdict[row]!;
    const reason = batch.reason[row]!;
    const isFit =
      batch.record[row] === this.records[trace] &&
      verdict < VERDICT_COUNT &&
      REASONS[reason] !== undefined &&
      (verdict === VERDICT_SKIP || batch.skip[row] === 0) &&
      [0, 4, 6].includes(batch.family[row]!);
    if (!isFit) expect.fail(`row ${row}: verdict ${verdict}, reason ${reason}, skip ${batch.skip[row]}`);
    this.packets[verdict]! += batch.packets[row]!;
    this.bytes[verdict]! += batch.bytes[row]!;
    this.#digest.update(this.#read(batch, row).join('\t'));
  }

  digest(): string {
    return this.#digest.digest('hex');
  }
}

/** Behind the end of what can be read, how far decompression got, and whether it met a fault there, is chance. */
function withoutChance(result: Answer['result']): Answer['result'] {
  const isEnd = (text: string): boolean => text.endsWith('nothing behind it was read');
  const traces = result.traces.map((trace) =>
    trace.warnings.some(isEnd)
      ? { ...trace, warnings: trace.warnings.filter((text) => !text.includes('compressed data')) }
      : trace,
  );
  return { ...result, traces };
}

/** Each of a Parquet file's row groups may take the patience that a page without an end is given. */
const MOST_PARQUET_MILLISECONDS = 12_000;
/** An answer is waited for by the clock, and the machine may have as much else to do. */
const OTHER_WORK = 6;

async function inTime<T>(sources: readonly TraceSource[], promise: Promise<T>): Promise<T> {
  const parquet = sources.filter(({ parquetColumns }) => parquetColumns !== undefined).length;
  const most = OTHER_WORK * (sources.length * MOST_MILLISECONDS + parquet * MOST_PARQUET_MILLISECONDS);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${most} ms`)), most);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What traces are replayed in, again and again: a cluster as it was, from its times on. */
export async function createSoundReplay(snapshots: readonly (Pick<Snapshot, 'world'> & Partial<Snapshot>)[]) {
  const whole = snapshots.map((snapshot) => ({ paths: [], ...snapshot }));
  const index = nameIndex(whole.map(({ world }) => world));
  const pending = await pendingWorlds(whole);
  const { epochs, summaries, tableBytes } = await compileEpochs(whole, pending, index);
  const legend = joinLegends(summaries.map((summary) => summary.legend));

  /** Replays; fails when something does not hold. */
  async function judge(sources: readonly TraceSource[], options: ReplayOptions): Promise<Answer> {
    const written = new WrittenNames();
    let deciderOf = (_: number): string => '';
    const rows = new Rows(
      createRowReader({
        epochs: summaries.map(({ book }) => ({ names: createAddressNames(book, written) })),
        legend,
        tracePaths: sources.map(({ path }) => path),
        isPending: pending !== undefined,
        deciderOf: (number) => deciderOf(number),
      }),
      sources.length,
    );
    const { timing, ...result } = await inTime(
      sources,
      replay(sources, epochs, {
        workers: 1,
        ...SMALL,
        names: index,
        onNames: (texts) => written.add(texts),
        onDeciders: (wordsOf) => {
          deciderOf = wordsOf;
        },
        ...options,
        onRound: (batch, count) => {
          for (let row = 0; row < count; row++) rows.add(batch, row);
        },
      }),
    );
    expect(result.packets, 'totals are the sums of the rows').toEqual(rows.packets);
    expect(result.bytes, 'totals are the sums of the rows').toEqual(rows.bytes);
    const { traces } = result;
    expect(
      traces.map(({ records }) => records),
      'a row for each record',
    ).toEqual(rows.records);
    expect(traces.map(({ outside }) => outside)).toEqual(rows.outside);
    const document = summarizeReplay({
      version: '0',
      manifests: [],
      profile: whole[0]!.world.profile,
      epochs: summaries,
      tableBytes,
      names: { index, written },
      result: { ...result, timing },
      loadMilliseconds: 0,
      compilePhases: [],
    });
    checkedDocument(JSON.stringify(document));
    for (const { total, ...verdicts } of [document.packets, document.bytes, document.flows])
      expect(Object.values(verdicts).reduce((sum, each) => sum + each, 0)).toBe(total);
    return { rows: rows.digest(), records: rows.records, result: withoutChance(result) };
  }

  return { judge };
}

/** The trace, or undefined when it is refused with a diagnostic that names it. */
export function openDamaged(path: string, given?: FlowFormatName): TraceSource | undefined {
  const spent = processorClock();
  const { value, diagnostics } = openTrace(path, given);
  expect(spent()).toBeLessThan(MOST_MILLISECONDS);
  if (value !== undefined) return value;
  expect(diagnostics).toHaveLength(1);
  expect(diagnostics[0]!.code).toMatch(/^trace\//);
  expect(diagnostics[0]!.message).toContain(path);
  return undefined;
}
