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

/**
 * Whether the ports of a tallied flow, or its ICMP type and code, were in the trace: a record that lacks them has zeros
 * (an echo reply, whose type and code are zeros too, is tallied as its request).
 */
export function isKnown({ sport, dport }: { readonly sport: number; readonly dport: number }): boolean {
  return sport !== 0 || dport !== 0;
}
