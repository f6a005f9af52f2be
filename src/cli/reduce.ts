/** `dryplane reduce`: the smallest manifests that show a difference, or a verdict, ready to be pasted into a bug report. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ReadingTraces } from '../analysis/reduce/judged-record.ts';
import type { ReduceDocument } from '../analysis/reduce/reduce-document.ts';
import { type Diagnostic, InvalidInput } from '../diagnostic/diagnostic.ts';
import type { Flow } from '../flow/flow.ts';
import { writeAtomicFile } from '../output/atomic-file.ts';
import type { FlowAnswer } from '../policy/judge/judge-flow.ts';
import { documentJson } from '../report/json.ts';
import { reduceMarkdown } from '../report/reduce-markdown.ts';
import { reducedFileText, reduceText } from '../report/reduce-text.ts';
import type { TraceSource } from '../trace/open.ts';
import { FORMATS } from './command-line/formats.ts';
import type { ReduceOptions } from './command-line/reduce.ts';
import { diffProblems } from './diff-sides.ts';
import { folderProblems } from './folder.ts';
import { openTraces } from './open-traces.ts';
import { problem } from './problem.ts';
import { areCompared, loadReduceSets, type ReduceSets, requireSame } from './reduce-sets.ts';
import { withSuite } from './reduce-suite.ts';
import type { CutOfTrace } from './reduce-trace.ts';
import { deliver, requireSinks } from './sinks.ts';
import { termsOf } from './terms.ts';
import { VERSION } from './version.ts';
import { warn } from './warn.ts';
import { requireManifests } from './world.ts';

/** What is wrong with the options before any file is read. */
function optionProblems(trace: string | undefined, options: ReduceOptions): Diagnostic[] {
  const { flow, suite, name, expect, output, record } = options;
  const found: Diagnostic[] = [];
  if (suite === undefined) found.push(...requireManifests(options));
  if (name !== undefined && suite === undefined)
    found.push(problem('cli/suite', '--name: without effect, no suite was given', 'add --suite FILE'));
  const said = [suite, flow, record].filter((one) => one !== undefined);
  if (said.length > 1)
    found.push(
      problem('cli/flow', '--flow, --suite and --record all say what is reduced', 'leave all but one out'),
    );
  if (trace === undefined && record !== undefined)
    found.push(problem('cli/record', '--record: no trace was given', 'name it: reduce TRACE --record N'));
  if (trace !== undefined && record === undefined && flow === undefined)
    found.push(
      problem(
        'cli/record',
        `${trace}: nothing says which of its records is meant`,
        'add --flow for the first record of a flow, or --record N; replay --verdicts FILE numbers them',
      ),
    );
  if (trace === '-') found.push(problem('cli/stdin', 'a trace is read several times here, and - only once'));
  if (areCompared(options)) {
    found.push(...diffProblems(options));
    if (suite !== undefined)
      found.push(
        problem('cli/suite', '--suite: an expectation is about one set', 'leave the second set out'),
      );
    if (expect !== undefined)
      found.push(problem('cli/expect', '--expect: two sets are compared with each other', 'leave it out'));
  } else if (said.length === 0)
    found.push(
      problem(
        'cli/flow',
        'nothing says which verdict must stay',
        'name a flow with --flow, a failing suite with --suite, or a second set with --against',
      ),
    );
  if (output !== undefined) found.push(...folderProblems(output));
  return found;
}

/** The flow of `--flow`, or the first packet that two sets judge otherwise. */
async function flowOf(text: string | undefined, { worlds }: ReduceSets): Promise<Flow> {
  const { parseFlow } = await import('../flow/notation.ts');
  const [before, after] = worlds;
  const found = text ?? (await firstDifference(before!, after!));
  const parsed = parseFlow(found);
  if ('flow' in parsed) return parsed.flow;
  throw new InvalidInput([
    {
      ...problem('flow/syntax', parsed.problem),
      at: { file: '--flow', line: 1, column: parsed.column },
      sourceLine: found,
    },
  ]);
}

async function firstDifference(
  before: ReduceSets['worlds'][number],
  after: ReduceSets['worlds'][number],
): Promise<string> {
  const [{ compileSide }, { diffAllPackets }] = await Promise.all([
    import('../analysis/diff/diff-worlds.ts'),
    import('../analysis/diff/diff-regions.ts'),
  ]);
  const { groups } = diffAllPackets(compileSide(before), compileSide(after), undefined);
  const first = groups[0]?.regions[0]?.example.flow;
  if (first !== undefined) return first;
  throw new InvalidInput([
    problem('reduce/equivalent', 'the sets judge every new packet alike: there is nothing to reduce'),
  ]);
}

/** The flow in the manifests as they were given. Throws InvalidInput where it means nothing there, or nothing is wrong with it. */
async function answersGiven(
  flow: Flow,
  { worlds }: ReduceSets,
  expected: string | undefined,
): Promise<FlowAnswer[]> {
  const { judgeFlow } = await import('../policy/judge/judge-flow.ts');
  const judged = worlds.map((world) => judgeFlow(flow, world));
  const diagnostics = judged.flatMap((one) => one.diagnostics);
  const answers = judged.flatMap(({ value }) => (value === undefined ? [] : [value]));
  if (answers.length < worlds.length) throw new InvalidInput(diagnostics);
  const [first, second] = answers;
  if (expected === first!.verdict && second === undefined)
    throw new InvalidInput([problem('reduce/expected', `the flow is judged as expected: ${expected}`)]);
  return answers;
}

interface ReduceRun {
  readonly document: ReduceDocument;
  readonly sets: ReduceSets;
}

/** Reduces what judges a flow, and says what is left. */
async function reduceFlow(
  flow: Flow,
  sets: ReduceSets,
  options: ReduceOptions,
  cut?: CutOfTrace,
): Promise<ReduceRun> {
  const [{ reduceQuestion }, { summarizeReduced }] = await Promise.all([
    import('../analysis/reduce/reduce.ts'),
    import('../analysis/reduce/summary.ts'),
  ]);
  const given = await answersGiven(flow, sets, options.expect);
  const reduced = reduceQuestion({ flow, sets: sets.sets, isLoose: options.loose === true });
  requireSame(
    given.map(({ verdict }) => verdict),
    reduced.whole.map(({ answer }) => answer.verdict),
  );
  const isSame = given.length === 2 && given[0]!.verdict === given[1]!.verdict;
  const isShown = cut === undefined || (await cut.holdsIn(reduced.left.map(({ world }) => world)));
  const document = summarizeReduced({
    version: VERSION,
    expected: options.expect ?? null,
    warnings: [
      ...(isSame ? [`both sets judge the flow alike: ${given[0]!.verdict}`] : []),
      ...(isShown ? [] : ['replayed by what is left of the manifests, the record is judged otherwise']),
    ],
    trace: cut?.trace ?? null,
    reduced,
    given,
  });
  const { output } = options;
  if (output !== undefined) writeFolder(output, document);
  if (output !== undefined && cut !== undefined) cut.write(join(output, cut.trace.file));
  return { document, sets };
}

/** The flow without its source port, unless rules heed it. */
async function withoutSourcePort(flow: Flow, { worlds }: ReduceSets): Promise<Flow> {
  const { judgeFlow } = await import('../policy/judge/judge-flow.ts');
  const { sourcePort: _, ...bare } = flow;
  const said = (one: Flow): string =>
    worlds
      .map((world) => judgeFlow(one, world).value)
      .map((answer) => `${answer?.verdict} ${answer?.reason}`)
      .join();
  return said(bare) === said(flow) ? bare : flow;
}

/** The record of `--record`, or the first of the flow. */
async function recordOf(
  source: TraceSource,
  { record, flow: text }: ReduceOptions,
  sets: ReduceSets,
  reading: ReadingTraces,
): Promise<number> {
  if (record !== undefined) return record;
  const { firstRecordOf } = await import('../analysis/reduce/record-of-flow.ts');
  const flow = await flowOf(text, sets);
  // A name that means nothing is told before the trace is read.
  await answersGiven(flow, sets, undefined);
  const found = await firstRecordOf(source, flow, sets.worlds[0]!, reading);
  if (found !== undefined) return found;
  throw new InvalidInput([
    problem(
      'cli/flow',
      `--flow ${text}: no record of ${source.path} is of this flow`,
      'flows are as replay lists them, with the addresses that the trace has; --record N names a record by its number',
    ),
  ]);
}

/** Reduces a trace to what shows a record's verdict, then what judges its flow. */
async function reduceRecord(path: string, options: ReduceOptions): Promise<ReduceRun> {
  const [{ startWorkers }, { withCut }] = await Promise.all([
    import('../replay/worker-pool.ts'),
    import('./reduce-trace.ts'),
  ]);
  const pool = startWorkers(options.workers);
  try {
    const { sources, diagnostics } = await openTraces([path], options);
    const sets = await loadReduceSets(options, diagnostics);
    warn(sets.diagnostics, options);
    const [source] = sources as [TraceSource, ...TraceSource[]];
    const reading: ReadingTraces = options.outer === true ? { tunnels: 'closed' } : {};
    const asked = {
      record: await recordOf(source, options, sets, reading),
      worlds: sets.worlds,
      pool,
      isLoose: options.loose === true,
      reading,
    };
    return await withCut(source, asked, async (cut) =>
      reduceFlow(await withoutSourcePort(cut.flow, sets), sets, options, cut),
    );
  } finally {
    await pool.end();
  }
}

async function run(trace: string | undefined, options: ReduceOptions): Promise<ReduceRun> {
  if (trace !== undefined) return reduceRecord(trace, options);
  const sets = await loadReduceSets(options, []);
  warn(sets.diagnostics, options);
  return reduceFlow(await flowOf(options.flow, sets), sets, options);
}

/** Writes the files of the document into a folder. */
function writeFolder(folder: string, { files }: ReduceDocument): void {
  mkdirSync(folder, { recursive: true });
  for (const file of files) writeAtomicFile(join(folder, file.name), reducedFileText(file));
}

/** Runs the command; the exit code is 0. */
export async function reduceCommand(trace: string | undefined, given: ReduceOptions): Promise<number> {
  const sinks = requireSinks(given, FORMATS.reduce, optionProblems(trace, given), {
    outputIsReport: false,
    outputIsFolder: true,
  });
  const options = await withSuite(given);
  const { document, sets } = await run(trace, options);
  const { output } = options;
  const terms = termsOf(sets.worlds.at(-1)!.profile);
  deliver(
    sinks,
    {
      text: (style) => reduceText(document, output, { ...style, terms }),
      json: () => documentJson(document),
      markdown: (style) => reduceMarkdown(document, { ...style, terms }),
    },
    options,
  );
  return 0;
}
