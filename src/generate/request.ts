/** What `generate` is asked for: every number with its default, and which numbers do not fit together. */
import type { CaptureLimits } from './capture.ts';
import { NETWORKS_MAX } from './outside.ts';
import type { PolicySize } from './policy-set.ts';
import { type ClusterSize, NODES_MAX, PODS_PER_NODE_MAX } from './topology.ts';
import type { TrafficSize } from './traffic.ts';

/** What the user said; the rest follows. */
export type Wanted = Partial<
  Omit<ClusterSize, 'seed'> &
    PolicySize &
    Omit<TrafficSize, 'seed'> &
    CaptureLimits & { readonly seed: number }
>;

export interface Request {
  readonly cluster: ClusterSize;
  readonly policies: PolicySize;
  readonly traffic: TrafficSize;
  readonly limits: CaptureLimits;
}

export const PODS = 200;
const PODS_PER_NODE = 30;
const PODS_PER_NAMESPACE = 40;
const PODS_PER_POLICY = 5;
const FLOWS_PER_SECOND = 50;
/** Fewest pods that hold a caller, a callee and the cluster's DNS. */
const PODS_MIN = 4;

/** Fills in what was not said. */
export function requestOf(wanted: Wanted): Request {
  const { pods = PODS, flows = 1000, seed = 1 } = wanted;
  const nodes = wanted.nodes ?? Math.ceil(pods / PODS_PER_NODE);
  const namespaces = wanted.namespaces ?? 1 + Math.ceil(pods / PODS_PER_NAMESPACE);
  return {
    cluster: { pods, nodes, namespaces, seed },
    policies: {
      kind: wanted.kind ?? 'kubernetes',
      policies: wanted.policies ?? Math.ceil(pods / PODS_PER_POLICY),
      cidrs: wanted.cidrs ?? 100,
    },
    traffic: {
      flows,
      seconds: wanted.seconds ?? Math.max(1, flows / FLOWS_PER_SECOND),
      sizes: wanted.sizes ?? 'rpc',
      popularity: wanted.popularity ?? 1,
      stray: wanted.stray ?? 0.02,
      scans: wanted.scans ?? 0.002,
      through: wanted.through ?? 'pods',
      seed,
    },
    limits: {
      snapLength: wanted.snapLength ?? 65_535,
      packets: wanted.packets ?? Number.POSITIVE_INFINITY,
      bytes: wanted.bytes ?? Number.POSITIVE_INFINITY,
    },
  };
}

/** What does not fit together, in words; empty when all is well. */
export function requestProblems({ cluster, policies, traffic }: Request): string[] {
  const { pods, nodes, namespaces } = cluster;
  const rules: readonly (readonly [isWrong: boolean, problem: string])[] = [
    [pods < PODS_MIN, `${pods} pods, expected at least ${PODS_MIN}`],
    [nodes > NODES_MAX, `${nodes} nodes, expected at most ${NODES_MAX}`],
    [
      pods > nodes * PODS_PER_NODE_MAX,
      `${pods} pods on ${nodes} nodes, expected at most ${PODS_PER_NODE_MAX} a node`,
    ],
    [namespaces > pods, `${namespaces} namespaces for ${pods} pods, expected no more than pods`],
    [policies.cidrs > NETWORKS_MAX, `${policies.cidrs} CIDRs, expected at most ${NETWORKS_MAX}`],
    [policies.cidrs > 0 && policies.policies === 0, `${policies.cidrs} CIDRs and no policy that names them`],
    [traffic.stray + traffic.scans > 1, 'stray connections and scans are more than all connections'],
  ];
  return rules.filter(([isWrong]) => isWrong).map(([, problem]) => problem);
}
