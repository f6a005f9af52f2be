/**
 * NetworkPolicy → Policy of the model, in Calico's translation: tier `default`, order 1000, every rule an allow,
 * expanded into one rule a protocol (alphabetical: SCTP, TCP, UDP) and peer, numeric ports merged.
 *
 * Source: projectcalico/calico libcalico-go/lib/backend/k8s/conversion/conversion.go (K8sNetworkPolicyToCalico,
 * k8sRuleToCalico, k8sPeerToCalicoFields, SimplifyPorts).
 */
import type { Cidr } from '../../net/cidr.ts';
import type { PortRange } from '../../net/port.ts';
import { SCTP, TCP, UDP } from '../../net/protocol-layout.ts';
import type {
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
  NetworkPolicyRule,
} from '../api/network-policy.ts';
import type { Direction, EntityMatch, Policy, Rule } from '../policy.ts';
import { conjunction, inNamespace, namespaceSelector, podSelector } from './label-selector.ts';

/** Between them the ports of all three, in the order in which Calico expands them. */
const PROTOCOLS_BY_NAME = [SCTP, TCP, UDP] as const;

const DEFAULT_TIER = 'default';
const NETWORK_POLICY_ORDER = 1000;

/** The policy of the model that means the same. */
export function fromNetworkPolicy(policy: NetworkPolicy): Policy {
  return {
    kind: policy.staged === true ? 'StagedKubernetesNetworkPolicy' : 'NetworkPolicy',
    calicoKind: policy.staged === true ? 'StagedKubernetesNetworkPolicy' : 'KubernetesNetworkPolicy',
    namespace: policy.namespace,
    name: policy.name,
    tier: DEFAULT_TIER,
    order: NETWORK_POLICY_ORDER,
    staged: policy.staged === true,
    placement: 'normal',
    selector: conjunction([podSelector(policy.podSelector), inNamespace(policy.namespace)]),
    types: policy.policyTypes,
    rules: {
      // Rules of a direction that the types do not list are inert.
      ingress: policy.policyTypes.ingress ? expand(policy.ingress, 'ingress', policy.namespace) : [],
      egress: policy.policyTypes.egress ? expand(policy.egress, 'egress', policy.namespace) : [],
    },
    at: policy.at,
  };
}

/** A side of which nothing is asked. */
const ANY: EntityMatch = {};

function expand(rules: readonly NetworkPolicyRule[], direction: Direction, namespace: string): Rule[] {
  const expanded: Rule[] = [];
  for (const [index, rule] of rules.entries()) {
    for (const { protocol, ports } of portMatches(rule.ports)) {
      for (const peer of rule.peers.length === 0 ? [undefined] : rule.peers) {
        const peerMatch = peer === undefined ? ANY : peerMatchOf(peer, namespace);
        const source = direction === 'ingress' ? peerMatch : ANY;
        const destination =
          direction === 'ingress' ? ports : peerMatch === ANY ? ports : { ...peerMatch, ...ports };
        expanded.push({
          action: 'allow',
          match: protocol === undefined ? { source, destination } : { protocol, source, destination },
          index,
          calicoIndex: expanded.length,
          at: peer?.at ?? rule.at,
        });
      }
    }
  }
  return expanded;
}

function peerMatchOf(peer: NetworkPolicyPeer, namespace: string): EntityMatch {
  if (peer.ipBlock !== undefined) {
    const notNets: readonly Cidr[] = peer.ipBlock.except;
    return { nets: [peer.ipBlock.cidr], ...(notNets.length === 0 ? {} : { notNets }) };
  }
  const where =
    peer.namespaceSelector === undefined ? inNamespace(namespace) : namespaceSelector(peer.namespaceSelector);
  return { selector: conjunction([where, podSelector(peer.podSelector)]) };
}

interface PortMatch {
  /** Absent: any protocol. */
  readonly protocol?: number;
  readonly ports: Pick<EntityMatch, 'ports' | 'namedPorts'>;
}

/** One match a protocol; an entry without a port absorbs the other entries of its protocol. */
function portMatches(entries: readonly NetworkPolicyPort[]): PortMatch[] {
  if (entries.length === 0) return [{ ports: {} }];
  return PROTOCOLS_BY_NAME.flatMap((protocol) => {
    const own = entries.filter((entry) => entry.protocol === protocol);
    if (own.length === 0) return [];
    if (own.some(({ port }) => port === undefined)) return [{ protocol, ports: {} }];
    const namedPorts = own.flatMap(({ port }) => (typeof port === 'string' ? [port] : []));
    const ports = mergedRanges(
      own.flatMap(({ port, endPort }) =>
        typeof port === 'number' ? [{ first: port, last: endPort ?? port }] : [],
      ),
    );
    return [
      {
        protocol,
        ports: {
          ...(ports.length === 0 ? {} : { ports }),
          ...(namedPorts.length === 0 ? {} : { namedPorts: [...new Set(namedPorts)].sort() }),
        },
      },
    ];
  });
}

/** The fewest ranges that hold the same ports, ascending. */
export function mergedRanges(ranges: readonly PortRange[]): PortRange[] {
  const merged: { first: number; last: number }[] = [];
  for (const { first, last } of [...ranges].sort((a, b) => a.first - b.first)) {
    const previous = merged.at(-1);
    if (previous !== undefined && first <= previous.last + 1) previous.last = Math.max(previous.last, last);
    else merged.push({ first, last });
  }
  return merged;
}
