/**
 * A random cluster with all that Calico and the cluster-wide APIs know: on top of what `cluster.ts` draws, resources
 * as manifests would give them, so that their translation into the one model is part of what is compared.
 */
import { cidrOf } from '../../src/net/cidr.ts';
import type { Cluster, Node, Pod } from '../../src/policy/cluster.ts';
import { DOMAINS, drawAdminPolicies } from './admin-policies.ts';
import { drawFelix, drawHostEndpoints, drawIpPools, drawNetworkSets } from './calico-objects.ts';
import { drawCalicoPolicies, drawProfiles, drawTiers } from './calico-policies.ts';
import { address, drawCluster } from './cluster.ts';
import type { Random } from './mulberry.ts';
import { drawCidr, drawNetworkPolicies } from './network-policies.ts';

/** Addresses on tunnel devices and the networks that nodes stand in; some nodes say neither. */
function withNetworks(draw: Random, node: Node, index: number): Node {
  const tunnel = draw.chance(0.5) ? [address(`10.1.0.${2 + 4 * index}`)] : [];
  const prefix = draw.pick([24, 24, 32]);
  const first = node.addresses[0]!;
  return {
    ...node,
    addresses: [...node.addresses, ...tunnel],
    tunnelAddresses: tunnel,
    subnets: draw.chance(0.7) ? [cidrOf(first, prefix)] : [],
  };
}

/** Some pods also have a WorkloadEndpoint, which may name other profiles than pods have. */
function withWorkloadEndpoint(draw: Random, pod: Pod): Pod {
  if (pod.hostNetwork || !draw.chance(0.2)) return pod;
  const profiles = draw.pick([
    undefined,
    undefined,
    [],
    ['custom'],
    [`kns.${pod.namespace}`, 'custom'],
    ['missing'],
  ]);
  return {
    ...pod,
    workloadEndpoint: {
      interfaceName: `cali${pod.name}`,
      orchestrator: draw.pick(['k8s', 'k8s', 'openstack']),
      ...(profiles === undefined ? {} : { profiles }),
    },
    ...(draw.chance(0.2) ? { allowedSources: [drawCidr(draw)] } : {}),
  };
}

/** What is drawn beside pods, nodes, services and Calico's policies. */
export interface Features {
  /** ClusterNetworkPolicy, AdminNetworkPolicy, BaselineAdminNetworkPolicy. */
  readonly admin: boolean;
  readonly hosts: boolean;
}

/** Everything at once; `features` leaves kinds out, so that the others meet more often. */
export function drawCalicoCluster(draw: Random, features: Features): Cluster {
  const plain = drawCluster(draw, (namespaces) =>
    drawNetworkPolicies(draw, namespaces)
      .slice(0, draw.below(4))
      .map((policy) => (draw.chance(0.2) ? { ...policy, staged: true } : policy)),
  );
  const namespaces = [...plain.namespaces.keys()];
  const nodes = plain.nodes.map((node, index) => withNetworks(draw, node, index));
  const hostEndpoints = features.hosts ? drawHostEndpoints(draw, nodes) : [];
  const services = [...plain.services, { namespace: namespaces[0]!, name: 'nothing' }];
  return {
    ...plain,
    nodes,
    pods: plain.pods.map((pod) => withWorkloadEndpoint(draw, pod)),
    calicoPolicies: drawCalicoPolicies(
      draw,
      { namespaces, services, hasHosts: hostEndpoints.length > 0 },
      hostEndpoints.length > 0 ? 14 : 8,
    ),
    tiers: drawTiers(draw),
    networkSets: drawNetworkSets(draw, namespaces),
    profiles: drawProfiles(draw, services),
    adminPolicies: features.admin ? drawAdminPolicies(draw) : [],
    resolutions: features.admin
      ? draw.some(DOMAINS, 0.5).map((name) => ({
          name,
          address: address(draw.pick(['192.0.2.1', '203.0.113.9', '10.1.0.5', '2001:db8::1'])),
        }))
      : [],
    hostEndpoints,
    ipPools: features.hosts || draw.chance(0.3) ? drawIpPools(draw) : [],
    felix: drawFelix(draw, nodes),
  };
}
