/** Items of lists in a suite's text, taken out and put in without a change of anything else: comments, quotes and layout stay. */
import { isMap, isScalar, type Node, type Pair, type Scalar, type YAMLMap, type YAMLSeq } from 'yaml';
import type { Location } from '../diagnostic/diagnostic.ts';
import { rangeOf } from './fields.ts';
import type { TextRange } from './suite.ts';

/** A piece of text in the place of another. */
export interface Edit extends TextRange {
  readonly text: string;
}

/** Where in a text a place is. */
export function offsetOf({ line, column }: Location, text: string): number {
  let start = 0;
  for (let at = 1; at < line; at++) start = text.indexOf('\n', start) + 1;
  return start + column - 1;
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1;
}

/** Behind the line's end. */
function lineEnd(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  return end < 0 ? text.length : end + 1;
}

function eolOf(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

/** The key and the value of a field. */
export function fieldOf(
  map: YAMLMap,
  name: string,
): { readonly key: Scalar; readonly value: Node | null } | undefined {
  for (const { key, value } of map.items as Pair<Node, Node | null>[])
    if (isScalar(key) && key.value === name) return { key, value };
  return undefined;
}

/** A list of a suite, and what becomes of it. */
interface ChangedList {
  readonly key: Scalar;
  readonly list: YAMLSeq<Node>;
  /** Places of the items that go. */
  readonly gone: ReadonlySet<number>;
  /** Items that come, as they are written in a list of lines. */
  readonly added: readonly string[];
}

/** What makes the change; a list that is left without items says so. */
export function listEdits({ key, list, gone, added }: ChangedList, text: string): Edit[] {
  const { items } = list;
  const isEmptied = gone.size === items.length;
  if (list.flow === true) {
    const words = added.map(flowWord).join(', ');
    if (isEmptied) return [{ ...rangeOf(list), text: `[${words}]` }];
    const end = items.at(-1)!.range![1];
    return [
      ...flowRemovals(items, gone),
      ...(added.length === 0 ? [] : [{ start: end, end, text: `, ${words}` }]),
    ];
  }
  const [first, last] = [rangeOf(items[0]!), rangeOf(items.at(-1)!)];
  const edits = [...gone].map((index): Edit => {
    const { start, end } = rangeOf(items[index]!);
    return { start: lineStart(text, start), end: lineEnd(text, Math.max(start, end - 1)), text: '' };
  });
  if (added.length > 0) {
    const indent = /^[ ]*/.exec(text.slice(lineStart(text, first.start), first.start))![0];
    const at = lineEnd(text, Math.max(last.start, last.end - 1));
    edits.push({ start: at, end: at, text: linesOf(added, indent, text, at) });
  } else if (isEmptied) {
    const colon = text.indexOf(':', key.range![1]) + 1;
    edits.push({ start: colon, end: colon, text: ' []' });
  }
  return edits;
}

/** Items between brackets: each with the comma behind it, the last ones with the comma before them. */
function flowRemovals(items: readonly Node[], gone: ReadonlySet<number>): Edit[] {
  const kept = items.findLastIndex((_, index) => !gone.has(index));
  const inside = [...gone]
    .filter((index) => index < kept)
    .map((index) => ({ start: items[index]!.range![0], end: items[index + 1]!.range![0], text: '' }));
  if (kept === items.length - 1) return inside;
  return [...inside, { start: items[kept]!.range![1], end: items.at(-1)!.range![1], text: '' }];
}

/** A text between brackets, quoted where it would end there. */
function flowWord(text: string): string {
  return /[,[\]{}]/.test(text) ? JSON.stringify(text) : text;
}

/** Items as lines of a block, behind whatever stands before them. */
function linesOf(added: readonly string[], indent: string, text: string, at: number): string {
  const eol = eolOf(text);
  const before = at > 0 && text[at - 1] !== '\n' ? eol : '';
  return before + added.map((item) => `${indent}- ${item}${eol}`).join('');
}

/** What adds a list of this name behind another field of the mapping. */
export function newList(
  behind: Node,
  key: Scalar,
  name: string,
  added: readonly string[],
  text: string,
): Edit {
  const eol = eolOf(text);
  const keyAt = key.range![0];
  const indent = ' '.repeat(keyAt - lineStart(text, keyAt));
  const at = lineEnd(text, Math.max(behind.range![0], behind.range![1] - 1));
  const before = at > 0 && text[at - 1] !== '\n' ? eol : '';
  return {
    start: at,
    end: at,
    text: `${before}${indent}${name}:${eol}${linesOf(added, `${indent}  `, '\n', 1)}`.replaceAll(
      /\r?\n/g,
      eol,
    ),
  };
}

/** The text with all edits; none of them overlap. */
export function edited(text: string, edits: readonly Edit[]): string {
  let result = text;
  const ordered = edits.toSorted((one, other) => other.start - one.start || other.end - one.end);
  for (const { start, end, text: piece } of ordered)
    result = result.slice(0, start) + piece + result.slice(end);
  return result;
}

/** Every mapping of a document. */
export function* mappingsOf(node: unknown): Generator<YAMLMap> {
  if (isMap(node)) {
    yield node as YAMLMap;
    for (const { value } of node.items) yield* mappingsOf(value);
  } else if (typeof node === 'object' && node !== null && 'items' in node)
    for (const item of (node as YAMLSeq).items) yield* mappingsOf(item);
}
