// A worker's timeline: what its rows came to, by intervals of the trace's own time. Compiled by tsc and by asc alike; byte
// offsets of u32 words unless said otherwise.
//
// Only intervals that hold a row are kept, so that a record of another century costs one interval and not the resolution. All are
// equally wide, a power of two of seconds, and begin at multiples of that: when there are too many, every two become one.

/** Log2 of an interval's width in seconds. */
export const TIMELINE_SHIFT = 0;
/** Intervals in use. */
export const TIMELINE_USED = 4;
/** Where the table in use lies, and the one that the next doubling fills. */
export const TIMELINE_TABLE = 8;
export const TIMELINE_SPARE = 12;
/** The interval of the latest row; 0 at first. */
export const TIMELINE_LATEST = 16;
/** Its first second, and how many seconds follow in it. */
export const TIMELINE_FIRST_SECOND = 20;
export const TIMELINE_MORE_SECONDS = 24;

/** The most that is kept. */
export const TIMELINE_INTERVALS = 256;
/** Slots of a table, found by a hash of the interval's number. */
export const TIMELINE_SLOT_BITS = 9;
export const TIMELINE_SLOTS = 512;

// A slot.
/** First second divided by the width. */
export const INTERVAL_NUMBER = 0;
/** 1 in use. */
export const INTERVAL_USED = 4;
/** f64 each, one a verdict. */
export const INTERVAL_PACKETS = 8;
export const INTERVAL_BYTES = 48;
export const INTERVAL_ROW_BYTES = 88;

export const TIMELINE_TABLE_BYTES = 45_056;
/** Behind the words. */
export const TIMELINE_FIRST_TABLE = 64;
export const TIMELINE_SECOND_TABLE = 45_120;
export const TIMELINE_TOTAL_BYTES = 90_176;
