/** Slots: numbers of 1, 2 or 4 bytes side by side. A width is the log2 of their bytes. */

export type Slots = Uint8Array | Uint16Array | Uint32Array;

/** How wide slots must be for numbers up to `largest`; never wraps. */
export const widthFor = (largest: number): number => (largest < 256 ? 0 : largest < 65_536 ? 1 : 2);

/** Slots that hold zeros. */
export function emptySlots(length: number, width: number): Slots {
  if (width === 0) return new Uint8Array(length);
  return width === 1 ? new Uint16Array(length) : new Uint32Array(length);
}

/** Slots of a page, a power of two. */
export const PAGE_SLOTS = 256;

/** Gives out one page of zeros again and again: made anew for each of a million rows they would be what the collector is busy with. */
export class PageScratch {
  readonly #words = new Uint32Array(PAGE_SLOTS);

  /** Holds until the next one is asked for. */
  page(width: number): Slots {
    this.#words.fill(0);
    if (width === 0) return new Uint8Array(this.#words.buffer, 0, PAGE_SLOTS);
    return width === 1 ? new Uint16Array(this.#words.buffer, 0, PAGE_SLOTS) : this.#words;
  }
}
