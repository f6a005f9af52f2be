import { describe, expect, test } from 'vitest';
import { medianOf, pairedRatio, unpairedRatio } from '../../src/analysis/ratio-interval.ts';

describe('the median', () => {
  test.each([
    [[3], 3],
    [[5, 1, 3], 3],
    [[4, 1, 3, 2], 2.5],
  ])('of %j is %d', (values, expected) => expect(medianOf(values)).toBe(expected));
});

describe('ratios', () => {
  const slow = [20, 22, 24, 20, 26, 21, 23];
  const fast = [10, 11, 12, 10, 13, 10.5, 11.5];

  test('of rounds that ran side by side are sure where every round says the same', () => {
    expect(pairedRatio(slow, fast)).toEqual({ ratio: 2, interval: { low: 2, high: 2 } });
  });

  test('of rounds that did not are as sure as the rounds are alike', () => {
    const { ratio, interval } = unpairedRatio(slow, fast);
    expect(ratio).toBe(2);
    expect(interval!.low).toBeGreaterThan(1.5);
    expect(interval!.low).toBeLessThan(2);
    expect(interval!.high).toBeGreaterThan(2);
    expect(interval!.high).toBeLessThan(2.6);
  });

  test('a round that was held up does not move them', () => {
    const { ratio, interval } = pairedRatio([...slow, 900], [...fast, 10]);
    expect(ratio).toBe(2);
    expect(interval!.high).toBeLessThan(3);
  });

  test('of two rounds have no interval', () => {
    expect(pairedRatio([1, 2], [1, 1]).interval).toBeNull();
    expect(unpairedRatio([1, 2, 3], [1, 1]).interval).toBeNull();
  });

  test('are the same each time', () => {
    expect(unpairedRatio(slow, fast)).toEqual(unpairedRatio(slow, fast));
  });
});
