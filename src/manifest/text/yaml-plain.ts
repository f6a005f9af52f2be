/**
 * The fast reader for YAML as kubectl prints it and people write manifests: block mappings and lists, one-line and folded
 * scalars, literal blocks, flow collections. Whatever is beyond that, or looks like a mistake, it refuses as a whole, and
 * the complete reader (`yaml-document.ts`) takes the text. What it does read, both read alike; a test holds them to it. Only
 * two things that libyaml, and so kubectl, takes are taken here alone: quoted text and brackets that go on in a column that
 * is not deep enough, and tabs between brackets.
 */
import type { Place } from './place.ts';
import { resolvePlainScalar } from './plain-scalar.ts';
import { type BlockScalar, readFoldedQuote, readLiteral } from './yaml-block-scalar.ts';
import { FlowReader } from './yaml-flow.ts';
import { continuation, plainEnd } from './yaml-plain-lines.ts';
import {
  afterMarker,
  DASH,
  isBlank,
  isDocumentMarker,
  MOST_LEVELS,
  NEWLINE,
  REFUSED,
  SPACE,
  TAB,
} from './yaml-text.ts';

const DOUBLE_QUOTE = 34;
const HASH = 35;
const SINGLE_QUOTE = 39;
const COLON = 58;
const QUESTION_MARK = 63;
const OPEN_BRACKET = 91;
const OPEN_BRACE = 123;
const PIPE = 124;

/** First characters that give a scalar another meaning, quotes and flow brackets aside. */
const INDICATORS = new Set([...',]}#&*!|>%@`\t'].map((character) => character.charCodeAt(0)));

const opensCollection = (code: number): boolean => code === OPEN_BRACKET || code === OPEN_BRACE;
const opensQuote = (code: number): boolean => code === DOUBLE_QUOTE || code === SINGLE_QUOTE;

class BlockReader {
  readonly flow: FlowReader;
  readonly text: string;
  readonly wantsPlaces: boolean;
  /** Of the next content: its offset, and its column from 0. */
  position = 0;
  indent = 0;
  atEnd = false;
  level = 0;
  /** Of the value that was read last. */
  place: Place | undefined;
  /** Where the last scalar ended. */
  lastEnd = 0;

  constructor(text: string, wantsPlaces: boolean) {
    this.text = text;
    this.wantsPlaces = wantsPlaces;
    this.flow = new FlowReader(text, wantsPlaces);
  }

  /** Goes to the first content at or behind `from`, the start of a line. */
  toContent(from: number): void {
    const { text } = this;
    let lineStart = from;
    for (;;) {
      let position = lineStart;
      while (text.charCodeAt(position) === SPACE) position++;
      if (position >= text.length) {
        this.atEnd = true;
        return;
      }
      const code = text.charCodeAt(position);
      if (code === TAB) throw REFUSED;
      if (code !== NEWLINE && code !== HASH) {
        this.position = position;
        this.indent = position - lineStart;
        if (this.indent === 0 && isDocumentMarker(text, position)) throw REFUSED;
        return;
      }
      const newline = text.indexOf('\n', position);
      lineStart = newline < 0 ? text.length : newline + 1;
    }
  }

  /** After a value: nothing but a comment may follow on the line. */
  finishLine(end: number): void {
    this.lastEnd = end;
    const { text } = this;
    let position = end;
    while (text.charCodeAt(position) === SPACE) position++;
    const code = text.charCodeAt(position);
    if (position < text.length && code !== NEWLINE && (code !== HASH || position === end)) throw REFUSED;
    const newline = text.indexOf('\n', position);
    this.toContent(newline < 0 ? text.length : newline + 1);
  }

  isDash(): boolean {
    return this.text.charCodeAt(this.position) === DASH && isBlank(this.text, this.position + 1);
  }

  /** End of the key that begins at the position (exclusive), or -1 when no key does. */
  keyEnd(): number {
    const { text } = this;
    const first = text.charCodeAt(this.position);
    if (opensCollection(first)) return -1;
    if (opensQuote(first)) {
      const end = this.flow.quotedEnd(this.position, first);
      if (end < 0) return -1;
      let after = end;
      while (text.charCodeAt(after) === SPACE) after++;
      return text.charCodeAt(after) === COLON && isBlank(text, after + 1) ? end : -1;
    }
    for (let position = this.position; position < text.length; position++) {
      const code = text.charCodeAt(position);
      if (code === NEWLINE) return -1;
      if (code === COLON && isBlank(text, position + 1)) return position;
      if (code === HASH && text.charCodeAt(position - 1) === SPACE) return -1;
    }
    return -1;
  }

  /** The key between the position and `end`; the position moves behind its colon. */
  key(end: number): string {
    const { text, position } = this;
    const first = text.charCodeAt(position);
    const isQuoted = opensQuote(first);
    if (!isQuoted && (INDICATORS.has(first) || opensCollection(first) || first === QUESTION_MARK))
      throw REFUSED;
    const key = isQuoted ? this.flow.quoted(position, end) : text.slice(position, end).trimEnd();
    if (key === '' || key === '<<' || key === '__proto__' || key.includes('\t')) throw REFUSED;
    this.position = text.indexOf(':', end) + 1;
    return key;
  }

  /** The value at the position, whatever it is. */
  node(parentIndent: number): unknown {
    if (++this.level > MOST_LEVELS) throw REFUSED;
    const value = this.isDash()
      ? this.sequence(this.indent)
      : this.keyEnd() >= 0
        ? this.mapping(this.indent)
        : this.inline(parentIndent);
    this.level--;
    return value;
  }

  /** The value behind `key:` or `-`: on the same line, on the next lines, or none. */
  valueAfter(parentIndent: number, inMapping: boolean): unknown {
    const { text } = this;
    const from = this.position;
    let position = from;
    while (text.charCodeAt(position) === SPACE) position++;
    const code = text.charCodeAt(position);
    const isEmpty = position >= text.length || code === NEWLINE || code === HASH;
    if (!isEmpty) {
      this.position = position;
      return this.inline(parentIndent);
    }
    this.finishLine(code === HASH ? position - 1 : position);
    if (!this.atEnd && this.indent > parentIndent) return this.node(parentIndent);
    if (inMapping && !this.atEnd && this.indent === parentIndent && this.isDash())
      return this.node(parentIndent);
    if (this.wantsPlaces) this.place = { start: from - 1, end: from, keyStart: from - 1, keyEnd: from };
    return null;
  }

  mapping(indent: number): Record<string, unknown> {
    const value: Record<string, unknown> = {};
    const children = this.wantsPlaces ? new Map<string | number, Place>() : undefined;
    const start = this.position;
    while (!this.atEnd && this.indent === indent) {
      const end = this.keyEnd();
      if (end < 0 || this.isDash()) throw REFUSED;
      const keyStart = this.position;
      const key = this.key(end);
      if (Object.hasOwn(value, key)) throw REFUSED;
      value[key] = this.valueAfter(indent, true);
      children?.set(key, {
        ...this.place!,
        keyStart,
        keyEnd: keyStart + this.text.slice(keyStart, end).trimEnd().length,
      });
    }
    if (!this.atEnd && this.indent > indent) throw REFUSED;
    if (children !== undefined) this.collectionPlace(start, children);
    return value;
  }

  sequence(indent: number): unknown[] {
    const value: unknown[] = [];
    const children = this.wantsPlaces ? new Map<string | number, Place>() : undefined;
    const start = this.position;
    while (!this.atEnd && this.indent === indent && this.isDash()) {
      value.push(this.item(indent));
      children?.set(value.length - 1, this.place!);
    }
    if (!this.atEnd && this.indent > indent) throw REFUSED;
    if (children !== undefined) this.collectionPlace(start, children);
    return value;
  }

  item(indent: number): unknown {
    const { text } = this;
    const dash = this.position;
    let position = dash + 1;
    while (text.charCodeAt(position) === SPACE) position++;
    const code = text.charCodeAt(position);
    if (position >= text.length || code === NEWLINE || code === HASH) {
      this.position = dash + 1;
      return this.valueAfter(indent, false);
    }
    this.indent = indent + position - dash;
    this.position = position;
    return this.node(indent);
  }

  collectionPlace(start: number, children: Map<string | number, Place>): void {
    this.place = { start, end: this.lastEnd, keyStart: start, keyEnd: this.lastEnd, children };
  }

  /** A scalar or flow collection that begins on this line, the reader left at the next content. */
  inline(parentIndent: number): unknown {
    if (parentIndent < 0) throw REFUSED;
    const { text } = this;
    const start = this.position;
    const first = text.charCodeAt(start);
    if (first === PIPE) return this.block(start, readLiteral(text, start, parentIndent));
    let value: unknown;
    let end: number;
    if (opensCollection(first)) {
      value = this.flow.collection(start);
      end = this.flow.position;
      if (this.wantsPlaces) this.place = this.flow.place;
    } else if (opensQuote(first)) {
      end = this.flow.quotedEnd(start, first);
      if (end < 0) return this.block(start, readFoldedQuote(text, start));
      value = this.flow.quoted(start, end);
    } else return this.plain(start, first, parentIndent);
    this.finishLine(end);
    if (this.wantsPlaces && !opensCollection(first)) this.scalarPlace(start, end);
    return value;
  }

  scalarPlace(start: number, end: number): void {
    if (this.wantsPlaces) this.place = { start, end, keyStart: start, keyEnd: end };
  }

  plain(start: number, first: number, parentIndent: number): unknown {
    const { text } = this;
    const isDashLike = first === DASH || first === QUESTION_MARK || first === COLON;
    if (INDICATORS.has(first) || (isDashLike && isBlank(text, start + 1))) throw REFUSED;
    let end = plainEnd(text, start);
    let value = text.slice(start, end);
    let isFolded = false;
    for (;;) {
      const next = continuation(text, end, parentIndent);
      if (next === undefined) break;
      if (next.glue === undefined) {
        this.refuseAfterComment(next.start, parentIndent);
        break;
      }
      const nextEnd = plainEnd(text, next.start);
      value += next.glue + text.slice(next.start, nextEnd);
      end = nextEnd;
      isFolded = true;
    }
    this.finishLine(end);
    this.scalarPlace(start, end);
    return isFolded ? value : resolvePlainScalar(value);
  }

  /** A comment ends a plain scalar; deeper text behind it would be a mistake. */
  refuseAfterComment(comment: number, parentIndent: number): void {
    const newline = this.text.indexOf('\n', comment);
    this.toContent(newline < 0 ? this.text.length : newline + 1);
    if (!this.atEnd && this.indent > parentIndent) throw REFUSED;
  }

  /** A scalar over several lines, read elsewhere; the reader goes on behind it. */
  block(start: number, scalar: BlockScalar): string {
    this.lastEnd = scalar.end;
    if (scalar.next === undefined) this.finishLine(scalar.end);
    else this.toContent(scalar.next);
    this.scalarPlace(start, scalar.end);
    return scalar.value;
  }
}

/**
 * The one value of a text, with its place when asked for. Undefined for any text that the reader does not take; a text
 * without content has the value null.
 */
export function readPlainYaml(
  text: string,
  want: 'values' | 'places',
): { readonly value: unknown; readonly place: Place | undefined } | undefined {
  if (text.includes('\r')) return undefined;
  const start = afterMarker(text);
  if (start < 0) return undefined;
  const reader = new BlockReader(text, want === 'places');
  try {
    reader.toContent(start);
    if (reader.atEnd) return { value: null, place: undefined };
    const value = reader.node(-1);
    return reader.atEnd ? { value, place: reader.place } : undefined;
  } catch (cause) {
    if (cause === REFUSED) return undefined;
    throw cause;
  }
}
