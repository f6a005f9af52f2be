/** What one hook of pods answers to a peer, by ports: one end of a packet alone, whatever the other end's policies say. */
import * as L from '../../tables/program-layout.ts';
import type { ProgramReader } from '../../tables/program-reader.ts';
import { REASON_CNI, REASON_NONE } from '../../tables/verdict-layout.ts';
import { cellAt } from '../joint/hook-differences.ts';
import { type PortPart, PortSets, portParts } from '../joint/joint-ports.ts';
import { maskOf, type PortStates, portStates } from './port-states.ts';

/** Reads hooks of one family; what is read is kept. */
export class HookStates {
  readonly #family: 4 | 6;
  readonly #reader: ProgramReader;
  readonly #sets = new PortSets();
  readonly #parts = new Map<number, readonly PortPart[]>();
  readonly #states = new Map<number, Map<number, PortStates>>();
  readonly #open: PortStates;

  constructor(family: 4 | 6, reader: ProgramReader) {
    this.#family = family;
    this.#reader = reader;
    const parts = portParts(family, [], this.#sets);
    this.#open = portStates(parts.flatMap(({ set }) => this.#ranges(set, maskOf(0, REASON_NONE))));
  }

  /** A program by its number plus 1, 0 where everything is let through; the peer by its identity. */
  of(program: number, identity: number): PortStates {
    if (program === 0) return this.#open;
    const { number } = this.#reader.shapeOf(program - 1);
    const row = this.#reader.rowOf(program - 1, identity);
    let ofShape = this.#states.get(number);
    if (ofShape === undefined) {
      ofShape = new Map();
      this.#states.set(number, ofShape);
    }
    let states = ofShape.get(row);
    if (states === undefined) {
      states = this.#read(program - 1, number, row);
      ofShape.set(row, states);
    }
    return states;
  }

  #read(program: number, shape: number, row: number): PortStates {
    const asked = { reader: this.#reader, program };
    const parts = this.#parts.get(shape) ?? portParts(this.#family, [asked], this.#sets);
    this.#parts.set(shape, parts);
    return portStates(
      parts.flatMap(({ set, columns }) => {
        const cell = cellAt(asked, row, columns[0]!);
        const reason = (cell >> L.CELL_REASON) & L.CELL_REASON_MASK;
        const isRefused = reason === L.CELL_WORKLOAD_ENCAP || reason === L.CELL_CNI;
        return this.#ranges(set, maskOf(cell & L.CELL_VERDICT_MASK, isRefused ? REASON_CNI : REASON_NONE));
      }),
    );
  }

  #ranges(set: number, mask: number) {
    return this.#sets.sets[set]!.map((range) => ({ ...range, mask }));
  }
}
