// Longest prefix match from an address to its entry. Compiled by tsc and by asc alike.
//
// IPv4, strides 16-8-8: word 0 is the log2 of a slot's bytes (1 or 2); slots begin at TRIE4_SLOTS: 65,536 of the root,
// then pages of 256. A slot holds an entry number, or, with its highest bit set, the number of a page.
//
// IPv6, path-compressed, stride 8: word 0 is the root's value. A value is an entry number or, with VALUE_NODE set, the
// word offset of a node. Slots of a node that hold what their left neighbour holds are left out:
//   [NODE_BYTE]     which byte of the address this node branches on
//   [NODE_OUTSIDE]  value of addresses that differ from NODE_PREFIX before that byte
//   [NODE_PREFIX]   4 words
//   [NODE_RANKS]    8 bytes: how many bits are set in the bitmap's words before this one
//   [NODE_BITMAP]   8 words: bit b is set when slot b differs from slot b - 1; bit 0 always
//   [NODE_VALUES]   one value a set bit

export const TRIE4_SLOTS = 64;
export const VALUE_NODE = 0x80000000;
export const NODE_BYTE = 0;
export const NODE_OUTSIDE = 1;
export const NODE_PREFIX = 2;
export const NODE_RANKS = 6;
export const NODE_BITMAP = 8;
export const NODE_VALUES = 16;
