/**
 * Everything at once: copies, names, translations, states of the cluster, staged policies, ranges of time, full tables. Whatever is
 * combined, every record is a row, totals are the sums of the rows, and nothing hangs on workers and sizes. `SEED=` repeats a run.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { ReplayOptions } from '../../src/replay/options.ts';
import { VERDICT_SKIP } from '../../src/tables/verdict-layout.ts';
import { openTrace } from '../../src/trace/open.ts';
import { type Answer, createSoundReplay } from '../mutation/sound-replay.ts';
import { drawn } from '../random/depth.ts';
import { chosenSeed, type Random, random } from '../random/mulberry.ts';
import { BEGUN, drawCaptures, drawList, drawLog, drawWorld } from './combined-traces.ts';

const folder = mkdtempSync(join(tmpdir(), 'dryplane-combinations-'));
afterAll(() => rmSync(folder, { recursive: true }));

const seed = chosenSeed();
/** About how long the captures last. */
const SECONDS = 45;

function drawOptions(draw: Random): ReplayOptions {
  const second = (): { time: { seconds: number; nanos: number }; isRelative: false } => ({
    time: { seconds: BEGUN + draw.below(SECONDS), nanos: draw.below(1e9) },
    isRelative: false,
  });
  const [from, to] = [second(), second()].sort((a, b) => a.time.seconds - b.time.seconds);
  return {
    duplicates: draw.pick(['skip', 'skip', 'judge', 'auto']),
    pickup: draw.pick(['judge', 'judge', 'kernel']),
    tunnels: draw.pick(['open', 'open', 'closed']),
    ...(draw.chance(0.4) ? { range: { from: from!, ...(draw.chance(0.5) ? { to: to! } : {}) } } : {}),
    ...(draw.chance(0.4) ? { conntrack: { max: draw.pick([64, 640]) } } : {}),
    ...(draw.chance(0.3) ? { flows: draw.pick([64, 256]), flowsListed: draw.pick([5, 100]) } : {}),
  };
}

const SIZES: readonly ReplayOptions[] = [
  { workers: 1, rowsPerRound: 64, chunkBytes: 1024 },
  { workers: 2, rowsPerRound: 333, chunkBytes: 4096 },
  { workers: 5, rowsPerRound: 1000 },
];

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

/** What one result must say the same of in several places. */
function checkAgreement({ result }: Answer, where: string): void {
  const counted = result.reasons.filter(({ verdict }) => verdict === VERDICT_SKIP);
  expect(sum(counted.map(({ packets }) => packets)), where).toBe(result.packets[VERDICT_SKIP]);
  expect(sum(result.reasons.map(({ flows }) => flows)), where).toBe(sum(result.flows));
  const { intervals } = result.timeline;
  for (const key of ['packets', 'bytes'] as const)
    result[key].forEach((count, verdict) => {
      expect(sum(intervals.map((interval) => interval[key][verdict]!)), `${where} ${key}`).toBe(count);
    });
  if (result.omitted.refused + result.omitted.admitted === 0 && result.refused.length < 5) {
    const flows = [...result.admitted, ...result.refused];
    expect(sum(flows.map(({ connections }) => connections)), where).toBeLessThanOrEqual(sum(result.flows));
  }
  if (result.pending === undefined) return;
  for (const key of ['packets', 'bytes', 'flows'] as const) {
    expect(sum(result.pending[key]), `${where} pending ${key}`).toBe(sum(result[key]));
    const changes = result.pending.changes.map((change) => change[key]);
    expect(sum(changes), `${where} changes ${key}`).toBe(sum(result[key]));
    expect(result.pending[key][VERDICT_SKIP], `${where} pending skips, ${key}`).toBe(
      result[key][VERDICT_SKIP],
    );
  }
}

test(`whatever is combined (SEED=${seed})`, async () => {
  for (let round = 0; round < Number(process.env.COMBINATIONS ?? drawn(1, 3)); round++) {
    const draw = random(seed + round);
    const borders = draw.chance(0.7) ? [BEGUN, BEGUN + draw.below(SECONDS / 2), BEGUN + SECONDS / 2] : [];
    const states =
      borders.length === 0
        ? [{ world: drawWorld(draw, folder) }]
        : [...new Set(borders)].map((seconds) => ({
            world: drawWorld(draw, folder),
            from: { seconds, nanos: draw.below(1e9) },
          }));
    const paths = drawCaptures(draw, folder, draw.pick([1, 1, 2, 3]));
    if (draw.chance(0.5)) paths.push(drawLog(draw, folder, SECONDS));
    if (draw.chance(0.5)) paths.push(drawList(draw, folder, SECONDS));
    const options = drawOptions(draw);
    const where = `SEED=${seed + round} COMBINATIONS=1 ${JSON.stringify({ ...options, states: states.length, traces: paths.length })}`;
    const replay = await createSoundReplay(states);
    const judge = (sizes: ReplayOptions): Promise<Answer> =>
      replay.judge(
        paths.map((path) => openTrace(path).value!),
        { ...options, ...sizes },
      );
    const alone = await judge({});
    checkAgreement(alone, where);
    for (const sizes of SIZES) expect(await judge(sizes), `${where} ${JSON.stringify(sizes)}`).toEqual(alone);
  }
});
