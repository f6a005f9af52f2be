import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { ReplayDocument } from '../../src/analysis/replay/replay-document.ts';
import { dryplane } from './kept-program.ts';
import { CAPTURE, checkedDocument, QUICKSTART, ROOT } from './run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'dryplane-range-'));
afterAll(() => rmSync(folder, { recursive: true }));

const PART = ['--from', '+5s', '--to', '+10s'];
const replayed = (words: readonly string[], input?: Uint8Array): ReplayDocument =>
  checkedDocument<ReplayDocument>(
    dryplane(['replay', ...words, ...QUICKSTART, '--format', 'json'], input === undefined ? {} : { input })
      .stdout,
  );

describe('--from and --to', () => {
  test('leave the rest out of totals, rows and timeline, and count it', () => {
    const rows = join(folder, 'rows.csv');
    const document = replayed([CAPTURE, ...PART, '--verdicts', rows]);
    const { total } = document.packets;
    expect(document.traces[0]).toMatchObject({ records: 1634, outside: 1634 - total, packets: total });
    const lines = readFileSync(rows, 'utf8').trim().split('\n').slice(1);
    expect(lines).toHaveLength(total);
    const times = lines.map((line) => Number(line.split(',')[2]));
    expect(Math.min(...times)).toBeGreaterThanOrEqual(1_770_000_005.1);
    expect(Math.max(...times)).toBeLessThan(1_770_000_010.101);
    const { intervals } = document.timeline;
    expect(intervals.reduce((sum, { packets }) => sum + packets.total, 0)).toBe(total);
    expect(intervals.every(({ start }) => start >= 1_770_000_005 && start <= 1_770_000_010)).toBe(true);
  });

  test('read a pipe as they read a file', () => {
    const { traces: _, timing: __, ...file } = replayed([CAPTURE, ...PART]);
    const { traces, timing, ...pipe } = replayed(['-', ...PART], readFileSync(join(ROOT, CAPTURE)));
    expect(pipe).toEqual(file);
    expect(traces[0]!.outside).toBeGreaterThan(0);
    expect(timing.workers).toBeGreaterThan(0);
  });

  test('are named where the report says what it left out', () => {
    const words = ['replay', CAPTURE, '--to', '+5s'];
    expect(dryplane([...words, ...QUICKSTART]).stdout).toContain(
      '\nnote: 1,355 records outside of --from and --to\n',
    );
    expect(dryplane(words).stdout).toContain(' 1,634 records · 1,355 of them outside of --from and --to · ');
  });

  test('around nothing are a warning at the top, with what there is', () => {
    const { code, stdout } = dryplane(['replay', CAPTURE, ...QUICKSTART, '--from', '2030-01-01']);
    expect(code).toBe(0);
    expect(stdout.split('\n')[0]).toBe(
      'warning: no record lies between --from and --to: those that were read lie between 2026-02-02T02:40:00.100938Z and 2026-02-02T02:40:36.021641Z',
    );
  });

  test('that are wrong are told all at once, before anything is read', () => {
    const { code, stderr } = dryplane(['replay', CAPTURE, '--from', '+30', '--to', 'noon']);
    expect(code).toBe(2);
    expect(stderr).toContain('--from:1:2: error[cli/time]: "30" is no duration');
    expect(stderr).toContain('--to:1:1: error[cli/time]: "noon" is no time');
  });

  test('take the same records out of a trace that is converted', () => {
    const part = join(folder, 'part.pcap');
    expect(dryplane(['convert', CAPTURE, ...PART, '-o', part]).code).toBe(0);
    const records = dryplane(['convert', CAPTURE, ...PART])
      .stdout.trim()
      .split('\n');
    const { packets } = replayed([CAPTURE, ...PART]);
    expect(records).toHaveLength(packets.total);
    expect(replayed([part]).packets).toEqual(packets);
    const several = dryplane(['convert', '-', CAPTURE, ...PART], {
      input: readFileSync(join(ROOT, CAPTURE)),
    });
    expect([several.code, several.stdout]).toEqual([2, '']);
    expect(several.stderr).toContain('standard input is a pipe');
  });
});
