import { expect, test } from 'vitest';
import { comparePolicies, compareTiers } from '../../src/policy/order.ts';
import type { Policy, Tier } from '../../src/policy/policy.ts';

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
