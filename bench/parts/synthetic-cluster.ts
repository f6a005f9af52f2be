/** Pods and a node by the number of their address: what clusters of rule benchmarks are made of. All are on one node. */
import type { Address } from '#src/net/address.js';
import type { Cluster, Pod } from '#src/policy/cluster.js';

/** Where all of it is said to stand. */
export const at = { file: 'synthetic', line: 1, column: 1 };

const NODE = 'node';
const NODE_ADDRESS = 0xc0a80001;

/** `word` is the address in network order. */
export const ipv4 = (word: number): Address => ({ family: 4, words: [word >>> 0, 0, 0, 0] });

export const podOf = (namespace: string, address: number, labels: Pod['labels']): Pod => ({
  namespace,
  name: `pod-${address}`,
  labels,
  serviceAccount: 'default',
  workload: { kind: 'Deployment', name: 'synthetic' },
  addresses: [ipv4(address)],
  synthetic: false,
  hostNetwork: false,
  nodeName: NODE,
  phase: 'Running',
  startedSeconds: 0,
  deleting: false,
  ready: true,
  ports: [],
  at,
});

export const SYNTHETIC_NODES: Cluster['nodes'] = [
  {
    name: NODE,
    labels: {},
    addresses: [ipv4(NODE_ADDRESS)],
    tunnelAddresses: [],
    subnets: [],
    podCidrs: [],
    at,
  },
];
