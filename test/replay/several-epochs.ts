/** Replays over several states of a cluster, with rows and document as reports show them. */
import { createAddressNames } from '../../src/analysis/address-names.ts';
import { compileEpochs, pendingWorlds } from '../../src/analysis/replay/compile-epochs.ts';
import { doubtsOf } from '../../src/analysis/replay/doubtful-rows.ts';
import type { ReplayDocument } from '../../src/analysis/replay/replay-document.ts';
import { summarizeReplay } from '../../src/analysis/replay/summary.ts';
import { type Cell, createRowReader, VERDICT_COLUMNS } from '../../src/analysis/replay/verdict-row.ts';
import { joinLegends } from '../../src/compile/legend.ts';
import type { World } from '../../src/policy/world.ts';
import type { ReplayOptions } from '../../src/replay/options.ts';
import { replay } from '../../src/replay/replay.ts';
import type { ReplayResult } from '../../src/replay/result.ts';
import { openTrace } from '../../src/trace/open.ts';

/** A state of the cluster, from a second on. */
export interface State {
  readonly world: World;
  /** Absent for one state that always is. */
  readonly from?: number;
}

export interface Replayed {
  readonly rows: readonly (readonly Cell[])[];
  readonly document: Omit<ReplayDocument, 'timing'>;
  readonly result: Omit<ReplayResult, 'timing'>;
}

/** Replays traces as the command does. */
export async function replayStates(
  paths: readonly string[],
  states: readonly State[],
  options: ReplayOptions = {},
): Promise<Replayed> {
  const snapshots = states.map(({ world, from }) => ({
    paths: [],
    world,
    ...(from === undefined ? {} : { from: { seconds: from, nanos: 0 } }),
  }));
  const pending = await pendingWorlds(snapshots);
  const { epochs, summaries, tableBytes } = await compileEpochs(snapshots, pending);
  const read = createRowReader({
    legend: joinLegends(summaries.map(({ legend }) => legend)),
    epochs: summaries.map(({ book, cluster }) => ({
      names: createAddressNames(book),
      doubts: doubtsOf(cluster),
    })),
    tracePaths: paths,
    isPending: pending !== undefined,
  });
  const rows: (readonly Cell[])[] = [];
  const sources = paths.map((path) => openTrace(path).value!);
  const { timing, ...result } = await replay(sources, epochs, {
    workers: 1,
    onRound: (batch, count) => {
      for (let row = 0; row < count; row++) rows.push(read(batch, row));
    },
    ...options,
  });
  const { timing: _, ...document } = summarizeReplay({
    version: '',
    manifests: [],
    profile: states[0]!.world.profile,
    epochs: summaries,
    tableBytes,
    result: { ...result, timing },
    loadMilliseconds: 0,
    compilePhases: [],
  });
  return { rows, document, result };
}

const COLUMNS = VERDICT_COLUMNS.map(({ name }) => name);

/** Some cells of every row, by the names of their columns. */
export function cellsOf({ rows }: Pick<Replayed, 'rows'>, ...names: readonly string[]): string[] {
  const places = names.map((name) => COLUMNS.indexOf(name));
  return rows.map((row) => places.map((place) => row[place]).join(' '));
}
