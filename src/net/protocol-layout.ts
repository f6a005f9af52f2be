// IP protocol numbers that the tables and the kernels know by name (IANA protocol numbers; RFC 5237).

export const ICMP = 1;
export const IPIP = 4;
export const TCP = 6;
export const UDP = 17;
export const ICMPV6 = 58;
export const SCTP = 132;
export const UDPLITE = 136;
