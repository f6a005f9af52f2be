// Bitmaps of 65,536 ports; bit (port & 7) of byte (port >> 3). Compiled by tsc and by asc alike.

export const PORT_RANK_BYTES = 8192;
