// Nodes as packets meet them on their way: what their host endpoints say, whose address masqueraded packets carry.
// Compiled by tsc and by asc alike.
//
// u32 word 0: the number of nodes; their rows begin at byte HOSTS_ROWS, in the order of the nodes' numbers. Behind them
// own maps and lists of networks. Offsets are bytes from the section's start, 0 for what is not there.
//
// An own map leads from the identity of a host's own side (the destination where packets come in, the source where they
// leave) to the program that is specialised to it. It is a row as a program's (program-layout.ts): its cells, one column
// a row, are numbers of programs, and its port maps change wherever those of one of the programs do.

export const HOSTS_ROWS = 64;
export const HOST_BYTES = 256;
/** Address entries of masqueraded packets, plus 1; 0 without. */
export const HOST_MASQUERADE4 = 0;
export const HOST_MASQUERADE6 = 4;
/** Byte offset of the list of the node's networks: how many, then a number for each; 0 when none is known. */
export const HOST_NETWORKS4 = 8;
export const HOST_NETWORKS6 = 12;
/** 1 for nodes of the cluster, 0 for names that only pods mention. */
export const HOST_IS_KNOWN = 16;
/** Byte offsets of own maps: by family, then host hook, then interface. */
export const HOST_MAPS = 64;

/** Words of one family's maps. */
export const HOST_MAPS_FAMILY = 21;
/** The first host hook; hooks count from it. */
export const HOST_HOOK_FIRST = 3;
export const HOST_HOOKS = 7;
/** The interface that leads to other nodes and outside, the tunnel device between nodes, those of pods. */
export const INTERFACE_MAIN = 0;
export const INTERFACE_TUNNEL = 1;
export const INTERFACE_PODS = 2;
export const INTERFACES = 3;
