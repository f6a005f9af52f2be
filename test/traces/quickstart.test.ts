/** The shipped capture is what its story writes. DRYPLANE_WRITE_TRACES=1 writes it anew. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { quickstartCapture } from './quickstart-capture.ts';

const traces = resolve(import.meta.dirname, '../../traces');
const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe('traces/quickstart', () => {
  test('capture.pcap is what the story writes, and what the page about traces says', () => {
    const written = quickstartCapture();
    const path = join(traces, 'quickstart/capture.pcap');
    if (process.env.DRYPLANE_WRITE_TRACES === '1') writeFileSync(path, written);
    expect(digest(readFileSync(path))).toBe(digest(written));
    expect(readFileSync(join(traces, 'README.md'), 'utf8')).toContain(digest(written));
  });
});
