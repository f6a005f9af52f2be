/**
 * Views: the row of each peer identity in a shape's cells, in directories of pages. Equal ones are stored once; what is changed
 * afterwards is copied first, so that no other view changes with it. Layout: program-layout.ts.
 */
import { Pieces } from './pieces.ts';
import { PAGE_SLOTS, PageScratch } from './slots.ts';

/** A view as it lies: the byte offset of its directory, and the width of the slots of its pages. */
export interface PlacedView {
  readonly offset: number;
  readonly width: number;
}

/** Identities in another row than 0, ascending, and their rows. */
export interface ViewRows {
  readonly identityCount: number;
  readonly identities: readonly number[];
  readonly rows: readonly number[];
}

/** An identity that comes to have the row of another one. */
export interface RowCopy {
  readonly identity: number;
  readonly like: number;
}

const pagesFor = (identityCount: number): number => Math.max(1, Math.ceil(identityCount / PAGE_SLOTS));

/** Builds the sections of views and their pages. */
export class ProgramViews {
  readonly directories = new Pieces();
  readonly pages = new Pieces();
  readonly #scratch = new PageScratch();
  #directoryScratch = new Uint32Array(0);
  /** Offsets of what one view has for itself. */
  readonly #own = { directories: new Set<number>(), pages: new Set<number>() };

  /** Byte offset of the directory. */
  place({ identities, rows, identityCount }: ViewRows, width: number): number {
    const empty = this.pages.place(this.#scratch.page(width));
    const directory = this.#directory(pagesFor(identityCount)).fill(empty);
    for (let index = 0; index < identities.length; ) {
      const number = identities[index]! >> 8;
      const page = this.#scratch.page(width);
      for (; index < identities.length && identities[index]! >> 8 === number; index++)
        page[identities[index]! & 255] = rows[index]!;
      directory[number] = this.pages.place(page);
    }
    return this.directories.place(directory);
  }

  rowOf({ offset, width }: PlacedView, identity: number): number {
    const page = this.directories.number(offset + (identity >> 8) * 4, 2);
    return this.pages.number(page + ((identity & 255) << width), width);
  }

  /** Puts an identity in another row. Returns the offset of the directory, which may be another afterwards. */
  setRow(view: PlacedView, identity: number, row: number, identityCount: number): number {
    const { width } = view;
    const offset = this.#ownDirectory(view, identityCount);
    const page = this.#ownPage({ offset, width }, identity);
    this.pages.setNumber(page + ((identity & 255) << width), row, width);
    this.pages.rewritten(page, PAGE_SLOTS << width);
    return offset;
  }

  /** Puts identities in the rows that others have. Returns the offset of the directory, which may be another afterwards. */
  copyRows(view: PlacedView, copies: readonly RowCopy[], identityCount: number): number {
    let placed = view;
    const { width } = view;
    let page = -1;
    let last = -1;
    for (const { identity, like } of copies) {
      const row = this.rowOf(placed, like);
      if (row === this.rowOf(placed, identity)) continue;
      if (identity >> 8 !== last) {
        last = identity >> 8;
        placed = { offset: this.#ownDirectory(placed, identityCount), width };
        page = this.#ownPage(placed, identity);
        this.pages.rewritten(page, PAGE_SLOTS << width);
      }
      this.pages.setNumber(page + ((identity & 255) << width), row, width);
    }
    return placed.offset;
  }

  /** A directory that no other view shares. */
  #ownDirectory({ offset }: PlacedView, identityCount: number): number {
    const { directories } = this.#own;
    if (directories.has(offset)) return offset;
    const own = this.directories.append(this.directories.at(offset, 4 * pagesFor(identityCount)));
    directories.add(own);
    return own;
  }

  /** The page of an identity, which no other view shares. The directory is the view's own. */
  #ownPage({ offset, width }: PlacedView, identity: number): number {
    const { pages } = this.#own;
    const place = offset + (identity >> 8) * 4;
    const page = this.directories.number(place, 2);
    if (pages.has(page)) return page;
    const own = this.pages.append(this.pages.at(page, PAGE_SLOTS << width));
    pages.add(own);
    this.directories.setNumber(place, own, 2);
    this.directories.rewritten(place, 4);
    return own;
  }

  #directory(length: number): Uint32Array {
    if (this.#directoryScratch.length !== length) this.#directoryScratch = new Uint32Array(length);
    return this.#directoryScratch;
  }
}
