/** Policies of one copy: what they ask for is renamed, and those of the whole cluster are held to the copy's own endpoints. */
import type { AdminPeer, AdminPolicy, AdminRule, PodsSelected } from '../policy/api/admin-policy.ts';
import type { CalicoEntity, CalicoPolicy, CalicoProfile, CalicoRule } from '../policy/api/calico.ts';
import type { NetworkPolicy, NetworkPolicyPeer, NetworkPolicyRule } from '../policy/api/network-policy.ts';
import type { Selector } from '../selector/selector.ts';
import {
  copyLabelSelector,
  copySelector,
  type Renaming,
  renameValues,
  withinCopy,
  withinCopyLabels,
} from './copy-naming.ts';

/** A NetworkPolicy of Kubernetes; it governs pods of its own namespace only. */
export function copyNetworkPolicy(renaming: Renaming, policy: NetworkPolicy): NetworkPolicy {
  const peer = (one: NetworkPolicyPeer): NetworkPolicyPeer => {
    const { podSelector, namespaceSelector, ipBlock, at } = one;
    return {
      ...(podSelector === undefined ? {} : { podSelector: copyLabelSelector(renaming, podSelector) }),
      ...(namespaceSelector === undefined
        ? {}
        : { namespaceSelector: copyLabelSelector(renaming, namespaceSelector) }),
      ...(ipBlock === undefined
        ? {}
        : { ipBlock: { cidr: renaming.cidr(ipBlock.cidr), except: ipBlock.except.map(renaming.cidr) } }),
      at,
    };
  };
  const rules = (list: readonly NetworkPolicyRule[]): NetworkPolicyRule[] =>
    list.map((rule) => ({ ...rule, peers: rule.peers.map(peer) }));
  return {
    ...policy,
    namespace: renaming.name(policy.namespace),
    name: renaming.name(policy.name),
    podSelector: copyLabelSelector(renaming, policy.podSelector),
    ingress: rules(policy.ingress),
    egress: rules(policy.egress),
  };
}

function copyPods(renaming: Renaming, pods: PodsSelected): PodsSelected {
  const namespaceSelector =
    pods.namespaceSelector === undefined
      ? {}
      : { namespaceSelector: copyLabelSelector(renaming, pods.namespaceSelector) };
  return pods.kind === 'namespaces'
    ? { kind: 'namespaces', namespaceSelector: copyLabelSelector(renaming, pods.namespaceSelector) }
    : { kind: 'pods', ...namespaceSelector, podSelector: copyLabelSelector(renaming, pods.podSelector) };
}

/** Pods of the copy only; asked of the pods themselves, since not every pod has the labels of its namespace. */
function ownPods(renaming: Renaming, pods: PodsSelected): PodsSelected {
  const all = { matchLabels: {}, matchExpressions: [] };
  const { podSelector = all, ...copied } = { podSelector: undefined, ...copyPods(renaming, pods) };
  return { ...copied, kind: 'pods', podSelector: withinCopyLabels(renaming, podSelector) };
}

function copyAdminPeer(renaming: Renaming, peer: AdminPeer): AdminPeer {
  switch (peer.kind) {
    case 'networks':
      return { ...peer, networks: peer.networks.map(renaming.cidr) };
    case 'nodes':
      return { ...peer, nodeSelector: copyLabelSelector(renaming, peer.nodeSelector) };
    case 'namespaces':
    case 'pods':
      return { ...copyPods(renaming, peer), at: peer.at };
    default:
      return peer;
  }
}

/** A ClusterNetworkPolicy, AdminNetworkPolicy or BaselineAdminNetworkPolicy. */
export function copyAdminPolicy(renaming: Renaming, policy: AdminPolicy): AdminPolicy {
  const rules = (list: readonly AdminRule[]): AdminRule[] =>
    list.map((rule) => ({ ...rule, peers: rule.peers.map((peer) => copyAdminPeer(renaming, peer)) }));
  return {
    ...policy,
    name: renaming.name(policy.name),
    subject: ownPods(renaming, policy.subject),
    ingress: rules(policy.ingress),
    egress: rules(policy.egress),
  };
}

/** A peer's selector; where sets of other copies hold the copy's addresses, they are kept out, whatever it asks for. */
function copyPeerSelector(renaming: Renaming, selector: Selector): Selector {
  const copied = copySelector(renaming, selector);
  return renaming.areSetsAround ? withinCopy(renaming, copied) : copied;
}

/**
 * The endpoints that are asked for. Sets of other copies may satisfy what is asked of namespaces and service accounts, too; a list of
 * accounts that names none asks nothing, and means everybody.
 */
function copyEndpoints(
  renaming: Renaming,
  { selector, namespaceSelector, serviceAccounts }: CalicoEntity,
): Pick<CalicoEntity, 'selector'> {
  if (selector !== undefined) return { selector: copyPeerSelector(renaming, selector) };
  const areAccountsAsked =
    serviceAccounts?.selector !== undefined || (serviceAccounts?.names.length ?? 0) > 0;
  const isAsked = namespaceSelector !== undefined || areAccountsAsked;
  return renaming.areSetsAround && isAsked ? { selector: withinCopy(renaming, undefined) } : {};
}

function copyEntity(renaming: Renaming, entity: CalicoEntity): CalicoEntity {
  const { notSelector, namespaceSelector, serviceAccounts, service } = entity;
  const { name } = renaming;
  return {
    ...entity,
    nets: entity.nets.map(renaming.cidr),
    notNets: entity.notNets.map(renaming.cidr),
    ...copyEndpoints(renaming, entity),
    ...(notSelector === undefined ? {} : { notSelector: copyPeerSelector(renaming, notSelector) }),
    ...(namespaceSelector === undefined
      ? {}
      : { namespaceSelector: copySelector(renaming, namespaceSelector) }),
    ...(serviceAccounts === undefined
      ? {}
      : {
          serviceAccounts: {
            names: serviceAccounts.names.map(name),
            ...(serviceAccounts.selector === undefined
              ? {}
              : { selector: copySelector(renaming, serviceAccounts.selector) }),
          },
        }),
    ...(service === undefined
      ? {}
      : { service: { namespace: name(service.namespace), name: name(service.name) } }),
  };
}

function copyRules(
  renaming: Renaming,
  { ingress, egress }: CalicoPolicy['rules'],
): { ingress: CalicoRule[]; egress: CalicoRule[] } {
  const copied = (rules: readonly CalicoRule[]): CalicoRule[] =>
    rules.map((rule) => ({
      ...rule,
      source: copyEntity(renaming, rule.source),
      destination: copyEntity(renaming, rule.destination),
    }));
  return { ingress: copied(ingress), egress: copied(egress) };
}

/** A policy of Calico. Tiers are shared by all copies. */
export function copyCalicoPolicy(renaming: Renaming, policy: CalicoPolicy): CalicoPolicy {
  const { selector, namespaceSelector, serviceAccountSelector } = policy;
  const isGlobal = policy.namespace === '';
  const own = selector === undefined ? undefined : copySelector(renaming, selector);
  const governed = isGlobal ? withinCopy(renaming, own) : own;
  return {
    ...policy,
    namespace: renaming.name(policy.namespace),
    name: renaming.name(policy.name),
    ...(governed === undefined ? {} : { selector: governed }),
    ...(namespaceSelector === undefined
      ? {}
      : { namespaceSelector: copySelector(renaming, namespaceSelector) }),
    ...(serviceAccountSelector === undefined
      ? {}
      : { serviceAccountSelector: copySelector(renaming, serviceAccountSelector) }),
    rules: copyRules(renaming, policy.rules),
  };
}

/** A Profile object. */
export function copyProfile(renaming: Renaming, profile: CalicoProfile, name: string): CalicoProfile {
  return {
    ...profile,
    name,
    labelsToApply: renameValues(renaming, profile.labelsToApply),
    rules: copyRules(renaming, profile.rules),
  };
}
