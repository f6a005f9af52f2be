// What kernels ask of a protocol's number.

import {
  DISCOVERY_FIRST,
  DISCOVERY_LAST,
  DISCOVERY_REPORT,
  ICMP,
  ICMPV6,
  SCTP,
  TCP,
  UDP,
  UDPLITE,
} from '../../net/protocol-layout';

/** True for protocols whose packets say what their connection is only by type: ICMP and ICMPv6. */
export function isIcmp(protocol: u32): bool {
  return protocol === ICMP || protocol === ICMPV6;
}

/** True for protocols whose packets begin with a source and a destination port. */
export function hasPorts(protocol: u32): bool {
  return protocol === TCP || protocol === UDP || protocol === SCTP || protocol === UDPLITE;
}

/** Neighbour discovery and multicast listener discovery, which no data plane tracks or polices. */
export function isDiscovery(protocol: u32, type: u32): bool {
  if (protocol !== ICMPV6) return false;
  return (type >= <u32>DISCOVERY_FIRST && type <= <u32>DISCOVERY_LAST) || type === DISCOVERY_REPORT;
}
