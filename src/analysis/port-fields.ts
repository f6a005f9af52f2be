/** What the port columns of a protocol's rows hold. */
import { ICMP, ICMPV6, SCTP, TCP, UDP, UDPLITE } from '../net/protocol-layout.ts';

/** Whether the protocol's packets carry ports. */
export function hasPorts(protocol: number): boolean {
  return protocol === TCP || protocol === UDP || protocol === SCTP || protocol === UDPLITE;
}

/** Whether the destination port column holds type and code. */
export function isIcmp(protocol: number): boolean {
  return protocol === ICMP || protocol === ICMPV6;
}
