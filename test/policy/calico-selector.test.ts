import { describe, expect, test } from 'vitest';
import type { Labels } from '../../src/policy/cluster.ts';
import { entitySelector, policySelector } from '../../src/policy/translate/calico-selector.ts';
import { selectorMatches } from '../../src/selector/match.ts';
import { printSelector } from '../../src/selector/print.ts';
import { calicoPolicy, cidr, type EntityText, entity } from './calico-parts.ts';

const pod = (namespace: string, serviceAccount: string, own: Labels, inherited: Labels = {}): Labels => ({
  ...own,
  ...inherited,
  'projectcalico.org/namespace': namespace,
  'projectcalico.org/orchestrator': 'k8s',
  'projectcalico.org/serviceaccount': serviceAccount,
  'pcns.projectcalico.org/name': namespace,
  'pcns.kubernetes.io/metadata.name': namespace,
  'pcsa.projectcalico.org/name': serviceAccount,
});

/** Effective labels of everything that has an address. */
const OBJECTS: Readonly<Record<string, Labels>> = {
  'pod ns1 x api': pod('ns1', 'api', { a: 'x' }, { 'pcns.env': 'prod', 'pcsa.role': 'front' }),
  'pod ns1 y web': pod('ns1', 'web', { a: 'y' }, { 'pcns.env': 'prod' }),
  'pod ns2 x api': pod('ns2', 'api', { a: 'x' }, { 'pcns.env': 'dev' }),
  'pod ns3 -': pod('ns3', 'default', {}),
  'set ns1 x': {
    a: 'x',
    'projectcalico.org/namespace': 'ns1',
    'pcns.projectcalico.org/name': 'ns1',
    'pcns.env': 'prod',
  },
  'set ns2 -': {
    'projectcalico.org/namespace': 'ns2',
    'pcns.projectcalico.org/name': 'ns2',
    'pcns.env': 'dev',
  },
  'global set x': { a: 'x' },
  'global set -': {},
  'host x': { a: 'x' },
  'host -': { role: 'node' },
};
const ALL = Object.keys(OBJECTS);
const NAMESPACED = ALL.filter((name) => /^(pod|set)/.test(name));
const PODS = ALL.filter((name) => name.startsWith('pod'));

const matching = (selector: Parameters<typeof selectorMatches>[0]): string[] =>
  ALL.filter((name) => selectorMatches(selector, OBJECTS[name]!));

/** [the entity, canonical text (undefined: any address), what it means] */
type Row = readonly [EntityText, string | undefined, readonly string[]];

const OWN = 'projectcalico.org/namespace == "ns1"';
const IN_ANY = 'has(projectcalico.org/namespace)';

const inNamespacedPolicy: readonly Row[] = [
  [{}, undefined, []],
  [{ selector: "a=='x'" }, `(${OWN} && a == "x")`, ['pod ns1 x api', 'set ns1 x']],
  [{ selector: 'all()' }, `(${OWN} && all())`, ['pod ns1 x api', 'pod ns1 y web', 'set ns1 x']],
  [
    { selector: "a=='x'", namespaceSelector: 'all()' },
    `(${IN_ANY} && a == "x")`,
    ['pod ns1 x api', 'pod ns2 x api', 'set ns1 x'],
  ],
  [
    { selector: "a=='x'", namespaceSelector: 'global()' },
    `(!${IN_ANY} && a == "x")`,
    ['global set x', 'host x'],
  ],
  [{ namespaceSelector: 'all()' }, IN_ANY, NAMESPACED],
  [{ namespaceSelector: 'global()' }, `!${IN_ANY}`, ['global set x', 'global set -', 'host x', 'host -']],
  [
    { namespaceSelector: "projectcalico.org/name=='ns2'" },
    'pcns.projectcalico.org/name == "ns2"',
    ['pod ns2 x api', 'set ns2 -'],
  ],
  [
    { namespaceSelector: "kubernetes.io/metadata.name == 'ns3'" },
    'pcns.kubernetes.io/metadata.name == "ns3"',
    ['pod ns3 -'],
  ],
  [
    { namespaceSelector: 'env == "prod"' },
    'pcns.env == "prod"',
    ['pod ns1 x api', 'pod ns1 y web', 'set ns1 x'],
  ],
  [
    { namespaceSelector: 'projectcalico.org/namespace == "ns1"' },
    'pcns.projectcalico.org/namespace == "ns1"',
    [],
  ],
  // Also true of what has no namespace at all.
  [
    { namespaceSelector: 'env != "prod"' },
    'pcns.env != "prod"',
    ['pod ns2 x api', 'pod ns3 -', 'set ns2 -', 'global set x', 'global set -', 'host x', 'host -'],
  ],
  [
    { namespaceSelector: '!has(env)' },
    '!has(pcns.env)',
    ['pod ns3 -', 'global set x', 'global set -', 'host x', 'host -'],
  ],
  [
    { namespaceSelector: 'env not in {"prod", "dev"}' },
    'pcns.env not in {"dev", "prod"}',
    ['pod ns3 -', 'global set x', 'global set -', 'host x', 'host -'],
  ],
  [
    { namespaceSelector: 'all() && !(env contains "ro") || env starts with "p" && env ends with "d"' },
    `((${IN_ANY} && !pcns.env contains "ro") || (pcns.env starts with "p" && pcns.env ends with "d"))`,
    NAMESPACED,
  ],
  [
    { serviceAccounts: { names: ['api'] } },
    `(${OWN} && projectcalico.org/serviceaccount in {"api"})`,
    ['pod ns1 x api'],
  ],
  [
    { serviceAccounts: { names: ['web', 'api', 'web'] }, selector: 'a == "y"' },
    `(${OWN} && (projectcalico.org/serviceaccount in {"api", "web"} && a == "y"))`,
    ['pod ns1 y web'],
  ],
  [
    { serviceAccounts: { names: ['api', 'web'], selector: 'role == "front"' } },
    `(${OWN} && (pcsa.role == "front" && projectcalico.org/serviceaccount in {"api", "web"}))`,
    ['pod ns1 x api'],
  ],
  [
    { serviceAccounts: { selector: 'role == "front"' } },
    `(${OWN} && pcsa.role == "front")`,
    ['pod ns1 x api'],
  ],
  [{ serviceAccounts: {} }, undefined, []],
  [
    { serviceAccounts: {}, namespaceSelector: 'env == "dev"' },
    'pcns.env == "dev"',
    ['pod ns2 x api', 'set ns2 -'],
  ],
  // The negative selector is not touched, but ties the side to the namespace.
  [{ notSelector: "a == 'x'" }, OWN, ['pod ns1 x api', 'pod ns1 y web', 'set ns1 x']],
  [
    { notSelector: "a == 'x'", namespaceSelector: 'env == "dev"' },
    'pcns.env == "dev"',
    ['pod ns2 x api', 'set ns2 -'],
  ],
];

const inGlobalPolicy: readonly Row[] = [
  [{}, undefined, []],
  [
    { selector: "a=='x'" },
    'a == "x"',
    ['pod ns1 x api', 'pod ns2 x api', 'set ns1 x', 'global set x', 'host x'],
  ],
  [{ selector: 'all()' }, 'all()', ALL],
  [{ namespaceSelector: 'all()' }, IN_ANY, NAMESPACED],
  [{ namespaceSelector: 'global()' }, `!${IN_ANY}`, ALL.filter((name) => !NAMESPACED.includes(name))],
  // Only `all()` of the namespaces is rewritten in a rule, not that of the endpoints or the service accounts.
  [
    { selector: 'all()', namespaceSelector: 'has(env)' },
    '(has(pcns.env) && all())',
    ALL.filter((n) => /ns[12]/.test(n)),
  ],
  [{ serviceAccounts: { selector: 'all()' } }, 'all()', ALL],
  [
    { serviceAccounts: { names: ['api'] } },
    'projectcalico.org/serviceaccount in {"api"}',
    ['pod ns1 x api', 'pod ns2 x api'],
  ],
  [{ notSelector: "a == 'x'" }, undefined, []],
];

function check(row: Row, namespace: string): void {
  const [text, canonical, objects] = row;
  const found = entitySelector(entity(text), namespace);
  expect(found === undefined ? undefined : printSelector(found)).toBe(canonical);
  if (found !== undefined) expect(matching(found)).toEqual(objects);
}

describe('whom a side of a rule means', () => {
  test.each(inNamespacedPolicy)('%o in a policy of ns1', (...row) => check(row, 'ns1'));
  test.each(inGlobalPolicy)('%o in a global policy', (...row) => check(row, ''));

  test('nets, ports and services do not tie it to the namespace', () => {
    const service = { namespace: 'ns1', name: 's' };
    const nets = [cidr('10.0.0.0/8')];
    expect(entitySelector(entity({}, { nets, ports: ['http'], notPorts: ['x'] }), 'ns1')).toBeUndefined();
    expect(entitySelector(entity({}, { notNets: nets, service }), 'ns1')).toBeUndefined();
  });
});

const NAMESPACED_POLICY = { kind: 'NetworkPolicy', namespace: 'ns1' } as const;

/** [the policy, canonical text, the endpoints that it governs] */
const policies: readonly (readonly [Parameters<typeof calicoPolicy>[0], string, readonly string[]])[] = [
  [NAMESPACED_POLICY, OWN, ['pod ns1 x api', 'pod ns1 y web']],
  [{ ...NAMESPACED_POLICY, ownSelector: 'a == "x"' }, `(a == "x" && ${OWN})`, ['pod ns1 x api']],
  [{ ...NAMESPACED_POLICY, ownSelector: 'all()' }, `(all() && ${OWN})`, ['pod ns1 x api', 'pod ns1 y web']],
  [
    { ...NAMESPACED_POLICY, ownSelector: 'has(a)', ownServiceAccountSelector: 'role == "front"' },
    `((has(a) && ${OWN}) && pcsa.role == "front")`,
    ['pod ns1 x api'],
  ],
  [
    { ...NAMESPACED_POLICY, ownServiceAccountSelector: 'all()' },
    `(${OWN} && all())`,
    ['pod ns1 x api', 'pod ns1 y web'],
  ],
  [{}, 'all()', [...PODS, 'host x', 'host -']],
  [{ ownSelector: 'a == "x"' }, 'a == "x"', ['pod ns1 x api', 'pod ns2 x api', 'host x']],
  [{ ownSelector: 'all()' }, 'all()', [...PODS, 'host x', 'host -']],
  [{ ownNamespaceSelector: 'all()' }, IN_ANY, PODS],
  [{ ownNamespaceSelector: 'env == "dev"' }, 'pcns.env == "dev"', ['pod ns2 x api']],
  [
    { ownNamespaceSelector: 'env != "prod"' },
    'pcns.env != "prod"',
    ['pod ns2 x api', 'pod ns3 -', 'host x', 'host -'],
  ],
  // The policy's own `all()` is replaced too.
  [
    { ownSelector: 'all()', ownNamespaceSelector: 'env != "prod"' },
    `(${IN_ANY} && pcns.env != "prod")`,
    ['pod ns2 x api', 'pod ns3 -'],
  ],
  [
    { ownSelector: '!all() || a == "x"', ownNamespaceSelector: '!has(env) || all()' },
    `((!${IN_ANY} || a == "x") && (!has(pcns.env) || ${IN_ANY}))`,
    ['pod ns1 x api', 'pod ns2 x api', 'host x', 'host -'],
  ],
  [{ ownServiceAccountSelector: 'all()' }, 'has(projectcalico.org/serviceaccount)', PODS],
  [
    { ownSelector: 'all()', ownServiceAccountSelector: 'role != "front"' },
    '(has(projectcalico.org/serviceaccount) && pcsa.role != "front")',
    ['pod ns1 y web', 'pod ns2 x api', 'pod ns3 -'],
  ],
  [
    { ownSelector: 'all()', ownNamespaceSelector: 'all()', ownServiceAccountSelector: 'all()' },
    `((${IN_ANY} && ${IN_ANY}) && has(projectcalico.org/serviceaccount))`,
    PODS,
  ],
  [
    {
      kind: 'StagedGlobalNetworkPolicy',
      ownSelector: 'a == "x"',
      ownServiceAccountSelector: 'projectcalico.org/name == "api"',
    },
    '(a == "x" && pcsa.projectcalico.org/name == "api")',
    ['pod ns1 x api', 'pod ns2 x api'],
  ],
  [
    { ...NAMESPACED_POLICY, kind: 'StagedNetworkPolicy', ownSelector: 'a == "x"' },
    `(a == "x" && ${OWN})`,
    ['pod ns1 x api'],
  ],
];

describe('which endpoints a policy governs', () => {
  test.each(policies)('%o', (policy, canonical, endpoints) => {
    const selector = policySelector(calicoPolicy(policy));
    expect(printSelector(selector)).toBe(canonical);
    expect(matching(selector).filter((name) => !name.includes('set'))).toEqual(endpoints);
  });
});
