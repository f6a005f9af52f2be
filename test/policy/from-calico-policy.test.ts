import { expect, test } from 'vitest';
import type { CalicoRule } from '../../src/policy/api/calico.ts';
import { fromCalicoPolicy } from '../../src/policy/translate/from-calico-policy.ts';
import { fromCalicoProfile } from '../../src/policy/translate/from-calico-profile.ts';
import { AT, calicoPolicy, calicoRule, cidr, entity, selector } from './calico-parts.ts';

const elsewhere = { file: 'q.yaml', line: 9, column: 3 };

function translated(rule: Partial<CalicoRule>, namespace = '') {
  const kind = namespace === '' ? 'GlobalNetworkPolicy' : 'NetworkPolicy';
  const policy = calicoPolicy({ kind, namespace, rules: { ingress: [calicoRule(rule)], egress: [] } });
  return fromCalicoPolicy(policy).rules.ingress[0]!;
}

test.each([
  ['NetworkPolicy', 'shop', false],
  ['GlobalNetworkPolicy', '', false],
  ['StagedNetworkPolicy', 'shop', true],
  ['StagedGlobalNetworkPolicy', '', true],
] as const)('%s keeps its kind, and says whether it is staged', (kind, namespace, staged) => {
  const policy = calicoPolicy({ kind, namespace, tier: 'security', order: 12.5, at: elsewhere });
  expect(fromCalicoPolicy(policy)).toMatchObject({
    ...{ kind, calicoKind: kind, namespace, name: 'p', staged, tier: 'security', order: 12.5, at: elsewhere },
  });
});

test('no order comes last, and zero is an order', () => {
  expect(fromCalicoPolicy(calicoPolicy({})).order).toBe(Number.POSITIVE_INFINITY);
  expect(fromCalicoPolicy(calicoPolicy({ order: 0 })).order).toBe(0);
  expect(fromCalicoPolicy(calicoPolicy({ order: -3 })).order).toBe(-3);
});

test.each(['normal', 'forward', 'pre-dnat', 'untracked'] as const)('placement %s is kept', (placement) => {
  expect(fromCalicoPolicy(calicoPolicy({ placement })).placement).toBe(placement);
});

test('rules keep their positions, and those of a direction that the types do not list are inert', () => {
  const rules = {
    ingress: [calicoRule({ action: 'log' }), calicoRule({ action: 'pass', at: elsewhere })],
    egress: [calicoRule({ action: 'deny' })],
  };
  const types = { ingress: true, egress: false };
  const policy = fromCalicoPolicy(calicoPolicy({ rules, types }));
  expect(policy.types).toEqual(types);
  expect(policy.rules.egress).toEqual([]);
  expect(policy.rules.ingress).toEqual([
    { action: 'log', index: 0, calicoIndex: 0, at: AT, match: { source: {}, destination: {} } },
    { action: 'pass', index: 1, calicoIndex: 1, at: elsewhere, match: { source: {}, destination: {} } },
  ]);
  const other = fromCalicoPolicy(calicoPolicy({ rules, types: { ingress: false, egress: true } }));
  expect([other.rules.ingress.length, other.rules.egress.length]).toEqual([0, 1]);
});

test('the name of ICMP is for one family unless the rule says which', () => {
  const match = (rule: Partial<CalicoRule>) => translated(rule).match;
  expect(match({ protocol: { number: 1, fixesFamily: 4 } })).toMatchObject({ protocol: 1, family: 4 });
  expect(match({ protocol: { number: 58, fixesFamily: 6 } })).toMatchObject({ protocol: 58, family: 6 });
  expect(match({ protocol: { number: 1 } })).not.toHaveProperty('family');
  expect(match({ protocol: { number: 58 }, ipVersion: 6 })).toMatchObject({ protocol: 58, family: 6 });
  expect(match({ ipVersion: 4 })).toEqual({ family: 4, source: {}, destination: {} });
  // No API server lets the two differ; what the rule says would win.
  expect(match({ protocol: { number: 1, fixesFamily: 4 }, ipVersion: 6 })).toMatchObject({ family: 6 });
  expect(match({ notProtocol: 1 })).toEqual({ notProtocols: [1], source: {}, destination: {} });
});

test('every condition arrives, on its own side', () => {
  const nets = [cidr('10.0.0.0/8')];
  const notNets = [cidr('10.1.0.0/16')];
  const range = { first: 80, last: 90 };
  const other = { first: 443, last: 443 };
  const source = entity(
    { selector: 'a == "x"', notSelector: 'b == "y"' },
    { nets, notNets, ports: ['dns', range, 'http'], notPorts: [other, 'ssh'] },
  );
  const rule = {
    protocol: { number: 6 },
    icmp: { type: 8 },
    notIcmp: { type: 3, code: 4 },
    source,
    destination: entity({}, { service: { namespace: '', name: 'db' } }),
    hasHttp: true,
  };
  expect(translated(rule, 'ns1')).toEqual({
    action: 'allow',
    index: 0,
    calicoIndex: 0,
    at: AT,
    hasHttp: true,
    match: {
      protocol: 6,
      icmp: { type: 8 },
      notIcmp: { type: 3, code: 4 },
      source: {
        nets,
        notNets,
        selector: selector('projectcalico.org/namespace == "ns1" && a == "x"'),
        notSelector: selector('b == "y"'),
        ports: [range],
        namedPorts: ['dns', 'http'],
        notPorts: [other],
        notNamedPorts: ['ssh'],
      },
      // Without a namespace in the rule no service is meant, not even in a namespaced policy.
      destination: { service: { namespace: '', name: 'db' } },
    },
  });
});

test('a negative selector alone leaves a global policy open to unknown addresses, a namespaced one not', () => {
  const source = entity({ notSelector: 'a == "x"' });
  expect(translated({ source }).match.source).toEqual({ notSelector: selector('a == "x"') });
  expect(translated({ source }, 'ns1').match.source).toEqual({
    selector: selector('projectcalico.org/namespace == "ns1"'),
    notSelector: selector('a == "x"'),
  });
});

test("a profile's rules are tied to no namespace, and its labels are no part of them", () => {
  const source = entity({ selector: 'a == "x"' });
  const rules = { ingress: [calicoRule({ action: 'deny', source }), calicoRule()], egress: [calicoRule()] };
  const profile = fromCalicoProfile({ name: 'web', labelsToApply: { a: 'x' }, rules, at: AT });
  expect(profile.name).toBe('web');
  expect(profile.rules.ingress.map(({ action, calicoIndex }) => [action, calicoIndex])).toEqual([
    ['deny', 0],
    ['allow', 1],
  ]);
  expect(profile.rules.ingress[0]!.match).toEqual({
    source: { selector: selector('a == "x"') },
    destination: {},
  });
  expect(profile.rules.egress).toHaveLength(1);
  expect(profile).not.toHaveProperty('labelsToApply');
});
