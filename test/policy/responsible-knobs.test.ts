import { describe, expect, test } from 'vitest';
import { responsibleKnobs } from '../../src/policy/cni/responsible-knobs.ts';

const KNOBS = ['a', 'b', 'c', 'd', 'e'];
const all =
  (...needed: string[]) =>
  (turned: readonly string[]): boolean =>
    needed.every((knob) => turned.includes(knob));

describe('responsible knobs', () => {
  test('each alone that does it', () => {
    expect(responsibleKnobs(KNOBS, (turned) => turned.includes('b') || turned.includes('d'))).toEqual([
      ['b'],
      ['d'],
    ]);
  });

  test('a pair where none alone does, even where dropping knobs leads to three', () => {
    expect(responsibleKnobs(KNOBS, all('b', 'e'))).toEqual([['b', 'e']]);
    const either = (turned: readonly string[]): boolean =>
      all('a', 'b')(turned) || all('c', 'd', 'e')(turned);
    expect(responsibleKnobs(KNOBS, either)).toEqual([['a', 'b']]);
  });

  test('of more, a set of which none can be spared', () => {
    expect(responsibleKnobs(KNOBS, all('a', 'c', 'd'))).toEqual([['a', 'c', 'd']]);
  });

  test('nothing where not even all do', () => {
    expect(responsibleKnobs(KNOBS, () => false)).toEqual([]);
    expect(responsibleKnobs([], () => true)).toEqual([]);
  });
});
