/**
 * The matrix of np-guard's sample clusters: its connections between workloads are those of the analyzer's lists, and its exposure is what the
 * analyzer finds, in other words. Where the two differ the reason stands here.
 */
import { afterAll, describe, expect, test } from 'vitest';
import { compileSide, type DiffSide } from '../../src/analysis/diff/diff-worlds.ts';
import { describeMatrix } from '../../src/analysis/matrix/matrix.ts';
import type { MatrixRange } from '../../src/analysis/matrix/matrix-document.ts';
import { describeExposure } from '../../src/analysis/matrix/matrix-exposure.ts';
import { loadCluster } from '../../src/manifest/load.ts';
import { cniProfile } from '../../src/policy/cni/profiles.ts';
import { createWorld } from '../../src/policy/world.ts';
import { type ListedSide, readConnectionList } from './connection-list.ts';
import { withoutHostNetwork } from './connection-table.ts';
import { DIFFERENCES } from './np-guard-differences.ts';
import {
  listOfSample,
  manifestsOfSample,
  REFUSED,
  samplesAreThere,
  samplesWithNetworkPoliciesOnly,
} from './np-guard-folders.ts';

const WORKLOADS = { by: 'workload', from: [], to: [] } as const;

const sideOf = (folder: string, cni: string): DiffSide =>
  compileSide(
    createWorld(withoutHostNetwork(loadCluster(manifestsOfSample(folder)).value), cniProfile(cni)!),
  );

/** Ranges as the lists write them; Calico's tunnel guard, which the analyzer does not know, is no gap. */
function connections(ranges: readonly MatrixRange[]): string {
  const texts = ['sctp', 'tcp', 'udp'].flatMap((name) => {
    const own = ranges.filter(({ protocol, verdict }) => protocol === name && verdict === 'allow');
    const joined: { first: number; last: number }[] = [];
    for (const { first, last } of own) {
      const before = joined.at(-1);
      if (before !== undefined && (before.last + 1 === first || (name === 'udp' && first === 4790)))
        before.last = last;
      else joined.push({ first, last });
    }
    const ports = joined.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`));
    return ports.length === 0 ? [] : [`${name.toUpperCase()} ${ports.join(',')}`];
  });
  const text = texts.join(',');
  return text === 'SCTP 1-65535,TCP 1-65535,UDP 1-65535' ? 'All Connections' : text;
}

const isWhole = (side: ListedSide): boolean =>
  side.kind === 'outside' && side.first === 0 && side.last === 2 ** 32 - 1;

/** The name that the lists have for a row. */
function listedName(name: string): string {
  const [namespace, kind, workload] = name.split('/');
  return workload === undefined ? `${namespace}/${kind}[Pod]` : `${namespace}/${workload}[${kind}]`;
}

const listed = samplesWithNetworkPoliciesOnly().filter(
  (folder) => listOfSample(folder) !== undefined && !(folder in REFUSED),
);

describe.skipIf(!samplesAreThere)('the connections of np-guard lists', () => {
  let compared = 0;

  test.each(listed)('%s', (folder) => {
    const matrix = describeMatrix(sideOf(folder, 'calico'), WORKLOADS);
    const rows = readConnectionList(listOfSample(folder)!);
    const nameOf = (side: ListedSide): string | undefined =>
      side.kind === 'workload' ? side.name : isWhole(side) ? 'outside' : undefined;
    const expected = new Map(
      rows.flatMap(({ source, destination, connections: text }) => {
        const [from, to] = [nameOf(source), nameOf(destination)];
        return from === undefined || to === undefined ? [] : [[`${from} → ${to}`, text] as const];
      }),
    );
    // Lists name the nearest owner, where a pod here belongs to the topmost, and blocks one by one: those are compared elsewhere.
    const known = new Set(rows.flatMap(({ source, destination }) => [nameOf(source), nameOf(destination)]));
    const hasBlocks = rows.some(({ source, destination }) =>
      [source, destination].some((side) => side.kind === 'outside' && !isWhole(side)),
    );
    const isNamed = (name: string): boolean => known.has(name);
    const found = new Map(
      matrix.cells.flatMap((cell) => {
        const [from, to] = [cell.from, cell.to].map((one) => (one === 'outside' ? one : listedName(one)));
        if (!isNamed(from!) || !isNamed(to!) || from === to) return [];
        return [[`${from} → ${to}`, connections(matrix.port_sets[cell.ports]!)] as const];
      }),
    );
    const names = new Set(
      [...matrix.rows, ...matrix.columns].map(({ name }) => (name === 'outside' ? name : listedName(name))),
    );
    if (DIFFERENCES.some((one) => one.folder === folder)) return;
    for (const [pair, text] of expected) {
      const [from, to] = pair.split(' → ');
      if (!names.has(from!) || !names.has(to!)) continue;
      expect([pair, found.get(pair)]).toEqual([pair, text]);
      compared++;
    }
    for (const [pair, text] of found)
      if (!hasBlocks || !pair.includes('outside')) expect([pair, expected.get(pair)]).toEqual([pair, text]);
  });

  afterAll(() => expect({ lists: listed.length, compared }).toEqual({ lists: 27, compared: 3571 }));
});

/** By direction and party: which new pods, and their ports. */
type Facts = Readonly<Record<string, readonly string[]>>;

/**
 * What the analyzer finds for the folders, `entire-cluster` as `any other pod`, conditions in the words that dryplane has for them. Left
 * out are conditions that come to the same as any other pod: neither tells those.
 */
const EXPOSED: readonly (readonly [folder: string, cni: string, facts: Facts])[] = [
  [
    'exposure_test_conn_to_new_pod_in_an_existing_ns',
    'calico',
    {
      'to backend/Deployment/backend-app': ['any other pod: all'],
      'to hello-world/Deployment/workload-a': ['any other pod: all'],
      'from backend/Deployment/backend-app': ['any other pod: all'],
      'from hello-world/Deployment/workload-a': [
        'pods with app == "backend-new" in namespace backend: tcp 8050',
      ],
    },
  ],
  [
    'exposure_to_new_namespace_conn_and_entire_cluster',
    'calico',
    {
      'to hello-world/Deployment/workload-a': ['any other pod: all'],
      'to hello-world/Deployment/workload-b': ['any other pod: all'],
      'from hello-world/Deployment/workload-a': [
        // A pod of the workload that is there: the analyzer tells of it in its list alone.
        'pods with app == "b-app" in namespace hello-world: all',
        'any pod in namespaces with foo.com/managed-state in {"managed"}: tcp 8050, 8090',
        'any other pod: tcp 8050',
      ],
      'from hello-world/Deployment/workload-b': ['any other pod: all'],
    },
  ],
  [
    'exposure_test_with_different_rules_3',
    'calico',
    {
      'to hello-world/Deployment/workload-a': ['any other pod: all'],
      'to hello-world/Deployment/workload-b': ['any other pod: all'],
      'from hello-world/Deployment/workload-a': [
        // A pod without the label is of both kinds. The analyzer takes the rules one by one: 9090 here, 8080 there.
        'pods with app not in {"x"} in namespace hello-world: tcp 9090, some tcp 8080',
        'pods with !has(app) in namespace hello-world: tcp 8080, 9090',
      ],
      'from hello-world/Deployment/workload-b': ['any other pod: all'],
    },
  ],
  [
    'exposure_test_with_match_expression_not_in_op_with_matching_pods',
    'calico',
    {
      'to hello-world/Deployment/matching-workload2': ['any other pod: all'],
      'to hello-world/Deployment/workload-a': [
        'pods with app not in {"a-app", "b-app"} in namespace hello-world: all',
      ],
      'to hello-world/Deployment/workload-b': ['any other pod: all'],
      'to matching-ns/Deployment/matching-workload1': ['any other pod: all'],
      'from hello-world/Deployment/matching-workload2': ['any other pod: all'],
      // Any other pod is in a namespace without the label: the analyzer names the condition instead.
      'from hello-world/Deployment/workload-a': ['any other pod: all'],
      'from hello-world/Deployment/workload-b': ['any other pod: all'],
      'from matching-ns/Deployment/matching-workload1': ['any other pod: all'],
    },
  ],
  [
    'exposure_test_with_multiple_policies_1',
    'calico',
    {
      // Two policies ask the same in another order.
      'from hello-world/Deployment/workload-a': [
        'any pod in namespaces with env in {"env-1", "env-2"} && has(tier): all',
        'any pod in namespaces with has(tier) && env in {"env-1", "env-2"}: all',
      ],
    },
  ],
  [
    'exposure_test_with_anp_8',
    'calico@3.31',
    {
      'to hello-world/Deployment/workload-a': [
        'any endpoint in namespaces with conformance-house == "slytherin": tcp 1-9089, 9091-65535; udp; sctp; icmp; all other protocols',
        'any other pod: all',
      ],
      'from hello-world/Deployment/workload-a': ['any other pod: all'],
    },
  ],
  [
    'exposure_test_with_anp_3_w_banp',
    'calico@3.31',
    {
      'to hello-world/Deployment/workload-a': ['any other pod: all'],
      'to hello-world/Deployment/workload-b': ['any other pod: all'],
      'from hello-world/Deployment/workload-a': [
        'any other pod: tcp 1-79, 81-65535; udp; sctp; icmp; all other protocols',
      ],
      'from hello-world/Deployment/workload-b': [
        'any other pod: tcp 1-79, 81-65535; udp; sctp; icmp; all other protocols',
      ],
    },
  ],
  // A port by its name is no number where no pod has it: the analyzer says `http` of pods in the managed namespace.
  [
    'exposure_test_egress_with_named_port',
    'calico',
    { 'from hello-world/Deployment/workload-a': ['any other pod: tcp 8000'] },
  ],
];

describe.skipIf(!samplesAreThere)('what np-guard finds exposed to pods that do not exist yet', () => {
  test.each(EXPOSED)('%s', (folder, cni, facts) => {
    const found: Record<string, string[]> = {};
    for (const { party, direction, peers, allow, some } of describeExposure(sideOf(folder, cni), WORKLOADS)
      .new_pods) {
      const ports = [allow, some === '' ? '' : `some ${some}`].filter((text) => text !== '').join(', ');
      const list = found[`${direction} ${party}`] ?? [];
      found[`${direction} ${party}`] = [...list, `${peers.join()}: ${ports}`];
    }
    expect(found).toEqual(facts);
  });

  test('and to addresses outside', () => {
    const { outside } = describeExposure(sideOf('exposure_test_with_different_rules_3', 'calico'), WORKLOADS);
    const families = outside.filter((one) => one.families.includes(4));
    expect(
      families.map(({ party, direction, peers, allow }) => [direction, party.slice(-1), ...peers, allow]),
    ).toEqual([
      ['to', 'a', 'every address outside the cluster', 'all'],
      ['from', 'b', 'every address outside the cluster', 'all'],
      ['to', 'b', 'every address outside the cluster', 'all'],
    ]);
  });
});
