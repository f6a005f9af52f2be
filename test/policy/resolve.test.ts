import { describe, expect, test } from 'vitest';
import { CALICO } from '../../src/policy/cni/calico.ts';
import type { Direction } from '../../src/policy/policy.ts';
import { createWorld, type World } from '../../src/policy/world.ts';
import { selectorMatches } from '../../src/selector/match.ts';
import { fixtureWith } from '../examine.ts';
import { drawCluster } from '../random/cluster.ts';
import { chosenSeed, random } from '../random/mulberry.ts';
import { drawNetworkPolicies } from '../random/network-policies.ts';

const policy = (name: string, namespace: string, spec: string): string =>
  `{ apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: { name: ${name}, namespace: ${namespace} }, spec: ${spec} }`;

function governing(world: World, pod: string, direction: Direction): string[] {
  const endpoint = world.book.endpoints.find(({ namespace, name }) => `${namespace}/${name}` === pod)!;
  const { tiers } = world.resolved.governing(endpoint, direction);
  return tiers.map(({ tier, policies }) => `${tier.name}: ${policies.map(({ name }) => name).join(' ')}`);
}

describe('what governs an endpoint', () => {
  const world = createWorld(
    fixtureWith(
      [
        policy('a', 'x', '{ podSelector: {} }'),
        policy('a-b', 'x', '{ podSelector: {}, policyTypes: [Ingress, Egress] }'),
        policy('web', 'x', '{ podSelector: { matchLabels: { app: web } } }'),
        policy('any', 'z', '{ podSelector: { matchExpressions: [{ key: app, operator: Exists }] } }'),
      ].join('\n---\n'),
    ),
    CALICO,
  );

  test('policies of its namespace that select it, for the direction, in order', () => {
    expect(governing(world, 'x/a', 'ingress')).toEqual(['default: a-b a web']);
    expect(governing(world, 'x/b', 'ingress')).toEqual(['default: a-b a']);
    expect(governing(world, 'x/a', 'egress')).toEqual(['default: a-b']);
    expect(governing(world, 'z/a', 'ingress')).toEqual(['default: any']);
  });

  test('no tier where no policy covers the direction', () => {
    expect(governing(world, 'z/a', 'egress')).toEqual([]);
    expect(governing(world, 'y/a', 'ingress')).toEqual([]);
  });

  test('endpoints that are governed alike share one object', () => {
    const [a, b, c] = world.book.endpoints;
    const of = world.resolved.governing;
    expect(of(b!, 'ingress')).toBe(of(c!, 'ingress'));
    expect(of(a!, 'egress')).toBe(of(b!, 'egress'));
    expect(of(a!, 'ingress')).not.toBe(of(b!, 'ingress'));
  });
});

test('the index finds what asking every policy finds', () => {
  const seed = chosenSeed();
  for (let index = 0; index < 50; index++) {
    const draw = random(seed + index);
    const cluster = drawCluster(draw, (namespaces) => drawNetworkPolicies(draw, namespaces));
    const { book, resolved } = createWorld(cluster, CALICO);
    for (const endpoint of book.endpoints) {
      for (const direction of ['ingress', 'egress'] as const) {
        const expected = resolved.policies.filter(
          ({ selector, types }) => types[direction] && selectorMatches(selector, endpoint.labels),
        );
        const found = resolved.governing(endpoint, direction).tiers.flatMap(({ policies }) => policies);
        expect(found, `SEED=${seed + index}`).toEqual(expected);
      }
    }
  }
});
