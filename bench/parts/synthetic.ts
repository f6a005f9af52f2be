/**
 * Clusters, policy sets and packets of a chosen size, seeded. The pods, the addresses that packets touch and the number of governed
 * pods are the same for every number of policies, so that growth with policies is all that a comparison can show.
 */
import { type Address, formatAddress } from '#src/net/address.js';
import { formatCidr } from '#src/net/cidr.js';
import { protocolName } from '#src/net/protocol.js';
import type {
  LabelSelector,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyRule,
} from '#src/policy/api/network-policy.js';
import type { Cluster, Namespace, Node, Pod } from '#src/policy/cluster.js';
import type { FirstPacket } from '#src/policy/decision.js';
import { EMPTY_CLUSTER } from '#src/policy/empty-cluster.js';

const at = { file: 'synthetic', line: 1, column: 1 };

/** Mulberry32: a small seeded generator of numbers in [0, 1). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const ipv4 = (word: number): Address => ({ family: 4, words: [word >>> 0, 0, 0, 0] });

export interface ClusterSize {
  readonly pods: number;
  readonly namespaces: number;
  readonly policies: number;
  /** Members of ipBlocks, spread over the policies. */
  readonly cidrs: number;
}

function synthesizePod(index: number, size: ClusterSize): Pod {
  const namespace = `ns-${index % size.namespaces}`;
  const app = Math.floor(index / size.namespaces) % 100;
  return {
    namespace,
    name: `pod-${index}`,
    labels: { app: `app-${app}`, tenth: `t-${app % 10}` },
    serviceAccount: 'default',
    workload: { kind: 'Deployment', name: `app-${app}` },
    addresses: [ipv4(0x0a000000 + (index >> 6) * 256 + 1 + (index & 63))],
    synthetic: false,
    hostNetwork: false,
    nodeName: `node-${index % 100}`,
    phase: 'Running',
    startedSeconds: 0,
    deleting: false,
    ready: true,
    ports: [{ name: 'http', protocol: 6, port: 8000 + (app % 10), container: 'container' }],
    at,
  };
}

const labels = (matchLabels: Record<string, string>): LabelSelector => ({
  matchLabels,
  matchExpressions: [],
});

/** One policy a namespace governs all of it, ten a tenth each, a hundred an application each; beyond that they pile up on a pod. */
function selectorFor(perNamespace: number, ordinal: number): Record<string, string> {
  if (perNamespace <= 1) return {};
  return perNamespace <= 10 ? { tenth: `t-${ordinal % 10}` } : { app: `app-${ordinal % 100}` };
}

/** More blocks are narrower, so that all of them lie apart, and behind the addresses of the packets from outside. */
const MOST_WIDE_CIDRS = 65_536;

/** A policy of the `index`th kind: who is selected gets narrower and more policies share a pod as the set grows. */
function synthesizePolicy(index: number, size: ClusterSize, random: () => number): NetworkPolicy {
  const namespaceIndex = index % size.namespaces;
  const ordinal = Math.floor(index / size.namespaces);
  const perNamespace = size.policies / size.namespaces;
  const selector = selectorFor(perNamespace, ordinal);
  const peerApp = Math.floor(random() * 100);
  const perPolicy = Math.max(1, Math.floor(size.cidrs / size.policies));
  const prefixBits = size.cidrs > MOST_WIDE_CIDRS ? 26 : 20;
  const blocks: NetworkPolicyRule['peers'] = Array.from({ length: perPolicy }, (_, block) => ({
    ipBlock: {
      cidr: {
        network: ipv4((0x40000000 + (index * perPolicy + block) * 2 ** (32 - prefixBits)) >>> 0),
        prefixBits,
      },
      except: [],
    },
    at,
  }));
  return {
    namespace: `ns-${namespaceIndex}`,
    name: `policy-${index}`,
    podSelector: labels(selector),
    policyTypes: { ingress: true, egress: index % 4 === 0 },
    ingress: [
      {
        peers: [
          { podSelector: labels({ app: `app-${peerApp}` }), namespaceSelector: labels({}), at },
          { podSelector: labels({ tenth: `t-${index % 10}` }), at },
        ],
        ports: [
          { protocol: 6, port: 8000 + (index % 10) },
          { protocol: 6, port: 'http' },
        ],
        at,
      },
      {
        peers: blocks,
        ports: [{ protocol: 6, port: 1024 + (index % 4096), endPort: 1034 + (index % 4096) }],
        at,
      },
      {
        peers: [{ namespaceSelector: labels({ tier: index % 3 === 0 ? 'even' : 'odd' }), at }],
        ports: [],
        at,
      },
    ],
    egress: [{ peers: [{ namespaceSelector: labels({}), at }], ports: [], at }],
    at,
  };
}

/** A cluster in memory, as the manifests of that size would give it. */
export function synthesizeCluster(size: ClusterSize, seed = 1): Cluster {
  const random = randomFrom(seed);
  const namespaces = new Map<string, Namespace>();
  for (let index = 0; index < size.namespaces; index++) {
    const name = `ns-${index}`;
    namespaces.set(name, {
      name,
      labels: { 'kubernetes.io/metadata.name': name, tier: index % 2 === 0 ? 'even' : 'odd' },
      at,
    });
  }
  const nodes: Node[] = Array.from({ length: 100 }, (_, index) => ({
    name: `node-${index}`,
    labels: {},
    addresses: [ipv4(0xc0a80000 + index + 1)],
    tunnelAddresses: [],
    subnets: [],
    podCidrs: [],
    at,
  }));
  return {
    ...EMPTY_CLUSTER,
    namespaces,
    nodes,
    pods: Array.from({ length: size.pods }, (_, index) => synthesizePod(index, size)),

    networkPolicies: Array.from({ length: size.policies }, (_, index) =>
      synthesizePolicy(index, size, random),
    ),
    assumptions: [],
    ignoredKinds: new Map(),
  };
}

/**
 * First packets among the first `hot` pods (and one in eight from outside), on ports that the policies name or nearly name. The same
 * seed draws the same packets for every policy set of the same cluster.
 */
export function synthesizePackets(cluster: Cluster, count: number, hot: number, seed = 2): FirstPacket[] {
  const random = randomFrom(seed);
  const pick = (): Address =>
    cluster.pods[Math.floor(random() * Math.min(hot, cluster.pods.length))]!.addresses[0]!;
  return Array.from({ length: count }, () => {
    const outside = random() < 0.125;
    return {
      source: outside ? ipv4((0x40000000 + Math.floor(random() * 1_000_000) * 64) >>> 0) : pick(),
      destination: pick(),
      protocol: random() < 0.9 ? 6 : 17,
      sourcePort: 32768 + Math.floor(random() * 28000),
      destinationPort: random() < 0.5 ? 8000 + Math.floor(random() * 12) : 1024 + Math.floor(random() * 8192),
    };
  });
}

/** The cluster's manifests as one JSON List, as kubectl prints it. */
export function clusterManifests(cluster: Cluster): string {
  const object = (apiVersion: string, kind: string, metadata: object, rest: object): object => ({
    apiVersion,
    kind,
    metadata,
    ...rest,
  });
  const peer = ({ podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer): object => ({
    ...(podSelector === undefined ? {} : { podSelector: { matchLabels: podSelector.matchLabels } }),
    ...(namespaceSelector === undefined
      ? {}
      : { namespaceSelector: { matchLabels: namespaceSelector.matchLabels } }),
    ...(ipBlock === undefined ? {} : { ipBlock: { cidr: formatCidr(ipBlock.cidr) } }),
  });
  const rules = (side: 'from' | 'to', list: readonly NetworkPolicyRule[]): object[] =>
    list.map(({ peers, ports }) => ({
      [side]: peers.map(peer),
      ports: ports.map(({ protocol, ...rest }) => ({
        protocol: protocolName(protocol).toUpperCase(),
        ...rest,
      })),
    }));
  const items = [
    ...[...cluster.namespaces.values()].map(({ name, labels: own }) =>
      object('v1', 'Namespace', { name, labels: own }, {}),
    ),
    ...cluster.nodes.map(({ name, addresses }) =>
      object(
        'v1',
        'Node',
        { name },
        {
          status: {
            addresses: addresses.map((address) => ({ type: 'InternalIP', address: formatAddress(address) })),
          },
        },
      ),
    ),
    ...cluster.pods.map((pod) =>
      object(
        'v1',
        'Pod',
        { name: pod.name, namespace: pod.namespace, labels: pod.labels },
        {
          spec: {
            nodeName: pod.nodeName,
            containers: [
              { name: 'main', ports: pod.ports.map(({ name, port }) => ({ name, containerPort: port })) },
            ],
          },
          status: {
            phase: pod.phase,
            podIPs: pod.addresses.map((address) => ({ ip: formatAddress(address) })),
          },
        },
      ),
    ),
    ...cluster.networkPolicies.map((policy) =>
      object(
        'networking.k8s.io/v1',
        'NetworkPolicy',
        { name: policy.name, namespace: policy.namespace },
        {
          spec: {
            podSelector: { matchLabels: policy.podSelector.matchLabels },
            policyTypes: policy.policyTypes.egress ? ['Ingress', 'Egress'] : ['Ingress'],
            ingress: rules('from', policy.ingress),
            ...(policy.policyTypes.egress ? { egress: rules('to', policy.egress) } : {}),
          },
        },
      ),
    ),
  ];
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}
