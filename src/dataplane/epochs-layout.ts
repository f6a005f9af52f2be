// Epochs: each has tables of its own, and lasts from its time to the next one's; what comes before the first is the first's.
// Lies in shared memory where there are several. Compiled by tsc and by asc alike; byte offsets.

/** u32 */
export const EPOCHS_COUNT = 0;
/** In the order of their times. */
export const EPOCHS_ROWS = 8;

/** u64, seconds << 32 | nanoseconds of its first instant. */
export const EPOCH_FROM = 0;
/** u32, where its tables lie. */
export const EPOCH_TABLES = 8;
/** u32, where its owners lie: u32 by ENTRY_OWNER, equal in two epochs for one and the same owner, 0 for none. */
export const EPOCH_OWNERS = 12;
export const EPOCH_BYTES = 16;

/** Epochs are numbered in a byte. */
export const EPOCHS_MAX = 256;

// What a worker has seen of the epochs: an f64 of packets for each, then these two.
/** Packets that are earlier than the first epoch. */
export const EPOCH_SEEN_EARLY = 0;
/** Packets of which the trace tells no time. */
export const EPOCH_SEEN_TIMELESS = 8;
export const EPOCH_SEEN_BYTES = 16;
