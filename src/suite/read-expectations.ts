/** The lists `flows`, `allow` and `deny` of a suite → expectations, in this order. Every mistake is reported, and reading goes on. */
import { isMap, type Node, Scalar } from 'yaml';
import { parseFlow } from '../flow/notation.ts';
import { REASONS, type Reason } from '../tables/verdict.ts';
import {
  complain,
  complainAbout,
  locate,
  readList,
  readMapping,
  readTags,
  readText,
  readWord,
  type SuiteReport,
  type TextField,
  textOf,
} from './fields.ts';
import { policyNameProblem } from './policy-name.ts';
import {
  type ByCni,
  CIRCUMSTANCES,
  type Circumstance,
  DIRECTIONS,
  EXPECTABLE,
  EXPECTED,
  type Expectation,
  type TextRange,
} from './suite.ts';

/** The fields that this file reads, of a suite and of whatever else has expectations. */
export const EXPECTATION_LISTS = ['flows', 'allow', 'deny'] as const;

const FLOW_FIELDS = ['name', 'tags', 'flow', 'when', 'expect', 'by', 'direction', 'reason', 'pending', 'why'];

/** What stands around expectations and holds for them. */
export interface ExpectationContext {
  /** CNIs that may be named. */
  readonly cnis: readonly string[];
  /** Those that all of them have. */
  readonly tags: readonly string[];
}

/** A verdict or several by CNI, and where each is written. */
interface WrittenWords<Word> {
  readonly words: ByCni<Word>;
  readonly written: ReadonlyMap<string, TextRange>;
}

/** What is said of a flow beside it. */
type Said = Omit<Expectation, 'flow' | 'at'>;

/** All expectations that a mapping lists. */
export function readExpectations(
  values: ReadonlyMap<string, Node>,
  context: ExpectationContext,
  report: SuiteReport,
): Expectation[] {
  const { tags } = context;
  return [
    ...readList(values, 'flows', report).flatMap((node) => readExpectation(node, context, report)),
    ...(['allow', 'deny'] as const).flatMap((expect) =>
      readList(values, expect, report).flatMap((node) => {
        const field = textOf(node, 'a flow', report);
        return field === undefined
          ? []
          : readFlow(field, { name: '', tags, expect, written: new Map() }, report);
      }),
    ),
  ];
}

function readExpectation(node: Node, context: ExpectationContext, report: SuiteReport): Expectation[] {
  const values = readMapping(node, FLOW_FIELDS, 'an expectation', report);
  if (values === undefined) return [];
  const flow = readText(values, 'flow', report);
  const expect = readByCni(values, 'expect', EXPECTED, context, report);
  const pending = readByCni(values, 'pending', EXPECTABLE, context, report);
  const when = readWord<Circumstance>(values, 'when', CIRCUMSTANCES, report);
  const direction = readWord(values, 'direction', DIRECTIONS, report);
  const reason = readWord<Reason>(values, 'reason', REASONS, report);
  const by = readText(values, 'by', report);
  const why = readText(values, 'why', report)?.text;
  const name = readText(values, 'name', report)?.text ?? '';
  const tags = readTags(values, report);
  for (const field of ['flow', 'expect'])
    if (!values.has(field))
      complainAbout(report, node, 'suite/missing-field', `the expectation has no field ${field}`);
  const problem = by === undefined ? undefined : policyNameProblem(by.text);
  if (problem !== undefined)
    complainAbout(report, by!.node, 'suite/bad-policy', problem.message, problem.hint);
  if (flow === undefined || expect === undefined) return [];
  const said: Said = {
    name,
    tags: [...new Set([...context.tags, ...tags])],
    expect: expect.words,
    written: expect.written,
    ...(when === undefined ? {} : { when }),
    ...(by === undefined ? {} : { by: by.text }),
    ...(direction === undefined ? {} : { direction }),
    ...(reason === undefined ? {} : { reason }),
    ...(pending === undefined ? {} : { pending: pending.words }),
    ...(why === undefined ? {} : { why }),
  };
  return readFlow(flow, said, report);
}

/** One verdict, or one for each CNI that is named; undefined when the field is absent or wrong. */
function readByCni<Word extends string>(
  values: ReadonlyMap<string, Node>,
  name: string,
  known: readonly Word[],
  { cnis }: ExpectationContext,
  report: SuiteReport,
): WrittenWords<Word> | undefined {
  const node = values.get(name);
  if (!isMap(node)) {
    const word = readWord(values, name, known, report);
    return word === undefined ? undefined : { words: word, written: new Map([['', rangeOf(node!)]]) };
  }
  if (node.items.length === 0) {
    const hint = `${name}: allow, or ${name}: { calico: allow }`;
    complainAbout(report, node, 'suite/empty', `${name} names no CNI`, hint);
    return undefined;
  }
  const named = readMapping(node, cnis, name, report) ?? new Map<string, Node>();
  const words = new Map<string, Word>();
  const written = new Map<string, TextRange>();
  for (const [cni, value] of named) {
    const word = readWord(named, cni, known, report);
    if (word === undefined) continue;
    words.set(cni, word);
    written.set(cni, rangeOf(value));
  }
  return { words, written };
}

function rangeOf(node: Node): TextRange {
  const [start, end] = node.range ?? [0, 0];
  return { start, end };
}

function readFlow({ text, node }: TextField, said: Said, report: SuiteReport): Expectation[] {
  const start = node.range?.[0] ?? 0;
  const parsed = parseFlow(text);
  if ('flow' in parsed) return [{ flow: parsed.flow, ...said, at: locate(report, start) }];
  // Inside quotes the text begins one character on; folded blocks have no columns to speak of.
  const isPlain = node.type === Scalar.PLAIN || node.type === undefined;
  const isQuoted = node.type === Scalar.QUOTE_SINGLE || node.type === Scalar.QUOTE_DOUBLE;
  const offset = isPlain ? parsed.column - 1 : isQuoted ? parsed.column : 0;
  complain(report, 'flow/syntax', parsed.problem, { start: start + offset });
  return [];
}
