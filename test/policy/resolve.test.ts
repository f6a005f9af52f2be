import { describe, expect, test } from 'vitest';
import { UNCONFIGURED } from '../../src/policy/api/felix.ts';
import { CALICO } from '../../src/policy/cni/calico.ts';
import { KUBERNETES } from '../../src/policy/cni/kubernetes.ts';
import type { Direction } from '../../src/policy/policy.ts';
import { createWorld, type World } from '../../src/policy/world.ts';
import { selectorMatches } from '../../src/selector/match.ts';
import { HOOKS } from '../../src/tables/verdict.ts';
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

describe("Calico's resources", () => {
  const calico = (kind: string, name: string, spec: string): string =>
    `{ apiVersion: projectcalico.org/v3, kind: ${kind}, metadata: { name: ${name} }, spec: ${spec} }`;
  const gnp = (name: string, more: string): string => calico('GlobalNetworkPolicy', name, `{ ${more} }`);
  const order = (manifests: readonly string[], options: { staged?: 'enforced' } = {}): string[] => {
    const world = createWorld(fixtureWith(manifests.join('\n---\n')), CALICO, options);
    const { tiers } = world.resolved.governing(world.book.endpoints[0]!, 'ingress');
    return tiers.map(
      ({ tier, endAction, policies }) =>
        `${tier.name} ${endAction}: ${policies.map(({ name }) => name).join(' ')}`,
    );
  };

  test('declared tiers by order, those that nobody declared behind all others, with a refusal at their end', () => {
    expect(
      order([
        gnp('late', 'selector: all()'),
        gnp('nobody.p', 'tier: nobody, selector: all()'),
        calico('Tier', 'soft', '{ order: 2000, defaultAction: Pass }'),
        gnp('soft.p', 'tier: soft, selector: all()'),
        calico('Tier', 'last', '{}'),
        gnp('last.p', 'tier: last, selector: all()'),
      ]),
    ).toEqual(['soft pass: soft.p', 'default deny: late', 'last deny: last.p', 'nobody deny: nobody.p']);
  });

  test('staged policies stand beside the enforced ones, and a tier that holds no other is skipped', () => {
    const staged = [
      gnp('b', 'selector: all()'),
      calico('StagedGlobalNetworkPolicy', 'a', '{ selector: all() }'),
      calico('StagedGlobalNetworkPolicy', 'gone', '{ stagedAction: Delete }'),
      calico('Tier', 'only', '{ order: 1 }'),
      calico('StagedGlobalNetworkPolicy', 'only.s', '{ tier: only, selector: all() }'),
    ];
    expect(order(staged)).toEqual(['default deny: a b']);
    expect(order(staged, { staged: 'enforced' })).toEqual(['only deny: only.s', 'default deny: a b']);
  });

  test('pre-DNAT and untracked policies do nothing at pods', () => {
    expect(
      order([
        gnp('pre', 'selector: all(), preDNAT: true, applyOnForward: true, types: [Ingress]'),
        gnp('raw', 'selector: all(), doNotTrack: true, applyOnForward: true'),
        gnp('forward', 'selector: all(), applyOnForward: true'),
      ]),
    ).toEqual(['default deny: forward']);
  });

  const hep = (name: string, more: string): string => calico('HostEndpoint', name, `{ node: n1, ${more} }`);

  test('a host endpoint without policy for a hook is not asked there, but for its own traffic', () => {
    const world = createWorld(fixtureWith(hep('h', 'interfaceName: eth0')), CALICO);
    const host = world.book.endpoints.at(-1)!;
    const asked = HOOKS.filter(
      (hook) => hook !== 'none' && world.resolved.governing(host, hook) !== undefined,
    );
    expect(asked).toEqual(['egress', 'ingress', 'host-ingress', 'host-egress']);
    expect(world.resolved.governing(host, 'egress')).toBe(world.resolved.governing(host, 'host-egress'));
    expect(world.resolved.governing(world.book.endpoints[0]!, 'host-ingress')).toBeUndefined();
  });

  test('forward policy of one direction is none of the other; untracked policy of all interfaces is ignored', () => {
    const world = createWorld(
      fixtureWith(
        [
          hep('all', 'interfaceName: "*"'),
          hep('eth', 'interfaceName: eth0'),
          gnp('in', 'selector: "!has(projectcalico.org/namespace)", applyOnForward: true, types: [Ingress]'),
          gnp('raw', 'selector: "!has(projectcalico.org/namespace)", doNotTrack: true, applyOnForward: true'),
        ].join('\n---\n'),
      ),
      CALICO,
    );
    const [all, eth] = world.book.endpoints.slice(-2);
    const { governing: of } = world.resolved;
    expect(of(eth!, 'forward-ingress')?.end).toBe('continue');
    expect(of(eth!, 'forward-egress')).toBeUndefined();
    expect(of(eth!, 'untracked-ingress')!.tiers[0]!.endAction).toBe('pass');
    expect(of(all!, 'untracked-ingress')).toBeUndefined();
    expect(of(all!, 'host-ingress')?.end).toBe('deny');
  });

  test('profiles: what is written, what allows by default, and a refusal for what nobody knows', () => {
    const world = createWorld(
      fixtureWith(
        [
          calico('Profile', 'mine', '{ ingress: [{ action: Deny, protocol: UDP }, { action: Allow }] }'),
          hep(
            'h',
            'interfaceName: eth0, profiles: [mine, projectcalico-default-allow, kns.x, kns.none, unknown]',
          ),
        ].join('\n---\n'),
      ),
      CALICO,
    );
    const { profiles } = world.resolved.governing(world.book.endpoints.at(-1)!, 'ingress');
    expect(
      profiles.map(({ name, rules }) => `${name}: ${rules.ingress.map(({ action }) => action)}`),
    ).toEqual([
      'mine: deny,allow',
      'projectcalico-default-allow: allow',
      'kns.x: allow',
      'kns.none: deny',
      'unknown: deny',
    ]);
    expect(profiles[0]!.rules.egress).toEqual([]);
  });

  test("guards are those of the endpoint's node, and shared by nodes with equal settings", () => {
    const cluster = fixtureWith('');
    const loose = { ...UNCONFIGURED, allowIpipFromWorkloads: true };
    const byNode = new Map([
      ['n2', loose],
      ['n3', { ...UNCONFIGURED }],
    ]);
    const { book, resolved } = createWorld(
      { ...cluster, felix: { everywhere: UNCONFIGURED, byNode } },
      CALICO,
    );
    const guards = (pod: string): string[] => {
      const endpoint = book.endpoints.find(({ namespace, name }) => `${namespace}/${name}` === pod)!;
      return resolved.governing(endpoint, 'egress').guards.map(({ words }) => words);
    };
    expect(guards('x/a')).toEqual(['VXLAN from pods (udp 4789)', 'IP in IP from pods']);
    expect(guards('y/a')).toEqual(['VXLAN from pods (udp 4789)']);
    expect(guards('z/a')).toEqual(guards('x/a'));
  });

  test('a CNI that does not enforce an API sees none of its policies', () => {
    const { resolved } = createWorld(
      fixtureWith([gnp('p', 'selector: all()'), policy('k', 'x', '{ podSelector: {} }')].join('\n---\n')),
      KUBERNETES,
    );
    expect(resolved.policies.map(({ name }) => name)).toEqual(['k']);
  });
});
