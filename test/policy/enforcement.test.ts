import { describe, expect, test } from 'vitest';
import type { AdminPolicy } from '../../src/policy/api/admin-policy.ts';
import type { CniProfile } from '../../src/policy/cni/profile.ts';
import { cniProfile } from '../../src/policy/cni/profiles.ts';
import { EMPTY_CLUSTER } from '../../src/policy/empty-cluster.ts';
import { judge } from '../../src/policy/judge/judge.ts';
import { equalPriorities, unenforced } from '../../src/policy/resolve/enforcement.ts';
import { coversDomain } from '../../src/policy/translate/domain-names.ts';
import { createWorld } from '../../src/policy/world.ts';
import { fixtureWith, packetsOf } from '../examine.ts';

const at = { file: 'p.yaml', line: 1, column: 1 };

function policy(
  kind: AdminPolicy['kind'],
  name: string,
  priority = 1,
  tier: AdminPolicy['tier'] = 'admin',
): AdminPolicy {
  const subject = {
    kind: 'namespaces',
    namespaceSelector: { matchLabels: {}, matchExpressions: [] },
  } as const;
  return { kind, name, tier, priority, subject, ingress: [], egress: [], at };
}

const calico = cniProfile('calico')!;
const old = cniProfile('calico@3.31')!;
const api = cniProfile('kubernetes')!;

describe('what is not enforced', () => {
  const cluster = {
    ...EMPTY_CLUSTER,
    adminPolicies: [
      ...['a', 'b', 'c', 'd', 'e', 'f'].map((name) => policy('AdminNetworkPolicy', name)),
      policy('BaselineAdminNetworkPolicy', 'default', 0, 'baseline'),
      policy('ClusterNetworkPolicy', 'n'),
    ],
  };

  test('is counted and named, with a CNI that enforces it', () => {
    expect(unenforced(cluster, calico)).toEqual([
      '6 AdminNetworkPolicies are not enforced by calico: a, b, c, d and 2 more; --cni calico@3.31 enforces them',
      '1 BaselineAdminNetworkPolicy is not enforced by calico: default; --cni calico@3.31 enforces it',
    ]);
    expect(unenforced(cluster, old)).toEqual([
      '1 ClusterNetworkPolicy is not enforced by calico@3.31: n; --cni calico enforces it',
    ]);
    expect(unenforced(cluster, api)).toEqual([]);
  });
});

test('a CNI that ignores or refuses NetworkPolicies does so aloud', () => {
  const text = (name: string, port: string) => `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: ${name}, namespace: x }
spec: { podSelector: {}, ingress: [{ ports: [{ port: ${port} }] }] }
---
`;
  const cluster = fixtureWith(text('by-number', '80') + text('by-name', 'http'));
  const flannel = cniProfile('flannel')!;
  expect(unenforced(cluster, flannel)).toEqual([
    '2 NetworkPolicies are not enforced by flannel: x/by-name and x/by-number; --cni flannel+netpol enforces them',
  ]);
  expect(createWorld(cluster, flannel).resolved.policies).toEqual([]);
  expect(unenforced(cluster, cniProfile('weave')!)).toEqual([
    '1 NetworkPolicy is refused by weave for a named port: x/by-name',
  ]);
  expect(unenforced(cluster, cniProfile('flannel+netpol')!)).toEqual([]);
});

test("Calico's own resources are nothing to the API: pods are open where no policy of Kubernetes says otherwise", () => {
  const calicos = `apiVersion: projectcalico.org/v3
kind: Profile
metadata: { name: kns.x }
spec: { ingress: [{ action: Deny }], egress: [{ action: Deny }] }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: closed, namespace: z }
spec: { podSelector: {} }`;
  const cluster = fixtureWith(calicos);
  const verdict = (flow: string, profile: CniProfile): string => {
    const world = createWorld(cluster, profile);
    return judge(packetsOf(flow, world)[0]!, world).verdict;
  };
  expect(verdict('tcp 10.0.1.1 to 10.0.2.1:80', api)).toBe('allow');
  expect(verdict('tcp 10.0.1.1 to 10.0.2.1:80', calico)).toBe('deny');
  expect(verdict('tcp 10.0.2.1 to 10.0.3.1:80', api)).toBe('deny');
});

test('equal priorities of one tier are told, where they are enforced', () => {
  const cluster = {
    ...EMPTY_CLUSTER,
    adminPolicies: [
      policy('ClusterNetworkPolicy', 'a'),
      policy('ClusterNetworkPolicy', 'b'),
      policy('ClusterNetworkPolicy', 'c', 1, 'baseline'),
      policy('ClusterNetworkPolicy', 'd', 2),
      policy('AdminNetworkPolicy', 'e'),
    ],
  };
  expect(equalPriorities(cluster, calico)).toEqual([
    'a and b: ClusterNetworkPolicies of tier admin have the same priority 1; calico takes them by name, other CNIs may not',
  ]);
  expect(equalPriorities(cluster, api)).toEqual([
    'AdminNetworkPolicies and ClusterNetworkPolicies have no order among them: in each tier the former are taken first',
    'a and b: ClusterNetworkPolicies of tier admin have the same priority 1; where they disagree the verdict is unspecified',
  ]);
  expect(equalPriorities(cluster, old)).toEqual([]);
});

test.each([
  ['example.com', 'example.com', true],
  ['example.com', 'a.example.com', false],
  ['*.example.com', 'a.example.com', true],
  ['*.example.com', 'a.b.example.com', true],
  ['*.example.com', 'example.com', false],
  ['*.example.com', 'badexample.com', false],
])('%s covers %s: %s', (pattern, name, expected) => {
  expect(coversDomain(pattern, name)).toBe(expected);
});
