/**
 * What a replay exercised. Rules are credited with the connections that it counted, so that both counts agree; peers and ports by
 * judging each of its flows once more: connections that differ in their source ports alone exercise the same, and of rules about
 * source ports the one that the flow kept.
 */
import { joinLegends, type OutcomeLegend } from '../../compile/legend.ts';
import { parseFlow } from '../../flow/notation.ts';
import { carriesPorts } from '../../net/protocol.ts';
import { isNameWords } from '../../packet/name-words.ts';
import type { Decision, HookWalk } from '../../policy/decision.ts';
import { judge } from '../../policy/judge/judge.ts';
import { judgeFlow } from '../../policy/judge/judge-flow.ts';
import type { Rule } from '../../policy/policy.ts';
import type { World } from '../../policy/world.ts';
import type { FlowTally, ReplayResult } from '../../replay/result.ts';
import { REASONS } from '../../tables/verdict.ts';
import { isKnown } from '../port-fields.ts';
import { countFlows, type FlowNaming } from '../replay/flow-counts.ts';
import { packetOf } from '../replay/open-flows.ts';
import { type CoverageSums, type RuleSums, sumsOfRule } from './coverage-sums.ts';
import { hitsOfWalk, type WalkCredit, walkCredit } from './coverage-walk.ts';

/** What a trace's coverage is made of. */
export interface TraceCoverageInput {
  readonly result: ReplayResult;
  /** By epoch, as their tables were compiled. */
  readonly worlds: readonly World[];
  readonly legends: readonly OutcomeLegend[];
  /** Names of flows whose records name pods in the place of addresses. */
  readonly naming: FlowNaming;
}

/** Reasons for which a packet is refused before any policy is asked. */
const NOT_ASKED: readonly string[] = ['spoofed', 'unknown-interface'];

/** Credits a replay. */
export function creditReplay(input: TraceCoverageInput, sums: CoverageSums): void {
  const { result, worlds, legends } = input;
  const credits = worlds.map((world) => walkCredit(world, sums));
  const legend = joinLegends(legends);
  creditRules(result, legend, sums);
  for (const tally of [...result.refused, ...result.admitted]) {
    if (NOT_ASKED.includes(REASONS[tally.reason]!)) continue;
    creditFlow(tally, { ...input, legend, credit: credits[tally.epoch]! });
  }
  sums.omit(result.omitted.refused + result.omitted.admitted);
}

/** A connection, or, where none was counted, a packet. */
function countOf({
  connections,
  packets,
}: {
  readonly connections: number;
  readonly packets: number;
}): number {
  return connections > 0 ? connections : packets;
}

/** What the replay counted by outcomes; one that a connection met at several hooks is credited with it once. */
function creditRules(result: ReplayResult, legend: OutcomeLegend, sums: CoverageSums): void {
  const met = new Map<number, readonly RuleSums[]>();
  const rulesOf = (outcome: number): readonly RuleSums[] => {
    const known = met.get(outcome) ?? sumsOfPath(outcome, legend, sums);
    met.set(outcome, known);
    return known;
  };
  for (let outcome = 0; outcome < legend.outcomeCount; outcome++) {
    const [connections, packets] = [result.outcomeFlows[outcome] ?? 0, result.outcomePackets[outcome] ?? 0];
    if (packets === 0 && connections === 0) continue;
    for (const rule of rulesOf(outcome)) rule.hits += countOf({ connections, packets });
  }
  for (const { outcomes, flows: connections, packets } of result.paths)
    for (const rule of new Set(outcomes.flatMap(rulesOf))) rule.hits += countOf({ connections, packets });
}

function sumsOfPath(outcome: number, legend: OutcomeLegend, sums: CoverageSums): RuleSums[] {
  const { direction, path } = legend.outcome(outcome);
  return path.flatMap(({ policy, rule }) => {
    const own = policy === undefined ? undefined : sums.of(policy);
    const found = own === undefined || rule === undefined ? undefined : sumsOfRule(own, rule, direction);
    return found === undefined ? [] : [found];
  });
}

interface FlowContext extends TraceCoverageInput {
  readonly legend: OutcomeLegend;
  readonly credit: WalkCredit;
}

function creditFlow(tally: FlowTally, context: FlowContext): void {
  const decision = decisionOf(tally, context);
  if (decision === undefined) return;
  const count = countOf(tally);
  const knowsPorts = isKnown(tally) || !carriesPorts(tally.protocol);
  for (const walk of decision.hooks) {
    const counted = rulesCounted(walk, tally, context.legend);
    if (counted === 'none') continue;
    context.credit.meet(walk, count);
    for (const hit of hitsOfWalk(walk))
      if (counted === 'any' || counted.has(hit.rule)) context.credit.parts(hit, count, knowsPorts);
  }
}

/** The judge's walk of a flow. Of names in the place of addresses: that of the first packet which they stand for and which met what was counted. */
function decisionOf(tally: FlowTally, { worlds, naming, legend }: FlowContext): Decision | undefined {
  const world = worlds[tally.epoch]!;
  if (!isNameWords(tally.src, 0) && !isNameWords(tally.dst, 0)) return judge(packetOf(tally), world);
  const parsed = parseFlow(countFlows([tally], naming)[0]!.flow);
  if ('problem' in parsed) return undefined;
  const parts = judgeFlow(parsed.flow, world).value?.parts ?? [];
  const isCounted = ({ hooks }: Decision): boolean =>
    hooks.every((walk) => {
      const counted = rulesCounted(walk, tally, legend);
      return counted instanceof Set && hitsOfWalk(walk).every(({ rule }) => counted.has(rule));
    });
  return parts.find(({ decision }) => isCounted(decision))?.decision;
}

/** The rules that the replay counted at a hook of the walk: those of the outcome of its side; at the hooks beside these any that the judge met. */
function rulesCounted(
  { hook }: HookWalk,
  { egress, ingress }: FlowTally,
  legend: OutcomeLegend,
): ReadonlySet<Rule | undefined> | 'any' | 'none' {
  const outcomes = [egress, ingress].filter((number) => number < legend.outcomeCount);
  const own = outcomes.map((number) => legend.outcome(number)).find((outcome) => outcome.hook === hook);
  if (own !== undefined) return new Set(own.path.map(({ rule }) => rule));
  return hook === 'egress' || hook === 'ingress' ? 'none' : 'any';
}
