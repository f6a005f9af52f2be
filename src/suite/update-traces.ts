/**
 * What was observed in traces as edits of a suite's text: a bound that is not kept moves to the count, `none` becomes `at-most`, a list gets the
 * flows that are there and loses those that are not. What cannot be told is told, and left.
 */
import type { Node, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import { countFlows } from '../analysis/replay/flow-counts.ts';
import type { Location } from '../diagnostic/diagnostic.ts';
import { parseFlow } from '../flow/notation.ts';
import { countOf } from '../output/quantity.ts';
import type { FlowTally } from '../replay/result.ts';
import { type CheckedTrace, namingOf, type ReplayedTrace } from './check-traces.ts';
import { flowMatcher } from './flow-matcher.ts';
import { type Edit, fieldOf, listEdits, mappingsOf, offsetOf } from './list-items.ts';
import type { CountClaim, ListClaim, TraceExpectation } from './trace-expectation.ts';

/** More flows than anybody would write into a list. */
const LISTABLE = 1000;

/** What stays as it is although it failed. */
export interface NotWritten {
  readonly at: Location;
  readonly why: string;
}

/** An expectation of a trace with what was found, and the replay that it was found in. */
export interface TracedResult {
  readonly checked: CheckedTrace;
  readonly replayed: ReplayedTrace;
}

/** The field of a mapping that is replaced, in whole or its value alone. */
function replaced(mapping: YAMLMap, name: string, change: { key?: string; value?: string }): Edit[] {
  const { key, value } = fieldOf(mapping, name)!;
  const edit = (node: Node, text: string): Edit => ({ start: node.range![0], end: node.range![1], text });
  return [
    ...(change.key === undefined ? [] : [edit(key, change.key)]),
    ...(change.value === undefined ? [] : [edit(value!, change.value)]),
  ];
}

/** A count in the words of the one in its place: with the unit where that says one. */
function countLike(value: Node | null | undefined, count: number, { unit }: CountClaim): string {
  const isUnitSaid = /[a-z]/.test(String((value as Scalar | undefined)?.value ?? ''));
  const word = count === 1 ? unit.slice(0, -1) : unit;
  return isUnitSaid ? `${count} ${word}` : String(count);
}

/** `none` as a bound beside a filter: a line more, in braces a comma more. */
function boundedNone(mapping: YAMLMap, found: number, text: string): Edit[] {
  const { key } = fieldOf(mapping, 'none')!;
  const start = key.range![0];
  const column = start - (text.lastIndexOf('\n', start - 1) + 1);
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const between = mapping.flow === true ? ', ' : `${eol}${' '.repeat(column)}`;
  return replaced(mapping, 'none', { key: `at-most: ${found}${between}of` });
}

function countEdits(claim: CountClaim, found: number, mapping: YAMLMap, text: string): Edit[] {
  if (fieldOf(mapping, 'none') !== undefined) return boundedNone(mapping, found, text);
  const name = ['exactly', found > claim.most ? 'at-most' : 'at-least'].find(
    (one) => fieldOf(mapping, one) !== undefined,
  )!;
  const value = countLike(fieldOf(mapping, name)?.value, found, claim);
  // At least none at all would be true of every trace.
  const isEmpty = name === 'at-least' && found === 0 && fieldOf(mapping, 'at-most') === undefined;
  return replaced(mapping, name, isEmpty ? { key: 'exactly', value } : { value });
}

/** Flows as a list would have to name them; undefined where the notation names one only among others. */
function flowsAsWritten(
  tallies: readonly FlowTally[],
  { naming, world }: ReplayedTrace,
  { at }: TraceExpectation,
): readonly string[] | undefined {
  const texts = countFlows(tallies, naming).map(({ flow }) => flow);
  const isWhole = texts.every((text, index) => {
    const parsed = parseFlow(text);
    if (!('flow' in parsed)) return false;
    const { value: matches, diagnostics } = flowMatcher(
      { flow: parsed.flow, text, at },
      world,
      namingOf(naming),
    );
    return diagnostics.length === 0 && matches(tallies[index]!) === 'yes';
  });
  return isWhole ? [...new Set(texts)] : undefined;
}

function listedEdits(
  { flows }: ListClaim,
  { checked, replayed }: TracedResult,
  mapping: YAMLMap,
  text: string,
): Edit[] | string {
  const { missing, against, expectation } = checked;
  if (against.length > LISTABLE)
    return `${countOf(against.length, 'flow')} are too many for a list: say how many`;
  const added = flowsAsWritten(against, replayed, expectation);
  if (added === undefined) return 'some of the flows have no name of their own';
  const gone = new Set(flows.flatMap((flow, index) => (missing.includes(flow.text) ? [index] : [])));
  const { key, value } = fieldOf(mapping, 'exactly')!;
  return listEdits({ key, list: value as unknown as YAMLSeq<Node>, gone, added }, text);
}

/** What a failed expectation wants written, or why that cannot be. */
function wantedOf(result: TracedResult, root: unknown, text: string): Edit[] | string {
  const { expectation, isOpen, counted, uncertain, difference } = result.checked;
  const { claim, at } = expectation;
  if (isOpen) return difference;
  if (uncertain.flows > 0) return 'it cannot be told how many: some flows may or may not be meant';
  const mapping = mappingAt(root, at, text);
  if (mapping === undefined) return 'it is not found in the file';
  return claim.kind === 'count'
    ? countEdits(claim, counted[claim.unit], mapping, text)
    : listedEdits(claim, result, mapping, text);
}

/** The mapping that begins at a place. */
function mappingAt(root: unknown, at: Location, text: string): YAMLMap | undefined {
  const offset = offsetOf(at, text);
  for (const mapping of mappingsOf(root)) if (mapping.range?.[0] === offset) return mapping;
  return undefined;
}

export interface TracedEdits {
  readonly edits: readonly Edit[];
  /** Failures that the edits make pass. */
  readonly written: number;
  readonly left: readonly NotWritten[];
}

/** Edits that write what was observed. `results` are those of all CNIs; `root` is the suite's document, `text` its file. */
export function traceEdits(results: readonly TracedResult[], root: unknown, text: string): TracedEdits {
  const places = new Map<number, TracedResult[]>();
  for (const one of results) {
    const place = offsetOf(one.checked.expectation.at, text);
    places.set(place, [...(places.get(place) ?? []), one]);
  }
  const edits: Edit[] = [];
  const left: NotWritten[] = [];
  let written = 0;
  for (const all of places.values()) {
    const failed = all.filter(({ checked }) => !checked.passed);
    if (failed.length === 0) continue;
    const { at } = failed[0]!.checked.expectation;
    const wanted = failed.map((one) => wantedOf(one, root, text));
    const reason = wanted.find((one) => typeof one === 'string');
    const isOne = new Set(wanted.map((one) => JSON.stringify(one))).size === 1;
    if (reason !== undefined) left.push({ at, why: reason });
    // An alias, or a run under several CNIs, asks one expectation several times.
    else if (!isOne || failed.length < all.length)
      left.push({ at, why: 'it is asked several times, and what was found is not the same' });
    else {
      edits.push(...(wanted[0] as Edit[]));
      written += failed.length;
    }
  }
  return { edits, written, left };
}
