import { expect, test } from 'vitest';
import { compileTables } from '../../src/compile/compile.ts';
import { describeTables } from '../../src/compile/describe.ts';
import { cidrOf } from '../../src/net/cidr.ts';
import type { Cluster } from '../../src/policy/cluster.ts';
import { CALICO } from '../../src/policy/cni/calico.ts';
import { judge } from '../../src/policy/judge/judge.ts';
import { createWorld } from '../../src/policy/world.ts';
import { tablesFrom } from '../../src/tables/tables.ts';
import { createClassifier } from '../classifier.ts';
import { drawCluster } from '../random/cluster.ts';
import { chosenSeed, type Random, random } from '../random/mulberry.ts';
import { drawNetworkPolicies } from '../random/network-policies.ts';

const seed = chosenSeed();

function shuffled<T>(values: readonly T[], draw: Random): T[] {
  return values
    .map((value) => ({ value, key: draw.below(1 << 30) }))
    .sort((left, right) => left.key - right.key)
    .map(({ value }) => value);
}

/** The same cluster, as manifests in another order would have made it. */
function reordered(cluster: Cluster, draw: Random): Cluster {
  return {
    ...cluster,
    namespaces: new Map(shuffled([...cluster.namespaces], draw)),
    pods: shuffled(cluster.pods, draw),
    nodes: shuffled(cluster.nodes, draw),
    services: shuffled(cluster.services, draw),
    endpointSlices: shuffled(cluster.endpointSlices, draw),
    networkPolicies: shuffled(cluster.networkPolicies, draw),
  };
}

test('the order of the manifests does not change a byte', () => {
  for (let index = 0; index < 40; index++) {
    const draw = random(seed + index);
    const cluster = drawCluster(draw, (namespaces) => drawNetworkPolicies(draw, namespaces));
    const { tables } = compileTables(createWorld(cluster, CALICO));
    const again = compileTables(createWorld(reordered(cluster, draw), CALICO));
    expect(Buffer.compare(again.tables.bytes, tables.bytes), `SEED=${seed + index}`).toBe(0);
  }
});

test('tables are loaded as they were saved, and describe themselves alike', () => {
  const draw = random(seed);
  const cluster = drawCluster(draw, (namespaces) => drawNetworkPolicies(draw, namespaces));
  const { tables, legend, phases } = compileTables(createWorld(cluster, CALICO));
  const loaded = tablesFrom(Uint8Array.from(tables.bytes));
  if (!('tables' in loaded)) throw new Error(loaded.problem);
  expect(loaded.tables.bytes).toEqual(tables.bytes);
  const description = describeTables(loaded.tables);
  expect(description).toEqual(describeTables(tables));
  expect(description.bytes).toBe(tables.bytes.byteLength);
  expect(description.outcomes).toBe(legend.outcomeCount);
  expect(description.identities.ipv4).toBeGreaterThan(0);
  expect(phases.map(({ name }) => name)).toEqual([
    'rules',
    'addresses',
    'tries',
    'services',
    'programs',
    'layout',
  ]);
});

test('every outcome number leads to a path whose last hit decided, and no other number does', () => {
  const draw = random(seed);
  const cluster = drawCluster(draw, (namespaces) => drawNetworkPolicies(draw, namespaces));
  const { legend } = compileTables(createWorld(cluster, CALICO));
  for (let number = 0; number < legend.outcomeCount; number++) {
    const { verdict, path } = legend.outcome(number);
    expect(path.at(-1)?.action).toBe(verdict);
  }
  expect(() => legend.outcome(legend.outcomeCount)).toThrow(RangeError);
  expect(() => legend.outcome(-1)).toThrow(RangeError);
});

test('scattered blocks of network sets cost bytes and time in proportion, and are found', () => {
  const draw = random(seed);
  const cluster = drawCluster(draw, () => []);
  const { at } = cluster.pods[0]!;
  const nets = Array.from({ length: 60_000 }, () => {
    const word = draw.below(1000) * 64 * 65_536 + draw.below(65_536);
    return cidrOf({ family: 4, words: [word, 0, 0, 0] }, draw.pick([32, 32, 28, 24]));
  });
  const side = { nets: [], notNets: [], ports: [], notPorts: [] };
  const selector = { kind: 'equals', label: 'feed', value: 'bad' } as const;
  const rule = {
    action: 'deny',
    source: { ...side, selector },
    destination: side,
    hasHttp: false,
    at,
  } as const;
  const policy = {
    kind: 'GlobalNetworkPolicy',
    namespace: '',
    name: 'feed',
    tier: 'default',
    types: { ingress: true, egress: false },
    rules: { ingress: [rule], egress: [] },
    placement: 'normal',
    at,
  } as const;
  const networkSet = { namespace: '', name: 'feed', labels: { feed: 'bad' }, nets, at };
  const world = createWorld({ ...cluster, networkSets: [networkSet], calicoPolicies: [policy] }, CALICO);
  const { tables, classifyAll } = createClassifier(world);
  // Pages of 256 slots for all of them would take more than 40 MB.
  expect(tables.bytes.byteLength).toBeLessThan(nets.length * 200);
  const destination = world.book.endpoints
    .flatMap(({ addresses }) => addresses)
    .find(({ family }) => family === 4);
  if (destination === undefined) return;
  const packets = Array.from({ length: 500 }, () => {
    const { network } = draw.pick(nets);
    return { source: network, destination, protocol: 6, sourcePort: 40_000, destinationPort: 80 };
  });
  for (const [index, found] of classifyAll(packets).entries()) {
    const expected = judge(packets[index]!, world);
    expect([found.verdict, found.reason]).toEqual([expected.verdict, expected.reason]);
  }
});
