/** The lists `flows`, `allow`, `deny` and `tables` of a suite, or of a step of it → expectations, in this order. Every mistake is reported, and reading goes on. */
import { isMap, type Node, Scalar } from 'yaml';
import { parseFlow } from '../flow/notation.ts';
import { REASONS, type Reason } from '../tables/verdict.ts';
import {
  complain,
  complainAbout,
  complainOfMissing,
  locate,
  rangeOf,
  readList,
  readMapping,
  readPolicyName,
  readTags,
  readText,
  readWord,
  type SuiteReport,
  type TextField,
  textOf,
} from './fields.ts';
import { readTables } from './read-tables.ts';
import { type ShortNames, spelledOut } from './short-names.ts';
import {
  type ByCni,
  CIRCUMSTANCES,
  type Circumstance,
  DIRECTIONS,
  EXPECTABLE,
  EXPECTED,
  type Expectation,
  type ExpectedVerdict,
  type TextRange,
} from './suite.ts';

/** The fields that this file reads, of a suite and of a step. */
export const EXPECTATION_LISTS = ['flows', 'allow', 'deny', 'tables'] as const;

const FLOW_FIELDS = [
  'name',
  'tags',
  'flow',
  'when',
  'expect',
  'before',
  'after',
  'by',
  'direction',
  'reason',
  'pending',
  'why',
];

/** What stands around expectations and holds for them. */
export interface ExpectationContext {
  /** CNIs that may be named. */
  readonly cnis: readonly string[];
  /** Those that all of them have. */
  readonly tags: readonly string[];
  /** How many steps were made. */
  readonly state: number;
  /** What short names of sides stand for. */
  readonly names: ShortNames;
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
  const { tags, state, names } = context;
  return [
    ...readList(values, 'flows', report).flatMap((node) => readExpectation(node, context, report)),
    ...(['allow', 'deny'] as const).flatMap((expect) =>
      readList(values, expect, report).flatMap((node) => {
        const field = textOf(node, 'a flow', report);
        return field === undefined
          ? []
          : readFlow(field, { name: '', tags, state, expect, written: new Map() }, names, report);
      }),
    ),
    ...readTables(values, context, report),
  ];
}

function readExpectation(node: Node, context: ExpectationContext, report: SuiteReport): Expectation[] {
  const values = readMapping(node, FLOW_FIELDS, 'an expectation', report);
  if (values === undefined) return [];
  const flow = readText(values, 'flow', report);
  const [expect, before, after] = ['expect', 'before', 'after'].map((name) =>
    readByCni(values, name, EXPECTED, context, report),
  );
  const expecting = { state: context.state, list: 'flows', subject: 'the expectation', field: 'flow' };
  complainOfMissing(node, values, expecting, report);
  const details = readDetails(values, context, report);
  const name = readText(values, 'name', report)?.text ?? '';
  const tags = readTags(values, context.tags, report);
  if (flow === undefined) return [];
  const { state } = context;
  const said = (words: WrittenWords<ExpectedVerdict> | undefined, change: Partial<Said>): Expectation[] => {
    if (words === undefined) return [];
    return readFlow(
      flow,
      { name, tags, state, expect: words.words, written: words.written, ...change },
      context.names,
      report,
    );
  };
  const why = details.why === undefined ? {} : { why: details.why };
  return [
    ...(state === 0 ? [] : said(before, { ...why, state: state - 1 })),
    ...said(state === 0 ? expect : (after ?? expect), details),
  ];
}

/** What may be said of the verdict. */
function readDetails(
  values: ReadonlyMap<string, Node>,
  context: ExpectationContext,
  report: SuiteReport,
): Pick<Expectation, 'when' | 'by' | 'direction' | 'reason' | 'pending' | 'why'> {
  const pending = readByCni(values, 'pending', EXPECTABLE, context, report);
  const when = readWord<Circumstance>(values, 'when', CIRCUMSTANCES, report);
  const direction = readWord(values, 'direction', DIRECTIONS, report);
  const reason = readWord<Reason>(values, 'reason', REASONS, report);
  const by = readPolicyName(values, report);
  const why = readText(values, 'why', report)?.text;
  return {
    ...(when === undefined ? {} : { when }),
    ...(by === undefined ? {} : { by }),
    ...(direction === undefined ? {} : { direction }),
    ...(reason === undefined ? {} : { reason }),
    ...(pending === undefined ? {} : { pending: pending.words }),
    ...(why === undefined ? {} : { why }),
  };
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

function readFlow(
  { text, node }: TextField,
  said: Said,
  names: ShortNames,
  report: SuiteReport,
): Expectation[] {
  const start = node.range?.[0] ?? 0;
  const spelled = spelledOut(text, names);
  const parsed = parseFlow(spelled);
  if ('flow' in parsed) return [{ flow: parsed.flow, ...said, at: locate(report, start) }];
  // Inside quotes the text begins one character on; folded blocks, and texts that are longer than they are written, have no columns to speak of.
  const isPlain = spelled === text && (node.type === Scalar.PLAIN || node.type === undefined);
  const isQuoted =
    spelled === text && (node.type === Scalar.QUOTE_SINGLE || node.type === Scalar.QUOTE_DOUBLE);
  const offset = isPlain ? parsed.column - 1 : isQuoted ? parsed.column : 0;
  complain(report, 'flow/syntax', parsed.problem, { start: start + offset });
  return [];
}
