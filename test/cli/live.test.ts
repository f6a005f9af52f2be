import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import type { ReplayDocument } from '../../src/analysis/replay/replay-document.ts';
import { createScreen, liveLines } from '../../src/cli/live-summary.ts';
import { createPalette } from '../../src/output/palette.ts';
import { CAPTURE, checkedDocument, QUICKSTART, ROOT } from './run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'dryplane-live-'));
afterAll(() => rmSync(folder, { recursive: true }));

const capture = readFileSync(join(ROOT, CAPTURE));

/** Where each record of the capture ends; the header's end first. */
const ends = ((): number[] => {
  const found = [24];
  for (let at = 24; at < capture.length; found.push(at)) at += 16 + capture.readUInt32LE(at + 8);
  return found;
})();

interface Live {
  readonly child: ChildProcessWithoutNullStreams;
  /** Sends records [from, to) one by one, so many milliseconds apart. */
  send(from: number, to: number, pause?: number): Promise<void>;
  readonly ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
}

function start(words: readonly string[]): Live {
  const child = spawn(process.execPath, ['dist/main.js', 'replay', '-', ...QUICKSTART, ...words], {
    cwd: ROOT,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (text) => {
    stdout += text;
  });
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  child.stdin.on('error', () => {});
  child.stdin.write(capture.subarray(0, 24));
  return {
    child,
    async send(from, to, pause = 0) {
      for (let record = from; record < to; record++) {
        child.stdin.write(capture.subarray(ends[record], ends[record + 1]));
        if (pause > 0) await sleep(pause);
      }
    },
    ended: new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr }))),
  };
}

/** Waits until the replay has begun: until its file of verdicts is there. */
async function begun(path: string): Promise<void> {
  const isThere = (): boolean => readdirSync(folder).some((name) => name.includes(basename(path)));
  for (let waited = 0; !isThere(); waited += 20) {
    if (waited > 100_000) throw new Error(`${path} is not begun`);
    await sleep(20);
  }
  await sleep(200);
}

const totalOf = (stdout: string): number => checkedDocument<ReplayDocument>(stdout).packets.total;

describe('a live pipe', () => {
  test('an interrupt ends its input: the report of what was read, all files whole', async () => {
    const verdicts = join(folder, 'interrupted.csv');
    const live = start(['--format', 'json', '--verdicts', verdicts]);
    await live.send(0, 200, 2);
    await begun(verdicts);
    live.child.kill('SIGINT');
    // What the writer still had.
    await live.send(200, 230);
    const { code, stdout, stderr } = await live.ended;
    expect([code, stderr]).toEqual([0, '']);
    expect(totalOf(stdout)).toBe(230);
    expect(readFileSync(verdicts, 'utf8').trim().split('\n')).toHaveLength(231);
  });

  test('a writer that closes the pipe at the interrupt is not waited for any longer', async () => {
    const verdicts = join(folder, 'closed.csv');
    const live = start(['--format', 'json', '--verdicts', verdicts]);
    await live.send(0, 100, 2);
    await begun(verdicts);
    live.child.kill('SIGINT');
    live.child.stdin.end();
    const before = Date.now();
    const { code, stdout } = await live.ended;
    expect(code).toBe(0);
    expect(totalOf(stdout)).toBe(100);
    expect(Date.now() - before).toBeLessThan(30_000);
  });

  test('a second interrupt stops without a report', async () => {
    const verdicts = join(folder, 'half.csv');
    const live = start(['--verdicts', verdicts]);
    await live.send(0, 100, 2);
    await begun(verdicts);
    live.child.kill('SIGINT');
    // Two that come before it looks are one to it, so that a busy machine may need more.
    const again = setInterval(() => live.child.kill('SIGINT'), 100);
    const { code, stdout } = await live.ended;
    clearInterval(again);
    expect([code, stdout]).toEqual([130, '']);
    expect(readdirSync(folder).filter((name) => name.includes('half'))).toEqual([]);
  });

  test('that ends within a record gives all whole ones, and says so', async () => {
    const live = start(['--format', 'json']);
    await live.send(0, 50, 2);
    live.child.stdin.end(capture.subarray(ends[50]!, ends[50]! + 20));
    const { code, stdout } = await live.ended;
    expect(code).toBe(0);
    const document = checkedDocument<ReplayDocument>(stdout);
    expect(document.packets.total).toBe(50);
    expect(document.traces[0]!.warnings).toEqual([
      expect.stringContaining('the last 20 bytes were not read'),
    ]);
  });

  const hasScript = spawnSync('script', ['--version']).status === 0;

  test.runIf(hasScript)(
    'on a terminal shows what it came to while packets come, and takes it away',
    async () => {
      const feeder = join(folder, 'feed.mjs');
      writeFileSync(
        feeder,
        `import { readdirSync, readFileSync } from 'node:fs';
       const bytes = readFileSync(${JSON.stringify(join(ROOT, CAPTURE))});
       const ends = ${JSON.stringify(ends.slice(0, 151))};
       const pause = () => new Promise((done) => setTimeout(done, 40));
       process.stdout.write(bytes.subarray(0, ends[1]));
       // Whoever reads may need long to start.
       while (!readdirSync(${JSON.stringify(folder)}).some((name) => name.includes('shown'))) await pause();
       for (let at = 1; at < 150; at++) {
         process.stdout.write(bytes.subarray(ends[at], ends[at + 1]));
         await pause();
       }`,
      );
      const words = [
        process.execPath,
        feeder,
        '|',
        process.execPath,
        'dist/main.js',
        'replay',
        '-',
        ...QUICKSTART,
        '--verdicts',
        join(folder, 'shown.csv'),
      ];
      const { stdout } = spawnSync('script', ['-qec', words.join(' '), '/dev/null'], {
        cwd: ROOT,
        encoding: 'utf8',
        timeout: 110_000,
        env: { ...process.env, NO_COLOR: '1', TERM: 'xterm' },
      });
      const shown = [...stdout.matchAll(/ {2}(\d+) packets {2}/g)].map((match) => Number(match[1]));
      expect([...shown].sort((a, b) => a - b)).toEqual(shown);
      expect(shown.some((count) => count > 0 && count < 150)).toBe(true);
      expect(stdout).toContain('denied flows ');
      expect(stdout).toContain('  latest 02:40:0');
      // The cursor is back before the report.
      expect(stdout.indexOf('\u001b[?25h')).toBeLessThan(stdout.indexOf('Denied, in packets'));
      expect(stdout).toMatch(/total +150/);
    },
  );
});

describe('the running summary', () => {
  const state = {
    bytes: 20_000,
    soFar: { packets: [90, 9, 0, 0, 1] as const, deniedFlows: 3, latest: 1_770_000_000 },
    seconds: 12,
    rate: 50.4,
    isEnding: false,
  };

  test('fits the terminal, whatever its width', () => {
    for (const columns of [10, 40, 80, 200]) {
      const lines = liveLines(state, createPalette(false), columns);
      expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(columns);
    }
    expect(liveLines(state, createPalette(false), 100)).toEqual([
      '  100 packets  20.0 kB  12.0 s  50 packets/s  latest 02:40:00 UTC',
      '  allow 90  deny 9  skip 1  denied flows 3',
      '  Ctrl-C ends the input and prints the report',
    ]);
  });

  test('is written over itself, and leaves nothing', () => {
    let text = '';
    const screen = createScreen((more) => {
      text += more;
    });
    screen.show(['a', 'b']);
    screen.show(['c']);
    screen.clear();
    screen.clear();
    expect(text).toBe('\u001b[?25la\nb\n\u001b[2A\r\u001b[0Jc\n\u001b[1A\r\u001b[0J\u001b[?25h');
  });
});
