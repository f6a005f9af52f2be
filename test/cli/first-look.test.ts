/** What a flow log is said to hold, before any manifest: spans of time, who talks, flows that are told twice. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { ReplayDocument } from '../../src/analysis/replay/replay-document.ts';
import { dryplane } from './kept-program.ts';
import { checkedDocument } from './run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'dryplane-first-look-'));
afterAll(() => rmSync(folder, { recursive: true }));

function written(name: string, lines: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

function looked(path: string): { document: ReplayDocument; text: string } {
  const { stdout } = dryplane(['replay', path, '--format', 'json']);
  return { document: checkedDocument<ReplayDocument>(stdout), text: dryplane(['replay', path]).stdout };
}

test('a record without a time is not of 1970', () => {
  const path = written('vpc.log', [
    '2 123456789010 eni-102010ab 198.51.100.1 192.0.2.1 443 49152 6 10 840 1439387263 1439387264 ACCEPT OK',
    '2 123456789010 eni-102010ab 192.0.2.1 198.51.100.1 49152 443 6 20 1680 1439387265 1439387266 ACCEPT OK',
    '2 123456789010 eni-1a2b3c4d - - - - - - - 1431280876 1431280934 - NODATA',
    '2 123456789010 eni-4b118871 - - - - - - - 1431280876 1431280934 - NODATA',
  ]);
  const { document, text } = looked(path);
  expect(document.traces[0]).toMatchObject({
    first_time: '1439387263.000000000',
    last_time: '1439387265.000000000',
  });
  expect(text).toContain('2.00 s from 2015-08-12 13:47:43 UTC');
  expect(text).toContain('2 records say that nothing passed in their interval');
});

test('a log without any time has no span, one without bytes says so', () => {
  const { document, text } = looked(written('bare.csv', ['src,dst,proto,dport', '10.0.0.1,10.0.0.2,tcp,80']));
  expect(document.traces[0]).toMatchObject({ first_time: '', last_time: '' });
  expect(text).toContain('csv · 1 record · 1 packet · bytes are not told\n');
});

test('what an address sends to itself is counted once', () => {
  const path = written('self.csv', ['src,dst,proto,dport,packets', '127.0.0.1,127.0.0.1,tcp,80,19']);
  expect(looked(path).document.contents.talkers).toMatchObject([{ address: '127.0.0.1', packets: 19 }]);
});

test('a record that tells a flow once more is no flow of its own', () => {
  const conntrack =
    'tcp 6 60 SYN_RECV src=10.0.0.1 dst=10.0.0.2 sport=5000 dport=80 src=10.0.0.2 dst=10.0.0.1 sport=80 dport=5000';
  const path = written('events.txt', [
    `[1795226099.570567]\t    [NEW] ${conntrack}`,
    `[1795226099.570826]\t [UPDATE] ${conntrack}`,
    `[1795226099.570900]\t [UPDATE] ${conntrack}`,
  ]);
  const { document } = looked(path);
  expect(document.packets).toMatchObject({ total: 3, skip: 2 });
  expect(document.flows).toMatchObject({ total: 1, allow: 1, skip: 0 });
});
