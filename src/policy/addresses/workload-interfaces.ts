/**
 * The host's interfaces of pods by name: what a capture that names its interfaces says about who sent a packet.
 *
 * Source: projectcalico/calico libcalico-go/lib/backend/k8s/conversion/workload_endpoint_default.go (VethNameForWorkload),
 * felix/rules/dispatch.go, felix/rules/static.go (the reverse-path check of workload interfaces).
 */
import { createHash } from 'node:crypto';
import type { World } from '../world.ts';

export interface WorkloadInterfaces {
  /** The endpoint's number by the name of its interface; undefined for a pod that may send from any address. */
  readonly owners: ReadonlyMap<string, number | undefined>;
  /** Names that begin so are pods' interfaces. */
  readonly prefixes: readonly string[];
  /** WorkloadEndpoints name every interface there is: one that they do not name drops everything. */
  readonly isComplete: boolean;
}

const HASH_DIGITS = 11;

/** As Calico names the host's end of a pod's pair of interfaces. */
export function interfaceName(prefix: string, namespace: string, pod: string): string {
  return prefix + createHash('sha1').update(`${namespace}.${pod}`).digest('hex').slice(0, HASH_DIGITS);
}

/** The interfaces of a world's pods; undefined where the CNI does not guard them. */
export function workloadInterfaces({ book, cluster, profile }: World): WorkloadInterfaces | undefined {
  if (profile.workloadInterfaces !== 'guarded') return undefined;
  const owners = new Map<string, number | undefined>();
  const { felix } = cluster;
  for (const { index, kind, namespace, name, nodeName, pod } of book.endpoints) {
    if (kind !== 'workload') continue;
    const { interfacePrefixes, workloadSourceSpoofing } = felix.byNode.get(nodeName) ?? felix.everywhere;
    const given = pod?.workloadEndpoint;
    const own = given?.interfaceName ?? interfaceName(interfacePrefixes[0]!, namespace, name);
    const maySpoof = workloadSourceSpoofing === 'Any' && (pod?.allowedSources?.length ?? 0) > 0;
    // Two pods of one interface name: nobody's packets can be told apart there.
    owners.set(own, maySpoof || owners.has(own) ? undefined : index);
  }
  const nodes = [felix.everywhere, ...felix.byNode.values()];
  return {
    owners,
    prefixes: [...new Set(nodes.flatMap(({ interfacePrefixes }) => interfacePrefixes))],
    isComplete: cluster.pods.some(({ workloadEndpoint }) => workloadEndpoint !== undefined),
  };
}
