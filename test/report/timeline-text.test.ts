import { describe, expect, test } from 'vitest';
import { deniedOverTime } from '../../src/report/timeline-text.ts';
import { PLAIN, replayDocument, verdicts } from './sample-documents.ts';

/** Of intervals: start, allowed and denied packets. */
function lines(
  seconds: number,
  intervals: readonly (readonly [start: number, allow: number, deny: number])[],
  style = PLAIN,
): string[] {
  const denied = intervals.reduce((sum, [, , deny]) => sum + deny, 0);
  return deniedOverTime(
    replayDocument({
      packets: verdicts(100, denied),
      timeline: {
        seconds,
        intervals: intervals.map(([start, allow, deny]) => ({
          start,
          packets: verdicts(allow, deny),
          bytes: verdicts(0, 0),
        })),
      },
    }),
    style,
  );
}

const START = 1_770_000_000;

describe('denied over time', () => {
  test('is a column an interval, quiet ones too, up to the most', () => {
    expect(
      lines(2, [
        [START, 5, 1],
        [START + 2, 5, 0],
        [START + 8, 0, 8],
        [START + 10, 1, 4],
      ]),
    ).toEqual([
      'Denied over time, in packets (02:40:00 to 02:40:12 UTC, 2 s a column)',
      '  ▁   █▄  most 8 at 02:40:08',
      '',
    ]);
  });

  test('is drawn with letters where the terminal may not show bars', () => {
    const [, bars] = lines(
      1,
      [
        [START, 0, 4],
        [START + 1, 0, 8],
      ],
      { ...PLAIN, ascii: true },
    );
    expect(bars).toBe('  =#  most 8 at 02:40:01');
  });

  test('fits a narrow report, however many intervals there are', () => {
    const many = Array.from({ length: 256 }, (_, index) => [START + index * 4096, 1, index % 7] as const);
    for (const columns of [60, 80, 200]) {
      const [title, bars] = lines(4096, many, { ...PLAIN, columns });
      expect(bars!.length).toBeLessThanOrEqual(columns);
      expect(title).toContain('2026-02-02 02:40 to 2026-02-14');
    }
  });

  test('leaves strays of another century out, and counts what was denied there', () => {
    const usual = Array.from({ length: 40 }, (_, index) => [START + index, 10, 1] as const);
    const [title, bars] = lines(1, [[0, 1, 0], ...usual, [4_294_967_295, 0, 1]]);
    expect(title).toContain('(02:40:00 to 02:40:40 UTC, 1 s a column, 1 at times far from these)');
    expect(bars).toBe(`  ${'█'.repeat(40)}  most 1 at 02:40:00`);
  });

  test('is not drawn from 1970 on where many records tell no time', () => {
    const [title, bars] = lines(1, [
      [0, 40, 8],
      [START, 10, 1],
      [START + 1, 10, 2],
    ]);
    expect(title).toBe(
      'Denied over time, in packets (02:40:00 to 02:40:02 UTC, 1 s a column, 8 without a time)',
    );
    expect(bars).toBe('  ▄█  most 2 at 02:40:01');
  });

  test('of two halves far apart keeps both', () => {
    const [title] = lines(1, [
      [START, 10, 5],
      [START + 1000, 10, 5],
    ]);
    expect(title).toContain('02:40:00 to 02:56:41 UTC');
    expect(title).not.toContain('far from these');
  });

  test('is not there when nothing was denied, or nothing is to be seen', () => {
    expect(
      lines(1, [
        [START, 10, 0],
        [START + 1, 10, 0],
      ]),
    ).toEqual([]);
    expect(lines(64, [[START, 10, 5]])).toEqual([]);
  });
});
