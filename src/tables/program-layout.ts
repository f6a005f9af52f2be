// Programs, views, port maps and cells. Compiled by tsc and by asc alike.
//
// A program answers for one endpoint, direction and family. Programs that are equal but for the names of their rules
// share a shape, that is everything of the row but PROGRAM_OUTCOMES.
//
//   row of cells  = VIEW_PAGES[ VIEWS[program.view + (identity >> 8) words] + (identity & 255) slots ]
//   port class    = PORT_PAGES[ directory[key >> 8] + (key & 255) slots ], directory = PORT_MAPS[program.ports + group words]
//   cell          = CELLS[ program.cells + (row * program.columns + port class * source classes + source class) slots ]

export const PROGRAM_BYTES = 32;
/** Byte offset in the views' section. */
export const PROGRAM_VIEW = 0;
/** Byte offset in the port maps' section. */
export const PROGRAM_PORTS = 4;
/** Byte offset in the cells' section. */
export const PROGRAM_CELLS = 8;
/** Slots of a row of cells. */
export const PROGRAM_COLUMNS = 12;
/** Widths and PROGRAM_TESTS_SOURCE_PORTS. */
export const PROGRAM_FLAGS = 16;
/** Outcome number of the program's ordinal 0. */
export const PROGRAM_OUTCOMES = 20;
/** Byte offset of the source ports' map in the port maps' section. */
export const PROGRAM_SOURCE_PORTS = 24;
/** Source port classes; 1 when the program tests none. */
export const PROGRAM_SOURCE_CLASSES = 28;

// PROGRAM_FLAGS: log2 of the bytes of a slot in view pages, port pages and cells.
export const VIEW_WIDTH = 0;
export const PORT_WIDTH = 2;
export const CELL_WIDTH = 4;
export const WIDTH_MASK = 3;
export const PROGRAM_TESTS_SOURCE_PORTS = 64;

// A port map: one word a group, the byte offset of its directory in the same section.
// A directory: 256 words, byte offsets in the port pages; then how often the class changes along the keys, and the keys
// where it does, from 0 on: packets whose port is not known are judged at each of them.
export const GROUP_TCP = 0;
export const GROUP_UDP = 1;
export const GROUP_SCTP = 2;
/** Key: type * 256 + code. */
export const GROUP_ICMP = 3;
export const GROUP_ICMPV6 = 4;
/** Key: the protocol's number. */
export const GROUP_OTHER = 5;
export const GROUP_COUNT = 6;
export const DIRECTORY_STARTS = 256;

// A cell: verdict, reason, outcome ordinal within the program.
export const CELL_VERDICT_MASK = 3;
export const CELL_REASON = 2;
export const CELL_REASON_MASK = 15;
export const CELL_ORDINAL = 6;
// The reasons of a cell.
export const CELL_OPEN = 0;
export const CELL_POLICY = 1;
export const CELL_TIER_END = 2;
export const CELL_PROFILE = 3;
export const CELL_NO_PROFILE = 4;
export const CELL_FAILSAFE = 5;
export const CELL_WORKLOAD_ENCAP = 6;
/** The verdict is undetermined. */
export const CELL_DOMAIN = 7;
/** The verdict is allow, and means only that the program refuses nothing: the next hook decides. */
export const CELL_CONTINUE = 8;
/** The verdict is deny by a rule from which own nodes and hairpins are not exempt; REASON_POLICY. */
export const CELL_BINDING = 9;
export const CELL_CNI = 10;
