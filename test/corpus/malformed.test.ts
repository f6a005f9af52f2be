import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openTrace } from '../../src/trace/open.ts';
import { readTrace } from './read-trace.ts';

const samples = resolve(import.meta.dirname, '../../../shared/samples/pcap-malformed');
const files = existsSync(samples)
  ? readdirSync(samples, { recursive: true, encoding: 'utf8' })
      .filter((path) => statSync(join(samples, path)).isFile() && !/\.(tsv|txt|md)$/.test(path))
      .sort()
  : [];

describe.skipIf(files.length === 0)('damaged captures end in a diagnostic or in counted rows', () => {
  test('there are as many as there were', () => expect(files.length).toBeGreaterThan(200));

  test.each(files)('%s', { timeout: 5000 }, (path) => {
    const opened = openTrace(join(samples, path));
    if (opened.value === undefined) {
      expect(opened.diagnostics[0]!.message).toContain(path);
      return;
    }
    let rows = 0;
    const { records } = readTrace(opened.value, (batch, row) => {
      rows++;
      if (batch.skip[row] === 0) expect([4, 6]).toContain(batch.family[row]);
    });
    expect(rows).toBe(records);
  });
});
