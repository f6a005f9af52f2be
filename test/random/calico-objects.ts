/**
 * What Calico's policies act on beside pods, drawn over a cluster's nodes and addresses: network sets that overlap
 * pods, host endpoints of every form, IP pools, settings of Felix node by node.
 */
import { cidrOf } from '../../src/net/cidr.ts';
import { SCTP, TCP, UDP } from '../../src/net/protocol-layout.ts';
import type { HostEndpoint, IpPool, NetworkSet } from '../../src/policy/api/calico.ts';
import {
  type FailsafePort,
  type FelixNode,
  type FelixSettings,
  UNCONFIGURED,
} from '../../src/policy/api/felix.ts';
import type { Node } from '../../src/policy/cluster.ts';
import { address, at, drawLabels, PORTS } from './cluster.ts';
import type { Random } from './mulberry.ts';
import { drawCidr } from './network-policies.ts';

/** Sets of both scopes, with blocks of both families. */
export function drawNetworkSets(draw: Random, namespaces: readonly string[]): NetworkSet[] {
  return Array.from({ length: draw.below(5) }, (_, index) => ({
    namespace: draw.chance(0.5) ? '' : draw.pick(namespaces),
    name: `set-${index}`,
    labels: drawLabels(draw),
    nets: Array.from({ length: draw.below(4) }, () => drawCidr(draw)),
    at,
  }));
}

const PROFILES = [
  [],
  ['projectcalico-default-allow'],
  ['projectcalico-default-allow'],
  ['custom'],
  ['silent', 'custom'],
  ['missing'],
];

/** Up to five host endpoints; several may want one interface. */
export function drawHostEndpoints(draw: Random, nodes: readonly Node[]): HostEndpoint[] {
  if (nodes.length === 0) return [];
  return Array.from({ length: 1 + draw.below(5) }, (_, index) => {
    const node = draw.pick(nodes);
    const interfaceName = draw.pick(['*', '*', 'eth0', 'eth0', 'eth0', 'tunl0', 'vxlan.calico', undefined]);
    const strange = draw.chance(0.15) ? [address(draw.pick(['192.0.2.7', '10.1.0.5', 'fd01::5']))] : [];
    return {
      name: `host-${String.fromCharCode(101 - index)}`,
      labels: drawLabels(draw),
      node: draw.chance(0.05) ? 'unknown-node' : node.name,
      ...(interfaceName === undefined ? {} : { interfaceName }),
      expectedIPs: [...draw.some(node.addresses, 0.6), ...strange],
      profiles: draw.pick(PROFILES),
      ports: draw.chance(0.4)
        ? [
            {
              name: draw.pick(['agent', 'http']),
              protocol: draw.pick([TCP, UDP, SCTP]),
              port: draw.pick(PORTS),
            },
          ]
        : [],
      at,
    };
  });
}

function drawFailsafes(draw: Random, ordinary: readonly FailsafePort[]): readonly FailsafePort[] {
  if (draw.chance(0.4)) return ordinary;
  return Array.from({ length: draw.below(4) }, () => ({
    protocol: draw.pick([TCP, UDP, SCTP]),
    port: draw.pick([...PORTS, 22]),
    ...(draw.chance(0.4) ? { net: drawCidr(draw) } : {}),
  }));
}

function drawFelixNode(draw: Random): FelixNode {
  return {
    ...UNCONFIGURED,
    failsafeInbound: drawFailsafes(draw, UNCONFIGURED.failsafeInbound),
    failsafeOutbound: drawFailsafes(draw, UNCONFIGURED.failsafeOutbound),
    defaultEndpointToHostAction: draw.pick(['Drop', 'Return', 'Accept'] as const),
    allowVxlanFromWorkloads: draw.chance(0.3),
    allowIpipFromWorkloads: draw.chance(0.3),
    vxlanPort: draw.pick([4789, 4789, 4789, 8080]),
    natOutgoingExcludesHosts: draw.chance(0.3),
    ...(draw.chance(0.2) ? { ipipEnabled: draw.chance(0.5) } : {}),
    ...(draw.chance(0.2) ? { vxlanEnabled: draw.chance(0.5) } : {}),
    wireguardEnabled: draw.chance(0.3),
    wireguardPort: draw.pick([51_820, 53, 8080]),
  };
}

/** Settings for all nodes, and other ones for some. */
export function drawFelix(draw: Random, nodes: readonly Node[]): FelixSettings {
  return {
    everywhere: draw.chance(0.4) ? UNCONFIGURED : drawFelixNode(draw),
    byNode: new Map(draw.some(nodes, 0.4).map(({ name }) => [name, drawFelixNode(draw)])),
  };
}

const ENCAPSULATIONS: readonly IpPool['encapsulation'][] = [
  undefined,
  { protocol: 'ipip', mode: 'always' },
  { protocol: 'vxlan', mode: 'always' },
  { protocol: 'vxlan', mode: 'cross-subnet' },
];

/** Pools around the addresses of pods; together they may leave some pods out. */
export function drawIpPools(draw: Random): IpPool[] {
  const blocks = [
    cidrOf(address('10.1.0.0'), 28),
    cidrOf(address('10.1.0.16'), 28),
    cidrOf(address('fd01::'), 64),
    cidrOf(address('192.0.2.0'), 29),
  ];
  return draw.some(blocks, 0.6).map((cidr, index) => ({
    name: `pool-${index}`,
    cidr,
    natOutgoing: draw.chance(0.6),
    encapsulation: draw.pick(ENCAPSULATIONS),
    forWorkloads: draw.chance(0.85),
    at,
  }));
}
