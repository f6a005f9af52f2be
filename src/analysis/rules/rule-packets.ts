/**
 * Whether some packet's verdict hangs on a rule that its hook heeds: the hook at the other end may refuse all that the rule decides about.
 * Packets between pods, nodes and outside addresses are asked, by pairs of programs and identities; where hosts have hooks nothing is said.
 */
import type { Hit } from '../../compile/legend.ts';
import type { Met, ShapeOutcome } from '../../compile/outcome-list.ts';
import type { AddressEntry } from '../../tables/entries.ts';
import { CELL_VERDICT_MASK } from '../../tables/program-layout.ts';
import { readEntries } from '../../tables/program-reader.ts';
import { VERDICT_ALLOW, VERDICT_DENY } from '../../tables/verdict-layout.ts';
import { type PortPart, portParts } from '../joint/joint-ports.ts';
import { CellWalks } from './rule-cells.ts';
import type { Pattern, PatternProgram, RulePatterns } from './rule-patterns.ts';
import { needOf, type RuleReach, unitsAtWork } from './rule-reach.ts';

export interface Overruled {
  readonly unit: number;
  /** Who refuses at the other end; each once, the most frequent first. */
  readonly by: readonly Hit[];
}

/** Pairs that are tried for one unit before it is left alone. */
const MOST_PAIRS = 200_000;

/** Points of a family by what is asked of them. */
interface Places {
  readonly byIdentity: ReadonlyMap<number, readonly number[]>;
  /** By program number, of either hook. */
  readonly byProgram: Readonly<Record<'egress' | 'ingress', ReadonlyMap<number, readonly number[]>>>;
}

/** Cells that are another without a unit. */
interface Cells {
  /** Those with another verdict. */
  readonly rows: { readonly identities: readonly number[]; readonly columns: ReadonlySet<number> }[];
  /** Some are another in what few packets show: whether a node's exemption overrides them, who is logged, what is asked beyond packets. */
  hasSubtle: boolean;
}

/** Addresses of both ends, as the hook at the other end is asked. */
interface AskedPair {
  /** Of the unit's own end. */
  readonly identity: number;
  readonly columns: ReadonlySet<number>;
  readonly family: 4 | 6;
  /** The other end's program; undefined where nobody is asked. */
  readonly other: number | undefined;
}

class UnitState {
  pairs = 0;
  /** `perhaps`: it was not looked into further. */
  counts: 'no' | 'perhaps' | 'surely' = 'no';
  readonly refusals = new Map<Hit, number>();
}

export class RulePackets {
  readonly #space: RulePatterns;
  readonly #entries: readonly AddressEntry[];
  /** Numbers of the entries that services send to. */
  readonly #backends: ReadonlySet<number>;
  /** A profile that leaves open whether policies see the address of a service or its backend's. */
  readonly #servicesMayBeSeen: boolean;
  readonly #places: Readonly<Record<4 | 6, Places>>;
  readonly #parts = new Map<string, readonly PortPart[]>();
  readonly #states = new Map<number, UnitState>();

  constructor(space: RulePatterns) {
    this.#space = space;
    this.#servicesMayBeSeen = space.units.world.profile.serviceDestination === 'unspecified';
    this.#entries = readEntries(space.compiled.tables);
    this.#backends = new Set(space.backends.map(({ entry }) => entry));
    this.#places = { 4: this.#placesOf(4), 6: this.#placesOf(6) };
  }

  #placesOf(family: 4 | 6): Places {
    const places = {
      byIdentity: new Map<number, number[]>(),
      byProgram: { egress: new Map<number, number[]>(), ingress: new Map<number, number[]>() },
    };
    const put = (map: Map<number, number[]>, key: number | undefined, point: number): void => {
      if (key === undefined) return;
      const list = map.get(key);
      if (list === undefined) map.set(key, [point]);
      else list.push(point);
    };
    this.#space.points[family].forEach(({ before }, point) => {
      const { identity, egressProgram, ingressProgram } = this.#entries[before]!;
      put(places.byIdentity, identity, point);
      put(places.byProgram.egress, egressProgram, point);
      put(places.byProgram.ingress, ingressProgram, point);
    });
    return places;
  }

  /** Those of the units, which their hooks all heed, on which no verdict hangs. */
  overruled(asked: ReadonlySet<number>, reach: RuleReach): Overruled[] {
    if (this.#space.patterns.some(({ hook }) => hook !== 'egress' && hook !== 'ingress')) return [];
    for (const unit of asked) if (reach.needed[unit] === 1) this.#states.set(unit, new UnitState());
    for (const pattern of this.#space.patterns) this.#takePattern(pattern);
    return [...this.#states].flatMap(([unit, { counts, refusals }]) => {
      if (counts !== 'no' || refusals.size === 0) return [];
      const by = [...refusals].sort((left, right) => right[1] - left[1]).map(([hit]) => hit);
      return [{ unit, by }];
    });
  }

  /** Whether the verdict of some packet was found to hang on a unit that was asked about. */
  surelyCounts(unit: number): boolean {
    return this.#states.get(unit)?.counts === 'surely';
  }

  #isOpen(unit: number): boolean {
    const counts = this.#states.get(unit)?.counts;
    return counts === 'no' || counts === 'perhaps';
  }

  #takePattern(pattern: Pattern): void {
    const locals = new Set<number>();
    for (const { units } of pattern.programs)
      units.forEach((unit, local) => {
        if (this.#isOpen(unit)) locals.add(local);
      });
    if (locals.size === 0) return;
    for (const [local, cells] of this.#cellsOf(pattern, locals))
      for (const program of pattern.programs) {
        const state = this.#states.get(program.units[local]!);
        if (state === undefined || state.counts === 'surely') continue;
        if (cells.hasSubtle) state.counts = 'perhaps';
        this.#takeProgram(pattern, program, cells, state);
      }
  }

  /** The cells of a pattern that are another without a unit, by local number. */
  #cellsOf(pattern: Pattern, locals: ReadonlySet<number>): Map<number, Cells> {
    const walks = new CellWalks(pattern);
    const met = this.#space.metOf(pattern);
    const found = new Map<number, Cells>();
    const cellsOf = (local: number): Cells => {
      let cells = found.get(local);
      if (cells === undefined) {
        cells = { rows: [], hasSubtle: false };
        found.set(local, cells);
      }
      return cells;
    };
    const known = new Map<string, readonly Needed[]>();
    for (const row of met.rows) {
      const columns = new Map<number, Set<number>>();
      for (const part of this.#space.partsOf(pattern)) {
        const column = part.columns[0]!;
        const at = met.at(row, column);
        const key = `${at.steps.join()} ${at.answers.join('')}`;
        const needed = known.get(key) ?? neededIn(walks, pattern, at, locals);
        known.set(key, needed);
        for (const { local, need } of needed)
          if (need === 'subtle') cellsOf(local).hasSubtle = true;
          else columns.set(local, (columns.get(local) ?? new Set()).add(column));
      }
      if (columns.size === 0) continue;
      const identities = met.identitiesOf(row);
      for (const [local, list] of columns) cellsOf(local).rows.push({ identities, columns: list });
    }
    return found;
  }

  /** Tries pairs of a program's own addresses with the peers of its cells until one counts. */
  #takeProgram(pattern: Pattern, program: PatternProgram, cells: Cells, state: UnitState): void {
    for (const pair of this.#pairs(pattern, program, cells)) {
      if (++state.pairs > MOST_PAIRS || pair === 'perhaps') state.counts = 'perhaps';
      else if (pair.other === undefined) state.counts = 'surely';
      else this.#askOther(program.number, pair.other, pair, state);
      if (state.counts === 'surely' || state.pairs > MOST_PAIRS) return;
    }
  }

  /** The pairs, but of those that are asked alike one; `perhaps` where other things than the two hooks have a say. */
  *#pairs(
    { hook, family }: Pattern,
    program: PatternProgram,
    cells: Cells,
  ): Generator<AskedPair | 'perhaps'> {
    const own = hook as 'egress' | 'ingress';
    const places = this.#places[family];
    const points = this.#space.points[family];
    const tried = new Set<string>();
    for (const mine of places.byProgram[own].get(program.number) ?? []) {
      const here = this.#entries[points[mine]!.before]!;
      const isBackend = this.#backends.has(points[mine]!.before);
      // Who dials its service may be asked about the service's address alone, and not refuse that.
      if (isBackend && own === 'ingress' && this.#servicesMayBeSeen) yield 'perhaps';
      for (const { identities, columns } of cells.rows)
        for (const identity of identities) {
          const peers = places.byIdentity.get(identity);
          // A backend that is seen at its service's address.
          if (peers === undefined) yield 'perhaps';
          for (const peer of peers ?? []) {
            if (peer === mine && points[peer]!.addresses.length < 2) {
              // Through a service it may reach itself.
              if (isBackend) yield 'perhaps';
              continue;
            }
            const there = this.#entries[points[peer]!.before]!;
            const other = own === 'egress' ? there.ingressProgram : there.egressProgram;
            // What a node and its own pods say to each other has rules of its own, and what goes to a service.
            const isOpen =
              isOwnNode(here, there) || isOwnNode(there, here) || isVirtual(here) || isVirtual(there);
            const key = `${here.identity} ${identity} ${other} ${isOpen}`;
            if (tried.has(key)) continue;
            tried.add(key);
            yield isOpen ? 'perhaps' : { identity: here.identity, columns, family, other };
          }
        }
    }
  }

  /** Asks the hook at the other end for all ports of the cells. */
  #askOther(
    program: number,
    other: number,
    { identity, columns, family }: AskedPair,
    state: UnitState,
  ): void {
    const { reader, compiled } = this.#space;
    const row = reader.rowOf(other, identity);
    for (const part of this.#partsOf(program, other, family)) {
      if (!columns.has(part.columns[0]!)) continue;
      const cell = reader.cellAt(other, row, part.columns[1]!);
      const verdict = cell & CELL_VERDICT_MASK;
      if (verdict === VERDICT_ALLOW) {
        state.counts = 'surely';
        return;
      }
      // An end that is left open makes both answers of this one the same, or does not: allow and open are open, deny is deny.
      if (verdict !== VERDICT_DENY) {
        state.counts = 'perhaps';
        continue;
      }
      const hit = compiled.legend.outcome(reader.outcomeOf(other, cell)).path.at(-1);
      if (hit !== undefined) state.refusals.set(hit, (state.refusals.get(hit) ?? 0) + 1);
    }
  }

  #partsOf(program: number, other: number, family: 4 | 6): readonly PortPart[] {
    const { reader, sets } = this.#space;
    const key = `${family} ${reader.shapeOf(program).ports} ${reader.shapeOf(other).ports}`;
    let parts = this.#parts.get(key);
    if (parts === undefined) {
      parts = portParts(
        family,
        [
          { reader, program },
          { reader, program: other },
        ],
        sets,
      );
      this.#parts.set(key, parts);
    }
    return parts;
  }
}

interface Needed {
  readonly local: number;
  readonly need: 'verdict' | 'subtle';
}

function neededIn(walks: CellWalks, pattern: Pattern, met: Met, locals: ReadonlySet<number>): Needed[] {
  const outcome: ShapeOutcome = walks.walk(met);
  return [...unitsAtWork(walks, pattern, met, outcome)].flatMap((local) => {
    if (!locals.has(local)) return [];
    const need = needOf(walks, pattern, { met, outcome, unit: local });
    return need === 'none' ? [] : [{ local, need }];
  });
}

/** What goes to a Service's own address may be seen as another's. */
const isVirtual = ({ firstVirtual }: AddressEntry): boolean => firstVirtual !== undefined;

const isOwnNode = (pod: AddressEntry, node: AddressEntry): boolean =>
  node.node !== undefined && node.node === pod.ownerNode;
