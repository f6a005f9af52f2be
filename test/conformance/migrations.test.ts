/**
 * Which cases open and which close when one CNI takes the place of another, as `diff --cni --against-cni` has it: what a case's flow is over all new
 * packets of the case's own cluster, and what the profiles say of circumstances.
 */
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { createKnobFinder } from '../../src/analysis/diff/diff-knobs.ts';
import { compileSide, type DiffSide } from '../../src/analysis/diff/diff-worlds.ts';
import { loadCluster } from '../../src/manifest/load.ts';
import { cniProfile } from '../../src/policy/cni/profiles.ts';
import { judge } from '../../src/policy/judge/judge.ts';
import { createWorld } from '../../src/policy/world.ts';
import { builtInSuitePaths } from '../../src/suite/built-in.ts';
import { answerTo } from '../../src/suite/check.ts';
import { readSuite } from '../../src/suite/read.ts';
import { compareAreas, isEnumerated } from '../analysis/diff-areas.ts';

/** Cases by number, as their files are called. */
const cases = builtInSuitePaths(join(import.meta.dirname, '../..')).flatMap((path) => {
  const number = /^\d+/.exec(basename(path))?.[0];
  if (number === undefined) return [];
  const { expectations, manifests } = readSuite(path).value;
  return [{ number: Number(number), expectations, cluster: loadCluster(manifests).value }];
});

/** The numbers of cases that open and close. */
const MIGRATIONS: readonly (readonly [string, string, readonly number[], readonly number[]])[] = [
  [
    'calico',
    'cilium',
    [17, 20, 56, 57, 67, 82],
    [12, 13, 15, 16, 18, 21, 22, 25, 31, 41, 45, 60, 61, 65, 66],
  ],
  [
    'cilium',
    'calico',
    [12, 13, 15, 16, 18, 21, 22, 25, 31, 41, 45, 60, 61, 65, 66],
    [17, 20, 56, 57, 67, 82],
  ],
  ['kube-router', 'calico', [27, 30, 45], [7, 11, 17, 19, 39, 44, 49, 62, 63, 69, 70, 80, 82]],
  ['calico', 'kube-router', [7, 11, 17, 19, 39, 44, 49, 62, 63, 69, 70, 80, 82], [27, 30, 45]],
  ['calico', 'calico-ebpf', [17, 83], [13]],
  ['calico', 'antrea', [17, 19, 56, 62, 63, 67, 80, 82], [41, 45, 65, 66]],
  ['antrea', 'cilium', [20, 57], [12, 13, 15, 16, 18, 19, 21, 22, 25, 31, 60, 61, 62, 63, 80]],
  ['cilium', 'antrea', [12, 13, 15, 16, 18, 19, 21, 22, 25, 31, 60, 61, 62, 63, 80], [20, 57]],
  // Weave has no IPv6 (30).
  ['weave', 'calico', [30, 36, 74, 78], [17, 19, 38, 39, 40, 44, 67, 77, 79, 80, 82, 86]],
  [
    'kube-network-policies',
    'cilium',
    [56, 57, 67],
    [12, 13, 15, 16, 18, 19, 21, 22, 25, 31, 45, 49, 60, 64, 65, 66, 80],
  ],
  ['calico', 'kube-network-policies', [17, 19, 20, 49, 64, 80, 82], [41, 61]],
  [
    'kube-router',
    'cilium',
    [20, 27, 30, 56, 57, 67],
    [7, 11, 12, 13, 15, 16, 18, 19, 21, 22, 25, 31, 39, 41, 44, 49, 60, 61, 62, 63, 65, 66, 69, 70, 80],
  ],
  [
    'weave',
    'cilium',
    [20, 30, 36, 56, 57, 74, 78],
    [12, 13, 15, 16, 18, 19, 21, 22, 25, 31, 38, 39, 40, 41, 44, 45, 60, 61, 65, 66, 77, 79, 80, 86],
  ],
  [
    'flannel',
    'kube-network-policies',
    [],
    [
      1, 5, 7, 11, 14, 26, 32, 33, 35, 38, 39, 40, 41, 44, 48, 52, 55, 56, 57, 61, 62, 63, 67, 68, 69, 70, 71,
      72, 77, 79, 83, 86,
    ],
  ],
  [
    'flannel',
    'cilium',
    [],
    [
      1, 5, 7, 11, 12, 13, 14, 15, 16, 18, 19, 21, 22, 25, 26, 31, 32, 33, 35, 38, 39, 40, 41, 44, 45, 48, 49,
      52, 55, 60, 61, 62, 63, 64, 65, 66, 68, 69, 70, 71, 72, 77, 79, 80, 83, 86,
    ],
  ],
];

/** What becomes of a case's flows: `opens`, `closes`, or neither. */
function fate(
  { expectations }: (typeof cases)[number],
  before: DiffSide,
  after: DiffSide,
): 'opens' | 'closes' | undefined {
  const { around } = compareAreas(before, after);
  const knobsOf = createKnobFinder(before.world, after.world);
  for (const expectation of expectations) {
    const [was, is] = [answerTo(expectation, before.world)!, answerTo(expectation, after.world)!];
    if (was.verdict === is.verdict) continue;
    for (const { packet } of expectation.when === undefined ? is.parts : []) {
      // The notation leaves source ports open; any is as good.
      const known = { ...packet, ...(packet.destinationPort === undefined ? {} : { sourcePort: 40_000 }) };
      if (!isEnumerated(known)) continue;
      const [left, right] = [judge(known, before.world).verdict, judge(known, after.world).verdict];
      expect(around(known)).toEqual(left === right ? [] : [`${left} → ${right}`]);
      if (left !== right) expect(knobsOf(known)).not.toEqual([]);
    }
    if (was.verdict === 'deny' && is.verdict === 'allow') return 'opens';
    if (was.verdict === 'allow' && is.verdict === 'deny') return 'closes';
  }
  return undefined;
}

/** Every case's cluster as every CNI has it, each compiled once. */
const compiled = new Map<string, DiffSide>();

function sideOf({ number, cluster }: (typeof cases)[number], cni: string): DiffSide {
  const key = `${number} ${cni}`;
  const side = compiled.get(key) ?? compileSide(createWorld(cluster, cniProfile(cni)!));
  compiled.set(key, side);
  return side;
}

test.each(MIGRATIONS)('from %s to %s', (from, to, opens, closes) => {
  const fates = cases.map((one) => ({
    number: one.number,
    fate: fate(one, sideOf(one, from), sideOf(one, to)),
  }));
  const numbers = (wanted: 'opens' | 'closes'): number[] => [
    ...new Set(fates.filter((one) => one.fate === wanted).map(({ number }) => number)),
  ];
  expect({ opens: numbers('opens'), closes: numbers('closes') }).toEqual({ opens, closes });
});
