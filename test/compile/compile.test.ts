import { expect, test } from 'vitest';
import { compileTables } from '../../src/compile/compile.ts';
import { describeTables } from '../../src/compile/describe.ts';
import type { Cluster } from '../../src/policy/cluster.ts';
import { CALICO } from '../../src/policy/cni/calico.ts';
import { createWorld } from '../../src/policy/world.ts';
import { tablesFrom } from '../../src/tables/tables.ts';
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
