/** Policies of Cilium of one copy, and the groups of blocks that they name. */
import type {
  CiliumCidrGroup,
  CiliumPeer,
  CiliumPolicy,
  CiliumRule,
  CiliumSpec,
} from '../policy/api/cilium.ts';
import type { LabelSelector } from '../policy/api/network-policy.ts';
import { CILIUM_CLUSTER_LABEL, copyLabels, type Renaming, withinCopyLabels } from './copy-naming.ts';

/** Labels that are the same for everybody: those of identities that are no pods', and the cluster's name. */
const isShared = (key: string): boolean => key.startsWith('reserved:') || key.endsWith(CILIUM_CLUSTER_LABEL);

function copySelectorOf({ name }: Renaming, { matchLabels, matchExpressions }: LabelSelector): LabelSelector {
  const labels = Object.entries(matchLabels).map(([key, value]) => [
    key,
    isShared(key) ? value : name(value),
  ]);
  return {
    matchLabels: Object.fromEntries(labels),
    matchExpressions: matchExpressions.map((one) =>
      isShared(one.key) ? one : { ...one, values: one.values.map(name) },
    ),
  };
}

function copyPeer(renaming: Renaming, peer: CiliumPeer): CiliumPeer {
  switch (peer.kind) {
    case 'endpoints':
    case 'nodes':
      return { ...peer, selector: copySelectorOf(renaming, peer.selector) };
    case 'cidr':
      return { ...peer, cidr: renaming.cidr(peer.cidr), except: peer.except.map(renaming.cidr) };
    case 'cidr-group':
      return { ...peer, name: renaming.name(peer.name), except: peer.except.map(renaming.cidr) };
    case 'cidr-groups':
      return {
        ...peer,
        // Groups of other copies may hold the copy's addresses.
        selector: withinCopyLabels(renaming, copySelectorOf(renaming, peer.selector)),
        except: peer.except.map(renaming.cidr),
      };
    case 'service':
      return { ...peer, name: renaming.name(peer.name), ...copyNamespace(renaming, peer) };
    case 'services':
      return {
        ...peer,
        selector: copySelectorOf(renaming, peer.selector),
        ...copyNamespace(renaming, peer),
      };
    default:
      return peer;
  }
}

const copyNamespace = (
  { name }: Renaming,
  { namespace }: { readonly namespace?: string },
): { readonly namespace?: string } => (namespace === undefined ? {} : { namespace: name(namespace) });

/** A CiliumNetworkPolicy, or a clusterwide one held to the copy's own pods. */
export function copyCiliumPolicy(renaming: Renaming, policy: CiliumPolicy): CiliumPolicy {
  const rules = (list: readonly CiliumRule[]): CiliumRule[] =>
    list.map((rule) =>
      rule.peers === undefined
        ? rule
        : { ...rule, peers: rule.peers.map((peer) => copyPeer(renaming, peer)) },
    );
  const subject = (selector: LabelSelector): LabelSelector => {
    const copied = copySelectorOf(renaming, selector);
    return policy.namespace === '' ? withinCopyLabels(renaming, copied) : copied;
  };
  const spec = (one: CiliumSpec): CiliumSpec => ({
    ...one,
    ...(one.endpointSelector === undefined ? {} : { endpointSelector: subject(one.endpointSelector) }),
    ingress: rules(one.ingress),
    ingressDeny: rules(one.ingressDeny),
    egress: rules(one.egress),
    egressDeny: rules(one.egressDeny),
  });
  return {
    ...policy,
    namespace: renaming.name(policy.namespace),
    name: renaming.name(policy.name),
    specs: policy.specs.map(spec),
  };
}

/** A group with blocks of its own. */
export function copyCidrGroup(renaming: Renaming, group: CiliumCidrGroup): CiliumCidrGroup {
  return {
    ...group,
    name: renaming.name(group.name),
    labels: copyLabels(renaming, group.labels),
    cidrs: group.cidrs.map(renaming.cidr),
  };
}
