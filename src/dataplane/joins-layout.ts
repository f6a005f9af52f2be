// Virtual addresses joined with their backends: what a service leads to counts as one side when a row's shard is chosen, so that
// copies of a packet from before and behind DNAT meet. Compiled by tsc and by asc alike; byte offsets.
//
// A hash table with linear probing: each virtual address and each backend with the number of its service, and again with each
// protocol and port that is served there. Services that share an address share a number.

/** u32, number of slots less one, a power of two less one. */
export const JOINS_MASK = 0;
export const JOINS_SLOTS = 64;

/** 4 x u32 */
export const JOIN_ADDRESS = 0;
/** u32, protocol * 65536 + port; 0 for the address itself. */
export const JOIN_KEY = 16;
/** u32, number of the service, from 1 on; 0 where the slot is free. */
export const JOIN_SERVICE = 20;
export const JOIN_BYTES = 32;
