/**
 * Programs and their cells: the builder and the slow reader. Views of peers and maps of ports are built beside (program-views.ts,
 * port-maps.ts); equal blocks of cells are stored once. Layout: program-layout.ts; the fast reader is dataplane/assembly/program.ts.
 */
import {
  SECTION_CELLS,
  SECTION_PORT_MAPS,
  SECTION_PORT_PAGES,
  SECTION_PROGRAMS,
  SECTION_VIEW_PAGES,
  SECTION_VIEWS,
} from './directory-layout.ts';
import { Pieces } from './pieces.ts';
import { type PortMap, PortMaps, portGroup } from './port-maps.ts';
import * as L from './program-layout.ts';
import { type PlacedView, ProgramViews, type RowCopy, type ViewRows } from './program-views.ts';
import { emptySlots, widthFor } from './slots.ts';
import { sectionOf, type Tables } from './tables.ts';

/** One shape in numbers. */
export interface ShapeTable extends ViewRows {
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

// Fields of a program row, in words.
const VIEW = L.PROGRAM_VIEW / 4;
const PORTS = L.PROGRAM_PORTS / 4;
const SOURCE_PORTS = L.PROGRAM_SOURCE_PORTS / 4;
const SOURCE_CLASSES = L.PROGRAM_SOURCE_CLASSES / 4;
const CELLS = L.PROGRAM_CELLS / 4;
const COLUMNS = L.PROGRAM_COLUMNS / 4;
const FLAGS = L.PROGRAM_FLAGS / 4;
const OUTCOMES = L.PROGRAM_OUTCOMES / 4;

const widthIn = (shape: PlacedShape, shift: number): number => (shape[FLAGS]! >> shift) & L.WIDTH_MASK;

const viewOf = (shape: PlacedShape): PlacedView => ({
  offset: shape[VIEW]!,
  width: widthIn(shape, L.VIEW_WIDTH),
});

export class ProgramTables {
  readonly #views = new ProgramViews();
  readonly #ports = new PortMaps();
  readonly #cells = new Pieces();
  readonly #programs: Uint32Array[] = [];
  readonly #changedPrograms = new Set<number>();
  /** Room of cells that one shape has for itself, by their offset: bytes. */
  readonly #ownCells = new Map<number, number>();
  readonly #pieces = new Map<number, Pieces>([
    [SECTION_VIEWS, this.#views.directories],
    [SECTION_VIEW_PAGES, this.#views.pages],
    [SECTION_PORT_MAPS, this.#ports.maps],
    [SECTION_PORT_PAGES, this.#ports.pages],
    [SECTION_CELLS, this.#cells],
  ]);

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
    const cells = emptySlots(shape.cells.length, cellWidth);
    cells.set(shape.cells);
    row[VIEW] = this.#views.place(shape, viewWidth);
    row[PORTS] = this.#ports.place(shape.ports, portWidth);
    row[CELLS] = this.#cells.place(cells);
    row[COLUMNS] = shape.cells.length / shape.rowCount;
    row[FLAGS] =
      (viewWidth << L.VIEW_WIDTH) |
      (portWidth << L.PORT_WIDTH) |
      (cellWidth << L.CELL_WIDTH) |
      (shape.sourcePorts === undefined ? 0 : L.PROGRAM_TESTS_SOURCE_PORTS);
    if (shape.sourcePorts !== undefined) row[SOURCE_PORTS] = this.#ports.place(shape.sourcePorts, portWidth);
    row[SOURCE_CLASSES] = shape.sourcePorts?.classCount ?? 1;
    return row;
  }

  /** Adds a program and returns its number. */
  addProgram(shape: PlacedShape, firstOutcome: number): number {
    const row = shape.slice();
    row[OUTCOMES] = firstOutcome;
    const number = this.#programs.push(row) - 1;
    this.#changedPrograms.add(number);
    return number;
  }

  /** What a program is after its shape was placed elsewhere; its outcomes stay where they are without `firstOutcome`. */
  changeProgram(number: number, shape: PlacedShape, firstOutcome?: number): void {
    const row = shape.slice();
    row[OUTCOMES] = firstOutcome ?? this.#programs[number]![OUTCOMES]!;
    this.#programs[number] = row;
    this.#changedPrograms.add(number);
  }

  /** The row of an identity in a shape's view. */
  rowOf(shape: PlacedShape, identity: number): number {
    return this.#views.rowOf(viewOf(shape), identity);
  }

  /**
   * Puts an identity in another row; what the view shares with others is copied first, so the shape may be placed
   * elsewhere afterwards. False where slots are too narrow for the row.
   */
  setRow(shape: PlacedShape, identity: number, row: number, identityCount: number): boolean {
    const view = viewOf(shape);
    if (widthFor(row) > view.width) return false;
    shape[VIEW] = this.#views.setRow(view, identity, row, identityCount);
    return true;
  }

  /** Puts identities in the rows that others have; true where the shape is placed elsewhere afterwards. */
  copyRows(shape: PlacedShape, copies: readonly RowCopy[], identityCount: number): boolean {
    const view = viewOf(shape);
    shape[VIEW] = this.#views.copyRows(view, copies, identityCount);
    return shape[VIEW] !== view.offset;
  }

  /** Adds rows behind a shape's `rowCount` rows of cells; false where a cell is too narrow for them. */
  addRows(shape: PlacedShape, rowCount: number, added: Uint32Array): boolean {
    const width = widthIn(shape, L.CELL_WIDTH);
    if (added.some((cell) => widthFor(cell) > width)) return false;
    const used = (rowCount * shape[COLUMNS]!) << width;
    const piece = emptySlots(added.length, width);
    piece.set(added);
    const bytes = new Uint8Array(piece.buffer);
    if ((this.#ownCells.get(shape[CELLS]!) ?? 0) < used + bytes.byteLength) {
      const room = new Uint8Array(Math.ceil((2 * (used + bytes.byteLength)) / 4) * 4);
      room.set(this.#cells.at(shape[CELLS]!, used));
      shape[CELLS] = this.#cells.append(room);
      this.#ownCells.set(shape[CELLS], room.byteLength);
    }
    const whole = this.#cells.at(shape[CELLS]!, Math.ceil((used + bytes.byteLength) / 4) * 4);
    whole.set(bytes, used);
    this.#cells.rewrite(shape[CELLS]!, whole);
    return true;
  }

  /** Everything that changed since the last time; the first time, everything. */
  takeChanges(): ChangedWords[] {
    const changes = [...this.#pieces].flatMap(([section, pieces]) =>
      pieces.take().map((change) => ({ section, ...change })),
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
    const sections = [...this.#pieces].map(([section, pieces]) => [section, pieces.bytes()] as const);
    return new Map([[SECTION_PROGRAMS, new Uint8Array(programs.buffer)], ...sections]);
  }
}

/** A first packet as a program sees it; `key` is the port, ICMP type * 256 + code, or the protocol's number. */
export interface ProgramQuestion {
  readonly identity: number;
  readonly protocol: number;
  readonly key: number;
  readonly sourcePort: number;
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
