/** `dryplane bench -f PATH [TRACE...]`: what a policy set costs, how that grows, and how it stands to another or to an earlier run. */
import { cpus } from 'node:os';
import type { BenchDocument } from '../analysis/bench/bench-document.ts';
import {
  type CountedCosts,
  compareBeside,
  compareWithEarlier,
  sampleOf,
  summarizeSet,
} from '../analysis/bench/bench-summary.ts';
import { type Caveats, caveatsOf } from '../analysis/caveats.ts';
import { type Diagnostic, hasErrors, InvalidInput } from '../diagnostic/diagnostic.ts';
import type { FirstPackets } from '../measure/first-packets.ts';
import type { Measured } from '../measure/measure.ts';
import { writeAtomicFile } from '../output/atomic-file.ts';
import { printError } from '../output/standard-output.ts';
import type { Cluster } from '../policy/cluster.ts';
import type { CniProfile } from '../policy/cni/profile.ts';
import { benchText } from '../report/bench-text.ts';
import { documentJson } from '../report/json.ts';
import type { TraceSource } from '../trace/open.ts';
import { readBaseline } from './bench-baseline.ts';
import { parseRegression, regressions } from './bench-fail-on.ts';
import type { BenchOptions } from './command-line/bench.ts';
import { FORMATS } from './command-line/formats.ts';
import { interruptible } from './interruptible.ts';
import { openTraces } from './open-traces.ts';
import { problem } from './problem.ts';
import { deliver, outputProblem, requireSinks } from './sinks.ts';
import { manifestPaths } from './snapshots.ts';
import { stdinProblems } from './stdin-operands.ts';
import { VERSION } from './version.ts';
import { warn } from './warn.ts';
import { type LoadedWorld, loadWorld, requireManifests } from './world.ts';

const MULTIPLES = [1, 10, 100];
const MULTIPLE_MOST = 1000;

const METHOD = [
  'lookups: identify and classify as a replay calls them for first packets, one thread; each round is the median of its calls',
  'uniform: every pod, port and block alike; zipf: few of them often, as in traces; both as caches are then',
  'adversarial: the packets that meet the most programs and backends, every batch of 128 with caches that hold nothing of the tables',
  'compile: wall time, the manifests loaded; resolve is what comes before the compiler; a round is the fastest of up to 8',
  'intervals: 95 %, percentile bootstrap of the rounds (2,000 draws); times of a baseline also as multiples of fixed loops that both runs timed',
];

/** `1,10,100`: ascending, the set as it is always among them. */
function parseMultiples(text: string | undefined): { multiples: readonly number[]; problems: Diagnostic[] } {
  if (text === undefined) return { multiples: MULTIPLES, problems: [] };
  const words = text.split(',').map((word) => word.trim());
  const wrong = words.filter((word) => !/^[1-9]\d{0,3}$/.test(word) || Number(word) > MULTIPLE_MOST);
  const problems = wrong.map((word) =>
    problem(
      'cli/multiply',
      `${word === '' ? 'nothing' : word} is no multiple`,
      `whole numbers from 1 to ${MULTIPLE_MOST}: --multiply 1,10`,
    ),
  );
  const multiples = [...new Set([1, ...words.map(Number)])].sort((a, b) => a - b);
  return { multiples, problems };
}

function optionProblems(traces: readonly string[], options: BenchOptions): Diagnostic[] {
  const { manifests = [], against = [], baseline, save, failOn = [] } = options;
  const unwritable = save === undefined ? undefined : outputProblem(save);
  const idle =
    failOn.length > 0 && against.length === 0 && baseline === undefined
      ? [
          problem(
            'cli/fail-on',
            '--fail-on: without effect, there is nothing to compare with',
            'add --against or --baseline',
          ),
        ]
      : [];
  return [
    ...(manifests.length > 0 ? [] : requireManifests(options)),
    ...stdinProblems([...manifestPaths(manifests), ...manifestPaths(against), ...traces]),
    ...parseMultiples(options.multiply).problems,
    ...parseRegression(failOn).problems,
    ...(baseline === undefined ? [] : readBaseline(baseline).problems),
    ...(unwritable === undefined ? [] : [unwritable]),
    ...idle,
  ];
}

/** What is being done, on a terminal; it goes away. */
function createSteps({ quiet }: BenchOptions): { show: (step: string) => void; stop: () => void } {
  if (quiet === true || process.stderr.isTTY !== true) return { show: () => {}, stop: () => {} };
  const clear = '\r\u001b[K';
  return { show: (step) => printError(`${clear}  ${step}`), stop: () => printError(clear) };
}

/** A set of the command line, without the world that is resolved anew when it is measured. */
interface LoadedSet extends Pick<LoadedWorld, 'manifests' | 'diagnostics' | 'loadMilliseconds'> {
  readonly cluster: Cluster;
  readonly profile: CniProfile;
  readonly caveats: Caveats;
}

/** Loads one set or two; what is wrong with either, and `others`, is thrown at once. */
async function loadSets(options: BenchOptions, others: readonly Diagnostic[]): Promise<LoadedSet[]> {
  const found = new Map(others.map((one) => [one.message, one]));
  const sets: LoadedSet[] = [];
  for (const paths of [options.manifests, options.against]) {
    if (paths === undefined) continue;
    try {
      const { world, ...rest } = await loadWorld(paths, options);
      sets.push({ ...rest, cluster: world.cluster, profile: world.profile, caveats: caveatsOf(world, []) });
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      for (const one of error.diagnostics) found.set(JSON.stringify([one.message, one.at]), one);
    }
  }
  const all = [...found.values()];
  if (hasErrors(all)) throw new InvalidInput(all);
  warn([...others, ...sets.flatMap(({ diagnostics }) => diagnostics)], options);
  return sets;
}

/** What was measured, and over what. */
interface Run {
  readonly measured: Measured;
  /** Of each set. */
  readonly costs: readonly CountedCosts[];
  readonly firsts: FirstPackets | undefined;
  readonly invented: number;
}

async function run(
  sets: readonly LoadedSet[],
  sources: readonly TraceSource[],
  options: BenchOptions,
): Promise<Run> {
  const [{ measure }, { readFirstPackets }, { inventPods }, { shareState }, counting] = await Promise.all([
    import('../measure/measure.ts'),
    import('../measure/first-packets.ts'),
    import('../measure/invent-pods.ts'),
    import('../measure/cluster-state.ts'),
    import('./bench-costs.ts'),
  ]);
  const steps = createSteps(options);
  try {
    if (sources.length > 0) steps.show('reading');
    const firsts =
      sources.length === 0
        ? undefined
        : await readFirstPackets(sources, options.outer === true ? 'closed' : 'open');
    const { profile } = sets[0]!;
    const { clusters, count: invented } = inventPods(shareState(sets.map(({ cluster }) => cluster)), profile);
    const counters = clusters.map((cluster) => counting.createCounter(cluster, profile));
    const measured = interruptible(() =>
      measure({
        clusters,
        profile,
        multiples: parseMultiples(options.multiply).multiples,
        areAsked: options.multiply !== undefined,
        seconds: options.seconds,
        ...(firsts === undefined ? {} : { trace: firsts.packets }),
        onStep: steps.show,
        onWorld: (world, set, multiple) => counters[set]!.see(world, multiple),
      }),
    );
    return { measured, costs: counters.map((counter) => counter.costs()), firsts, invented };
  } finally {
    steps.stop();
  }
}

/** Figures of the sets, and how they stand to each other and to an earlier run. */
function figuresOf(
  { measured, costs }: Run,
  sets: readonly LoadedSet[],
  path: string | undefined,
  earlier: BenchDocument | undefined,
): Pick<BenchDocument, 'machine' | 'set' | 'reference' | 'against' | 'baseline'> {
  const [set, other] = sets.map(({ manifests, loadMilliseconds }, place) =>
    summarizeSet(measured.sets[place]!, { manifests, load_milliseconds: loadMilliseconds }, costs[place]!),
  );
  const { cached, memory } = measured.reference;
  const own = {
    machine: machine(),
    set: set!,
    reference: { cached: sampleOf(cached), memory: sampleOf(memory) },
  };
  return {
    ...own,
    against: other === undefined ? null : { set: other, comparisons: compareBeside(own.set, other) },
    baseline:
      path === undefined || earlier === undefined
        ? null
        : { path, version: earlier.version, comparisons: compareWithEarlier(own, earlier) },
  };
}

/** Runs the command; 1 when a condition of --fail-on is met. */
export async function benchCommand(traces: readonly string[], options: BenchOptions): Promise<number> {
  const { save, failOn = [], baseline: path } = options;
  const sinks = requireSinks(options, FORMATS.bench, optionProblems(traces, options), {
    otherOutputs: save === undefined ? [] : [save],
  });
  const { sources, diagnostics } = await openTraces(traces, options);
  const sets = await loadSets(options, diagnostics);
  const earlier = path === undefined ? undefined : readBaseline(path).document;
  const ran = await run(sets, sources, options);
  const figures = figuresOf(ran, sets, path, earlier);
  const { above } = parseRegression(failOn);
  const cni = sets[0]!.profile.name;
  const { firsts, invented } = ran;
  const document: BenchDocument = {
    schema: 'dryplane/bench/v1',
    version: VERSION,
    cni,
    method: METHOD,
    invented_pods: invented,
    trace:
      firsts === undefined
        ? null
        : {
            paths: traces,
            records: firsts.records,
            first_packets: firsts.packets.count,
            whole: firsts.isWhole,
          },
    ...figures,
    failed: above === undefined ? [] : regressions(above, figures),
    assumptions: distinct(sets.flatMap(({ caveats }) => caveats.assumptions)),
    warnings: [
      ...distinct(sets.flatMap(({ caveats }) => caveats.warnings)),
      ...(firsts?.warnings ?? []),
      ...strangeBaseline(earlier, cni),
    ],
  };
  if (save !== undefined) writeAtomicFile(save, documentJson(document));
  deliver(
    sinks,
    { text: (style) => benchText(document, style), json: () => documentJson(document) },
    options,
  );
  for (const line of document.failed) printError(`${line}\n`);
  return document.failed.length > 0 ? 1 : 0;
}

const distinct = (texts: readonly string[]): string[] => [...new Set(texts)];

function machine(): BenchDocument['machine'] {
  return {
    processor: cpus()[0]?.model.trim() ?? '',
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
  };
}

/** What makes an earlier run hard to compare with. */
function strangeBaseline(earlier: BenchDocument | undefined, cni: string): string[] {
  if (earlier === undefined) return [];
  const { processor } = machine();
  return [
    ...(earlier.cni === cni ? [] : [`the baseline was taken for ${earlier.cni}`]),
    ...(earlier.machine.processor === processor
      ? []
      : [`the baseline was taken on another processor (${earlier.machine.processor})`]),
  ];
}
