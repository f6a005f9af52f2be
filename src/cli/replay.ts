/** `dryplane replay TRACE...`: what the policies would do with captured traffic. */

import type { ReplayDocument } from '../analysis/replay-document.ts';
import { createRowReader, type RowNaming, VERDICT_COLUMNS } from '../analysis/verdict-row.ts';
import { type Diagnostic, InvalidInput } from '../diagnostic/diagnostic.ts';
import { openAtomicFile } from '../output/atomic-file.ts';
import { printError } from '../output/standard-output.ts';
import type { PacketBatch } from '../packet/batch.ts';
import type { ReplayOptions as EngineOptions } from '../replay/options.ts';
import { documentJson } from '../report/json.ts';
import { replayText } from '../report/replay-text.ts';
import { traceText } from '../report/trace-text.ts';
import { createVerdictWriter, verdictFormat } from '../report/verdict-rows.ts';
import { SKIP_OUTSIDE } from '../tables/verdict-layout.ts';
import type { TraceSource } from '../trace/open.ts';
import { idleSettings, parseConntrack } from './conntrack-settings.ts';
import { listenForEnd } from './end-of-input.ts';
import { idleConditions, metConditions, parseFailOn, unobservedConditions } from './fail-on.ts';
import type { ReplayOptions } from './flags.ts';
import { openTraces } from './open-traces.ts';
import { problem } from './problem.ts';
import { startReplayProgress } from './progress.ts';
import { readRange } from './range-options.ts';
import { deliver, outputProblem, requireSinks } from './sinks.ts';
import { manifestPaths } from './snapshots.ts';
import { stdinProblems } from './stdin-operands.ts';
import { VERSION } from './version.ts';
import { warn } from './warn.ts';
import { type LoadedSnapshots, loadSnapshots, manifestWords } from './world.ts';

const FORMATS = ['text', 'json'];

/** The options given that say something about manifests. */
function optionsOfManifests({ failOn, add, remove, lenient, cni }: ReplayOptions): string[] {
  return [
    ...(failOn === undefined ? [] : ['--fail-on']),
    ...(add === undefined ? [] : ['--add']),
    ...(remove === undefined ? [] : ['--remove']),
    ...(lenient === true ? ['--lenient'] : []),
    ...(cni === 'calico' ? [] : ['--cni']),
  ];
}

/** Mistakes in options that only this command has. */
function optionProblems(traces: readonly string[], options: ReplayOptions): Diagnostic[] {
  const conntrack = parseConntrack(options.conntrack ?? []);
  const problems = [
    ...parseFailOn(options.failOn ?? []).problems,
    ...conntrack.problems,
    ...idleSettings(conntrack.settings, options),
  ];
  const { manifests = [], verdicts } = options;
  const idle = manifests.length > 0 ? [] : optionsOfManifests(options);
  if (idle.length > 0)
    problems.push(
      problem('cli/no-manifests', `${idle.join(', ')}: without effect, no manifests were given`, 'add -f'),
    );
  problems.push(...readRange(options).problems);
  problems.push(...stdinProblems([...traces, ...manifestPaths(manifests), ...(options.add ?? [])]));
  if (verdicts !== undefined) {
    const unwritable = outputProblem(verdicts);
    if (verdictFormat(verdicts) === undefined)
      problems.push(problem('cli/verdicts', `${verdicts} has none of the endings .csv, .ndjson, .parquet`));
    else if (unwritable !== undefined) problems.push(unwritable);
  }
  return problems;
}

interface RowSink {
  readonly onRound?: (batch: PacketBatch, count: number) => void;
  readonly finish: () => void;
  readonly abandon: () => void;
}

/** Where verdict rows go; nothing at all without --verdicts, so that the replay need not gather them. */
function rowSink(path: string | undefined, naming: RowNaming): RowSink {
  if (path === undefined) return { finish: () => {}, abandon: () => {} };
  const file = openAtomicFile(path);
  const writer = createVerdictWriter(verdictFormat(path)!, VERDICT_COLUMNS, file);
  const read = createRowReader(naming);
  return {
    onRound: (batch, count) => {
      for (let row = 0; row < count; row++)
        if (batch.skip[row] !== SKIP_OUTSIDE) writer.row(read(batch, row));
    },
    finish: writer.finish,
    abandon: file.abandon,
  };
}

/** Throws on conditions of `--fail-on` that nothing could meet: without staged policies, or where no trace tells verdicts. */
function requireMeetable({ failOn = [] }: ReplayOptions, isStaged: boolean, areVerdictsTold: boolean): void {
  const { conditions } = parseFailOn(failOn);
  const idle = [
    ...(isStaged ? [] : idleConditions(conditions)),
    ...(areVerdictsTold ? [] : unobservedConditions(conditions)),
  ];
  if (idle.length > 0) throw new InvalidInput(idle);
}

/** What of the options the replay itself goes by. */
function replayOptions(options: ReplayOptions): EngineOptions {
  const { workers, pickup, duplicates, outer, connections, conntrack = [] } = options;
  const { range } = readRange(options);
  return {
    workers,
    pickup,
    duplicates,
    ...(outer === true ? { tunnels: 'closed' } : {}),
    ...(range === undefined ? {} : { range }),
    ...(connections === undefined ? {} : { connections }),
    conntrack: parseConntrack(conntrack).settings,
  };
}

/** Compiles, replays and joins the numbers with names. */
async function run(
  sources: readonly TraceSource[],
  loaded: LoadedSnapshots,
  options: ReplayOptions,
): Promise<ReplayDocument> {
  const [
    { compileEpochs, pendingWorlds },
    { joinLegends },
    { replay },
    { summarizeReplay },
    { createAddressNames },
    { doubtsOf },
    { namesPods, tellsVerdicts },
    { nameIndex },
    { WrittenNames },
  ] = await Promise.all([
    import('./epochs.ts'),
    import('../compile/legend.ts'),
    import('../replay/replay.ts'),
    import('../analysis/summary.ts'),
    import('../analysis/address-names.ts'),
    import('../analysis/doubtful-rows.ts'),
    import('../trace/reader.ts'),
    import('../policy/addresses/named-addresses.ts'),
    import('../analysis/written-names.ts'),
  ]);
  const { snapshots } = loaded;
  const staged = await pendingWorlds(snapshots);
  const areVerdictsTold = sources.some((source) => tellsVerdicts(source) !== 'no');
  requireMeetable(options, staged !== undefined, areVerdictsTold);
  const names = sources.some(namesPods)
    ? { index: nameIndex(snapshots.map(({ world }) => world)), written: new WrittenNames() }
    : undefined;
  const { epochs, summaries, phases, tableBytes } = await compileEpochs(snapshots, staged, names?.index);
  const end = listenForEnd(sources);
  const progress = await startReplayProgress(sources, options, end);
  let deciderOf = (_: number): string => '';
  const rows = rowSink(options.verdicts, {
    deciderOf: (number) => deciderOf(number),
    legend: joinLegends(summaries.map(({ legend }) => legend)),
    epochs: summaries.map(({ book, cluster }) => ({
      names: createAddressNames(book, names?.written),
      doubts: doubtsOf(cluster),
    })),
    tracePaths: sources.map(({ path }) => path),
    isPending: staged !== undefined,
  });
  try {
    const result = await replay(sources, epochs, {
      ...replayOptions(options),
      onProgress: progress.show,
      ...(end.signal === undefined ? {} : { endInput: end.signal }),
      ...(names === undefined ? {} : { names: names.index, onNames: (texts) => names.written.add(texts) }),
      ...(rows.onRound === undefined ? {} : { onRound: rows.onRound }),
      onDeciders: (wordsOf) => {
        deciderOf = wordsOf;
      },
    });
    // Of pcapng captures it shows at the end whether they tell.
    requireMeetable(options, true, result.observed !== undefined);
    rows.finish();
    return summarizeReplay({
      version: VERSION,
      manifests: loaded.manifests,
      profile: snapshots[0].world.profile,
      epochs: summaries,
      tableBytes,
      ...(names === undefined ? {} : { names }),
      result,
      loadMilliseconds: loaded.loadMilliseconds,
      compilePhases: phases,
    });
  } finally {
    rows.abandon();
    progress.stop();
    end.restore();
  }
}

/** Runs the command; the exit code is 1 when a --fail-on condition is met. */
export async function replayCommand(traces: readonly string[], options: ReplayOptions): Promise<number> {
  const { verdicts } = options;
  const sinks = requireSinks(options, FORMATS, optionProblems(traces, options), {
    otherOutputs: verdicts === undefined ? [] : [verdicts],
  });
  const { sources, diagnostics } = await openTraces(traces, options);
  const { manifests = [] } = options;
  const loaded = await loadSnapshots(manifests, options, diagnostics);
  warn(loaded.diagnostics, options);
  const document = await run(sources, loaded, options);
  deliver(
    sinks,
    {
      text: (style) =>
        manifests.length === 0
          ? traceText(document, traces, style)
          : replayText(document, { traces, manifests: manifestWords(options) }, style),
      json: () => documentJson(document),
    },
    options,
  );
  const met = metConditions(parseFailOn(options.failOn ?? []).conditions, document);
  for (const line of met) printError(`--fail-on ${line}\n`);
  return met.length > 0 ? 1 : 0;
}
