// Rows of what is known of an address, as a peer and as a subject. Compiled by tsc and by asc alike.
// Eight u32 words a row; a row is half a cache line.

export const ENTRY_BYTES = 32;
/** Peer identity: which values the rules' predicates have at the address. Counts from 0 in each family. */
export const ENTRY_IDENTITY = 0;
/** The endpoint that owns the address, plus 1; 0 without. */
export const ENTRY_OWNER = 4;
/** The owner's node, plus 1; 0 when unknown. */
export const ENTRY_OWNER_NODE = 8;
/** The node whose own address this is, plus 1; 0 when it is none's. */
export const ENTRY_NODE = 12;
/** ENTRY_ flags. */
export const ENTRY_FLAGS = 16;
/** Program of packets from the owner, plus 1; 0 without an owner. */
export const ENTRY_EGRESS = 20;
/** Program of packets to the owner, plus 1. */
export const ENTRY_INGRESS = 24;

/** The address's first row among the virtual ports, plus 1; 0 without. */
export const ENTRY_FIRST_VIRTUAL = 28;

/** Some (protocol, port) of the address is rewritten to backends. */
export const ENTRY_VIRTUAL = 1;
/** The node of the address, or its owner's node, has host hooks. */
export const ENTRY_HOST = 2;
/** The owner's node drops what its pods send to it (DefaultEndpointToHostAction). */
export const ENTRY_TO_HOST_DROPPED = 4;
/** An IP pool of workloads holds the address. */
export const ENTRY_POOL = 8;
/** The owner's packets leave its node with the node's address, when they go to no pool. */
export const ENTRY_NAT_OUTGOING = 16;
/** But not when they go to nodes. */
export const ENTRY_NAT_EXCLUDES_NODES = 32;
/** Packets between nodes for the address are encapsulated: always, or where the nodes' networks differ. */
export const ENTRY_TUNNEL = 64;
export const ENTRY_TUNNEL_ACROSS = 128;
/** Felix lets pass to policy what connection tracking calls invalid, on the node of the address or of its owner. */
export const ENTRY_INVALID_PASSES = 256;
