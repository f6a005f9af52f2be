/**
 * Shapes that learn of identities: an identity that comes, or is another one now, gets its row in every shape that tests a
 * predicate which it has. Rows that no class had yet are added; where that does not do (a slot too narrow, a port that no
 * class knows) the shape is compiled again, and its programs lead to the new one.
 */
import { PROGRAM_VIEW } from '../../tables/program-layout.ts';
import type { AtomSets } from '../atom-sets.ts';
import { PeerClass, type PeerSpace } from '../peer-space.ts';
import type { Program } from '../program.ts';
import type { ProgramObserver, ProgramSet, SharedShape } from '../program-set.ts';
import { askedOf, predicatesOfSteps, type Shape } from '../shape.ts';
import { ShapeRows } from '../shape-rows.ts';
import { cellOf } from '../shape-table.ts';
import type { Step } from '../step.ts';

interface LiveShape {
  readonly shared: SharedShape;
  readonly family: 4 | 6;
  readonly steps: readonly Step[];
  readonly programs: { readonly number: number; readonly program: Program }[];
  /** What was compiled; `rows` is made of it when the first identity comes. */
  compiled: Pick<Shape, 'ports' | 'sourcePorts' | 'cells'>;
  rows: ShapeRows | undefined;
  rowCount: number;
  /** Set where the shape is in the list that is being made. */
  mark: number;
  /** The values of named ports that its port classes know, as atoms. */
  portAtoms: ReadonlyMap<number, ReadonlySet<number>>;
}

type Family = 4 | 6;

/** An identity that comes or is another one now. */
export interface Placing {
  readonly identity: number;
  readonly set: number;
  /** Those of its atoms, and of those that it had before. */
  readonly predicates: Iterable<number>;
  /** An identity that differs from it in the predicates `but` alone; itself, as it was, where it is another one now. */
  readonly like: number;
  readonly but: Iterable<number>;
}

interface Compiled {
  readonly set: ProgramSet;
  readonly peers: Readonly<Record<Family, PeerSpace>>;
  readonly atoms: AtomSets;
}

export class LiveShapes implements ProgramObserver {
  readonly #shapes = new Map<SharedShape, LiveShape>();
  /** Those that test a predicate. */
  readonly #byPredicate: Readonly<Record<Family, Map<number, LiveShape[]>>> = { 4: new Map(), 6: new Map() };
  #mark = 0;
  /** Shapes are told of before their peers are at hand. */
  #compiled: Compiled | undefined;
  readonly #waiting: LiveShape[] = [];

  /** What the shapes are compiled against. */
  attach(compiled: Compiled): void {
    this.#compiled = compiled;
    for (const shape of this.#waiting.splice(0)) shape.portAtoms = this.#portAtomsOf(shape);
  }

  shapeCompiled(
    { family, steps }: Program,
    { ports, sourcePorts, cells, rowCount }: Shape,
    shared: SharedShape,
  ) {
    const shape: LiveShape = {
      shared,
      family,
      steps,
      programs: [],
      compiled: { ports, ...(sourcePorts === undefined ? {} : { sourcePorts }), cells },
      rows: undefined,
      rowCount,
      mark: 0,
      portAtoms: new Map(),
    };
    if (this.#compiled === undefined) this.#waiting.push(shape);
    else shape.portAtoms = this.#portAtomsOf(shape);
    this.#shapes.set(shared, shape);
    for (const predicate of predicatesOfSteps(steps)) {
      const testing = this.#byPredicate[family].get(predicate);
      if (testing === undefined) this.#byPredicate[family].set(predicate, [shape]);
      else testing.push(shape);
    }
  }

  programAdded(number: number, program: Program, shared: SharedShape): void {
    this.#shapes.get(shared)!.programs.push({ number, program });
  }

  /** Puts identities in their rows, in all shapes that may have other rows for them than for those that they are like. */
  placeAll(family: Family, placings: readonly Placing[]): void {
    const { set, atoms, peers } = this.#compiled!;
    const again = new Map<LiveShape, Set<number>>();
    for (const placing of placings) {
      const peer = PeerClass.of(placing.set, atoms);
      for (const shape of this.#testing(family, [placing.but])) {
        this.#placeIn(shape, placing.identity, placing.set, peer);
        const placed = again.get(shape);
        if (placed === undefined) again.set(shape, new Set([placing.identity]));
        else placed.add(placing.identity);
      }
    }
    const others = placings.filter(({ identity, like }) => identity !== like);
    for (const shape of this.#testing(
      family,
      others.map(({ predicates }) => predicates),
    )) {
      const placed = again.get(shape);
      const copied = placed === undefined ? others : others.filter(({ identity }) => !placed.has(identity));
      if (set.tables.copyRows(shape.shared.placed, copied, peers[family].identityCount)) this.#lead(shape);
    }
  }

  /** The shapes that test any of the predicates. */
  #testing(family: Family, lists: Iterable<Iterable<number>>): LiveShape[] {
    const found: LiveShape[] = [];
    const mark = ++this.#mark;
    const seen = new Set<number>();
    for (const predicates of lists)
      for (const predicate of predicates) {
        if (seen.has(predicate)) continue;
        seen.add(predicate);
        for (const shape of this.#byPredicate[family].get(predicate) ?? [])
          if (shape.mark !== mark) {
            shape.mark = mark;
            found.push(shape);
          }
      }
    return found;
  }

  #placeIn(shape: LiveShape, identity: number, set: number, peer: PeerClass): void {
    const isPlaced = this.#knowsPorts(shape, set) && this.#addRow(shape, identity, peer);
    if (!isPlaced) this.#recompile(shape);
  }

  /** False where slots are too narrow for the row. */
  #setRow(shape: LiveShape, identity: number, row: number): boolean {
    const { set, peers } = this.#compiled!;
    const { placed } = shape.shared;
    const view = placed[PROGRAM_VIEW / 4];
    const isSet = set.tables.setRow(placed, identity, row, peers[shape.family].identityCount);
    if (placed[PROGRAM_VIEW / 4] !== view) this.#lead(shape);
    return isSet;
  }

  /** Leads the programs of a shape to where it lies now. */
  #lead({ shared, programs }: LiveShape): void {
    for (const { number } of programs) this.#compiled!.set.tables.changeProgram(number, shared.placed);
  }

  /** False where the shape must be compiled again. */
  #addRow(shape: LiveShape, identity: number, peer: PeerClass): boolean {
    const { set } = this.#compiled!;
    const { placed, outcomes } = shape.shared;
    const { ports, sourcePorts, cells } = shape.compiled;
    shape.rows ??= new ShapeRows(shape.steps, ports, sourcePorts, { cells, outcomes });
    const { rows } = shape;
    const row = rows.numberOf(peer);
    if (rows.count > shape.rowCount) {
      const added = rows.cells(shape.rowCount).map((ordinal) => cellOf(rows.outcomes[ordinal]!, ordinal));
      if (!set.tables.addRows(placed, shape.rowCount, added)) return false;
      shape.rowCount = rows.count;
      set.counts.rows = Math.max(set.counts.rows, rows.count);
      if (rows.outcomes.length > outcomes.length) this.#renumber(shape, [...rows.outcomes]);
      else this.#lead(shape);
    }
    return set.tables.rowOf(placed, identity) === row || this.#setRow(shape, identity, row);
  }

  /** Gives the programs of a shape numbers for its outcomes of now. */
  #renumber({ shared, programs }: LiveShape, outcomes: Shape['outcomes']): void {
    const { set } = this.#compiled!;
    shared.outcomes = outcomes;
    for (const { number, program } of programs)
      set.tables.changeProgram(number, shared.placed, set.numberOutcomes(program, outcomes));
  }

  #recompile(shape: LiveShape): void {
    const { set } = this.#compiled!;
    const { shape: compiled, table } = set.compiled(shape);
    shape.shared.placed.set(set.tables.placeShape(table));
    shape.compiled = compiled;
    shape.rows = undefined;
    shape.rowCount = compiled.rowCount;
    shape.portAtoms = this.#portAtomsOf(shape);
    this.#renumber(shape, compiled.outcomes);
  }

  #portAtomsOf({ steps, family }: LiveShape): Map<number, ReadonlySet<number>> {
    const found = new Map<number, ReadonlySet<number>>();
    for (const { destinationPorts, sourcePorts } of askedOf(steps))
      for (const { predicates } of [...destinationPorts, ...sourcePorts])
        for (const predicate of predicates)
          found.set(predicate, this.#compiled!.peers[family].atomsOf(predicate));
    return found;
  }

  #knowsPorts({ portAtoms }: LiveShape, set: number): boolean {
    if (portAtoms.size === 0) return true;
    const { atoms, sets } = this.#compiled!.atoms;
    return sets[set]!.every((atom) => portAtoms.get(atoms[atom]!.predicate)?.has(atom) ?? true);
  }
}
