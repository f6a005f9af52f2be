/**
 * Damaged traces of every format through whole replays: no crash, an answer in seconds, no record lost, totals that are sums,
 * the same answer whatever the workers, rounds and pieces, and the same rows from what `convert` writes. SEED= repeats a run from the trace that failed, SOAK= goes on.
 */
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, describe, expect, test } from 'vitest';
import type { ReplayOptions } from '../../src/replay/options.ts';
import { FLOW_FORMAT_NAMES, type FlowFormatName } from '../../src/trace/flow-log/flow-format.ts';
import { openTrace } from '../../src/trace/open.ts';
import { scanned, scannedText } from '../convert/records.ts';
import { destroyPools } from '../kept-pools.mjs';
import { isOver, soakFrom } from '../properties/soak.ts';
import { drawn } from '../random/depth.ts';
import { chosenSeed, type Random, random } from '../random/mulberry.ts';
import { sampleWorld } from '../replay/tables.ts';
import { captureInputs, type Input } from './capture-inputs.ts';
import { damaged } from './damage.ts';
import { type LogInput, logInputs } from './log-inputs.ts';
import { createSoundReplay, openDamaged } from './sound-replay.ts';

const folder = mkdtempSync(join(tmpdir(), 'dryplane-mutation-'));
afterAll(async () => {
  await destroyPools();
  rmSync(folder, { recursive: true });
});

const soak = soakFrom(process.env.SOAK) ?? { milliseconds: drawn(8000, 25_000) };
/** So many also where the machine is busy. */
const LEAST = drawn(5, 20);
const LONGEST = 'milliseconds' in soak ? soak.milliseconds + 300_000 : 86_400_000;
/** Growth of the process that no run may exceed. */
const MOST_BYTES = 1 << 30;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Frees what past replays shared: kept threads, and whoever is not pressed for memory, let go of it late or never. */
async function letGo(): Promise<void> {
  await destroyPools();
  collect();
}

const samples = resolve(import.meta.dirname, '../../../shared/samples');
const SMALL_FILE = 64 << 10;

/** Paths of small files of others. */
function filesOf(name: string): string[] {
  const path = join(samples, name);
  if (!existsSync(path)) return [];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .map((file) => join(path, file))
    .filter(
      (file) => statSync(file).isFile() && statSync(file).size < SMALL_FILE && !/\.(tsv|md)$/.test(file),
    )
    .sort();
}

const others = ['pcap', 'pcap-malformed', 'flowlogs'].map(filesOf).filter((files) => files.length > 0);
/** Half of the time of the logs. */
const LATER = { seconds: 1_700_000_300, nanos: 0 };
const { judge } = await createSoundReplay([
  { world: sampleWorld(), from: { seconds: 1, nanos: 0 } },
  { world: sampleWorld({ isStaged: true }), from: LATER },
]);

function write(name: string, bytes: Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

const isLog = (input: Input): input is LogInput => 'format' in input;

/** Pieces and rounds as small as they get, and usual ones. */
const tiny = (draw: Random): { chunkBytes: number; rowsPerRound: number } => ({
  chunkBytes: draw.pick([16, 61, 300, 4096]),
  rowsPerRound: draw.pick([1, 3, 16, 300]),
});

/** What of a replay its answer does depend on. */
const way = (draw: Random): ReplayOptions => ({
  duplicates: draw.pick(['auto', 'skip', 'judge']),
  ...(draw.chance(0.2) ? { tunnels: 'closed' as const } : {}),
  ...(draw.chance(0.2) ? { pickup: 'kernel' as const } : {}),
  ...(draw.chance(0.2)
    ? {
        range: {
          from: { time: { seconds: draw.below(5), nanos: 0 }, isRelative: true },
          ...(draw.chance(0.5) ? { to: { time: LATER, isRelative: false } } : {}),
        },
      }
    : {}),
});

interface Mutant {
  readonly name: string;
  readonly bytes: Buffer;
  readonly given: FlowFormatName | undefined;
}

/** A part of the names of inputs: those alone are damaged. */
const wanted = process.env.INPUTS;

/** The mutant of a seed: any input, damaged; a log now and then under the name of its format. */
function mutantOf(draw: Random): Mutant {
  if (wanted !== undefined) {
    const inputs = [...captureInputs(draw), ...logInputs(draw)].filter(({ name }) => name.includes(wanted));
    const { name, bytes } = draw.pick(inputs);
    return { name, bytes: damaged(bytes, draw), given: undefined };
  }
  if (others.length > 0 && draw.chance(0.3)) {
    const path = draw.pick(draw.pick(others));
    return {
      name: path.slice(samples.length + 1),
      bytes: damaged(readFileSync(path), draw),
      given: undefined,
    };
  }
  const input = draw.pick(draw.chance(0.5) ? captureInputs(draw) : logInputs(draw));
  const given = isLog(input) && draw.chance(0.3) ? input.format : undefined;
  return { name: input.name, bytes: damaged(input.bytes, draw), given };
}

describe('what is damaged here', () => {
  const draw = random(1);

  test('is of every format', () => {
    expect(new Set(logInputs(random(1)).map(({ format }) => format))).toEqual(new Set(FLOW_FORMAT_NAMES));
  });

  test.each(captureInputs(draw))('is a sound capture: $name', async ({ bytes }) => {
    const opened = openTrace(write('sound', bytes));
    const { records, result } = await judge([opened.value!], {});
    expect(records[0]).toBeGreaterThanOrEqual(24);
    expect(result.traces[0]!.warnings.join()).not.toMatch(/cut|damaged|behind it/);
  });

  test.each(logInputs(draw))('is a sound log: $name', async ({ bytes, format }) => {
    const opened = openTrace(write('sound', bytes));
    expect(opened.value?.format).toBe(format);
    const { records, result } = await judge([opened.value!], {});
    expect(records[0]).toBe(12);
    expect(result.packets[4], 'skipped').toBeLessThan(7);
  });
});

const seed = chosenSeed();

describe(`damaged traces, SEED=${seed}`, () => {
  test('end in a diagnostic or in an answer', { timeout: LONGEST }, async () => {
    const started = performance.now();
    const before = process.memoryUsage().rss;
    const count = { mutants: 0, refused: 0, together: 0, records: 0, slowest: 0 };
    let batch: { path: string; given: FlowFormatName | undefined }[] = [];
    const isEnough = (): boolean =>
      count.mutants > LEAST && isOver(soak, count.mutants, performance.now() - started);
    for (let number = 0; !isEnough(); number++) {
      const own = (seed + number) >>> 0;
      const draw = random(own);
      const { name, bytes, given } = mutantOf(draw);
      const path = write(`mutant-${batch.length}`, bytes);
      const begun = performance.now();
      try {
        const source = openDamaged(path, given);
        count.mutants++;
        if (source === undefined) {
          count.refused++;
          continue;
        }
        const how = way(draw);
        const whole = await judge([source], how);
        count.records += whole.records[0]!;
        expect(await judge([source], { ...how, ...tiny(draw) }), 'in small pieces').toEqual(whole);
        if (draw.chance(0.2)) {
          const format = draw.pick(['csv', 'ndjson'] as const);
          const { rows, text } = await scanned(source, tiny(draw).chunkBytes);
          if (rows.length > 0) expect((await scannedText(text[format])).rows, `as ${format}`).toEqual(rows);
        }
        count.slowest = Math.max(count.slowest, performance.now() - begun);
        batch.push({ path, given });
        if (batch.length < 12) continue;
        // Several at once, by one worker and by two.
        const sources = batch.map((one) => openDamaged(one.path, one.given)!);
        const alone = await judge(sources, how);
        expect(await judge(sources, { ...how, workers: 2, ...tiny(draw) }), 'with two workers').toEqual(
          alone,
        );
        count.together++;
        batch = [];
        if (count.together % 8 === 0) await letGo();
      } catch (error) {
        // With those that it was replayed beside, in their order.
        const kept = join(tmpdir(), `dryplane-mutant-${own}`);
        cpSync(folder, kept, { recursive: true });
        throw new Error(`SEED=${own} ${name}${given === undefined ? '' : ` as ${given}`}, kept as ${kept}`, {
          cause: error,
        });
      }
    }
    const { mutants, refused, records, together } = count;
    console.log(
      `mutation: ${mutants} damaged traces, ${refused} refused, ${records} records, ${together} times several at once, the slowest took ${Math.round(count.slowest)} ms, SEED=${seed}`,
    );
    await letGo();
    expect(process.memoryUsage().rss - before).toBeLessThan(MOST_BYTES);
  });
});
