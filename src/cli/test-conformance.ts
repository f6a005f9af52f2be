/** `dryplane test --conformance [SUITE...]`: where CNIs depart from the specification, by which of their knobs. */
import { basename } from 'node:path';
import { performance } from 'node:perf_hooks';
import { formatLocation, namesOfDecider } from '../analysis/decider.ts';
import type {
  ConformanceCni,
  ConformanceDocument,
  ConformanceFlow,
  ConformanceKnob,
} from '../analysis/test/conformance-document.ts';
import { type Diagnostic, hasErrors, InvalidInput } from '../diagnostic/diagnostic.ts';
import { KUBERNETES } from '../policy/cni/kubernetes.ts';
import type { CniProfile, Knobs } from '../policy/cni/profile.ts';
import { knobValueText } from '../policy/cni/responsible-knobs.ts';
import { conformanceJunit } from '../report/conformance-junit.ts';
import { conformanceMarkdown } from '../report/conformance-markdown.ts';
import { conformanceText } from '../report/conformance-text.ts';
import { documentJson } from '../report/json.ts';
import { builtInSuitePaths } from '../suite/built-in.ts';
import {
  type Conformance,
  type ConformanceResult,
  checkConformance,
  loadSuites,
  STANDINGS,
} from '../suite/conformance.ts';
import { profilesNamed, spelledOut } from './cni-names.ts';
import { FORMATS } from './command-line/formats.ts';
import type { TestOptions } from './command-line/test.ts';
import { fromHere, PACKAGE_FOLDER } from './invocation.ts';
import { problem } from './problem.ts';
import { deliver, requireSinks } from './sinks.ts';
import { readSuites } from './suite-files.ts';
import { VERSION } from './version.ts';
import { warn } from './warn.ts';

function flowDocument(result: ConformanceResult): ConformanceFlow {
  const { suite, expectation, answer, checked } = result;
  const { decision } = answer.parts[0]!;
  return {
    case: /^\d+/.exec(basename(suite.path))?.[0] ?? '',
    suite: suite.path,
    description: suite.description,
    flow: result.flow,
    when: expectation.when ?? null,
    why: expectation.why ?? '',
    specified: result.specified ?? null,
    verdict: result.verdict,
    reason: answer.reason,
    decider: namesOfDecider(decision.hook, decision.decider),
    standing: result.standing,
    knobs: result.knobs,
    expected: checked?.expected ?? null,
    passed: checked?.passed ?? null,
    difference: checked?.difference ?? '',
    location: formatLocation(expectation.at),
  };
}

function knobDocument(knob: keyof Knobs, profile: CniProfile): ConformanceKnob {
  const own = profile.departures[knob];
  const standard = KUBERNETES.departures[knob];
  return {
    knob,
    value: knobValueText(profile[knob]),
    says: own?.says ?? '',
    source: own?.source ?? '',
    specified: knobValueText(KUBERNETES[knob]),
    specified_says: standard?.says ?? '',
    specified_source: standard?.source ?? '',
  };
}

function cniDocument({ profile, results }: Conformance, milliseconds: number): ConformanceCni {
  const count = (passed: boolean | undefined): number =>
    results.filter(({ checked }) => checked?.passed === passed).length;
  const named = new Set(results.flatMap(({ knobs }) => knobs.flat()));
  const standings = STANDINGS.map((standing) => [
    standing,
    results.filter((result) => result.standing === standing).length,
  ]);
  return {
    cni: profile.name,
    title: profile.title,
    passed: count(true),
    failed: count(false),
    unchecked: count(undefined),
    standings: Object.fromEntries(standings) as ConformanceCni['standings'],
    refusal: profile.departures.refusal?.says ?? '',
    knobs: (Object.keys(profile) as (keyof Knobs)[])
      .filter((knob) => named.has(knob))
      .map((knob) => knobDocument(knob, profile)),
    results: results.map(flowDocument),
    milliseconds,
  };
}

/** What takes the place of a suite's manifests has no meaning here: a case is its manifests. */
function uselessOptions(options: TestOptions): string[] {
  return [
    ...(options.manifests === undefined ? [] : ['-f']),
    ...(options.add === undefined ? [] : ['--add']),
    ...(options.remove === undefined ? [] : ['--remove']),
    ...(options.lenient === true ? ['--lenient'] : []),
    ...(options.resolve === undefined ? [] : ['--resolve']),
    ...(options.probe === undefined ? [] : ['--probe']),
    ...(options.probeMode === undefined ? [] : ['--probe-mode']),
  ];
}

/** Runs the command; `others` is what is wrong beside it. The exit code is 1 when a CNI does not do what its suites expect of it. */
export async function testConformance(
  paths: readonly string[],
  options: TestOptions,
  others: readonly Diagnostic[],
): Promise<number> {
  const names = options.cni ?? ['calico'];
  const { value: profiles, diagnostics: unknown } = profilesNamed(names);
  const useless = uselessOptions(options).map((option) =>
    problem('cli/conformance', `${option}: without effect, the cases have manifests of their own`),
  );
  const sinks = requireSinks(options, FORMATS.conformance, [...others, ...unknown, ...useless]);
  const { value: suites } = await readSuites(
    paths.length > 0 ? paths : builtInSuitePaths(PACKAGE_FOLDER).map(fromHere),
    profiles,
  );
  const { value: loaded, diagnostics } = loadSuites(suites);
  if (hasErrors(diagnostics)) throw new InvalidInput(diagnostics);
  const checked = profiles.map((profile) => {
    const start = performance.now();
    const { value, diagnostics: found } = checkConformance(loaded, profile);
    return { cni: cniDocument(value, performance.now() - start), found };
  });
  warn([...diagnostics, ...checked.flatMap(({ found }) => found)], options);
  const cnis = checked.map(({ cni }) => cni);
  const sum = (of: (cni: ConformanceCni) => number): number => cnis.reduce((all, cni) => all + of(cni), 0);
  const document: ConformanceDocument = {
    schema: 'dryplane/conformance/v1',
    version: VERSION,
    passed: sum(({ passed }) => passed),
    failed: sum(({ failed }) => failed),
    unchecked: sum(({ unchecked }) => unchecked),
    cnis,
  };
  deliver(
    sinks,
    {
      text: (style) => conformanceText(document, { suites: paths, cnis: spelledOut(names) }, style),
      json: () => documentJson(document),
      junit: () => conformanceJunit(document),
      markdown: () => conformanceMarkdown(document),
    },
    options,
  );
  return document.failed > 0 ? 1 : 0;
}
