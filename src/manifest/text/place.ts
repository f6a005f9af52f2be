/**
 * Where the parts of a value stand in its text: a tree beside the value. Made only for documents that need it: those
 * with a mistake, and policies, whose rules are reported by line.
 */

/** Offsets are UTF-16 code units into the piece's text, ends exclusive. */
export interface Place {
  readonly start: number;
  readonly end: number;
  /** The key in a mapping; the value itself for list items and roots. */
  readonly keyStart: number;
  readonly keyEnd: number;
  /** By key, or by index. */
  readonly children?: ReadonlyMap<string | number, Place>;
}

/** A value or key from the root down. */
export type Path = readonly (string | number)[];

/** The place at the end of the path, or the nearest one above it that exists. */
export function placeAt(root: Place, path: Path): Place {
  let place = root;
  for (const step of path) {
    const next = place.children?.get(step);
    if (next === undefined) return place;
    place = next;
  }
  return place;
}
