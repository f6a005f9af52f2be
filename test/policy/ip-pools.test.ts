/** What IP pools do to packets on their way past hosts: masquerading, tunnels, the overlay's own packets. */
import { describe, expect, test } from 'vitest';
import { formatAddress } from '../../src/net/address.ts';
import type { Cluster } from '../../src/policy/cluster.ts';
import { KUBERNETES } from '../../src/policy/cni/kubernetes.ts';
import { createWorld } from '../../src/policy/world.ts';
import {
  ASKING,
  calico,
  clusterOf,
  decide,
  felix,
  gnp,
  pool,
  service,
  summary,
  world,
} from './host-cluster.ts';

const POOL = '10.0.0.0/16';

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

  test("a CNI that does not look at Calico's pools masquerades nothing", () => {
    const dialled = clusterOf(...service('Local', [['10.0.2.1', 'n2']]));
    const { hooks } = decide(
      'tcp x/d:40000 to 192.168.0.2:30080',
      createWorld({ ...dialled, ipPools: [outgoing] }, KUBERNETES),
    );
    expect(hooks.map(({ hook, source }) => `${hook} ${formatAddress(source)}`)).toEqual([
      'egress 10.0.3.1',
      'ingress 10.0.3.1',
    ]);
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
