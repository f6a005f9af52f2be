/**
 * Knobs in any combination, as profiles of users may have them, over clusters with policies of every API and with host endpoints: judge
 * and classifier agree. `SEED=` repeats a run.
 */
import { expect, test } from 'vitest';
import { drawCalicoCluster } from '../random/calico-cluster.ts';
import { chosenSeed, random } from '../random/mulberry.ts';
import { drawAnyProfile } from '../random/profiles.ts';
import { Counts, compareCluster } from './comparison.ts';

const seed = chosenSeed();
const CLUSTERS = Number(process.env.CLUSTERS ?? 20);
const PACKETS = Number(process.env.PACKETS ?? 60);

test.each([false, true])(
  'any knobs, host endpoints: %s',
  (hosts) => {
    const counts = new Counts();
    for (let index = 0; index < CLUSTERS; index++) {
      const draw = random(seed + index);
      const profile = drawAnyProfile(draw);
      const cluster = drawCalicoCluster(draw, { admin: true, hosts });
      compareCluster(
        cluster,
        profile,
        draw,
        PACKETS,
        counts,
        `SEED=${seed + index} CLUSTERS=1 ${JSON.stringify(profile)}`,
      );
    }
    expect(counts.packets).toBeGreaterThan(0);
  },
  120_000,
);
