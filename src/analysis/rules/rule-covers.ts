/**
 * Who takes the packets of units that no hook heeds: of every cell that such a unit matches, all that would take the packet in its place.
 * The fewest that take all of them together are its cover.
 */
import type { Hit } from '../../compile/legend.ts';
import type { Met, ShapeOutcome } from '../../compile/outcome-list.ts';
import { mayComeFirst, type StepReason } from '../../compile/step.ts';
import { YES } from '../../compile/step-answers.ts';
import type { Policy } from '../../policy/policy.ts';
import { CellWalks } from './rule-cells.ts';
import type { Pattern, PatternProgram, RulePatterns } from './rule-patterns.ts';
import type { RuleUnit } from './rule-units.ts';

/** What takes packets. */
export type Taker =
  | { readonly kind: 'unit'; readonly unit: RuleUnit }
  | { readonly kind: 'tier-end'; readonly tier: string; readonly policy?: Policy }
  | { readonly kind: 'profile'; readonly name: string }
  /** What the CNI does before any policy, or behind all. */
  | { readonly kind: 'cni'; readonly reason: StepReason };

/** A cell in which some unit of those asked about takes part. */
export interface UnitCell {
  readonly met: Met;
  readonly outcome: ShapeOutcome;
}

/** The cells of a pattern that matter to the units asked about. */
export interface PatternCells {
  readonly pattern: Pattern;
  readonly walks: CellWalks;
  readonly cells: readonly UnitCell[];
}

/** Rules of NetworkPolicies admit side by side: which of them comes first means nothing. */
export const isAdditive = ({ calicoKind }: Policy): boolean => calicoKind === 'KubernetesNetworkPolicy';

/** Every cell of every program in which one of the units is matched, or makes a tier one that is asked. */
export function cellsOf(space: RulePatterns, isAsked: (unit: number) => boolean): PatternCells[] {
  return space.patterns.flatMap((pattern): PatternCells[] => {
    const asked = new Set<number>();
    for (const { units } of pattern.programs)
      units.forEach((unit, local) => {
        if (isAsked(unit)) asked.add(local);
      });
    if (asked.size === 0) return [];
    const makesAsked = [...pattern.isolating.values()].flat().some((policy) => asked.has(policy));
    const walks = new CellWalks(pattern);
    const met = space.metOf(pattern);
    const cells = new Map<string, UnitCell>();
    for (const row of met.rows)
      for (const { columns } of space.partsOf(pattern)) {
        const at = met.at(row, columns[0]!);
        if (!makesAsked && !at.steps.some((step) => pattern.unitsOf[step]!.some((unit) => asked.has(unit))))
          continue;
        const key = `${at.steps.join()} ${at.answers.join('')}`;
        if (!cells.has(key)) cells.set(key, { met: at, outcome: walks.walk(at) });
      }
    return cells.size === 0 ? [] : [{ pattern, walks, cells: [...cells.values()] }];
  });
}

/** Lists of takers, any one of each list being enough, by unit. */
export class Covers {
  readonly #space: RulePatterns;
  readonly #takers = new Map<string, Taker>();
  /** By unit: texts of sorted keys. */
  readonly #lists = new Map<number, Set<string>>();
  readonly #isUnreached: (unit: number) => boolean;

  constructor(space: RulePatterns, isUnreached: (unit: number) => boolean) {
    this.#space = space;
    this.#isUnreached = isUnreached;
  }

  /** Notes who takes the packets of a unit in the cells of a pattern. */
  note({ pattern, walks, cells }: PatternCells, isAsked: (unit: number) => boolean): void {
    const asked = new Map<number, PatternProgram[]>();
    for (const program of pattern.programs)
      program.units.forEach((unit, local) => {
        if (!isAsked(unit)) return;
        const known = asked.get(local);
        if (known === undefined) asked.set(local, [program]);
        else known.push(program);
      });
    for (const [local, programs] of asked) {
      const unreached = programs.some(({ units }) => this.#isUnreached(units[local]!));
      const lists = new Map<string, readonly number[]>();
      for (const cell of cells) {
        const found = takersIn(pattern, walks, { ...cell, unit: local, unreached });
        if (found !== undefined && found.length > 0) lists.set(found.join(), found);
      }
      for (const program of programs) {
        for (const steps of lists.values()) this.#add(program.units[local]!, pattern, program, steps);
        this.#addIsolating(pattern, program, local);
      }
    }
  }

  /** Policies that keep a tier asked in the place of one. */
  #addIsolating(pattern: Pattern, { units }: PatternProgram, local: number): void {
    const { list } = this.#space.units;
    if (list[units[local]!]!.level !== 'policy') return;
    for (const policies of pattern.isolating.values()) {
      if (!policies.includes(local) || policies.length === 1) continue;
      const others = policies.filter((policy) => policy !== local).map((policy) => list[units[policy]!]!);
      this.#put(
        units[local]!,
        others.map((unit) => ({ kind: 'unit', unit })),
      );
    }
  }

  #add(unit: number, pattern: Pattern, { hits }: PatternProgram, steps: readonly number[]): void {
    const of = this.#space.units.list[unit]!;
    this.#put(
      unit,
      steps.map((step) => this.#takerOf(of, hits[step]!, pattern.steps[step]!.effect.reason)),
    );
  }

  #put(unit: number, takers: readonly Taker[]): void {
    const keys = takers.map((taker) => {
      const key = keyOf(taker);
      if (!this.#takers.has(key)) this.#takers.set(key, taker);
      return key;
    });
    const lists = this.#lists.get(unit) ?? new Set<string>();
    this.#lists.set(unit, lists.add([...new Set(keys)].sort().join('\n')));
  }

  /** Policies in the place of policies; else rules, but what is in the unit's own rule by itself. */
  #takerOf(of: RuleUnit, { rule, tier, policy, profile }: Hit, reason: StepReason): Taker {
    const piece = rule === undefined ? undefined : this.#space.units.of(rule);
    if (piece !== undefined) {
      if (of.level === 'policy') return { kind: 'unit', unit: piece.policy };
      const isOwn = (of.level === 'peer' || of.level === 'port') && of.within === piece.rule;
      return { kind: 'unit', unit: isOwn ? piece[of.level] : piece.rule };
    }
    if (tier !== undefined)
      return { kind: 'tier-end', tier: tier.name, ...(policy === undefined ? {} : { policy }) };
    return profile === undefined ? { kind: 'cni', reason } : { kind: 'profile', name: profile.name };
  }

  /** The fewest that take all packets of a unit; where three and more are needed, nearly the fewest. */
  of(unit: number): Taker[] {
    const lists = [...(this.#lists.get(unit) ?? [])].map((text) => new Set(text.split('\n')));
    return smallestCover(lists).map((key) => this.#takers.get(key)!);
  }
}

function keyOf(taker: Taker): string {
  switch (taker.kind) {
    case 'unit':
      return `unit ${String(taker.unit.number).padStart(8, '0')}`;
    case 'tier-end':
      return `~end ${taker.tier}`;
    case 'profile':
      return `~profile ${taker.name}`;
    case 'cni':
      return `~cni ${taker.reason}`;
  }
}

/** More candidates than these are not tried in pairs. */
const PAIRED = 200;

/** Keys of which every list holds one: the fewest where two are enough, else greedily; of equals the first by name. */
function smallestCover(lists: readonly ReadonlySet<string>[]): string[] {
  const keys = [...new Set(lists.flatMap((list) => [...list]))].sort();
  const single = keys.find((key) => lists.every((list) => list.has(key)));
  if (single !== undefined) return [single];
  if (keys.length <= PAIRED)
    for (const one of lists[0] ?? []) {
      const left = lists.filter((list) => !list.has(one));
      const other = keys.find((key) => left.every((list) => list.has(key)));
      if (other !== undefined) return [one, other].sort();
    }
  const cover: string[] = [];
  let left = lists;
  while (left.length > 0) {
    let best: { key: string; count: number } | undefined;
    for (const key of keys) {
      const count = left.filter((list) => list.has(key)).length;
      if (best === undefined || count > best.count) best = { key, count };
    }
    cover.push(best!.key);
    left = left.filter((list) => !list.has(best!.key));
  }
  return cover.sort();
}

interface AskedCell extends UnitCell {
  readonly unit: number;
  readonly unreached: boolean;
}

/** Steps of which each alone would take the packet from the unit, or in its place; undefined where the unit does nothing. */
function takersIn(
  pattern: Pattern,
  walks: CellWalks,
  { met, outcome, unit, unreached }: AskedCell,
): number[] | undefined {
  const { steps, unitsOf, isolating } = pattern;
  const isOwn = (step: number): boolean => unitsOf[step]!.includes(unit);
  const own = met.steps.find(isOwn);
  const decider = outcome.path.at(-1);
  if (decider === undefined) {
    if (own === undefined) return undefined;
    return unreached ? beforeOwn(pattern, met, own) : doingTheSame(pattern, met, own, isOwn);
  }
  const { section } = steps[decider]!.effect;
  const policies = isolating.get(section) ?? [];
  const isAtWork = outcome.path.some(isOwn) || (policies.length === 1 && policies[0] === unit);
  if (isAtWork) {
    const after = walks.without(met, (other) => other === unit);
    const instead = after.path.find((step) => !outcome.path.includes(step)) ?? after.path.at(-1);
    return instead === undefined ? [] : alike(pattern, met, instead, isOwn);
  }
  if (!unreached || own === undefined) return undefined;
  const ownSection = steps[own]!.effect.section;
  const passed = outcome.path.find((step) => steps[step]!.effect.section === ownSection && step !== decider);
  const first = passed !== undefined && steps[passed]!.effect.action !== 'log' ? passed : decider;
  const isFirstOnly = steps[first]!.effect.section < ownSection;
  const taken = alike(pattern, met, first, isOwn);
  const additive = isSideBySide(pattern, own, first);
  return isFirstOnly || additive ? taken : beforeOwn(pattern, met, own);
}

/** Whether two steps are of NetworkPolicies in one tier. */
function isSideBySide({ programs: [program], steps }: Pattern, one: number, other: number): boolean {
  const [left, right] = [program!.hits[one]!.policy, program!.hits[other]!.policy];
  return (
    left !== undefined &&
    right !== undefined &&
    isAdditive(left) &&
    isAdditive(right) &&
    steps[one]!.effect.section === steps[other]!.effect.section
  );
}

/** Steps that do in a section what a unit's first one does there; all others where there are none. */
function doingTheSame({ steps }: Pattern, met: Met, own: number, isOwn: (step: number) => boolean): number[] {
  const { section, action } = steps[own]!.effect;
  const others = met.steps.filter((step) => !isOwn(step));
  const same = others.filter((step) => {
    const { effect } = steps[step]!;
    return effect.section === section && effect.action === action;
  });
  return same.length > 0 ? same : others;
}

/** Steps from one on that do the same, up to the first that does something else. */
function alike({ steps }: Pattern, met: Met, from: number, isOwn: (step: number) => boolean): number[] {
  const { section, action } = steps[from]!.effect;
  const found: number[] = [];
  for (const step of met.steps) {
    if (step < from || isOwn(step) || steps[step]!.effect.action === 'log') continue;
    const { effect } = steps[step]!;
    if (effect.section !== section || effect.action !== action) break;
    found.push(step);
  }
  return found;
}

/**
 * Steps that surely leave a unit's section before its first one, whatever they do; not those of policies that may also come behind it.
 * Where there are none, all of the sections before.
 */
function beforeOwn({ steps }: Pattern, { steps: met, answers }: Met, own: number): number[] {
  const { section, tie } = steps[own]!.effect;
  const before = met.filter(
    (step, at) => step < own && answers[at] === YES && steps[step]!.effect.action !== 'log',
  );
  const beside = before.filter((step) => {
    const { effect } = steps[step]!;
    return effect.section === section && !mayComeFirst(tie, effect.tie);
  });
  return beside.length > 0 ? beside : before.filter((step) => steps[step]!.effect.section < section);
}
