/**
 * All programs of a world: the lines that govern an address's owner, specialised to every different own side. Programs
 * that are equal but for the names of their rules get one shape.
 */
import type { AddressFacts, Endpoint } from '../policy/endpoints.ts';
import { type PlacedShape, ProgramTables, type ShapeTable } from '../tables/program-tables.ts';
import type { ProgramHook } from '../tables/verdict.ts';
import type { GovernedLines, Governing } from './governed-lines.ts';
import type { LegendProgram } from './legend.ts';
import type { OwnSides } from './own-side.ts';
import type { PeerSpace } from './peer-space.ts';
import { type OwnSide, type Program, specialise } from './program.ts';
import { compileShape, divisionOfPorts, type Shape, shapeKey } from './shape.ts';
import { portMap, shapeTable } from './shape-table.ts';
import { type Step, StepPool } from './step.ts';

/** A program with its number. */
interface Specialised {
  readonly number: number;
  readonly steps: readonly Step[];
}

/** Told of what is compiled, so that it can be kept up to date, or looked into. */
export interface ProgramObserver {
  /** `placed` and its programs are the observer's to change together. */
  shapeCompiled(program: Program, shape: Shape, placed: SharedShape): void;
  programAdded(number: number, program: Program, shape: SharedShape, governed: GovernedLines): void;
}

export interface ProgramSetOptions {
  readonly observer?: ProgramObserver;
  /** Programs hold the steps that no packet gets to, too. */
  readonly keepsUnreached?: boolean;
}

/** What programs of one shape have in common. */
export interface SharedShape {
  outcomes: Shape['outcomes'];
  readonly placed: PlacedShape;
}

export class ProgramSet {
  readonly tables = new ProgramTables();
  readonly programs: LegendProgram[] = [];
  /** Those that some program answers for. */
  readonly hooks = new Set<ProgramHook>();
  /** How many shapes there are, and the most that one of them has. */
  readonly counts = { shapes: 0, peerClasses: 0, rows: 0, portClasses: 0 };
  readonly #pool = new StepPool();
  readonly #governing: Governing;
  #ownSides: Pick<OwnSides, 'at'>;
  readonly #peers: Readonly<Record<4 | 6, PeerSpace>>;
  readonly #known = new Map<GovernedLines, Map<string, Specialised>>();
  readonly #hostMaps = new Map<GovernedLines, PlacedShape>();
  readonly #shapes = new Map<string, SharedShape>();
  readonly #observer: ProgramObserver | undefined;
  readonly #keepsUnreached: boolean;
  #outcomes = 0;

  constructor(
    governing: Governing,
    ownSides: Pick<OwnSides, 'at'>,
    peers: Readonly<Record<4 | 6, PeerSpace>>,
    { observer, keepsUnreached = false }: ProgramSetOptions = {},
  ) {
    this.#governing = governing;
    this.#ownSides = ownSides;
    this.#peers = peers;
    this.#observer = observer;
    this.#keepsUnreached = keepsUnreached;
  }

  /** From now on own sides are asked elsewhere: those of before know nothing of changes. */
  askOwnSides(ownSides: Pick<OwnSides, 'at'>): void {
    this.#ownSides = ownSides;
  }

  /** The program of an address's owner; undefined when nobody owns it. */
  numberOf(facts: AddressFacts, hook: ProgramHook): number | undefined {
    if (facts.owner === undefined) return undefined;
    const { family } = facts.address;
    const governed = this.#governing.of(facts.owner, hook, family);
    if (governed === undefined) return undefined;
    return this.#specialised(governed, this.#ownSides.at(facts)).number;
  }

  /**
   * The own map of a host's hook: the program for every identity that the host's own side may have. Undefined where
   * nothing is asked.
   */
  hostMap(endpoint: Endpoint, hook: ProgramHook, family: 4 | 6): PlacedShape | undefined {
    const governed = this.#governing.of(endpoint, hook, family);
    if (governed === undefined) return undefined;
    let map = this.#hostMaps.get(governed);
    if (map === undefined) {
      map = this.#placeHostMap(governed);
      this.#hostMaps.set(governed, map);
    }
    return map;
  }

  #placeHostMap(governed: GovernedLines): PlacedShape {
    const { family, ownPredicates } = governed;
    const peers = this.#peers[family];
    const { classes, identities, classOf } = peers.divide(ownPredicates);
    const ofClass = classes.map((own) => this.#specialised(governed, own));
    const programs = [...new Set(ofClass)];
    const rowOf = ofClass.map((program) => programs.indexOf(program));
    const placed = identities
      .map((identity, index) => ({ identity, row: rowOf[classOf[index]!]! }))
      .filter(({ row }) => row !== 0);
    const steps = [...new Set(programs.flatMap((program) => program.steps))];
    const { ports, sourcePorts } = divisionOfPorts(steps, peers);
    return this.tables.placeShape({
      identityCount: peers.identityCount,
      identities: placed.map(({ identity }) => identity),
      rows: placed.map(({ row }) => row),
      rowCount: programs.length,
      ports: portMap(ports),
      ...(sourcePorts === undefined ? {} : { sourcePorts: portMap(sourcePorts) }),
      cells: Uint32Array.from(programs, ({ number }) => number),
    });
  }

  /** The program of an own side; own sides of which the lines ask the same have one. */
  #specialised(governed: GovernedLines, own: OwnSide): Specialised {
    const { hook, family, lines } = governed;
    const answers = governed.ownPredicates
      .map((predicate) => `${own.holds(predicate)} ${own.ports(predicate)}`)
      .join('|');
    const key = governed.asksNode ? `${own.nodeName ?? ''} ${answers}` : answers;
    let byOwn = this.#known.get(governed);
    if (byOwn === undefined) {
      byOwn = new Map();
      this.#known.set(governed, byOwn);
    }
    let found = byOwn.get(key);
    if (found === undefined) {
      const program = specialise(lines, { hook, family }, own, this.#pool, this.#keepsUnreached);
      found = { number: this.#add(program, governed), steps: program.steps };
      byOwn.set(key, found);
    }
    return found;
  }

  get outcomeCount(): number {
    return this.#outcomes;
  }

  #add(program: Program, governed: GovernedLines): number {
    const key = shapeKey(program);
    let shape = this.#shapes.get(key);
    if (shape === undefined) {
      shape = this.#compile(program);
      this.#shapes.set(key, shape);
    }
    const firstOutcome = this.numberOutcomes(program, shape.outcomes);
    const number = this.tables.addProgram(shape.placed, firstOutcome);
    this.#observer?.programAdded(number, program, shape, governed);
    return number;
  }

  /** Numbers for the outcomes of a program, behind all others; the first one. */
  numberOutcomes({ hook, hits }: Pick<Program, 'hook' | 'hits'>, outcomes: Shape['outcomes']): number {
    const firstOutcome = this.#outcomes;
    this.#outcomes += outcomes.length;
    this.programs.push({ hook, hits, outcomes, firstOutcome });
    this.hooks.add(hook);
    return firstOutcome;
  }

  #compile(program: Program): SharedShape {
    const { shape, table } = this.compiled(program);
    this.counts.shapes++;
    const shared = { outcomes: shape.outcomes, placed: this.tables.placeShape(table) };
    this.#observer?.shapeCompiled(program, shape, shared);
    return shared;
  }

  /** A shape against the peers as they are now, and in the numbers of the tables. */
  compiled(program: Pick<Program, 'family' | 'steps'>): { shape: Shape; table: ShapeTable } {
    const peers = this.#peers[program.family];
    const shape = compileShape(program, peers);
    const { counts } = this;
    counts.peerClasses = Math.max(counts.peerClasses, shape.peerClassCount);
    counts.rows = Math.max(counts.rows, shape.rowCount);
    counts.portClasses = Math.max(counts.portClasses, shape.ports.representatives.length);
    return { shape, table: shapeTable(shape, peers.identityCount) };
  }
}
