/**
 * Where pods' hooks answer otherwise in one set than in the other: for each pair of programs (the same hook in either set)
 * and each pair of peer identities, by their rows of cells alone. A packet that meets pods' hooks alone, at the same
 * places in both sets, can have another verdict only where one of its hooks answers otherwise; so all other pairs of classes need not be asked.
 * Of those that must be, rows with the same contents answer alike: `HookRows` numbers them.
 */
import * as L from '../../tables/program-layout.ts';
import type { ProgramReader } from '../../tables/program-reader.ts';
import { type AskedProgram, type PortSets, portParts } from './joint-ports.ts';

/** What a cell does: the verdict, and whether exemptions hold against it. */
export function effectOf(cell: number): number {
  const isBinding = ((cell >> L.CELL_REASON) & L.CELL_REASON_MASK) === L.CELL_BINDING;
  return (cell & L.CELL_VERDICT_MASK) | (isBinding ? 4 : 0);
}

/** What a cell does and why; whose rule it is stands above. */
const CELL_ANSWER = (1 << L.CELL_ORDINAL) - 1;

/** Numbers that are joined into one stay below it. */
const CHAINED = 2 ** 26;

/** The rows that two programs, the same hook in either set, have for peers: each pair of rows has a place. */
export interface HookRows {
  /** Place of the rows of each pair of peer identities. */
  readonly placeOf: Uint32Array;
  /** By place: the row in either set's program. */
  readonly rows: readonly (readonly [number, number])[];
  /** By place: equal exactly where both sets' rows answer every port alike, for the same reasons, whosever rules these are. */
  readonly contents: readonly number[];
}

/** Readers of both sets. */
export type Readers = readonly [ProgramReader, ProgramReader];

export class HookDifferences {
  readonly #readers: Readers;
  readonly #family: 4 | 6;
  readonly #identities: readonly (readonly [number, number])[];
  readonly #sets: PortSets;
  readonly #ofPrograms = new Map<readonly [number, number], Uint8Array>();
  readonly #ofShapes = new Map<string, Uint8Array>();
  readonly #anywhere = new Map<Uint8Array, boolean>();
  readonly #rowsOfShapes = new Map<string, HookRows>();
  readonly #contents = new Map<string, number>();

  constructor(
    readers: Readers,
    family: 4 | 6,
    identities: readonly (readonly [number, number])[],
    sets: PortSets,
  ) {
    this.#readers = readers;
    this.#family = family;
    this.#identities = identities;
    this.#sets = sets;
  }

  /** A program of either set by its number plus 1. */
  asked(side: 0 | 1, program: number): AskedProgram {
    return program === 0 ? undefined : { reader: this.#readers[side], program: program - 1 };
  }

  /** By pair of identities, 1 where two programs (numbers plus 1) answer some packet otherwise. */
  differing(programs: readonly [number, number]): Uint8Array {
    let found = this.#ofPrograms.get(programs);
    if (found !== undefined) return found;
    const key = this.#shapesOf(programs);
    found = this.#ofShapes.get(key) ?? this.#compare(programs);
    this.#ofShapes.set(key, found);
    this.#ofPrograms.set(programs, found);
    return found;
  }

  /** Whether two programs answer any peer's packets otherwise. */
  differAnywhere(programs: readonly [number, number]): boolean {
    const found = this.differing(programs);
    let anywhere = this.#anywhere.get(found);
    if (anywhere === undefined) {
      anywhere = found.includes(1);
      this.#anywhere.set(found, anywhere);
    }
    return anywhere;
  }

  /** The rows of two programs (numbers plus 1); one object for all programs of the same shapes. */
  rowsOf(programs: readonly [number, number]): HookRows {
    const key = this.#shapesOf(programs);
    let rows = this.#rowsOfShapes.get(key);
    if (rows === undefined) {
      rows = this.#readRows(programs);
      this.#rowsOfShapes.set(key, rows);
    }
    return rows;
  }

  #shapesOf(programs: readonly [number, number]): string {
    return programs
      .map((program, side) => (program === 0 ? -1 : this.#readers[side]!.shapeOf(program - 1).number))
      .join(' ');
  }

  #readRows(programs: readonly [number, number]): HookRows {
    const asked = [this.asked(0, programs[0]), this.asked(1, programs[1])] as const;
    const places = new Map<number, number>();
    const rows: (readonly [number, number])[] = [];
    const placeOf = Uint32Array.from(this.#identities, ([before, after]) => {
      const [left, right] = [rowOf(asked[0], before), rowOf(asked[1], after)];
      const key = left * CHAINED + right;
      let place = places.get(key);
      if (place === undefined) {
        place = rows.push([left, right]) - 1;
        places.set(key, place);
      }
      return place;
    });
    const contents = rows.map((pair) => {
      const text = asked.map((one, side) => contentsOf(one, pair[side]!)).join('|');
      const number = this.#contents.get(text) ?? this.#contents.size;
      this.#contents.set(text, number);
      return number;
    });
    return { placeOf, rows, contents };
  }

  #compare(programs: readonly [number, number]): Uint8Array {
    const [one, other] = [this.asked(0, programs[0]), this.asked(1, programs[1])];
    const parts = portParts(this.#family, [one, other], this.#sets);
    const { placeOf, rows } = this.rowsOf(programs);
    const differs = rows.map(([left, right]) =>
      parts.some(
        ({ columns }) =>
          effectOf(cellAt(one, left, columns[0]!)) !== effectOf(cellAt(other, right, columns[1]!)),
      ),
    );
    return Uint8Array.from(placeOf, (place) => Number(differs[place]));
  }
}

/** All that a row answers, as text. */
function contentsOf(asked: AskedProgram, row: number): string {
  if (asked === undefined) return '';
  const { columns, ports } = asked.reader.shapeOf(asked.program);
  let text = `${ports}:`;
  for (let column = 0; column < columns; column++) text += ` ${cellAt(asked, row, column) & CELL_ANSWER}`;
  return text;
}

/** The row of a peer identity; 0 without a program. */
export function rowOf(asked: AskedProgram, identity: number): number {
  return asked === undefined ? 0 : asked.reader.rowOf(asked.program, identity);
}

/** A cell of a program; without a program one that allows. */
export function cellAt(asked: AskedProgram, row: number, column: number): number {
  return asked === undefined ? 0 : asked.reader.cellAt(asked.program, row, column);
}
