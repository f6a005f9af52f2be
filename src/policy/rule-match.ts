/**
 * Does a rule match a packet, as one hook sees it? Every field that is present must match, an absent one does not
 * constrain. The answer comes with the first field that failed, or with what matched, in words.
 *
 * Source: projectcalico/calico felix/calc/rule_scanner.go (ruleToParsedRule, extractSelectors), felix/rules/policy.go
 * (FilterRuleToIPVersion, CalculateRuleMatch), felix/labelindex/named_port_index.go.
 */
import { type Address, formatAddress } from '../net/address.ts';
import { type Cidr, cidrContains, formatCidr } from '../net/cidr.ts';
import type { PortRange } from '../net/port.ts';
import { protocolName } from '../net/protocol.ts';
import { selectorMatches } from '../selector/match.ts';
import type { CniProfile } from './cni/profile.ts';
import type { Endpoint } from './endpoints.ts';
import type { Direction, EntityMatch, RuleMatch } from './policy.ts';
import { selectorWords } from './selector-words.ts';

/** One side of a packet, after address translation. */
export interface SeenSide {
  readonly address: Address;
  /** The address that nets are compared with: another one only where a profile asks both ways. */
  readonly netAddress: Address;
  readonly holders: readonly Endpoint[];
  readonly port?: number;
  /** Nothing in the cluster has the address: names that are not resolved may stand for it. */
  readonly isUnheld?: boolean;
}

/** A packet as a hook sees it, all its fields known. */
export interface SeenPacket {
  readonly source: SeenSide;
  readonly destination: SeenSide;
  readonly protocol: number;
  readonly icmp?: { readonly type: number; readonly code: number };
}

export interface MatchContext {
  readonly direction: Direction;
  readonly profile: Pick<CniProfile, 'namedPortBehindIpBlock'>;
}

export interface MatchResult {
  readonly matched: 'yes' | 'no' | 'maybe';
  readonly why: string;
  /** With `maybe`: what leaves it open, names before an API. */
  readonly openBy?: 'names' | 'api';
}

type SideName = 'source' | 'destination';
const SIDES: readonly SideName[] = ['source', 'destination'];

/** Whether all fields of a rule hold; `maybe` where one is left open and the others hold. */
export function matchRule(match: RuleMatch, packet: SeenPacket, context: MatchContext): MatchResult {
  const absent = absentFromFamily(match, packet.destination.address.family);
  if (absent !== undefined) return no(absent);
  const protocol = protocolName(packet.protocol);
  if (match.protocol !== undefined && match.protocol !== packet.protocol)
    return no(`protocol is ${protocol}, the rule wants ${protocolName(match.protocol)}`);
  if (match.notProtocol !== undefined && match.notProtocol === packet.protocol)
    return no(`protocol is ${protocol}, which the rule excludes`);

  const held: string[] = match.protocol === undefined ? [] : [`protocol is ${protocol}`];
  let openBy: MatchResult['openBy'];
  for (const side of SIDES) {
    const result = matchSide(match, side, packet, context);
    if (result.matched === 'no') return result;
    if (openBy !== 'names') openBy = result.openBy ?? openBy;
    if (result.why !== '') held.push(result.why);
  }
  const icmp = matchIcmp(match, packet);
  if (icmp !== undefined) return no(icmp);
  if (openBy !== undefined) return { matched: 'maybe', why: held.join('; '), openBy };
  return { matched: 'yes', why: held.length === 0 ? 'the rule has no condition' : held.join('; ') };
}

function openByApi(why: string): MatchResult {
  return { matched: 'maybe', why, openBy: 'api' };
}

function no(why: string): MatchResult {
  return { matched: 'no', why };
}

/** Why the rule does not exist for packets of this family. */
function absentFromFamily(match: RuleMatch, family: 4 | 6): string | undefined {
  if (match.family !== undefined && match.family !== family)
    return `the packet is IPv${family}, the rule is for IPv${match.family}`;
  for (const side of SIDES) {
    const { nets = [], notNets = [], unresolvedDomains = [] } = match[side];
    for (const list of [unresolvedDomains.length > 0 ? [] : nets, notNets])
      if (list.length > 0 && list.every(({ network }) => network.family !== family))
        return `the packet is IPv${family}, the rule's addresses are IPv${family === 4 ? 6 : 4}`;
    if (notNets.some(({ network, prefixBits }) => network.family === family && prefixBits === 0))
      return `the rule excludes every IPv${family} ${side}`;
  }
  return undefined;
}

function matchSide(match: RuleMatch, side: SideName, packet: SeenPacket, context: MatchContext): MatchResult {
  const entity = match[side];
  const seen = packet[side];
  const held: string[] = [];
  const failed =
    failedNets(entity, side, seen, held) ??
    failedSelectors(entity, side, seen, held) ??
    failedNotPorts(entity, side, match, packet);
  if (failed !== undefined) return no(failed);
  const names = openNames(entity, side, seen);
  if (names === undefined) return matchPorts(match, side, packet, context, held);
  const result = matchPorts(match, side, packet, context, [...held, names]);
  return result.matched === 'no' ? result : { ...result, matched: 'maybe', openBy: 'names' };
}

const isIn = (nets: readonly Cidr[], { netAddress }: SeenSide): boolean =>
  nets.some((net) => cidrContains(net, netAddress));

/** Why it is not known whether the side is one of the names; undefined where it is, or no name is asked. */
function openNames(
  { nets = [], unresolvedDomains = [] }: EntityMatch,
  side: SideName,
  seen: SeenSide,
): string | undefined {
  if (unresolvedDomains.length === 0 || isIn(nets, seen)) return undefined;
  const names = unresolvedDomains.join(', ');
  return `${side} ${formatAddress(seen.netAddress)} may be an address of ${names}`;
}

function failedNets(entity: EntityMatch, side: SideName, seen: SeenSide, held: string[]): string | undefined {
  const { nets = [], notNets = [], unresolvedDomains = [] } = entity;
  const inside = nets.find((net) => cidrContains(net, seen.netAddress));
  const where = `${side} ${formatAddress(seen.netAddress)}`;
  if (unresolvedDomains.length > 0) {
    if (inside === undefined && seen.isUnheld !== true)
      return `${where} is an address of the cluster, not of ${unresolvedDomains.join(', ')}`;
  } else if (nets.length > 0 && inside === undefined) return `${where} is not in ${listOf(nets)}`;
  const excluded = notNets.find((net) => cidrContains(net, seen.netAddress));
  if (excluded !== undefined) return `${where} is in the excepted ${formatCidr(excluded)}`;
  if (inside !== undefined) held.push(`${where} is in ${formatCidr(inside)}`);
  return undefined;
}

/** As a peer an address is the union of its holders; both selectors together subtract holder by holder. */
function failedSelectors(
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
    return `${describe(side, excluded)} matches ${selectorWords(notSelector)}, which the rule excludes`;
  }
  const wanted =
    selectorWords(selector) + (notSelector === undefined ? '' : ` and not ${selectorWords(notSelector)}`);
  const found = seen.holders.find((holder) => isSelected(entity, holder));
  if (found !== undefined) {
    held.push(`${describe(side, found)} matches ${wanted}`);
    return undefined;
  }
  const first = seen.holders[0];
  return first === undefined
    ? `${side} ${formatAddress(seen.address)} is no pod, the rule wants ${wanted}`
    : `${describe(side, first)} does not match ${wanted}`;
}

function isSelected({ selector, notSelector }: EntityMatch, { labels }: Endpoint): boolean {
  if (selector === undefined) return true;
  return (
    selectorMatches(selector, labels) && (notSelector === undefined || !selectorMatches(notSelector, labels))
  );
}

function failedNotPorts(
  entity: EntityMatch,
  side: SideName,
  match: RuleMatch,
  packet: SeenPacket,
): string | undefined {
  const { port } = packet[side];
  if (port !== undefined && (entity.notPorts ?? []).some((range) => inRange(range, port)))
    return `${side} port ${port} is excluded`;
  const named = (entity.notNamedPorts ?? []).find((name) => resolves(name, entity, side, match, packet));
  return named === undefined ? undefined : `${side} port ${port} is ${named}, which the rule excludes`;
}

function matchPorts(
  match: RuleMatch,
  side: SideName,
  packet: SeenPacket,
  { direction, profile }: MatchContext,
  held: string[],
): MatchResult {
  const entity = match[side];
  const { ports = [], namedPorts = [], nets = [] } = entity;
  const { port, holders, address } = packet[side];
  if (ports.length === 0 && namedPorts.length === 0) return { matched: 'yes', why: held.join('; ') };
  if (port !== undefined && ports.some((range) => inRange(range, port)))
    return { matched: 'yes', why: [...held, `${side} port is ${port}`].join('; ') };
  const name = namedPorts.find((candidate) => resolves(candidate, entity, side, match, packet));
  if (name !== undefined) {
    const why = [...held, `${side} port ${port} is ${name}`].join('; ');
    // On egress the API does not say whether a name behind a block of addresses is resolved at all.
    if (nets.length > 0 && direction === 'egress' && profile.namedPortBehindIpBlock === 'unspecified')
      return openByApi(`${why}, and the API leaves open whether a name is resolved behind an ipBlock`);
    if (entity.namedPortsAreOpen === true)
      return openByApi(`${why}, and the API leaves open for which protocols a name stands`);
    return { matched: 'yes', why };
  }
  if (port === undefined) return no(`${protocolName(packet.protocol)} has no ports, the rule wants one`);
  const wanted = [...ports.map(rangeText), ...namedPorts].join(', ');
  const isOutside = ports.length === 0 && holders.length === 0;
  return no(
    isOutside
      ? `${side} ${formatAddress(address)} is no pod, so the port name ${wanted} means nothing there`
      : `${side} port ${port} is not ${wanted}`,
  );
}

/** Whether some holder of the address that the entity selects gives the name to the packet's protocol and port. */
function resolves(
  name: string,
  entity: EntityMatch,
  side: SideName,
  match: RuleMatch,
  packet: SeenPacket,
): boolean {
  if (match.protocol !== undefined && match.protocol !== packet.protocol) return false;
  return packet[side].holders.some(
    (holder) =>
      isSelected(entity, holder) &&
      holder.namedPorts.some(
        (named) =>
          named.name === name && named.protocol === packet.protocol && named.port === packet[side].port,
      ),
  );
}

function matchIcmp({ icmp, notIcmp }: RuleMatch, packet: SeenPacket): string | undefined {
  const seen = packet.icmp;
  const equals = (wanted: { type: number; code?: number }): boolean =>
    seen !== undefined &&
    wanted.type === seen.type &&
    (wanted.code === undefined || wanted.code === seen.code);
  const text = seen === undefined ? 'not ICMP' : `ICMP type ${seen.type} code ${seen.code}`;
  if (icmp !== undefined && !equals(icmp)) {
    const code = icmp.code === undefined ? '' : ` code ${icmp.code}`;
    return `the packet is ${text}, the rule wants type ${icmp.type}${code}`;
  }
  return notIcmp !== undefined && equals(notIcmp)
    ? `the packet is ${text}, which the rule excludes`
    : undefined;
}

function inRange({ first, last }: PortRange, port: number): boolean {
  return first <= port && port <= last;
}

function rangeText({ first, last }: PortRange): string {
  return first === last ? String(first) : `${first}-${last}`;
}

function listOf(nets: readonly Cidr[]): string {
  const shown = nets.slice(0, 3).map(formatCidr).join(', ');
  return nets.length > 3 ? `${shown} and ${nets.length - 3} more` : shown;
}

function describe(side: SideName, { namespace, name }: Endpoint): string {
  return `${side} ${namespace}/${name}`;
}
