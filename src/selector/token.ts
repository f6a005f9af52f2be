/**
 * The words of Calico's label expressions. What a word is depends on the one before it: operators such as `in` and
 * `contains` are known right behind a label only, so that labels may have these names; `has(`, `all(` and `global(` are one
 * word with their bracket. Space and TAB stand between words, no other white space.
 *
 * Source: projectcalico/calico libcalico-go/lib/selector/tokenizer/tokenizer.go (AppendTokens, cutIdentifier).
 */

export type TokenKind =
  | 'label'
  | 'string'
  | 'has'
  | 'all'
  | 'global'
  | '('
  | ')'
  | '{'
  | '}'
  | ','
  | '!'
  | '&&'
  | '||'
  | '=='
  | '!='
  | 'in'
  | 'not in'
  | 'contains'
  | 'starts with'
  | 'ends with'
  | 'end'
  | 'invalid';

export interface Token {
  readonly kind: TokenKind;
  /** The label's name, the string without its quotes, the label of `has`; else empty. */
  readonly value: string;
  /** Where the token begins and where the text behind it begins, 0-based. */
  readonly start: number;
  readonly end: number;
  /** Of an invalid one: found and expected, where the lexer alone can say. */
  readonly problem?: string;
}

/** Source: tokenizer.go (MaxLabelLength). */
const LONGEST_LABEL = 512;
const LABEL = /[A-Za-z0-9_./-]+/y;
const BLANK = /[ \t]*/y;
const SYMBOL = /&&|\|\||==|!=|[(){},!]/y;
/** Each must end where no label's character follows, white space behind it or not. */
const OPERATORS: readonly (readonly [TokenKind, RegExp])[] = [
  ['contains', /contains(?![A-Za-z0-9_./-])/y],
  ['starts with', /starts[ \t]*with(?![A-Za-z0-9_./-])/y],
  ['ends with', /ends[ \t]*with(?![A-Za-z0-9_./-])/y],
  ['not in', /not[ \t]*in(?![A-Za-z0-9_./-])/y],
  ['in', /in(?![A-Za-z0-9_./-])/y],
];
const FUNCTION = /(?:has|all|global)\(/y;

/** The token at an offset; `behindLabel` when the one before it was a label. */
export function tokenAt(text: string, offset: number, behindLabel: boolean): Token {
  const start = skipBlank(text, offset);
  if (start === text.length) return { kind: 'end', value: '', start, end: start };
  const symbol = matchAt(SYMBOL, text, start);
  if (symbol !== undefined)
    return { kind: symbol as TokenKind, value: '', start, end: start + symbol.length };
  const first = text[start]!;
  if (first === '"' || first === "'") return stringAt(text, start, first);
  return behindLabel ? operatorAt(text, start) : wordAt(text, start);
}

/** What stands at an offset, for a message: a word, a string or a character. */
export function foundAt(text: string, offset: number): string {
  const start = skipBlank(text, offset);
  if (start === text.length) return 'the end';
  const word = matchAt(SYMBOL, text, start) ?? matchAt(LABEL, text, start);
  if (word !== undefined) return `"${shortened(word)}"`;
  const first = text[start]!;
  if (first === '"' || first === "'") {
    const closing = text.indexOf(first, start + 1);
    return `the string ${shortened(text.slice(start, closing === -1 ? undefined : closing + 1))}`;
  }
  if (first === '\n' || first === '\r') return 'a line break';
  const character = String.fromCodePoint(text.codePointAt(start)!);
  const isPlain = /[\p{L}\p{N}\p{P}\p{S}]/u.test(character);
  return isPlain
    ? `"${character}"`
    : `the character U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;
}

function stringAt(text: string, start: number, quote: string): Token {
  const closing = text.indexOf(quote, start + 1);
  if (closing === -1) return invalid(start, `found a string without an end, expected a closing ${quote}`);
  return { kind: 'string', value: text.slice(start + 1, closing), start, end: closing + 1 };
}

function operatorAt(text: string, start: number): Token {
  for (const [kind, pattern] of OPERATORS) {
    const found = matchAt(pattern, text, start);
    if (found !== undefined) return { kind, value: '', start, end: start + found.length };
  }
  return invalid(start);
}

function wordAt(text: string, start: number): Token {
  const opening = matchAt(FUNCTION, text, start);
  if (opening !== undefined)
    return functionAt(text, start, start + opening.length, opening.slice(0, -1) as 'has' | 'all' | 'global');
  const label = labelAt(text, start);
  return typeof label === 'string'
    ? { kind: 'label', value: label, start, end: start + label.length }
    : label;
}

function functionAt(text: string, start: number, inside: number, kind: 'has' | 'all' | 'global'): Token {
  let offset = skipBlank(text, inside);
  let value = '';
  if (kind === 'has') {
    const label = labelAt(text, offset);
    if (typeof label !== 'string')
      return label.problem === undefined
        ? invalid(offset, `found ${foundAt(text, offset)}, expected the name of a label`)
        : label;
    value = label;
    offset = skipBlank(text, offset + label.length);
  }
  if (text[offset] !== ')') return invalid(offset, `found ${foundAt(text, offset)}, expected ")"`);
  return { kind, value, start, end: offset + 1 };
}

function labelAt(text: string, start: number): string | Token {
  const label = matchAt(LABEL, text, start);
  if (label === undefined) return invalid(start);
  return label.length <= LONGEST_LABEL
    ? label
    : invalid(start, `found a label of ${label.length} characters, expected no more than ${LONGEST_LABEL}`);
}

function invalid(start: number, problem?: string): Token {
  return { kind: 'invalid', value: '', start, end: start, ...(problem === undefined ? {} : { problem }) };
}

function skipBlank(text: string, offset: number): number {
  return offset + matchAt(BLANK, text, offset)!.length;
}

function matchAt(pattern: RegExp, text: string, offset: number): string | undefined {
  pattern.lastIndex = offset;
  return pattern.exec(text)?.[0];
}

function shortened(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}
