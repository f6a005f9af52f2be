import { describe, expect, test } from 'vitest';
import { formatCidr } from '../../src/net/cidr.ts';
import type { CalicoPolicy } from '../../src/policy/api/calico.ts';
import { printSelector } from '../../src/selector/print.ts';
import { clusterOf, codesOf, problemsOf } from './support.ts';

const object = (kind: string, spec: string, name = 'web', api = 'projectcalico.org/v3'): string =>
  `apiVersion: ${api}\nkind: ${kind}\nmetadata: {name: ${name}, namespace: shop}\n${spec}\n`;
const global = (spec: string): string => object('GlobalNetworkPolicy', `spec: {${spec}}`);
const rule = (text: string): string => global(`ingress: [{action: Allow, ${text}}]`);
const policyOf = (text: string): CalicoPolicy => clusterOf(text).calicoPolicies[0]!;

describe('what a policy is without its fields', () => {
  test.each([
    ['', true, false],
    ['types: []', true, false],
    ['ingress: []', true, false],
    ['ingress: [{action: Allow}]', true, false],
    ['egress: [{action: Allow}]', false, true],
    ['egress: []', true, false],
    ['ingress: [{action: Deny}], egress: [{action: Allow}]', true, true],
    ['types: [Egress], ingress: [{action: Deny}]', false, true],
  ])('types of {%s}', (spec, ingress, egress) => {
    expect(policyOf(global(spec)).types).toEqual({ ingress, egress });
  });

  test('tier, order and placement', () => {
    expect(policyOf(global(''))).toMatchObject({ tier: 'default', placement: 'normal', namespace: '' });
    expect(policyOf(global(''))).not.toHaveProperty('order');
    expect(policyOf(global(''))).not.toHaveProperty('selector');
    expect(policyOf(global('order: 0.5, tier: security'))).toMatchObject({ order: 0.5, tier: 'security' });
    expect(policyOf(global('applyOnForward: true')).placement).toBe('forward');
    expect(policyOf(global('applyOnForward: true, preDNAT: true')).placement).toBe('pre-dnat');
    expect(policyOf(global('applyOnForward: true, doNotTrack: true')).placement).toBe('untracked');
  });

  test('staged kinds say what they are staged for', () => {
    expect(policyOf(object('StagedNetworkPolicy', 'spec: {}')).stagedAction).toBe('Set');
    const deletion = policyOf(object('StagedGlobalNetworkPolicy', 'spec: {stagedAction: Delete, tier: a}'));
    expect(deletion).toMatchObject({ stagedAction: 'Delete', tier: 'a', kind: 'StagedGlobalNetworkPolicy' });
  });

  test('an empty selector is none', () => {
    expect(policyOf(rule('source: {selector: ""}')).rules.ingress[0]!.source).toEqual({
      nets: [],
      notNets: [],
      ports: [],
      notPorts: [],
    });
  });
});

describe('fields of a rule', () => {
  test('all of them', () => {
    const [read] = policyOf(
      rule(`protocol: UDP, notProtocol: 132, ipVersion: 4, notICMP: {type: 8, code: 0},
        source: {nets: [10.0.0.0/8, 1.2.3.4], notNets: [10.1.0.0/16], selector: a == 'b', notSelector: has(c),
          namespaceSelector: global(), serviceAccounts: {names: [x], selector: all()}, ports: [53, "80:90", "99", dns]},
        destination: {notPorts: [ssh]}, metadata: {annotations: {why: because}}`),
    ).rules.ingress;
    const { source } = read!;
    expect(read).toMatchObject({
      action: 'allow',
      ipVersion: 4,
      protocol: { number: 17 },
      notProtocol: 132,
      notIcmp: { type: 8, code: 0 },
      hasHttp: false,
    });
    expect(source.nets.map(formatCidr)).toEqual(['10.0.0.0/8', '1.2.3.4/32']);
    expect(printSelector(source.selector!)).toBe('a == "b"');
    expect(source.namespaceSelector).toEqual({ kind: 'global' });
    expect(source.serviceAccounts).toEqual({ names: ['x'], selector: { kind: 'all' } });
    expect(source.ports).toEqual([
      { first: 53, last: 53 },
      { first: 80, last: 90 },
      { first: 99, last: 99 },
      'dns',
    ]);
    expect(read!.destination.notPorts).toEqual(['ssh']);
  });

  test.each([
    ['TCP', { number: 6 }],
    ['SCTP', { number: 132 }],
    ['UDPLite', { number: 136 }],
    ['ICMP', { number: 1, fixesFamily: 4 }],
    ['ICMPv6', { number: 58, fixesFamily: 6 }],
    ['1', { number: 1 }],
    ['"58"', { number: 58 }],
    ['255', { number: 255 }],
  ])('protocol %s', (text, protocol) => {
    expect(policyOf(rule(`protocol: ${text}`)).rules.ingress[0]!.protocol).toEqual(protocol);
  });

  test.each([
    ['protocol: tcp', ['bad-protocol']],
    ['protocol: 0', ['bad-protocol']],
    ['protocol: 256', ['bad-protocol']],
    ['protocol: any', ['bad-protocol']],
    ['protocol: TCP, destination: {ports: [0]}', ['bad-port']],
    ['protocol: TCP, destination: {ports: ["90:80"]}', ['bad-port']],
    ['protocol: TCP, destination: {ports: ["80:65536"]}', ['bad-port']],
    ['protocol: TCP, destination: {ports: ["a b"]}', ['bad-port-name']],
    ['protocol: TCP, destination: {ports: [http]}', []],
    ['destination: {ports: [http]}', []],
    ['destination: {ports: [http, 80]}', ['bad-rule-ports']],
    ['notProtocol: UDP, destination: {ports: [80]}', ['bad-rule-ports']],
    ['protocol: 17, source: {notPorts: [80]}', []],
    ['protocol: ICMP, source: {ports: [http]}', ['bad-rule-ports']],
    ['source: {nets: [10.0.0.1/8]}', ['bad-cidr']],
    ['source: {nets: [010.0.0.0/8]}', ['bad-cidr']],
    ['source: {nets: [10.0.0]}', ['bad-cidr']],
    ['source: {nets: ["10.0.0.0/8", "fd00::/8"]}', ['mixed-families']],
    ['source: {notNets: [0.0.0.0/0]}', ['bad-cidr']],
    ['source: {nets: [0.0.0.0/0]}', []],
    ['ipVersion: 6, destination: {notNets: [10.0.0.0/8]}', ['mixed-families']],
    ['ipVersion: 6, protocol: 1', ['mixed-families']],
    ['ipVersion: 6, notProtocol: ICMP', ['mixed-families']],
    ['icmp: {type: 8}', ['bad-icmp']],
    ['notICMP: {type: 8}', []],
    ['protocol: ICMP, icmp: {type: 254, code: 255}', []],
    ['protocol: ICMP, icmp: {type: 255}', ['bad-icmp']],
    ['source: {selector: "a =="}', ['bad-selector']],
    ['source: {notSelector: "global()"}', []],
    ['source: {selector: "global()"}', ['bad-selector']],
    ['source: {namespaceSelector: " global() "}', []],
    ['source: {namespaceSelector: "(global())"}', ['bad-selector']],
    ['source: {services: {name: a, namespace: b}}', []],
    ['source: {services: {name: a}}', ['missing-field']],
    ['source: {services: {namespace: b}}', ['missing-field']],
    ['source: {services: {name: a, namespace: b}, ports: [x]}', []],
    ['source: {domains: [example.com]}', ['unknown-field']],
  ])('%s: %j', (text, codes) => {
    expect(codesOf(rule(text))).toEqual(codes);
  });

  test('a service needs no namespace in a namespaced policy', () => {
    const text = object('NetworkPolicy', 'spec: {ingress: [{action: Allow, source: {services: {name: a}}}]}');
    expect(policyOf(text).rules.ingress[0]!.source.service).toEqual({ namespace: '', name: 'a' });
  });

  test('IPv4 in IPv6 clothes is IPv4, as Go reads it', () => {
    const [read] = policyOf(rule('source: {nets: ["::ffff:10.1.0.0/112"]}')).rules.ingress;
    expect(read!.source.nets.map(formatCidr)).toEqual(['10.1.0.0/16']);
  });
});

describe('what only some kinds have', () => {
  test.each([
    ['NetworkPolicy', 'doNotTrack: true', ['unknown-field']],
    ['NetworkPolicy', 'namespaceSelector: all()', ['unknown-field']],
    ['GlobalNetworkPolicy', 'stagedAction: Set', ['unknown-field']],
    ['GlobalNetworkPolicy', 'preDNAT: true', ['bad-placement']],
    ['GlobalNetworkPolicy', 'types: [Ingress, Ingress]', ['bad-policy-types']],
    ['GlobalNetworkPolicy', 'types: [ingress]', ['bad-policy-types']],
    ['GlobalNetworkPolicy', 'tier: a.b', ['bad-name']],
    ['GlobalNetworkPolicy', 'order: "10"', ['wrong-type']],
    ['StagedKubernetesNetworkPolicy', 'selector: all()', ['unknown-field']],
    ['StagedKubernetesNetworkPolicy', 'stagedAction: Delete, policyTypes: [Egress]', ['bad-staged-action']],
  ])('%s {%s}: %j', (kind, spec, codes) => {
    expect(codesOf(object(kind, `spec: {${spec}}`))).toEqual(codes);
  });

  test('an object needs a spec', () => {
    expect(codesOf(object('GlobalNetworkPolicy', ''))).toEqual(['missing-field']);
  });

  test.each([
    ['GlobalNetworkPolicy', 'security.web', []],
    ['GlobalNetworkPolicy', 'a.b.c', ['bad-name']],
    ['GlobalNetworkPolicy', 'knp.default.a', ['bad-name']],
    ['NetworkPolicy', 'knp.default.a.b', []],
    ['NetworkPolicy', 'Web', ['bad-name']],
  ])('%s named %s: %j', (kind, name, codes) => {
    expect(codesOf(object(kind, 'spec: {}', name))).toEqual(codes);
  });
});

describe('where a selector goes wrong', () => {
  const place = (spec: string): string => {
    const { at } = problemsOf(object('GlobalNetworkPolicy', spec))[0]!;
    return `${at!.line}:${at!.column}`;
  };

  test.each([
    ['plain', 'spec:\n  selector: a == b', '5:18'],
    ['in single quotes', "spec:\n  selector: 'a == ''x'' || b'", '5:29'],
    ['in double quotes', 'spec:\n  selector: "a == \\"x\\" || %"', '5:28'],
    ['in braces', 'spec: {selector: "a == b"}', '4:24'],
    ['folded', "spec:\n  selector: >-\n    a == 'x' &&\n    b == c", '7:10'],
    ['over plain lines', "spec:\n  selector: a == 'x' &&\n    b == c", '6:10'],
  ])('%s', (_name, spec, expected) => {
    expect(place(spec)).toBe(expected);
  });
});

describe('ways to write the same', () => {
  const web = '{metadata: {name: web, namespace: shop}, spec: {order: 1}}';
  const full = `{apiVersion: projectcalico.org/v3, kind: NetworkPolicy, ${web.slice(1)}`;

  test.each([
    ['a List', `apiVersion: v1\nkind: List\nitems:\n- ${full}`],
    [
      'a typed list',
      `apiVersion: projectcalico.org/v3\nkind: NetworkPolicyList\nmetadata: {resourceVersion: "7"}\nitems:\n- ${full}`,
    ],
    [
      'a typed list of bare items',
      `apiVersion: projectcalico.org/v3\nkind: NetworkPolicyList\nitems:\n- ${web}`,
    ],
    ["calicoctl's list without a kind", `- ${full}`],
    [
      'JSON',
      JSON.stringify([
        {
          apiVersion: 'projectcalico.org/v3',
          kind: 'NetworkPolicy',
          metadata: { name: 'web', namespace: 'shop' },
          spec: { order: 1 },
        },
      ]),
    ],
  ])('%s', (_name, text) => {
    expect(policyOf(text)).toMatchObject({ kind: 'NetworkPolicy', namespace: 'shop', name: 'web', order: 1 });
  });

  test('as calicoctl prints it', () => {
    const text = `apiVersion: projectcalico.org/v3
items:
- apiVersion: projectcalico.org/v3
  kind: GlobalNetworkPolicy
  metadata:
    annotations: {projectcalico.org/x: "y"}
    creationTimestamp: "2026-01-01T00:00:00Z"
    generation: 1
    labels: {projectcalico.org/tier: default}
    name: web
    resourceVersion: "123"
    uid: 3f6c0a9e-0000-4000-8000-000000000000
  spec: {selector: all(), tier: default, types: [Ingress]}
kind: GlobalNetworkPolicyList
metadata: {resourceVersion: "200"}
`;
    expect(policyOf(text)).toMatchObject({ name: 'web', tier: 'default' });
  });

  test('a Calico policy and one of Kubernetes may have one name', () => {
    const kubernetes =
      'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: web, namespace: shop}';
    const cluster = clusterOf(`${object('NetworkPolicy', 'spec: {}')}---\n${kubernetes}`);
    expect([cluster.calicoPolicies.length, cluster.networkPolicies.length]).toEqual([1, 1]);
    expect([...cluster.namespaces.keys()]).toEqual(['shop']);
  });

  test('policies stand in order of kind, namespace and name', () => {
    const cluster = clusterOf(
      [
        object('NetworkPolicy', 'spec: {}', 'b'),
        object('GlobalNetworkPolicy', 'spec: {}', 'z'),
        object('NetworkPolicy', 'spec: {}', 'a'),
      ].join('---\n'),
    );
    expect(cluster.calicoPolicies.map(({ name }) => name)).toEqual(['z', 'a', 'b']);
  });
});

describe('as a cluster stores it', () => {
  const stored = (name: string, tier: string, annotations = ''): string =>
    `apiVersion: crd.projectcalico.org/v1\nkind: NetworkPolicy\nmetadata:\n  name: ${name}\n  namespace: shop\n${annotations}spec: {tier: ${tier}}\n`;
  const kept = (json: string): string => `  annotations:\n    projectcalico.org/metadata: '${json}'\n`;

  test.each([
    ['default.web', 'default', '', 'web'],
    ['web', 'default', '', 'web'],
    ['security.web', 'security', '', 'security.web'],
    ['default.web', 'security', '', 'default.web'],
    ['default.web', 'default', kept('{"name":"web","creationTimestamp":null}'), 'web'],
    ['default.web', 'default', kept('{"creationTimestamp":null}'), 'web'],
    ['default.web', 'default', kept('no JSON'), 'web'],
  ])('%s in tier %s is known by its own name', (name, tier, annotations, expected) => {
    expect(policyOf(stored(name, tier, annotations)).name).toBe(expected);
  });

  test('users of projectcalico.org/v3 see names as they are', () => {
    expect(policyOf(object('NetworkPolicy', 'spec: {}', 'default.web')).name).toBe('default.web');
  });

  test('given both ways it is one object', () => {
    const both = `${stored('default.web', 'default')}---\n${object('NetworkPolicy', 'spec: {tier: default}')}`;
    expect(codesOf(both)).toEqual(['duplicate-object?']);
    expect(clusterOf(both).calicoPolicies).toHaveLength(1);
  });

  test('labels that only the annotation keeps are labels', () => {
    const set = `apiVersion: crd.projectcalico.org/v1\nkind: GlobalNetworkSet\nmetadata:\n  name: office\n  labels: {own: a}\n${kept('{"labels":{"role":"office"}}')}spec: {}\n`;
    expect({ ...clusterOf(set).networkSets[0]!.labels }).toEqual({ own: 'a', role: 'office' });
  });
});

describe('a staged policy of Kubernetes', () => {
  test('has the defaults of Kubernetes, and stands behind the one that is enforced', () => {
    const staged = object('StagedKubernetesNetworkPolicy', 'spec: {egress: [{}]}');
    const enforced =
      'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: web, namespace: shop}';
    const { networkPolicies } = clusterOf(`${staged}---\n${enforced}`);
    expect(networkPolicies.map(({ staged: isStaged }) => isStaged)).toEqual([undefined, true]);
    expect(networkPolicies[1]!.policyTypes).toEqual({ ingress: true, egress: true });
  });

  test('one that deletes says nothing of packets', () => {
    const text = object('StagedKubernetesNetworkPolicy', 'spec: {stagedAction: Delete, podSelector: {}}');
    expect(clusterOf(text).networkPolicies).toEqual([]);
  });
});
