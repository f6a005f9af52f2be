/**
 * np-guard's netpol-analyzer also has samples with AdminNetworkPolicies and BaselineAdminNetworkPolicies. Each loads, or is
 * refused for what is wrong with it; each list is computed anew, as the API says and as Calico 3.31 converted them.
 */
import { afterAll, describe, expect, test } from 'vitest';
import { loadCluster } from '../../src/manifest/load.ts';
import { cniProfile } from '../../src/policy/cni/profiles.ts';
import { judge } from '../../src/policy/judge/judge.ts';
import { createWorld, type World } from '../../src/policy/world.ts';
import { createClassifier } from '../classifier.ts';
import { readConnectionList } from './connection-list.ts';
import { compareConnections, withoutHostNetwork } from './connection-table.ts';
import type { Ask } from './connectivity.ts';
import {
  listOfSample,
  manifestsOfSample,
  samplesAreThere,
  samplesWithAdminPolicies,
} from './np-guard-folders.ts';

const all = samplesWithAdminPolicies();
const listed = all.filter((folder) => listOfSample(folder) !== undefined);

/** A code that says what an API server would refuse. */
const REFUSED: Readonly<Record<string, string>> = {
  anp_bad_path_test_3: 'conflicting-object',
  anp_bad_path_test_4: 'missing-field',
  anp_bad_path_test_5: 'not-one-of',
  anp_bad_path_test_6: 'missing-field',
  anp_bad_path_test_7: 'not-one-of',
  anp_bad_path_test_12: 'missing-field',
  anp_bad_path_test_15: 'missing-field',
  anp_bad_path_test_17: 'not-one-of',
  anp_bad_path_test_18: 'bad-action',
  anp_bad_path_test_19: 'bad-cidr',
  banp_bad_path_test_3: 'missing-field',
  banp_bad_path_test_4: 'not-one-of',
  banp_bad_path_test_5: 'missing-field',
  banp_bad_path_test_6: 'missing-field',
  banp_bad_path_test_7: 'not-one-of',
  banp_bad_path_test_9: 'not-one-of',
  banp_bad_path_test_10: 'missing-field',
  banp_bad_path_test_12: 'not-one-of',
  banp_bad_path_test_14: 'bad-action',
};

/** Samples that leave out a selector that v1alpha1 demands, or name a port behind a block of addresses. */
const WHEN_LENIENT: readonly string[] = [
  'anp_demo',
  'anp_test_10',
  'anp_test_11_swapping_rules',
  'anp_test_12',
  'anp_test_3_pass_traffic',
  'anp_test_9_swapping_rules',
  'anp_test_combining_test_6_and_test_10',
  'anp_test_multiple_anps',
  'anp_test_named_ports_multiple_peers',
  'example_pods_w_same_owner_and_labels_gap_banp_good',
  'example_w_err_pods_w_same_owner_and_labels_gap_anp',
  'exposure_test_with_anp_12',
  'exposure_test_with_anp_13',
  'exposure_test_with_anp_14',
  'exposure_test_with_anp_15',
  'exposure_test_with_anp_16',
];

function codesOf(folder: string, lenient: boolean): string[] {
  const { diagnostics } = loadCluster(manifestsOfSample(folder), { lenient });
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  return errors.map(({ code }) => code.slice('manifest/'.length));
}

describe.skipIf(!samplesAreThere)('np-guard samples of cluster-wide policies', () => {
  test.each(all)('%s loads, or is refused for what is wrong with it', (folder) => {
    const refused = REFUSED[folder];
    if (refused !== undefined) expect(codesOf(folder, true)).toContain(refused);
    else expect(codesOf(folder, true)).toEqual([]);
    const isStrictlyFine = refused === undefined && !WHEN_LENIENT.includes(folder);
    expect(codesOf(folder, false).length === 0).toBe(isStrictlyFine);
  });

  test('all of them were looked at', () => {
    expect(all.length).toBe(62);
    expect([...Object.keys(REFUSED), ...WHEN_LENIENT].filter((folder) => !all.includes(folder))).toEqual([]);
  });
});

const KINDLESS_OWNER =
  'the pods name an owner without a kind: the analyzer merges them under its name, here they stand alone';
/** Samples of which the list says something else, and why; the first line of what is found instead. */
const DIFFERENT: Readonly<Record<string, Readonly<Record<string, { found: RegExp; why: string }>>>> = {
  kubernetes: {
    anp_test_named_ports_multiple_peers: {
      found: /unspecified at UDP 80-80/,
      why: 'v1alpha1 does not say for which protocols a port name stands; the analyzer takes those of the pod',
    },
    example_pods_w_same_owner_and_labels_gap_banp_good: { found: /no such side/, why: KINDLESS_OWNER },
  },
  'calico@3.31': {
    anp_test_named_ports_multiple_peers: {
      found: /"computed":"TCP 8080,UDP 5000-6000"/,
      why: 'Calico takes a port name as one of TCP',
    },
    anp_and_banp_using_networks_and_nodes_test: {
      found: /"computed":"No Connections","listed":"All Connections"/,
      why: 'Calico has no word for peers of nodes: the rule that denies denies everything',
    },
    anp_banp_test_multiple_warnings: {
      found: /"computed":"No Connections","listed":"All Connections"/,
      why: 'Calico has no word for peers of nodes: the rule that allows is dropped',
    },
    example_pods_w_same_owner_and_labels_gap_banp_good: { found: /no such side/, why: KINDLESS_OWNER },
  },
};

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
  describe.each(['kubernetes', 'calico@3.31'])('under %s', (cni) => {
    let rows = 0;

    test.each(listed)('%s', (folder) => {
      const { value: cluster } = loadCluster(manifestsOfSample(folder), { lenient: true });
      const world = createWorld(withoutHostNetwork(cluster), cniProfile(cni)!);
      const compare = () => compareConnections(world, ask(world), readConnectionList(listOfSample(folder)!));
      const different = DIFFERENT[cni]![folder];
      if (different === undefined) {
        const comparison = compare();
        rows += comparison.rows;
        expect(comparison.mismatches).toEqual([]);
        return;
      }
      let found: string;
      try {
        found = JSON.stringify(compare().mismatches);
      } catch (error) {
        found = (error as Error).message;
      }
      expect(found).toMatch(different.found);
    });

    afterAll(() => {
      expect({ lists: listed.length, rows }).toEqual(
        cni === 'kubernetes' ? { lists: 30, rows: 431 } : { lists: 30, rows: 402 },
      );
    });
  });
});
