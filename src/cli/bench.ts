/** `dryplane bench -f PATH [TRACE...]`: what a policy set costs, how that grows, and how it stands to another or to an earlier run. */
import { cpus } from 'node:os';
import type { BenchDocument } from '../analysis/bench-document.ts';
import { compareBeside, compareWithEarlier, sampleOf, summarizeSet } from '../analysis/bench-summary.ts';
import { caveatsOf } from '../analysis/caveats.ts';
import { type Diagnostic, InvalidInput } from '../diagnostic/diagnostic.ts';
import { writeAtomicFile } from '../output/atomic-file.ts';
import { printError } from '../output/standard-output.ts';
import { benchText } from '../report/bench-text.ts';
import { documentJson } from '../report/json.ts';
import { readBaseline } from './bench-baseline.ts';
import { parseRegression, regressions } from './bench-fail-on.ts';
import type { BenchOptions } from './flags.ts';
import { openTraces } from './open-traces.ts';
import { problem } from './problem.ts';
import { deliver, outputProblem, requireSinks } from './sinks.ts';
import { manifestPaths } from './snapshots.ts';
import { stdinProblems } from './stdin-operands.ts';
import { VERSION } from './version.ts';
import { warn } from './warn.ts';
import { type LoadedWorld, loadWorld, requireManifests } from './world.ts';

const FORMATS = ['text', 'json'];
const MULTIPLES = [1, 10, 100];
const MULTIPLE_MOST = 1000;

const METHOD = [
  'lookups: identify and classify as a replay calls them for first packets, one thread; each round is the median of its calls',
  'uniform: every pod, port and block alike; zipf: few of them often, as in traces; both as caches are then',
  'adversarial: the packets that meet the most programs and backends, every batch of 128 with caches that hold nothing of the tables',
  'compile: the manifests are loaded; resolve is what comes before the compiler; a round is the fastest of up to 8',
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

/** Loads both sets; what is wrong with either is thrown at once. */
async function loadSets(
  options: BenchOptions,
): Promise<{ one: LoadedWorld; other: LoadedWorld | undefined }> {
  const found: Diagnostic[] = [];
  const load = async (paths: readonly string[]): Promise<LoadedWorld | undefined> => {
    try {
      return await loadWorld(paths, options);
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      found.push(...error.diagnostics);
      return undefined;
    }
  };
  const one = await load(options.manifests ?? []);
  const other = options.against === undefined ? undefined : await load(options.against);
  if (found.length > 0) throw new InvalidInput(found);
  return { one: one!, other };
}

/** Runs the command; 1 when a condition of --fail-on is met. */
export async function benchCommand(traces: readonly string[], options: BenchOptions): Promise<number> {
  const { save, failOn = [], baseline: baselinePath } = options;
  const sinks = requireSinks(options, FORMATS, optionProblems(traces, options), {
    otherOutputs: save === undefined ? [] : [save],
  });
  const { one, other } = await loadSets(options);
  const { sources, diagnostics } = await openTraces(traces, options);
  warn([...one.diagnostics, ...(other?.diagnostics ?? []), ...diagnostics], options);
  const [{ measure }, { readFirstPackets }, { inventPods }, { shareState }] = await Promise.all([
    import('../measure/measure.ts'),
    import('../measure/first-packets.ts'),
    import('../measure/invent-pods.ts'),
    import('../measure/cluster-state.ts'),
  ]);
  const steps = createSteps(options);
  const read =
    sources.length === 0
      ? undefined
      : await readFirstPackets(sources, options.outer === true ? 'closed' : 'open');
  const given = [one, ...(other === undefined ? [] : [other])].map(({ world }) => world.cluster);
  const { clusters, count: invented } = inventPods(shareState(given), one.world.profile);
  const measured = measure({
    clusters,
    profile: one.world.profile,
    multiples: parseMultiples(options.multiply).multiples,
    areAsked: options.multiply !== undefined,
    seconds: options.seconds,
    ...(read === undefined ? {} : { trace: read.packets }),
    onStep: steps.show,
  });
  steps.stop();
  const summary = (place: number, { manifests, loadMilliseconds }: LoadedWorld) =>
    summarizeSet(measured.sets[place]!, { manifests, load_milliseconds: loadMilliseconds });
  const set = summary(0, one);
  const otherSet = other === undefined ? undefined : summary(1, other);
  const { cached, memory } = measured.reference;
  const reference = { cached: sampleOf(cached), memory: sampleOf(memory) };
  const earlier = baselinePath === undefined ? undefined : readBaseline(baselinePath).document;
  const compared: Pick<BenchDocument, 'against' | 'baseline'> = {
    against: otherSet === undefined ? null : { set: otherSet, comparisons: compareBeside(set, otherSet) },
    baseline:
      earlier === undefined
        ? null
        : {
            path: baselinePath!,
            version: earlier.version,
            comparisons: compareWithEarlier({ set, reference, machine: machine() }, earlier),
          },
  };
  const { above } = parseRegression(failOn);
  const caveats = caveatsOf(one.world, []);
  const document: BenchDocument = {
    schema: 'dryplane/bench/v1',
    version: VERSION,
    cni: one.world.profile.name,
    machine: machine(),
    method: METHOD,
    invented_pods: invented,
    trace:
      read === undefined
        ? null
        : { paths: traces, records: read.records, first_packets: read.packets.count, whole: read.isWhole },
    set,
    reference,
    ...compared,
    failed: above === undefined ? [] : regressions(above, compared),
    assumptions: caveats.assumptions,
    warnings: [
      ...caveats.warnings,
      ...(read?.warnings ?? []),
      ...strangeBaseline(earlier, one.world.profile.name),
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
