import { describe, expect, test } from 'vitest';
import { selectorMatches } from '../../src/selector/match.ts';
import { parseSelector } from '../../src/selector/parse.ts';
import { printSelector } from '../../src/selector/print.ts';
import type { Selector } from '../../src/selector/selector.ts';

function parsed(text: string): Selector {
  const result = parseSelector(text);
  if ('problem' in result) throw new Error(`${text}: ${result.problem} at ${result.column}`);
  return result.selector;
}

/** [text, canonical] */
const spellings: readonly [string, string][] = [
  ['', 'all()'],
  [' \t ', 'all()'],
  ['all()', 'all()'],
  [' all( \t) ', 'all()'],
  ['((all()))', 'all()'],
  ['global( )', 'global()'],
  ["a == 'x'", 'a == "x"'],
  ['a=="x"', 'a == "x"'],
  ['a!="x"', 'a != "x"'],
  ['a == ""', 'a == ""'],
  [`a == 'say "x"'`, `a == 'say "x"'`],
  [`a == "it's"`, `a == "it's"`],
  [`a == 'a\\'`, 'a == "a\\"'],
  ['a == "a && b\n"', 'a == "a && b\n"'],
  ['a in {"x"}', 'a in {"x"}'],
  ['a in{"x"}', 'a in {"x"}'],
  [`a in { 'b' ,"a", 'b', }`, 'a in {"a", "b"}'],
  ['a in {}', 'a in {}'],
  [`a in {'say "x"', "y"}`, `a in {'say "x"', "y"}`],
  ['a in {"\u{10000}", "\uff01"}', 'a in {"\uff01", "\u{10000}"}'],
  ['a not in {"x"}', 'a not in {"x"}'],
  ['a notin{"x"}', 'a not in {"x"}'],
  ['a not\t in{ }', 'a not in {}'],
  ['a contains "x"', 'a contains "x"'],
  ['a contains"x"', 'a contains "x"'],
  ["a starts with 'x'", 'a starts with "x"'],
  ["a startswith'x'", 'a starts with "x"'],
  ["a ends  with 'x'", 'a ends with "x"'],
  ["a endswith 'x'", 'a ends with "x"'],
  ['has( a )', 'has(a)'],
  ['has(has)', 'has(has)'],
  // Operators are words right behind a label only, so labels may have their names, and those of functions.
  ['in in {"x"}', 'in in {"x"}'],
  ['contains contains "x"', 'contains contains "x"'],
  ['not not in {"x"}', 'not not in {"x"}'],
  ['starts starts with "x"', 'starts starts with "x"'],
  ['has == "x"', 'has == "x"'],
  ['all == "x"', 'all == "x"'],
  ['global != "x"', 'global != "x"'],
  // Any character of a label may come first.
  ['5 == "x"', '5 == "x"'],
  ['-x == "x"', '-x == "x"'],
  ['/a.b_c-D == "x"', '/a.b_c-D == "x"'],
  // An even number of `!` cancels out; one covers one operand.
  ['!!a == "x"', 'a == "x"'],
  ['! ! !a == "x"', '!a == "x"'],
  ['!(!(a == "x"))', 'a == "x"'],
  ['!has(a)', '!has(a)'],
  ['!(a == "b")', '!a == "b"'],
  ['!a == "b" && c == "d"', '(!a == "b" && c == "d")'],
  ['! (has( b)||! has(a ))', '!(has(b) || !has(a))'],
  ['a=="1"||b=="2"&&c=="3"', '(a == "1" || (b == "2" && c == "3"))'],
  ['(a=="1"||b=="2")&&c=="3"', '((a == "1" || b == "2") && c == "3")'],
  ['has(a)&&has(b)&&has(c)', '(has(a) && has(b) && has(c))'],
  ['has(a)&&(has(b)&&has(c))', '(has(a) && (has(b) && has(c)))'],
];

describe('what is written is read, and printed in one form', () => {
  test.each(spellings)('%s', (text, canonical) => {
    expect(printSelector(parsed(text))).toBe(canonical);
    expect(parsed(canonical)).toEqual(parsed(text));
  });
});

/** [text, label missing, label empty, a value that makes it true (and one that does not)] */
const missing: readonly [string, boolean, boolean, string | undefined, string | undefined][] = [
  ['k == "v"', false, false, 'v', 'V'],
  ['k == ""', false, true, undefined, 'v'],
  ['k != "v"', true, true, 'w', 'v'],
  ['k != ""', true, false, 'w', undefined],
  ['k in {"u", "v"}', false, false, 'v', 'vv'],
  ['k in {"", "v"}', false, true, 'v', 'w'],
  ['k in {}', false, false, undefined, 'v'],
  ['k not in {"v"}', true, true, 'w', 'v'],
  ['k not in {""}', true, false, 'w', undefined],
  ['k not in {}', true, true, 'v', undefined],
  ['k contains "s"', false, false, 'asb', 'aSb'],
  ['k contains ""', false, true, 'v', undefined],
  ['k starts with "s"', false, false, 'st', 'ts'],
  ['k starts with ""', false, true, 'v', undefined],
  ['k ends with "s"', false, false, 'ts', 'st'],
  ['k ends with ""', false, true, 'v', undefined],
  ['has(k)', false, true, 'v', undefined],
  ['!has(k)', true, false, undefined, 'v'],
  ['all()', true, true, 'v', undefined],
  ['global()', true, true, 'v', undefined],
  ['!(k == "v")', true, true, 'w', 'v'],
  ['!(k contains "s")', true, true, 'v', 's'],
  ['!all()', false, false, undefined, 'v'],
];

test.each(missing)('%s against a missing label, an empty one and others', (text, none, empty, yes, no) => {
  const selector = parsed(text);
  expect(selectorMatches(selector, {})).toBe(none);
  expect(selectorMatches(selector, { other: 'v' })).toBe(none);
  expect(selectorMatches(selector, { k: '' })).toBe(empty);
  if (yes !== undefined) expect(selectorMatches(selector, { k: yes })).toBe(true);
  if (no !== undefined) expect(selectorMatches(selector, { k: no })).toBe(false);
});

test.each([
  ["a == 'x'", false, true, false],
  ["a != 'x'", true, false, true],
  ["!a == 'x' && has(b)", false, false, true],
  ["has(a) && a not in {'x'}", false, false, true],
  ["a == 'x' || has(b) && b == 'x'", false, true, true],
  ['', true, true, true],
])('%s against {}, {a: x} and {a: y, b: x}', (text, first, second, third) => {
  const selector = parsed(text);
  const found = [{}, { a: 'x' }, { a: 'y', b: 'x' }].map((labels) => selectorMatches(selector, labels));
  expect(found).toEqual([first, second, third]);
});

const OPERAND = 'expected a label, "has(", "all()", "!" or "("';
const OPERATOR = 'expected "==", "!=", "in", "not in", "contains", "starts with" or "ends with"';

/** [text, column, problem] */
const rejected: readonly [string, number, string][] = [
  ['a', 2, `found the end, ${OPERATOR}`],
  ['a ', 3, `found the end, ${OPERATOR}`],
  ['a = "b"', 3, 'found "=", expected "==" or "!="'],
  ['a == "b" & c == "d"', 10, 'found "&", expected "&&", "||" or the end'],
  ['a == "b" |', 10, 'found "|", expected "&&", "||" or the end'],
  ["'b1' == b", 1, `found the string 'b1', ${OPERAND}`],
  ['a == b', 6, 'found "b", expected a string in quotes'],
  ['a contains b', 12, 'found "b", expected a string in quotes'],
  ['a starts with b', 15, 'found "b", expected a string in quotes'],
  ['a ends with b', 13, 'found "b", expected a string in quotes'],
  ['"FOO', 1, 'found a string without an end, expected a closing "'],
  [`"FOO'`, 1, 'found a string without an end, expected a closing "'],
  ["a == 'FOO", 6, "found a string without an end, expected a closing '"],
  ['(', 2, `found the end, ${OPERAND}`],
  ['(a == "foo"', 12, 'found the end, expected "&&", "||" or ")"'],
  [')', 1, `found ")", ${OPERAND}`],
  ['a == "b")', 9, 'found ")", expected "&&", "||" or the end'],
  ['a in {"x"', 10, 'found the end, expected "," or "}"'],
  ['a in {"x", ||', 12, 'found "||", expected a string in quotes or "}"'],
  ['()', 2, `found ")", ${OPERAND}`],
  ['!', 2, `found the end, ${OPERAND}`],
  ['a in "x"', 6, 'found the string "x", expected "{"'],
  ['a in {b}', 7, 'found "b", expected a string in quotes or "}"'],
  ['a in {,}', 7, 'found ",", expected a string in quotes or "}"'],
  ['a in {"x",,}', 11, 'found ",", expected a string in quotes or "}"'],
  ['a in {"x" "y"}', 11, 'found the string "y", expected "," or "}"'],
  ['a inf {"x"}', 3, `found "inf", ${OPERATOR}`],
  ['a not {"x"}', 3, `found "not", ${OPERATOR}`],
  ['a starts "x"', 3, `found "starts", ${OPERATOR}`],
  ['a IN {"x"}', 3, `found "IN", ${OPERATOR}`],
  ['has(a', 6, 'found the end, expected ")"'],
  ['has(a b)', 7, 'found "b", expected ")"'],
  ['has ( a )', 5, 'found "has" apart from its "(", expected "has("'],
  ['all ()', 5, 'found "all" apart from its "(", expected "all("'],
  ['has()', 5, 'found ")", expected the name of a label'],
  ['has("a")', 5, 'found the string "a", expected the name of a label'],
  ['all(x)', 5, 'found "x", expected ")"'],
  ['HAS(a)', 4, `found "(", ${OPERATOR}`],
  ['a b', 3, `found "b", ${OPERATOR}`],
  ['a == "b" c == "d"', 10, 'found "c", expected "&&", "||" or the end'],
  ['a == "b" &&', 12, `found the end, ${OPERAND}`],
  ['|| a == "b"', 1, `found "||", ${OPERAND}`],
  ['a == "b" && || c == "d"', 13, `found "||", ${OPERAND}`],
  ['foo != ||', 8, 'found "||", expected a string in quotes'],
  ['%', 1, `found "%", ${OPERAND}`],
  ['a == "b" && %', 13, `found "%", ${OPERAND}`],
  ['a\n== "b"', 2, `found a line break, ${OPERATOR}`],
  ['a == "b"\n', 9, 'found a line break, expected "&&", "||" or the end'],
  ['a\u00a0== "b"', 2, `found the character U+00A0, ${OPERATOR}`],
  ['a == \u201cb\u201d', 6, 'found "\u201c", expected a string in quotes'],
  ['\u{1f600} == "b"', 1, `found "\u{1f600}", ${OPERAND}`],
  [`${'x'.repeat(513)} == "b"`, 1, 'found a label of 513 characters, expected no more than 512'],
  [`has(${'x'.repeat(513)})`, 5, 'found a label of 513 characters, expected no more than 512'],
  [`a ${'x'.repeat(50)}`, 3, `found "${'x'.repeat(40)}...", ${OPERATOR}`],
];

describe('what cannot be read is named with its column', () => {
  test.each(rejected)('%s', (text, column, problem) => {
    expect(parseSelector(text)).toEqual({ problem, column });
  });
});

test('long texts are read, and nesting is bounded beyond what 1024 characters hold', () => {
  const list = Array.from({ length: 5000 }, (_, index) => `l${index} == "v"`).join(' || ');
  expect(selectorMatches(parsed(list), { l4999: 'v' })).toBe(true);
  expect(parsed(`${'x'.repeat(512)} == "b"`)).toMatchObject({ kind: 'equals' });
  expect(parsed(`${'!'.repeat(100_000)}has(a)`)).toEqual({ kind: 'has', label: 'a' });

  const nested = (depth: number) => `${'!('.repeat(depth)}has(a)${')'.repeat(depth)}`;
  expect(selectorMatches(parsed(nested(512)), { a: '' })).toBe(true);
  expect(printSelector(parsed(nested(512)))).toBe('has(a)');
  expect(parseSelector(nested(513))).toEqual({
    problem: 'found brackets inside more than 512 others, expected fewer',
    column: 1026,
  });
  expect(parseSelector('('.repeat(1_000_000))).toMatchObject({ column: 513 });
});
