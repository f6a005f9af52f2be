/**
 * Rules and policies that do nothing, proved over every new packet: **dead** ones, whose packets all are taken before, **redundant** ones,
 * without which every hook answers as it does, and **overruled** ones, which admit what the hook at the other end refuses. Proved of the
 * pods and addresses that there are now; whether it will stay so is said where the conditions alone prove it. What matches nobody now, or
 * governs nobody, is neither.
 */
import { DIRECTIONS, type Policy } from '../../policy/policy.ts';
import type { World } from '../../policy/world.ts';
import { isAlwaysCovered, isAlwaysSelected, type PlacedRule } from './lasting-cover.ts';
import { takesOnlyItself } from './removal-effect.ts';
import { endOf, sameEnd } from './rule-cells.ts';
import { Covers, cellsOf, isAdditive, type PatternCells, type Taker } from './rule-covers.ts';
import { RulePackets } from './rule-packets.ts';
import { type RulePatterns, rulePatterns } from './rule-patterns.ts';
import { type RuleReach, ruleReach } from './rule-reach.ts';
import { LEVELS, policyKey, type RuleUnit } from './rule-units.ts';

export interface RuleFinding {
  readonly kind: 'dead' | 'redundant' | 'overruled';
  readonly unit: RuleUnit;
  /** Who takes its packets, or would: the fewest that take all of them. */
  readonly by: readonly Taker[];
  /** It stays so whatever pods and addresses come; else it is so of those that there are. */
  readonly lasts: boolean;
  /** One of a largest set, found step by step, that may go together; of redundant ones. */
  readonly mayGo: boolean;
  /** Redundant ones without which this one is not: not all of them may go. */
  readonly instead: readonly RuleUnit[];
}

export interface RuleFindings {
  /** In the order of the policies. */
  readonly findings: readonly RuleFinding[];
  /** Rules, and units of all levels, that were looked at. */
  readonly rules: number;
  /** Cells and programs of the proof. */
  readonly programs: number;
}

/** Finds all of them. Staged policies are not looked at. */
export function findIdleRules(world: World): RuleFindings {
  const space = rulePatterns(world);
  const reach = ruleReach(space);
  const { list } = space.units;
  const isIdle = (unit: RuleUnit): boolean =>
    reach.matched[unit.number] === 1 &&
    (reach.needed[unit.number] === 0 || (unit.level !== 'policy' && reach.reached[unit.number] === 0)) &&
    unit.policy.kind !== 'Namespace';
  // Of what is idle as a whole its parts are so, too.
  const idle = list.filter((unit) => isIdle(unit));
  const asked = new Set(idle.map(({ number }) => number));
  const isAsked = (unit: number): boolean => asked.has(unit);
  const cells = cellsOf(space, isAsked);
  const covers = new Covers(space, (unit) => reach.reached[unit] === 0);
  for (const pattern of cells) covers.note(pattern, isAsked);
  const found = idle.map((unit) => {
    const by = covers.of(unit.number);
    return { unit, by, kind: kindOf(unit, by, reach) };
  });
  const told = toTell(found, world);
  const going = removable(space, cells, told);
  const redundant = new Set(told.filter(({ kind }) => kind === 'redundant').map(({ unit }) => unit));
  return {
    findings: [...told, ...overruled(space, reach, world), ...shadowed(space, reach)].map(
      ({ unit, by, kind }): RuleFinding => {
        const mayGo = kind === 'redundant' && going.has(unit.number);
        const instead = by.flatMap((taker) =>
          taker.kind === 'unit' && redundant.has(taker.unit) ? [taker.unit] : [],
        );
        return { kind, unit, by, mayGo, instead, lasts: lasts({ kind, unit, by }, world) };
      },
    ),
    rules: list.filter(({ level }) => level === 'rule').length,
    programs: space.patterns.reduce((sum, { programs }) => sum + programs.length, 0),
  };
}

type Found = Pick<RuleFinding, 'unit' | 'by' | 'kind'>;

/** Rules that match nobody now, and never will: one before them in their policy takes all that they may ever match. */
function shadowed({ units: { list } }: RulePatterns, reach: RuleReach): Found[] {
  const rules = list.filter(({ level, policy }) => level === 'rule' && !isAdditive(policy));
  return rules
    .filter(({ number }) => reach.matched[number] === 0)
    .flatMap((unit): Found[] => {
      const before = rules.find(
        (other) =>
          other.number < unit.number &&
          other.policy === unit.policy &&
          other.list === unit.list &&
          other.index! < unit.index! &&
          other.pieces.every(({ rule }) => rule.action !== 'log') &&
          rulesOf(unit).every((rule) => isAlwaysCovered(rule, rulesOf(other))),
      );
      return before === undefined ? [] : [{ kind: 'dead', unit, by: [{ kind: 'unit', unit: before }] }];
    });
}

/** Rules that allow, and of which all packets are refused at their other end. */
function overruled(space: RulePatterns, reach: RuleReach, world: World): Found[] {
  const { units } = space;
  const asked = units.list.filter(
    ({ level, pieces }) => level === 'rule' && pieces.every(({ rule }) => rule.action === 'allow'),
  );
  const found = new RulePackets(space).overruled(new Set(asked.map(({ number }) => number)), reach);
  return found.flatMap(({ unit: number, by }): Found[] => {
    const unit = units.list[number]!;
    if (!takesOnlyItself(world, unit)) return [];
    const takers = by.flatMap(({ rule, tier, policy }): Taker[] => {
      const other = rule === undefined ? undefined : units.of(rule)?.rule;
      if (other !== undefined) return [{ kind: 'unit', unit: other }];
      return tier === undefined
        ? []
        : [{ kind: 'tier-end', tier: tier.name, ...(policy === undefined ? {} : { policy }) }];
    });
    return [{ kind: 'overruled', unit, by: takers }];
  });
}

/** Rules that stand side by side, in one rule or in NetworkPolicies, are redundant, whichever comes first. */
function kindOf(unit: RuleUnit, by: readonly Taker[], reach: RuleReach): Found['kind'] {
  if (unit.level === 'policy' || reach.reached[unit.number] === 1) return 'redundant';
  const isBeside = (taker: Taker): boolean => {
    if (taker.kind !== 'unit') return false;
    const { policy, within } = taker.unit;
    if (within !== undefined && taker.unit.level === unit.level && within === unit.within) {
      if (unit.level !== 'rule') return true;
    }
    return isAdditive(policy) && isAdditive(unit.policy) && policy.tier === unit.policy.tier;
  };
  return by.some(isBeside) ? 'redundant' : 'dead';
}

/** What is told: no parts of what is told as a whole, and nothing redundant whose deletion would change more. */
function toTell(found: readonly Found[], world: World): Found[] {
  const kept = new Map<RuleUnit, Found['kind']>();
  const byLevel = [...found].sort(
    (left, right) => LEVELS.indexOf(left.unit.level) - LEVELS.indexOf(right.unit.level),
  );
  for (const { unit, kind } of byLevel) {
    let around = unit.within;
    let isPart = false;
    for (; around !== undefined; around = around.within) {
      const whole = kept.get(around);
      if (whole === 'dead' || whole === kind) isPart = true;
    }
    if (isPart || (kind === 'redundant' && !takesOnlyItself(world, unit))) continue;
    kept.set(unit, kind);
  }
  // A rule of one peer or one port is told as the rule.
  return found.filter(({ unit, kind }) => kept.get(unit) === kind);
}

/** Units that may go together: each in turn, the last first, where all cells stay as they are without it and those before. */
function removable(
  { units: { list } }: RulePatterns,
  cells: readonly PatternCells[],
  told: readonly Found[],
): Set<number> {
  const going = new Set<number>();
  const patternsOf = new Map<number, PatternCells[]>();
  for (const one of cells)
    for (const unit of new Set(one.pattern.programs.flatMap(({ units }) => units))) {
      const known = patternsOf.get(unit);
      if (known === undefined) patternsOf.set(unit, [one]);
      else known.push(one);
    }
  const order = told
    .filter(({ kind }) => kind === 'redundant')
    .map(({ unit }) => unit)
    .sort(
      (left, right) => LEVELS.indexOf(left.level) - LEVELS.indexOf(right.level) || right.number - left.number,
    );
  for (const unit of order) {
    const leavesRest =
      unit.level === 'policy' ||
      (unit.level === 'rule' ? leavesARule(list, going, unit) : leavesSome(list, going, unit));
    const without = new Set([...going, unit.number]);
    if (
      leavesRest &&
      (patternsOf.get(unit.number) ?? []).every((one) => staysWithout(one, unit.number, without))
    )
      going.add(unit.number);
  }
  return going;
}

/**
 * Whether a direction of a policy that has several rules keeps one: by having any, some policies isolate. The pods of each of Cilium's
 * specs are isolated by its own.
 */
function leavesARule(list: readonly RuleUnit[], going: ReadonlySet<number>, unit: RuleUnit): boolean {
  const { kind, namespace, name, selector } = unit.policy;
  const others = list.filter(
    (other) =>
      other !== unit &&
      other.level === 'rule' &&
      other.list === unit.list &&
      other.policy.kind === kind &&
      other.policy.namespace === namespace &&
      other.policy.name === name &&
      other.policy.selector === selector,
  );
  return others.length === 0 || others.some(({ number }) => !going.has(number));
}

/** Whether a rule has some peer, or some port, besides one and those that go. */
function leavesSome(list: readonly RuleUnit[], going: ReadonlySet<number>, unit: RuleUnit): boolean {
  return list.some(
    (other) =>
      other !== unit &&
      other.within === unit.within &&
      other.level === unit.level &&
      !going.has(other.number),
  );
}

function staysWithout(
  { pattern, walks, cells }: PatternCells,
  unit: number,
  without: ReadonlySet<number>,
): boolean {
  const tried = new Set<string>();
  return pattern.programs.every(({ units }) => {
    if (!units.includes(unit)) return true;
    const gone = units.map((one) => without.has(one));
    const key = gone.map(Number).join('');
    if (tried.has(key)) return true;
    tried.add(key);
    return cells.every(({ met, outcome }) => {
      const after = walks.without(met, (local) => gone[local]!);
      const last = after.path.at(-1);
      if (last !== undefined && last !== outcome.path.at(-1) && pattern.isBeyond[last]!) return false;
      return sameEnd(endOf(outcome), endOf(after));
    });
  });
}

const rulesOf = ({ pieces, policy: { selector } }: RuleUnit): PlacedRule[] =>
  pieces.map((piece) => ({ ...piece, subjects: selector }));

/** Whether the conditions alone prove a finding, of all pods and addresses that may come. */
function lasts({ kind, unit, by }: Found, world: World): boolean {
  if (kind === 'overruled') return false;
  const takers = by.flatMap((taker) => (taker.kind === 'unit' ? [taker.unit] : []));
  if (takers.length < by.length || takers.length === 0) return false;
  const own = policiesOf(unit, world);
  const others = takers.flatMap((taker) => policiesOf(taker, world));
  const tiers = new Set([...own, ...others].map(({ tier }) => tier));
  if (tiers.size > 1 || own.some(({ placement }) => others.some((other) => other.placement !== placement)))
    return false;
  // Something else in the tier might take packets of pods to come, between the two, and do otherwise.
  if (kind === 'redundant' && !isUniform(world, [...own, ...others])) return false;
  const covering = takers.flatMap(rulesOf);
  if (!rulesOf(unit).every((rule) => isAlwaysCovered(rule, covering))) return false;
  if (unit.level !== 'policy') return true;
  return DIRECTIONS.every((direction) => {
    const isolates = (policy: Policy): boolean =>
      policy.types[direction] && policy.isolates?.[direction] !== false;
    return own.filter(isolates).every(({ selector }) =>
      isAlwaysSelected(
        selector,
        others.filter(isolates).map((other) => other.selector),
      ),
    );
  });
}

const policiesOf = ({ policy }: RuleUnit, { resolved }: World): Policy[] =>
  resolved.policies.filter((one) => !one.staged && policyKey(one) === policyKey(policy));

/** Whether all rules from the first to the last of some policies of one tier do the same. */
function isUniform({ resolved }: World, some: readonly Policy[]): boolean {
  const isSome = new Set(some.map(policyKey));
  const tier = resolved.policies.filter((policy) => policy.tier === some[0]!.tier && !policy.staged);
  const first = tier.findIndex((policy) => isSome.has(policyKey(policy)));
  const last = tier.findLastIndex((policy) => isSome.has(policyKey(policy)));
  const actions = tier
    .slice(first, last + 1)
    .flatMap(({ rules }) => [...rules.ingress, ...rules.egress].map(({ action }) => action));
  return new Set(actions).size === 1;
}
