/**
 * The values of Calico's API: nets, ports, protocols, selectors. Each reader reports what the API refuses, where it stands,
 * and leaves it out.
 *
 * Source: projectcalico/calico libcalico-go/lib/validator/v3/validator.go, api/pkg/lib/numorstring, and the validation
 * rules of api/pkg/apis/projectcalico/v3/policy_common.go.
 */
import { parseAddress } from '../../net/address.ts';
import { type Cidr, formatCidr, hostCidr, parseCidr } from '../../net/cidr.ts';
import type { PortRange } from '../../net/port.ts';
import { hasPolicyPorts } from '../../net/protocol.ts';
import { ICMP, ICMPV6, SCTP, TCP, UDP, UDPLITE } from '../../net/protocol-layout.ts';
import { parseSelector } from '../../selector/parse.ts';
import type { Selector } from '../../selector/selector.ts';
import type { Cursor } from '../cursor.ts';

const LONGEST_SELECTOR = 1024;
const PORT_NAME = /^[a-zA-Z0-9_.-]{1,128}$/;
const HIGHEST_PORT = 65535;

/** By the names of the API; all are case-sensitive. */
const PROTOCOLS = { TCP, UDP, ICMP, ICMPv6: ICMPV6, SCTP, UDPLite: UDPLITE } as const;
type ProtocolWord = keyof typeof PROTOCOLS;
const PROTOCOL_WORDS = Object.keys(PROTOCOLS) as ProtocolWord[];

/** A list that the API keeps short. */
export function checkLength(list: Cursor, most: number, noun: string): void {
  const count = Array.isArray(list.value) ? list.value.length : 0;
  if (count > most)
    list.error('manifest/list-length', `found ${count} ${noun}, at most ${most} are allowed`, { on: 'key' });
}

/** A number of any size, fractions included. */
export function readOrder(cursor: Cursor): number | undefined {
  return cursor.number();
}

/** IPv4 addresses that are written as IPv6 are IPv4 to Go's net package, and so to Calico. */
function unmapped({ network, prefixBits }: Cidr): Cidr {
  const { family, words } = network;
  const isMapped =
    family === 6 && words[0] === 0 && words[1] === 0 && words[2] === 0xffff && prefixBits >= 96;
  return isMapped
    ? { network: { family: 4, words: [words[3], 0, 0, 0] }, prefixBits: prefixBits - 96 }
    : { network, prefixBits };
}

/**
 * A block or an address. `masked`: bits behind the prefix are refused, as in rules and pools; `loose`: they are masked
 * away, as in network sets.
 */
export function parseNet(text: string, strictness: 'masked' | 'loose'): Cidr | { readonly problem: string } {
  if (!text.includes('/')) {
    const address = parseAddress(text);
    if (address !== undefined) return unmapped(hostCidr(address));
  }
  const result = parseCidr(text);
  if ('problem' in result) return result;
  const { cidr, oddities } = result;
  if (oddities.length > 0) {
    if (oddities.includes('leading-zeros'))
      return { problem: 'numbers with leading zeros are not decimal to everyone' };
    if (strictness === 'masked' && oddities.includes('host-bits'))
      return { problem: `it has bits set behind its prefix (the block is ${formatCidr(cidr)})` };
    return unmapped(cidr);
  }
  return cidr;
}

/** One net; undefined when absent or reported. */
export function readNet(cursor: Cursor, strictness: 'masked' | 'loose'): Cidr | undefined {
  if (!cursor.isPresent) cursor.error('manifest/bad-cidr', 'found nothing, expected a CIDR or an address');
  const text = cursor.string();
  if (text === undefined) return undefined;
  const net = parseNet(text, strictness);
  if (!('problem' in net)) return net;
  cursor.error('manifest/bad-cidr', `${JSON.stringify(text)} is no CIDR and no address: ${net.problem}`);
  return undefined;
}

/**
 * All nets of a list that may hold hundreds of thousands: no object is made for an item but its block, and those that are
 * wrong are looked at again to say where they stand.
 */
export function readManyNets(list: Cursor): Cidr[] {
  if (!Array.isArray(list.value)) {
    list.items();
    return [];
  }
  const nets: Cidr[] = [];
  const wrong: number[] = [];
  for (let index = 0; index < list.value.length; index++) {
    const text: unknown = list.value[index];
    const net = typeof text === 'string' ? parseNet(text, 'loose') : undefined;
    if (net === undefined || 'problem' in net) wrong.push(index);
    else nets.push(net);
  }
  for (const index of wrong) readNet(list.item(index), 'loose');
  return nets;
}

function rangeOf(cursor: Cursor, first: number, last: number): PortRange | undefined {
  const outside = [first, last].find((port) => port < 1 || port > HIGHEST_PORT);
  if (outside !== undefined) {
    cursor.error('manifest/bad-port', `found the port ${outside}, expected 1 to ${HIGHEST_PORT}`);
    return undefined;
  }
  if (first <= last) return { first, last };
  cursor.error('manifest/bad-port', `the range begins with ${first}, behind its end ${last}`, {
    hint: `write "${last}:${first}"`,
  });
  return undefined;
}

/** A number, a range `"80:90"` or a name. */
function readPort(cursor: Cursor): PortRange | string | undefined {
  if (!cursor.isPresent)
    cursor.error('manifest/bad-port', 'found nothing, expected a port, a range "80:90" or a name');
  const port = cursor.integerOrString();
  if (port === undefined) return undefined;
  if (typeof port === 'number') return rangeOf(cursor, port, port);
  const range = /^(\d+)(?::(\d+))?$/.exec(port);
  if (range !== null) return rangeOf(cursor, Number(range[1]), Number(range[2] ?? range[1]));
  if (PORT_NAME.test(port)) {
    if (/^\d+-\d+$/.test(port))
      cursor.warn('manifest/odd-port', `${JSON.stringify(port)} is the name of a port, not a range`, {
        hint: `for the range write "${port.replace('-', ':')}"`,
      });
    return port;
  }
  cursor.error(
    'manifest/bad-port-name',
    `found the port ${JSON.stringify(port)}, expected a number, a range "80:90" or a name of letters, digits, "_", "." and "-"`,
  );
  return undefined;
}

/** `ports` or `notPorts` of a rule's side. */
export function readPorts(list: Cursor): (PortRange | string)[] {
  checkLength(list, 50, 'ports');
  return list
    .items()
    .map(readPort)
    .filter((port) => port !== undefined);
}

/** The name of a port of an endpoint. */
export function readPortName(cursor: Cursor): string | undefined {
  const name = cursor.string();
  if (name === undefined || PORT_NAME.test(name)) return name;
  cursor.error(
    'manifest/bad-port-name',
    `found the port name ${JSON.stringify(name)}, expected at most 128 letters, digits, "_", "." and "-"`,
  );
  return undefined;
}

export interface CalicoProtocol {
  readonly number: number;
  /** The name ICMP or ICMPv6 fixes the family, the number does not. */
  readonly fixesFamily?: 4 | 6;
}

/** A name or a number 1..255; undefined when absent or reported. */
export function readCalicoProtocol(cursor: Cursor): CalicoProtocol | undefined {
  const protocol = cursor.integerOrString();
  if (protocol === undefined) return undefined;
  if (typeof protocol === 'number' || /^\d+$/.test(protocol)) {
    const number = Number(protocol);
    if (number >= 1 && number <= 255) return { number };
    cursor.error(
      'manifest/bad-protocol',
      `found the protocol ${protocol}, expected 1 to 255 or ${PROTOCOL_WORDS.join(', ')}`,
    );
    return undefined;
  }
  const word = cursor.oneOf(PROTOCOL_WORDS, 'manifest/bad-protocol');
  if (word === undefined) return undefined;
  const number = PROTOCOLS[word];
  if (word === 'ICMP') return { number, fixesFamily: 4 };
  return word === 'ICMPv6' ? { number, fixesFamily: 6 } : { number };
}

/** The protocol of an endpoint's named port: one that has ports. */
export function readPortProtocol(cursor: Cursor): number | undefined {
  const protocol = readCalicoProtocol(cursor);
  if (protocol === undefined || hasPolicyPorts(protocol.number)) return protocol?.number;
  cursor.error(
    'manifest/bad-protocol',
    `found the protocol ${String(cursor.value)}, expected one that has ports: TCP, UDP, SCTP`,
  );
  return undefined;
}

/** Where `global()` may stand: nowhere, alone (`namespaceSelector` of a rule), or it is not looked at. */
type GlobalRule = 'never' | 'alone' | 'unchecked';

const GLOBAL_ALONE = /^[ \t]*global\([ \t]*\)[ \t]*$/;

/** A selector; undefined when absent, empty or reported. */
export function readSelector(cursor: Cursor, global: GlobalRule): Selector | undefined {
  const text = cursor.string();
  if (text === undefined || text === '') return undefined;
  if ([...text].length > LONGEST_SELECTOR)
    cursor.error(
      'manifest/bad-selector',
      `the selector is ${[...text].length} characters long, at most ${LONGEST_SELECTOR} are allowed`,
    );
  const result = parseSelector(text);
  if ('problem' in result) {
    cursor.errorWithin(result.column, 'manifest/bad-selector', `in the selector: ${result.problem}`, {
      hint: selectorHint(text),
    });
    return undefined;
  }
  const column = text.indexOf('global(') + 1;
  if (column > 0 && global === 'never')
    cursor.errorWithin(
      column,
      'manifest/bad-selector',
      'global() can only stand in namespaceSelector of a rule',
    );
  if (column > 0 && global === 'alone' && !GLOBAL_ALONE.test(text))
    cursor.errorWithin(column, 'manifest/bad-selector', 'global() cannot be combined with other selectors');
  return result.selector;
}

/** What people write who know other languages of selectors. */
function selectorHint(text: string): string | undefined {
  const single = /^\s*([\w./-]+)\s*[=:]\s*['"]?([\w.-]*)['"]?\s*$/.exec(text);
  if (single !== null) return `write ${single[1]} == '${single[2]}'`;
  return /[^=!]=[^=]/.test(text) ? 'labels are compared with ==' : undefined;
}
