/** What changes a packet on its way past hosts: services, node ports, masquerading, tunnels, Felix's settings. */
import { describe, expect, test } from 'vitest';
import { formatAddress, parseAddress } from '../../src/net/address.ts';
import { parseCidr } from '../../src/net/cidr.ts';
import type { IpPool } from '../../src/policy/calico.ts';
import type { Cluster } from '../../src/policy/cluster.ts';
import { CALICO } from '../../src/policy/cni/calico.ts';
import { KUBERNETES } from '../../src/policy/cni/kubernetes.ts';
import type { Decision } from '../../src/policy/decision.ts';
import { type FelixNode, UNCONFIGURED } from '../../src/policy/felix.ts';
import { createWorld, type World } from '../../src/policy/world.ts';
import { calico, clusterOf, decide, gnp, met, summary } from './host-cluster.ts';

const LOGS = 'ingress: [{ action: Log }], egress: [{ action: Log }]';
const ASKING = [
  gnp('pre', 'preDNAT: true, applyOnForward: true, types: [Ingress], ingress: [{ action: Log }]'),
  gnp('raw', `doNotTrack: true, applyOnForward: true, types: [Ingress, Egress], ${LOGS}`),
  gnp(
    'forward',
    'applyOnForward: true, types: [Ingress, Egress], ingress: [{ action: Allow }], egress: [{ action: Allow }]',
  ),
];

/** Node port 30080 of backends at port 8080: c on n2, and n3 itself. */
function service(policy: 'Cluster' | 'Local', backends: readonly (readonly [string, string])[]): string[] {
  const endpoints = backends.map(
    ([ip, node]) => `{ addresses: [${ip}], conditions: { ready: true }, nodeName: ${node} }`,
  );
  return [
    `{ apiVersion: v1, kind: Service, metadata: { name: web, namespace: x }, spec: { type: NodePort, externalTrafficPolicy: ${policy}, clusterIP: 10.96.0.1, clusterIPs: [10.96.0.1], ports: [{ port: 80, targetPort: 8080, nodePort: 30080 }] } }`,
    `{ apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: { name: web-1, namespace: x, labels: { kubernetes.io/service-name: web } }, addressType: IPv4, endpoints: [${endpoints.join(', ')}], ports: [{ port: 8080, protocol: TCP }] }`,
  ];
}

function pool(cidr: string, more: Partial<IpPool> = {}): IpPool {
  const parsed = parseCidr(cidr);
  if (!('cidr' in parsed)) throw new Error(cidr);
  const at = { file: '', line: 0, column: 0 };
  return {
    name: cidr,
    cidr: parsed.cidr,
    natOutgoing: false,
    encapsulation: undefined,
    forWorkloads: true,
    at,
    ...more,
  };
}

const POOL = '10.0.0.0/16';

function world(cluster: Cluster, edit: Partial<Cluster> = {}): World {
  return createWorld({ ...cluster, ...edit }, CALICO);
}

const felix = (
  settings: Partial<FelixNode>,
  byNode: Record<string, Partial<FelixNode>> = {},
): Cluster['felix'] => ({
  everywhere: { ...UNCONFIGURED, ...settings },
  byNode: new Map(
    Object.entries(byNode).map(([name, own]) => [name, { ...UNCONFIGURED, ...settings, ...own }]),
  ),
});

/** `hook endpoint: source to destination:port` as every hook saw it. */
const seen = ({ hooks }: Decision): string[] =>
  hooks.map(
    ({ hook, endpoint, source, destination, destinationPort }) =>
      `${hook} ${endpoint.name}: ${formatAddress(source)} to ${formatAddress(destination)}:${destinationPort}`,
  );

describe('services', () => {
  const cluster = clusterOf(...ASKING, ...service('Cluster', [['10.0.2.1', 'n2']]));

  test('before translation hooks see the virtual address, behind it the backend', () => {
    expect(seen(decide('tcp x/a:40000 to 10.96.0.1:80', world(cluster)))).toEqual([
      'pre-dnat n1-all: 10.0.1.1 to 10.96.0.1:80',
      'forward-ingress n1-all: 10.0.1.1 to 10.0.2.1:8080',
      'egress a: 10.0.1.1 to 10.0.2.1:8080',
      'forward-egress n1-all: 10.0.1.1 to 10.0.2.1:8080',
      'untracked-ingress n2-eth0: 10.0.1.1 to 10.0.2.1:8080',
      'pre-dnat n2-eth0: 10.0.1.1 to 10.0.2.1:8080',
      'forward-ingress n2-eth0: 10.0.1.1 to 10.0.2.1:8080',
      'ingress c: 10.0.1.1 to 10.0.2.1:8080',
    ]);
  });

  test('a node port of another node than the backend: the client up to there, then the entry node', () => {
    expect(seen(decide('tcp 203.0.113.9:40000 to 192.168.0.1:30080', world(cluster)))).toEqual([
      'pre-dnat n1-all: 203.0.113.9 to 192.168.0.1:30080',
      'forward-ingress n1-all: 203.0.113.9 to 10.0.2.1:8080',
      'forward-egress n1-all: 203.0.113.9 to 10.0.2.1:8080',
      'untracked-ingress n2-eth0: 192.168.0.1 to 10.0.2.1:8080',
      'pre-dnat n2-eth0: 192.168.0.1 to 10.0.2.1:8080',
      'forward-ingress n2-eth0: 192.168.0.1 to 10.0.2.1:8080',
      'ingress c: 192.168.0.1 to 10.0.2.1:8080',
    ]);
  });

  test('a node port of the backend node: the client all the way, and nobody is asked twice', () => {
    const asked = [
      'untracked-ingress n2-eth0: 203.0.113.9 to 192.168.0.2:30080',
      'pre-dnat n2-eth0: 203.0.113.9 to 192.168.0.2:30080',
      'forward-ingress n2-eth0: 203.0.113.9 to 10.0.2.1:8080',
      'ingress c: 203.0.113.9 to 10.0.2.1:8080',
    ];
    const flow = 'tcp 203.0.113.9:40000 to 192.168.0.2:30080';
    expect(seen(decide(flow, world(cluster)))).toEqual(asked);
    const local = clusterOf(...ASKING, ...service('Local', [['10.0.2.1', 'n2']]));
    expect(seen(decide(flow, world(local)))).toEqual(asked);
  });

  test('a pod that dials the node port of its own node hides behind it', () => {
    expect(seen(decide('tcp x/a:40000 to 192.168.0.1:30080', world(cluster))).slice(3)).toEqual([
      'forward-egress n1-all: 10.0.1.1 to 10.0.2.1:8080',
      'untracked-ingress n2-eth0: 192.168.0.1 to 10.0.2.1:8080',
      'pre-dnat n2-eth0: 192.168.0.1 to 10.0.2.1:8080',
      'forward-ingress n2-eth0: 192.168.0.1 to 10.0.2.1:8080',
      'ingress c: 192.168.0.1 to 10.0.2.1:8080',
    ]);
  });

  test('a backend that is the entry node itself is asked as a host', () => {
    const onHost = clusterOf(...ASKING, ...service('Cluster', [['192.168.0.2', 'n2']]));
    expect(seen(decide('tcp 203.0.113.9:40000 to 192.168.0.2:30080', world(onHost)))).toEqual([
      'untracked-ingress n2-eth0: 203.0.113.9 to 192.168.0.2:30080',
      'pre-dnat n2-eth0: 203.0.113.9 to 192.168.0.2:30080',
      'host-ingress n2-eth0: 203.0.113.9 to 192.168.0.2:8080',
    ]);
  });

  test('a host that dials a node port of another node whose backend is its own pod meets it from outside', () => {
    expect(seen(decide('tcp node:n2:40000 to 192.168.0.1:30080', world(cluster)))).toEqual([
      'untracked-egress n2-eth0: 192.168.0.2 to 192.168.0.1:30080',
      'host-egress n2-eth0: 192.168.0.2 to 10.0.2.1:8080',
      'pre-dnat n1-all: 192.168.0.2 to 192.168.0.1:30080',
      'forward-ingress n1-all: 192.168.0.2 to 10.0.2.1:8080',
      'forward-egress n1-all: 192.168.0.2 to 10.0.2.1:8080',
      'untracked-ingress n2-eth0: 192.168.0.1 to 10.0.2.1:8080',
      'pre-dnat n2-eth0: 192.168.0.1 to 10.0.2.1:8080',
      'forward-ingress n2-eth0: 192.168.0.1 to 10.0.2.1:8080',
      'ingress c: 192.168.0.1 to 10.0.2.1:8080',
    ]);
  });

  test('where all that is met lets pass, and no pod is met, there is no endpoint', () => {
    const outside = clusterOf(
      ...ASKING,
      ...service(
        'Cluster',
        [['198.51.100.1', '']].map(([ip]) => [ip!, '""'] as const),
      ),
    );
    const decision = decide('tcp 203.0.113.9:40000 to 192.168.0.1:30080', world(outside));
    expect(met(decision)).toEqual([
      'pre-dnat n1-all main continue',
      'forward-ingress n1-all main allow',
      'forward-egress n1-all main allow',
    ]);
    expect(summary(decision)).toBe('allow no-endpoint none');
  });
});

describe('masquerading', () => {
  const cluster = clusterOf(...ASKING);
  const hostSees = (flow: string, edit: Partial<Cluster>): string => {
    const { hooks } = decide(flow, world(cluster, edit));
    const { hook, source } = hooks.at(-1)!;
    return `${hook} ${formatAddress(source)}`;
  };
  const outgoing = pool(POOL, { natOutgoing: true });

  test('a pod that reaches another host carries the address of its own', () => {
    expect(hostSees('tcp x/d to 192.168.0.2:80', { ipPools: [outgoing] })).toBe('host-ingress 192.168.0.3');
    const { hooks } = decide('tcp x/a to 192.168.0.2:80', world(cluster, { ipPools: [outgoing] }));
    expect(hooks.map(({ hook, source }) => `${hook} ${formatAddress(source)}`).slice(2, 5)).toEqual([
      'egress 10.0.1.1',
      'forward-egress 10.0.1.1',
      'untracked-ingress 192.168.0.1',
    ]);
  });

  test('not without a pool, not out of a pool without natOutgoing, not into a pool, not with hosts excluded', () => {
    const flow = 'tcp x/d to 192.168.0.2:80';
    expect(hostSees(flow, {})).toBe('host-ingress 10.0.3.1');
    expect(hostSees(flow, { ipPools: [pool(POOL)] })).toBe('host-ingress 10.0.3.1');
    expect(hostSees(flow, { ipPools: [outgoing, pool('192.168.0.0/24')] })).toBe('host-ingress 10.0.3.1');
    expect(hostSees(flow, { ipPools: [outgoing, pool('192.168.0.0/24', { forWorkloads: false })] })).toBe(
      'host-ingress 192.168.0.3',
    );
    expect(
      hostSees(flow, { ipPools: [outgoing], felix: felix({}, { n3: { natOutgoingExcludesHosts: true } }) }),
    ).toBe('host-ingress 10.0.3.1');
  });

  test('between pods nothing is masqueraded', () => {
    expect(hostSees('tcp x/d to x/c:80', { ipPools: [outgoing] })).toBe('ingress 10.0.3.1');
  });

  test('a pod that dials a node port of another node carries its own node from there on', () => {
    const dialled = clusterOf(...ASKING, ...service('Local', [['10.0.2.1', 'n2']]));
    const { hooks } = decide('tcp x/d:40000 to 192.168.0.2:30080', world(dialled, { ipPools: [outgoing] }));
    expect(hooks.map(({ hook, source }) => `${hook} ${formatAddress(source)}`)).toEqual([
      'egress 10.0.3.1',
      'untracked-ingress 192.168.0.3',
      'pre-dnat 192.168.0.3',
      'forward-ingress 192.168.0.3',
      'ingress 192.168.0.3',
    ]);
  });
});

describe('tunnels', () => {
  const tunnelled = clusterOf(
    ...ASKING,
    calico('HostEndpoint', 'n2-tunnel', '{ node: n2, interfaceName: tunl0 }', 'host: tunnel'),
  );
  const always = pool(POOL, { encapsulation: { protocol: 'ipip', mode: 'always' } });
  const crossing = pool(POOL, { encapsulation: { protocol: 'ipip', mode: 'cross-subnet' } });
  const arrives = (edit: Partial<Cluster>, flow = 'tcp x/d to x/c:80'): string =>
    decide(flow, world(tunnelled, edit))
      .hooks.filter(({ hook }) => hook === 'forward-ingress' || hook === 'host-ingress')
      .map(({ endpoint, interface: device }) => `${endpoint.name} ${device}`)
      .join(' ');

  test('between nodes, for an address of an encapsulated pool', () => {
    expect(arrives({ ipPools: [always] })).toBe('n2-tunnel tunnel');
    expect(arrives({})).toBe('n2-eth0 main');
    expect(arrives({ ipPools: [always] }, 'tcp x/d to 192.168.0.2:80')).toBe('n2-eth0 main');
    expect(arrives({ ipPools: [always] }, 'tcp 203.0.113.9:40000 to x/c:80')).toBe('n2-eth0 main');
  });

  test('across subnets only where both nodes are known to be in different networks', () => {
    const withNetworks = (networks: Record<string, string>): Partial<Cluster> => ({
      ipPools: [crossing],
      nodes: tunnelled.nodes.map((node) => ({
        ...node,
        subnets: networks[node.name] === undefined ? [] : [pool(networks[node.name]!).cidr],
      })),
    });
    expect(arrives(withNetworks({}))).toBe('n2-eth0 main');
    expect(arrives(withNetworks({ n3: '192.168.0.0/25' }))).toBe('n2-eth0 main');
    expect(arrives(withNetworks({ n2: '192.168.0.0/24', n3: '192.168.0.0/24' }))).toBe('n2-eth0 main');
    expect(arrives(withNetworks({ n2: '192.168.0.0/24', n3: '192.168.1.0/24' }))).toBe('n2-tunnel tunnel');
  });

  const deny = clusterOf(gnp('deny', 'types: [Ingress, Egress]'));
  const ipip = 'proto:4 node:n3 to 192.168.0.2';
  const vxlan = (from: string): string => `udp ${from} to 192.168.0.2:4789`;

  test("the overlay's own packets pass between nodes whatever host policy says, and come from nobody else", () => {
    const carried = world(deny, { ipPools: [always] });
    expect(summary(decide(ipip, carried))).toBe('allow failsafe host-ingress');
    expect(summary(decide('proto:4 node:n2 to 192.168.0.3', carried))).toBe('allow failsafe host-egress');
    expect(summary(decide('proto:4 203.0.113.9 to 192.168.0.2', carried))).toBe(
      'deny workload-encap host-ingress',
    );
    expect(summary(decide('proto:4 node:n2 to 203.0.113.9', carried))).toBe('deny tier-end host-egress deny');
    expect(summary(decide(vxlan('node:n3'), carried))).toBe('deny tier-end host-ingress deny');
    const overVxlan = world(deny, {
      ipPools: [pool(POOL, { encapsulation: { protocol: 'vxlan', mode: 'always' } })],
    });
    expect(summary(decide(vxlan('node:n3'), overVxlan))).toBe('allow failsafe host-ingress');
    expect(summary(decide(vxlan('203.0.113.9'), overVxlan))).toBe('deny workload-encap host-ingress');
    expect(summary(decide(ipip, overVxlan))).toBe('deny tier-end host-ingress deny');
  });

  test('where nothing is encapsulated host policy decides', () => {
    expect(summary(decide(ipip, world(deny)))).toBe('deny tier-end host-ingress deny');
    expect(summary(decide(vxlan('node:n3'), world(deny)))).toBe('deny tier-end host-ingress deny');
  });
});

describe("Felix's settings", () => {
  const cluster = clusterOf();

  test('pods send no encapsulated packets unless their node lets them', () => {
    const vxlan = 'udp x/a to 203.0.113.9:4789';
    const ipip = 'proto:4 x/a to 203.0.113.9';
    expect(summary(decide(vxlan, world(cluster)))).toBe('deny workload-encap egress');
    expect(summary(decide(ipip, world(cluster)))).toBe('deny workload-encap egress');
    const loose = world(cluster, { felix: felix({}, { n1: { allowVxlanFromWorkloads: true } }) });
    expect(summary(decide(vxlan, loose))).toBe('allow profile egress');
    expect(summary(decide(ipip, loose))).toBe('deny workload-encap egress');
    expect(summary(decide('udp x/d to 203.0.113.9:4789', loose))).toBe('deny workload-encap egress');
    const moved = world(cluster, { felix: felix({ vxlanPort: 8472 }) });
    expect(summary(decide(vxlan, moved))).toBe('allow profile egress');
    expect(summary(decide('udp x/a to 203.0.113.9:8472', moved))).toBe('deny workload-encap egress');
    expect(summary(decide('udp x/a to 203.0.113.9:*', moved))).toBe('undetermined missing-field none');
    const api = createWorld(cluster, KUBERNETES);
    expect(summary(decide(ipip, api))).toBe('allow profile egress');
  });

  test('what pods send their own host is dropped where Felix is told so', () => {
    const flow = 'tcp x/d to 192.168.0.3:80';
    expect(summary(decide(flow, world(cluster)))).toBe('allow endpoint-to-host egress');
    const drops = world(cluster, { felix: felix({}, { n3: { defaultEndpointToHostAction: 'Drop' } }) });
    expect(summary(decide(flow, drops))).toBe('deny endpoint-to-host egress');
    expect(summary(decide('tcp x/d to 192.168.0.2:80', drops))).toBe('allow profile host-ingress');
    expect(summary(decide('tcp x/a to 192.168.0.1:80', drops))).toBe('allow endpoint-to-host egress');
  });

  test('failsafe ports are those of the node, for remote addresses that they name', () => {
    const deny = clusterOf(gnp('deny', 'types: [Ingress, Egress]'));
    const own = world(deny, {
      felix: felix(
        {},
        { n2: { failsafeInbound: [{ protocol: 6, port: 8443, net: pool('203.0.113.0/24').cidr }] } },
      ),
    });
    expect(summary(decide('tcp 203.0.113.9 to 192.168.0.2:8443', own))).toBe('allow failsafe host-ingress');
    expect(summary(decide('tcp 198.51.100.9 to 192.168.0.2:8443', own))).toBe(
      'deny tier-end host-ingress deny',
    );
    expect(summary(decide('tcp 203.0.113.9 to 192.168.0.2:22', own))).toBe('deny tier-end host-ingress deny');
    expect(summary(decide('tcp 203.0.113.9 to 192.168.0.1:22', own))).toBe('allow failsafe host-ingress');
  });
});

test('host endpoints and network sets are nothing under a CNI that does not enforce them', () => {
  const { book } = createWorld(clusterOf(...ASKING), KUBERNETES);
  expect(book.endpoints.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd']);
  expect(book.hosts.get('n1')!.main).toBeUndefined();
  expect(book.facts.get(String(parseAddress('192.168.0.1')!.words[0]))!.holders).toEqual([]);
});
