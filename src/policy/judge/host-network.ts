/**
 * Host-network pods under a profile that leaves them open: the NetworkPolicy API allows to treat them as any pod, and to
 * see only their node. Cluster-wide policies never see them.
 *
 * Source: kubernetes/website content/en/docs/concepts/services-networking/network-policies.md, "NetworkPolicy and
 * hostNetwork pods".
 */
import { selectorMatches } from '../../selector/match.ts';
import { effectiveLabelsOf } from '../addresses/effective-labels.ts';
import type { Pod } from '../cluster.ts';
import type { FirstPacket } from '../decision.ts';
import type { AddressFacts, Endpoint } from '../endpoints.ts';
import type { Direction } from '../policy.ts';
import type { World } from '../world.ts';
import { holdsNetworkPolicies } from './ties.ts';

/** Whether a side is such a pod by name, and a policy isolates it or the other side. */
export function isOpenForHostNetwork(
  packet: FirstPacket,
  source: AddressFacts,
  destination: AddressFacts,
  world: World,
): boolean {
  const { sourceHostNetworkPod: from, destinationHostNetworkPod: to } = packet;
  if (
    from !== undefined &&
    (selects(from, 'egress', world) || isIsolated(destination.owner, 'ingress', world))
  )
    return true;
  return to !== undefined && (selects(to, 'ingress', world) || isIsolated(source.owner, 'egress', world));
}

function isIsolated(endpoint: Endpoint | undefined, direction: Direction, { resolved }: World): boolean {
  return endpoint !== undefined && resolved.governing(endpoint, direction).tiers.some(holdsNetworkPolicies);
}

/** Whether some enforced policy would isolate the pod if it were seen as one. */
function selects(pod: Pod, direction: Direction, { cluster, profile, resolved }: World): boolean {
  const { labels } = effectiveLabelsOf(cluster, profile.podLabels)(pod);
  return resolved.policies.some(
    (policy) =>
      holdsNetworkPolicies({ policies: [policy] }) &&
      policy.types[direction] &&
      selectorMatches(policy.selector, labels),
  );
}
