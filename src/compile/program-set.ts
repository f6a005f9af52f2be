/**
 * All programs of a world: the lines that govern an address's owner, specialised to every different own side. Programs
 * that are equal but for the names of their rules get one shape.
 */
import type { AddressFacts } from '../policy/endpoints.ts';
import { type PlacedShape, ProgramTables } from '../tables/program-tables.ts';
import type { ProgramHook } from '../tables/verdict.ts';
import type { GovernedLines, Governing } from './governed-lines.ts';
import type { LegendProgram } from './legend.ts';
import type { OwnSides } from './own-side.ts';
import type { PeerSpace } from './peer-space.ts';
import { type Program, StepPool, specialise } from './program.ts';
import { compileShape, type Shape, shapeKey } from './shape.ts';
import { shapeTable } from './shape-table.ts';

export class ProgramSet {
  readonly tables = new ProgramTables();
  readonly programs: LegendProgram[] = [];
  /** How many shapes there are, and the most that one of them has. */
  readonly counts = { shapes: 0, peerClasses: 0, rows: 0, portClasses: 0 };
  readonly #pool = new StepPool();
  readonly #governing: Governing;
  readonly #ownSides: OwnSides;
  readonly #peers: Readonly<Record<4 | 6, PeerSpace>>;
  readonly #numbers = new Map<GovernedLines, Map<string, number>>();
  readonly #shapes = new Map<string, { outcomes: Shape['outcomes']; placed: PlacedShape }>();
  #outcomes = 0;

  constructor(governing: Governing, ownSides: OwnSides, peers: Readonly<Record<4 | 6, PeerSpace>>) {
    this.#governing = governing;
    this.#ownSides = ownSides;
    this.#peers = peers;
  }

  /** The program of an address's owner; undefined when nobody owns it. */
  numberOf(facts: AddressFacts, hook: ProgramHook): number | undefined {
    if (facts.owner === undefined) return undefined;
    const { family } = facts.address;
    const governed = this.#governing.of(facts.owner, hook, family);
    if (governed === undefined) return undefined;
    const { opensOtherProtocols } = governed;
    const own = this.#ownSides.at(facts);
    const key = governed.ownPredicates
      .map((predicate) => `${own.holds(predicate)} ${own.ports(predicate)}`)
      .join('|');
    let byOwn = this.#numbers.get(governed);
    if (byOwn === undefined) {
      byOwn = new Map();
      this.#numbers.set(governed, byOwn);
    }
    let number = byOwn.get(key);
    if (number === undefined) {
      number = this.#add(specialise(governed.lines, { hook, family, opensOtherProtocols }, own, this.#pool));
      byOwn.set(key, number);
    }
    return number;
  }

  get outcomeCount(): number {
    return this.#outcomes;
  }

  #add(program: Program): number {
    const key = shapeKey(program);
    let known = this.#shapes.get(key);
    if (known === undefined) {
      known = this.#compile(program);
      this.#shapes.set(key, known);
    }
    const { outcomes } = known;
    const firstOutcome = this.#outcomes;
    this.#outcomes += outcomes.length;
    this.programs.push({ hook: program.hook, hits: program.hits, outcomes, firstOutcome });
    return this.tables.addProgram(known.placed, firstOutcome);
  }
  #compile(program: Program): { outcomes: Shape['outcomes']; placed: PlacedShape } {
    const peers = this.#peers[program.family];
    const shape = compileShape(program, peers);
    const { counts } = this;
    counts.shapes++;
    counts.peerClasses = Math.max(counts.peerClasses, shape.peerClassCount);
    counts.rows = Math.max(counts.rows, shape.rowCount);
    counts.portClasses = Math.max(counts.portClasses, shape.ports.representatives.length);
    return {
      outcomes: shape.outcomes,
      placed: this.tables.placeShape(shapeTable(shape, peers.identityCount)),
    };
  }
}
