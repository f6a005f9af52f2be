/** `dryplane diff [TRACE...]`: what differs between two policy sets, or two CNIs, on traces or over every new packet. */
import { performance } from 'node:perf_hooks';
import { caveatsOf } from '../analysis/caveats.ts';
import type { AllPackets, DiffDocument, TraceDiff } from '../analysis/diff/diff-document.ts';
import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import { countOf } from '../output/quantity.ts';
import { printError } from '../output/standard-output.ts';
import type { WorkerPool } from '../replay/worker-pool.ts';
import { diffMarkdown } from '../report/diff-markdown.ts';
import { diffText } from '../report/diff-text.ts';
import { documentJson } from '../report/json.ts';
import type { TraceSource } from '../trace/open.ts';
import type { DiffOptions } from './command-line/diff.ts';
import { FORMATS } from './command-line/formats.ts';
import { type DiffWorlds, diffProblems, diffSet, loadDiffWorlds } from './diff-sides.ts';
import { listedWords } from './listed-words.ts';
import { openTraces } from './open-traces.ts';
import { knownWordsHint, problem } from './problem.ts';
import { deliver, requireSinks } from './sinks.ts';
import { manifestPaths } from './snapshots.ts';
import { stdinProblems } from './stdin-operands.ts';
import { termsOf } from './terms.ts';
import { traceOptionProblems } from './trace-options.ts';
import { VERSION } from './version.ts';
import { warn } from './warn.ts';
import { manifestWords, requireManifests } from './world.ts';

const CONDITIONS = ['newly-denied', 'newly-allowed'] as const;
type Condition = (typeof CONDITIONS)[number];

const isCondition = (word: string): word is Condition => CONDITIONS.some((known) => known === word);

/** Comma-separated conditions, repeatable. */
function parseConditions(lists: readonly string[]): { conditions: Condition[]; problems: Diagnostic[] } {
  const words = listedWords(lists);
  return {
    conditions: words.filter(isCondition),
    problems: words
      .filter((word) => !isCondition(word))
      .map((word) => problem('cli/fail-on', `unknown condition ${word}`, knownWordsHint(word, CONDITIONS))),
  };
}

/** What differs, of one kind or the other. */
type Compared = Pick<DiffDocument, 'all_packets' | 'trace' | 'cni' | 'differs'>;

/** Compares all new packets, knob by knob where there are two CNIs. */
async function compareAll({ before, after }: DiffWorlds): Promise<Compared> {
  const [{ compileSide }, { diffAllPackets }, { compareCnis, createKnobFinder }] = await Promise.all([
    import('../analysis/diff/diff-worlds.ts'),
    import('../analysis/diff/diff-regions.ts'),
    import('../analysis/diff/diff-knobs.ts'),
  ]);
  const areCnis = before.profile !== after.profile;
  const knobsOf = areCnis ? createKnobFinder(before, after) : undefined;
  const all = diffAllPackets(compileSide(before), compileSide(after), knobsOf);
  return {
    all_packets: all,
    trace: null,
    cni: areCnis ? compareCnis(before.profile, after.profile, regionGroups(all)) : null,
    differs: !all.equivalent,
  };
}

/** Compares the flows of traces. */
async function compareTraces(
  sources: readonly TraceSource[],
  { before, after }: DiffWorlds,
  options: DiffOptions,
  pool: WorkerPool,
): Promise<Compared> {
  const [{ diffTraces }, { compareCnis, createKnobFinder }] = await Promise.all([
    import('./diff-trace.ts'),
    import('../analysis/diff/diff-knobs.ts'),
  ]);
  const areCnis = before.profile !== after.profile;
  const knobsOf = areCnis ? createKnobFinder(before, after) : undefined;
  const trace = await diffTraces(sources, { before, after, knobsOf }, options, pool);
  const { newly_denied, newly_allowed, other } = trace;
  return {
    all_packets: null,
    trace,
    cni: areCnis ? compareCnis(before.profile, after.profile, connectionGroups(trace)) : null,
    differs: [newly_denied, newly_allowed, other].some(({ packets, flows }) => packets > 0 || flows > 0),
  };
}

/** Regions by their knobs, those among them that are not listed. */
const regionGroups = ({ groups }: AllPackets) =>
  groups.map(({ change, knobs, regions, omitted }) => ({ change, knobs, count: regions.length + omitted }));

/** Connections by their knobs, as the groups count them. */
const connectionGroups = ({ groups }: TraceDiff) =>
  groups.map(({ change, knobs, flows }) => ({ change, knobs, count: flows }));

/** That nothing differs says nothing where nobody is policed. */
const NOBODY =
  'no pods in the manifests, so policies select nobody and nothing can differ: give the cluster too, or its workloads, with -f';

/** Warnings about either world, each once. */
function caveats({ before, after, assumptions }: DiffWorlds): Pick<DiffDocument, 'warnings' | 'assumptions'> {
  const both = [caveatsOf(before, []), caveatsOf(after, [])];
  const nobody = after.book.endpoints.length === 0 && before.book.endpoints.length === 0 ? [NOBODY] : [];
  return {
    warnings: [...new Set([...nobody, ...both.flatMap(({ warnings }) => warnings)])],
    assumptions: [...new Set([...assumptions, ...both.flatMap((one) => one.assumptions)])],
  };
}

/** One line for each condition that is met. */
function metConditions(
  conditions: readonly Condition[],
  { all_packets: all, trace }: DiffDocument,
): string[] {
  return conditions.flatMap((name) => {
    const key = name === 'newly-denied' ? 'newly_denied' : 'newly_allowed';
    if (trace !== null) {
      const { packets, flows } = trace[key];
      const what = `${countOf(packets, 'packet')} of ${countOf(flows, 'connection')}`;
      return packets === 0 && flows === 0 ? [] : [`${name}: ${what}`];
    }
    const count = all === null ? 0 : all.regions[key];
    return count === 0 ? [] : [`${name}: ${countOf(count, 'region')} of packets`];
  });
}

/** Both worlds and what differs between them; traces are opened before manifests are read, so that all mistakes are told. */
async function compare(
  traces: readonly string[],
  options: DiffOptions,
): Promise<{ worlds: DiffWorlds; compared: Compared }> {
  if (traces.length === 0) {
    const worlds = await loadDiffWorlds(options, []);
    warn(worlds.diagnostics, options);
    return { worlds, compared: await compareAll(worlds) };
  }
  const { startWorkers } = await import('../replay/worker-pool.ts');
  const pool = startWorkers(options.workers);
  try {
    const { sources, diagnostics } = await openTraces(traces, options);
    const worlds = await loadDiffWorlds(options, diagnostics);
    warn(worlds.diagnostics, options);
    return { worlds, compared: await compareTraces(sources, worlds, options, pool) };
  } finally {
    await pool.end();
  }
}

/** What makes a page. */
async function loadPage() {
  const [{ pageHtml }, { diffPage }] = await Promise.all([
    import('../report/page-html.ts'),
    import('../report/diff-page.ts'),
  ]);
  return { pageHtml, diffPage };
}

/** Runs the command; the exit code is 1 when the sets differ, or a --fail-on condition is met. */
export async function diffCommand(traces: readonly string[], options: DiffOptions): Promise<number> {
  const { conditions, problems } = parseConditions(options.failOn ?? []);
  const { manifests = [], against = [], add = [] } = options;
  const read = [...traces, ...manifestPaths(manifests), ...against, ...add];
  const sinks = requireSinks(options, FORMATS.diff, [
    ...problems,
    ...(manifests.length === 0 ? requireManifests(options) : stdinProblems(read)),
    ...diffProblems(options),
    ...traceOptionProblems(traces, options),
  ]);
  const start = performance.now();
  const { worlds, compared } = await compare(traces, options);
  const document: DiffDocument = {
    schema: 'dryplane/diff/v1',
    version: VERSION,
    before: diffSet(worlds.before, worlds.names.before),
    after: diffSet(worlds.after, worlds.names.after),
    staged: options.staged === true,
    ...compared,
    ...caveats(worlds),
    milliseconds: performance.now() - start,
  };
  const terms = { before: termsOf(worlds.before.profile), after: termsOf(worlds.after.profile) };
  const page = sinks.some(({ format }) => format === 'html') ? await loadPage() : undefined;
  deliver(
    sinks,
    {
      text: (style) => diffText({ document, terms }, manifestWords(options), style),
      json: () => documentJson(document),
      markdown: () => diffMarkdown({ document, terms }),
      html: (style) => page!.pageHtml(page!.diffPage({ document, terms }, manifestWords(options), style)),
    },
    options,
  );
  const met = metConditions(conditions, document);
  for (const line of met) printError(`--fail-on ${line}\n`);
  return options.failOn === undefined ? Number(document.differs) : Number(met.length > 0);
}
