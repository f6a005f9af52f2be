import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { captureBytes } from './capture.ts';
import { randomPackets } from './random-packets.ts';
import { sampleTables } from './tables.ts';

const folder = mkdtempSync(join(tmpdir(), 'dryplane-memory-'));
afterAll(() => rmSync(folder, { recursive: true }));

const dist = (path: string): string =>
  JSON.stringify(pathToFileURL(join(import.meta.dirname, '../../dist', path)).href);

/** Most memory that a process of its own held while it replayed the trace, in MiB, and the packets it judged. */
function peak(path: string, tables: string): { peakMebibytes: number; packets: number } {
  const script = `
    import { readFileSync } from 'node:fs';
    const { replay } = await import(${dist('replay/replay.js')});
    const { openTrace } = await import(${dist('trace/open.js')});
    const result = await replay([openTrace(${JSON.stringify(path)}).value], { bytes: readFileSync(${JSON.stringify(tables)}) }, { workers: 2, rowsPerRound: 8192 });
    const packets = result.packets.reduce((a, b) => a + b);
    console.log(JSON.stringify({ peakMebibytes: process.resourceUsage().maxRSS / 1024, packets }));`;
  return JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' }),
  ) as ReturnType<typeof peak>;
}

test('a trace ten times as long takes no more memory', () => {
  const tables = join(folder, 'tables');
  writeFileSync(tables, sampleTables().bytes);
  const piece = captureBytes(randomPackets(3, 10_000, { hosts: 200 }), 900);
  const short = join(folder, 'short.pcap');
  const long = join(folder, 'long.pcap');
  writeFileSync(short, piece);
  writeFileSync(long, piece);
  for (let part = 1; part < 2; part++) appendFileSync(short, piece.subarray(24));
  for (let part = 1; part < 20; part++) appendFileSync(long, piece.subarray(24));
  const [one, ten] = [peak(short, tables), peak(long, tables)];
  expect([one.packets, ten.packets]).toEqual([20_000, 200_000]);
  expect(ten.peakMebibytes).toBeLessThan(one.peakMebibytes * 1.1);
});
