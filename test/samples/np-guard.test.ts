/**
 * np-guard's netpol-analyzer lists who can talk to whom for its sample clusters. Each list whose cluster holds no other
 * policy kind is computed anew, row by row; where the analyzer's own conventions differ from Kubernetes, the
 * difference stands in np-guard-differences.ts with its reason.
 */
import { afterAll, describe, expect, test } from 'vitest';
import { loadCluster } from '../../src/manifest/load.ts';
import { cniProfile } from '../../src/policy/cni/profiles.ts';
import { judge } from '../../src/policy/judge/judge.ts';
import { createWorld, type World } from '../../src/policy/world.ts';
import { createClassifier } from '../classifier.ts';
import { readConnectionList } from './connection-list.ts';
import { compareConnections, type Mismatch, withoutHostNetwork } from './connection-table.ts';
import type { Ask } from './connectivity.ts';
import { DIFFERENCES, type Difference } from './np-guard-differences.ts';
import {
  listOfSample,
  manifestsOfSample,
  REFUSED,
  samplesAreThere,
  samplesWithNetworkPoliciesOnly,
} from './np-guard-folders.ts';

const all = samplesWithNetworkPoliciesOnly();
const listed = all.filter((folder) => listOfSample(folder) !== undefined);

const explains = (difference: Difference, folder: string, { source, destination }: Mismatch): boolean =>
  difference.folder === folder &&
  source.includes(difference.source ?? '') &&
  destination.includes(difference.destination ?? '');

describe.skipIf(!samplesAreThere)('np-guard samples', () => {
  test.each(all)('%s loads, or is refused for what is wrong with it', (folder) => {
    const { diagnostics } = loadCluster(manifestsOfSample(folder));
    const errors = diagnostics.filter(({ severity }) => severity === 'error').map(({ code }) => code);
    if (folder in REFUSED) expect(errors).toContain(REFUSED[folder]);
    else expect(errors).toEqual([]);
  });

  test('all of them were looked at', () => {
    expect(all.length).toBe(87);
    expect(Object.keys(REFUSED).filter((folder) => !all.includes(folder))).toEqual([]);
  });
});

const ENGINES: readonly (readonly [name: string, ask: (world: World) => Ask])[] = [
  ['the judge', (world) => (packets) => packets.map((packet) => judge(packet, world).verdict)],
  [
    'the classifier',
    (world) => {
      const classifier = createClassifier(world);
      return (packets) => classifier.classifyAll(packets).map(({ verdict }) => verdict);
    },
  ],
];

describe.skipIf(!samplesAreThere).each(ENGINES)('np-guard connection lists by %s', (_, ask) => {
  const used = new Set<Difference>();
  let rows = 0;
  let pairs = 0;

  test.each(listed)('%s', (folder) => {
    const { value: cluster } = loadCluster(manifestsOfSample(folder));
    const world = createWorld(withoutHostNetwork(cluster), cniProfile('calico')!);
    const list = readConnectionList(listOfSample(folder)!);
    const comparison = compareConnections(world, ask(world), list);
    rows += comparison.rows;
    pairs += comparison.pairs;
    const unexplained = comparison.mismatches.filter((mismatch) => {
      const reasons = DIFFERENCES.filter((difference) => explains(difference, folder, mismatch));
      for (const reason of reasons) used.add(reason);
      return reasons.length === 0;
    });
    expect(unexplained).toEqual([]);
  });

  afterAll(() => {
    expect(DIFFERENCES.filter((difference) => !used.has(difference))).toEqual([]);
    expect({ lists: listed.length, rows, pairs }).toEqual({ lists: 27, rows: 3909, pairs: 5078 });
  });
});
