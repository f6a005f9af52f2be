// The tables' block: header, directory, sections. Compiled by tsc and by asc alike.
//
// u32 words:  [0] magic  [1] version  [2] bytes of the block  [3] number of sections
//             [4 + 2 * section] byte offset of the section from the block's start, a multiple of 64
//             [5 + 2 * section] bytes of the section
//             [62] checksum of all other words (tables.ts)  [63] 0
//
// Offsets inside a section are relative to that section, so the block lies anywhere.

export const TABLES_MAGIC = 0x4e4c5044;
export const TABLES_VERSION = 4;
/** Word of the header. */
export const TABLES_BYTES = 2;
export const DIRECTORY_WORD = 4;

/** Knobs and counts: facts-layout.ts. */
export const SECTION_FACTS = 0;
/** IPv4 addresses to entries: address-trie-layout.ts. */
export const SECTION_TRIE4 = 1;
/** IPv6 addresses to entries. */
export const SECTION_TRIE6 = 2;
/** Rows of what is known of an address: entry-layout.ts. */
export const SECTION_ENTRIES = 3;
/** Rows of programs: program-layout.ts. */
export const SECTION_PROGRAMS = 4;
/** Peer identity to row of cells. */
export const SECTION_VIEWS = 5;
export const SECTION_VIEW_PAGES = 6;
/** Protocol and port to port class. */
export const SECTION_PORT_MAPS = 7;
export const SECTION_PORT_PAGES = 8;
/** Outcomes by peer row and port class. */
export const SECTION_CELLS = 9;
/** Hash of (entry, protocol, port): service-layout.ts. */
export const SECTION_VIRTUAL_PORTS = 10;
export const SECTION_BACKENDS = 11;
/** Bitmaps of the cluster's ports and the rules' ports. */
export const SECTION_PORT_RANKS = 12;
/** Rows of nodes with their host hooks: hosts-layout.ts. */
export const SECTION_HOSTS = 13;
/** What names of flow logs stand for: names-layout.ts. No names where none are asked for. */
export const SECTION_NAMES = 14;
export const SECTION_COUNT = 15;

export const CHECKSUM_WORD = 62;
export const HEADER_BYTES = 256;
