/**
 * What each unit of the policies does, over all classes of peers and of ports of every program that holds it: whether some packet matches
 * it, whether one gets to it past all that comes before, and whether some hook would answer otherwise without it. Exact of hooks; whether
 * a packet meets both of its hooks is asked elsewhere.
 */
import type { Met, ShapeOutcome } from '../../compile/outcome-list.ts';
import { CellWalks, endOf } from './rule-cells.ts';
import type { Pattern, RulePatterns } from './rule-patterns.ts';

/** By unit: 1 where it is so. */
export interface RuleReach {
  /** Some packet that a hook is asked about meets its conditions; a policy: it governs somebody. */
  readonly matched: Uint8Array;
  /** Some packet is passed, logged or decided by it. */
  readonly reached: Uint8Array;
  /** Some hook answers otherwise without it. */
  readonly needed: Uint8Array;
}

/** The units, by local number, whose absence may change a cell: those that packets get to, and policies that make a tier on their way asked. */
export function unitsAtWork(
  walks: CellWalks,
  pattern: Pattern,
  met: Met,
  outcome: ShapeOutcome,
): Set<number> {
  const { steps, unitsOf, isolating } = pattern;
  const units = new Set<number>();
  for (const step of walks.reached(met, outcome)) {
    for (const unit of unitsOf[step]!) units.add(unit);
    const policies = isolating.get(steps[step]!.effect.section);
    if (policies?.length === 1) units.add(policies[0]!);
  }
  return units;
}

/**
 * How a cell is another without a unit: its verdict, or what is subtler: that it is logged, that a node's exemption may override it, that
 * it hangs on what packets do not show.
 */
export function needOf(
  walks: CellWalks,
  pattern: Pattern,
  { met, outcome, unit }: { readonly met: Met; readonly outcome: ShapeOutcome; readonly unit: number },
): 'verdict' | 'subtle' | 'none' {
  const { steps, unitsOf, isBeyond } = pattern;
  const [before, after] = [endOf(outcome), endOf(walks.without(met, (other) => other === unit))];
  if (before.verdict !== after.verdict) return 'verdict';
  if (before.isBinding !== after.isBinding) return 'subtle';
  const goes = outcome.path.filter((step) => unitsOf[step]!.includes(unit));
  if (goes.some((step) => isBeyond[step] || steps[step]!.effect.action === 'log')) return 'subtle';
  const isOther = after.step !== before.step && after.step !== undefined;
  return isOther && isBeyond[after.step] ? 'subtle' : 'none';
}

/** Of one pattern, by local number. */
class PatternReach {
  readonly matched: Uint8Array;
  readonly reached: Uint8Array;
  readonly needed: Uint8Array;

  constructor({ unitCount }: Pattern) {
    this.matched = new Uint8Array(unitCount);
    this.reached = new Uint8Array(unitCount);
    this.needed = new Uint8Array(unitCount);
  }
}

/** Walks the cells of all patterns. */
export function ruleReach(space: RulePatterns): RuleReach {
  const { length } = space.units.list;
  const reach = {
    matched: new Uint8Array(length),
    reached: new Uint8Array(length),
    needed: new Uint8Array(length),
  };
  for (const pattern of space.patterns) {
    const local = patternReach(space, pattern, reach);
    for (const { units } of pattern.programs)
      units.forEach((unit, at) => {
        reach.matched[unit]! |= local.matched[at]!;
        reach.reached[unit]! |= local.reached[at]!;
        reach.needed[unit]! |= local.needed[at]!;
      });
  }
  return reach;
}

function patternReach(space: RulePatterns, pattern: Pattern, known: RuleReach): PatternReach {
  const found = new PatternReach(pattern);
  for (const policy of pattern.policies) found.matched[policy] = 1;
  const isOpen = openUnits(pattern, known);
  if (!isOpen.includes(1)) return found;
  const walks = new CellWalks(pattern);
  const met = space.metOf(pattern);
  const columns = space.partsOf(pattern).map(({ columns: [column] }) => column!);
  const seen = new Set<string>();
  for (const row of met.rows)
    for (const column of columns) {
      const at = met.at(row, column);
      const key = `${at.steps.join()} ${at.answers.join('')}`;
      if (seen.has(key)) continue;
      seen.add(key);
      takeCell(walks, pattern, { at, found, isOpen });
    }
  return found;
}

/** Local numbers of which something is not known yet. */
function openUnits({ programs, unitCount }: Pattern, { matched, reached, needed }: RuleReach): Uint8Array {
  const isOpen = new Uint8Array(unitCount);
  for (const { units } of programs)
    units.forEach((unit, at) => {
      if ((matched[unit]! & reached[unit]! & needed[unit]!) === 0) isOpen[at] = 1;
    });
  return isOpen;
}

interface Cell {
  readonly at: Met;
  readonly found: PatternReach;
  readonly isOpen: Uint8Array;
}

function takeCell(walks: CellWalks, pattern: Pattern, { at, found, isOpen }: Cell): void {
  const { unitsOf } = pattern;
  for (const step of at.steps) for (const unit of unitsOf[step]!) found.matched[unit] = 1;
  const outcome = walks.walk(at);
  for (const step of walks.reached(at, outcome)) for (const unit of unitsOf[step]!) found.reached[unit] = 1;
  for (const unit of unitsAtWork(walks, pattern, at, outcome)) {
    if (isOpen[unit] === 0 || found.needed[unit] === 1) continue;
    if (needOf(walks, pattern, { met: at, outcome, unit }) !== 'none') found.needed[unit] = 1;
  }
}
