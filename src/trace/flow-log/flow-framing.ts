/**
 * Where the records of a flow log begin and end in a piece of its bytes. A piece begins where a record ends, or what is no
 * record; `flow-format.ts` says which ways of framing there are.
 */
import { csvRecordEnds, endOfLine, UNFINISHED } from './csv.ts';
import type { FlowList, Noise } from './flow-format.ts';

/** Records in a piece, which are asked for from front to back. */
export interface FlowFraming {
  /**
   * Where the next record begins, at or behind `at`: behind blanks and what is no record. The end of the piece when there is
   * none. What may be no record but is cut begins there.
   */
  begin(at: number): number;
  /** Where the record that begins at `at` ends, UNFINISHED when it goes on behind the piece. */
  end(at: number): number;
}

const NEWLINE = 10;
const RETURN = 13;
const BLANK = 32;
const QUOTE = 34;
const COMMA = 44;
const BACKSLASH = 92;
const OPEN = 123;
const CLOSE = 125;

/** Behind line breaks and blanks; a tab may be an empty cell's end. */
function behindBlanks(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && (bytes[at] === NEWLINE || bytes[at] === RETURN || bytes[at] === BLANK)) at++;
  return at;
}

function startsWith(bytes: Uint8Array, at: number, prefix: string): boolean {
  for (let index = 0; index < prefix.length; index++)
    if (bytes[at + index] !== prefix.charCodeAt(index)) return false;
  return true;
}

/** Behind `lines` lines, or the end of the bytes when they are the last; UNFINISHED when one is cut. */
function behindLines(bytes: Uint8Array, from: number, lines: number, atEnd: boolean): number {
  let at = from;
  for (let line = 0; line < lines && at < bytes.length; line++) {
    const end = endOfLine(bytes, at);
    if (end === UNFINISHED) return atEnd ? bytes.length : UNFINISHED;
    at = end;
  }
  return at < bytes.length || atEnd || lines === 1 ? at : UNFINISHED;
}

/**
 * Whether the whole line at `at` names other columns than the file began with, but as many: where their number differs, records tell
 * by themselves that they are not read.
 */
export function namesOtherColumns({ header, delimiter }: FlowList, bytes: Uint8Array, at: number): boolean {
  if (header === undefined || !startsWith(bytes, at, header.prefix)) return false;
  const end = endOfLine(bytes, at);
  if (end === UNFINISHED) return false;
  const line = Buffer.from(bytes.subarray(at, end)).toString('latin1').trimEnd();
  return line !== header.line && line.split(delimiter).length === header.line.split(delimiter).length;
}

/** The kind of line that is no record and begins at `at`; undefined where a record may. */
function noiseAt(list: FlowList, bytes: Uint8Array, at: number): Noise | undefined {
  const found = list.noise.find(({ prefix }) => startsWith(bytes, at, prefix));
  return found === undefined || namesOtherColumns(list, bytes, at) ? undefined : found;
}

/** Behind blanks and lines that are no records. */
function behindNoise(list: FlowList, bytes: Uint8Array, from: number, atEnd: boolean): number {
  for (let at = from; ; ) {
    at = behindBlanks(bytes, at);
    const found = noiseAt(list, bytes, at);
    if (found === undefined) return at;
    const behind = behindLines(bytes, at, found.lines, atEnd);
    if (behind === UNFINISHED) return at;
    at = behind;
  }
}

/** Behind the closing quote of the text that begins at `at`. */
function endOfText(bytes: Uint8Array, at: number): number {
  for (let close = bytes.indexOf(QUOTE, at + 1); close >= 0; close = bytes.indexOf(QUOTE, close + 1)) {
    let slashes = 0;
    while (bytes[close - 1 - slashes] === BACKSLASH && close - 1 - slashes > at) slashes++;
    if (slashes % 2 === 0) return close + 1;
  }
  return UNFINISHED;
}

/** Behind the brace that closes the object that begins at `at`. */
function endOfObject(bytes: Uint8Array, from: number): number {
  let depth = 0;
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === QUOTE) {
      const end = endOfText(bytes, at);
      if (end === UNFINISHED) return UNFINISHED;
      at = end - 1;
    } else if (byte === OPEN) depth++;
    else if (byte === CLOSE && --depth === 0) return at + 1;
  }
  return UNFINISHED;
}

/** Blanks, commas, brackets and the braces that close a document. */
const isBetweenObjects = (byte: number): boolean =>
  byte === NEWLINE ||
  byte === RETURN ||
  byte === BLANK ||
  byte === 9 ||
  byte === COMMA ||
  byte === 91 ||
  byte === 93 ||
  byte === CLOSE;

/** Behind a key and its value, when the text at `at` is a key of the document around the records; `at` itself when not. */
function behindMember(bytes: Uint8Array, at: number, atEnd: boolean): number {
  const colon = endOfText(bytes, at);
  if (colon === UNFINISHED || bytes[behindBlanks(bytes, colon)] !== 58) return at;
  const value = behindBlanks(bytes, behindBlanks(bytes, colon) + 1);
  if (value >= bytes.length) return at;
  if (bytes[value] === 91) return value;
  if (bytes[value] === OPEN || bytes[value] === QUOTE) {
    const end = bytes[value] === OPEN ? endOfObject(bytes, value) : endOfText(bytes, value);
    return end === UNFINISHED ? at : end;
  }
  let end = value;
  while (end < bytes.length && bytes[end] !== COMMA && bytes[end] !== CLOSE) end++;
  return end < bytes.length || atEnd ? end : at;
}

function objectFraming(bytes: Uint8Array, atEnd: boolean): FlowFraming {
  return {
    begin(from) {
      for (let at = from; ; ) {
        while (at < bytes.length && isBetweenObjects(bytes[at]!)) at++;
        if (bytes[at] !== QUOTE) return at;
        const behind = behindMember(bytes, at, atEnd);
        if (behind === at) return at;
        at = behind;
      }
    },
    end(at) {
      if (bytes[at] === OPEN) return endOfObject(bytes, at);
      if (bytes[at] === QUOTE) {
        const behind = endOfText(bytes, at);
        const next = behind === UNFINISHED ? undefined : bytes[behindBlanks(bytes, behind)];
        return next === undefined || next === 58 ? UNFINISHED : behind;
      }
      // What is no object is a record that cannot be read, up to where one may begin.
      const line = endOfLine(bytes, at);
      const open = bytes.indexOf(OPEN, at);
      if (open >= 0 && (line === UNFINISHED || open < line)) return open;
      return line;
    },
  };
}

/** A text is a tuple when it holds so many commas: no other text of such documents does. */
const TUPLE_COMMAS = 4;

function isTuple(bytes: Uint8Array, at: number, end: number): boolean {
  let commas = 0;
  for (let index = at; index < end && commas < TUPLE_COMMAS; index++) if (bytes[index] === COMMA) commas++;
  return commas === TUPLE_COMMAS;
}

/** Texts of a document; `isRecord` is asked about each whole one, and those that are none are passed over. */
function textFraming(
  bytes: Uint8Array,
  isRecord: (at: number, end: number) => boolean,
  end: (at: number) => number,
): FlowFraming {
  return {
    begin(from) {
      for (let at = from; ; ) {
        const quote = bytes.indexOf(QUOTE, at);
        if (quote < 0) return bytes.length;
        const behind = endOfText(bytes, quote);
        if (behind === UNFINISHED || isRecord(quote, behind)) return quote;
        at = behind;
      }
    },
    end,
  };
}

const MESSAGE = '"message"';

/** Behind the text that is the value of the key at `at`; UNFINISHED also when it is a text that is cut, and may be no such key. */
function endOfValue(bytes: Uint8Array, at: number): number {
  if (!startsWith(bytes, at, MESSAGE)) return UNFINISHED;
  const colon = behindBlanks(bytes, at + MESSAGE.length);
  const value = behindBlanks(bytes, colon + 1);
  if (value >= bytes.length) return UNFINISHED;
  return bytes[value] === QUOTE ? endOfText(bytes, value) : value;
}

/** The framing of a piece. `atEnd`: no bytes follow it. */
export function framingOf(list: FlowList, bytes: Uint8Array, atEnd: boolean): FlowFraming {
  const { framing, delimiter } = list;
  if (framing === 'objects') return objectFraming(bytes, atEnd);
  if (framing === 'tuples')
    return textFraming(
      bytes,
      (at, end) => isTuple(bytes, at, end),
      (at) => endOfText(bytes, at),
    );
  if (framing === 'messages')
    return textFraming(
      bytes,
      (at) => startsWith(bytes, at, MESSAGE),
      (at) => endOfValue(bytes, at),
    );
  const begin = (at: number): number => behindNoise(list, bytes, at, atEnd);
  const ends = framing === 'lines' ? undefined : csvRecordEnds(bytes, delimiter.charCodeAt(0));
  const end = (at: number): number => (ends === undefined ? endOfLine(bytes, at) : ends.after(at));
  // Lines that are no records, of which the last one is cut, are none either.
  return { begin, end: (at) => (noiseAt(list, bytes, at) === undefined ? end(at) : UNFINISHED) };
}
