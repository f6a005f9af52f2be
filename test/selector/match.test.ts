import { describe, expect, test } from 'vitest';
import { selectorMatches } from '../../src/selector/match.ts';
import { printSelector } from '../../src/selector/print.ts';
import type { Selector } from '../../src/selector/selector.ts';

const equals = (label: string, value: string): Selector => ({ kind: 'equals', label, value });
const has = (label: string): Selector => ({ kind: 'has', label });

/** [selector, text, {}, {k: ''}, {k: 'v'}, {k: 'vw'}] */
const table: readonly [Selector, string, boolean, boolean, boolean, boolean][] = [
  [equals('k', 'v'), 'k == "v"', false, false, true, false],
  [equals('k', ''), 'k == ""', false, true, false, false],
  [{ kind: 'not-equals', label: 'k', value: 'v' }, 'k != "v"', true, true, false, true],
  [{ kind: 'not-equals', label: 'k', value: '' }, 'k != ""', true, false, true, true],
  [{ kind: 'in', label: 'k', values: ['v', '', 'v'] }, 'k in {"", "v"}', false, true, true, false],
  [{ kind: 'in', label: 'k', values: [] }, 'k in {}', false, false, false, false],
  [{ kind: 'not-in', label: 'k', values: ['v'] }, 'k not in {"v"}', true, true, false, true],
  [{ kind: 'not-in', label: 'k', values: [] }, 'k not in {}', true, true, true, true],
  [{ kind: 'contains', label: 'k', value: '' }, 'k contains ""', false, true, true, true],
  [{ kind: 'contains', label: 'k', value: 'w' }, 'k contains "w"', false, false, false, true],
  [{ kind: 'starts-with', label: 'k', value: 'v' }, 'k starts with "v"', false, false, true, true],
  [{ kind: 'ends-with', label: 'k', value: 'v' }, 'k ends with "v"', false, false, true, false],
  [has('k'), 'has(k)', false, true, true, true],
  [{ kind: 'not', operand: has('k') }, '!has(k)', true, false, false, false],
  [{ kind: 'not', operand: equals('k', 'v') }, '!k == "v"', true, true, false, true],
  [{ kind: 'all' }, 'all()', true, true, true, true],
];

describe('a selector against a missing label, an empty one and others', () => {
  test.each(table)('%o', (selector, text, missing, empty, v, vw) => {
    expect(printSelector(selector)).toBe(text);
    const found = [{}, { k: '' }, { k: 'v' }, { k: 'vw' }].map((labels) => selectorMatches(selector, labels));
    expect(found).toEqual([missing, empty, v, vw]);
  });
});

test('groups bind as they are bracketed, and a value with a double quote is quoted singly', () => {
  const selector: Selector = {
    kind: 'or',
    operands: [equals('a', 'x'), { kind: 'and', operands: [has('b'), equals('b', 'say "x"')] }],
  };
  expect(printSelector(selector)).toBe(`(a == "x" || (has(b) && b == 'say "x"'))`);
  expect(selectorMatches(selector, { a: 'x' })).toBe(true);
  expect(selectorMatches(selector, { b: 'say "x"' })).toBe(true);
  expect(selectorMatches(selector, { a: 'y', b: 'x' })).toBe(false);
});

test('keys of every object are no labels', () => {
  expect(selectorMatches(has('constructor'), {})).toBe(false);
  expect(selectorMatches(has('__proto__'), {})).toBe(false);
  expect(selectorMatches({ kind: 'not-equals', label: 'toString', value: 'x' }, {})).toBe(true);
});
