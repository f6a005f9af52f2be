/** `traces` of a suite: captures and flow logs, and what is expected of the flows in them. */
import { isScalar, isSeq, type Node, type Scalar } from 'yaml';
import { formatFlow, parseFlow } from '../flow/notation.ts';
import { FLOW_FORMAT_NAMES } from '../trace/flow-log/flow-format.ts';
import {
  complain,
  complainAbout,
  complainOfMissing,
  locate,
  readList,
  readMapping,
  readTags,
  readText,
  readWord,
  type SuiteReport,
  textOf,
} from './fields.ts';
import { readFlowFilter } from './read-flow-filter.ts';
import { type ShortNames, spelledOut } from './short-names.ts';
import type {
  CountClaim,
  ExpectedTrace,
  FlowFilter,
  ListClaim,
  TraceExpectation,
  Unit,
  WrittenFlow,
} from './trace-expectation.ts';
import { UNITS } from './trace-expectation.ts';

/** What is expected of a trace: of the state that it stands in, or before a step and after it. */
const LISTS = ['expect', 'before', 'after'] as const;
const TRACE_FIELDS = ['trace', 'format', 'tags', ...LISTS];
const CLAIM_FIELDS = ['none', 'at-least', 'at-most', 'exactly'];
const EXPECTATION_FIELDS = ['name', 'tags', ...CLAIM_FIELDS, 'of', 'why'];
const COUNT_HINT = 'write 5, 5 packets, 3 connections or 2000 bytes';

const ALL_FLOWS: FlowFilter = {
  verdicts: [],
  reasons: [],
  from: [],
  to: [],
  protocols: [],
  ports: [],
  text: '',
};

/** What stands around the traces. */
export interface TraceContext {
  readonly tags: readonly string[];
  /** How many steps were made. */
  readonly state: number;
  readonly names: ShortNames;
  /** A path of the suite's, joined to its folder. */
  readonly pathFrom: (text: string) => string;
}

/** All that a suite, or a step of it, expects of traces. */
export function readTraces(
  values: ReadonlyMap<string, Node>,
  context: TraceContext,
  report: SuiteReport,
): ExpectedTrace[] {
  return readList(values, 'traces', report).flatMap((node) => readTrace(node, context, report));
}

function readTrace(
  node: Node,
  { tags: outer, state, names, pathFrom }: TraceContext,
  report: SuiteReport,
): ExpectedTrace[] {
  const values = readMapping(node, TRACE_FIELDS, 'a trace', report);
  if (values === undefined) return [];
  const traces = readPaths(values, report).map(pathFrom);
  const format = readWord(values, 'format', FLOW_FORMAT_NAMES, report);
  const tags = readTags(values, outer, report);
  const expecting = { state, list: 'traces', subject: 'the trace', field: 'trace' };
  complainOfMissing(node, values, { ...expecting, example: 'trace: capture.pcap' }, report);
  const expected = (name: (typeof LISTS)[number], of: number): ExpectedTrace[] => {
    const list = values.get(name);
    if (list === undefined) return [];
    const before = report.diagnostics.length;
    const expectations = readList(values, name, report).flatMap((one) =>
      readExpectation(one, { tags, names }, report),
    );
    if (expectations.length === 0 && report.diagnostics.length === before)
      complainAbout(
        report,
        list,
        'suite/empty',
        'nothing is expected of the trace',
        `${name}: [{ none: { verdict: deny } }]`,
      );
    const at = locate(report, node.range?.[0] ?? 0);
    return [{ traces, ...(format === undefined ? {} : { format }), state: of, expectations, at }];
  };
  // A mistake is one wherever it stands, also where nothing changes.
  return [
    ...expected('before', Math.max(state - 1, 0)),
    ...expected('expect', state),
    ...expected('after', state),
  ];
}

function readPaths(values: ReadonlyMap<string, Node>, report: SuiteReport): string[] {
  const node = values.get('trace');
  if (node === undefined) return [];
  if (isSeq(node) && node.items.length === 0)
    complainAbout(report, node, 'suite/empty', 'trace names no file');
  return (isSeq(node) ? (node.items as Node[]) : [node]).flatMap(
    (item) => textOf(item, 'trace', report)?.text ?? [],
  );
}

function readExpectation(
  node: Node,
  { tags: outer, names }: Pick<TraceContext, 'tags' | 'names'>,
  report: SuiteReport,
): TraceExpectation[] {
  const values = readMapping(node, EXPECTATION_FIELDS, 'an expectation of a trace', report);
  if (values === undefined) return [];
  const name = readText(values, 'name', report)?.text ?? '';
  const why = readText(values, 'why', report)?.text;
  const tags = readTags(values, outer, report);
  const before = report.diagnostics.length;
  const claimed = readClaim(node, values, names, report);
  if (claimed === undefined || report.diagnostics.length > before) return [];
  const { claim, filter, words } = claimed;
  return [
    {
      name,
      tags,
      ...(why === undefined ? {} : { why }),
      filter,
      claim,
      title: filter.text === '' ? `${words} at all` : `${words} with ${filter.text}`,
      at: locate(report, node.range?.[0] ?? 0),
    },
  ];
}

interface Claimed {
  readonly claim: CountClaim | ListClaim;
  readonly filter: FlowFilter;
  /** The claim without what it is about: `at most 5 packets`. */
  readonly words: string;
}

function readClaim(
  node: Node,
  values: ReadonlyMap<string, Node>,
  names: ShortNames,
  report: SuiteReport,
): Claimed | undefined {
  const given = CLAIM_FIELDS.filter((name) => values.has(name));
  const isRange = given.every((name) => name.startsWith('at-'));
  if (given.length === 0 || (given.length > 1 && !isRange)) {
    const message =
      given.length === 0
        ? 'nothing is claimed of the flows'
        : `${given.join(' and ')}: one claim an expectation`;
    complainAbout(report, node, 'suite/claim', message, 'none:, at-least:, at-most: or exactly:');
    return undefined;
  }
  const of = values.get('of');
  if (given[0] === 'none') {
    if (of !== undefined)
      complainAbout(report, of, 'suite/claim', 'none says itself of what', 'none: { verdict: deny }');
    const filter = readFlowFilter(values.get('none')!, 'none', names, report);
    const claim = { kind: 'count', least: 0, most: 0, unit: 'flows' } as const;
    return filter === undefined ? undefined : { claim, filter, words: 'no flow' };
  }
  const filter = of === undefined ? ALL_FLOWS : readFlowFilter(of, 'of', names, report);
  if (filter === undefined) return undefined;
  const exactly = values.get('exactly');
  if (isSeq(exactly)) {
    const flows = (exactly.items as Node[]).flatMap((item) => readFlow(item, names, report));
    const words = flows.length === 1 ? 'exactly this 1 flow' : `exactly these ${flows.length} flows`;
    return { claim: { kind: 'list', flows }, filter, words };
  }
  return readCounts(node, values, filter, report);
}

interface Count {
  readonly count: number;
  readonly unit: Unit;
}

function readCounts(
  node: Node,
  values: ReadonlyMap<string, Node>,
  filter: FlowFilter,
  report: SuiteReport,
): Claimed | undefined {
  const read = (name: string): Count | undefined => readCount(values, name, report);
  const [least, most, exactly] = [read('at-least'), read('at-most'), read('exactly')];
  const counts = [least, most, exactly].filter((one) => one !== undefined);
  const [first] = counts;
  if (first === undefined) return undefined;
  const { unit } = first;
  if (counts.some((one) => one.unit !== unit)) {
    complainAbout(report, node, 'suite/claim', 'at-least and at-most count different things');
    return undefined;
  }
  const claim: CountClaim = {
    kind: 'count',
    least: exactly?.count ?? least?.count ?? 0,
    most: exactly?.count ?? most?.count ?? Number.POSITIVE_INFINITY,
    unit,
  };
  if (claim.least > claim.most)
    complainAbout(report, node, 'suite/claim', 'at-least is more than at-most: nothing can be both');
  return { claim, filter, words: countWords(claim) };
}

/** `at most 5 packets`, `1 to 3 flows`, `exactly 2 connections`. */
function countWords({ least, most, unit }: CountClaim): string {
  const words = (count: number): string => `${count} ${count === 1 ? unit.replace(/s$/, '') : unit}`;
  if (least === most) return `exactly ${words(least)}`;
  if (most === Number.POSITIVE_INFINITY) return `at least ${words(least)}`;
  return least === 0 ? `at most ${words(most)}` : `${least} to ${words(most)}`;
}

function readCount(values: ReadonlyMap<string, Node>, name: string, report: SuiteReport): Count | undefined {
  const node = values.get(name);
  if (node === undefined) return undefined;
  const text = isScalar(node) ? String(node.source ?? node.value) : '';
  const [, digits, word = 'flows'] = /^([\d_,]{1,18})(?:\s+([a-z]+))?$/.exec(text) ?? [];
  const unit = UNITS.find((known) => known === word || known === `${word}s`);
  if (digits !== undefined && unit !== undefined) return { count: Number(digits.replace(/[_,]/g, '')), unit };
  complainAbout(report, node, 'suite/bad-count', `${name} is no count`, COUNT_HINT);
  return undefined;
}

function readFlow(node: Node, names: ShortNames, report: SuiteReport): WrittenFlow[] {
  const field = textOf(node, 'a flow', report);
  if (field === undefined) return [];
  const spelled = spelledOut(field.text, names);
  const parsed = parseFlow(spelled);
  const start = (node as Scalar).range?.[0] ?? 0;
  if ('flow' in parsed)
    return [{ flow: parsed.flow, text: formatFlow(parsed.flow), at: locate(report, start) }];
  const column = spelled === field.text ? parsed.column - 1 : 0;
  complain(report, 'flow/syntax', parsed.problem, { start: start + column });
  return [];
}
