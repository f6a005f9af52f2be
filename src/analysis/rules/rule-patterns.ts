/**
 * The programs of a world, with all steps that they might meet, and what each step is a piece of. Programs of one shape whose pieces are
 * grouped alike are one pattern: what is found of its cells holds for all of them, each with rules of its own.
 */
import { type Compilation, compileTables } from '../../compile/compile.ts';
import type { GovernedLines } from '../../compile/governed-lines.ts';
import type { Hit } from '../../compile/legend.ts';
import { MetSteps, type PortDivision } from '../../compile/met-steps.ts';
import type { Program } from '../../compile/program.ts';
import type { ProgramObserver, SharedShape } from '../../compile/program-set.ts';
import type { Step } from '../../compile/step.ts';
import { GUARDS } from '../../compile/step.ts';
import type { Governed } from '../../policy/policy.ts';
import type { World } from '../../policy/world.ts';
import { ProgramReader, readEntries } from '../../tables/program-reader.ts';
import { directionOf, type ProgramHook } from '../../tables/verdict.ts';
import { type BackendRow, virtualPortsOf } from '../../tables/virtual-ports.ts';
import { type JointPoint, jointPoints } from '../joint/joint-points.ts';
import { type PortPart, PortSets, portParts } from '../joint/joint-ports.ts';
import { LEVELS, RuleUnits } from './rule-units.ts';

/** One program of a pattern. */
export interface PatternProgram {
  readonly number: number;
  /** By step. */
  readonly hits: readonly Hit[];
  /** By local number: the unit's. */
  readonly units: readonly number[];
}

export interface Pattern {
  readonly hook: ProgramHook;
  readonly family: 4 | 6;
  readonly steps: readonly Step[];
  readonly division: PortDivision;
  /** By step: local numbers of its units, in the order of LEVELS; empty for what is no rule of a policy. */
  readonly unitsOf: readonly (readonly number[])[];
  readonly unitCount: number;
  /** By step: its rule asks more than packets show, so that another is no substitute, nor it for another. */
  readonly isBeyond: readonly boolean[];
  /** By section: local numbers of the policies that make their tier one that is asked. Without all of them it is not. */
  readonly isolating: ReadonlyMap<number, readonly number[]>;
  /** Local numbers of policies that govern and say nothing in this direction are among them. */
  readonly policies: readonly number[];
  readonly programs: readonly PatternProgram[];
}

export interface RulePatterns {
  readonly units: RuleUnits;
  readonly compiled: Compilation;
  readonly reader: ProgramReader;
  readonly patterns: readonly Pattern[];
  readonly points: Readonly<Record<4 | 6, readonly JointPoint[]>>;
  readonly sets: PortSets;
  /** Whom services send to, once for each port that does. */
  readonly backends: readonly BackendRow[];
  /** What packets of a program's ports may be, one part a column of its cells. */
  partsOf(pattern: Pattern): readonly PortPart[];
  metOf(pattern: Pattern): MetSteps;
}

/** Which of a program's steps and policies belong together: equal texts for programs of one pattern. */
interface Grouping {
  readonly text: string;
  readonly unitsOf: readonly (readonly number[])[];
  readonly isBeyond: readonly boolean[];
  readonly isolating: ReadonlyMap<number, readonly number[]>;
  readonly policies: readonly number[];
  readonly units: readonly number[];
}

function groupingOf({ hits, hook }: Program, governed: Governed, units: RuleUnits): Grouping {
  const locals = new Map<number, number>();
  const local = (unit: number): number => {
    let number = locals.get(unit);
    if (number === undefined) {
      number = locals.size;
      locals.set(unit, number);
    }
    return number;
  };
  const unitsOf = hits.map(({ rule }) => {
    const piece = rule === undefined ? undefined : units.of(rule);
    return piece === undefined ? [] : LEVELS.map((level) => local(piece[level].number));
  });
  const isBeyond = hits.map(({ rule }) => rule?.beyond !== undefined || rule?.hasHttp === true);
  const direction = directionOf(hook);
  const policies = new Set<number>();
  const isolating = new Map<number, readonly number[]>();
  governed.tiers.forEach(({ policies: list }, index) => {
    const enforced = list.filter(({ staged }) => !staged);
    const isolators = enforced.filter(({ isolates }) => isolates?.[direction] !== false);
    for (const policy of enforced) policies.add(local(units.ofPolicy(policy).number));
    isolating.set(GUARDS + 1 + index, [
      ...new Set(isolators.map((policy) => local(units.ofPolicy(policy).number))),
    ]);
  });
  const text = [
    unitsOf.map((list, step) => `${list.join()}${isBeyond[step] ? '+' : ''}`).join(';'),
    [...isolating].map(([section, list]) => `${section}:${list.join()}`).join(';'),
    [...policies].join(),
  ].join('|');
  return { text, unitsOf, isBeyond, isolating, policies: [...policies], units: [...locals.keys()] };
}

/** Collects programs as they are compiled. */
class PatternObserver implements ProgramObserver {
  readonly patterns: (Pattern & { programs: PatternProgram[] })[] = [];
  readonly #units: RuleUnits;
  readonly #shapes = new Map<SharedShape, { division: PortDivision; byText: Map<string, number> }>();

  constructor(units: RuleUnits) {
    this.#units = units;
  }

  shapeCompiled(_program: Program, { ports, sourcePorts }: PortDivision, shape: SharedShape): void {
    const division = { ports, ...(sourcePorts === undefined ? {} : { sourcePorts }) };
    this.#shapes.set(shape, { division, byText: new Map() });
  }

  programAdded(number: number, program: Program, shape: SharedShape, { governed }: GovernedLines): void {
    const { hook, family, steps, hits } = program;
    const { text, units, ...grouping } = groupingOf(program, governed, this.#units);
    const { division, byText } = this.#shapes.get(shape)!;
    const key = `${hook} ${text}`;
    let index = byText.get(key);
    if (index === undefined) {
      const pattern = { hook, family, steps, division, unitCount: units.length, ...grouping, programs: [] };
      index = this.patterns.push(pattern) - 1;
      byText.set(key, index);
    }
    this.patterns[index]!.programs.push({ number, hits, units });
  }
}

/** Compiles a world, its rules in pieces, and sorts its programs into patterns. */
export function rulePatterns(world: World): RulePatterns {
  const units = new RuleUnits(world);
  const observer = new PatternObserver(units);
  const compiled = compileTables(units.world, { keepsUnreached: true, observer });
  const reader = new ProgramReader(compiled.tables);
  const entries = readEntries(compiled.tables);
  const pointsOf = (family: 4 | 6): JointPoint[] => {
    const side = { space: compiled.space.families[family], tables: compiled.tables };
    return jointPoints(family, side, side);
  };
  const points = { 4: pointsOf(4), 6: pointsOf(6) };
  // A backend may also be seen at the address of its service, which no entry of its own has.
  const backends = entries.flatMap(({ firstVirtual }) =>
    virtualPortsOf(compiled.tables, firstVirtual).flatMap((row) => row.backends),
  );
  const identitiesOf = (family: 4 | 6) =>
    new Set([
      ...points[family].map(({ before }) => entries[before]!.identity),
      ...backends.flatMap(({ before, address }) =>
        before === undefined || address.family !== family ? [] : [before],
      ),
    ]);
  const inhabited = { 4: identitiesOf(4), 6: identitiesOf(6) };
  const sets = new PortSets();
  const known = new Map<string, readonly PortPart[]>();
  return {
    units,
    compiled,
    reader,
    points,
    sets,
    backends,
    patterns: observer.patterns,
    partsOf: ({ family, programs: [first] }) => {
      const asked = { reader, program: first!.number };
      const key = `${family} ${reader.shapeOf(asked.program).ports}`;
      let parts = known.get(key);
      if (parts === undefined) {
        parts = portParts(family, [asked], sets);
        known.set(key, parts);
      }
      return parts;
    },
    metOf: ({ steps, division, family }) =>
      new MetSteps(steps, division, compiled.peers[family], inhabited[family]),
  };
}
