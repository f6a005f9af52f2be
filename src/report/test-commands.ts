/** What to run next behind a run of suites: the reason of a failure, or the same run for a CI server. */
import type { TestDocument, TestedExpectation, TestedSuite } from '../analysis/test-document.ts';
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

/** The words that tell why one expectation failed. */
function whyWords(
  { when }: Pick<TestedExpectation, 'when'>,
  { suite, overlay, cni }: SuiteWords,
  invocation: string,
): { words: string[]; hasFlow: boolean } {
  const manifests = suite.manifests.flatMap((path) => ['-f', path]);
  const profile = cni === 'calico' ? [] : ['--cni', cni];
  // What becomes of a flow in a circumstance is a knob of the CNI, and nothing that a first packet shows.
  if (when !== null)
    return { words: [invocation, 'compile', ...manifests, ...profile, '--dump'], hasFlow: false };
  return { words: [invocation, 'explain', ...manifests, ...overlay, ...profile], hasFlow: true };
}

/** `dryplane explain -f cluster.yaml tcp shop/web to shop/db:5432`: why a failure is one. */
export function whyCommand(result: TestedExpectation, words: SuiteWords, style: Style): string {
  const { words: command, hasFlow } = whyWords(result, words, style.invocation);
  const flow = hasFlow ? result.flow.split(' ') : [];
  return visible(commandLine([...command, ...flow]));
}

/** The last line of the report. */
export function nextOfTest(document: TestDocument, words: TestWords, style: Style): string {
  const { palette, invocation } = style;
  for (const suite of wordsOfSuites(document, words)) {
    const failures = suite.suite.results.filter(({ passed }) => !passed);
    const failure = failures.find(({ when }) => when === null) ?? failures[0];
    if (failure === undefined) continue;
    const { words: command, hasFlow } = whyWords(failure, suite, invocation);
    return nextCommand('why', command, hasFlow ? failure.flow : undefined, palette);
  }
  const command = [invocation, 'test', ...words.operands, ...words.given];
  return nextCommand(
    'in CI',
    [...command, '--format', 'text', '--format', 'junit=report.xml'],
    undefined,
    palette,
  );
}
