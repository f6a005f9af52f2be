/**
 * The text of a Calico label expression → Selector. `!` binds tightest, then `&&`, then `||`; pairs of `!` cancel out; an
 * empty text is `all()`. Sets come out sorted and without duplicates, so that printing what was parsed is canonical.
 * What is wrong is said once, at the first place that cannot be read, found before expected.
 *
 * Source: projectcalico/calico libcalico-go/lib/selector/parser/parser.go.
 */
import { sortedSet } from './byte-order.ts';
import type { Selector } from './selector.ts';
import { foundAt, type Token, type TokenKind, tokenAt } from './token.ts';

export type ParsedSelector =
  | { readonly selector: Selector }
  /** Column of the problem in the text, from 1, in UTF-16 code units. */
  | { readonly problem: string; readonly column: number };

/** More than any text of 1024 characters can hold; Calico has no limit but the length of a field. */
const DEEPEST_BRACKETS = 512;
const AN_OPERAND = 'a label, "has(", "all()", "!" or "("';
const AN_OPERATOR = '"==", "!=", "in", "not in", "contains", "starts with" or "ends with"';
const A_STRING = 'a string in quotes';

/** Where the reading stands. A problem ends it: whoever finds one returns undefined, and so does every caller. */
interface Reading {
  readonly text: string;
  token: Token;
  depth: number;
  problem?: { readonly problem: string; readonly column: number };
}

/** Never throws. */
export function parseSelector(text: string): ParsedSelector {
  const reading: Reading = { text, token: tokenAt(text, 0, false), depth: 0 };
  if (isAt(reading, 'end')) return { selector: { kind: 'all' } };
  const selector = readOr(reading);
  if (selector !== undefined && !isAt(reading, 'end')) fail(reading, '"&&", "||" or the end');
  return reading.problem ?? { selector: selector! };
}

function readOr(reading: Reading): Selector | undefined {
  return readGroup(reading, 'or', '||', readAnd);
}

function readAnd(reading: Reading): Selector | undefined {
  return readGroup(reading, 'and', '&&', readUnary);
}

function readGroup(
  reading: Reading,
  kind: 'and' | 'or',
  joint: '&&' | '||',
  readOperand: (reading: Reading) => Selector | undefined,
): Selector | undefined {
  const operands: Selector[] = [];
  do {
    if (operands.length > 0) advance(reading);
    const operand = readOperand(reading);
    if (operand === undefined) return undefined;
    operands.push(operand);
  } while (isAt(reading, joint));
  return operands.length === 1 ? operands[0] : { kind, operands };
}

function readUnary(reading: Reading): Selector | undefined {
  let isNegated = false;
  while (isAt(reading, '!')) {
    isNegated = !isNegated;
    advance(reading);
  }
  const operand = readPrimary(reading);
  if (!isNegated || operand === undefined) return operand;
  // Brackets between two negations make no difference either, so that what is printed reads back as it is.
  return operand.kind === 'not' ? operand.operand : { kind: 'not', operand };
}

function readPrimary(reading: Reading): Selector | undefined {
  const { kind, value, start } = reading.token;
  switch (kind) {
    case '(':
      return readBrackets(reading, start);
    case 'has':
      advance(reading);
      return { kind, label: value };
    case 'all':
    case 'global':
      advance(reading);
      return { kind };
    case 'label':
      advance(reading);
      return readComparison(reading, value);
    default:
      return fail(reading, AN_OPERAND);
  }
}

function readBrackets(reading: Reading, start: number): Selector | undefined {
  if (reading.depth === DEEPEST_BRACKETS)
    return failAt(
      reading,
      start,
      `found brackets inside more than ${DEEPEST_BRACKETS} others, expected fewer`,
    );
  reading.depth++;
  advance(reading);
  const selector = readOr(reading);
  if (selector === undefined) return undefined;
  if (!isAt(reading, ')')) return fail(reading, '"&&", "||" or ")"');
  reading.depth--;
  advance(reading);
  return selector;
}

function readComparison(reading: Reading, label: string): Selector | undefined {
  const { kind } = reading.token;
  switch (kind) {
    case '==':
    case '!=':
    case 'contains':
    case 'starts with':
    case 'ends with': {
      advance(reading);
      const value = readString(reading, A_STRING);
      return value === undefined ? undefined : { kind: KIND_BY_OPERATOR[kind], label, value };
    }
    case 'in':
    case 'not in': {
      advance(reading);
      const values = readSet(reading);
      return values === undefined ? undefined : { kind: kind === 'in' ? 'in' : 'not-in', label, values };
    }
    default:
      return failWithoutOperator(reading, label);
  }
}

const KIND_BY_OPERATOR = {
  '==': 'equals',
  '!=': 'not-equals',
  contains: 'contains',
  'starts with': 'starts-with',
  'ends with': 'ends-with',
} as const;

function failWithoutOperator(reading: Reading, label: string): undefined {
  const { kind, start } = reading.token;
  if (kind === '(' && ['has', 'all', 'global'].includes(label))
    return failAt(reading, start, `found "${label}" apart from its "(", expected "${label}("`);
  return fail(reading, reading.text[start] === '=' ? '"==" or "!="' : AN_OPERATOR);
}

function readString(reading: Reading, expected: string): string | undefined {
  const { kind, value } = reading.token;
  if (kind !== 'string') return fail(reading, expected);
  advance(reading);
  return value;
}

/** Members may end in a comma; there may be none. */
function readSet(reading: Reading): readonly string[] | undefined {
  if (!isAt(reading, '{')) return fail(reading, '"{"');
  advance(reading);
  const values: string[] = [];
  while (!isAt(reading, '}')) {
    const value = readString(reading, `${A_STRING} or "}"`);
    if (value === undefined) return undefined;
    values.push(value);
    if (isAt(reading, ',')) advance(reading);
    else if (!isAt(reading, '}')) return fail(reading, '"," or "}"');
  }
  advance(reading);
  return sortedSet(values);
}

function isAt({ token }: Reading, kind: TokenKind): boolean {
  return token.kind === kind;
}

function advance(reading: Reading): void {
  const { end, kind } = reading.token;
  reading.token = tokenAt(reading.text, end, kind === 'label');
}

function fail(reading: Reading, expected: string): undefined {
  const { start, problem } = reading.token;
  return failAt(reading, start, problem ?? `found ${foundAt(reading.text, start)}, expected ${expected}`);
}

function failAt(reading: Reading, start: number, problem: string): undefined {
  reading.problem = { problem, column: start + 1 };
  return undefined;
}
