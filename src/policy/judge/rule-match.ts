/**
 * Does a rule match a packet, as one hook sees it? Every field that is present must match, an absent one does not
 * constrain. The answer comes with the first field that failed, or with what matched, in words.
 *
 * Source: projectcalico/calico felix/calc/rule_scanner.go (ruleToParsedRule, extractSelectors), felix/rules/policy.go
 * (FilterRuleToIPVersion, CalculateRuleMatch), felix/labelindex/named_port_index.go.
 */
import { formatAddress } from '../../net/address.ts';
import type { PortRange } from '../../net/port.ts';
import { protocolName } from '../../net/protocol.ts';
import type { OpenChoice } from '../open-choice.ts';
import type { EntityMatch, RuleMatch } from '../policy.ts';
import {
  failedNets,
  failedNode,
  failedSelectors,
  failedService,
  isSelected,
  openNames,
} from './peer-match.ts';
import type { MatchContext, MatchResult, SeenPacket, SideName } from './seen-packet.ts';

const SIDES: readonly SideName[] = ['source', 'destination'];

/** Whether all fields of a rule hold; `maybe` where one is left open and the others hold. */
export function matchRule(match: RuleMatch, packet: SeenPacket, context: MatchContext): MatchResult {
  const absent = absentFromFamily(match, packet.destination.address.family);
  if (absent !== undefined) return no(absent);
  const protocol = protocolName(packet.protocol);
  if (match.protocol !== undefined && match.protocol !== packet.protocol)
    return no(`protocol is ${protocol}, the rule wants ${protocolName(match.protocol)}`);
  if (match.notProtocols?.includes(packet.protocol) === true)
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

function openByApi(why: string, openBy: OpenChoice): MatchResult {
  return { matched: 'maybe', why, openBy };
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
    failedNode(entity, side, seen, context, held) ??
    failedSelectors(entity, side, seen, held) ??
    failedService(entity, side, packet, context, held) ??
    failedNotPorts(entity, side, match, packet);
  if (failed !== undefined) return no(failed);
  const names = openNames(entity, side, seen);
  if (names === undefined) return matchPorts(match, side, packet, context, held);
  const result = matchPorts(match, side, packet, context, [...held, names]);
  return result.matched === 'no' ? result : { ...result, matched: 'maybe', openBy: 'names' };
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
      return openByApi(
        `${why}, and the API leaves open whether a name is resolved behind an ipBlock`,
        'name-behind-block',
      );
    if (entity.namedPortsAreOpen === true)
      return openByApi(
        `${why}, and the API leaves open for which protocols a name stands`,
        'protocols-of-a-name',
      );
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
