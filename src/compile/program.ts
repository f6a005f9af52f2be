/**
 * Programs: what governs an endpoint in one direction and family as one list of steps, specialised to the endpoint's
 * own address. Every own-side condition is evaluated away: true, it is dropped; false, the rule goes; ports, it becomes
 * a set of ports. Tier ends and profiles are steps too, so that first match is all there is.
 */
import type { Direction, Governed, Rule } from '../policy/policy.ts';
import type { Condition, PortTest, SideCondition } from './condition.ts';
import type { Hit } from './legend.ts';

/** Why a packet that leaves a program here is allowed or denied. */
export type StepReason = 'policy' | 'tier-end' | 'profile' | 'no-profile';

/** One line of a program before it is specialised. */
export interface Line {
  /** Absent: matches always. */
  readonly condition?: Condition;
  readonly action: 'allow' | 'deny' | 'pass' | 'log';
  readonly reason: StepReason;
  /** A tier or a profile, counted from 0; a pass goes on with the next one. */
  readonly section: number;
  readonly hit: Hit;
}

/** A step's conditions on the peer and the packet; own sides are gone. */
export interface Step {
  readonly protocol?: number;
  readonly notProtocol?: number;
  readonly icmp?: { readonly type: number; readonly code?: number };
  readonly notIcmp?: { readonly type: number; readonly code?: number };
  readonly literals: SideCondition['literals'];
  readonly destinationPorts: readonly PortTest[];
  readonly sourcePorts: readonly PortTest[];
  readonly action: Line['action'];
  readonly reason: StepReason;
  readonly section: number;
}

/** What the predicates are at the endpoint's own address. */
export interface OwnSide {
  holds(predicate: number): boolean;
  ports(predicate: number): readonly number[];
}

export interface Program {
  readonly direction: Direction;
  readonly family: 4 | 6;
  readonly steps: readonly Step[];
  /** By step. */
  readonly hits: readonly Hit[];
  /** The profile leaves open what becomes of protocols other than TCP, UDP and SCTP. */
  readonly opensOtherProtocols: boolean;
}

/**
 * All lines of what governs an endpoint in a direction, in the order of evaluation; `conditionOf` gives a rule's
 * condition, or undefined where the family does not have the rule.
 */
export function linesOf(
  governed: Governed,
  direction: Direction,
  conditionOf: (rule: Rule) => Condition | undefined,
): Line[] {
  const lines: Line[] = [];
  const add = (
    rules: readonly Rule[],
    section: number,
    reason: StepReason,
    hit: Omit<Hit, 'action'>,
  ): void => {
    for (const rule of rules) {
      const condition = conditionOf(rule);
      if (condition === undefined) continue;
      const { action } = rule;
      lines.push({ condition, action, reason, section, hit: { ...hit, rule, action } });
    }
  };
  governed.tiers.forEach(({ tier, policies }, section) => {
    const enforced = policies.filter((policy) => !policy.staged);
    for (const policy of enforced) add(policy.rules[direction], section, 'policy', { tier, policy });
    const last = enforced.at(-1);
    const action = tier.endAction;
    const hit = { tier, ...(last === undefined ? {} : { policy: last }), action };
    lines.push({ action, reason: 'tier-end', section, hit });
  });
  // A pass inside a profile goes on with the next profile.
  const { length: tiers } = governed.tiers;
  governed.profiles.forEach((profile, index) => {
    add(profile.rules[direction], tiers + index, 'profile', { profile });
  });
  const section = tiers + governed.profiles.length;
  lines.push({ action: 'deny', reason: 'no-profile', section, hit: { action: 'deny' } });
  return lines;
}

/** Predicates that the lines ask of the endpoint's own side, none twice. */
export function ownPredicates(lines: readonly Line[]): number[] {
  const found = new Set<number>();
  for (const { condition } of lines) {
    for (const { predicate } of condition?.own.literals ?? []) found.add(predicate);
    for (const test of condition?.own.ports ?? [])
      for (const predicate of test.predicates) found.add(predicate);
  }
  return [...found];
}

/** Predicates that the lines ask of the peer, in the order of asking. */
export function peerPredicates(lines: readonly Line[]): number[] {
  const found = new Set<number>();
  for (const { condition } of lines) {
    for (const { predicate } of condition?.peer.literals ?? []) found.add(predicate);
    for (const test of condition?.peer.ports ?? [])
      for (const predicate of test.predicates) found.add(predicate);
  }
  return [...found];
}

/** The program of an endpoint whose own address is as `own` says. */
export function specialise(
  lines: readonly Line[],
  view: Omit<Program, 'steps' | 'hits'>,
  own: OwnSide,
): Program {
  const steps: Step[] = [];
  const hits: Hit[] = [];
  let section = -1;
  let isClosed = false;
  let passes = false;
  for (const line of lines) {
    const { condition, hit } = line;
    if (line.section !== section) {
      // Behind a section that is always left, and never by a pass, nothing is reached.
      if (isClosed && !passes) break;
      section = line.section;
      isClosed = false;
      passes = false;
    }
    if (isClosed || condition?.own.literals.some(({ predicate, holds }) => own.holds(predicate) !== holds))
      continue;
    const step = stepOf(line, view.direction, own);
    steps.push(step);
    hits.push(hit);
    if (step.action === 'pass') passes = true;
    if (matchesAlways(step) && step.action !== 'log') isClosed = true;
  }
  return { ...view, steps, hits };
}

const matchesAlways = (step: Step): boolean =>
  step.protocol === undefined &&
  step.notProtocol === undefined &&
  step.icmp === undefined &&
  step.notIcmp === undefined &&
  step.literals.length + step.destinationPorts.length + step.sourcePorts.length === 0;

/** Steps of lines that ask nothing of the own side's ports: the same for every own side. */
const sharedSteps = new WeakMap<Line, Step>();

function stepOf(line: Line, direction: Direction, own: OwnSide): Step {
  if ((line.condition?.own.ports.length ?? 0) > 0) return newStep(line, direction, own);
  let step = sharedSteps.get(line);
  if (step === undefined) {
    step = newStep(line, direction, own);
    sharedSteps.set(line, step);
  }
  return step;
}

function newStep({ condition, action, reason, section }: Line, direction: Direction, own: OwnSide): Step {
  const effect = { action, reason, section };
  if (condition === undefined) return { literals: [], destinationPorts: [], sourcePorts: [], ...effect };
  const ownPorts = condition.own.ports.map((test) => ({
    ...test,
    pairs: [...new Set(test.predicates.flatMap((predicate) => own.ports(predicate)))].sort((a, b) => a - b),
    predicates: [],
  }));
  const { peer, own: _, ...packet } = condition;
  return {
    ...packet,
    literals: peer.literals,
    destinationPorts: direction === 'ingress' ? ownPorts : peer.ports,
    sourcePorts: direction === 'ingress' ? peer.ports : ownPorts,
    ...effect,
  };
}
