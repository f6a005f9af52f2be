/**
 * Reads whole programs out of tables, for who compares them class by class: rows of peers, columns of port classes, cells. The same cells as
 * `readProgram` finds, without a packet. Layout: program-layout.ts.
 */
import * as D from './directory-layout.ts';
import { type AddressEntry, entryAt } from './entries.ts';
import { ENTRY_BYTES } from './entry-layout.ts';
import * as L from './program-layout.ts';
import type { Slots } from './slots.ts';
import { sectionOf, sectionWords, type Tables } from './tables.ts';

/** What programs share that answer alike but for the names of their rules. */
export interface ProgramShape {
  /** Equal exactly for equal shapes of one reader. */
  readonly number: number;
  /** Equal exactly where ports are divided alike. */
  readonly ports: string;
  readonly testsSourcePorts: boolean;
  readonly columns: number;
}

interface PlacedProgram extends ProgramShape {
  readonly row: Uint32Array;
  readonly viewWidth: number;
  readonly portWidth: number;
  readonly cellWidth: number;
}

/** The bytes of a section in slots of each width; sections lie at multiples of 64. */
function slotsOf(bytes: Uint8Array): readonly [Slots, Slots, Slots] {
  const { buffer, byteOffset, byteLength } = bytes;
  return [
    bytes,
    new Uint16Array(buffer, byteOffset, byteLength >> 1),
    new Uint32Array(buffer, byteOffset, byteLength >> 2),
  ];
}

export class ProgramReader {
  readonly #words: Readonly<Record<'views' | 'portMaps', Uint32Array>>;
  readonly #viewPages: readonly [Slots, Slots, Slots];
  readonly #portPages: readonly [Slots, Slots, Slots];
  readonly #cells: readonly [Slots, Slots, Slots];
  readonly #programs: readonly PlacedProgram[];
  readonly #firstOutcomes: readonly number[];

  constructor(tables: Tables) {
    this.#words = {
      views: sectionWords(tables, D.SECTION_VIEWS),
      portMaps: sectionWords(tables, D.SECTION_PORT_MAPS),
    };
    this.#viewPages = slotsOf(sectionOf(tables, D.SECTION_VIEW_PAGES));
    this.#portPages = slotsOf(sectionOf(tables, D.SECTION_PORT_PAGES));
    this.#cells = slotsOf(sectionOf(tables, D.SECTION_CELLS));
    const programs = sectionWords(tables, D.SECTION_PROGRAMS);
    this.#programs = placedPrograms(programs);
    this.#firstOutcomes = this.#programs.map(
      (_, index) => programs[(index * L.PROGRAM_BYTES + L.PROGRAM_OUTCOMES) / 4]!,
    );
  }

  /** What a program shares with others; programs count from 0. */
  shapeOf(program: number): ProgramShape {
    return this.#programs[program]!;
  }

  /** The row of a peer identity. */
  rowOf(program: number, identity: number): number {
    const { row, viewWidth } = this.#programs[program]!;
    const page = this.#words.views[(row[L.PROGRAM_VIEW / 4]! >> 2) + (identity >> 8)]!;
    return this.#viewPages[viewWidth]![(page >> viewWidth) + (identity & 255)]!;
  }

  /** The column of a packet's ports; `key` as program-layout.ts has it, the source port 0 in groups that have none. */
  columnOf(program: number, group: number, key: number, sourcePort: number): number {
    const { row, testsSourcePorts } = this.#programs[program]!;
    const column = this.#classOf(program, row[L.PROGRAM_PORTS / 4]!, group, key);
    if (!testsSourcePorts) return column;
    const source = this.#classOf(program, row[L.PROGRAM_SOURCE_PORTS / 4]!, group, sourcePort);
    return column * row[L.PROGRAM_SOURCE_CLASSES / 4]! + source;
  }

  /** Verdict, reason and ordinal, as program-layout.ts packs them. */
  cellAt(program: number, row: number, column: number): number {
    const { row: words, cellWidth, columns } = this.#programs[program]!;
    return this.#cells[cellWidth]![(words[L.PROGRAM_CELLS / 4]! >> cellWidth) + row * columns + column]!;
  }

  /** The outcome number of one of a program's cells. */
  outcomeOf(program: number, cell: number): number {
    return this.#firstOutcomes[program]! + (cell >>> L.CELL_ORDINAL);
  }

  /** The keys of a group where the port class may change, from 0 on, ascending. */
  startsOf(program: number, group: number): Uint32Array {
    return startsAt(this.#words.portMaps, this.#programs[program]!.row[L.PROGRAM_PORTS / 4]!, group);
  }

  /** The same for source ports; none where the program does not test them. */
  sourceStartsOf(program: number, group: number): Uint32Array {
    const { row, testsSourcePorts } = this.#programs[program]!;
    if (!testsSourcePorts) return new Uint32Array(0);
    return startsAt(this.#words.portMaps, row[L.PROGRAM_SOURCE_PORTS / 4]!, group);
  }

  #classOf(program: number, map: number, group: number, key: number): number {
    const { portWidth } = this.#programs[program]!;
    const directory = this.#words.portMaps[(map >> 2) + group]! >> 2;
    const page = this.#words.portMaps[directory + (key >> 8)]!;
    return this.#portPages[portWidth]![(page >> portWidth) + (key & 255)]!;
  }
}

/** The keys of a group where the classes of the port map at byte offset `map` change; `maps` is the section of port maps. */
export function startsAt(maps: Uint32Array, map: number, group: number): Uint32Array {
  const starts = (maps[(map >> 2) + group]! >> 2) + L.DIRECTORY_STARTS;
  return maps.subarray(starts + 1, starts + 1 + maps[starts]!);
}

function placedPrograms(words: Uint32Array): PlacedProgram[] {
  const shapes = new Map<string, PlacedProgram>();
  const size = L.PROGRAM_BYTES / 4;
  return Array.from({ length: words.length / size }, (_, index) => {
    const row = words.subarray(index * size, (index + 1) * size);
    const key = row.filter((_word, field) => field !== L.PROGRAM_OUTCOMES / 4).join();
    let shape = shapes.get(key);
    if (shape === undefined) {
      const flags = row[L.PROGRAM_FLAGS / 4]!;
      const width = (shift: number): number => (flags >> shift) & L.WIDTH_MASK;
      const testsSourcePorts = (flags & L.PROGRAM_TESTS_SOURCE_PORTS) !== 0;
      shape = {
        number: shapes.size,
        ports: `${row[L.PROGRAM_PORTS / 4]}${testsSourcePorts ? `/${row[L.PROGRAM_SOURCE_PORTS / 4]}` : ''}`,
        testsSourcePorts,
        columns: row[L.PROGRAM_COLUMNS / 4]!,
        row,
        viewWidth: width(L.VIEW_WIDTH),
        portWidth: width(L.PORT_WIDTH),
        cellWidth: width(L.CELL_WIDTH),
      };
      shapes.set(key, shape);
    }
    return shape;
  });
}

/** All address entries of tables. */
export function readEntries(tables: Tables): AddressEntry[] {
  const words = sectionWords(tables, D.SECTION_ENTRIES);
  return Array.from({ length: (words.length * 4) / ENTRY_BYTES }, (_, index) => entryAt(words, index));
}
