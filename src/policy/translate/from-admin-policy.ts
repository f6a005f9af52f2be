/**
 * ClusterNetworkPolicy, AdminNetworkPolicy and BaselineAdminNetworkPolicy → Policy of the model: a tier of their own, the
 * priority as order, one rule a protocol and peer. A rule that cannot be translated fails closed: what allows is dropped,
 * what denies or passes denies everything.
 *
 * Source: projectcalico/calico libcalico-go/lib/backend/k8s/conversion/clusternetworkpolicy.go and, in 3.31,
 * adminnetworkpolicy_test.go beside it; kubernetes-sigs/network-policy-api apis/v1alpha1, apis/v1alpha2.
 */
import { sameAddress } from '../../net/address.ts';
import { hostCidr } from '../../net/cidr.ts';
import type { PortRange } from '../../net/port.ts';
import { SCTP, TCP, UDP } from '../../net/protocol-layout.ts';
import { selectorMatches } from '../../selector/match.ts';
import type { Selector } from '../../selector/selector.ts';
import type { AdminPeer, AdminPolicy, AdminPort, AdminRule, PodsSelected } from '../api/admin-policy.ts';
import type { LabelSelector } from '../api/network-policy.ts';
import type { Cluster } from '../cluster.ts';
import type { CniProfile } from '../cni/profile.ts';
import type { Direction, EntityMatch, Policy, Rule, RuleMatch } from '../policy.ts';
import { resolveDomains } from './domain-names.ts';
import { conjunction, labelTerms, namespaceSelector, podSelector } from './label-selector.ts';
import { mergedRanges } from './network-policy-ports.ts';

const EVERYTHING: LabelSelector = { matchLabels: {}, matchExpressions: [] };

const CALICO_KINDS = {
  ClusterNetworkPolicy: 'KubernetesClusterNetworkPolicy',
  AdminNetworkPolicy: 'KubernetesAdminNetworkPolicy',
  BaselineAdminNetworkPolicy: 'KubernetesBaselineAdminNetworkPolicy',
} as const;

/** No order is defined between the tiers of the two API versions; Calico has those of one version only. */
function tierOf({ kind, tier }: AdminPolicy): string {
  if (kind === 'ClusterNetworkPolicy') return tier === 'admin' ? 'kube-admin' : 'kube-baseline';
  return kind === 'AdminNetworkPolicy' ? 'adminnetworkpolicy' : 'baselineadminnetworkpolicy';
}

/** What a translation depends on. */
interface Context {
  readonly cluster: Pick<Cluster, 'nodes' | 'resolutions'>;
  readonly direction: Direction;
  /** `calico`: as Calico's conversion does it. */
  readonly by: CniProfile['adminPolicies'];
  /** v1alpha1 does not say for which protocols a port name stands. */
  readonly namesHaveProtocols: boolean;
}

/** The policy of the model that means the same under the profile. */
export function fromAdminPolicy(
  policy: AdminPolicy,
  cluster: Pick<Cluster, 'nodes' | 'resolutions'>,
  profile: Pick<CniProfile, 'adminPolicies'>,
): Policy {
  const { kind, name, priority, subject, at } = policy;
  const expand = (rules: readonly AdminRule[], direction: Direction): Rule[] => {
    const context: Context = {
      cluster,
      direction,
      by: profile.adminPolicies,
      namesHaveProtocols: kind === 'ClusterNetworkPolicy',
    };
    return rules
      .flatMap((rule, index) => expandRule(rule, index, context))
      .map((rule, calicoIndex) => ({ ...rule, calicoIndex }));
  };
  const ingress = expand(policy.ingress, 'ingress');
  const egress = expand(policy.egress, 'egress');
  return {
    kind,
    calicoKind: CALICO_KINDS[kind],
    namespace: '',
    name,
    tier: tierOf(policy),
    order: priority,
    staged: false,
    placement: 'normal',
    // The orchestrator's label keeps host endpoints out.
    selector: podsSelector(subject),
    types: { ingress: ingress.length > 0, egress: egress.length > 0 },
    rules: { ingress, egress },
    at,
  };
}

function podsSelector(selected: PodsSelected): Selector {
  const pods = selected.kind === 'pods' ? selected.podSelector : undefined;
  return conjunction([namespaceSelector(selected.namespaceSelector ?? EVERYTHING), podSelector(pods)]);
}

type Expanded = Omit<Rule, 'calicoIndex'>;

function expandRule(rule: AdminRule, index: number, context: Context): Expanded[] {
  const { action } = rule;
  const groups = rule.isUnusable ? undefined : portGroups(rule.ports, context);
  const peers = rule.peers.map((peer) => peerMatches(peer, context));
  if (groups === undefined || peers.some((matches) => matches === undefined))
    return action === 'allow'
      ? []
      : [{ action: 'deny', match: { source: {}, destination: {} }, index, at: rule.at }];
  return groups.flatMap((group) =>
    rule.peers.flatMap((peer, position) =>
      peers[position]!.map(
        (match): Expanded => ({ action, match: ruleMatch(group, match, context), index, at: peer.at }),
      ),
    ),
  );
}

function ruleMatch({ protocol, ports }: PortGroup, peer: EntityMatch, { direction }: Context): RuleMatch {
  const sides =
    direction === 'ingress'
      ? { source: peer, destination: ports }
      : { source: {}, destination: { ...peer, ...ports } };
  return { ...(protocol === undefined ? {} : { protocol }), ...sides };
}

/** No match: nothing is like the peer. Undefined: what the peer means is not known, or the CNI has no word for it. */
function peerMatches(peer: AdminPeer, { cluster, by }: Context): EntityMatch[] | undefined {
  switch (peer.kind) {
    case 'pods':
      return [{ selector: podsSelector(peer) }];
    case 'namespaces':
      // Without the orchestrator's label network sets match as well.
      return [{ selector: by === 'calico' ? namespaceSelector(peer.namespaceSelector) : podsSelector(peer) }];
    case 'networks':
      return peer.networks.length === 0 ? [] : [{ nets: peer.networks }];
    case 'nodes':
      return by === 'calico' ? undefined : nodeMatches(peer.nodeSelector, cluster);
    case 'domains': {
      if (by === 'calico') return undefined;
      const { addresses, unresolved } = resolveDomains(peer.names, cluster.resolutions);
      return [
        {
          ...(addresses.length === 0 ? {} : { nets: addresses.map(hostCidr) }),
          ...(unresolved.length === 0 ? {} : { unresolvedDomains: unresolved }),
        },
      ];
    }
    case 'unknown':
      return undefined;
  }
}

/** The addresses of status.addresses, not those that a CNI put on tunnel devices. */
function nodeMatches(selector: LabelSelector, { nodes }: Context['cluster']): EntityMatch[] {
  const asked = conjunction(labelTerms(selector, ''));
  const nets = nodes
    .filter(({ labels }) => selectorMatches(asked, labels))
    .flatMap(({ addresses, tunnelAddresses }) =>
      addresses
        .filter((address) => !tunnelAddresses.some((tunnel) => sameAddress(tunnel, address)))
        .map(hostCidr),
    );
  return nets.length === 0 ? [] : [{ nets }];
}

interface PortGroup {
  /** Absent: any protocol. */
  readonly protocol?: number;
  readonly ports: Pick<EntityMatch, 'ports' | 'namedPorts' | 'namedPortsAreOpen'>;
}

/** By name, as Calico sorts them; what has no protocol comes first. */
const PROTOCOLS_BY_NAME = [undefined, SCTP, TCP, UDP] as const;

/** One group a protocol; undefined where a port cannot be translated. */
function portGroups(given: readonly AdminPort[] | undefined, context: Context): PortGroup[] | undefined {
  if (given === undefined) return [{ ports: {} }];
  const { by, namesHaveProtocols } = context;
  if (by === 'calico' && given.some(({ ports }) => ports !== undefined && isEmpty(ports))) return undefined;
  // Calico gives a name without a protocol TCP; the API leaves open what it is for the others.
  const entries = namesHaveProtocols
    ? given
    : given.map((port) => (port.namedPort === undefined ? port : { ...port, protocol: TCP }));
  const groups = PROTOCOLS_BY_NAME.flatMap((protocol) => groupOf(protocol, entries));
  return by === 'calico' || namesHaveProtocols ? groups : [...groups, ...openGroups(given)];
}

const isEmpty = ({ first, last }: PortRange): boolean => first > last;

function namesOf(entries: readonly AdminPort[]): string[] {
  const names = entries.flatMap(({ namedPort }) => (namedPort === undefined ? [] : [namedPort]));
  return [...new Set(names)].sort();
}

/** An entry that names no port takes in all of its protocol. */
function groupOf(protocol: number | undefined, entries: readonly AdminPort[]): PortGroup[] {
  const own = entries.filter((entry) => entry.protocol === protocol);
  const asked = protocol === undefined ? {} : { protocol };
  if (own.some(({ ports, namedPort }) => ports === undefined && namedPort === undefined))
    return [{ ...asked, ports: {} }];
  const namedPorts = namesOf(own);
  const ports = mergedRanges(
    own.flatMap(({ ports: range }) => (range === undefined || isEmpty(range) ? [] : [range])),
  );
  if (ports.length + namedPorts.length === 0) return [];
  return [
    {
      ...asked,
      ports: {
        ...(ports.length === 0 ? {} : { ports }),
        ...(namedPorts.length === 0 ? {} : { namedPorts }),
      },
    },
  ];
}

/** A name may stand for ports of the other protocols too, if the container says so. */
function openGroups(given: readonly AdminPort[]): PortGroup[] {
  const namedPorts = namesOf(given);
  if (namedPorts.length === 0) return [];
  return [SCTP, UDP].map((protocol) => ({ protocol, ports: { namedPorts, namedPortsAreOpen: true } }));
}
