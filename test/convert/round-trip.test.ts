/** What `convert` writes of any trace is read back as the same rows, from NDJSON and from CSV. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openTrace } from '../../src/trace/open.ts';
import { ROOT } from '../cli/run-cli.ts';
import { isDeep } from '../random/depth.ts';
import { chosenSeed } from '../random/mulberry.ts';
import { opened, scanned, scannedText } from './records.ts';

const samples = join(ROOT, '../shared/samples');

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

const FORMATS = ['ndjson', 'csv'] as const;

async function expectRoundTrip(
  path: string,
  formats: readonly (typeof FORMATS)[number][] = FORMATS,
): Promise<number> {
  const first = await scanned(opened(path));
  if (first.rows.length === 0) return 0;
  for (const format of formats) {
    const again = await scannedText(first.text[format]);
    expect(again.rows, `${path} as ${format}`).toEqual(first.rows);
    expect(again.text[format] === first.text[format], `${path} as ${format}, written again`).toBe(true);
  }
  return first.rows.length;
}

describe('records read back as the same rows', () => {
  test.each(['traces/quickstart/capture.pcap', 'traces/calico/flows.csv'])('%s', async (path) => {
    expect(await expectRoundTrip(join(ROOT, path))).toBeGreaterThan(10);
  });

  test('a connection that is translated to port 0', async () => {
    const line =
      'udp 17 21 src=10.244.1.10 dst=10.96.0.10 sport=35024 dport=53 packets=1 bytes=92 src=10.244.2.21 dst=10.244.1.10 sport=0 dport=35024 packets=1 bytes=92 mark=0 use=1\n';
    const first = await scannedText(line);
    expect(first.rows).toEqual([expect.stringContaining('to 183763477.0.0.0:0')]);
    for (const text of Object.values(first.text)) expect((await scannedText(text)).rows).toEqual(first.rows);
  });

  describe.skipIf(!existsSync(samples))('of other projects', () => {
    const folders = existsSync(samples)
      ? readdirSync(join(samples, 'pcap')).map((name) => `pcap/${name}`)
      : [];
    test.each([...folders, 'pcap-malformed', 'flowlogs'])('%s', async (folder) => {
      let rows = 0;
      const kinds = new Set<string>();
      for (const [index, path] of filesBelow(join(samples, folder)).entries()) {
        if (openTrace(path).value === undefined) continue;
        // There are many: on a usual run each in one of the formats, in another the next time.
        const one = FORMATS[(chosenSeed() + index) % FORMATS.length]!;
        rows += await expectRoundTrip(path, isDeep ? FORMATS : [one]);
        kinds.add(path);
      }
      expect(kinds.size, folder).toBeGreaterThan(0);
      expect(rows, folder).toBeGreaterThan(0);
    });
  });
});
