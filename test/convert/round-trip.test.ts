/** What `convert` writes of any trace is read back as the same rows, from NDJSON and from CSV. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openTrace } from '../../src/trace/open.ts';
import { ROOT } from '../cli/run-cli.ts';
import { opened, scanned, scannedText } from './records.ts';

const samples = join(ROOT, '../shared/samples');

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

async function expectRoundTrip(path: string): Promise<number> {
  const first = await scanned(opened(path));
  if (first.rows.length === 0) return 0;
  for (const format of ['ndjson', 'csv'] as const) {
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

  describe.skipIf(!existsSync(samples))('of other projects', () => {
    const folders = existsSync(samples)
      ? readdirSync(join(samples, 'pcap')).map((name) => `pcap/${name}`)
      : [];
    test.each([...folders, 'pcap-malformed', 'flowlogs'])(
      '%s',
      async (folder) => {
        let rows = 0;
        const kinds = new Set<string>();
        for (const path of filesBelow(join(samples, folder))) {
          if (openTrace(path).value === undefined) continue;
          rows += await expectRoundTrip(path);
          kinds.add(path);
        }
        expect(kinds.size, folder).toBeGreaterThan(0);
        expect(rows, folder).toBeGreaterThan(0);
      },
      60_000,
    );
  });
});
