/** IP protocols: names, as /etc/protocols and the field spell them, in lower case; and what their packets carry. */
import { ICMP, ICMPV6, IPIP, SCTP, TCP, UDP, UDPLITE } from './protocol-layout.ts';

/** The first name of a number is the one printed. Source: IANA, Assigned Internet Protocol Numbers. */
const NAMES: readonly (readonly [string, number])[] = [
  ['tcp', TCP],
  ['udp', UDP],
  ['sctp', SCTP],
  ['icmp', ICMP],
  ['icmpv6', ICMPV6],
  ['icmp6', ICMPV6],
  ['ipv6-icmp', ICMPV6],
  ['udplite', UDPLITE],
  ['udp-lite', UDPLITE],
  ['hopopt', 0],
  ['igmp', 2],
  ['ipip', IPIP],
  ['ipencap', IPIP],
  ['ip-in-ip', IPIP],
  ['egp', 8],
  ['igp', 9],
  ['dccp', 33],
  ['ipv6', 41],
  ['ipv6-route', 43],
  ['ipv6-frag', 44],
  ['rsvp', 46],
  ['gre', 47],
  ['esp', 50],
  ['ah', 51],
  ['ipv6-nonxt', 59],
  ['ipv6-opts', 60],
  ['eigrp', 88],
  ['ospf', 89],
  ['etherip', 97],
  ['pim', 103],
  ['ipcomp', 108],
  ['vrrp', 112],
  ['l2tp', 115],
  ['isis', 124],
  ['mobility-header', 135],
  ['mpls-in-ip', 137],
  ['hip', 139],
];

const NUMBER_BY_NAME: ReadonlyMap<string, number> = new Map(NAMES);
const NAME_BY_NUMBER: ReadonlyMap<number, string> = new Map(
  [...NAMES].reverse().map(([name, number]) => [number, name]),
);

/** The IANA number of a name in any case; undefined when the name is not known. */
export function protocolNumber(name: string): number | undefined {
  return NUMBER_BY_NAME.get(name) ?? NUMBER_BY_NAME.get(name.toLowerCase());
}

/** The lower-case name, or the number's digits when it has no common name. */
export function protocolName(number: number): string {
  return NAME_BY_NUMBER.get(number) ?? String(number);
}

const API_NAMES: ReadonlyMap<number, string> = new Map([
  [TCP, 'TCP'],
  [UDP, 'UDP'],
  [SCTP, 'SCTP'],
  [ICMP, 'ICMP'],
  [ICMPV6, 'ICMPv6'],
  [UDPLITE, 'UDPLite'],
]);

/** The name as the APIs of policies spell it: `TCP`, `ICMPv6`; undefined for protocols that they know by number alone. */
export function apiProtocolName(number: number): string | undefined {
  return API_NAMES.get(number);
}

/** True for the protocols whose ports a rule can name, and whose flows need a destination port. */
export function hasPolicyPorts(protocol: number): boolean {
  return protocol === TCP || protocol === UDP || protocol === SCTP;
}

/** True for the protocols whose packets begin with a source and a destination port. */
export function carriesPorts(protocol: number): boolean {
  return hasPolicyPorts(protocol) || protocol === UDPLITE;
}

/** True for ICMP and ICMPv6, whose packets say what they are by type and code. */
export function isIcmp(protocol: number): boolean {
  return protocol === ICMP || protocol === ICMPV6;
}
