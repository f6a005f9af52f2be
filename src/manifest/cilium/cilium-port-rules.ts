/**
 * toPorts and icmps of Cilium's rules. Layer 7 is checked as far as it says something of ports, and else kept in words.
 *
 * Source: cilium/cilium pkg/policy/api/{l4,icmp,rule_validation}.go.
 */
import { ICMP, ICMPV6, SCTP, TCP, UDP } from '../../net/protocol-layout.ts';
import type { CiliumIcmp, CiliumPort } from '../../policy/api/cilium.ts';
import type { Cursor } from '../cursor.ts';
import { ICMP_TYPES, ICMPV6_TYPES } from './cilium-icmp-types.ts';
import { readPortText } from './cilium-values.ts';

const MOST_PORTS = 40;
const LAYER_7 = ['http', 'kafka', 'dns', 'l7proto', 'l7'];

/** ICMP's types are its ports; ANY is no protocol in particular. */
const PROTOCOLS = { ANY: undefined, TCP, UDP, SCTP, ICMP, ICMPv6: ICMPV6 } as const;
type ProtocolWord = keyof typeof PROTOCOLS;

/** What a rule asks below and beyond layer 4. */
export interface PortRules {
  readonly entries: readonly CiliumPort[];
  readonly icmps: readonly CiliumIcmp[];
  readonly beyond: readonly string[];
}

export interface PortPlace {
  readonly isIngress: boolean;
  readonly isDeny: boolean;
}

/** Upper and lower case mean the same; ANY where nothing is written. */
function readProtocolWord(cursor: Cursor): ProtocolWord | undefined {
  if (!cursor.isPresent || cursor.value === '') return 'ANY';
  const words = Object.keys(PROTOCOLS) as ProtocolWord[];
  const { value } = cursor;
  const found = words.find((word) => typeof value === 'string' && word.toUpperCase() === value);
  return found ?? cursor.oneOf(words, 'manifest/bad-protocol');
}

interface ReadPort {
  readonly word: ProtocolWord;
  readonly port: number | string;
  readonly endPort?: number;
}

function readPort(item: Cursor): ReadPort | undefined {
  if (!item.isMapping()) return undefined;
  item.onlyFields(['port', 'endPort', 'protocol'], { name: 'write the name as port' });
  const word = readProtocolWord(item.field('protocol'));
  const port = readPortText(item.field('port'));
  const endPort = item.field('endPort').integer();
  if (endPort !== undefined && (endPort < 0 || endPort > 65_535))
    item.field('endPort').error('manifest/bad-end-port', `found the endPort ${endPort}, expected 0 to 65535`);
  if (word === undefined || port === undefined) return undefined;
  return { word, port, ...(endPort === undefined ? {} : { endPort }) };
}

/** A range that ends where it begins, or before, is its first port; 0 is every port unless a range begins there. */
function portOf({ word, port, endPort = 0 }: ReadPort): CiliumPort {
  const protocol = PROTOCOLS[word];
  const asked = protocol === undefined ? {} : { protocol };
  if (typeof port === 'string') return { ...asked, port };
  if (port === 0 && (endPort === 0 || endPort === 65_535)) return asked;
  return { ...asked, port, ...(endPort > port ? { endPort } : {}) };
}

/** What is asked of requests and of TLS. */
function readBeyond(rule: Cursor, ports: readonly ReadPort[], { isIngress }: PortPlace): string[] {
  const rules = rule.field('rules');
  if (rules.isPresent && rules.isMapping()) rules.onlyFields(LAYER_7);
  const asked = LAYER_7.filter((name) => rules.field(name).isPresent);
  const isDns = asked.includes('dns');
  if (isDns && isIngress)
    rules.field('dns').error('manifest/bad-layer', 'dns rules are for egress alone', { on: 'key' });
  if (asked.length > 0 && ports.some(({ port }) => port === 0))
    rules.error('manifest/bad-layer', 'rules of layer 7 need a port, and 0 is every port', { on: 'key' });
  if (asked.length > 0 && !isDns && ports.some(({ word }) => word !== 'TCP'))
    rules.error('manifest/bad-layer', `${asked[0]} rules need ports with protocol: TCP`, { on: 'key' });
  const words = asked.map((name) => `${name === 'l7' ? 'l7proto' : name} rules`);
  const others = ['listener', 'terminatingTLS', 'originatingTLS', 'serverNames'];
  return [...new Set([...words, ...others.filter((name) => rule.field(name).isPresent)])];
}

/** The items of toPorts; one without ports lets nothing through. */
export function readPortRules(list: Cursor, place: PortPlace): PortRules {
  const entries: CiliumPort[] = [];
  const icmps: CiliumIcmp[] = [];
  const beyond = new Set<string>();
  const fields = place.isDeny
    ? ['ports']
    : ['ports', 'rules', 'listener', 'terminatingTLS', 'originatingTLS', 'serverNames'];
  for (const item of list.items()) {
    if (item.isPresent && !item.isMapping()) continue;
    item.onlyFields(fields, {
      port: 'port stands in an item of ports',
      protocol: 'protocol stands in an item of ports',
      ...(place.isDeny ? { rules: 'what denies has no rules of layer 7' } : {}),
    });
    const ports = item.field('ports').items();
    if (ports.length > MOST_PORTS)
      item
        .field('ports')
        .error('manifest/list-length', `found ${ports.length} ports, at most ${MOST_PORTS} are allowed`, {
          on: 'key',
        });
    if (ports.length === 0)
      item.warn('manifest/empty-item', `${item.name} has no ports: it matches nothing`, {
        hint: 'to match every port leave toPorts out',
      });
    const read = ports.map(readPort).filter((port) => port !== undefined);
    if (!place.isDeny) for (const word of readBeyond(item, read, place)) beyond.add(word);
    for (const port of read) {
      if (port.word === 'ICMP' || port.word === 'ICMPv6') {
        const type = typeof port.port === 'number' ? port.port : 0;
        icmps.push({ family: port.word === 'ICMP' ? 4 : 6, type });
      } else entries.push(portOf(port));
    }
  }
  return { entries, icmps, beyond: [...beyond] };
}

function readType(cursor: Cursor, family: 4 | 6): number | undefined {
  if (!cursor.isPresent) {
    cursor.error('manifest/missing-field', 'a field of icmps has no type');
    return undefined;
  }
  const value = cursor.integerOrString();
  if (value === undefined) return undefined;
  const names = family === 4 ? ICMP_TYPES : ICMPV6_TYPES;
  const number = typeof value === 'number' || /^\d+$/.test(value) ? Number(value) : names.get(value);
  if (number !== undefined && number <= 255 && number >= 0) return number;
  const version = family === 4 ? 'ICMP' : 'ICMPv6';
  cursor.error('manifest/bad-icmp', `${version} has no type ${JSON.stringify(value)}`, {
    hint:
      typeof value === 'string' && (family === 4 ? ICMPV6_TYPES : ICMP_TYPES).has(value)
        ? `write family: ${family === 4 ? 'IPv6' : 'IPv4'} beside it`
        : `known: 0 to 255, ${[...names.keys()].slice(0, 6).join(', ')}, ...`,
  });
  return undefined;
}

/** The types of `icmps`, all items together. */
export function readIcmps(list: Cursor): CiliumIcmp[] {
  return list.items().flatMap((item) => {
    if (item.isPresent && !item.isMapping()) return [];
    item.onlyFields(['fields'], { type: 'type stands in an item of fields' });
    return item
      .field('fields')
      .items()
      .flatMap((field): CiliumIcmp[] => {
        if (!field.isMapping()) return [];
        field.onlyFields(['family', 'type']);
        const word = field.field('family').oneOf(['IPv4', 'IPv6'], 'manifest/unknown-value');
        const family = word === 'IPv6' ? 6 : 4;
        const type = readType(field.field('type'), family);
        return type === undefined ? [] : [{ family, type }];
      });
  });
}
