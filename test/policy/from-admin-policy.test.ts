import { describe, expect, test } from 'vitest';
import { formatCidr } from '../../src/net/cidr.ts';
import { protocolName } from '../../src/net/protocol.ts';
import { cniProfile } from '../../src/policy/cni/profiles.ts';
import type { EntityMatch, Policy, Rule } from '../../src/policy/policy.ts';
import { fromAdminPolicy } from '../../src/policy/translate/from-admin-policy.ts';
import { printSelector } from '../../src/selector/print.ts';
import { clusterFrom } from '../examine.ts';

const GROUP = 'policy.networking.k8s.io';
const NODES = ['a', 'b']
  .map(
    (name, index) =>
      `apiVersion: v1\nkind: Node\nmetadata: { name: ${name}, labels: { role: ${name} } }\nstatus: { addresses: [{ type: InternalIP, address: 192.168.0.${index + 1} }] }`,
  )
  .join('\n---\n');

function translate(kind: string, spec: string, cni: string, resolutions = ''): Policy {
  const version = kind === 'ClusterNetworkPolicy' ? 'v1alpha2' : 'v1alpha1';
  const cluster = clusterFrom(
    `${NODES}\n---\napiVersion: ${GROUP}/${version}\nkind: ${kind}\nmetadata: { name: default }\nspec: ${spec}\n`,
  );
  const known = resolutions.split(' ').flatMap((text) => {
    const [name, address] = text.split('=');
    const node = cluster.nodes.find((each) => each.name === address);
    return node === undefined ? [] : [{ name: name!, address: node.addresses[0]! }];
  });
  return fromAdminPolicy(cluster.adminPolicies[0]!, { ...cluster, resolutions: known }, cniProfile(cni)!);
}

const cnp = (rules: string, cni: string, resolutions?: string): Policy =>
  translate(
    'ClusterNetworkPolicy',
    `{ tier: Admin, priority: 7, subject: { namespaces: {} }, ${rules} }`,
    cni,
    resolutions,
  );
const anp = (rules: string, cni: string): Policy =>
  translate('AdminNetworkPolicy', `{ priority: 7, subject: { namespaces: {} }, ${rules} }`, cni);

function sideText(entity: EntityMatch): string {
  const { nets, selector, ports, namedPorts, namedPortsAreOpen, unresolvedDomains } = entity;
  return [
    nets?.map(formatCidr).join(' '),
    selector && printSelector(selector),
    ports?.map(({ first, last }) => (first === last ? first : `${first}-${last}`)).join(','),
    namedPorts && `${namedPorts.join(',')}${namedPortsAreOpen === true ? '?' : ''}`,
    unresolvedDomains && `unresolved ${unresolvedDomains.join(' ')}`,
  ]
    .filter((part) => part !== undefined)
    .join(' ');
}

function ruleText({ action, match, index, calicoIndex }: Rule): string {
  const protocol = match.protocol === undefined ? 'any' : protocolName(match.protocol);
  return `${index}/${calicoIndex} ${action} ${protocol} [${sideText(match.source)}] [${sideText(match.destination)}]`;
}

const k8s = 'projectcalico.org/orchestrator == "k8s"';
const anywhere = 'has(projectcalico.org/namespace)';

describe('the policy', () => {
  test('its tier, order and kind', () => {
    const admin = cnp('ingress: []', 'calico');
    expect(admin).toMatchObject({
      tier: 'kube-admin',
      order: 7,
      calicoKind: 'KubernetesClusterNetworkPolicy',
      namespace: '',
      types: { ingress: false, egress: false },
    });
    expect(printSelector(admin.selector)).toBe(`(${anywhere} && ${k8s})`);
    const baseline = '{ tier: Baseline, priority: 3, subject: { namespaces: {} } }';
    expect(translate('ClusterNetworkPolicy', baseline, 'calico').tier).toBe('kube-baseline');
    expect(anp('', 'calico@3.31').tier).toBe('adminnetworkpolicy');
    const banp = translate('BaselineAdminNetworkPolicy', '{ subject: { namespaces: {} } }', 'calico@3.31');
    expect(banp).toMatchObject({ tier: 'baselineadminnetworkpolicy', order: 0 });
  });

  test('types only where rules are left', () => {
    const { types } = cnp(
      'ingress: [{ action: Deny, from: [{ namespaces: {} }] }], egress: [{ action: Accept, to: [{ nodes: {} }] }]',
      'calico',
    );
    expect(types).toEqual({ ingress: true, egress: false });
  });
});

describe('rules', () => {
  test('one a protocol by name, named ports first, and peer in the order given; ports merged', () => {
    const { rules } = cnp(
      `ingress: [{ action: Pass,
        from: [{ namespaces: { matchLabels: { a: b } } }, { pods: { podSelector: { matchLabels: { c: d } } } }],
        protocols: [{ udp: { destinationPort: { number: 53 } } }, { tcp: { destinationPort: { number: 81 } } },
          { tcp: { destinationPort: { range: { start: 70, end: 80 } } } }, { destinationNamedPort: web }, { destinationNamedPort: api }] },
        { action: Deny, from: [{ namespaces: {} }] }]`,
      'calico',
    );
    const namespaces = 'pcns.a == "b"';
    const pods = `(${anywhere} && (${k8s} && c == "d"))`;
    expect(rules.ingress.map(ruleText)).toEqual([
      `0/0 pass any [${namespaces}] [api,web]`,
      `0/1 pass any [${pods}] [api,web]`,
      `0/2 pass tcp [${namespaces}] [70-81]`,
      `0/3 pass tcp [${pods}] [70-81]`,
      `0/4 pass udp [${namespaces}] [53]`,
      `0/5 pass udp [${pods}] [53]`,
      `1/6 deny any [${anywhere}] []`,
    ]);
  });

  test('of the API: namespaces mean pods', () => {
    const { rules } = cnp('ingress: [{ action: Deny, from: [{ namespaces: {} }] }]', 'kubernetes');
    expect(rules.ingress.map(ruleText)).toEqual([`0/0 deny any [(${anywhere} && ${k8s})] []`]);
  });

  test('the port names of v1alpha1: TCP for Calico, open for other protocols by the API', () => {
    const rules = `egress: [{ action: Deny, to: [{ namespaces: {} }], ports: [{ namedPort: web }, { portNumber: { port: 80 } }] }]`;
    expect(anp(rules, 'calico@3.31').rules.egress.map(ruleText)).toEqual([
      `0/0 deny tcp [] [${anywhere} 80 web]`,
    ]);
    const pods = `(${anywhere} && ${k8s})`;
    expect(anp(rules, 'kubernetes').rules.egress.map(ruleText)).toEqual([
      `0/0 deny tcp [] [${pods} 80 web]`,
      `0/1 deny sctp [] [${pods} web?]`,
      `0/2 deny udp [] [${pods} web?]`,
    ]);
  });

  test('nodes and domain names are addresses by the API', () => {
    const rules = `egress: [{ action: Accept, to: [{ nodes: { matchLabels: { role: a } } }, { domainNames: [x.example.com, '*.example.org'] }] }]`;
    expect(cnp(rules, 'kubernetes', 'x.example.com=b').rules.egress.map(ruleText)).toEqual([
      '0/0 allow any [] [192.168.0.1/32]',
      '0/1 allow any [] [192.168.0.2/32 unresolved *.example.org]',
    ]);
    expect(cnp(rules, 'kubernetes', 'x.example.com=b y.z.example.org=a').rules.egress.map(ruleText)).toEqual([
      '0/0 allow any [] [192.168.0.1/32]',
      '0/1 allow any [] [192.168.0.2/32 192.168.0.1/32]',
    ]);
  });

  test('that Calico cannot convert: accepts are dropped, the others deny everything', () => {
    const peer = '{ nodes: {} }';
    const rule = (action: string): string => `{ action: ${action}, to: [{ namespaces: {} }, ${peer}] }`;
    const { rules } = cnp(`egress: [${['Accept', 'Deny', 'Pass'].map(rule).join(', ')}]`, 'calico');
    expect(rules.egress.map(ruleText)).toEqual(['1/0 deny any [] []', '2/1 deny any [] []']);
  });

  test('a range that holds no port: nothing by the API, not converted by Calico', () => {
    const rules = `ingress: [{ action: Deny, from: [{ namespaces: {} }], ports: [{ portRange: { start: 9, end: 8 } }] }]`;
    expect(anp(rules, 'kubernetes').rules.ingress).toEqual([]);
    expect(anp(rules, 'calico@3.31').rules.ingress.map(ruleText)).toEqual(['0/0 deny any [] []']);
  });
});
