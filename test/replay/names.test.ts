/** Records that name pods, in whole replays: any number of workers, staged policies beside, several states of a cluster. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { WrittenNames } from '../../src/analysis/written-names.ts';
import { compileTables } from '../../src/compile/compile.ts';
import { nameIndex } from '../../src/policy/addresses/named-addresses.ts';
import { ownersOverTime } from '../../src/policy/addresses/owners-over-time.ts';
import { CALICO } from '../../src/policy/cni/calico.ts';
import { createWorld, pendingWorld, type World } from '../../src/policy/world.ts';
import type { Epoch } from '../../src/replay/epochs.ts';
import type { ReplayOptions } from '../../src/replay/options.ts';
import { replay } from '../../src/replay/replay.ts';
import type { ReplayResult } from '../../src/replay/result.ts';
import { REASONS, VERDICTS } from '../../src/tables/verdict.ts';
import { openTrace } from '../../src/trace/open.ts';
import { random } from '../random/mulberry.ts';
import { sampleWorld } from './tables.ts';

const folder = mkdtempSync(join(tmpdir(), 'dryplane-named-'));
afterAll(() => rmSync(folder, { recursive: true }));

const SECONDS = 1_795_000_000;

/** A flow of Goldmane's between pods of the sample world, some of which nobody has. */
function line(source: string, destination: string, port: number, seconds: number): string {
  const key = {
    source_name: source,
    source_namespace: 'shop',
    source_type: source === 'pub' ? 4 : 1,
    dest_name: destination,
    dest_namespace: 'shop',
    dest_type: 1,
    dest_port: port,
    proto: 'tcp',
    reporter: 2,
    action: 1,
  };
  return JSON.stringify({ Key: key, start_time: seconds, packets_in: 3, bytes_in: 100 });
}

const draw = random(7);
const lines = Array.from({ length: 4000 }, (_, index) => {
  const name = (): string =>
    draw.chance(0.1) ? draw.pick(['pub', '*', 'ghost-1', 'ghost-2']) : `pod-${1 + draw.below(90)}`;
  const destination = `pod-${1 + draw.below(80)}`;
  return line(name(), destination, draw.pick([80, 443]), SECONDS + Math.floor(index / 40));
});
const log = join(folder, 'goldmane.ndjson');
writeFileSync(log, lines.join('\n'));

interface Replayed {
  readonly result: Omit<ReplayResult, 'timing'>;
  readonly rows: readonly string[];
}

async function replayed(
  epochs: readonly Epoch[],
  worlds: readonly World[],
  options: ReplayOptions,
): Promise<Replayed> {
  const written = new WrittenNames();
  const rows: string[] = [];
  const { timing: _, ...result } = await replay([openTrace(log).value!], epochs, {
    names: nameIndex(worlds),
    onNames: (texts) => written.add(texts),
    onRound: (batch, count) => {
      for (let row = 0; row < count; row++)
        rows.push(
          [
            written.textAt(batch.src, row * 4),
            written.textAt(batch.dst, row * 4),
            batch.dport[row],
            VERDICTS[batch.verdict[row]!],
            REASONS[batch.reason[row]!],
            VERDICTS[batch.pending[row]!],
          ].join('|'),
        );
    },
    ...options,
  });
  return { result, rows };
}

const tablesOf = (world: World, worlds: readonly World[]) =>
  compileTables(world, { names: nameIndex(worlds) }).tables;

describe('names', () => {
  const world = sampleWorld();
  const epochs: Epoch[] = [{ tables: tablesOf(world, [world]) }];

  test('give the same rows and result for any number of workers, rows in a round and bytes at a time', async () => {
    const alone = await replayed(epochs, [world], { workers: 1 });
    expect(alone.rows).toHaveLength(lines.length);
    expect(alone.rows.some((row) => row.startsWith('|') || row.includes('||'))).toBe(false);
    const verdicts = new Set(alone.rows.map((row) => row.split('|').slice(3, 5).join(' ')));
    for (const verdict of ['allow policy', 'allow profile', 'deny tier-end', 'undetermined pods-differ'])
      expect(verdicts, [...verdicts].join(', ')).toContain(verdict);
    // A pod that is not there is told as missing, each time.
    expect(
      alone.rows.filter((row) => /ghost-\d\|\S+\|\d+\|undetermined\|missing-field/.test(row)).length,
    ).toBe(alone.rows.filter((row) => row.includes('ghost')).length);
    for (const [workers, rowsPerRound, chunkBytes] of [
      [2, 256, 4096],
      [3, 1000, 1 << 18],
      [4, 131_072, 50_000],
    ] as const)
      expect(await replayed(epochs, [world], { workers, rowsPerRound, chunkBytes })).toEqual(alone);
  });

  test('mean the same to staged policies', async () => {
    const staged = sampleWorld({ isStaged: true });
    const enforced = pendingWorld(staged)!;
    const both: Epoch[] = [
      { tables: tablesOf(staged, [staged]), pendingTables: tablesOf(enforced, [staged]) },
    ];
    const { rows } = await replayed(both, [staged], { workers: 2 });
    const after = await replayed([{ tables: tablesOf(enforced, [staged]) }], [staged], { workers: 1 });
    const verdictOf = (row: string): string => row.split('|')[3]!;
    expect(rows.map((row) => row.split('|')[5])).toEqual(after.rows.map(verdictOf));
    expect(rows.some((row) => row.split('|')[5] !== verdictOf(row))).toBe(true);
  });

  test('are looked up in the state of the cluster that a record falls into', async () => {
    // Later some pods are gone, and others have come.
    const pods = world.cluster.pods.map((pod, index) =>
      index % 5 === 0 ? { ...pod, name: pod.name.replace('pod-', 'ghost-').slice(0, 7) } : pod,
    );
    const later = createWorld({ ...world.cluster, pods }, CALICO);
    const worlds = [world, later];
    const owners = ownersOverTime(worlds.map(({ book }) => book));
    const changed = SECONDS + 50;
    const states: Epoch[] = worlds.map((one, index) => ({
      tables: tablesOf(one, worlds),
      owners: owners[index]!,
      from: { seconds: index === 0 ? SECONDS : changed, nanos: 0 },
    }));
    const { rows } = await replayed(states, worlds, { workers: 2 });
    const [before, after] = await Promise.all(
      worlds.map(
        async (one) => (await replayed([{ tables: tablesOf(one, [one]) }], [one], { workers: 1 })).rows,
      ),
    );
    const half = lines.length / 2;
    expect(rows.slice(0, half)).toEqual(before!.slice(0, half));
    expect(rows.slice(half)).toEqual(after!.slice(half));
    expect(before!.slice(half)).not.toEqual(after!.slice(half));
  });
});
