/** The traces of a suite, each replayed in the world of its state and held to what the suite expects of it. */
import { createAddressNames } from '../analysis/address-names.ts';
import { explainFlow } from '../analysis/explain/explanation.ts';
import { shortWalk, type WalkedHook } from '../analysis/explain/short-walk.ts';
import { compileEpochs } from '../analysis/replay/compile-epochs.ts';
import type { FlowCount } from '../analysis/replay/flow-document.ts';
import type { ReplayDocument } from '../analysis/replay/replay-document.ts';
import { summarizeReplay } from '../analysis/replay/summary.ts';
import type { TestedTrace, TracedFlow } from '../analysis/test/test-document.ts';
import { WrittenNames } from '../analysis/written-names.ts';
import { type Diagnostic, hasErrors, InvalidInput } from '../diagnostic/diagnostic.ts';
import { parseFlow } from '../flow/notation.ts';
import { countOf, formatShare } from '../output/quantity.ts';
import { nameIndex } from '../policy/addresses/named-addresses.ts';
import { judgeFlow } from '../policy/judge/judge-flow.ts';
import type { World } from '../policy/world.ts';
import { replay } from '../replay/replay.ts';
import { startWorkers, type WorkerPool } from '../replay/worker-pool.ts';
import { type CheckedTrace, checkTrace, type ReplayedTrace } from '../suite/check-traces.ts';
import type { Suite } from '../suite/suite.ts';
import type { ExpectedTrace } from '../suite/trace-expectation.ts';
import type { TracedResult } from '../suite/update-traces.ts';
import type { TraceSource } from '../trace/open.ts';
import { namesPods } from '../trace/reader.ts';
import type { TestOptions } from './command-line/test.ts';
import { wantsCoverage } from './coverage-options.ts';
import { openTraces } from './open-traces.ts';
import { startReplayProgress } from './progress.ts';
import { VERSION } from './version.ts';

/** Distinct flows that are told apart of a trace, of refused and of admitted ones each. */
const FLOWS = 262_144;
/** Flows of a failure whose walk is told. */
const EXPLAINED = 1;

export interface TestedTraces {
  readonly value: readonly TestedTrace[];
  /** What must be known of the traces. */
  readonly warnings: readonly string[];
  /** Where coverage is wanted. */
  readonly replays: readonly ReplayedTrace[];
  /** Where they are to be written into their suites. */
  readonly results: readonly TracedResult[];
}

interface Replayed extends ReplayedTrace {
  readonly warnings: readonly string[];
}

/** Why counts of a replay mean nothing, whatever they are. */
function unusable({ addresses, connections, packets }: ReplayDocument): string {
  if (packets.total === 0) return 'the trace holds no packets';
  if (addresses.seen > 0 && addresses.known === 0)
    return `none of ${countOf(addresses.seen, 'address', 'addresses')} of the trace are in these manifests`;
  if (connections.untracked > 0)
    return `${countOf(connections.untracked, 'connection')} found no room and were judged packet by packet`;
  return '';
}

function warningsOf(document: ReplayDocument): string[] {
  const { unresolved_share: share, skipped, traces, warnings, unknown_names: unknown } = document;
  const lost = skipped.filter(({ reason }) => !['non-ip', 'duplicate'].includes(reason));
  const packets = lost.reduce((sum, one) => sum + one.packets, 0);
  return [
    ...warnings,
    ...traces.flatMap((trace) => trace.warnings.map((text) => `${trace.path}: ${text}`)),
    ...(share === 0
      ? []
      : [
          `${formatShare(share, 1)} of the packets carry an address of the cluster that the manifests do not hold`,
        ]),
    ...(unknown.length === 0
      ? []
      : [
          `${countOf(unknown.length, 'name')} of the trace ${unknown.length === 1 ? 'is' : 'are'} not in the manifests`,
        ]),
    ...(packets === 0
      ? []
      : [
          `${countOf(packets, 'packet')} could not be judged (${lost.map(({ reason }) => reason).join(', ')}): no expectation counts them`,
        ]),
  ];
}

/** Replays the traces of one entry. */
async function replayed(
  sources: readonly TraceSource[],
  world: World,
  manifests: readonly string[],
  options: TestOptions,
  pool: WorkerPool,
): Promise<Replayed> {
  const written = new WrittenNames();
  const index = sources.some(namesPods) ? nameIndex([world]) : undefined;
  const { epochs, summaries, phases, tableBytes } = await compileEpochs(
    [{ world, paths: manifests }],
    undefined,
    index,
  );
  const progress = await startReplayProgress(sources, options, { isAsked: () => false });
  try {
    const result = await replay(sources, epochs, {
      pool,
      flows: FLOWS,
      flowsListed: FLOWS,
      ...(index === undefined ? {} : { names: index }),
      onNames: (texts) => written.add(texts),
      onProgress: progress.show,
    });
    const document = summarizeReplay({
      version: VERSION,
      manifests,
      profile: world.profile,
      epochs: summaries,
      tableBytes,
      ...(index === undefined ? {} : { names: { index, written } }),
      result,
      deniedListed: 0,
      loadMilliseconds: 0,
      compilePhases: phases,
    });
    return {
      result,
      naming: {
        legend: summaries[0]!.legend,
        epochs: [{ names: createAddressNames(world.book, written, result.captureNames) }],
      },
      world,
      unusable: unusable(document),
      warnings: warningsOf(document),
    };
  } finally {
    progress.stop();
  }
}

/** What `explain` says of a flow in short; null where the manifests cannot name it. */
function walkOf({ flow, verdict }: FlowCount, world: World): readonly WalkedHook[] | null {
  const parsed = parseFlow(flow);
  const answer = 'flow' in parsed ? judgeFlow(parsed.flow, world).value : undefined;
  if (answer === undefined) return null;
  const names = createAddressNames(world.book);
  return shortWalk(explainFlow(flow, { enforced: answer }, { world, names }), verdict);
}

function tracedFlow(flow: FlowCount, index: number, world: World): TracedFlow {
  const { verdict, reason, decider, open, packets, bytes, connections } = flow;
  return {
    flow: flow.flow,
    verdict,
    reason,
    decider,
    ...(open === undefined ? {} : { open }),
    packets,
    bytes,
    connections,
    walk: index < EXPLAINED ? walkOf(flow, world) : null,
  };
}

/** The world that an entry's traces are replayed in, and the step that left it, '' for none. */
interface TracedState {
  readonly world: World;
  readonly step: string;
}

function tested(checked: CheckedTrace, traces: readonly string[], { world, step }: TracedState): TestedTrace {
  const { expectation, flows, isOpen, ...rest } = checked;
  const { name, tags, title, why = '', at } = expectation;
  return {
    name,
    tags,
    step,
    traces,
    title,
    passed: rest.passed,
    undetermined: isOpen,
    counted: rest.counted,
    uncertain: rest.uncertain,
    difference: rest.difference,
    why,
    location: `${at.file}:${at.line}`,
    flows: flows.map((flow, index) => tracedFlow(flow, index, world)),
    omitted: rest.omitted,
    missing: rest.missing,
  };
}

async function testOne(
  { traces, format, expectations, at }: ExpectedTrace,
  state: TracedState,
  manifests: readonly string[],
  options: TestOptions,
  pool: WorkerPool,
): Promise<TestedTraces> {
  const wanted = format === undefined ? {} : { traceFormat: format };
  const { sources, diagnostics } = await openTraces(traces, wanted);
  const placed = diagnostics.map((found): Diagnostic => ({ at, ...found }));
  if (hasErrors(placed)) throw new InvalidInput(placed);
  const run = await replayed(sources, state.world, manifests, options, pool);
  const { value, diagnostics: unknown } = checkTrace(expectations, run);
  if (unknown.length > 0) throw new InvalidInput(unknown);
  return {
    value: value.map((one) => tested(one, traces, state)),
    warnings: run.warnings,
    replays: wantsCoverage(options) ? [run] : [],
    results: options.update === true ? value.map((checked) => ({ checked, replayed: run })) : [],
  };
}

/** Replays each entry in turn, in the world of its state. Throws InvalidInput with what is wrong with any of them. */
export async function testTraces(
  { traces, steps }: Suite,
  worlds: readonly World[],
  manifests: readonly string[],
  options: TestOptions,
): Promise<TestedTraces> {
  const pool = startWorkers(undefined);
  const value: TestedTrace[] = [];
  const warnings = new Set<string>();
  const replays: ReplayedTrace[] = [];
  const results: TracedResult[] = [];
  const wrong: Diagnostic[] = [];
  try {
    for (const entry of traces) {
      const state = { world: worlds[entry.state]!, step: steps[entry.state - 1]?.name ?? '' };
      try {
        const one = await testOne(entry, state, manifests, options, pool);
        value.push(...one.value);
        replays.push(...one.replays);
        results.push(...one.results);
        for (const text of one.warnings) warnings.add(text);
      } catch (error) {
        // The next trace's mistakes are wanted too.
        if (!(error instanceof InvalidInput)) throw error;
        wrong.push(...error.diagnostics);
      }
    }
  } finally {
    await pool.end();
  }
  if (wrong.length > 0) throw new InvalidInput(wrong);
  return { value, warnings: [...warnings], replays, results };
}
