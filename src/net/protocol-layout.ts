// Numbers of protocols that tables and kernels know by name (IANA protocol numbers; RFC 5237). Compiled by tsc and by asc alike.

export const ICMP = 1;
export const IPIP = 4;
export const TCP = 6;
export const UDP = 17;
export const GRE = 47;
export const ICMPV6 = 58;
export const SCTP = 132;
export const UDPLITE = 136;

/** UDP port of VXLAN (RFC 7348). */
export const VXLAN_PORT = 4789;

/** ICMPv6 types of multicast listener and neighbour discovery, first and last, and version 2's report behind them. */
export const DISCOVERY_FIRST = 130;
export const DISCOVERY_LAST = 137;
export const DISCOVERY_REPORT = 143;
