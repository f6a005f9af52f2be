// How a name stands in a column of addresses: [NAME_FIRST, hash, hash, NAME_LAST]. No packet has such an address: IPv4 leaves
// the last three words 0, and in IPv6 it is multicast of a scope that is reserved. Compiled by tsc and by asc alike.

export const NAME_FIRST = 0xfffffffe;
export const NAME_LAST = 0x6e616d65;
