/**
 * What a Calico rule matches, a second time and in another way: selectors by surgery on their text, as Calico does it, and
 * sets of addresses spelled out object by object. Only for comparison with the translation into the model.
 *
 * Source: projectcalico/calico libcalico-go/lib/backend/syncersv1/updateprocessors/rules.go (getEndpointSelector),
 * felix/calc/rule_scanner.go (ruleToParsedRule), felix/rules/policy.go (FilterRuleToIPVersion, CalculateRuleMatch).
 */
import { type Address, sameAddress } from '../../src/net/address.ts';
import { cidrContains } from '../../src/net/cidr.ts';
import type { Labelled, ServiceEndpoint } from '../../src/policy/endpoints.ts';
import type { SeenPacket } from '../../src/policy/judge/seen-packet.ts';
import { selectorMatches } from '../../src/selector/match.ts';
import { cidr, type EntityText, selector } from './calico-parts.ts';

export interface SideText extends EntityText {
  readonly nets: readonly string[];
  readonly notNets: readonly string[];
  /** `80`, `80:90` or a name. */
  readonly ports: readonly string[];
  readonly notPorts: readonly string[];
  readonly service?: { readonly namespace: string; readonly name: string };
}

export interface RuleText {
  readonly ipVersion?: 4 | 6;
  /** A name of the API, or digits. */
  readonly protocol?: string;
  readonly notProtocol?: string;
  readonly icmp?: { readonly type: number; readonly code?: number };
  readonly notIcmp?: { readonly type: number; readonly code?: number };
  readonly source: SideText;
  readonly destination: SideText;
}

export interface Thing extends Labelled {
  readonly holds: (address: Address) => boolean;
}

export interface Surroundings {
  readonly things: readonly Thing[];
  /** By `namespace/name`. */
  readonly services: ReadonlyMap<string, readonly ServiceEndpoint[]>;
}

const NUMBERS: Readonly<Record<string, number>> = {
  ...{ TCP: 6, UDP: 17, ICMP: 1, ICMPv6: 58, SCTP: 132, UDPLite: 136 },
};

export const protocolOf = (text: string): number => NUMBERS[text] ?? Number(text);

/** In canonical text a label stands before an operator or in `has(`. */
function withPrefix(text: string, prefix: string): string {
  return text
    .replace(
      /(?<![\w"./-])(?!not in )([\w./-]+)(?= (?:==|!=|in|not in|contains|starts with|ends with) )/g,
      `${prefix}$1`,
    )
    .replace(/has\(/g, `has(${prefix}`);
}

/** The positive selector of a side as one text; empty when any address will do. */
export function positiveText(side: SideText, namespace: string): string {
  let namespaces = '';
  if (side.namespaceSelector !== undefined)
    namespaces = withPrefix(side.namespaceSelector, 'pcns.')
      .replaceAll('all()', 'has(projectcalico.org/namespace)')
      .replaceAll('global()', '!has(projectcalico.org/namespace)');
  else if (namespace !== '') namespaces = `projectcalico.org/namespace == '${namespace}'`;

  let accounts = withPrefix(side.serviceAccounts?.selector ?? '', 'pcsa.');
  const names = side.serviceAccounts?.names ?? [];
  if (names.length > 0) {
    const named = `projectcalico.org/serviceaccount in { '${names.join("', '")}' }`;
    accounts = accounts === '' ? named : `(${accounts}) && (${named})`;
  }
  const parts = [accounts, side.selector ?? ''].filter((part) => part !== '');
  const endpoints = parts.length === 2 ? `(${parts.join(') && (')})` : (parts[0] ?? '');
  const asks = endpoints !== '' || side.notSelector !== undefined || side.namespaceSelector !== undefined;
  if (namespaces === '' || !asks) return endpoints;
  return endpoints === '' ? namespaces : `(${namespaces}) && (${endpoints})`;
}

/** True when the rule, of a policy of the namespace, matches the packet. */
export function meaning(
  rule: RuleText,
  namespace: string,
  packet: SeenPacket,
  around: Surroundings,
): boolean {
  const { family } = packet.source.address;
  const forced = rule.protocol === 'ICMP' ? 4 : rule.protocol === 'ICMPv6' ? 6 : undefined;
  if ((rule.ipVersion ?? forced ?? family) !== family) return false;
  if (rule.protocol !== undefined && protocolOf(rule.protocol) !== packet.protocol) return false;
  if (rule.notProtocol !== undefined && protocolOf(rule.notProtocol) === packet.protocol) return false;
  const matchesIcmp = ({ type, code }: { type: number; code?: number }) =>
    packet.icmp?.type === type && (code === undefined || packet.icmp.code === code);
  if (rule.icmp !== undefined && !matchesIcmp(rule.icmp)) return false;
  if (rule.notIcmp !== undefined && matchesIcmp(rule.notIcmp)) return false;
  return (
    sideMatches(rule, 'source', namespace, packet, around) &&
    sideMatches(rule, 'destination', namespace, packet, around)
  );
}

function sideMatches(
  rule: RuleText,
  name: 'source' | 'destination',
  namespace: string,
  packet: SeenPacket,
  { things, services }: Surroundings,
): boolean {
  const side = rule[name];
  const { address, port } = packet[name];
  for (const list of [side.nets, side.notNets]) {
    const own = list.map(cidr).filter(({ network }) => network.family === address.family);
    if (list.length > 0 && own.length === 0) return false;
    if (list.length > 0 && own.some((net) => cidrContains(net, address)) !== (list === side.nets))
      return false;
  }

  let positive = positiveText(side, namespace);
  let negative = side.notSelector ?? '';
  if (positive !== '' && negative !== '') {
    positive = `(${positive}) && (!(${negative}))`;
    negative = '';
  }
  const inSet = (text: string): boolean =>
    things.some(({ holds, labels }) => holds(address) && selectorMatches(selector(text), labels));
  const numeric = (ports: readonly string[]): boolean =>
    port !== undefined &&
    ports.some((text) => {
      const [first, last] = text.split(':');
      return Number(first) <= port && port <= Number(last ?? first);
    });
  const named = (names: readonly string[]): boolean =>
    things.some(
      ({ holds, labels, namedPorts }) =>
        holds(address) &&
        selectorMatches(selector(positive), labels) &&
        namedPorts.some(
          (own) =>
            names.includes(own.name!) &&
            own.port === port &&
            own.protocol === packet.protocol &&
            (rule.protocol === undefined || protocolOf(rule.protocol) === own.protocol),
        ),
    );
  const isNumber = (text: string): boolean => /^\d/.test(text);
  const isName = (text: string): boolean => !isNumber(text);
  const asksSet = side.ports.some(isNumber) || !side.ports.some(isName);
  if (positive !== '' && asksSet && !inSet(positive)) return false;
  if (negative !== '' && inSet(negative)) return false;
  if (side.ports.length > 0 && !numeric(side.ports.filter(isNumber)) && !named(side.ports.filter(isName)))
    return false;
  if (numeric(side.notPorts.filter(isNumber)) || named(side.notPorts.filter(isName))) return false;
  if (side.service === undefined) return true;
  const members = services.get(`${side.service.namespace}/${side.service.name}`) ?? [];
  return members
    .filter((member) => sameAddress(member.address, address))
    .some(
      ({ ports }) =>
        name === 'source' || ports.some((own) => own.protocol === packet.protocol && own.port === port),
    );
}
