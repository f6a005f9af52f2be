/** What to run next behind a run of suites: the reason of a failure, or the same run for a CI server. */
import type {
  TestDocument,
  TestedExpectation,
  TestedSuite,
  TestedTrace,
} from '../analysis/test/test-document.ts';
import { visible } from '../output/visible.ts';
import { commandLine, nextCommand } from './next-command.ts';
import type { Style, Terms } from './style.ts';

/** Options of the run, for the next command. */
export interface TestWords {
  /** All that settle what is tested and how. */
  readonly given: readonly string[];
  /** Those of them that hold whatever the manifests and the CNI are. */
  readonly overlay: readonly string[];
  /** What the operands were. */
  readonly operands: readonly string[];
  /** Of each suite the CNI as `--cni` takes it: the path of a profile says more than its name. */
  readonly cnis: readonly string[];
  /** Of each suite's CNI. */
  readonly terms: readonly Terms[];
}

/** A suite of the document with what the run knows of it. */
export interface SuiteWords {
  readonly suite: TestedSuite;
  readonly overlay: readonly string[];
  readonly cni: string;
}

/** Each suite of a document with its words. */
export function wordsOfSuites(document: TestDocument, { overlay, cnis }: TestWords): SuiteWords[] {
  return document.suites.map((suite, index) => ({ suite, overlay, cni: cnis[index]! }));
}

/** Words that give the state after a step; undefined where no command has it: it adds first, and a step added after another one removed. */
function stateWords(
  { manifests, steps }: TestedSuite,
  name: string,
): { readonly manifests: readonly string[]; readonly changes: readonly string[] } | undefined {
  const made = steps.slice(0, steps.findIndex((step) => step.name === name) + 1);
  const anew = made.findLastIndex((step) => step.manifests.length > 0);
  const changed = made.slice(Math.max(anew, 0));
  const isMixed = changed.some(
    ({ remove }, at) => remove.length > 0 && changed.slice(at + 1).some(({ add }) => add.length > 0),
  );
  if (isMixed) return undefined;
  const paths = made[anew]?.manifests ?? manifests;
  return {
    manifests: paths.flatMap((path) => ['-f', path]),
    changes: [
      ...changed.flatMap(({ add }) => add.flatMap((path) => ['--add', path])),
      ...changed.flatMap(({ remove }) => remove.flatMap((object) => ['--remove', object])),
    ],
  };
}

/** The words that tell why one expectation failed; undefined where no command does. */
function whyWords(
  { when, step }: Pick<TestedExpectation, 'when' | 'step'>,
  { suite, overlay, cni }: SuiteWords,
  invocation: string,
): { words: string[]; hasFlow: boolean } | undefined {
  const state = stateWords(suite, step);
  if (state === undefined) return undefined;
  const { manifests, changes } = state;
  const profile = cni === 'calico' ? [] : ['--cni', cni];
  // What becomes of a flow in a circumstance is a knob of the CNI, and nothing that a first packet shows.
  if (when !== null)
    return { words: [invocation, 'compile', ...manifests, ...profile, '--dump'], hasFlow: false };
  return { words: [invocation, 'explain', ...manifests, ...overlay, ...changes, ...profile], hasFlow: true };
}

/** `dryplane explain -f cluster.yaml tcp shop/web to shop/db:5432`: why a failure is one; '' where no command tells. */
export function whyCommand(
  result: Pick<TestedExpectation, 'when' | 'step' | 'flow'>,
  words: SuiteWords,
  style: Style,
): string {
  const why = whyWords(result, words, style.invocation);
  if (why === undefined) return '';
  const { words: command, hasFlow } = why;
  const flow = hasFlow ? result.flow.split(' ') : [];
  return visible(commandLine([...command, ...flow]));
}

/** Why the heaviest flow against an expectation of a trace has its verdict; '' where no command tells. */
export function whyTraced(
  { flows, step }: Pick<TestedTrace, 'flows' | 'step'>,
  words: SuiteWords,
  style: Style,
): string {
  const [first] = flows;
  return first === undefined ? '' : whyCommand({ when: null, step, flow: first.flow }, words, style);
}

/** The next command behind the failed expectations of a suite's traces; undefined where none of them failed, or no command tells. */
function nextOfTraces(words: SuiteWords, style: Style): string | undefined {
  const failed = words.suite.traces.filter(({ passed }) => !passed);
  const why = failed.map((trace) => whyTraced(trace, words, style)).find((command) => command !== '');
  return why === undefined ? undefined : `${style.palette.bold('why:')} ${why}`;
}

/** The last line of the report. */
export function nextOfTest(document: TestDocument, words: TestWords, style: Style): string {
  const { palette, invocation } = style;
  for (const suite of wordsOfSuites(document, words)) {
    const failures = suite.suite.results.filter(({ passed }) => !passed);
    const failure = failures.find(({ when }) => when === null) ?? failures[0];
    if (failure === undefined) {
      const traced = nextOfTraces(suite, style);
      if (traced !== undefined) return traced;
      continue;
    }
    const why = whyWords(failure, suite, invocation);
    if (why === undefined) return '';
    return nextCommand('why', why.words, why.hasFlow ? failure.flow : undefined, palette);
  }
  const command = [invocation, 'test', ...words.operands, ...words.given];
  for (const { suite, overlay, cni } of wordsOfSuites(document, words)) {
    const trace = suite.traces.find(({ passed }) => !passed);
    const state = trace === undefined ? undefined : stateWords(suite, trace.step);
    if (trace === undefined) continue;
    if (state === undefined) return '';
    const profile = cni === 'calico' ? [] : ['--cni', cni];
    const settled = [...state.manifests, ...overlay, ...state.changes, ...profile];
    return nextCommand(
      'what is in it',
      [invocation, 'replay', ...trace.traces, ...settled],
      undefined,
      palette,
    );
  }
  return nextCommand(
    'in CI',
    [...command, '--format', 'text', '--format', 'junit=report.xml'],
    undefined,
    palette,
  );
}
