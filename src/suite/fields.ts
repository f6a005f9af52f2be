/** Fields of a suite's YAML with their positions: typed getters that report what does not fit, and go on. */
import {
  isMap,
  isScalar,
  isSeq,
  type LineCounter,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import type { Diagnostic, DiagnosticCode, Location } from '../diagnostic/diagnostic.ts';
import { didYouMean } from '../diagnostic/nearest.ts';
import { policyNameProblem } from './policy-name.ts';
import type { TextRange } from './suite.ts';

/** The file being read, and what was found wrong with it. */
export interface SuiteReport {
  readonly path: string;
  readonly text: string;
  readonly lines: LineCounter;
  readonly diagnostics: Diagnostic[];
}

/** A text with the node that it stands in. */
export interface TextField {
  readonly text: string;
  readonly node: Scalar;
}

export function locate({ path, lines }: SuiteReport, offset: number): Location {
  const { line, col } = lines.linePos(offset);
  return { file: path, line: Math.max(line, 1), column: Math.max(col, 1) };
}

/** Adds a problem at an offset of the file, an error unless it says otherwise. */
export function complain(
  report: SuiteReport,
  code: DiagnosticCode,
  message: string,
  place: {
    readonly start: number;
    readonly end?: number;
    readonly hint?: string | undefined;
    readonly severity?: Diagnostic['severity'];
  },
): void {
  const at = locate(report, place.start);
  const sourceLine = report.text.split('\n')[at.line - 1]!.replace(/\r$/, '');
  const span = Math.min((place.end ?? place.start + 1) - place.start, sourceLine.length - at.column + 1);
  report.diagnostics.push({
    code,
    severity: place.severity ?? 'error',
    message,
    at,
    sourceLine,
    span: Math.max(span, 1),
    ...(place.hint === undefined ? {} : { hint: place.hint }),
  });
}

/** Complains about a whole node. */
export function complainAbout(
  report: SuiteReport,
  node: Node | null | undefined,
  code: DiagnosticCode,
  message: string,
  hint?: string,
): void {
  const [start, end] = node?.range ?? [0, 1];
  complain(report, code, message, { start, end, hint });
}

/** The mapping's values by key; unknown keys are reported with the nearest known one. */
export function readMapping(
  node: unknown,
  known: readonly string[],
  what: string,
  report: SuiteReport,
): ReadonlyMap<string, Node> | undefined {
  if (!isMap(node)) {
    complainAbout(report, node as Node, 'suite/wrong-type', `${what} is not a mapping`);
    return undefined;
  }
  const values = new Map<string, Node>();
  for (const { key, value } of (node as YAMLMap<unknown, unknown>).items as Pair<Node, Node | null>[]) {
    const name = isScalar(key) ? String(key.value) : '';
    if (!known.includes(name)) {
      const hint = didYouMean(name, known) ?? `known: ${known.join(', ')}`;
      complainAbout(
        report,
        key,
        'suite/unknown-field',
        `unknown field ${JSON.stringify(name)} in ${what}`,
        hint,
      );
    } else if (value !== null && !(isScalar(value) && value.value === null)) values.set(name, value);
  }
  return values;
}

/** Undefined when the field is absent or no text. */
export function readText(
  values: ReadonlyMap<string, Node>,
  name: string,
  report: SuiteReport,
): TextField | undefined {
  const node = values.get(name);
  return node === undefined ? undefined : textOf(node, name, report);
}

export function textOf(node: Node, name: string, report: SuiteReport): TextField | undefined {
  if (isScalar(node) && typeof node.value === 'string') return { text: node.value, node };
  complainAbout(report, node, 'suite/wrong-type', `${name} is not a text`);
  return undefined;
}

/** The items of a list field; none when it is absent. */
export function readList(
  values: ReadonlyMap<string, Node>,
  name: string,
  report: SuiteReport,
): readonly Node[] {
  const node = values.get(name);
  if (node === undefined) return [];
  if (isSeq(node)) return node.items as Node[];
  complainAbout(report, node, 'suite/wrong-type', `${name} is not a list`);
  return [];
}

/** A text that must be one of a closed list. */
export function readWord<T extends string>(
  values: ReadonlyMap<string, Node>,
  name: string,
  known: readonly T[],
  report: SuiteReport,
): T | undefined {
  const field = readText(values, name, report);
  if (field === undefined) return undefined;
  return knownWord(field, name, known, report);
}

const TAG = /^[\p{L}\p{N}][\p{L}\p{N}._:/-]*$/u;

/**
 * The words of `tags` behind those that hold for all around, each once; words are without spaces and commas, so that a command line can
 * list them.
 */
export function readTags(
  values: ReadonlyMap<string, Node>,
  around: readonly string[],
  report: SuiteReport,
): readonly string[] {
  const tags = readList(values, 'tags', report).flatMap((node) => {
    const field = textOf(node, 'a tag', report);
    if (field === undefined || TAG.test(field.text)) return field === undefined ? [] : [field.text];
    const message = `${JSON.stringify(field.text)} is no tag`;
    const hint = 'a tag is one word of letters, digits and . _ : / -';
    complainAbout(report, node, 'suite/bad-tag', message, hint);
    return [];
  });
  return [...new Set([...around, ...tags])];
}

/** What an expectation is of, in words. */
interface Expecting {
  /** How many steps were made. */
  readonly state: number;
  /** The list that it stands in. */
  readonly list: string;
  /** `the expectation`, `the trace`. */
  readonly subject: string;
  /** The field that it cannot do without, with an example of it. */
  readonly field: string;
  readonly example?: string;
}

/** Complains where what is expected is not said, or not once: `before` and `after` take the place of `expect` where there is a step between them. */
export function complainOfMissing(
  node: Node,
  values: ReadonlyMap<string, Node>,
  { state, list, subject, field, example }: Expecting,
  report: SuiteReport,
): void {
  const given = ['before', 'after'].filter((name) => values.has(name));
  const complainOfField = (name: string, message: string, hint: string): void =>
    complainAbout(report, values.get(name), 'suite/unknown-field', message, hint);
  const missing = (name: string, hint?: string): void =>
    complainAbout(report, node, 'suite/missing-field', `${subject} has no field ${name}`, hint);
  if (!values.has(field)) missing(field, example);
  if (state === 0)
    for (const name of given)
      complainOfField(
        name,
        `${name} where nothing changes`,
        `it belongs into the ${list} of one of the steps`,
      );
  if (state > 0 && given.length > 0 && values.has('expect'))
    complainOfField('expect', `expect beside ${given[0]}`, 'write expect, or before and after');
  else if (state > 0 && given.length === 1) missing(given[0] === 'before' ? 'after' : 'before');
  else if (given.length === 0 && !values.has('expect')) missing('expect');
}

/** A word that must be one of a closed list. */
export function knownWord<Known extends string>(
  { text, node }: TextField,
  name: string,
  known: readonly Known[],
  report: SuiteReport,
): Known | undefined {
  const word = known.find((one) => one === text);
  if (word !== undefined) return word;
  const message = `${JSON.stringify(text)} is no ${name} that is known`;
  const hint = didYouMean(text, known) ?? `known: ${known.join(', ')}`;
  complainAbout(report, node, 'suite/unknown-word', message, hint);
  return undefined;
}

/** Where a node is written. */
export function rangeOf(node: Node): TextRange {
  const [start, end] = node.range ?? [0, 0];
  return { start, end };
}

/** `by`: the policy that must decide; complains of what names none. */
export function readPolicyName(values: ReadonlyMap<string, Node>, report: SuiteReport): string | undefined {
  const field = readText(values, 'by', report);
  if (field === undefined) return undefined;
  const problem = policyNameProblem(field.text);
  if (problem !== undefined)
    complainAbout(report, field.node, 'suite/bad-policy', problem.message, problem.hint);
  return field.text;
}
