/**
 * What each CNI makes of the same manifests: every case under every profile, by the judge, and by the tables and kernels. The cases
 * are suites, which a user can run: `dryplane test --conformance --cni NAME`.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadCluster } from '../../src/manifest/load.ts';
import { CNI_NAMES, cniProfile } from '../../src/policy/cni/profiles.ts';
import { resolveFlow } from '../../src/policy/judge/resolve-flow.ts';
import { createWorld } from '../../src/policy/world.ts';
import { checkSuite } from '../../src/suite/check.ts';
import { readSuite } from '../../src/suite/read.ts';
import type { Suite } from '../../src/suite/suite.ts';
import { createClassifier } from '../classifier.ts';

const folder = join(import.meta.dirname, 'cases');
const suites = readdirSync(folder)
  .sort()
  .map((name): Suite => {
    const { value, diagnostics } = readSuite(join(folder, name));
    expect(diagnostics).toEqual([]);
    return value;
  });

/** The CNIs that a suite has a word for. */
const cnisOf = ({ expectations }: Suite): string[] => [
  ...new Set(
    expectations.flatMap(({ expect: expected }) =>
      typeof expected === 'string' ? [] : [...expected.keys()],
    ),
  ),
];

describe.each(suites)('$description', (suite) => {
  const { value: cluster } = loadCluster(suite.manifests);

  test.each(cnisOf(suite))('%s', (cni) => {
    const world = createWorld(cluster, cniProfile(cni)!);
    const { value, diagnostics } = checkSuite(suite, world);
    expect(diagnostics).toEqual([]);
    expect(value.results.map(({ difference }) => difference)).toEqual(value.results.map(() => ''));
    const { classify } = createClassifier(world);
    for (const { answer, expectation } of value.results) {
      if (expectation.when !== undefined) continue;
      for (const { packet, decision } of answer.parts) {
        // What a name says of a packet beside its addresses no table knows.
        if (packet.sourceHostNetworkPod !== undefined && world.profile.hostNetworkPods !== 'node') continue;
        if (packet.destinationHostNetworkPod !== undefined && world.profile.hostNetworkPods !== 'node')
          continue;
        const { verdict, reason } = classify(packet);
        expect({ verdict, reason }).toEqual({ verdict: decision.verdict, reason: decision.reason });
      }
      expect(resolveFlow(expectation.flow, world).value.length).toBe(answer.parts.length);
    }
  });
});

test('the cases are known of every CNI', () => {
  const named = new Set(suites.flatMap(cnisOf));
  const alike = new Set([
    'calico',
    'calico-nftables',
    'calico@3.31',
    'cilium-legacy',
    'kube-router-nft',
    'flannel+netpol',
  ]);
  expect(CNI_NAMES.filter((name) => !named.has(name) && !alike.has(name))).toEqual([]);
});
