/**
 * Outcomes counted by the replay, handed out to the rules on their paths. A rule that nothing met stays in the list; one that
 * a connection met at several hooks is credited with it once.
 */
import { type Hit, joinLegends, type OutcomeLegend } from '../../compile/legend.ts';
import { formatPortRange } from '../../net/port.ts';
import { protocolName } from '../../net/protocol.ts';
import { hitString } from '../../policy/flow-log-name.ts';
import { DIRECTIONS, type Direction, type Policy, type Rule } from '../../policy/policy.ts';
import type { ReplayResult } from '../../replay/result.ts';
import { type DeciderParts, deciderNames } from '../decider.ts';
import type { RuleCount } from './replay-document.ts';

type Counted = { -readonly [Key in keyof RuleCount]: RuleCount[Key] };

type KeyOf = (direction: Direction, policy: Policy, rule: Rule | undefined, action: Hit['action']) => string;

const placeKey: KeyOf = (direction, policy, rule) => {
  // Two APIs have a kind NetworkPolicy.
  const { tier, calicoKind, namespace, name } = policy;
  return [rule?.listedAs ?? direction, tier, calicoKind, namespace, name, rule?.calicoIndex ?? -1].join('|');
};

/** In several epochs a place may be that of another rule: one and the same does the same, wherever it is written. */
function contentKeys(): KeyOf {
  const contents = new Map<Rule, string>();
  return (direction, policy, rule, action) => {
    const content = rule === undefined ? '' : (contents.get(rule) ?? JSON.stringify(rule.match));
    if (rule !== undefined) contents.set(rule, content);
    return [placeKey(direction, policy, rule, action), policy.tier, action, content].join('|');
  };
}

/** What tells the expansions of one manifest rule apart, with the peer's place. */
function matchText(rule: Rule | undefined): string {
  if (rule === undefined) return '';
  const { protocol, destination } = rule.match;
  const ports = [...(destination.ports ?? []).map(formatPortRange), ...(destination.namedPorts ?? [])];
  return [protocol === undefined ? 'any protocol' : protocolName(protocol), ports.join(',')].join(' ').trim();
}

function emptyCount(direction: Direction, parts: DeciderParts, action: Hit['action']): Counted {
  const { hook: _, ...names } = deciderNames(direction, parts);
  return {
    ...names,
    action,
    match: matchText(parts.rule),
    calico: calicoName(parts, action),
    snapshots: null,
    packets: 0,
    bytes: 0,
    flows: 0,
  };
}

/** As the only hit of a trace. Log rules never stand in one. */
function calicoName({ tier, policy, rule }: DeciderParts, action: Hit['action']): string {
  if (tier === undefined || policy === undefined || action === 'log' || action === 'continue') return '';
  return hitString(0, { tier, policy, action, ...(rule === undefined ? {} : { rule }) });
}

/** The places of all enforced rules, nothing counted yet. */
function rulesOf(legends: readonly OutcomeLegend[], keyOf: KeyOf): Map<string, Counted> {
  const counts = new Map<string, Counted>();
  const places = new Map<Counted, number[]>();
  for (const [epoch, { policies }] of legends.entries()) {
    for (const policy of policies.filter(({ staged }) => !staged)) {
      for (const direction of DIRECTIONS) {
        for (const rule of policy.types[direction] ? policy.rules[direction] : []) {
          if (rule.listedAs !== undefined) continue;
          const key = keyOf(direction, policy, rule, rule.action);
          const parts = { tier: { name: policy.tier }, policy, rule };
          const count = counts.get(key) ?? emptyCount(direction, parts, rule.action);
          counts.set(key, count);
          places.set(count, [...(places.get(count) ?? []), epoch]);
        }
      }
    }
  }
  for (const [count, epochs] of places) if (epochs.length < legends.length) count.snapshots = epochs;
  return counts;
}

/**
 * Every rule of every enforced policy in the order of the epochs' legends, then the tier ends; zero counts included. A rule
 * that stands in several epochs is one.
 */
export function countRules(
  result: Pick<ReplayResult, 'outcomePackets' | 'outcomeBytes' | 'outcomeFlows' | 'paths'>,
  legends: readonly OutcomeLegend[],
): RuleCount[] {
  const keyOf = legends.length === 1 ? placeKey : contentKeys();
  const counts = rulesOf(legends, keyOf);
  const legend = joinLegends(legends);
  const countsOf = (outcome: number): Counted[] => {
    const { direction, path } = legend.outcome(outcome);
    return path.flatMap((hit) => {
      if (hit.policy === undefined) return [];
      const key = keyOf(direction, hit.policy, hit.rule, hit.action);
      const count = counts.get(key) ?? emptyCount(direction, hit, hit.action);
      counts.set(key, count);
      return [count];
    });
  };
  for (let outcome = 0; outcome < legend.outcomeCount; outcome++) {
    const [packets, bytes] = [result.outcomePackets[outcome] ?? 0, result.outcomeBytes[outcome] ?? 0];
    const flows = result.outcomeFlows[outcome] ?? 0;
    for (const count of countsOf(outcome)) add(count, { packets, bytes, flows });
  }
  for (const path of result.paths)
    for (const count of new Set(path.outcomes.flatMap(countsOf))) add(count, path);
  return [...counts.values()];
}

function add(count: Counted, { packets, bytes, flows }: Pick<Counted, 'packets' | 'bytes' | 'flows'>): void {
  count.packets += packets;
  count.bytes += bytes;
  count.flows += flows;
}
