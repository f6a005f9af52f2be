/** `dryplane recommend TRACE...`: the least policies that allow exactly what a trace shows. */
import type { Unrecommended } from '../analysis/recommend/recommend.ts';
import type { RecommendDocument } from '../analysis/recommend/recommend-document.ts';
import { type Diagnostic, InvalidInput } from '../diagnostic/diagnostic.ts';
import { didYouMean } from '../diagnostic/nearest.ts';
import { createPalette } from '../output/palette.ts';
import { printError } from '../output/standard-output.ts';
import type { World } from '../policy/world.ts';
import type { WorkerPool } from '../replay/worker-pool.ts';
import { documentJson } from '../report/json.ts';
import { recommendText } from '../report/recommend-text.ts';
import { recommendYaml } from '../report/recommend-yaml.ts';
import type { Style } from '../report/style.ts';
import { REASONS, VERDICTS } from '../tables/verdict.ts';
import type { TraceSource } from '../trace/open.ts';
import { FORMATS } from './command-line/formats.ts';
import type { RecommendOptions } from './command-line/recommend.ts';
import { invocation } from './invocation.ts';
import { listedWords } from './listed-words.ts';
import { openTraces } from './open-traces.ts';
import { problem } from './problem.ts';
import { readRange } from './range-options.ts';
import { deliver, requireSinks, wantsColor } from './sinks.ts';
import { manifestPaths } from './snapshots.ts';
import { stdinProblems } from './stdin-operands.ts';
import { termsOf } from './terms.ts';
import { VERSION } from './version.ts';
import { warn } from './warn.ts';
import { watched } from './watched-replay.ts';
import { type LoadedWorld, loadWorld, requireManifests } from './world.ts';

/** `24`, or `24,64`: prefix lengths of IPv4 and IPv6. */
function readOutsidePrefix(text: string | undefined): {
  readonly value: { readonly 4?: number; readonly 6?: number };
  readonly problems: Diagnostic[];
} {
  if (text === undefined) return { value: {}, problems: [] };
  const [, four, six] = /^(\d{1,2})(?:,(\d{1,3}))?$/.exec(text) ?? [];
  if (four === undefined || Number(four) > 32 || Number(six ?? 0) > 128)
    return {
      value: {},
      problems: [
        problem(
          'cli/outside-prefix',
          `--outside-prefix ${text}: expected the bits of IPv4, or of IPv4 and IPv6`,
          'write 24, or 24,64',
        ),
      ],
    };
  return { value: { 4: Number(four), ...(six === undefined ? {} : { 6: Number(six) }) }, problems: [] };
}

const namespacesOf = ({ namespace = [] }: RecommendOptions): string[] =>
  listedWords(namespace).filter((name) => name !== '');

/** Mistakes that only the world shows. */
function worldProblems(
  { cluster, profile }: World,
  options: RecommendOptions,
  hasDns: boolean,
): Diagnostic[] {
  const problems: Diagnostic[] = [];
  for (const name of namespacesOf(options)) {
    if (cluster.namespaces.has(name)) continue;
    problems.push(
      problem(
        'cli/namespace',
        `--namespace ${name}: the manifests have no such namespace`,
        didYouMean(name, cluster.namespaces.keys()),
      ),
    );
  }
  if (options.kind === 'calico' && !profile.enforces.includes('Calico'))
    problems.push(
      problem(
        'cli/kind',
        `--kind calico: ${profile.name} does not enforce policies of Calico`,
        'leave it out',
      ),
    );
  if (options.addDns === true && !hasDns)
    problems.push(
      problem(
        'cli/add-dns',
        '--add-dns: no Service of the manifests is the DNS of the cluster',
        'add the Services, EndpointSlices and Pods of kube-system (or openshift-dns) with -f',
      ),
    );
  return problems;
}

/** Who refused a flow, in words. */
async function refusalWords(world: World): Promise<(one: Unrecommended) => string> {
  const [{ reasonText }, { namesOfDecider }] = await Promise.all([
    import('../report/decider-text.ts'),
    import('../analysis/decider.ts'),
  ]);
  const terms = termsOf(world.profile);
  return ({ flow, decision, why }) => {
    if (decision !== undefined)
      return reasonText(decision.verdict, decision.reason, namesOfDecider(decision.hook, decision.decider), {
        terms,
      });
    const { count } = flow;
    const isTold = why === 'denied-by-policy' || why === 'no-connection';
    return count === undefined || !isTold
      ? ''
      : reasonText(count.verdict, count.reason, count.decider, { terms });
  };
}

/** From loaded manifests to the document. */
async function run(
  sources: readonly TraceSource[],
  { world, manifests }: LoadedWorld,
  options: RecommendOptions,
  pool: WorkerPool,
): Promise<RecommendDocument> {
  const [
    { replayFlows },
    { recommend },
    { summarizeRecommendation },
    { dnsFlows, dnsServices },
    { caveatsOf },
    wordsOf,
  ] = await Promise.all([
    import('../analysis/recommend/replay-flows.ts'),
    import('../analysis/recommend/recommend.ts'),
    import('../analysis/recommend/summary.ts'),
    import('../analysis/recommend/dns-flows.ts'),
    import('../analysis/caveats.ts'),
    refusalWords(world),
  ]);
  const services = dnsServices(world.cluster);
  const problems = worldProblems(world, options, services.length > 0);
  if (problems.length > 0) throw new InvalidInput(problems);
  const { result, flows } = await watched(sources, options, (running) =>
    replayFlows(sources, world, { ...running, pool, includeDenied: options.includeDenied === true }),
  );
  const namespaces = namespacesOf(options);
  const asked = {
    world,
    kind: options.kind,
    ...(namespaces.length === 0 ? {} : { namespaces }),
    isolateRest: options.isolateRest === true,
    outside: readOutsidePrefix(options.outsidePrefix).value,
  };
  const found = recommend({ ...asked, flows });
  const added = options.addDns === true ? dnsFlows(found.seenPods, services, world) : [];
  const recommendation = added.length === 0 ? found : recommend({ ...asked, flows: [...flows, ...added] });
  const caveats = caveatsOf(
    world,
    flows.flatMap(({ count }) => count?.reason ?? []),
  );
  const pickedUp =
    result.pickedUp === 0
      ? []
      : [`${result.pickedUp} connections began before the trace: who began them is told by their ports`];
  return summarizeRecommendation({
    version: VERSION,
    manifests,
    traces: result.traces.map(({ path, records, packets }) => ({ path, records, packets })),
    kind: options.kind,
    namespaces,
    before: world,
    recommendation,
    wordsOf,
    skipped: result.reasons
      .filter(({ verdict, packets }) => VERDICTS[verdict] === 'skip' && packets > 0)
      .map(({ reason, packets }) => ({ reason: REASONS[reason]!, packets })),
    omitted: result.omitted.admitted + result.omitted.refused,
    notes: pickedUp,
    warnings: [
      ...caveats.warnings,
      ...result.traces.flatMap(({ path, warnings }) => warnings.map((text) => `${path}: ${text}`)),
    ],
    assumptions: caveats.assumptions,
  });
}

/** How text looks on stderr, beside policies on stdout or in a file. */
function besideStyle(options: RecommendOptions): Style {
  return {
    palette: createPalette(wantsColor(options.color, process.stderr)),
    columns: Math.max(60, process.stderr.columns ?? 100),
    invocation: invocation(),
  };
}

/** Runs the command; the exit code is 0, whatever is recommended. */
export async function recommendCommand(
  traces: readonly string[],
  options: RecommendOptions,
): Promise<number> {
  const { manifests = [], add = [] } = options;
  const sinks = requireSinks(options, FORMATS.recommend, [
    ...(manifests.length === 0
      ? requireManifests(options)
      : stdinProblems([...traces, ...manifestPaths(manifests), ...add])),
    ...readRange(options).problems,
    ...readOutsidePrefix(options.outsidePrefix).problems,
  ]);
  const { startWorkers } = await import('../replay/worker-pool.ts');
  const pool = startWorkers(options.workers);
  let document: RecommendDocument;
  try {
    const { sources, diagnostics } = await openTraces(traces, options);
    const loaded = await loadWorld(manifests, options, diagnostics);
    warn(loaded.diagnostics, options);
    document = await run(sources, loaded, options, pool);
  } finally {
    await pool.end();
  }
  deliver(
    sinks,
    {
      yaml: () => recommendYaml(document),
      json: () => documentJson(document),
      text: (style) => recommendText(document, style),
    },
    options,
  );
  if (options.quiet !== true && sinks.every(({ format }) => format !== 'text'))
    printError(recommendText(document, besideStyle(options)));
  return 0;
}
