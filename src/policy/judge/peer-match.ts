/**
 * Who is at one side of a packet: its address against a rule's blocks, names, selectors and service. Each answers with
 * why it failed, or notes what held.
 *
 * Source: projectcalico/calico felix/calc/rule_scanner.go (extractSelectors), felix/serviceindex/serviceindex.go.
 */
import { type Address, formatAddress, sameAddress } from '../../net/address.ts';
import { type Cidr, cidrContains, formatCidr } from '../../net/cidr.ts';
import { protocolName } from '../../net/protocol.ts';
import { selectorMatches } from '../../selector/match.ts';
import type { Labelled } from '../endpoints.ts';
import type { EntityMatch } from '../policy.ts';
import { selectorWords } from '../translate/selector-words.ts';
import type { MatchContext, SeenPacket, SeenSide, SideName } from './seen-packet.ts';

/** Whether a block holds a side. */
const holds = (net: Cidr, { netAddress, isWorld }: SeenSide): boolean =>
  isWorld === true
    ? net.prefixBits === 0 && net.network.family === netAddress.family
    : cidrContains(net, netAddress);

const isIn = (nets: readonly Cidr[], seen: SeenSide): boolean => nets.some((net) => holds(net, seen));

/** Why it is not known whether the side is one of the names; undefined where it is, or no name is asked. */
export function openNames(
  { nets = [], unresolvedDomains = [] }: EntityMatch,
  side: SideName,
  seen: SeenSide,
): string | undefined {
  if (unresolvedDomains.length === 0 || isIn(nets, seen)) return undefined;
  const names = unresolvedDomains.join(', ');
  return `${side} ${formatAddress(seen.netAddress)} may be an address of ${names}`;
}

export function failedNets(
  entity: EntityMatch,
  side: SideName,
  seen: SeenSide,
  held: string[],
): string | undefined {
  const { nets = [], notNets = [], unresolvedDomains = [] } = entity;
  const inside = nets.find((net) => holds(net, seen));
  const where = `${side} ${formatAddress(seen.netAddress)}${seen.isWorld === true ? ', somebody of the world,' : ''}`;
  if (unresolvedDomains.length > 0) {
    if (inside === undefined && seen.isUnheld !== true)
      return `${where} is an address of the cluster, not of ${unresolvedDomains.join(', ')}`;
  } else if (nets.length > 0 && inside === undefined) return `${where} is not in ${listOf(nets)}`;
  if (entity.isOutside === true && seen.isUnheld !== true)
    return `${where} is an address of the cluster, ${inside === undefined ? 'not of the world outside' : 'which blocks of addresses do not match'}`;
  if (entity.isOutside === true && inside === undefined && unresolvedDomains.length === 0)
    held.push(`${where} is outside of the cluster`);
  const excluded = notNets.find((net) => holds(net, seen));
  if (excluded !== undefined) return `${where} is in the excepted ${formatCidr(excluded)}`;
  if (inside !== undefined) held.push(`${where} is in ${formatCidr(inside)}`);
  return undefined;
}

export function failedNode(
  { node }: EntityMatch,
  side: SideName,
  { address, nodeName }: SeenSide,
  { nodeName: own }: MatchContext,
  held: string[],
): string | undefined {
  if (node === undefined) return undefined;
  const where = `${side} ${formatAddress(address)}`;
  if (nodeName === undefined) return `${where} is no node's address`;
  const isOwn = nodeName === own;
  if (isOwn !== (node === 'own'))
    return `${where} is node ${nodeName}, ${isOwn ? "the pod's own" : "not the pod's own"}`;
  held.push(`${where} is node ${nodeName}, ${isOwn ? "the pod's own" : "another than the pod's"}`);
  return undefined;
}

/** As a peer an address is the union of its holders; both selectors together subtract holder by holder. */
export function failedSelectors(
  entity: EntityMatch,
  side: SideName,
  seen: SeenSide,
  held: string[],
): string | undefined {
  const { selector, notSelector } = entity;
  if (selector === undefined) {
    const excluded = seen.holders.find(
      ({ labels }) => notSelector !== undefined && selectorMatches(notSelector, labels),
    );
    if (notSelector === undefined || excluded === undefined) return undefined;
    return `${describe(side, seen.address, excluded)} matches ${selectorWords(notSelector)}, which the rule excludes`;
  }
  const wanted =
    selectorWords(selector) + (notSelector === undefined ? '' : ` and not ${selectorWords(notSelector)}`);
  const found = seen.holders.find((holder) => isSelected(entity, holder));
  if (found !== undefined) {
    held.push(`${describe(side, seen.address, found)} matches ${wanted}`);
    return undefined;
  }
  const first = seen.holders[0];
  return first === undefined
    ? `${side} ${formatAddress(seen.address)} ${isNobody(wanted)}, the rule wants ${wanted}`
    : `${describe(side, seen.address, first)} does not match ${wanted}`;
}

/** As a source a service is its endpoints' addresses, as a destination their addresses and ports. */
export function failedService(
  { service }: EntityMatch,
  side: SideName,
  packet: SeenPacket,
  { book }: MatchContext,
  held: string[],
): string | undefined {
  if (service === undefined) return undefined;
  const { address, port, isWorld } = packet[side];
  if (service.namespace === '')
    return `service ${service.name} has no namespace in the rule, which names no service at all`;
  const key = `${service.namespace}/${service.name}`;
  const endpoints = (book.serviceEndpoints.get(key) ?? []).filter(
    (endpoint) => isWorld !== true && sameAddress(endpoint.address, address),
  );
  const where = `${side} ${formatAddress(address)}`;
  if (endpoints.length === 0) return `${where} is no endpoint of service ${key}`;
  const isPort = endpoints.some(({ ports }) =>
    ports.some((each) => each.protocol === packet.protocol && each.port === port),
  );
  if (side === 'destination' && !isPort) {
    const asked = port === undefined ? '' : ` ${port}`;
    return `${where} is an endpoint of service ${key}, but not at ${protocolName(packet.protocol)}${asked}`;
  }
  held.push(`${where} is an endpoint of service ${key}`);
  return undefined;
}

function isNobody(wanted: string): string {
  return /^(any pod|pods)\b/.test(wanted) ? 'is no pod' : 'is no endpoint and in no network set';
}

/** Whether the entity's selectors take the holder. */
export function isSelected({ selector, notSelector }: EntityMatch, { labels }: Labelled): boolean {
  if (selector === undefined) return true;
  return (
    selectorMatches(selector, labels) && (notSelector === undefined || !selectorMatches(notSelector, labels))
  );
}

function listOf(nets: readonly Cidr[]): string {
  const shown = nets.slice(0, 3).map(formatCidr).join(', ');
  return nets.length > 3 ? `${shown} and ${nets.length - 3} more` : shown;
}

/** `source shop/web`, `destination 10.9.0.7 in network set prod/api`, `source 10.0.0.1 of host endpoint n1`. */
function describe(side: SideName, address: Address, { kind, namespace, name }: Labelled): string {
  const full = namespace === '' ? name : `${namespace}/${name}`;
  switch (kind) {
    case 'workload':
      return `${side} ${full}`;
    case 'host':
      return `${side} ${formatAddress(address)} of host endpoint ${full}`;
    case 'network-set':
      return `${side} ${formatAddress(address)} in ${namespace === '' ? 'global network set' : 'network set'} ${full}`;
  }
}
