import { describe, expect, test } from 'vitest';
import { formatAddress } from '../../src/net/address.ts';
import { formatCidr } from '../../src/net/cidr.ts';
import { processorClock } from '../processor-time.ts';
import { clusterOf, codesOf, podLines } from './support.ts';

const object = (kind: string, name: string, spec: string, metadata = ''): string =>
  `apiVersion: projectcalico.org/v3\nkind: ${kind}\nmetadata: {name: ${name}${metadata}}\nspec: {${spec}}\n`;
const together = (...texts: readonly string[]): string => texts.join('---\n');

describe('tiers', () => {
  test('deny at their end when they do not say', () => {
    const { tiers } = clusterOf(
      together(object('Tier', 'b', ''), object('Tier', 'a', 'order: 5, defaultAction: Pass')),
    );
    expect(tiers).toMatchObject([
      { name: 'a', order: 5, defaultAction: 'Pass' },
      { name: 'b', defaultAction: 'Deny' },
    ]);
    expect(tiers[1]).not.toHaveProperty('order');
  });

  test.each([
    ['default', 'order: 1000000', []],
    ['default', 'order: 1000000, defaultAction: Deny', []],
    ['default', 'order: 100', ['bad-tier']],
    ['default', 'order: 1000000, defaultAction: Pass', ['bad-tier']],
    ['kube-admin', 'order: 1000, defaultAction: Pass', []],
    ['kube-admin', 'order: 1000', ['bad-tier']],
    ['kube-baseline', 'order: 10000000, defaultAction: Pass', []],
    ['kube-baseline', '', ['bad-tier', 'bad-tier']],
    ['a.b', '', ['bad-name']],
    ['security', 'defaultAction: deny', ['bad-action']],
    ['security', 'defaultAction: Allow', ['bad-action']],
  ])('%s {%s}: %j', (name, spec, codes) => {
    expect(codesOf(object('Tier', name, spec))).toEqual(codes);
  });
});

describe('network sets', () => {
  test('hold blocks and addresses; bits behind a prefix are masked away', () => {
    const text = object(
      'NetworkSet',
      'office',
      'nets: [10.1.2.3/8, 1.2.3.4, "fd00::1"]',
      ', namespace: shop, labels: {a: b}',
    );
    const { networkSets, namespaces } = clusterOf(text);
    expect(networkSets[0]).toMatchObject({ namespace: 'shop', name: 'office' });
    expect(networkSets[0]!.nets.map(formatCidr)).toEqual(['10.0.0.0/8', '1.2.3.4/32', 'fd00::1/128']);
    expect([...namespaces.keys()]).toEqual(['shop']);
  });

  test('every wrong net is told', () => {
    expect(codesOf(object('GlobalNetworkSet', 'a', 'nets: [10.0.0.0/33, 7, 10.0.0.0/8, x]'))).toEqual([
      'bad-cidr',
      'wrong-type',
      'bad-cidr',
    ]);
    expect(codesOf(object('GlobalNetworkSet', 'a', 'nets: 10.0.0.0/8'))).toEqual(['wrong-type']);
  });

  test('cannot say themselves which namespace they are in', () => {
    const text = object('GlobalNetworkSet', 'a', '', ', labels: {projectcalico.org/namespace: shop}');
    expect(codesOf(text)).toEqual(['bad-label-key']);
  });

  test('one with 100,000 nets is read at once, its mistake too', () => {
    const nets = Array.from(
      { length: 100_000 },
      (_, index) => `  - 10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}/32`,
    );
    const head =
      'apiVersion: projectcalico.org/v3\nkind: GlobalNetworkSet\nmetadata: {name: big}\nspec:\n  nets:\n';
    const spent = processorClock();
    expect(clusterOf(head + nets.join('\n')).networkSets[0]!.nets).toHaveLength(100_000);
    expect(spent()).toBeLessThan(5000);
    nets[70_000] = '  - 10.0.0.0/40';
    expect(codesOf(head + nets.join('\n'))).toEqual(['bad-cidr']);
  });
});

describe('host endpoints', () => {
  test('all fields', () => {
    const text = object(
      'HostEndpoint',
      'node1-eth0',
      'node: node1, interfaceName: eth0, expectedIPs: [10.0.0.1, "fd00::1"], profiles: [p], ports: [{name: SSH_1, protocol: TCP, port: 22}]',
      ', labels: {role: node}',
    );
    const [endpoint] = clusterOf(text).hostEndpoints;
    expect(endpoint).toMatchObject({ node: 'node1', interfaceName: 'eth0', profiles: ['p'] });
    expect(endpoint!.expectedIPs.map(formatAddress)).toEqual(['10.0.0.1', 'fd00::1']);
    expect(endpoint!.ports).toEqual([{ name: 'SSH_1', protocol: 6, port: 22 }]);
  });

  test.each([
    ['node: n1, interfaceName: "*"', []],
    ['node: n1, expectedIPs: [10.0.0.1]', []],
    ['node: n1', ['missing-field']],
    ['interfaceName: eth0', ['missing-field']],
    ['node: n1, interfaceName: eth/0', ['bad-interface']],
    ['node: n1, expectedIPs: [10.0.0.0/8]', ['bad-address']],
    ['node: n1, interfaceName: "*", ports: [{name: a, protocol: ICMP, port: 1}]', ['bad-protocol']],
    ['node: n1, interfaceName: "*", ports: [{name: a, protocol: TCP, port: 0}]', ['bad-port']],
    ['node: n1, interfaceName: "*", ports: [{protocol: TCP}]', ['missing-field', 'missing-field']],
    ['node: n1, interface: eth0', ['missing-field', 'unknown-field']],
  ])('{%s}: %j', (spec, codes) => {
    expect(codesOf(object('HostEndpoint', 'a', spec)).sort()).toEqual(codes);
  });
});

describe('profiles and pools', () => {
  test('a profile has rules and labels', () => {
    const text = object('Profile', 'kns.shop', 'ingress: [{action: Pass}], labelsToApply: {pcns.a: b}');
    const [profile] = clusterOf(text).profiles;
    expect(profile).toMatchObject({ name: 'kns.shop', rules: { egress: [], ingress: [{ action: 'pass' }] } });
    expect({ ...profile!.labelsToApply }).toEqual({ 'pcns.a': 'b' });
  });

  test.each([
    ['ipipMode: Always', { protocol: 'ipip', mode: 'always' }],
    ['ipipMode: CrossSubnet', { protocol: 'ipip', mode: 'cross-subnet' }],
    ['vxlanMode: CrossSubnet', { protocol: 'vxlan', mode: 'cross-subnet' }],
    ['vxlanMode: Never, ipipMode: Never', undefined],
    ['', undefined],
  ])('encapsulation of {%s}', (spec, encapsulation) => {
    const [pool] = clusterOf(object('IPPool', 'a', `cidr: 10.0.0.0/16, ${spec}`)).ipPools;
    expect(pool).toMatchObject({ natOutgoing: false, forWorkloads: true });
    expect(pool!.encapsulation).toEqual(encapsulation);
  });

  test.each([
    ['cidr: 10.0.0.0/16, allowedUses: [LoadBalancer], natOutgoing: true', []],
    ['cidr: 10.0.0.0/28, disabled: true', []],
    ['cidr: 10.0.0.0/28', ['bad-pool']],
    ['cidr: 10.0.0.1/16', ['bad-cidr']],
    ['cidr: 10.0.0.0/24, blockSize: 23', ['bad-pool']],
    ['', ['missing-field']],
    ['cidr: 10.0.0.0/16, encapsulation: VXLAN', ['unknown-field']],
  ])('IPPool {%s}: %j', (spec, codes) => {
    expect(codesOf(object('IPPool', 'a', spec))).toEqual(codes);
  });

  test('a pool of load balancers is not for workloads', () => {
    const text = object('IPPool', 'a', 'cidr: 10.0.0.0/16, allowedUses: [LoadBalancer]');
    expect(clusterOf(text).ipPools[0]!.forWorkloads).toBe(false);
  });
});

const endpoint = (spec: string, labels = '{app: web}'): string =>
  object('WorkloadEndpoint', 'n1-k8s-web-eth0', spec, `, namespace: shop, labels: ${labels}`);

describe('workload endpoints', () => {
  const POD = `apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {nodeName: n1, containers: [{name: c, ports: [{name: http, containerPort: 80}]}]}
status: {phase: Running, podIP: 10.0.0.5}
`;
  const spec =
    'orchestrator: k8s, node: n1, pod: web, endpoint: eth0, interfaceName: cali1, ipNetworks: [10.0.0.5/32], profiles: [kns.shop, extra]';

  test('tell more about the pod of their name', () => {
    const { pods } = clusterOf(
      together(POD, endpoint(`${spec}, allowSpoofedSourcePrefixes: [192.0.2.0/24]`)),
    );
    expect(podLines(pods)).toEqual(['shop/web Pod/web 10.0.0.5']);
    expect(pods[0]!.workloadEndpoint).toEqual({
      interfaceName: 'cali1',
      orchestrator: 'k8s',
      profiles: ['kns.shop', 'extra'],
    });
    expect(pods[0]!.ports).toHaveLength(1);
    expect(pods[0]!.allowedSources!.map(formatCidr)).toEqual(['192.0.2.0/24']);
  });

  test('without a pod are pods of their own', () => {
    const ports = 'ports: [{name: http, protocol: TCP, port: 80}]';
    const { pods, namespaces } = clusterOf(endpoint(`${spec}, serviceAccountName: api, ${ports}`));
    expect(podLines(pods)).toEqual(['shop/web Pod/web 10.0.0.5']);
    expect(pods[0]).toMatchObject({
      nodeName: 'n1',
      phase: 'Running',
      serviceAccount: 'api',
      synthetic: false,
    });
    expect(pods[0]!.ports).toEqual([{ name: 'http', protocol: 6, port: 80, container: 'container' }]);
    expect([...namespaces.keys()]).toEqual(['shop']);
  });

  test('do not bring a finished pod its address back', () => {
    const finished = POD.replace('phase: Running, podIP: 10.0.0.5', 'phase: Succeeded');
    expect(podLines(clusterOf(together(finished, endpoint(spec))).pods)).toEqual(['shop/web Pod/web']);
  });

  test('of other orchestrators have the profiles that they name', () => {
    const [pod] = clusterOf(
      endpoint('orchestrator: openstack, workload: vm-1, node: n1, interfaceName: tap1'),
    ).pods;
    expect(pod).toMatchObject({
      name: 'vm-1',
      workloadEndpoint: { orchestrator: 'openstack', profiles: [] },
    });
  });

  test.each([
    ['pod: web', ['bad-interface']],
    ['pod: web, interfaceName: cali1, ipNetworks: [10.0.0.0/24]', ['bad-cidr']],
    ['pod: web, interfaceName: cali1, ports: [{protocol: TCP}]', ['missing-field']],
    ['pod: web, interfaceName: cali1, labels: {}', ['unknown-field']],
  ])('{%s}: %j', (text, codes) => {
    expect(codesOf(endpoint(text))).toEqual(codes);
  });

  test("a pod's annotation asks for sources of its own", () => {
    const annotated = POD.replace(
      'labels:',
      `annotations: {cni.projectcalico.org/allowedSourcePrefixes: '["192.0.2.0/24"]'}, labels:`,
    );
    expect(clusterOf(annotated).pods[0]!.allowedSources!.map(formatCidr)).toEqual(['192.0.2.0/24']);
  });
});

const NODE = `apiVersion: v1
kind: Node
metadata:
  name: n1
  labels: {role: worker}
  annotations: {projectcalico.org/IPv4Address: 10.0.0.1/24, projectcalico.org/IPv4VXLANTunnelAddr: 192.168.0.1}
status: {addresses: [{type: InternalIP, address: 10.0.0.1}, {type: ExternalIP, address: 203.0.113.1}]}
`;
const CALICO_NODE = object(
  'Node',
  'n1',
  'bgp: {ipv4Address: 10.0.0.1/24, ipv4IPIPTunnelAddr: 192.168.0.2}, wireguard: {interfaceIPv4Address: 192.168.0.3}, interfaces: [{name: eth1, addresses: [172.16.0.1]}]',
);

describe('nodes', () => {
  const described = (text: string) => {
    const [node] = clusterOf(text).nodes;
    return {
      addresses: node!.addresses.map(formatAddress),
      tunnel: node!.tunnelAddresses.map(formatAddress),
      subnets: node!.subnets.map(formatCidr),
    };
  };

  test('annotations say what is a tunnel and what is the network', () => {
    expect(described(NODE)).toEqual({
      addresses: ['10.0.0.1', '203.0.113.1', '192.168.0.1'],
      tunnel: ['192.168.0.1'],
      subnets: ['10.0.0.0/24'],
    });
  });

  test("Calico's own object says the same, and is the same node", () => {
    expect(described(CALICO_NODE)).toEqual({
      addresses: ['10.0.0.1', '192.168.0.2', '192.168.0.3', '172.16.0.1'],
      tunnel: ['192.168.0.2', '192.168.0.3'],
      subnets: ['10.0.0.0/24'],
    });
    expect(described(together(CALICO_NODE, NODE))).toEqual({
      addresses: ['10.0.0.1', '203.0.113.1', '192.168.0.1', '192.168.0.2', '192.168.0.3', '172.16.0.1'],
      tunnel: ['192.168.0.1', '192.168.0.2', '192.168.0.3'],
      subnets: ['10.0.0.0/24'],
    });
    expect(clusterOf(together(CALICO_NODE, NODE)).nodes).toHaveLength(1);
  });
});

describe('automatic host endpoints', () => {
  const configuration = (hostEndpoint: string): string =>
    object(
      'KubeControllersConfiguration',
      'default',
      `controllers: {node: {hostEndpoint: {${hostEndpoint}}}}`,
    );

  test('one of every interface for each node, which is said', () => {
    const cluster = clusterOf(together(NODE, configuration('autoCreate: Enabled')));
    const [endpoint] = cluster.hostEndpoints;
    expect(endpoint).toMatchObject({
      name: 'n1-auto-hep',
      node: 'n1',
      interfaceName: '*',
      profiles: ['projectcalico-default-allow'],
      labels: { role: 'worker', 'projectcalico.org/created-by': 'calico-kube-controllers' },
    });
    expect(endpoint!.expectedIPs.map(formatAddress)).toEqual(['10.0.0.1', '192.168.0.1']);
    expect(cluster.assumptions.join()).toContain('n1-auto-hep');
  });

  test('none when they are off, or when the manifests hold it', () => {
    expect(clusterOf(together(NODE, configuration('autoCreate: Disabled'))).hostEndpoints).toEqual([]);
    expect(clusterOf(together(NODE, configuration(''))).hostEndpoints).toEqual([]);
    const given = object('HostEndpoint', 'n1-auto-hep', 'node: n1, interfaceName: "*"');
    const cluster = clusterOf(together(NODE, given, configuration('autoCreate: Enabled')));
    expect(cluster.hostEndpoints).toMatchObject([{ name: 'n1-auto-hep', expectedIPs: [] }]);
    expect(cluster.assumptions.join()).not.toContain('auto-hep');
  });

  test('what runs goes before what is written', () => {
    const running = `${configuration('autoCreate: Disabled').trimEnd()}\nstatus: {runningConfig: {controllers: {node: {hostEndpoint: {autoCreate: Enabled}}}}}\n`;
    expect(clusterOf(together(NODE, running)).hostEndpoints).toHaveLength(1);
  });

  test('templates go by addresses and by interfaces', () => {
    const templates = `autoCreate: Enabled, createDefaultHostEndpoint: Disabled, templates: [
      {generateName: inner, interfaceCIDRs: [10.0.0.0/8], labels: {role: inner}},
      {generateName: other, interfaceCIDRs: [100.64.0.0/10]},
      {generateName: none, interfaceCIDRs: [10.0.0.0/8], nodeSelector: role == 'master'},
      {generateName: eth, interfacePattern: "^eth"}]`;
    const both = clusterOf(together(NODE, CALICO_NODE, configuration(templates)));
    expect(both.hostEndpoints).toMatchObject([
      { name: 'n1-eth-eth1-auto-hep', interfaceName: 'eth1', labels: { role: 'worker' } },
      { name: 'n1-inner-auto-hep', labels: { role: 'inner' } },
    ]);
    expect(both.hostEndpoints[0]!.expectedIPs.map(formatAddress)).toEqual(['172.16.0.1']);
    expect(both.hostEndpoints[1]).not.toHaveProperty('interfaceName');
    const blind = clusterOf(together(NODE, configuration(templates)));
    expect(blind.hostEndpoints.map(({ name }) => name)).toEqual(['n1-inner-auto-hep']);
    expect(blind.assumptions.join()).toContain('no manifest tells the interfaces of n1');
  });
});

describe('an object that Felix would not see', () => {
  const wrong = object('GlobalNetworkPolicy', 'a', 'ingress: [{action: Accept}]');
  const fine = object('GlobalNetworkPolicy', 'b', '');

  test('stops the run', () => {
    expect(codesOf(together(wrong, fine))).toEqual(['bad-action']);
  });

  test('vanishes whole with --lenient, and is remembered', () => {
    expect(codesOf(together(wrong, fine), true)).toEqual(['vanished-object?', 'bad-action?']);
    const cluster = clusterOf(together(wrong, fine), true);
    expect(cluster.calicoPolicies.map(({ name }) => name)).toEqual(['b']);
    expect(cluster.vanished).toMatchObject([{ kind: 'GlobalNetworkPolicy', namespace: '', name: 'a' }]);
  });

  test('an unknown field alone makes nothing vanish', () => {
    const cluster = clusterOf(object('GlobalNetworkPolicy', 'a', 'selektor: all()'), true);
    expect(cluster.vanished).toEqual([]);
    expect(cluster.calicoPolicies).toHaveLength(1);
  });

  test('one without a name has vanished too', () => {
    const nameless =
      'apiVersion: projectcalico.org/v3\nkind: NetworkSet\nmetadata: {namespace: shop}\nspec: {}';
    expect(clusterOf(nameless, true).vanished).toMatchObject([
      { kind: 'NetworkSet', namespace: 'shop', name: '' },
    ]);
  });

  test('what the API of Kubernetes refuses does not vanish', () => {
    const kubernetes =
      'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a}\nspec: {ingress: [{ports: [{port: 0}]}]}';
    expect(codesOf(kubernetes, true)).toEqual(['bad-port']);
  });
});
