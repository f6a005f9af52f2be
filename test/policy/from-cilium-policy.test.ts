/** What surprises in Cilium's policies, one case each, from the manifest to the verdict, and what the walk and the warnings say of it. */
import { describe, expect, test } from 'vitest';
import { caveatsOf } from '../../src/analysis/caveats.ts';
import { parseFlow } from '../../src/flow/notation.ts';
import { parseAddress } from '../../src/net/address.ts';
import { CALICO } from '../../src/policy/cni/calico.ts';
import { CILIUM, CILIUM_LEGACY } from '../../src/policy/cni/cilium.ts';
import type { CniProfile } from '../../src/policy/cni/profile.ts';
import { judgeFlow } from '../../src/policy/judge/judge-flow.ts';
import { coversCiliumDomain } from '../../src/policy/translate/domain-names.ts';
import { createWorld, type World } from '../../src/policy/world.ts';
import { clusterFrom } from '../examine.ts';

const CLUSTER = `
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {team: red}}
---
apiVersion: v1
kind: Namespace
metadata: {name: bank, labels: {team: blue}}
---
apiVersion: v1
kind: Node
metadata: {name: n1, labels: {role: edge}}
status: {addresses: [{type: InternalIP, address: 10.0.0.1}]}
---
apiVersion: v1
kind: Node
metadata: {name: n2}
status: {addresses: [{type: InternalIP, address: 10.0.0.2}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web, pod-template-hash: 5d8f}}
spec: {nodeName: n1, serviceAccountName: robot, containers: [{name: c, image: c, ports: [{name: http, containerPort: 80}]}]}
status: {podIP: 10.1.0.1, phase: Running}
---
apiVersion: v1
kind: Pod
metadata: {name: cli, namespace: shop, labels: {app: cli, pod-template-hash: 77c}}
spec: {nodeName: n2, containers: [{name: c, image: c}]}
status: {podIP: 10.1.0.2, phase: Running}
---
apiVersion: v1
kind: Pod
metadata: {name: till, namespace: bank, labels: {app: till}}
spec: {nodeName: n2, containers: [{name: c, image: c}]}
status: {podIP: 10.1.0.3, phase: Running}
`;

const ofKind = (kind: string, metadata: string, spec: string): string => `---
apiVersion: cilium.io/v2
kind: ${kind}
metadata: ${metadata}
spec: ${spec}
`;
const namespaced = (spec: string): string =>
  ofKind('CiliumNetworkPolicy', '{name: p, namespace: shop}', spec);
const clusterwide = (spec: string): string => ofKind('CiliumClusterwideNetworkPolicy', '{name: p}', spec);
/** A policy for the web pod with one rule of ingress. */
const ingress = (rule: string): string =>
  namespaced(`{endpointSelector: {matchLabels: {app: web}}, ingress: [${rule}]}`);
const egress = (rule: string): string =>
  namespaced(`{endpointSelector: {matchLabels: {app: web}}, egress: [${rule}]}`);

const worldOf = (policies: string, profile: CniProfile = CILIUM): World =>
  createWorld(clusterFrom(CLUSTER + policies), profile);

function verdict(policies: string, flow: string, profile?: CniProfile): string {
  const world = worldOf(policies, profile);
  return asked(flow, world);
}

function asked(text: string, world: World): string {
  const parsed = parseFlow(text);
  if (!('flow' in parsed)) throw new Error(text);
  return judgeFlow(parsed.flow, world).value!.verdict;
}

describe('who is meant', () => {
  test.each([
    [
      'a rule that asks nothing isolates, and matches nobody',
      ingress('{}'),
      'tcp shop/cli > shop/web:80',
      'deny',
    ],
    [
      'ports without peers are for anyone',
      ingress('{toPorts: [{ports: [{port: "80"}]}]}'),
      'tcp 192.0.2.1 > shop/web:80',
      'allow',
    ],
    [
      'the empty selector is all pods of the namespace',
      ingress('{fromEndpoints: [{}]}'),
      'tcp shop/cli > shop/web:80',
      'allow',
    ],
    ['and of no other namespace', ingress('{fromEndpoints: [{}]}'), 'tcp bank/till > shop/web:80', 'deny'],
    ['nor the world', ingress('{fromEndpoints: [{}]}'), 'tcp 192.0.2.1 > shop/web:80', 'deny'],
    [
      'an empty list selects nobody, whatever the ports',
      ingress('{fromEndpoints: [], toPorts: [{ports: [{port: "80"}]}]}'),
      'tcp shop/cli > shop/web:80',
      'deny',
    ],
    [
      'an item of toPorts without ports matches nothing',
      ingress('{fromEndpoints: [{}], toPorts: [{}]}'),
      'tcp shop/cli > shop/web:80',
      'deny',
    ],
    [
      'an empty toPorts asks nothing',
      ingress('{fromEndpoints: [{}], toPorts: []}'),
      'udp shop/cli > shop/web:9',
      'allow',
    ],
    [
      'a namespace is a label',
      ingress('{fromEndpoints: [{matchLabels: {"k8s:io.kubernetes.pod.namespace": bank}}]}'),
      'tcp bank/till > shop/web:80',
      'allow',
    ],
    [
      'without a source too',
      ingress('{fromEndpoints: [{matchLabels: {io.kubernetes.pod.namespace: bank, app: till}}]}'),
      'tcp bank/till > shop/web:80',
      'allow',
    ],
    [
      "a namespace's label opens all that have it",
      ingress('{fromEndpoints: [{matchLabels: {"k8s:io.cilium.k8s.namespace.labels.team": blue}}]}'),
      'tcp bank/till > shop/web:80',
      'allow',
    ],
    [
      'a service account is a label',
      ingress('{fromEndpoints: [{matchLabels: {io.cilium.k8s.policy.serviceaccount: default}}]}'),
      'tcp shop/cli > shop/web:80',
      'allow',
    ],
    [
      'a label of another source is no label of Kubernetes',
      ingress('{fromEndpoints: [{matchLabels: {"container:app": cli}}]}'),
      'tcp shop/cli > shop/web:80',
      'deny',
    ],
    [
      'its absence is',
      ingress('{fromEndpoints: [{matchExpressions: [{key: "container:app", operator: DoesNotExist}]}]}'),
      'tcp shop/cli > shop/web:80',
      'allow',
    ],
    [
      'a reserved label is an entity',
      ingress('{fromEndpoints: [{matchLabels: {"reserved:world": ""}}]}'),
      'tcp 192.0.2.1 > shop/web:80',
      'allow',
    ],
    [
      'a hash is no part of an identity',
      ingress('{fromEndpoints: [{matchExpressions: [{key: pod-template-hash, operator: Exists}]}]}'),
      'tcp shop/cli > shop/web:80',
      'deny',
    ],
    ['the world is no pod', ingress('{fromEntities: [world]}'), 'tcp bank/till > shop/web:80', 'deny'],
    ['nor a node', ingress('{fromEntities: [world]}'), 'tcp node:n2 > shop/web:80', 'deny'],
    [
      'a block is of the world',
      ingress('{fromCIDRSet: [{cidr: 0.0.0.0/0}]}'),
      'tcp node:n2 > shop/web:80',
      'deny',
    ],
    [
      'the cluster is all pods and nodes',
      ingress('{fromEntities: [cluster]}'),
      'tcp node:n2 > shop/web:80',
      'allow',
    ],
    ['and not the world', ingress('{fromEntities: [cluster]}'), 'tcp 192.0.2.1 > shop/web:80', 'deny'],
    ['the own node always gets in', ingress('{}'), 'tcp node:n1 > shop/web:80', 'allow'],
    ['all is everybody', ingress('{fromEntities: [all]}'), 'icmp 192.0.2.1 > shop/web', 'allow'],
    [
      'none is nobody',
      ingress('{fromEntities: [none, init, health, unmanaged, ingress]}'),
      'tcp shop/cli > shop/web:80',
      'deny',
    ],
    [
      'nodes by their labels',
      ingress('{fromNodes: [{matchLabels: {role: edge}}]}'),
      'tcp node:n2 > shop/web:80',
      'deny',
    ],
    ['the host is the own node', egress('{toEntities: [host]}'), 'tcp shop/web > node:n1:22', 'allow'],
    ['and no other', egress('{toEntities: [host]}'), 'tcp shop/web > node:n2:22', 'deny'],
    [
      'a remote node is another one',
      egress('{toEntities: [remote-node]}'),
      'tcp shop/web > node:n1:22',
      'deny',
    ],
    [
      'a selector of the subject stays in its namespace',
      namespaced(
        '{endpointSelector: {matchLabels: {"k8s:io.kubernetes.pod.namespace": bank}}, ingress: [{}]}',
      ),
      'tcp bank/till > shop/cli:1',
      'deny',
    ],
    [
      'whatever it says',
      namespaced(
        '{endpointSelector: {matchLabels: {"k8s:io.kubernetes.pod.namespace": bank}}, ingress: [{}]}',
      ),
      'tcp shop/cli > bank/till:1',
      'allow',
    ],
    [
      'clusterwide is every namespace',
      clusterwide('{endpointSelector: {}, ingress: [{fromEndpoints: [{matchLabels: {app: till}}]}]}'),
      'tcp bank/till > shop/web:1',
      'allow',
    ],
    [
      'its empty selector is every pod',
      clusterwide('{endpointSelector: {}, ingress: [{fromEndpoints: [{}]}]}'),
      'tcp shop/cli > bank/till:1',
      'allow',
    ],
    [
      'and nobody else',
      clusterwide('{endpointSelector: {}, ingress: [{fromEndpoints: [{}]}]}'),
      'tcp 192.0.2.1 > bank/till:1',
      'deny',
    ],
    [
      'specs for nodes are no policy of pods',
      clusterwide('{nodeSelector: {}, ingress: [{}]}'),
      'tcp shop/cli > shop/web:1',
      'allow',
    ],
  ])('%s', (_, policies, flow, expected) => {
    expect(verdict(policies, flow)).toBe(expected);
  });
});

describe('what is asked of the packet', () => {
  const port = (entry: string): string => ingress(`{toPorts: [{ports: [${entry}]}]}`);
  test.each([
    ['a port without a protocol is of any', port('{port: "80"}'), 'udp shop/cli > shop/web:80', 'allow'],
    ['and not of ICMP', port('{port: "0"}'), 'icmp shop/cli > shop/web', 'deny'],
    ['port 0 is every port', port('{port: "0", protocol: TCP}'), 'tcp shop/cli > shop/web:65535', 'allow'],
    ['a range holds its end', port('{port: "80", endPort: 90}'), 'tcp shop/cli > shop/web:90', 'allow'],
    [
      'a range that ends before it begins is a port',
      port('{port: "80", endPort: 70}'),
      'tcp shop/cli > shop/web:75',
      'deny',
    ],
    [
      'a name in upper case is the same',
      port('{port: HTTP, protocol: TCP}'),
      'tcp shop/cli > shop/web:80',
      'allow',
    ],
    ['a name is for its protocol', port('{port: http}'), 'udp shop/cli > shop/web:80', 'deny'],
    [
      'a type of ICMP',
      ingress('{icmps: [{fields: [{type: 8}]}]}'),
      'icmp shop/cli > shop/web type 13 code 0',
      'deny',
    ],
    [
      'whatever the code',
      ingress('{icmps: [{fields: [{type: Timestamp}]}]}'),
      'icmp shop/cli > shop/web type 13 code 7',
      'allow',
    ],
    [
      'type 0 is every type',
      ingress('{icmps: [{fields: [{type: EchoReply}]}]}'),
      'icmp shop/cli > shop/web type 13 code 0',
      'allow',
    ],
    [
      'a rule without ports admits ICMP',
      ingress('{fromEndpoints: [{}]}'),
      'icmp shop/cli > shop/web',
      'allow',
    ],
  ])('%s', (_, policies, flow, expected) => {
    expect(verdict(policies, flow)).toBe(expected);
  });

  test('of a range the first port counts before 1.16', () => {
    const range = ingress('{toPorts: [{ports: [{port: "80", endPort: 90}]}]}');
    expect(verdict(range, 'tcp shop/cli > shop/web:90', CILIUM_LEGACY)).toBe('deny');
  });
});

describe('isolation and denies', () => {
  const spec = (rest: string): string => namespaced(`{endpointSelector: {matchLabels: {app: web}}, ${rest}}`);
  const DENY_CLI = 'ingressDeny: [{fromEndpoints: [{matchLabels: {app: cli}}]}]';
  const OPEN = ingress('{fromEntities: [all]}').replace('name: p,', 'name: open,');

  test.each([
    ['a deny alone isolates', spec(DENY_CLI), 'tcp bank/till > shop/web:80', 'deny'],
    [
      'unless it is told not to',
      spec(`${DENY_CLI}, enableDefaultDeny: {ingress: false}`),
      'tcp bank/till > shop/web:80',
      'allow',
    ],
    [
      'and denies all the same',
      spec(`${DENY_CLI}, enableDefaultDeny: {ingress: false}`),
      'tcp shop/cli > shop/web:80',
      'deny',
    ],
    ['a deny wins over every allow', spec(DENY_CLI) + OPEN, 'tcp shop/cli > shop/web:80', 'deny'],
    [
      'default deny without a rule of the direction is nothing',
      spec('egress: [{}], enableDefaultDeny: {ingress: true}'),
      'tcp shop/cli > shop/web:80',
      'allow',
    ],
    [
      'a deny that asks nothing denies nobody',
      spec('ingressDeny: [{}], enableDefaultDeny: {ingress: false}'),
      'tcp shop/cli > shop/web:80',
      'allow',
    ],
  ])('%s', (_, policies, flow, expected) => {
    expect(verdict(policies, flow)).toBe(expected);
  });

  test('rules of both tiers have numbers of their own', () => {
    const { resolved } = worldOf(
      spec(`${DENY_CLI}, ingress: [{fromEntities: [world]}, {fromEndpoints: [{}]}]`),
    );
    expect(
      resolved.policies.map(({ tier, rules }) => [tier, rules.ingress.map(({ calicoIndex }) => calicoIndex)]),
    ).toEqual([
      ['cilium-deny', [0]],
      ['default', [1, 2]],
    ]);
  });
});

describe('what is not known', () => {
  const NAME = egress('{toFQDNs: [{matchPattern: "*.example.com"}]}');

  test('a name without an address leaves the world open, and nothing else', () => {
    expect(verdict(NAME, 'tcp shop/web > 192.0.2.1:443')).toBe('undetermined');
    expect(verdict(NAME, 'tcp shop/web > bank/till:443')).toBe('deny');
  });

  test('a name with an address is that address', () => {
    const cluster = clusterFrom(CLUSTER + NAME);
    const resolutions = [{ name: 'api.example.com', address: parseAddress('192.0.2.1')! }];
    const world = createWorld({ ...cluster, resolutions }, CILIUM);
    expect(asked('tcp shop/web > 192.0.2.1:443', world)).toBe('allow');
    expect(asked('tcp shop/web > 192.0.2.2:443', world)).toBe('deny');
  });

  test.each([
    ['*.example.com', 'api.example.com', true],
    ['*.example.com', 'a.b.example.com', false],
    ['**.example.com', 'a.b.example.com', true],
    ['**.example.com', 'example.com', false],
    ['api-*.example.com', 'api-1.example.com', true],
    ['*', 'anything.at.all', true],
    ['a.example.com', 'aXexample.com', false],
  ])('%s covers %s: %s', (pattern, name, expected) => {
    expect(coversCiliumDomain(pattern, name)).toBe(expected);
  });

  test('an API server that nobody shows leaves the world open to its entity', () => {
    const server = egress('{toEntities: [kube-apiserver]}');
    expect(verdict(server, 'tcp shop/web > 192.0.2.1:6443')).toBe('undetermined');
    expect(caveatsOf(worldOf(server), []).warnings.join()).toMatch(
      /API server.*CiliumNetworkPolicy\/shop\/p/,
    );
  });

  test('a group of a cloud leaves the world open', () => {
    const group = egress('{toGroups: [{aws: {securityGroupsIds: [sg-1]}}]}');
    expect(verdict(group, 'tcp shop/web > 192.0.2.1:443')).toBe('undetermined');
    expect(caveatsOf(worldOf(group), []).warnings.join()).toMatch(/groups.*CiliumNetworkPolicy\/shop\/p/);
  });

  test('layer 7 and policies of hosts are told', () => {
    const http = ingress(
      '{toPorts: [{ports: [{port: "80", protocol: TCP}], rules: {http: [{method: GET}]}}]}',
    );
    expect(verdict(http, 'tcp shop/cli > shop/web:80')).toBe('allow');
    expect(caveatsOf(worldOf(http), []).warnings).toEqual([
      expect.stringMatching(/layer 7 is not judged \(http rules\).*CiliumNetworkPolicy\/shop\/p/),
    ]);
    const hosts = clusterwide('{nodeSelector: {}, ingress: [{}]}');
    expect(caveatsOf(worldOf(hosts), []).warnings).toEqual([
      expect.stringMatching(/host policies are not judged/),
    ]);
  });

  test('other CNIs enforce none of it, and say so', () => {
    const nobody = ingress('{}');
    expect(verdict(nobody, 'tcp shop/cli > shop/web:80', CALICO)).toBe('allow');
    expect(caveatsOf(worldOf(nobody, CALICO), []).warnings).toEqual([
      '1 CiliumNetworkPolicy is not enforced by calico: shop/p; --cni cilium enforces it',
    ]);
  });
});

test('labels that tell a pod from its like are seen by no selector, those of NetworkPolicies included', () => {
  const policy = `---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: p, namespace: shop}
spec: {podSelector: {matchLabels: {pod-template-hash: 5d8f}}}
`;
  expect(verdict(policy, 'tcp shop/cli > shop/web:80')).toBe('allow');
  expect(verdict(policy, 'tcp shop/cli > shop/web:80', CALICO)).toBe('deny');
});
