/**
 * Where pods' hooks answer otherwise in one set than in the other: for each pair of programs (the same hook in either set)
 * and each pair of peer identities, by their rows of cells alone. A packet that meets pods' hooks alone, at the same
 * places in both sets, can have another verdict only where one of its hooks answers otherwise; so all other pairs of classes need not be asked.
 */
import * as L from '../../tables/program-layout.ts';
import type { ProgramReader } from '../../tables/program-reader.ts';
import { type AskedProgram, type PortSets, portParts } from './joint-ports.ts';

/** What a cell does: the verdict, and whether exemptions hold against it. */
export function effectOf(cell: number): number {
  const isBinding = ((cell >> L.CELL_REASON) & L.CELL_REASON_MASK) === L.CELL_BINDING;
  return (cell & L.CELL_VERDICT_MASK) | (isBinding ? 4 : 0);
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
    const [one, other] = [this.asked(0, programs[0]), this.asked(1, programs[1])];
    const shape = (asked: AskedProgram): number => asked?.reader.shapeOf(asked.program).number ?? -1;
    const key = `${shape(one)} ${shape(other)}`;
    found = this.#ofShapes.get(key) ?? this.#compare(one, other);
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

  #compare(one: AskedProgram, other: AskedProgram): Uint8Array {
    const parts = portParts(this.#family, [one, other], this.#sets);
    const rows = new Map<number, 0 | 1>();
    return Uint8Array.from(this.#identities, ([before, after]) => {
      const left = one === undefined ? 0 : one.reader.rowOf(one.program, before);
      const right = other === undefined ? 0 : other.reader.rowOf(other.program, after);
      const key = left * 2 ** 26 + right;
      let differs = rows.get(key);
      if (differs === undefined) {
        differs = parts.some(
          ({ columns }) =>
            effectOf(cellAt(one, left, columns[0]!)) !== effectOf(cellAt(other, right, columns[1]!)),
        )
          ? 1
          : 0;
        rows.set(key, differs);
      }
      return differs;
    });
  }
}

/** A cell of a program; without a program one that allows. */
export function cellAt(asked: AskedProgram, row: number, column: number): number {
  return asked === undefined ? 0 : asked.reader.cellAt(asked.program, row, column);
}
