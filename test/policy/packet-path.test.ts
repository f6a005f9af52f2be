/** What changes a packet on its way past hosts: services, node ports, Felix's settings. */
import { describe, expect, test } from 'vitest';
import { formatAddress, parseAddress } from '../../src/net/address.ts';
import { KUBERNETES } from '../../src/policy/cni/kubernetes.ts';
import type { Decision } from '../../src/policy/decision.ts';
import { createWorld } from '../../src/policy/world.ts';
import { ASKING, clusterOf, decide, felix, gnp, met, pool, service, summary, world } from './host-cluster.ts';

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
