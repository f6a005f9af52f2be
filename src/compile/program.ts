/**
 * Programs: what governs an endpoint at one hook and family as one list of steps, specialised to the endpoint's own
 * address. Every own-side condition is evaluated away: true, it is dropped; false, the rule goes; ports, it becomes a
 * set of ports. Guards, tier ends and profiles are steps too, so that first match is all there is.
 */
import type { Action, Governed, GoverningTier, Guard, Rule } from '../policy/policy.ts';
import { directionOf, type ProgramHook } from '../tables/verdict.ts';
import type { Condition, DomainTest, PortTest, SideCondition } from './condition.ts';
import type { Hit } from './legend.ts';

/** Why a packet that leaves a program here is allowed or denied. */
export type StepReason = 'policy' | 'tier-end' | 'profile' | 'no-profile' | Guard['reason'];

/** The section of the guards; tiers and profiles come behind it. */
export const GUARDS = 0;

/** Where a step stands among policies any of which may come first. */
export interface Tie {
  readonly group: number;
  readonly policy: number;
}

/** One line of a program before it is specialised. */
export interface Line {
  /** Absent: matches always. */
  readonly condition?: Condition;
  /** `open`: what becomes of the packet is left open. */
  readonly action: Action | 'continue' | 'open';
  readonly reason: StepReason;
  /** The guards, a tier or a profile, counted from 0; a pass goes on with the next one. */
  readonly section: number;
  /** Among policies without an order among them: which group of them in the section, and which policy of the group. */
  readonly tie?: Tie;
  /** It denies, and no exemption of NetworkPolicies changes that. */
  readonly isBinding?: boolean;
  readonly hit: Hit;
  /** The step made of it, where it asks the own side for no names. */
  step?: Step;
  /** The steps made of it, by what its names are at the own side. */
  steps?: Map<string, Step>;
}

/** A step's conditions on the peer and the packet; own sides are gone. */
export interface Step {
  readonly protocol?: number;
  readonly notProtocol?: number;
  readonly icmp?: { readonly type: number; readonly code?: number };
  readonly notIcmp?: { readonly type: number; readonly code?: number };
  /** Only protocols other than TCP, UDP and SCTP. */
  readonly isOtherProtocol?: boolean;
  readonly literals: SideCondition['literals'];
  /** A test of the peer of which the answer may not be known. */
  readonly domains?: DomainTest;
  /** What the own side leaves open: the step is met, if at all, only perhaps. */
  readonly isOpen?: boolean;
  readonly destinationPorts: readonly PortTest[];
  readonly sourcePorts: readonly PortTest[];
  readonly action: Line['action'];
  readonly reason: StepReason;
  readonly section: number;
  readonly tie?: Tie;
  readonly isBinding?: boolean;
  /** Equal steps are one object with one number. */
  readonly number: number;
}

/** All steps of a compilation, each kept once. */
export class StepPool {
  readonly #steps = new Map<string, Step>();
  readonly #portNumbers = new Map<string, number>();
  /** Most steps share their lists of ports with others. */
  readonly #portsKnown = new Map<readonly PortTest[], number>();

  one(step: Omit<Step, 'number'>): Step {
    const key = this.#keyOf(step);
    let known = this.#steps.get(key);
    if (known === undefined) {
      known = { ...step, number: this.#steps.size };
      this.#steps.set(key, known);
    }
    return known;
  }

  /** A short text that equal steps share: there may be a million of them. */
  #keyOf({ literals, destinationPorts, sourcePorts, ...rest }: Omit<Step, 'number'>): string {
    const asked = literals.map(({ predicate, holds }) => (holds ? predicate : `!${predicate}`)).join();
    const { action, reason, section, protocol, ...seldom } = rest;
    const others = Object.keys(seldom).length === 0 ? '' : JSON.stringify(seldom);
    return `${protocol ?? ''} ${asked} ${this.#portsOf(destinationPorts)} ${this.#portsOf(sourcePorts)} ${section} ${action} ${reason} ${others}`;
  }

  #portsOf(tests: readonly PortTest[]): number {
    let number = this.#portsKnown.get(tests);
    if (number === undefined) {
      const text = JSON.stringify(tests);
      number = this.#portNumbers.get(text) ?? this.#portNumbers.size;
      this.#portNumbers.set(text, number);
      this.#portsKnown.set(tests, number);
    }
    return number;
  }
}

/** What the predicates are at the endpoint's own address. */
export interface OwnSide {
  holds(predicate: number): boolean;
  ports(predicate: number): readonly number[];
}

export interface Program {
  readonly hook: ProgramHook;
  readonly family: 4 | 6;
  readonly steps: readonly Step[];
  /** By step. */
  readonly hits: readonly Hit[];
}

/** What the lines of a policy or profile have in common. */
export type Place = Pick<Line, 'section' | 'reason' | 'tie' | 'isBinding'> & {
  readonly hit: Omit<Hit, 'action'>;
};

/** Lines of rules that stand in one section; `conditionOf` is undefined for rules that the family does not have. */
export function ruleLines(
  rules: readonly Rule[],
  { hit, isBinding, ...place }: Place,
  conditionOf: (rule: Rule) => Condition | undefined,
): Line[] {
  return rules.flatMap((rule) => {
    const condition = conditionOf(rule);
    if (condition === undefined) return [];
    const { action } = rule;
    const binding = isBinding === true && action === 'deny' ? { isBinding } : {};
    return [{ ...place, ...binding, condition, action, hit: { ...hit, rule, action } }];
  });
}

/** The line before a tier whose policies say nothing of protocols other than TCP, UDP and SCTP. */
export function otherProtocols(section: number, hit: Omit<Hit, 'action'>): Line {
  const nothing = { literals: [], ports: [] };
  const condition = { isOtherProtocol: true, peer: nothing, own: nothing };
  return { condition, action: 'open', reason: 'none', section, hit: { ...hit, action: 'continue' } };
}

/** Lines of what is asked before any tier. */
export function guardLines(
  guards: readonly Guard[],
  conditionOf: (guard: Guard) => Condition | undefined,
): Line[] {
  return guards.flatMap((guard) => {
    const condition = conditionOf(guard);
    if (condition === undefined) return [];
    const { action, reason } = guard;
    return [{ condition, action, reason, section: GUARDS, hit: { action } }];
  });
}

/** The line at the end of a tier; Calico blames the last enforced policy for it. */
export function tierEnd({ tier, policies, endAction: action }: GoverningTier, section: number): Line {
  const last = policies.findLast((policy) => !policy.staged);
  const hit = { tier, ...(last === undefined ? {} : { policy: last }), action };
  return { action, reason: 'tier-end', section, hit };
}

/** The line behind all profiles. */
export function profilesEnd({ end }: Governed, section: number): Line {
  return { action: end, reason: end === 'deny' ? 'no-profile' : 'none', section, hit: { action: end } };
}

/** Predicates that the lines ask of one side, none twice, in the order of asking. */
export function predicatesOf(lines: readonly Line[], side: 'own' | 'peer'): number[] {
  const found = new Set<number>();
  for (const { condition } of lines) {
    for (const { predicate } of condition?.[side].literals ?? []) found.add(predicate);
    for (const test of condition?.[side].ports ?? [])
      for (const predicate of test.predicates) found.add(predicate);
    for (const predicate of predicatesOfDomains(condition?.[side].domains)) found.add(predicate);
  }
  return [...found];
}

/** The predicates that a test of names asks. */
export function predicatesOfDomains(test: DomainTest | undefined): number[] {
  if (test === undefined) return [];
  return test.known === undefined ? [test.held] : [test.known, test.held];
}

/** Whether an own side meets a test of names; undefined where it is not known. */
function meetsDomains(test: DomainTest | undefined, own: OwnSide): boolean | undefined {
  if (test === undefined || (test.known !== undefined && own.holds(test.known))) return true;
  return own.holds(test.held) ? false : undefined;
}

/** The program of an endpoint whose own address is as `own` says. */
export function specialise(
  lines: readonly Line[],
  view: Omit<Program, 'steps' | 'hits'>,
  own: OwnSide,
  pool: StepPool,
): Program {
  const steps: Step[] = [];
  const hits: Hit[] = [];
  let section = -1;
  let closedBy: Line | undefined;
  let passes = false;
  for (const line of lines) {
    const { condition, hit } = line;
    if (line.section !== section) {
      // Behind a section that is always left, and never by a pass, nothing is reached.
      if (closedBy !== undefined && !passes) break;
      section = line.section;
      closedBy = undefined;
      passes = false;
    }
    if (closedBy !== undefined && !mayComeFirst(line.tie, closedBy.tie)) continue;
    if (condition?.own.literals.some(({ predicate, holds }) => own.holds(predicate) !== holds)) continue;
    if (meetsDomains(condition?.own.domains, own) === false) continue;
    const step = stepOf(line, view.hook, own, pool);
    steps.push(step);
    hits.push(hit);
    if (step.action === 'pass') passes = true;
    if (matchesAlways(step) && step.action !== 'log') closedBy = line;
  }
  return { ...view, steps, hits };
}

/** Whether a step may be asked although an earlier one was surely met: it is of another policy of the same group. */
export function mayComeFirst(tie: Tie | undefined, metBefore: Tie | undefined): boolean {
  return tie !== undefined && tie.group === metBefore?.group && tie.policy !== metBefore.policy;
}

const matchesAlways = (step: Step): boolean =>
  step.protocol === undefined &&
  step.notProtocol === undefined &&
  step.icmp === undefined &&
  step.notIcmp === undefined &&
  step.isOpen !== true &&
  step.domains === undefined &&
  step.isOtherProtocol !== true &&
  step.literals.length + step.destinationPorts.length + step.sourcePorts.length === 0;

const asksOwnNames = ({ ports, domains }: SideCondition): boolean =>
  domains !== undefined || ports.some(({ predicates }) => predicates.length > 0);

/** Own sides with the same ports behind a line's names share its step; most lines ask for no names there. */
function stepOf(line: Line, hook: ProgramHook, own: OwnSide, pool: StepPool): Step {
  const { condition } = line;
  if (condition === undefined || !asksOwnNames(condition.own)) {
    line.step ??= pool.one(newStep(line, hook, []));
    return line.step;
  }
  const ownPairs = condition.own.ports.map(({ predicates }) =>
    [...new Set(predicates.flatMap((predicate) => own.ports(predicate)))].sort((a, b) => a - b),
  );
  const isOpen = meetsDomains(condition.own.domains, own) === undefined;
  const key = `${isOpen} ${ownPairs.join(';')}`;
  line.steps ??= new Map();
  let step = line.steps.get(key);
  if (step === undefined) {
    step = pool.one({ ...newStep(line, hook, ownPairs), ...(isOpen ? { isOpen } : {}) });
    line.steps.set(key, step);
  }
  return step;
}

/** `ownPairs`: the pairs of each of the condition's own port tests. */
function newStep(
  { condition, action, reason, section, tie, isBinding }: Line,
  hook: ProgramHook,
  ownPairs: readonly (readonly number[])[],
): Omit<Step, 'number'> {
  const direction = directionOf(hook);
  const effect = {
    action,
    reason,
    section,
    ...(tie === undefined ? {} : { tie }),
    ...(isBinding === true ? { isBinding } : {}),
  };
  if (condition === undefined) return { literals: [], destinationPorts: [], sourcePorts: [], ...effect };
  const ownPorts =
    ownPairs.length === 0
      ? condition.own.ports
      : condition.own.ports.map((test, index) => ({ ...test, pairs: ownPairs[index]!, predicates: [] }));
  const { peer, own: _, ...packet } = condition;
  return {
    ...packet,
    literals: peer.literals,
    ...(peer.domains === undefined ? {} : { domains: peer.domains }),
    destinationPorts: direction === 'ingress' ? ownPorts : peer.ports,
    sourcePorts: direction === 'ingress' ? peer.ports : ownPorts,
    ...effect,
  };
}
