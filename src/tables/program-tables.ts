/**
 * Programs, views, port maps and cells: the builder and the slow reader. Equal pages, directories, maps and blocks of
 * cells are stored once. Layout: program-layout.ts; the fast reader is dataplane/assembly/program.ts.
 */
import { ICMP, ICMPV6, SCTP, TCP, UDP } from '../net/protocol-layout.ts';
import {
  SECTION_CELLS,
  SECTION_PORT_MAPS,
  SECTION_PORT_PAGES,
  SECTION_PROGRAMS,
  SECTION_VIEW_PAGES,
  SECTION_VIEWS,
} from './directory-layout.ts';
import { Pieces } from './pieces.ts';
import * as L from './program-layout.ts';
import { sectionOf, type Tables } from './tables.ts';

/** log2 of the bytes that numbers up to `largest` need; never wraps. */
const widthFor = (largest: number): number => (largest < 256 ? 0 : largest < 65_536 ? 1 : 2);

function slots(length: number, width: number): Uint8Array | Uint16Array | Uint32Array {
  if (width === 0) return new Uint8Array(length);
  return width === 1 ? new Uint16Array(length) : new Uint32Array(length);
}

/** Where a group's port class changes: ascending from key 0. */
export interface PortGroup {
  readonly starts: readonly number[];
  readonly classes: readonly number[];
}

export interface PortMap {
  readonly classCount: number;
  /** In the order of the GROUP_ numbers; GROUP_OTHER has 256 keys, all others 65,536. */
  readonly groups: readonly PortGroup[];
}

/** One shape in numbers. */
export interface ShapeTable {
  readonly identityCount: number;
  /** Identities in another row than 0, ascending, and their rows. */
  readonly identities: readonly number[];
  readonly rows: readonly number[];
  readonly rowCount: number;
  readonly ports: PortMap;
  readonly sourcePorts?: PortMap;
  /** Cells as program-layout.ts has them. */
  readonly cells: Uint32Array;
}

/** Where a shape lies: the words of a program row, outcomes aside. */
export type PlacedShape = Uint32Array;

/** A section's words that changed. */
export interface ChangedWords {
  readonly section: number;
  readonly offset: number;
  readonly words: Uint32Array;
}

export class ProgramTables {
  readonly #views = new Pieces();
  readonly #viewPages = new Pieces();
  readonly #portMaps = new Pieces();
  readonly #portPages = new Pieces();
  readonly #cells = new Pieces();
  readonly #programs: Uint32Array[] = [];
  readonly #directories = new Map<string, number>();
  readonly #evenPages = new Map<number, number>();
  /** Made anew for each of a million rows they would be what the collector is busy with. */
  readonly #pageScratch = new Uint32Array(256);
  #directoryScratch = new Uint32Array(0);
  readonly #changedPrograms = new Set<number>();
  /** Offsets of directories of views, of their pages, and of cells that one shape has for itself. */
  readonly #own = { views: new Set<number>(), pages: new Set<number>(), cells: new Map<number, number>() };

  get programCount(): number {
    return this.#programs.length;
  }

  /** Stores what a shape's programs share. */
  placeShape(shape: ShapeTable): PlacedShape {
    const row = new Uint32Array(L.PROGRAM_BYTES / 4);
    const viewWidth = widthFor(shape.rowCount - 1);
    const classCount = Math.max(shape.ports.classCount, shape.sourcePorts?.classCount ?? 1);
    const portWidth = widthFor(classCount - 1);
    let largest = 0;
    for (const cell of shape.cells) largest = Math.max(largest, cell);
    const cellWidth = Math.max(1, widthFor(largest));
    const cells = slots(shape.cells.length, cellWidth);
    cells.set(shape.cells);
    row[L.PROGRAM_VIEW / 4] = this.#placeView(shape, viewWidth);
    row[L.PROGRAM_PORTS / 4] = this.#placePorts(shape.ports, portWidth);
    row[L.PROGRAM_CELLS / 4] = this.#cells.place(cells);
    row[L.PROGRAM_COLUMNS / 4] = shape.cells.length / shape.rowCount;
    row[L.PROGRAM_FLAGS / 4] =
      (viewWidth << L.VIEW_WIDTH) |
      (portWidth << L.PORT_WIDTH) |
      (cellWidth << L.CELL_WIDTH) |
      (shape.sourcePorts === undefined ? 0 : L.PROGRAM_TESTS_SOURCE_PORTS);
    if (shape.sourcePorts !== undefined)
      row[L.PROGRAM_SOURCE_PORTS / 4] = this.#placePorts(shape.sourcePorts, portWidth);
    row[L.PROGRAM_SOURCE_CLASSES / 4] = shape.sourcePorts?.classCount ?? 1;
    return row;
  }

  /** Adds a program and returns its number. */
  addProgram(shape: PlacedShape, firstOutcome: number): number {
    const row = shape.slice();
    row[L.PROGRAM_OUTCOMES / 4] = firstOutcome;
    const number = this.#programs.push(row) - 1;
    this.#changedPrograms.add(number);
    return number;
  }

  /** What a program is after its shape was placed elsewhere; its outcomes stay where they are without `firstOutcome`. */
  changeProgram(number: number, shape: PlacedShape, firstOutcome?: number): void {
    const row = shape.slice();
    row[L.PROGRAM_OUTCOMES / 4] = firstOutcome ?? this.#programs[number]![L.PROGRAM_OUTCOMES / 4]!;
    this.#programs[number] = row;
    this.#changedPrograms.add(number);
  }

  /** The row of an identity in a shape's view. */
  rowOf(shape: PlacedShape, identity: number): number {
    const width = (shape[L.PROGRAM_FLAGS / 4]! >> L.VIEW_WIDTH) & L.WIDTH_MASK;
    const page = this.#views.number(shape[L.PROGRAM_VIEW / 4]! + (identity >> 8) * 4, 2);
    return this.#viewPages.number(page + ((identity & 255) << width), width);
  }

  /**
   * Puts an identity in another row; what the view shares with others is copied first, so the shape may be placed
   * elsewhere afterwards. False where slots are too narrow for the row.
   */
  setRow(shape: PlacedShape, identity: number, row: number, identityCount: number): boolean {
    const width = (shape[L.PROGRAM_FLAGS / 4]! >> L.VIEW_WIDTH) & L.WIDTH_MASK;
    if (widthFor(row) > width) return false;
    const page = this.#ownPage(shape, identity, width, identityCount);
    this.#viewPages.setNumber(page + ((identity & 255) << width), row, width);
    this.#viewPages.rewritten(page, 256 << width);
    return true;
  }

  /** Puts identities in the rows that others have; true where the shape is placed elsewhere afterwards. */
  copyRows(
    shape: PlacedShape,
    copies: readonly { readonly identity: number; readonly like: number }[],
    identityCount: number,
  ): boolean {
    const view = shape[L.PROGRAM_VIEW / 4]!;
    const width = (shape[L.PROGRAM_FLAGS / 4]! >> L.VIEW_WIDTH) & L.WIDTH_MASK;
    let page = -1;
    let last = -1;
    for (const { identity, like } of copies) {
      const row = this.rowOf(shape, like);
      if (row === this.rowOf(shape, identity)) continue;
      if (identity >> 8 !== last) {
        last = identity >> 8;
        page = this.#ownPage(shape, identity, width, identityCount);
        this.#viewPages.rewritten(page, 256 << width);
      }
      this.#viewPages.setNumber(page + ((identity & 255) << width), row, width);
    }
    return shape[L.PROGRAM_VIEW / 4] !== view;
  }

  /** The page of an identity, which no other view shares; nor does any share the directory then. */
  #ownPage(shape: PlacedShape, identity: number, width: number, identityCount: number): number {
    const { views, pages } = this.#own;
    const view = L.PROGRAM_VIEW / 4;
    if (!views.has(shape[view]!)) {
      const directoryBytes = 4 * Math.max(1, (identityCount + 255) >> 8);
      shape[view] = this.#views.append(this.#views.at(shape[view]!, directoryBytes));
      views.add(shape[view]);
    }
    const place = shape[view]! + (identity >> 8) * 4;
    let page = this.#views.number(place, 2);
    if (!pages.has(page)) {
      page = this.#viewPages.append(this.#viewPages.at(page, 256 << width));
      pages.add(page);
      this.#views.setNumber(place, page, 2);
      this.#views.rewritten(place, 4);
    }
    return page;
  }

  /** Adds rows behind a shape's `rowCount` rows of cells; false where a cell is too narrow for them. */
  addRows(shape: PlacedShape, rowCount: number, added: Uint32Array): boolean {
    const width = (shape[L.PROGRAM_FLAGS / 4]! >> L.CELL_WIDTH) & L.WIDTH_MASK;
    if (added.some((cell) => widthFor(cell) > width)) return false;
    const { cells } = this.#own;
    const at = L.PROGRAM_CELLS / 4;
    const used = (rowCount * shape[L.PROGRAM_COLUMNS / 4]!) << width;
    const piece = slots(added.length, width);
    piece.set(added);
    const bytes = new Uint8Array(piece.buffer);
    if ((cells.get(shape[at]!) ?? 0) < used + bytes.byteLength) {
      const room = new Uint8Array(Math.ceil((2 * (used + bytes.byteLength)) / 4) * 4);
      room.set(this.#cells.at(shape[at]!, used));
      shape[at] = this.#cells.append(room);
      cells.set(shape[at], room.byteLength);
    }
    const whole = this.#cells.at(shape[at]!, Math.ceil((used + bytes.byteLength) / 4) * 4);
    whole.set(bytes, used);
    this.#cells.rewrite(shape[at]!, whole);
    return true;
  }

  /** Everything that changed since the last time; the first time, everything. */
  takeChanges(): ChangedWords[] {
    const pieces = [
      [SECTION_VIEWS, this.#views],
      [SECTION_VIEW_PAGES, this.#viewPages],
      [SECTION_PORT_MAPS, this.#portMaps],
      [SECTION_PORT_PAGES, this.#portPages],
      [SECTION_CELLS, this.#cells],
    ] as const;
    const changes = pieces.flatMap(([section, kept]) =>
      kept.take().map((change) => ({ section, ...change })),
    );
    const programs = [...this.#changedPrograms].map((number) => ({
      section: SECTION_PROGRAMS,
      offset: number * L.PROGRAM_BYTES,
      words: this.#programs[number]!,
    }));
    this.#changedPrograms.clear();
    return [...changes, ...programs];
  }

  /** Sections by their numbers in directory-layout.ts. */
  sections(): ReadonlyMap<number, Uint8Array> {
    const programs = new Uint32Array((this.#programs.length * L.PROGRAM_BYTES) / 4);
    this.#programs.forEach((row, index) => {
      programs.set(row, (index * L.PROGRAM_BYTES) / 4);
    });
    return new Map([
      [SECTION_PROGRAMS, new Uint8Array(programs.buffer)],
      [SECTION_VIEWS, this.#views.bytes()],
      [SECTION_VIEW_PAGES, this.#viewPages.bytes()],
      [SECTION_PORT_MAPS, this.#portMaps.bytes()],
      [SECTION_PORT_PAGES, this.#portPages.bytes()],
      [SECTION_CELLS, this.#cells.bytes()],
    ]);
  }

  #placeView({ identities, rows, identityCount }: ShapeTable, width: number): number {
    const empty = this.#viewPages.place(this.#page(width));
    const directory = this.#directory(Math.max(1, (identityCount + 255) >> 8)).fill(empty);
    for (let index = 0; index < identities.length; ) {
      const number = identities[index]! >> 8;
      const page = this.#page(width);
      for (; index < identities.length && identities[index]! >> 8 === number; index++)
        page[identities[index]! & 255] = rows[index]!;
      directory[number] = this.#viewPages.place(page);
    }
    return this.#views.place(directory);
  }

  /** An empty page, the same one every time. */
  #page(width: number): Uint8Array | Uint16Array | Uint32Array {
    const { buffer } = this.#pageScratch;
    this.#pageScratch.fill(0);
    if (width === 0) return new Uint8Array(buffer, 0, 256);
    return width === 1 ? new Uint16Array(buffer, 0, 256) : this.#pageScratch;
  }

  #directory(length: number): Uint32Array {
    if (this.#directoryScratch.length !== length) this.#directoryScratch = new Uint32Array(length);
    return this.#directoryScratch;
  }

  #placePorts({ groups }: PortMap, width: number): number {
    const map = Uint32Array.from(groups, (group, index) =>
      this.#placeDirectory(group, index === L.GROUP_OTHER ? 256 : 65_536, width),
    );
    return this.#portMaps.place(map);
  }

  #placeDirectory({ starts, classes }: PortGroup, size: number, width: number): number {
    const key = `${width} ${size} ${starts} ${classes}`;
    const known = this.#directories.get(key);
    if (known !== undefined) return known;
    const directory = new Uint32Array(L.DIRECTORY_STARTS + 1 + starts.length);
    directory[L.DIRECTORY_STARTS] = starts.length;
    directory.set(starts, L.DIRECTORY_STARTS + 1);
    let piece = 0;
    for (let number = 0; number < 256; number++) {
      const first = number * 256;
      if (first >= size) {
        directory[number] = directory[0]!;
        continue;
      }
      while (piece + 1 < starts.length && starts[piece + 1]! <= first) piece++;
      const isWhole = piece + 1 >= starts.length || starts[piece + 1]! >= first + 256;
      directory[number] = isWhole
        ? this.#evenPage(classes[piece]!, width)
        : this.#portPages.place(fillPage(this.#page(width), { starts, classes }, piece, first));
    }
    const offset = this.#portMaps.append(directory);
    this.#directories.set(key, offset);
    return offset;
  }

  /** A page of one class. */
  #evenPage(portClass: number, width: number): number {
    const key = portClass * 4 + width;
    let offset = this.#evenPages.get(key);
    if (offset === undefined) {
      offset = this.#portPages.place(this.#page(width).fill(portClass));
      this.#evenPages.set(key, offset);
    }
    return offset;
  }
}

/** The page of keys from `first` on; the piece that reaches into it fills it, those that begin in it overwrite the rest. */
function fillPage<Page extends Uint8Array | Uint16Array | Uint32Array>(
  page: Page,
  { starts, classes }: PortGroup,
  piece: number,
  first: number,
): Page {
  page.fill(classes[piece]!);
  for (let next = piece + 1; next < starts.length && starts[next]! < first + 256; next++)
    page.fill(classes[next]!, starts[next]! - first);
  return page;
}

/** A first packet as a program sees it; `key` is the port, ICMP type * 256 + code, or the protocol's number. */
export interface ProgramQuestion {
  readonly identity: number;
  readonly protocol: number;
  readonly key: number;
  readonly sourcePort: number;
}

/** The group whose directory a protocol uses. */
export function portGroup(protocol: number): number {
  const group = [TCP, UDP, SCTP, ICMP, ICMPV6].indexOf(protocol);
  return group < 0 ? L.GROUP_OTHER : group;
}

/** Slow reader: the cell that answers, with its outcome number. */
export function readProgram(
  tables: Tables,
  program: number,
  { identity, protocol, key, sourcePort }: ProgramQuestion,
): { verdict: number; reason: number; outcome: number } {
  const view = (section: number): DataView => {
    const bytes = sectionOf(tables, section);
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  };
  const slot = (section: number, offset: number, index: number, width: number): number => {
    const at = offset + (index << width);
    if (width === 0) return view(section).getUint8(at);
    return width === 1 ? view(section).getUint16(at, true) : view(section).getUint32(at, true);
  };
  const field = (byte: number): number => slot(SECTION_PROGRAMS, program * L.PROGRAM_BYTES + byte, 0, 2);
  const flags = field(L.PROGRAM_FLAGS);
  const width = (shift: number): number => (flags >> shift) & L.WIDTH_MASK;
  const portClass = (map: number, group: number, wanted: number): number => {
    const directory = slot(SECTION_PORT_MAPS, map, group, 2);
    const page = slot(SECTION_PORT_MAPS, directory, wanted >> 8, 2);
    return slot(SECTION_PORT_PAGES, page, wanted & 255, width(L.PORT_WIDTH));
  };
  const page = slot(SECTION_VIEWS, field(L.PROGRAM_VIEW), identity >> 8, 2);
  const row = slot(SECTION_VIEW_PAGES, page, identity & 255, width(L.VIEW_WIDTH));
  const group = portGroup(protocol);
  let column = portClass(field(L.PROGRAM_PORTS), group, key) * field(L.PROGRAM_SOURCE_CLASSES);
  if ((flags & L.PROGRAM_TESTS_SOURCE_PORTS) !== 0)
    column += portClass(field(L.PROGRAM_SOURCE_PORTS), group, group > L.GROUP_SCTP ? 0 : sourcePort);
  const cell = slot(
    SECTION_CELLS,
    field(L.PROGRAM_CELLS),
    row * field(L.PROGRAM_COLUMNS) + column,
    width(L.CELL_WIDTH),
  );
  return {
    verdict: cell & L.CELL_VERDICT_MASK,
    reason: (cell >> L.CELL_REASON) & L.CELL_REASON_MASK,
    outcome: field(L.PROGRAM_OUTCOMES) + (cell >>> L.CELL_ORDINAL),
  };
}
