// What names of flow logs stand for: lists of address entries. Compiled by tsc and by asc alike.
//
// u32 word 0: the number of names; their rows begin at byte NAMES_ROWS, in the order of their numbers. Behind them the
// lists; offsets are bytes from the section's start, 0 where the name has no address of a family. A list:
//   [0] NAME_ flags  [1] how many classes  then for each class its byte offset
// and a class, addresses that policy cannot tell apart but by their nodes:
//   [0] how many members, at least one  then their entries, in the order of their nodes
// At most two members of a class have the same node.

export const NAMES_ROWS = 64;
export const NAME_BYTES = 8;
/** Lists of IPv4 and IPv6 addresses. */
export const NAME_LIST4 = 0;
export const NAME_LIST6 = 4;

export const LIST_FLAGS = 0;
export const LIST_CLASSES = 4;
export const LIST_FIRST = 8;
export const CLASS_MEMBERS = 0;
export const CLASS_FIRST = 4;

/** The name is a network's or a network set's: its addresses are no pods. */
export const NAME_NETWORK = 1;
/** Some of its addresses are nodes' own: what happens may hang on whether the other side is on that node. */
export const NAME_NODES = 2;
