/**
 * What each CNI makes of the same manifests: every case under every profile, by the judge, and by the tables and kernels. The cases
 * are suites, which a user can run: `dryplane test --conformance --cni NAME`.
 */
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { loadCluster } from '../../src/manifest/load.ts';
import { ADDRESS_BASED } from '../../src/policy/cni/address-based.ts';
import type { CniProfile, Knobs } from '../../src/policy/cni/profile.ts';
import { CNI_NAMES, cniProfile } from '../../src/policy/cni/profiles.ts';
import { resolveFlow } from '../../src/policy/judge/resolve-flow.ts';
import { createWorld } from '../../src/policy/world.ts';
import { builtInSuitePaths } from '../../src/suite/built-in.ts';
import { answerTo, checkSuite } from '../../src/suite/check.ts';
import { readSuite } from '../../src/suite/read.ts';
import type { Suite } from '../../src/suite/suite.ts';
import { createClassifier } from '../classifier.ts';

const suites = builtInSuitePaths(join(import.meta.dirname, '../..')).map((path): Suite => {
  const { value, diagnostics } = readSuite(path);
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

/** Knobs that no verdict of a flow shows: the interface that a packet came by, and whether what is denied is answered. */
const UNSEEN: readonly string[] = ['workloadInterfaces', 'refusal'];

describe('each knob decides a case', () => {
  const profiles = [...new Set(CNI_NAMES.map((name) => cniProfile(name)!))];
  const clusters = suites.map(({ manifests }) => loadCluster(manifests).value);
  const departing = (knob: keyof Knobs): CniProfile[] =>
    profiles.filter((profile) => !isDeepStrictEqual(profile[knob], ADDRESS_BASED[knob]));
  const knobs = (Object.keys(ADDRESS_BASED) as (keyof Knobs)[]).filter(
    (knob) => !UNSEEN.includes(knob) && departing(knob).length > 0,
  );

  /** Whether some flow gets another verdict when only this knob does as most do. */
  const decides = (knob: keyof Knobs, profile: CniProfile): boolean =>
    suites.some(({ expectations }, index) => {
      const worlds = [profile, { ...profile, [knob]: ADDRESS_BASED[knob] }].map((one) =>
        createWorld(clusters[index]!, one),
      );
      return expectations.some((expectation) => {
        const [before, after] = worlds.map((world) => answerTo(expectation, world)!.verdict);
        return before !== after;
      });
    });

  test.each(knobs)('%s', (knob) => {
    expect(departing(knob).some((profile) => decides(knob, profile))).toBe(true);
  });
});
