// What is known of the clocks of captures: a row a trace. Compiled by tsc and by asc alike; byte offsets of u32 words.

/** 1 when the trace's records come by time: others are not looked at. */
export const CLOCK_IS_WATCHED = 0;
/** Second of the latest row. */
export const CLOCK_LAST = 4;
/** How often a row was earlier than the one before it by more than a second, and by how many at most. */
export const CLOCK_JUMPS = 8;
export const CLOCK_LARGEST = 12;
export const CLOCK_ROW_BYTES = 16;
