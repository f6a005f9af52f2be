// Longest prefix match from an address to its entry. Compiled by tsc and by asc alike.
//
// IPv4, strides 16-8-8: word 0 is the log2 of a slot's bytes (1 or 2); slots begin at TRIE4_SLOTS: 65,536 of the root,
// then pages of 256. A slot holds an entry number, or, with its highest bit set, the number of a page. Where slots have 4
// bytes, a last page with few runs of equal slots is a list: both highest bits are set, the others are its word offset from
// byte TRIE4_LISTS (word 1) on:
//   [LIST_RANKS]    8 bytes: as NODE_RANKS below
//   [LIST_BITMAP]   8 words: as NODE_BITMAP below
//   [LIST_VALUES]   one entry number a set bit
//
// IPv6, path-compressed, stride 8: word 0 is the root's value. A value is an entry number or, with VALUE_NODE set, the
// word offset of a node. Slots of a node that hold what their left neighbour holds are left out:
//   [NODE_BYTE]     which byte of the address this node branches on
//   [NODE_OUTSIDE]  value of addresses that differ from NODE_PREFIX before that byte
//   [NODE_PREFIX]   4 words
//   [NODE_RANKS]    8 bytes: how many bits are set in the bitmap's words before this one
//   [NODE_BITMAP]   8 words: bit b is set when slot b differs from slot b - 1; bit 0 always
//   [NODE_VALUES]   one value a set bit

/** Byte offset of the word that says at which byte the lists begin. */
export const TRIE4_LISTS = 4;
export const TRIE4_SLOTS = 64;
export const VALUE_NODE = 0x80000000;
/** Both highest bits: a list. */
export const VALUE_LIST = 0xc0000000;
export const LIST_RANKS = 0;
export const LIST_BITMAP = 2;
export const LIST_VALUES = 10;
export const NODE_BYTE = 0;
export const NODE_OUTSIDE = 1;
export const NODE_PREFIX = 2;
export const NODE_RANKS = 6;
export const NODE_BITMAP = 8;
export const NODE_VALUES = 16;
