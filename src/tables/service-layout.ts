// Virtual ports and their backends. Compiled by tsc and by asc alike.
//
// The virtual ports' section: word 0 is the number of slots less one (a power of two less one), rows begin at
// VIRTUAL_ROWS. Open addressing with linear probing from virtualSlot; a free row has the entry VIRTUAL_FREE.

export const VIRTUAL_ROWS = 64;
export const VIRTUAL_BYTES = 48;
export const VIRTUAL_FREE = 0xffffffff;
/** Address entry. */
export const VIRTUAL_ENTRY = 0;
/** protocol * 65536 + port. */
export const VIRTUAL_PORT = 4;
/** Number of the first backend. */
export const VIRTUAL_BACKENDS = 8;
export const VIRTUAL_COUNT = 12;
/** VIRTUAL_ flags. */
export const VIRTUAL_FLAGS = 16;
/** Node that a packet enters through, plus 1; 0 when it enters through none in particular. */
export const VIRTUAL_NODE = 20;
/** The next row of the same address, its number plus 1; 0 at the last one. */
export const VIRTUAL_NEXT = 24;
/** Four words. */
export const VIRTUAL_ADDRESS = 32;

/** A node port. */
export const VIRTUAL_NODE_PORT = 1;
/** Only backends on the source's node are taken, where the source has a node. */
export const VIRTUAL_INTERNAL_LOCAL = 2;
/** Only backends on the entry node are taken. */
export const VIRTUAL_EXTERNAL_LOCAL = 4;

export const BACKEND_BYTES = 32;
/** Address entry. */
export const BACKEND_ENTRY = 0;
export const BACKEND_PORT = 4;
/** Node, plus 1; 0 when unknown. */
export const BACKEND_NODE = 8;
/** Peer identity of the backend where its blocks of addresses are the virtual address's, plus 1; 0 where nothing asks. */
export const BACKEND_BEFORE = 12;
/** Four words. */
export const BACKEND_ADDRESS = 16;
