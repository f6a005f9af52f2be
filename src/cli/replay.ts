/** `dryplane replay TRACE...`: what the policies would do with captured traffic. */
import { type FlowTable, TABLE_ROWS } from '../analysis/page/flow-table-document.ts';
import type { ReplayDocument } from '../analysis/replay/replay-document.ts';
import type { SummaryEpoch, SummaryInput } from '../analysis/replay/summary.ts';
import type { RowNaming } from '../analysis/replay/verdict-row.ts';
import type { WrittenNames } from '../analysis/written-names.ts';
import { type Diagnostic, InvalidInput } from '../diagnostic/diagnostic.ts';
import { printError } from '../output/standard-output.ts';
import type { ReplayOptions as EngineOptions } from '../replay/options.ts';
import type { ReplayResult } from '../replay/result.ts';
import type { WorkerPool } from '../replay/worker-pool.ts';
import { documentJson } from '../report/json.ts';
import { lcov } from '../report/lcov.ts';
import type { Terms } from '../report/style.ts';
import { verdictFormat } from '../report/verdict-format.ts';
import { VERDICT_UNSPECIFIED } from '../tables/verdict-layout.ts';
import type { TraceSource } from '../trace/open.ts';
import { FORMATS } from './command-line/formats.ts';
import type { ReplayOptions } from './command-line/replay.ts';
import { idleSettings, parseConntrack } from './conntrack-settings.ts';
import { holdsToCoverage, parseCoverageMin, wantsCoverage } from './coverage-options.ts';
import { listenForEnd } from './end-of-input.ts';
import { idleConditions, metConditions, parseFailOn, unobservedConditions } from './fail-on.ts';
import { openTraces } from './open-traces.ts';
import { flowTable, loadPage } from './page-output.ts';
import { problem } from './problem.ts';
import { startReplayProgress } from './progress.ts';
import { readRange } from './range-options.ts';
import { COVERAGE_KEEPS, replayCoverage } from './replay-coverage.ts';
import { deliver, outputProblem, requireSinks } from './sinks.ts';
import { manifestPaths } from './snapshots.ts';
import { stdinProblems } from './stdin-operands.ts';
import { termsOf } from './terms.ts';
import type { VerdictOutput } from './verdict-output.ts';
import { VERSION } from './version.ts';
import { warn } from './warn.ts';
import { type LoadedSnapshots, loadSnapshots, manifestWords } from './world.ts';

/** Far more than the text shows. */
const DENIED_OF_TEXT = 100;

/** The options given that say something about manifests. */
function optionsOfManifests(options: ReplayOptions): string[] {
  const { failOn, add, remove, lenient, cni } = options;
  return [
    ...(failOn === undefined ? [] : ['--fail-on']),
    ...(wantsCoverage(options) ? ['--coverage'] : []),
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
  problems.push(...parseCoverageMin(options.coverageMin ?? []).problems);
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
  const { pickup, duplicates, outer, connections, conntrack = [] } = options;
  const { range } = readRange(options);
  return {
    pickup,
    duplicates,
    ...(outer === true ? { tunnels: 'closed' } : {}),
    ...(range === undefined ? {} : { range }),
    ...(connections === undefined ? {} : { connections }),
    conntrack: parseConntrack(conntrack).settings,
    ...(wantsCoverage(options) ? COVERAGE_KEEPS : {}),
  };
}

/** What is needed when the threads are done. They are many modules: they load while the threads work. */
const loadReports = () =>
  Promise.all([
    import('../analysis/replay/summary.ts'),
    import('../report/replay-text.ts'),
    import('../report/trace-text.ts'),
  ]);

/** What the records of traces may call the cluster's addresses, and what they did call them. */
async function flowNames(snapshots: LoadedSnapshots['snapshots']) {
  const [{ nameIndex }, { WrittenNames }] = await Promise.all([
    import('../policy/addresses/named-addresses.ts'),
    import('../analysis/written-names.ts'),
  ]);
  return { index: nameIndex(snapshots.map(({ world }) => world)), written: new WrittenNames() };
}

/** Where verdict rows go; nothing at all without --verdicts, so that the replay need not gather them. */
async function verdictOutput(
  path: string | undefined,
  summaries: readonly SummaryEpoch[],
  written: WrittenNames | undefined,
  naming: Pick<RowNaming, 'deciderOf' | 'tracePaths' | 'isPending'>,
): Promise<VerdictOutput | undefined> {
  if (path === undefined) return undefined;
  const [{ openVerdicts }, { joinLegends }, { createAddressNames }, { doubtsOf }] = await Promise.all([
    import('./verdict-output.ts'),
    import('../compile/legend.ts'),
    import('../analysis/address-names.ts'),
    import('../analysis/replay/doubtful-rows.ts'),
  ]);
  return openVerdicts(path, verdictFormat(path)!, {
    ...naming,
    legend: joinLegends(summaries.map(({ legend }) => legend)),
    epochs: summaries.map(({ book, cluster }) => ({
      names: createAddressNames(book, written),
      doubts: doubtsOf(cluster),
    })),
  });
}

/** What says why flows are unspecified, where any is: the judge is loaded for them alone. */
async function openFlows(
  { refused }: ReplayResult,
  snapshots: LoadedSnapshots['snapshots'],
): Promise<Pick<SummaryInput, 'openOf'>> {
  if (refused.every(({ verdict }) => verdict !== VERDICT_UNSPECIFIED)) return {};
  const { createOpenFinder } = await import('../analysis/replay/open-flows.ts');
  return { openOf: createOpenFinder(snapshots.map(({ world }) => world)) };
}

/** What is made of a replay. */
interface Replayed {
  readonly document: ReplayDocument;
  /** For a page alone. */
  readonly table?: FlowTable;
}

/** Compiles, replays and joins the numbers with names. */
async function run(
  sources: readonly TraceSource[],
  loaded: LoadedSnapshots,
  options: ReplayOptions,
  { pool, formats }: { readonly pool: WorkerPool; readonly formats: readonly string[] },
): Promise<Replayed> {
  const [{ compileEpochs, pendingWorlds }, { replay }, { namesPods, tellsVerdicts }] = await Promise.all([
    import('../analysis/replay/compile-epochs.ts'),
    import('../replay/replay.ts'),
    import('../trace/reader.ts'),
  ]);
  const { snapshots } = loaded;
  const staged = await pendingWorlds(snapshots);
  const areVerdictsTold = sources.some((source) => tellsVerdicts(source) !== 'no');
  requireMeetable(options, staged !== undefined, areVerdictsTold);
  const names = sources.some(namesPods) ? await flowNames(snapshots) : undefined;
  const { epochs, summaries, phases, tableBytes } = await compileEpochs(snapshots, staged, names?.index);
  const end = listenForEnd(sources);
  const progress = await startReplayProgress(sources, options, end);
  let deciderOf = (_: number): string => '';
  const rows = await verdictOutput(options.verdicts, summaries, names?.written, {
    deciderOf: (number) => deciderOf(number),
    tracePaths: sources.map(({ path }) => path),
    isPending: staged !== undefined,
  });
  try {
    const replaying = replay(sources, epochs, {
      ...replayOptions(options),
      ...(formats.includes('html') ? { flowsListed: TABLE_ROWS } : {}),
      pool,
      onProgress: progress.show,
      ...(end.signal === undefined ? {} : { endInput: end.signal }),
      ...(names === undefined ? {} : { names: names.index, onNames: (texts) => names.written.add(texts) }),
      ...(rows === undefined ? {} : { onRound: rows.onRound }),
      onDeciders: (wordsOf) => {
        deciderOf = wordsOf;
      },
    });
    const [result, [{ summarizeReplay }]] = await Promise.all([replaying, loadReports()]);
    // They take as long to go as the names to be joined.
    const gone = pool.end();
    // Of pcapng captures it shows at the end whether they tell.
    requireMeetable(options, true, result.observed !== undefined);
    rows?.finish();
    const input: SummaryInput = {
      version: VERSION,
      manifests: loaded.manifests,
      profile: snapshots[0].world.profile,
      epochs: summaries,
      tableBytes,
      ...(names === undefined ? {} : { names }),
      result,
      ...(await openFlows(result, snapshots)),
      ...(wantsCoverage(options)
        ? await replayCoverage(
            result,
            snapshots.map(({ world }) => world),
            summaries,
          )
        : {}),
      // A page has a table of all flows.
      ...(formats.includes('json') ? {} : { deniedListed: DENIED_OF_TEXT }),
      loadMilliseconds: loaded.loadMilliseconds,
      compilePhases: phases,
    };
    const document = summarizeReplay(input);
    const table = formats.includes('html') ? await flowTable(input, snapshots) : {};
    await gone;
    return { document, ...table };
  } finally {
    rows?.abandon();
    progress.stop();
    end.restore();
  }
}

/** Runs the command; the exit code is 1 when a --fail-on condition is met. */
export async function replayCommand(traces: readonly string[], options: ReplayOptions): Promise<number> {
  const { verdicts } = options;
  const sinks = requireSinks(options, FORMATS.replay, optionProblems(traces, options), {
    otherOutputs: verdicts === undefined ? [] : [verdicts],
  });
  const { manifests = [] } = options;
  // Threads take as long to come up as manifests to load.
  const { startWorkers } = await import('../replay/worker-pool.ts');
  const pool = startWorkers(options.workers);
  let replayed: Replayed;
  let terms: Terms;
  try {
    const { sources, diagnostics } = await openTraces(traces, options);
    const loaded = await loadSnapshots(manifests, options, diagnostics);
    warn(loaded.diagnostics, options);
    terms = termsOf(loaded.snapshots[0].world.profile);
    replayed = await run(sources, loaded, options, { pool, formats: sinks.map(({ format }) => format) });
  } finally {
    await pool.end();
  }
  const { document, table } = replayed;
  const [, { replayText }, { traceText }] = await loadReports();
  const page = table === undefined ? undefined : await loadPage();
  deliver(
    sinks,
    {
      text: (style) =>
        manifests.length === 0
          ? traceText(document, traces, style)
          : replayText(document, { traces, manifests: manifestWords(options) }, { ...style, terms }),
      json: () => documentJson(document),
      html: ({ invocation }) =>
        page!.pageHtml(
          page!.replayPage(
            document,
            table!,
            { traces, manifests: manifestWords(options) },
            { invocation, terms },
          ),
        ),
      lcov: () => lcov(document.coverage!),
    },
    options,
  );
  const met = metConditions(parseFailOn(options.failOn ?? []).conditions, document);
  for (const line of met) printError(`--fail-on ${line}\n`);
  const isCovered = holdsToCoverage(options, document.coverage);
  return met.length > 0 || !isCovered ? 1 : 0;
}
