/** What a suggested object does beside letting the flow through: whom else it lets through, and whom it isolates. */
import { formatAddress } from '../../net/address.ts';
import { isIcmp, protocolName } from '../../net/protocol.ts';
import { countOf } from '../../output/quantity.ts';
import { podName } from '../../policy/addresses/address-book.ts';
import type { Pod } from '../../policy/cluster.ts';
import type { World } from '../../policy/world.ts';
import type { WorkloadSelector } from '../workload-selector.ts';
import type { ObjectParts, Selected } from './objects.ts';
import type { Place } from './opening.ts';

/** Others that the same labels take, named up to these many. */
const NAMED_MOST = 3;

function podsText({ namespace, workload, pods, others }: WorkloadSelector): string {
  const name = `${namespace}/${workload.name}`;
  const own = workload.kind === 'Pod' ? name : `${countOf(pods.length, 'pod')} of ${workload.kind} ${name}`;
  if (others.length === 0) return own;
  const named = others.slice(0, NAMED_MOST).map(podName).join(', ');
  const more = others.length > NAMED_MOST ? ` and ${others.length - NAMED_MOST} more` : '';
  return `${own} (and ${named}${more}, which have the same labels)`;
}

function peerText({ peer, other }: Selected): string {
  if (other !== undefined) return podsText(other);
  const address = formatAddress(peer.address);
  if (peer.kind === 'pod')
    return `${address}, the address of ${podName(peer.pod)}, which no labels name here`;
  return peer.node === ''
    ? address
    : `${address}, an address of node ${peer.node}: everything there that uses it`;
}

/** What is let through, in words of the rule's API: where it has none for a protocol, everything is. */
function trafficText({ protocol, ports, icmp }: Selected, { kind }: Place): string {
  const name = protocolName(protocol);
  if (ports !== undefined) {
    const { first, last } = ports;
    return first === last ? `${name} ${first}` : `${name} ${first}-${last}`;
  }
  const hasWord = kind === 'CalicoNetworkPolicy' || (kind === 'CiliumNetworkPolicy' && isIcmp(protocol));
  if (!hasWord) return `every protocol and port (${kind} has no word for ${name} alone)`;
  return icmp === undefined ? name : `${name} type ${icmp.type}`;
}

/** A sentence a rule. */
export function opensText({ rules, place }: ObjectParts): string[] {
  return rules.map((rule) => {
    const [from, to] =
      rule.direction === 'ingress'
        ? [peerText(rule), podsText(rule.own)]
        : [podsText(rule.own), peerText(rule)];
    return `${trafficText(rule, place)} from ${from} to ${to}`;
  });
}

/** Pods of the object that its tier does not govern yet in a direction of its rules. */
export function isolatedPods({ rules, place }: ObjectParts, { book, resolved }: World): string[] {
  const isAdmin = place.kind === 'AdminNetworkPolicy' || place.kind === 'ClusterNetworkPolicy';
  if (isAdmin || (place.kind === 'CalicoNetworkPolicy' && place.passes)) return [];
  const tier = place.kind === 'CalicoNetworkPolicy' ? place.tier : 'default';
  const { own } = rules[0];
  const taken = new Set<Pod>([...own.pods, ...own.others]);
  const directions = new Set(rules.map(({ direction }) => direction));
  const isOpen = (endpoint: World['book']['endpoints'][number]): boolean =>
    [...directions].some(
      (direction) => !resolved.governing(endpoint, direction).tiers.some((one) => one.tier.name === tier),
    );
  return book.endpoints
    .filter(
      (endpoint) => endpoint.kind === 'workload' && endpoint.pod !== undefined && taken.has(endpoint.pod),
    )
    .filter(isOpen)
    .map(({ pod }) => podName(pod!));
}
