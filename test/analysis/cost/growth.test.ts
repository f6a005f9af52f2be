/**
 * Costs grow as the formulas say: of copies with nodes of their own, and with twice of one thing on the same nodes.
 */
import { describe, expect, test } from 'vitest';
import type { Figure, Part } from '../../../src/analysis/cost/cost.ts';
import { engineCost } from '../../../src/analysis/cost/engines.ts';
import { multiplyCluster } from '../../../src/measure/multiply.ts';
import { type Doubled, twiceOf } from '../../../src/measure/twice.ts';
import type { Cluster } from '../../../src/policy/cluster.ts';
import { BUILT_IN_PROFILES, cniProfile } from '../../../src/policy/cni/profiles.ts';
import { createWorld } from '../../../src/policy/world.ts';
import { drawCluster } from '../../random/cluster.ts';
import { chosenSeed, random } from '../../random/mulberry.ts';
import { drawNetworkPolicies } from '../../random/network-policies.ts';
import { NODE, workedExample } from './worked-example.ts';

const COPIES = 3;
const example = workedExample();

function partsOn(cluster: Cluster, cni: string): Map<string, readonly Part[]> {
  const { nodes } = engineCost(createWorld(cluster, cniProfile(cni)!))!;
  return new Map(nodes.map(({ node, parts }) => [node, parts]));
}

/** Parts of a figure on the node of the example. */
function figureOf(cluster: Cluster, cni: string, figure: Figure): Record<string, number> {
  const parts = partsOn(cluster, cni).get(NODE)!;
  return Object.fromEntries(
    parts.filter((part) => part.figure === figure).map(({ part, count }) => [part, count]),
  );
}

const twice = (doubled: Doubled): Cluster => twiceOf(example, doubled)!;

describe('copies with nodes of their own', () => {
  const multiplied = multiplyCluster(example, COPIES)!;

  test.each(['calico', 'calico-ebpf', 'antrea', 'kube-network-policies'])(
    '%s knows on a node what concerns its pods, and no more',
    (cni) => {
      expect(partsOn(multiplied, cni).get(NODE)).toEqual(partsOn(example, cni).get(NODE));
      expect(partsOn(multiplied, cni).size).toBe(COPIES * partsOn(example, cni).size);
    },
  );

  test('kube-router writes all policies on every node', () => {
    expect(figureOf(multiplied, 'kube-router', 'lines')).toEqual({
      'chains of pods': 81,
      'jumps to chains of pods': 63,
      policies: COPIES * 14,
      fixed: 20,
    });
    expect(figureOf(multiplied, 'kube-router', 'members')).toEqual({ members: COPIES * 149 });
  });

  test('so does Weave, and namespaces have lines of their own', () => {
    expect(figureOf(multiplied, 'weave', 'lines')).toEqual({
      static: 14,
      namespaces: COPIES * 6,
      policies: COPIES * 10,
    });
    expect(figureOf(multiplied, 'weave', 'sets')['sets of addresses']).toBe(COPIES * 10);
  });

  test('Cilium has more identities, and maps as large as before', () => {
    expect(figureOf(multiplied, 'cilium', 'entries')).toEqual(figureOf(example, 'cilium', 'entries'));
    expect(figureOf(multiplied, 'cilium', 'identities')).toEqual({
      'pods with different labels': COPIES * 4,
      'blocks of addresses': 1,
    });
  });
});

describe('twice of one thing on the same nodes', () => {
  test('pods: Calico has chains for each, policies stay', () => {
    expect(figureOf(twice('pods'), 'calico', 'lines')).toEqual({
      'endpoint chains': 2 * 9 * 28,
      'policy chains': 8,
      'group chains': 2,
      dispatch: 36,
    });
    expect(figureOf(twice('pods'), 'calico', 'members')).toEqual({ members: 2 * 47 });
  });

  test('pods: replicas are free to Cilium but for their own maps', () => {
    expect(figureOf(twice('pods'), 'cilium', 'identities')).toEqual(
      figureOf(example, 'cilium', 'identities'),
    );
    const sum = Object.values(figureOf(twice('pods'), 'cilium', 'entries')).reduce((a, b) => a + b);
    expect(sum).toBe(2 * 67);
  });

  test('pods: Antrea has flows for each as subject and as peer', () => {
    expect(figureOf(twice('pods'), 'antrea', 'flows')).toEqual({
      'ingress: pods with rules': 18,
      'ingress: drops of isolated pods': 18,
      'ingress: addresses and blocks of peers': 41,
      'ingress: ports': 4,
      'ingress: rules': 9,
      'egress: pods with rules': 18,
      'egress: drops of isolated pods': 18,
      'egress: addresses and blocks of peers': 54,
      'egress: ports': 2,
      'egress: rules': 6,
    });
  });

  test('policies: to Calico those that select alike are one group, and sets are shared', () => {
    expect(figureOf(twice('policies'), 'calico', 'lines')).toEqual({
      'endpoint chains': 9 * 28,
      'policy chains': 16,
      'group chains': 4 * 2 + 4,
      dispatch: 18,
    });
    expect(figureOf(twice('policies'), 'calico', 'sets')).toEqual({ 'IP sets': 4 });
  });

  test('policies: Cilium has the same entries, kube-router twice the sets', () => {
    expect(figureOf(twice('policies'), 'cilium', 'entries')).toEqual(figureOf(example, 'cilium', 'entries'));
    expect(figureOf(twice('policies'), 'kube-router', 'sets')).toEqual({ sets: 22 });
    expect(figureOf(twice('policies'), 'kube-router', 'lines')['chains of pods']).toBe(9 * (3 * 2 + 6));
  });

  test.each(['calico', 'cilium', 'weave'])('namespaces: with all in them to %s', (cni) => {
    const figure = cni === 'cilium' ? 'entries' : 'lines';
    const grown = figureOf(twice('namespaces'), cni, figure);
    for (const [part, count] of Object.entries(figureOf(example, cni, figure)))
      expect(grown[part], part).toBe(part === 'static' ? count : 2 * count);
  });
});

/** Every pod stands on a node, so that copies have nodes of their own. */
function drawn(seed: number): Cluster {
  const draw = random(seed);
  const cluster = drawCluster(draw, (namespaces) => drawNetworkPolicies(draw, namespaces));
  return {
    ...cluster,
    pods: cluster.pods.map((pod) => ({ ...pod, nodeName: pod.nodeName || 'some-node' })),
    // Numbers of names may be those of other copies: what a selector leaves out is left out of its own copy only.
    networkPolicies: cluster.networkPolicies.filter(({ ingress, egress }) =>
      [...ingress, ...egress].every(({ ports }) => ports.every(({ port }) => typeof port !== 'string')),
    ),
  };
}

/** What hangs on addresses of peers may grow faster: a selector of all namespaces takes those of all copies. */
const HANGS_ON_PEERS = /members|addresses|entries|rules$/;

/** What is once on a node whatever stands there, or grows with all of the cluster. */
const isApart = ({ figure, part }: Part, cni: string): boolean =>
  HANGS_ON_PEERS.test(`${figure} ${part}`) ||
  figure === 'identities' ||
  cni.startsWith('kube-router') ||
  (cni === 'romana' && figure === 'sets') ||
  cni === 'weave';

test('random clusters three times over: sums over nodes are three times as large', () => {
  const seed = chosenSeed();
  for (let index = 0; index < 10; index++) {
    const cluster = drawn(seed + index);
    const multiplied = multiplyCluster(cluster, COPIES)!;
    for (const { name } of BUILT_IN_PROFILES.filter(({ name }) => name !== 'kubernetes')) {
      const sums = (of: Cluster): Map<string, number> => {
        const found = new Map<string, number>();
        for (const parts of partsOn(of, name).values())
          for (const part of parts) {
            if (isApart(part, name)) continue;
            const key = `${part.figure} ${part.part} ${part.family ?? ''}`;
            found.set(key, (found.get(key) ?? 0) + part.count);
          }
        return found;
      };
      const grown = sums(multiplied);
      for (const [key, count] of sums(cluster))
        expect(grown.get(key), `${name}: ${key}, SEED=${seed + index}`).toBe(COPIES * count);
    }
  }
});

test('random clusters three times over: kube-router and Weave write three times the policies on every node', () => {
  const seed = chosenSeed();
  for (let index = 0; index < 10; index++) {
    const cluster = drawn(seed + index);
    const multiplied = multiplyCluster(cluster, COPIES)!;
    for (const cni of ['kube-router', 'kube-router-nft', 'weave']) {
      const linesOf = (of: Cluster): number => {
        const [parts] = partsOn(of, cni).values();
        return (parts ?? [])
          .filter(({ figure, part }) => figure === 'lines' && part === 'policies')
          .reduce((sum, { count }) => sum + count, 0);
      };
      expect(linesOf(multiplied), `${cni}, SEED=${seed + index}`).toBe(COPIES * linesOf(cluster));
    }
  }
});
