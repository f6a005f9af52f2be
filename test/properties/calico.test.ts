/**
 * Calico's policies and the cluster-wide ones through judge and classifier, from their resources on: random clusters
 * with host endpoints, network sets, staged policies and all the rest, under each profile. `SEED=` repeats a run;
 * `SOAK=10m` (or 90s, 2h, or a number of packets) goes on for as long and prints how far it is.
 */
import { expect, test } from 'vitest';
import { cniProfile } from '../../src/policy/cni/profiles.ts';
import { drawCalicoCluster, type Features } from '../random/calico-cluster.ts';
import { drawn } from '../random/depth.ts';
import { chosenSeed, random } from '../random/mulberry.ts';
import { Counts, compareCluster } from './comparison.ts';
import { missing } from './occurrences.ts';
import { isOver, type Soak, soakFrom } from './soak.ts';

interface Variant extends Features {
  readonly cni: string;
}

const VARIANTS: readonly Variant[] = [
  { cni: 'calico', admin: false, hosts: false },
  { cni: 'calico', admin: true, hosts: true },
  { cni: 'calico@3.31', admin: true, hosts: true },
  { cni: 'kubernetes', admin: true, hosts: false },
];
const seed = chosenSeed();
const soak = soakFrom(process.env.SOAK);
const CLUSTERS = Number(process.env.CLUSTERS ?? drawn(40, 80));
const PACKETS = Number(process.env.PACKETS ?? (soak === undefined ? 80 : 400));
/** What is rare may need more of them to occur: the rarest rules decide in one cluster of a hundred, so that no seed needs all of these. */
const MOST_CLUSTERS = 3000;
/** Packets of a soak in which everything must occur. */
const ENOUGH = 1_000_000;
const REPORT_EVERY = 10_000;

/** One cluster under one variant; the seed that a failure names draws it first. */
function compareOne({ cni, ...features }: Variant, clusterSeed: number, counts: Counts): void {
  const draw = random(clusterSeed);
  const cluster = drawCalicoCluster(draw, features);
  const where = `SEED=${clusterSeed} PACKETS=${PACKETS}, first cluster of ${cni}`;
  compareCluster(cluster, cniProfile(cni)!, draw, PACKETS, counts, where);
}

const isIncomplete = ({ byName }: Counts): boolean => missing(byName.keys()).length > 0;

function report(counts: Counts): string {
  const parts = ['verdict ', 'hook ', 'kind ', 'tier '].map((prefix) => `${prefix}${counts.text(prefix)}`);
  return [...parts, `pending differs ${counts.of('pending differs')}`].join('\n  ');
}

if (soak === undefined) {
  test('judge and classifier agree, and every kind of draw occurs', () => {
    const counts = new Counts();
    const isWhole = process.env.CLUSTERS === undefined;
    const goesOn = (index: number): boolean => isWhole && index < MOST_CLUSTERS && isIncomplete(counts);
    for (let index = 0; index < CLUSTERS || goesOn(index); index++)
      for (const variant of VARIANTS) compareOne(variant, seed + index, counts);
    console.log(`Calico: SEED=${seed}, ${counts.packets} packets:\n  ${report(counts)}`);
    if (isWhole) expect(counts.packets).toBeGreaterThan(drawn(5000, 10_000));
    if (isWhole) expect(missing(counts.byName.keys()), `SEED=${seed}`).toEqual([]);
  }, 600_000);
} else {
  test(`judge and classifier agree for ${process.env.SOAK}`, () => soakFor(soak), 2 ** 31 - 1);
}

function soakFor(limit: Soak): void {
  const counts = new Counts();
  const started = performance.now();
  let reported = started;
  for (let round = 0; !isOver(limit, counts.packets, performance.now() - started); round++) {
    compareOne(VARIANTS[round % VARIANTS.length]!, (seed + round) >>> 0, counts);
    const now = performance.now();
    if (now - reported < REPORT_EVERY) continue;
    reported = now;
    const rate = Math.round((counts.packets * 1000) / (now - started));
    process.stderr.write(`soak: ${counts.packets} packets, ${rate} a second, SEED=${seed + round} is next\n`);
  }
  console.log(`soak: SEED=${seed}, ${counts.packets} packets:\n  ${report(counts)}`);
  if (counts.packets >= ENOUGH) expect(missing(counts.byName.keys()), `SEED=${seed}`).toEqual([]);
}
