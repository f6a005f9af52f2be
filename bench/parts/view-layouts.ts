/** What views and cells of shapes weigh in layouts that were not chosen, for `layouts.ts`. */

/** What of a shape its tables are made of. */
export interface KeptShape {
  /** Identities that are not in row 0, ascending, and their rows. */
  readonly identities: readonly number[];
  readonly rows: readonly number[];
  readonly rowCount: number;
  readonly peerClassCount: number;
  /** Cells of a row. */
  readonly columns: number;
  /** Programs that have the shape. */
  programs: number;
}

/** Words of a page of the upper level, where there are two. */
const UPPER_BITS = 6;

const slotBytes = (largest: number): number => (largest < 256 ? 1 : largest < 65_536 ? 2 : 4);

interface Paging {
  readonly bits: number;
  readonly levels: 1 | 2;
  readonly slot: (shape: KeptShape) => number;
  readonly sharesPages: boolean;
}

/** Pieces of which equal ones are counted once. */
class Weighed {
  readonly #shares: boolean;
  readonly #numbers = new Map<string, number>();
  bytes = 0;

  constructor(shares: boolean) {
    this.#shares = shares;
  }

  /** The number of a piece. */
  add(content: string, bytes: number): number {
    const key = this.#shares ? content : `${this.#numbers.size}`;
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#numbers.size;
      this.#numbers.set(key, number);
      this.bytes += bytes;
    }
    return number;
  }
}

/** Numbers of the pages that hold something, with their places: pairs in one list. */
function pairsOf(
  places: readonly number[],
  values: readonly number[],
  bits: number,
  weigh: (content: string) => number,
) {
  const found: { places: number[]; values: number[] } = { places: [], values: [] };
  for (let index = 0; index < places.length; ) {
    const page = places[index]! >> bits;
    const content: number[] = [];
    for (; index < places.length && places[index]! >> bits === page; index++)
      content.push(places[index]! & ((1 << bits) - 1), values[index]!);
    found.places.push(page);
    found.values.push(weigh(content.join()));
  }
  return found;
}

function paged(
  shapes: readonly KeptShape[],
  identities: number,
  { bits, levels, slot, sharesPages }: Paging,
): number {
  const pieces = new Weighed(sharesPages);
  const pageCount = Math.max(1, Math.ceil(identities / 2 ** bits));
  for (const shape of shapes) {
    const bytes = slot(shape);
    let level = pairsOf(shape.identities, shape.rows, bits, (content) =>
      pieces.add(`page ${bytes} ${content}`, bytes * 2 ** bits),
    );
    let words = pageCount;
    if (levels === 2) {
      level = pairsOf(level.places, level.values, UPPER_BITS, (content) =>
        pieces.add(`upper ${bytes} ${content}`, 4 * 2 ** UPPER_BITS),
      );
      words = Math.ceil(pageCount / 2 ** UPPER_BITS);
    }
    pieces.add(`directory ${bytes} ${level.places.join()} ${level.values.join()}`, words * 4);
  }
  return pieces.bytes;
}

const chosenSlot = ({ rowCount }: KeptShape): number => slotBytes(rowCount - 1);

/** Bytes of pages and directories with pages of 2^bits identities, behind one level of directories or two. */
export function viewBytes(
  shapes: readonly KeptShape[],
  identities: number,
  bits: number,
  levels: 1 | 2,
): number {
  return paged(shapes, identities, { bits, levels, slot: chosenSlot, sharesPages: true });
}

/** Bytes of views and cells as they are, then without sharing or widths, one at a time. */
export function layoutCosts(
  shapes: readonly KeptShape[],
  identities: number,
): Readonly<Record<string, number>> {
  const asIs: Paging = { bits: 8, levels: 1, slot: chosenSlot, sharesPages: true };
  const cells = (rowsOf: (shape: KeptShape) => number, bytes: number): number =>
    shapes.reduce((sum, shape) => sum + rowsOf(shape) * shape.columns * bytes, 0);
  const rows = ({ rowCount }: KeptShape): number => rowCount;
  const views = paged(shapes, identities, asIs);
  const each = shapes.flatMap((shape) => Array.from({ length: shape.programs }, () => shape));
  return {
    'as they are': views + cells(rows, 2),
    'slots of 4 bytes': paged(shapes, identities, { ...asIs, slot: () => 4 }) + cells(rows, 4),
    'no page shared': paged(shapes, identities, { ...asIs, sharesPages: false }) + cells(rows, 2),
    'a row for each class': views + cells(({ peerClassCount }) => peerClassCount, 2),
    'no shape shared':
      paged(each, identities, { ...asIs, sharesPages: false }) +
      each.reduce((sum, shape) => sum + shape.rowCount * shape.columns * 2, 0),
  };
}
