/** Pods for policies that come alone: every selector that a simple pod can satisfy has one. */
import { expect, test } from 'vitest';
import { lacksEndpoints, shareState } from '../../src/measure/cluster-state.ts';
import { inventPods } from '../../src/measure/invent-pods.ts';
import type { NetworkPolicy } from '../../src/policy/api/network-policy.ts';
import { cniProfile } from '../../src/policy/cni/profiles.ts';
import { EMPTY_CLUSTER } from '../../src/policy/empty-cluster.ts';
import { createWorld } from '../../src/policy/world.ts';
import { selectorMatches } from '../../src/selector/match.ts';

const at = { file: 'test', line: 1, column: 1 };
const calico = cniProfile('calico')!;
const labels = (matchLabels: Record<string, string>) => ({ matchLabels, matchExpressions: [] });

const policy = (name: string, peer: NetworkPolicy['ingress'][number]['peers'][number]): NetworkPolicy => ({
  namespace: 'shop',
  name,
  podSelector: labels({ app: name }),
  policyTypes: { ingress: true, egress: false },
  ingress: [{ peers: [peer], ports: [], at }],
  egress: [],
  at,
});

const alone = {
  ...EMPTY_CLUSTER,
  networkPolicies: [
    policy('db', { podSelector: labels({ app: 'api', tier: 'back' }), at }),
    policy('api', { namespaceSelector: labels({ team: 'front' }), at }),
    policy('web', {
      namespaceSelector: labels({ team: 'front' }),
      podSelector: {
        matchLabels: {},
        matchExpressions: [{ key: 'role', operator: 'In', values: ['a', 'b'] }],
      },
      at,
    }),
  ],
};

test('every policy and every peer takes a pod', () => {
  const { clusters, count } = inventPods([alone], calico);
  const { book, resolved } = createWorld(clusters[0]!, calico);
  expect(book.endpoints).toHaveLength(count);
  for (const { selector, rules } of resolved.policies) {
    const peers = rules.ingress.map(({ match }) => match.source.selector!);
    for (const wanted of [selector, ...peers])
      expect(book.endpoints.some((endpoint) => selectorMatches(wanted, endpoint.labels))).toBe(true);
  }
});

test('sets that are compared get the same pods', () => {
  const other = {
    ...EMPTY_CLUSTER,
    networkPolicies: [policy('cache', { podSelector: labels({ app: 'db' }), at })],
  };
  const [one, two] = inventPods([alone, other], calico).clusters;
  expect(one!.pods).toEqual(two!.pods);
  expect(one!.pods.length).toBeGreaterThan(8);
});

test('nothing is made up where there are pods, and who has none takes those of the other', () => {
  const full = inventPods([alone], calico).clusters[0]!;
  const [, shared] = shareState([full, { ...alone, networkPolicies: [] }]);
  expect(lacksEndpoints(shared!)).toBe(false);
  expect(shared!.pods).toBe(full.pods);
  expect(shared!.networkPolicies).toEqual([]);
  expect(inventPods([full, alone], calico).count).toBe(0);
});
