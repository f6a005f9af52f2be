import { describe, expect, test } from 'vitest';
import type { Policy, Tier } from '../../src/policy/policy.ts';
import { comparePolicies, compareTiers } from '../../src/policy/resolve/order.ts';

const policy = (name: string, namespace: string, calicoKind: string, order: number): Policy => ({
  kind: 'NetworkPolicy',
  calicoKind,
  namespace,
  name,
  tier: 'default',
  order,
  staged: false,
  placement: 'normal',
  selector: { kind: 'all' },
  types: { ingress: true, egress: false },
  rules: { ingress: [], egress: [] },
  at: { file: 'p.yaml', line: 1, column: 1 },
});

test('policies: by order, then byte for byte by name/namespace/kind', () => {
  const none = Number.POSITIVE_INFINITY;
  const sorted = [
    policy('z', 'ns', 'NetworkPolicy', 10),
    policy('a-b', 'ns', 'KubernetesNetworkPolicy', 1000),
    policy('a.b', 'ns', 'KubernetesNetworkPolicy', 1000),
    policy('a', '', 'GlobalNetworkPolicy', 1000),
    policy('a', 'ns1', 'KubernetesNetworkPolicy', 1000),
    policy('a', 'ns1', 'NetworkPolicy', 1000),
    policy('a', 'ns1-x', 'NetworkPolicy', 1000),
    policy('a0', 'ns', 'NetworkPolicy', 1000),
    policy('ab', 'ns', 'NetworkPolicy', 1000),
    policy('a', 'ns', 'NetworkPolicy', none),
    policy('b', 'ns', 'NetworkPolicy', none),
  ];
  const text = ({ name, namespace, calicoKind, order }: Policy) =>
    `${order} ${name}/${namespace}/${calicoKind}`;
  const expected = sorted.map(text);
  // `ns1-x/` and `ns1/` differ at `-` and `/`: the dash is the smaller byte.
  expected.splice(4, 3, expected[6]!, expected[4]!, expected[5]!);
  expect([...sorted].reverse().sort(comparePolicies).map(text)).toEqual(expected);
});

test('tiers: declared ones first, then by order, then by name', () => {
  const none = Number.POSITIVE_INFINITY;
  const tier = (name: string, order: number, undeclared = false): Tier => ({
    name,
    order,
    endAction: 'deny',
    ...(undeclared ? { undeclared } : {}),
  });
  const sorted = [
    tier('kube-admin', 1000),
    tier('a', 1_000_000),
    tier('default', 1_000_000),
    tier('kube-baseline', 10_000_000),
    tier('Z', none),
    tier('a', none),
    tier('lost', none, true),
  ];
  expect([...sorted].reverse().sort(compareTiers)).toEqual(sorted);
});

test('bytes, not UTF-16 units, decide', () => {
  const early = policy('\uff01', 'ns', 'NetworkPolicy', 1);
  const late = policy('\u{10000}', 'ns', 'NetworkPolicy', 1);
  expect(comparePolicies(early, late)).toBeLessThan(0);
});

describe('each consequence of comparing `name/namespace/kind` as bytes', () => {
  const none = Number.POSITIVE_INFINITY;
  const sorted = (...policies: readonly Policy[]): string[] =>
    [...policies]
      .reverse()
      .sort(comparePolicies)
      .map(({ name, namespace, calicoKind }) => `${name}/${namespace}/${calicoKind}`);

  test('a global policy comes before a namespaced one of its name, whatever the kinds', () => {
    const expected = ['a//GlobalNetworkPolicy', 'a//StagedGlobalNetworkPolicy', 'a/ns1/NetworkPolicy'];
    expect(
      sorted(
        policy('a', '', 'GlobalNetworkPolicy', 5),
        policy('a', '', 'StagedGlobalNetworkPolicy', 5),
        policy('a', 'ns1', 'NetworkPolicy', 5),
      ),
    ).toEqual(expected);
  });

  test('dash and dot sort before the slash, letters and digits behind it', () => {
    const names = ['a-b', 'a.b', 'a', 'a0', 'ab'];
    const found = sorted(...names.map((name) => policy(name, 'ns', 'NetworkPolicy', 5)));
    expect(found.map((key) => key.split('/')[0])).toEqual(names);
    // The same for namespaces, whose end is a slash too.
    const namespaces = ['n-b', 'n', 'n0', 'nb'];
    const byNamespace = sorted(...namespaces.map((namespace) => policy('a', namespace, 'NetworkPolicy', 5)));
    expect(byNamespace.map((key) => key.split('/')[1])).toEqual(namespaces);
  });

  test('kinds of one name and namespace sort as text, so that the staged twin comes right behind', () => {
    const kinds = [
      'KubernetesNetworkPolicy',
      'NetworkPolicy',
      'StagedKubernetesNetworkPolicy',
      'StagedNetworkPolicy',
    ];
    const found = sorted(...kinds.map((kind) => policy('a', 'ns', kind, 5)));
    expect(found.map((key) => key.split('/')[2])).toEqual(kinds);
    const cluster = ['GlobalNetworkPolicy', 'KubernetesClusterNetworkPolicy', 'StagedGlobalNetworkPolicy'];
    const clusterWide = sorted(...cluster.map((kind) => policy('a', '', kind, 5)));
    expect(clusterWide.map((key) => key.split('/')[2])).toEqual(cluster);
  });

  test('capitals sort before small letters, as bytes do', () => {
    expect(sorted(policy('B', '', 'X', 1), policy('a', '', 'X', 1))).toEqual(['B//X', 'a//X']);
  });

  test('order comes first: below 1000 before the policies of Kubernetes, none behind them', () => {
    const found = sorted(
      policy('z', 'ns', 'NetworkPolicy', -1),
      policy('y', 'ns', 'NetworkPolicy', 0),
      policy('x', 'ns', 'NetworkPolicy', 0.5),
      policy('w', 'ns', 'NetworkPolicy', 999.5),
      policy('b', 'ns', 'KubernetesNetworkPolicy', 1000),
      policy('c', 'ns', 'NetworkPolicy', 1000),
      policy('a', 'ns', 'NetworkPolicy', none),
      policy('b', 'ns', 'NetworkPolicy', none),
    );
    expect(found.map((key) => key[0]).join('')).toBe('zyxwbcab');
  });

  test('zero is zero, whatever its sign', () => {
    expect(sorted(policy('a', '', 'X', 0), policy('b', '', 'X', -0))).toEqual(['a//X', 'b//X']);
    expect(sorted(policy('a', '', 'X', -0), policy('b', '', 'X', 0))).toEqual(['a//X', 'b//X']);
  });
});

test('a tier that nobody declared comes last even when it claims an order, and ties go by name', () => {
  const tier = (name: string, order: number, undeclared = false): Tier => ({
    ...{ name, order, endAction: 'deny' as const },
    ...(undeclared ? { undeclared } : {}),
  });
  const none = Number.POSITIVE_INFINITY;
  const sorted = [
    tier('early', -1),
    tier('t-a', 0),
    tier('t', none),
    tier('t-a', none),
    tier('a', 0, true),
    tier('b', 0, true),
  ];
  expect([...sorted].reverse().sort(compareTiers)).toEqual(sorted);
});
