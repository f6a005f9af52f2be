import { describe, expect, test } from 'vitest';
import { isInRange, parseTimeBound, rangeProblems, resolveRange } from '../../src/trace/time-range.ts';

const time = (text: string) => parseTimeBound(text, '--from').value;
const slip = (text: string): string[] => {
  const [one] = parseTimeBound(text, '--from').diagnostics;
  return one === undefined ? [] : [`${one.at!.column}+${one.span}`, one.message];
};

describe('a time on the command line', () => {
  test.each<[string, number, number]>([
    ['2026-02-02T02:40:00Z', 1_770_000_000, 0],
    ['2026-02-02t04:40:00.25+02:00', 1_770_000_000, 250_000_000],
    ['2026-02-02 02:40:00', 1_770_000_000, 0],
    ['2026-02-02T02:40', 1_770_000_000, 0],
    ['2026-02-02', 1_769_990_400, 0],
    ['1770000000', 1_770_000_000, 0],
    ['1770000000.000000001', 1_770_000_000, 1],
    ['0', 0, 0],
    ['4294967295.999999999', 4_294_967_295, 999_999_999],
  ])('%s', (text, seconds, nanos) => {
    expect(time(text)).toEqual({ time: { seconds, nanos }, isRelative: false });
  });

  test.each<[string, number, number]>([
    ['+30s', 30, 0],
    ['+5m', 300, 0],
    ['+1h30m', 5400, 0],
    ['+1.5s', 1, 500_000_000],
    ['+250ms', 0, 250_000_000],
    ['+0.5m', 30, 0],
    ['+1d', 86_400, 0],
    ['+0s', 0, 0],
  ])('%s counts from the first record', (text, seconds, nanos) => {
    expect(time(text)).toEqual({ time: { seconds, nanos }, isRelative: true });
  });

  test.each<[string, string, string]>([
    ['', '1+1', 'found nothing'],
    ['yesterday', '1+9', 'is no time'],
    ['2026-13-01', '6+2', '13 is no month'],
    ['2026-02-30', '1+10', '2026-02-30 is no day of the calendar'],
    ['2026-02-02T24:00', '12+2', '24 is no hour'],
    ['2026-02-02T02:61:00Z', '15+2', '61 is no minute'],
    ['2026-02-02T02:40:00X', '20+1', '"X" is no part of a time'],
    ['1969-12-31T23:59:59Z', '1+20', 'outside of 1970 to 2106'],
    ['2106-02-08', '1+10', 'outside of 1970 to 2106'],
    ['1770000000000', '1+13', 'beyond the year 2106'],
    ['+30', '2+2', '"30" is no duration'],
    ['+30s5', '5+1', '"5" is no duration'],
    ['+', '2+0', 'found nothing behind +'],
    ['-5s', '1+3', 'is no time'],
  ])('%s is a mistake with its place', (text, place, words) => {
    const [at, message] = slip(text);
    expect(at).toBe(place);
    expect(message).toContain(words);
  });

  test('in milliseconds is told in seconds', () => {
    expect(parseTimeBound('1770000000123', '--to').diagnostics[0]!.hint).toBe(
      'in seconds that is 1770000000.123',
    );
  });
});

describe('a range', () => {
  const range = resolveRange(
    { from: time('+1.5s')!, to: time('1010')! },
    { seconds: 1000, nanos: 600_000_000 },
  );

  test('is half-open, to the nanosecond', () => {
    expect(range).toEqual({ from: { seconds: 1002, nanos: 100_000_000 }, to: { seconds: 1010, nanos: 0 } });
    const inside = (seconds: number, nanos: number): boolean => isInRange(range, { seconds, nanos });
    expect(inside(1002, 99_999_999)).toBe(false);
    expect(inside(1002, 100_000_000)).toBe(true);
    expect(inside(1009, 999_999_999)).toBe(true);
    expect(inside(1010, 0)).toBe(false);
    // A broken fraction carries over.
    expect(inside(1001, 1_100_000_000)).toBe(true);
    expect(inside(1009, 1_000_000_000)).toBe(false);
  });

  test('that holds no time is a mistake, as far as that is known', () => {
    expect(rangeProblems({ from: time('+5s')!, to: time('+5s')! })).toHaveLength(1);
    expect(rangeProblems({ from: time('+5s')!, to: time('+6s')! })).toEqual([]);
    expect(rangeProblems({ from: time('+5s')!, to: time('5')! })).toEqual([]);
  });
});
