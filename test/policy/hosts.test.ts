/** Host endpoints in the address book, and which of them governs which interface of a node. */
import { describe, expect, test } from 'vitest';
import { formatAddress, parseAddress } from '../../src/net/address.ts';
import { buildAddressBook, factsAbout, holdersAt } from '../../src/policy/addresses/address-book.ts';
import type { IpPool } from '../../src/policy/api/calico.ts';
import type { Cluster } from '../../src/policy/cluster.ts';
import { CALICO } from '../../src/policy/cni/calico.ts';
import type { AddressBook, Host } from '../../src/policy/endpoints.ts';
import { judge } from '../../src/policy/judge/judge.ts';
import { createWorld } from '../../src/policy/world.ts';
import { clusterFrom } from '../examine.ts';
import { calico, node, pod } from './host-cluster.ts';

const NAMESPACE = 'apiVersion: v1\nkind: Namespace\nmetadata: { name: x, labels: { team: red } }';

function clusterOf(...more: string[]): Cluster {
  return clusterFrom([NAMESPACE, node('n1', '192.168.0.1'), ...more].join('\n---\n'));
}

const bookOf = (...more: string[]): AddressBook => buildAddressBook(clusterOf(...more));
const hep = (name: string, spec: string, labels = ''): string => calico('HostEndpoint', name, spec, labels);

function governing({ main, tunnel, pods }: Host): string {
  return [main, tunnel, pods].map((endpoint) => endpoint?.name ?? '-').join(' ');
}

describe('main, tunnel and pods of a node', () => {
  const withTunnel = (...more: string[]): Cluster => {
    const cluster = clusterOf(...more);
    const address = parseAddress('10.9.0.1')!;
    const nodes = cluster.nodes.map((each) => ({
      ...each,
      addresses: [address, ...each.addresses],
      tunnelAddresses: [address],
    }));
    return { ...cluster, nodes };
  };
  test.each<[string, string[], string]>([
    ['none', [], '- - -'],
    ['of all interfaces', [hep('all', '{ node: n1, interfaceName: "*" }')], 'all all all'],
    [
      'the alphabetically first of all interfaces',
      [hep('b', '{ node: n1, interfaceName: "*" }'), hep('a', '{ node: n1, interfaceName: "*" }')],
      'a a a',
    ],
    ['of another node', [hep('all', '{ node: n2, interfaceName: "*" }')], '- - -'],
    [
      'named, before that of all',
      [hep('all', '{ node: n1, interfaceName: "*" }'), hep('eth', '{ node: n1, interfaceName: eth0 }')],
      'eth all all',
    ],
    ['by address', [hep('ip', '{ node: n1, expectedIPs: [192.168.0.1] }')], 'ip - -'],
    [
      'by an address that the node does not have',
      [hep('ip', '{ node: n1, expectedIPs: [192.168.0.9] }')],
      '- - -',
    ],
    ['by the address of the tunnel', [hep('ip', '{ node: n1, expectedIPs: [10.9.0.1] }')], '- ip -'],
    [
      'the alphabetically first of named and by address',
      [hep('b', '{ node: n1, interfaceName: eth0 }'), hep('a', '{ node: n1, expectedIPs: [192.168.0.1] }')],
      'a - -',
    ],
    ['a tunnel device', [hep('tun', '{ node: n1, interfaceName: tunl0 }')], '- tun -'],
    ['the loopback device is neither', [hep('lo', '{ node: n1, interfaceName: lo }')], '- - -'],
    ["a pod's device is neither", [hep('wep', '{ node: n1, interfaceName: cali123 }')], '- - -'],
    [
      'of two names the one that expects an address of the node',
      [
        hep('a', '{ node: n1, interfaceName: eth1, expectedIPs: [172.16.0.1] }'),
        hep('b', '{ node: n1, interfaceName: eth0, expectedIPs: [192.168.0.1] }'),
      ],
      'b - -',
    ],
    [
      'an interface with other addresses does not lead out, when another does',
      [
        hep('a', '{ node: n1, interfaceName: eth1, expectedIPs: [172.16.0.1] }'),
        hep('b', '{ node: n1, expectedIPs: [192.168.0.1] }'),
      ],
      'b - -',
    ],
  ])('%s', (_, manifests, expected) => {
    const { hosts, warnings } = buildAddressBook(withTunnel(...manifests));
    expect(governing(hosts.get('n1')!)).toBe(expected);
    expect(warnings).toEqual([]);
  });

  test('of several names without an address the first is taken, with a warning', () => {
    const { hosts, warnings } = bookOf(
      hep('b', '{ node: n1, interfaceName: eth0 }'),
      hep('a', '{ node: n1, interfaceName: eth1 }'),
    );
    expect(governing(hosts.get('n1')!)).toBe('a - -');
    expect(warnings).toEqual([
      'host endpoints of node n1 name the interfaces eth0 and eth1, and none of them expects an address of the node; a is taken for the one that leads out',
    ]);
  });

  test('of several tunnel devices that of the pools', () => {
    const at = { file: '', line: 0, column: 0 };
    const cidr = { network: parseAddress('10.0.0.0')!, prefixBits: 16 };
    const vxlan: IpPool = {
      name: 'p',
      cidr,
      natOutgoing: true,
      encapsulation: { protocol: 'vxlan', mode: 'always' },
      forWorkloads: true,
      at,
    };
    const cluster = clusterOf(
      hep('a', '{ node: n1, interfaceName: tunl0 }'),
      hep('b', '{ node: n1, interfaceName: vxlan.calico }'),
    );
    expect(governing(buildAddressBook(cluster).hosts.get('n1')!)).toBe('- a -');
    expect(governing(buildAddressBook({ ...cluster, ipPools: [vxlan] }).hosts.get('n1')!)).toBe('- b -');
  });

  test('masqueraded packets carry the first address of a family that is on no tunnel device', () => {
    const { hosts } = buildAddressBook(withTunnel());
    const { masquerade } = hosts.get('n1')!;
    expect(formatAddress(masquerade[4]!)).toBe('192.168.0.1');
    expect(masquerade[6]).toBeUndefined();
  });

  test('a node that only a host endpoint names has the addresses that it expects', () => {
    const { hosts } = bookOf(hep('far', '{ node: n7, interfaceName: eth0, expectedIPs: [192.168.0.7] }'));
    expect(governing(hosts.get('n7')!)).toBe('far - -');
    expect(hosts.get('n7')!.node.addresses.map(formatAddress)).toEqual(['192.168.0.7']);
  });
});

describe('host endpoints as endpoints', () => {
  const profile = calico(
    'Profile',
    'blue',
    '{ labelsToApply: { colour: blue, role: lent }, ingress: [{ action: Allow }] }',
  );
  const book = bookOf(
    profile,
    pod('b', 'n1', '10.0.1.2'),
    pod('a', 'n1', '10.0.1.1'),
    hep(
      'z',
      '{ node: n1, interfaceName: eth0, expectedIPs: [192.168.0.1, 10.0.1.1], profiles: [blue], ports: [{ name: ssh, protocol: TCP, port: 22 }] }',
      'role: edge',
    ),
    hep('w', '{ node: n1, interfaceName: "*" }'),
  );

  test('they stand behind the pods, by name', () => {
    expect(book.endpoints.map(({ kind, name, index }) => `${index} ${kind} ${name}`)).toEqual([
      '0 workload a',
      '1 workload b',
      '2 host w',
      '3 host z',
    ]);
    for (const { labelSet, labels } of book.endpoints) expect(book.labelSets[labelSet]!.labels).toBe(labels);
  });

  test('own labels win over those that a profile lends; named ports are those of the resource', () => {
    const { labels, namedPorts, profiles } = book.endpoints[3]!;
    expect(labels).toEqual({ colour: 'blue', role: 'edge' });
    expect(namedPorts.map(({ name, port }) => `${name} ${port}`)).toEqual(['ssh 22']);
    expect(profiles).toEqual(['blue']);
  });

  test('they hold the addresses that they expect, and own none', () => {
    const host = factsAbout(book, parseAddress('192.168.0.1')!);
    expect(host.holders.map(({ name }) => name)).toEqual(['z']);
    expect(host.owner).toBeUndefined();
    expect(host.node!.name).toBe('n1');
    const shared = factsAbout(book, parseAddress('10.0.1.1')!);
    expect(shared.holders.map(({ name }) => name)).toEqual(['a', 'z']);
    expect(shared.owner!.name).toBe('a');
    expect(book.warnings).toEqual([]);
  });

  test.each<[string, string]>([
    ['that a manifest holds', node('n2', '192.168.0.2')],
    ['that only the host endpoint names', hep('other', '{ node: n3, interfaceName: eth0 }')],
  ])("a pod's address that one expects is no address of the node %s", (_, more) => {
    const expecting = hep('h', '{ node: n2, interfaceName: eth0, expectedIPs: [192.168.0.9, 10.0.1.1] }');
    const deny =
      'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: { name: deny, namespace: x }\nspec: { podSelector: { matchLabels: { app: b } }, policyTypes: [Ingress] }';
    const cluster = clusterOf(pod('a', 'n2', '10.0.1.1'), pod('b', 'n2', '10.0.1.2'), more, expecting, deny);
    const book = buildAddressBook(cluster);
    const facts = (text: string) => factsAbout(book, parseAddress(text)!);
    expect(facts('192.168.0.9').node?.name).toBe('n2');
    expect(facts('10.0.1.1').node).toBeUndefined();
    // Else the packet would pass for one of its host, which no policy of a pod sees.
    const packet = { protocol: 6, sourcePort: 40_000, destinationPort: 80 };
    const [source, destination] = [parseAddress('10.0.1.1')!, parseAddress('10.0.1.2')!];
    const { verdict } = judge({ ...packet, source, destination }, createWorld(cluster, CALICO));
    expect(verdict).toBe('deny');
  });
});

describe('network sets', () => {
  const set = (kind: string, name: string, nets: string, labels = ''): string =>
    `{ apiVersion: projectcalico.org/v3, kind: ${kind}, metadata: { name: ${name}${kind === 'NetworkSet' ? ', namespace: x' : ''}, labels: { ${labels} } }, spec: { nets: [${nets}] } }`;
  const book = bookOf(
    pod('a', 'n1', '10.0.1.1'),
    set('GlobalNetworkSet', 'world', '0.0.0.0/0', 'role: any'),
    set('NetworkSet', 'api', '10.9.0.0/24, 10.9.0.7, 10.9.0.0/24, "fd00::/64"', 'role: api, pcns.team: own'),
    set('GlobalNetworkSet', 'nine', '10.9.0.0/16'),
  );
  const around = (text: string): string[] =>
    holdersAt(book, parseAddress(text)!).map(
      ({ kind, namespace, name }) => `${kind} ${[namespace, name].filter((part) => part !== '').join('/')}`,
    );

  test('every set that holds the address, once, behind the endpoints', () => {
    expect(around('10.9.0.7')).toEqual(['network-set nine', 'network-set world', 'network-set x/api']);
    expect(around('10.9.1.7')).toEqual(['network-set nine', 'network-set world']);
    expect(around('10.0.1.1')).toEqual(['workload x/a', 'network-set world']);
    expect(around('200.0.0.1')).toEqual(['network-set world']);
    expect(around('fd00::7')).toEqual(['network-set x/api']);
    expect(around('fd01::7')).toEqual([]);
  });

  test('a set of a namespace has its labels, a global one only its own', () => {
    const labels = new Map(book.networkSets.map((each) => [each.name, each.labels]));
    expect(labels.get('api')).toEqual({
      role: 'api',
      'projectcalico.org/namespace': 'x',
      'pcns.team': 'own',
      'pcns.projectcalico.org/name': 'x',
      'pcns.kubernetes.io/metadata.name': 'x',
    });
    expect(labels.get('world')).toEqual({ role: 'any' });
  });

  test('a block of all addresses is two', () => {
    const { nets } = book.networkSets.find(({ name }) => name === 'world')!;
    expect(nets.map(({ network, prefixBits }) => `${formatAddress(network)}/${prefixBits}`)).toEqual([
      '0.0.0.0/1',
      '128.0.0.0/1',
    ]);
  });
});

describe('services of rules', () => {
  const rule = (service: string): string =>
    calico(
      'GlobalNetworkPolicy',
      service,
      `{ types: [Egress], egress: [{ action: Allow, destination: { services: { name: ${service}, namespace: x } } }] }`,
    );
  const slice = (name: string, service: string, ports: string, endpoints: string): string =>
    `{ apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: { name: ${name}, namespace: x, labels: { kubernetes.io/service-name: ${service} } }, addressType: IPv4, endpoints: [${endpoints}], ports: [${ports}] }`;
  const backend = (name: string, ip: string, ready: string): string =>
    `{ apiVersion: v1, kind: Pod, metadata: { name: ${name}, namespace: x, labels: { app: db } }, spec: { nodeName: n1, containers: [{ name: c, ports: [{ name: sql, containerPort: 5432 }] }] }, status: { phase: Running, podIP: ${ip}, conditions: [{ type: Ready, status: "${ready}" }] } }`;
  const service = (name: string): string =>
    `{ apiVersion: v1, kind: Service, metadata: { name: ${name}, namespace: x }, spec: { clusterIP: 10.96.0.1, selector: { app: db }, ports: [{ port: 80, targetPort: sql }] } }`;
  const words = (book: AddressBook, key: string): string[] | undefined =>
    book.serviceEndpoints
      .get(key)
      ?.map(({ address, ports }) =>
        [formatAddress(address), ...ports.map(({ protocol, port }) => `${protocol}:${port}`)].join(' '),
      );

  test('out of all slices, whatever their conditions; a port without a number is none', () => {
    const book = bookOf(
      rule('web'),
      slice(
        's1',
        'web',
        '{ port: 80 }, { name: any }',
        '{ addresses: [10.0.1.1], conditions: { ready: false, terminating: true } }',
      ),
      slice(
        's2',
        'web',
        '{ port: 81, protocol: UDP }',
        '{ addresses: [10.0.1.1] }, { addresses: [10.0.1.2] }',
      ),
    );
    expect(words(book, 'x/web')).toEqual(['10.0.1.1 6:80 17:81', '10.0.1.2 17:81']);
  });

  test('without a slice out of the pods that Kubernetes would write into one, ready or not', () => {
    const book = bookOf(
      rule('db'),
      service('db'),
      backend('p', '10.0.1.1', 'True'),
      backend('q', '10.0.1.2', 'False'),
    );
    expect(words(book, 'x/db')).toEqual(['10.0.1.1 6:5432', '10.0.1.2 6:5432']);
  });

  test('only those that some rule names', () => {
    expect([...bookOf(service('db'), rule('other')).serviceEndpoints]).toEqual([]);
  });
});
