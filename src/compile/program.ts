/**
 * Programs: what governs an endpoint at one hook and family as one list of steps, specialised to the endpoint's own
 * address. Every own-side condition is evaluated away: true, it is dropped; false, the rule goes; ports, it becomes a
 * set of ports. Guards, tier ends and profiles are steps too, so that first match is all there is.
 */
import type { Action, Governed, GoverningTier, Guard, Rule } from '../policy/policy.ts';
import { directionOf, type ProgramHook } from '../tables/verdict.ts';
import {
  ANY_SIDE,
  type Condition,
  type DomainTest,
  type NodeTest,
  type PacketTest,
  type PortTest,
  type SideCondition,
} from './condition.ts';
import type { Hit } from './legend.ts';
import { type Effect, GUARDS, matchesAlways, mayComeFirst, type Step, type StepPool } from './step.ts';

/** One line of a program before it is specialised. Lines of one policy share what they have in common. */
export interface Line {
  /** Absent: matches always. */
  readonly condition: Condition | undefined;
  readonly effect: Effect;
  readonly hit: Hit;
  /** The step made of it, where it asks the own side for no names. */
  step: Step | undefined;
  /** The steps made of it, by what its names are at the own side. */
  steps: Map<string, Step> | undefined;
}

const lineOf = (condition: Condition | undefined, effect: Effect, hit: Hit): Line => ({
  condition,
  effect,
  hit,
  step: undefined,
  steps: undefined,
});

/** What the predicates are at the endpoint's own address. */
export interface OwnSide {
  holds(predicate: number): boolean;
  ports(predicate: number): readonly number[];
  /** The endpoint's node; absent when it is not known. */
  readonly nodeName?: string;
}

export interface Program {
  readonly hook: ProgramHook;
  readonly family: 4 | 6;
  readonly steps: readonly Step[];
  /** By step. */
  readonly hits: readonly Hit[];
}

/** What the lines of a policy or profile have in common. */
export type Place = Omit<Effect, 'action'> & { readonly hitOf: (rule: Rule) => Hit };

/** Lines of rules that stand in one section; `conditionOf` is undefined for rules that the family does not have. */
export function ruleLines(
  rules: readonly Rule[],
  { hitOf, isBinding, ...place }: Place,
  conditionOf: (rule: Rule) => Condition | undefined,
): Line[] {
  const effects = new Map<Action, Effect>();
  const lines: Line[] = [];
  for (const rule of rules) {
    const condition = conditionOf(rule);
    if (condition === undefined) continue;
    const { action } = rule;
    let effect = effects.get(action);
    if (effect === undefined) {
      effect = { action, ...place, ...(isBinding === true && action === 'deny' ? { isBinding } : {}) };
      effects.set(action, effect);
    }
    lines.push(lineOf(condition, effect, hitOf(rule)));
  }
  return lines;
}

/** The line before a tier whose policies say nothing of protocols other than TCP, UDP and SCTP. */
export function otherProtocols(section: number, hit: Omit<Hit, 'action'>): Line {
  const condition = { packet: { isOtherProtocol: true }, peer: ANY_SIDE, own: ANY_SIDE };
  return lineOf(condition, { action: 'open', reason: 'none', section }, { ...hit, action: 'continue' });
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
    return [lineOf(condition, { action, reason, section: GUARDS }, { action })];
  });
}

/** The line at the end of a tier; Calico blames the last enforced policy for it. */
export function tierEnd({ tier, policies, endAction: action }: GoverningTier, section: number): Line {
  const last = policies.findLast((policy) => !policy.staged);
  const hit = { tier, ...(last === undefined ? {} : { policy: last }), action };
  return lineOf(undefined, { action, reason: 'tier-end', section }, hit);
}

/** The line behind all profiles. */
export function profilesEnd({ end }: Governed, section: number): Line {
  const reason = end === 'deny' ? 'no-profile' : 'none';
  return lineOf(undefined, { action: end, reason, section }, { action: end });
}

/** Predicates that the lines ask of one side, none twice, in the order of asking. */
export function predicatesOf(lines: readonly Line[], side: 'own' | 'peer'): number[] {
  const found = new Set<number>();
  for (const { condition } of lines) {
    if (condition === undefined) continue;
    const { literals, ports, domains, node } = condition[side];
    for (const { predicate } of literals) found.add(predicate);
    for (const test of ports) for (const predicate of test.predicates) found.add(predicate);
    if (node !== undefined) for (const predicate of [node.any, ...node.each.values()]) found.add(predicate);
    if (domains !== undefined) for (const predicate of predicatesOfDomains(domains)) found.add(predicate);
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

/**
 * The program of an endpoint whose own address is as `own` says. `keepsUnreached`: with the steps that none gets past, which change no
 * answer, for who asks what would be without another.
 */
export function specialise(
  lines: readonly Line[],
  view: Omit<Program, 'steps' | 'hits'>,
  own: OwnSide,
  pool: StepPool,
  keepsUnreached = false,
): Program {
  const steps: Step[] = [];
  const hits: Hit[] = [];
  let section = -1;
  let closedBy: Line | undefined;
  let passes = false;
  for (const line of lines) {
    const { condition, effect, hit } = line;
    if (effect.section !== section) {
      // Behind a section that is always left, and never by a pass, nothing is reached.
      if (closedBy !== undefined && !passes && !keepsUnreached) break;
      section = effect.section;
      closedBy = undefined;
      passes = false;
    }
    const isClosed = closedBy !== undefined && !mayComeFirst(effect.tie, closedBy.effect.tie);
    if (isClosed && !keepsUnreached) continue;
    if (condition !== undefined && !meetsOwn(condition.own, own)) continue;
    const asked = nodeLiterals(condition?.peer.node, own);
    if (asked === undefined) continue;
    const step = stepOf(line, view.hook, own, asked, pool);
    steps.push(step);
    hits.push(hit);
    if (effect.action === 'pass') passes = true;
    if (effect.action !== 'log' && matchesAlways(step)) closedBy = line;
  }
  return { ...view, steps, hits };
}

const NO_LITERALS: SideCondition['literals'] = [];

/** What a peer's address must be for an endpoint on its node; undefined where no address is. */
function nodeLiterals(
  test: NodeTest | undefined,
  { nodeName }: OwnSide,
): SideCondition['literals'] | undefined {
  if (test === undefined) return NO_LITERALS;
  const own = nodeName === undefined ? undefined : test.each.get(nodeName);
  if (test.relation === 'own') return own === undefined ? undefined : [{ predicate: own, holds: true }];
  const any = { predicate: test.any, holds: true };
  return own === undefined ? [any] : [any, { predicate: own, holds: false }];
}

const meetsOwn = ({ literals, domains }: SideCondition, own: OwnSide): boolean =>
  literals.every(({ predicate, holds }) => own.holds(predicate) === holds) &&
  meetsDomains(domains, own) !== false;

const asksOwnNames = ({ ports, domains }: SideCondition): boolean =>
  domains !== undefined || ports.some(({ predicates }) => predicates.length > 0);

/** Own sides with the same ports behind a line's names share its step; most lines ask for no names there. */
function stepOf(
  line: Line,
  hook: ProgramHook,
  own: OwnSide,
  literals: SideCondition['literals'],
  pool: StepPool,
): Step {
  const { condition } = line;
  const asksNode = condition?.peer.node !== undefined;
  if (condition === undefined || !(asksNode || asksOwnNames(condition.own))) {
    line.step ??= newStep(line, hook, { ports: condition?.own.ports ?? [], isOpen: false, literals }, pool);
    return line.step;
  }
  const ownPairs = condition.own.ports.map(({ predicates }) =>
    [...new Set(predicates.flatMap((predicate) => own.ports(predicate)))].sort((a, b) => a - b),
  );
  const isOpen = meetsDomains(condition.own.domains, own) === undefined;
  const key = `${isOpen} ${asksNode ? own.nodeName : ''} ${ownPairs.join(';')}`;
  line.steps ??= new Map();
  let step = line.steps.get(key);
  if (step === undefined) {
    const ports = condition.own.ports.map((test, at) => ({ ...test, pairs: ownPairs[at]!, predicates: [] }));
    step = newStep(line, hook, { ports, isOpen, literals }, pool);
    line.steps.set(key, step);
  }
  return step;
}

const NOTHING: PacketTest = {};

/** `own`: what the own side asks of its ports, whether it leaves open that it is met, and what its node asks of the peer. */
function newStep(
  { condition, effect }: Line,
  hook: ProgramHook,
  own: { readonly ports: readonly PortTest[]; readonly isOpen: boolean } & Pick<SideCondition, 'literals'>,
  pool: StepPool,
): Step {
  const { packet, peer } = condition ?? { packet: NOTHING, peer: ANY_SIDE };
  const isIngress = directionOf(hook) === 'ingress';
  const asked = pool.asked(packet, {
    destinationPorts: isIngress ? own.ports : peer.ports,
    sourcePorts: isIngress ? peer.ports : own.ports,
    ...(peer.domains === undefined ? {} : { domains: peer.domains }),
    ...(own.isOpen ? { isOpen: true } : {}),
  });
  const literals = own.literals.length === 0 ? peer.literals : [...peer.literals, ...own.literals];
  return pool.one(literals, asked, effect);
}
