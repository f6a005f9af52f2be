/**
 * Captures that others broke on purpose, or that broke their decoders: each ends in a diagnostic or in rows, as many as two other
 * readers find records, and in a replay whose totals are sums, in no time.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createSoundReplay, MOST_MILLISECONDS, openDamaged } from '../mutation/sound-replay.ts';
import { processorClock } from '../processor-time.ts';
import { sampleWorld } from '../replay/tables.ts';
import { readTrace } from './read-trace.ts';

const samples = resolve(import.meta.dirname, '../../../shared/samples');
const folder = join(samples, 'pcap-malformed');
const files = existsSync(folder)
  ? readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => statSync(join(folder, path)).isFile() && !/\.(tsv|txt|md)$/.test(path))
      .sort()
  : [];

/** Records that tshark and tcpdump find, by path; empty where they were not asked. */
function reactions(): ReadonlyMap<string, readonly number[]> {
  const path = join(folder, 'REACTIONS.tsv');
  if (!existsSync(path)) return new Map();
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n').slice(1);
  return new Map(
    lines.map((line) => {
      const cells = line.split('\t');
      return [cells[0]!.replace('pcap-malformed/', ''), [Number(cells[2]), Number(cells[6])]];
    }),
  );
}

/** Refused, and why the others have something to show. */
const REFUSED: Readonly<Record<string, string>> = {
  'libpcap/pcap-invalid-version-1.pcap': 'version 1.4: both others refuse it too',
  'libpcap/pcap-invalid-version-2.pcap': 'version 2.5: libpcap refuses it too',
};

/** Of so many at once the answer must come as fast as of one. */
const TOGETHER = 24;

describe.skipIf(files.length === 0)('damaged captures end in a diagnostic or in counted rows', () => {
  const others = reactions();
  let compared = 0;

  test.each(files)('%s', (path) => {
    const spent = processorClock();
    const source = openDamaged(join(folder, path));
    expect(source === undefined, REFUSED[path]).toBe(path in REFUSED);
    if (source === undefined) return;
    let rows = 0;
    const { records } = readTrace(source, (batch, row) => {
      rows++;
      if (batch.skip[row] === 0) expect([4, 6]).toContain(batch.family[row]);
    });
    expect(rows).toBe(records);
    expect(spent()).toBeLessThan(MOST_MILLISECONDS);
    const counts = others.get(path);
    if (counts === undefined) return;
    expect(counts).toContain(records);
    compared++;
  });

  test('there are as many as there were, and others counted the same records', () => {
    expect(files.length).toBeGreaterThan(200);
    expect(compared).toBeGreaterThan(200);
  });

  const sound = createSoundReplay([{ world: sampleWorld() }]);
  const groups = Array.from({ length: Math.ceil(files.length / TOGETHER) }, (_, group) =>
    files.slice(group * TOGETHER, (group + 1) * TOGETHER),
  );

  test.each(groups.map((group) => [group[0], group] as const))(
    'through a replay, from %s on',
    async (_, group) => {
      const sources = group
        .map((path) => openDamaged(join(folder, path)))
        .filter((source) => source !== undefined);
      const { judge } = await sound;
      const alone = await judge(sources, {});
      expect(alone.result.traces).toHaveLength(sources.length);
      expect(await judge(sources, { workers: 2, chunkBytes: 61, rowsPerRound: 16 })).toEqual(alone);
    },
  );
});
