/** Random trees and random texts: what is printed reads back as the same tree, and no text makes the reader throw. */

import { expect, test } from 'vitest';
import { sortedSet } from '../../src/selector/byte-order.ts';
import { selectorMatches } from '../../src/selector/match.ts';
import { parseSelector } from '../../src/selector/parse.ts';
import { printSelector } from '../../src/selector/print.ts';
import type { Selector } from '../../src/selector/selector.ts';
import { fc } from '../random/fast-check.ts';

const label = fc.constantFrom('a', 'b', 'in', 'not', 'has', 'all', 'contains', 'starts', '5', 'p.q/r-s_t');
/** Labels hold no quotes, and a text can hold only one kind of them in a string. */
const value = fc.oneof(
  fc.constantFrom('', 'x', 'y', 'xy', 'all()', ' && ', "it's", 'say "x"'),
  fc.string({ maxLength: 4 }).filter((text) => !text.includes('"')),
);
const values = fc.array(value, { maxLength: 4 }).map(sortedSet);

const { selector } = fc.letrec<{ selector: Selector }>((tie) => ({
  selector: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<Selector>({ kind: 'all' }, { kind: 'global' }),
    fc.record({ kind: fc.constant('has' as const), label }),
    fc.record({
      kind: fc.constantFrom('equals', 'not-equals', 'contains', 'starts-with', 'ends-with'),
      label,
      value,
    }),
    fc.record({ kind: fc.constantFrom('in', 'not-in'), label, values }),
    // The parser makes no negation of a negation.
    tie('selector').map((operand): Selector => (operand.kind === 'not' ? operand : { kind: 'not', operand })),
    fc.record({
      kind: fc.constantFrom('and', 'or'),
      operands: fc.array(tie('selector'), { minLength: 2, maxLength: 3 }),
    }),
  ),
}));

const labels = fc.dictionary(label, value, { maxKeys: 4, noNullPrototype: true });

test('printing and reading a tree gives the tree, and its text is canonical', () => {
  fc.assert(
    fc.property(selector, labels, (tree, endpoint) => {
      const text = printSelector(tree);
      const read = parseSelector(text);
      expect(read).toEqual({ selector: tree });
      if (!('selector' in read)) return;
      expect(printSelector(read.selector)).toBe(text);
      expect(selectorMatches(read.selector, endpoint)).toBe(selectorMatches(tree, endpoint));
    }),
    { numRuns: 2000 },
  );
});

const word = fc.constantFrom(
  ...['a', 'has(', 'all()', 'global()', '(', ')', '{', '}', ',', '!', '&&', '||', '==', '!=', '=', '&', '|'],
  ...[
    'in',
    'not in',
    'notin',
    'contains',
    'starts',
    'with',
    'ends with',
    '"x"',
    "'y'",
    '"',
    "'",
    '\n',
    '%',
    '',
  ],
);
const soup = fc.oneof(
  fc
    .array(fc.tuple(word, fc.constantFrom('', ' ', '\t')), { maxLength: 14 })
    .map((parts) => parts.flat().join('')),
  fc.string({ unit: 'binary', maxLength: 30 }),
);

test('any text is read or refused with a place in it, and what is read has one form', () => {
  fc.assert(
    fc.property(soup, labels, (text, endpoint) => {
      const read = parseSelector(text);
      if ('problem' in read) {
        expect(read.problem).toMatch(/^found .*, expected /s);
        expect(read.column).toBeGreaterThanOrEqual(1);
        expect(read.column).toBeLessThanOrEqual(text.length + 1);
        return;
      }
      const canonical = printSelector(read.selector);
      const again = parseSelector(canonical);
      if ('problem' in again) throw new Error(`${canonical}: ${again.problem}`);
      expect(again.selector).toEqual(read.selector);
      expect(selectorMatches(again.selector, endpoint)).toBe(selectorMatches(read.selector, endpoint));
    }),
    { numRuns: 5000 },
  );
});
