/** `dryplane test --against-results FILE`: results of probes in a real cluster against a CNI's profile. */
import { caveatsOf } from '../analysis/caveats.ts';
import { namesOfDecider } from '../analysis/decider.ts';
import type { ResultDifference, ResultsDocument } from '../analysis/test/results-document.ts';
import { type Diagnostic, hasErrors, InvalidInput } from '../diagnostic/diagnostic.ts';
import { formatFlow } from '../flow/notation.ts';
import type { World } from '../policy/world.ts';
import { documentJson } from '../report/json.ts';
import { resultsJunit } from '../report/results-junit.ts';
import { resultsText } from '../report/results-text.ts';
import { askedProbes } from '../suite/asked-probes.ts';
import {
  checkProbes,
  explanationsOf,
  fitsOf,
  isDiffering,
  type KnobExplanation,
  type ProbeResult,
  RESULT_STANDINGS,
} from '../suite/check-results.ts';
import type { ProbedPort, Results } from '../suite/probe.ts';
import { readResults } from '../suite/results.ts';
import { spelledOut } from './cni-names.ts';
import { FORMATS } from './command-line/formats.ts';
import type { TestOptions } from './command-line/test.ts';
import { readProbe } from './probed-port.ts';
import { problem } from './problem.ts';
import { deliver, requireSinks } from './sinks.ts';
import { VERSION } from './version.ts';
import { warn } from './warn.ts';
import { loadWorld, manifestWords, requireManifests } from './world.ts';

/** What is wrong with the options before any file is read. */
function optionProblems(paths: readonly string[], options: TestOptions): Diagnostic[] {
  const { conformance, probe, cni = [] } = options;
  const code = 'cli/against-results';
  return [
    ...(paths.length === 0
      ? []
      : [
          problem(code, `${paths.join(', ')}: no suites are read with --against-results`, 'run them without'),
        ]),
    ...(conformance === true ? [problem(code, '--conformance and --against-results are two runs')] : []),
    ...(spelledOut(cni).length > 1
      ? [
          problem(
            code,
            'several CNIs, results are compared with one',
            'the report says how well the others fit',
          ),
        ]
      : []),
    ...readProbe(probe).problems,
    ...requireManifests({ ...options, cni: 'calico' }),
  ];
}

/** The files, or everything that is wrong with any of them. */
function readFiles(
  paths: readonly string[],
  probed: ProbedPort | undefined,
): { readonly files: Results[]; readonly diagnostics: Diagnostic[] } {
  const read = paths.map((path) => readResults(path, probed));
  const files = read.map(({ value }) => value);
  const diagnostics = read.flatMap((one) => one.diagnostics);
  if (
    probed !== undefined &&
    diagnostics.length === 0 &&
    !files.some(({ usesDefaultPort }) => usesDefaultPort)
  )
    diagnostics.push(
      problem('cli/probe', '--probe: without effect, the results say themselves what was probed'),
    );
  return { files, diagnostics };
}

function differenceOf(result: ProbeResult, explanations: readonly KnobExplanation[]): ResultDifference {
  const { probe, answer, standing } = result;
  const part = answer.parts.find(({ decision }) => decision.verdict === answer.verdict) ?? answer.parts[0]!;
  const { file, line, column } = probe.at;
  return {
    flow: formatFlow(probe.flow),
    observed: probe.observed,
    verdict: answer.verdict,
    reason: answer.reason,
    decider: namesOfDecider(part.decision.hook, part.decision.decider),
    standing,
    explanations: explanations.flatMap(({ turns }, index) => (turns.has(result) ? [index] : [])),
    location: `${file}:${line}:${column}`,
  };
}

/** What was taken for granted of how the pods were reached. */
function assumed(throughServices: number): string[] {
  if (throughServices === 0) return [];
  return [
    'pods were reached through their Services s-NAMESPACE-POD, as cyclonus and the tests of Kubernetes do; --probe-mode pod-ip: by their addresses',
  ];
}

interface Compared {
  readonly world: World;
  readonly results: readonly ProbeResult[];
  readonly files: readonly Results[];
  readonly throughServices: number;
}

function documentOf(
  { world, results, files, throughServices }: Compared,
  options: TestOptions,
): ResultsDocument {
  const explanations = explanationsOf(results, world);
  const fits = fitsOf(results, world);
  const own = fits.find(({ profile }) => profile === world.profile)!;
  const best = fits.filter(({ differing }) => differing === fits[0]!.differing && differing < own.differing);
  const { assumptions, warnings } = caveatsOf(
    world,
    results.map(({ answer }) => answer.reason),
  );
  const counts = RESULT_STANDINGS.map((standing) => [
    standing,
    results.filter((result) => result.standing === standing).length,
  ]);
  return {
    schema: 'dryplane/results/v1',
    version: VERSION,
    cni: world.profile.name,
    title: world.profile.title,
    files: files.map(({ path }) => path),
    manifests: options.manifests ?? [],
    probes: results.length,
    ...(Object.fromEntries(counts) as Pick<ResultsDocument, (typeof RESULT_STANDINGS)[number]>),
    unprobed: files.reduce((sum, file) => sum + file.unprobed, 0),
    differences: results.filter(isDiffering).map((result) => differenceOf(result, explanations)),
    explanations: explanations.map(({ knob, value, cnis, turns, breaks }) => ({
      knob,
      value,
      cnis: cnis.map(({ name }) => name),
      says: cnis[0]!.departures[knob]?.says ?? '',
      source: cnis[0]!.departures[knob]?.source ?? '',
      turns: turns.size,
      breaks,
    })),
    fits: fits.map(({ profile, same, differing, open }) => ({ cni: profile.name, same, differing, open })),
    looks_like: best.map(({ profile }) => profile.name),
    assumptions: [...assumptions, ...assumed(throughServices)],
    warnings,
  };
}

/** Runs the command; `others` is what is wrong beside it. The exit code is 1 when the cluster does not do what the profile says. */
export async function testResults(
  paths: readonly string[],
  options: TestOptions,
  others: readonly Diagnostic[],
): Promise<number> {
  const sinks = requireSinks(options, FORMATS.results, [...others, ...optionProblems(paths, options)]);
  const [cni = 'calico'] = options.cni ?? [];
  const probed = readProbe(options.probe).port;
  const { files, diagnostics } = readFiles(options.againstResults ?? [], probed);
  const found = hasErrors(diagnostics) ? diagnostics : [];
  const loaded = await loadWorld(options.manifests ?? [], { ...options, cni }, found);
  const { world } = loaded;
  const asked = files.map((file) =>
    askedProbes(file, world.cluster, options.probeMode === 'pod-ip' ? 'pod' : 'service'),
  );
  const unknown = asked.flatMap((one) => one.diagnostics);
  if (unknown.length > 0) throw new InvalidInput([...loaded.diagnostics, ...diagnostics, ...unknown]);
  const { value: results, diagnostics: wrong } = checkProbes(
    asked.flatMap(({ value }) => value.probes),
    world,
  );
  warn([...loaded.diagnostics, ...diagnostics, ...wrong], options);
  const throughServices = asked.reduce((sum, { value }) => sum + value.throughServices, 0);
  const document = documentOf({ world, results, files, throughServices }, options);
  deliver(
    sinks,
    {
      text: (style) => resultsText(document, manifestWords({ ...options, cni }), style),
      json: () => documentJson(document),
      junit: () => resultsJunit(document),
    },
    options,
  );
  return document.differences.length > 0 ? 1 : 0;
}
