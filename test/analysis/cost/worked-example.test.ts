import { expect, test } from 'vitest';
import type { EngineCost, Figure } from '../../../src/analysis/cost/cost.ts';
import { engineCost, hasEngine } from '../../../src/analysis/cost/engines.ts';
import { BUILT_IN_PROFILES, cniProfile } from '../../../src/policy/cni/profiles.ts';
import { createWorld } from '../../../src/policy/world.ts';
import { NODE, workedExample } from './worked-example.ts';

const cluster = workedExample();

/** What the node carries of a figure, by part. */
function partsOf(cost: EngineCost, figure: Figure): Record<string, number> {
  const { parts } = cost.nodes.find(({ node }) => node === NODE)!;
  return Object.fromEntries(
    parts.filter((part) => part.figure === figure).map(({ part, count }) => [part, count]),
  );
}

const sumOf = (parts: Record<string, number>): number =>
  Object.values(parts).reduce((sum, count) => sum + count, 0);

function costOn(cni: string): EngineCost {
  return engineCost(createWorld(cluster, cniProfile(cni)!))!;
}

test('Calico with iptables: 280 lines, 4 sets with 47 members', () => {
  const cost = costOn('calico');
  expect(partsOf(cost, 'lines')).toEqual({
    'endpoint chains': 9 * 28,
    'policy chains': 8,
    'group chains': 2,
    dispatch: 18,
  });
  expect(partsOf(cost, 'sets')).toEqual({ 'IP sets': 4 });
  expect(partsOf(cost, 'members')).toEqual({ members: 47 });
});

test('Calico with eBPF: 18 programs, 47 entries', () => {
  const cost = costOn('calico-ebpf');
  expect(sumOf(partsOf(cost, 'programs'))).toBe(18);
  expect(sumOf(partsOf(cost, 'entries'))).toBe(47);
});

test('Cilium: 67 entries, web 8, api and db 7 a pod; 4 identities and a block', () => {
  const cost = costOn('cilium');
  expect(sumOf(partsOf(cost, 'entries'))).toBe(4 * 8 + 3 * 7 + 2 * 7);
  expect(cost.uses[0]).toMatchObject({ used: 8, most: 16_384, where: 'shop/web-0' });
  expect(partsOf(cost, 'identities')).toEqual({ 'pods with different labels': 4, 'blocks of addresses': 1 });
});

test('kube-router: 178 lines with iptables, 153 with nftables, 11 sets with 149 members', () => {
  const cost = costOn('kube-router');
  expect(partsOf(cost, 'lines')).toEqual({
    policies: 14,
    'chains of pods': 81,
    'jumps to chains of pods': 63,
    fixed: 20,
  });
  expect(sumOf(partsOf(cost, 'sets'))).toBe(11);
  expect(sumOf(partsOf(cost, 'members'))).toBe(149);
  const nft = costOn('kube-router-nft');
  expect(sumOf(partsOf(nft, 'lines'))).toBe(7 + 81 + 45 + 20);
  expect(sumOf(partsOf(nft, 'members'))).toBe(149);
});

test('Weave: 30 lines, 10 sets', () => {
  const cost = costOn('weave');
  expect(partsOf(cost, 'lines')).toEqual({ static: 14, namespaces: 6, policies: 10 });
  expect(sumOf(partsOf(cost, 'sets'))).toBe(10);
});

test('Antrea: 105 flows, 52 of ingress and 53 of egress', () => {
  expect(partsOf(costOn('antrea'), 'flows')).toEqual({
    'ingress: pods with rules': 9,
    'ingress: drops of isolated pods': 9,
    'ingress: addresses and blocks of peers': 21,
    'ingress: ports': 4,
    'ingress: rules': 9,
    'egress: pods with rules': 9,
    'egress: drops of isolated pods': 9,
    'egress: addresses and blocks of peers': 27,
    'egress: ports': 2,
    'egress: rules': 6,
  });
});

test('Romana: policies without a rule of ingress end the writing; without them three are written', () => {
  expect(sumOf(partsOf(costOn('romana'), 'lines'))).toBe(0);
  const { networkPolicies } = cluster;
  const without = {
    ...cluster,
    networkPolicies: networkPolicies.filter(({ ingress }) => ingress.length > 0),
  };
  const cost = engineCost(createWorld(without, cniProfile('romana')!))!;
  expect(partsOf(cost, 'lines')).toEqual({ 'jumps of targets': 3, peers: 3, ports: 4 });
  expect(partsOf(cost, 'chains')).toEqual({ policies: 9 });
  expect(partsOf(cost, 'sets')).toEqual({ tenants: 2, segments: 2, 'blocks of the node': 1 });
});

test('kube-network-policies: 22 rules, 9 members, 5 policies read for a side', () => {
  const cost = costOn('kube-network-policies');
  expect(sumOf(partsOf(cost, 'lines'))).toBe(22);
  expect(sumOf(partsOf(cost, 'members'))).toBe(9);
  expect(sumOf(partsOf(cost, 'scanned_policies'))).toBe(5);
});

test('flannel costs nothing, and the specification has no data plane', () => {
  expect(costOn('flannel').nodes.flatMap(({ parts }) => parts)).toEqual([]);
  expect(engineCost(createWorld(cluster, cniProfile('kubernetes')!))).toBeUndefined();
});

test("a user's own profile costs what the one that it goes back to does", () => {
  const own = { ...cniProfile('cilium')!, name: 'ours', builtOn: 'cilium' };
  expect(engineCost(createWorld(cluster, own))!.nodes).toEqual(costOn('cilium').nodes);
});

test.each(BUILT_IN_PROFILES)('it is known what $name runs', (profile) => {
  expect(hasEngine(profile)).toBe(true);
});
