// What one worker keeps to read records of a flow log straight from their bytes: what it was told of the format, the shapes of records
// that it has seen, and what the reader of texts made of names and of all that is no number. Byte offsets. Compiled by tsc and by asc alike.

// --- told once ---
/** u64, of the format and its columns; another one finds nothing of what stands here. 0: fresh memory. */
export const SCAN_PROGRAM = 0;
/** u32, a SCAN_KIND_ code. */
export const SCAN_KIND = 8;
/** u32, the byte between cells. */
export const SCAN_DELIMITER = 12;
/** u32, cells of a record. */
export const SCAN_CELLS = 16;
/** u32, 1 where names are read. */
export const SCAN_NAMES = 20;
/** u32, the least number of packets that a record stands for. */
export const SCAN_LEAST_PACKETS = 24;
/** u32, how many cells matter; they stand at SCAN_COLUMNS. */
export const SCAN_CELLS_TAKEN = 28;
/** Two u64: a bit for each ASCII character with which lines may begin that are no records. */
export const SCAN_NOISE = 32;
/** u32, how many fields both ends of a flow say alike; their numbers, u8 each, stand at SCAN_ALIKE. */
export const SCAN_ALIKE_COUNT = 48;
export const SCAN_ALIKE = 52;
export const SCAN_ALIKE_MOST = 12;

// --- answers ---
/** u32, where the next record begins. */
export const SCAN_END = 64;
/** u32, a SCANNED_ code: why no more records were read. */
export const SCAN_STATUS = 68;
/** u32, rows that were written as repeated; who reads it sets it back. */
export const SCAN_REPEATED = 72;
/** u32, bits 1 and 2: the source's and the destination's name and address are not known yet. */
export const SCAN_SIDES_MISSING = 76;

// --- of the record at hand ---
/** u32 each: where the value of each field begins and ends. */
export const SCAN_FIELDS = 128;
/** u32 each: bits of fields that are there, and of those that are empty. */
export const SCAN_PRESENT = 384;
export const SCAN_EMPTY = 388;
/** u32, where the key ends that is being written. */
export const SCAN_KEY_END = 396;
/** u64, STEP_KEYS of all steps together. */
export const SCAN_KEYS_SEEN = 400;
/** u32, 1 where the key has the ports. */
export const SCAN_ASKS_PORTS = 408;
/** Two sides of SIDE_BYTES. */
export const SCAN_SIDES = 448;
/** Two u64, the first 16 characters of the last ISO time; u32, its seconds. */
export const SCAN_MINUTE = 512;
export const SCAN_MINUTE_SECONDS = 528;
/** What is looked up, of the row and of the sides. */
export const SCAN_KEY = 1024;
export const SCAN_KEY_BYTES = 8192;
export const SCAN_SIDE_KEYS = SCAN_KEY + SCAN_KEY_BYTES;
export const SCAN_SIDE_KEY_BYTES = 2048;

// --- of each column that matters, in their order: u8, its number, and u8, as a step's ROLE ---
export const SCAN_COLUMNS = SCAN_SIDE_KEYS + SCAN_SIDE_KEY_BYTES * 2;
export const SCAN_COLUMNS_MOST = 128;
/** u32 each: before the first cell, and where each cell ends; room for those of 64 bytes more, in fours. */
export const SCAN_CELL_ENDS = SCAN_COLUMNS + SCAN_COLUMNS_MOST * 2;
export const SCAN_CELL_ENDS_MOST = 1 + SCAN_COLUMNS_MOST + 64 + 3;

// --- shapes of JSON records: steps as a graph ---
export const SCAN_STEPS = SCAN_CELL_ENDS + SCAN_CELL_ENDS_MOST * 4 + 48;
export const SCAN_STEPS_MOST = 4096;
/** u32 each: another step in this one's place, and the first that may follow, as numbers; 0 for none. Step 0 is none itself; what follows it is how records begin. */
export const STEP_OTHER = 0;
export const STEP_NEXT = 4;
/** u8 each: a STEP_ kind, and a field with ROLE_ bits. */
export const STEP_KIND = 8;
export const STEP_ROLE = 9;
/** u16, bytes of its text. */
export const STEP_LENGTH = 10;
/** u16, number of what it adds to what is looked up, beside a value: of the key, or of what its text says. */
export const STEP_SAYS = 12;
/** u16, a bit for each of the first 16 bytes of its text. */
export const STEP_FIRST = 14;
/** u64, bits of the keys in its text of which a record must not have two. */
export const STEP_KEYS = 16;
/** As much as makes a step whole 64 bytes. */
export const STEP_TEXT = 24;
export const STEP_TEXT_MOST = 40;
export const STEP_BYTES = 64;

/** Only text. */
export const STEP_PLAIN = 1;
/** Behind the text a value begins: characters up to a quote, a number, an object or array of which the text has the first bracket. */
export const STEP_TEXT_VALUE = 2;
export const STEP_NUMBER = 3;
export const STEP_BOX = 4;
/** Behind the text the line ends. */
export const STEP_END = 5;

/** The value is part of what is looked up; or its first character alone. */
export const ROLE_KEY = 32;
export const ROLE_FIRST = 64;
/** What the text says is part of it. */
export const ROLE_MARKED = 128;
export const ROLE_FIELD_MASK = 31;

// --- objects and lists as they stood in records: the place of one hangs on how it begins ---
export const SCAN_BOXES = SCAN_STEPS + SCAN_STEPS_MOST * STEP_BYTES;
export const BOXES_MOST = 512;
/** u32, bytes of its text; 0 without one. */
export const BOX_LENGTH = 0;
export const BOX_TEXT = 16;
export const BOX_TEXT_MOST = 240;
export const BOX_BYTES = BOX_TEXT + BOX_TEXT_MOST;

// --- what was learned: a table each, of rows and of sides ---
/** u32 each: how many there are, and bytes of their keys. */
export const KNOWN_COUNT = 0;
export const KNOWN_USED = 4;
export const KNOWN_HEADER_BYTES = 64;
/** Of an entry, u32 each: hash of the key, where it stands, its length; then what is known. */
export const KNOWN_HASH = 0;
export const KNOWN_KEY = 4;
export const KNOWN_LENGTH = 8;
export const KNOWN_VALUE = 16;
export const KNOWN_BYTES = 64;

/** Most entries, powers of two, and bytes of keys that each has on average. */
export const ROWS_MOST = 8192;
export const ROW_KEY_BYTES = 256;
export const SIDES_MOST = 32_768;
export const SIDE_KEY_BYTES = 96;

/** u32: 4 or 6, 0 for a name; u32, number of the name; four words. */
export const SIDE_FAMILY = 0;
export const SIDE_NAME = 4;
export const SIDE_WORDS = 8;
export const SIDE_BYTES = 24;

/** Columns as they are named, u16 FLAGS, TCP_FLAGS, SPORT, DPORT; u8 PROTOCOL, SKIP, OBSERVED; u32 OBSERVED_BY, POINT; f64 PACKETS, BYTES. */
export const ROW_FLAGS = 0;
export const ROW_TCP_FLAGS = 2;
export const ROW_SPORT = 4;
export const ROW_DPORT = 6;
export const ROW_PROTOCOL = 8;
export const ROW_SKIP = 9;
export const ROW_OBSERVED = 10;
/** u8, ROW_ bits. */
export const ROW_MODE = 11;
export const ROW_OBSERVED_BY = 12;
export const ROW_POINT = 16;
export const ROW_PACKETS = 24;
export const ROW_BYTES = 32;

/** The record is of the answer: its sides and ports are turned. */
export const ROW_TURNED = 1;
/** Ports are those of the record. */
export const ROW_PORTS = 2;
/** Ports are part of what is looked up. */
export const ROW_ASKS_PORTS = 4;
/** Records like this are read as text. */
export const ROW_UNKNOWN = 8;
/** Both ends write such records: those of one flow have one fingerprint. */
export const ROW_REPORTED = 16;

/** Of a table, for each entry: slots, and what is known. */
export const KNOWN_OWN_BYTES = 8 + KNOWN_BYTES;
export const SCAN_ROWS = SCAN_BOXES + BOXES_MOST * BOX_BYTES;
export const SCAN_SIDES_AT = SCAN_ROWS + KNOWN_HEADER_BYTES + ROWS_MOST * (KNOWN_OWN_BYTES + ROW_KEY_BYTES);
export const SIDES_BYTES = SIDES_MOST * (KNOWN_OWN_BYTES + SIDE_KEY_BYTES);
export const SCANNER_BYTES = SCAN_SIDES_AT + KNOWN_HEADER_BYTES + SIDES_BYTES;

// --- codes ---
export const SCAN_KIND_JSON = 0;
export const SCAN_KIND_CELLS = 1;

/** All records were read, or what follows may be no record. */
export const SCANNED_ALL = 0;
/** The record is not of the usual kind. */
export const SCANNED_TEXT = 1;
/** Its keys stand in no order that was seen. */
export const SCANNED_NEW_SHAPE = 2;
/** What stands in it, beside numbers and addresses, was not seen together before: names and addresses, and all else. */
export const SCANNED_NEW_SIDES = 3;
export const SCANNED_NEW_ROW = 4;

// --- fields ---
export const FIELD_TIME = 0;
/** In the place of a time that is missing or empty; likewise below. */
export const FIELD_OTHER_TIME = 1;
export const FIELD_SOURCE = 2;
export const FIELD_OTHER_SOURCE = 3;
export const FIELD_DESTINATION = 4;
export const FIELD_OTHER_DESTINATION = 5;
export const FIELD_SOURCE_PORT = 6;
export const FIELD_DESTINATION_PORT = 7;
/** Counts of both directions are added. */
export const FIELD_PACKETS = 8;
export const FIELD_REPLY_PACKETS = 9;
export const FIELD_BYTES = 10;
export const FIELD_OTHER_BYTES = 11;
export const FIELD_REPLY_BYTES = 12;
export const FIELD_OTHER_REPLY_BYTES = 13;
/** All that may make a side's name: its own, that of all alike, namespace, kind. */
export const FIELD_SOURCE_NAME = 14;
export const FIELD_DESTINATION_NAME = 18;
export const NAME_FIELDS = 4;
export const FIELD_PROTOCOL = 22;
/** No field; but keys of the step's text matter. */
export const FIELD_KEYS = 30;
export const FIELD_NONE = 31;
