/** Outcomes counted by the replay, handed out to the rules on their paths. A rule that nothing met stays in the list. */
import type { Legend } from '../compile/legend.ts';
import { formatPortRange } from '../net/port.ts';
import { protocolName } from '../net/protocol.ts';
import type { Direction, Policy, Rule } from '../policy/policy.ts';
import type { ReplayResult } from '../replay/result.ts';
import { type DeciderParts, deciderNames } from './decider.ts';
import type { RuleCount } from './replay-document.ts';

type Counted = { -readonly [Key in keyof RuleCount]: RuleCount[Key] };

const DIRECTIONS: readonly Direction[] = ['ingress', 'egress'];

function keyOf(direction: Direction, policy: Policy, rule: Rule | undefined): string {
  const { kind, namespace, name } = policy;
  return [direction, kind, namespace, name, rule?.calicoIndex ?? -1].join('|');
}

/** What tells the expansions of one manifest rule apart, with the peer's place. */
function matchText(rule: Rule | undefined): string {
  if (rule === undefined) return '';
  const { protocol, destination } = rule.match;
  const ports = [...(destination.ports ?? []).map(formatPortRange), ...(destination.namedPorts ?? [])];
  return [protocol === undefined ? 'any protocol' : protocolName(protocol), ports.join(',')].join(' ').trim();
}

function emptyCount(direction: Direction, parts: DeciderParts, action: string): Counted {
  const { hook: _, ...names } = deciderNames(direction, parts);
  return { ...names, action, match: matchText(parts.rule), packets: 0, bytes: 0, flows: 0 };
}

/** Every rule of every enforced policy in the legend's order, then the tier ends; zero counts included. */
export function countRules(result: ReplayResult, legend: Legend): RuleCount[] {
  const counts = new Map<string, Counted>();
  for (const policy of legend.policies) {
    for (const direction of DIRECTIONS) {
      for (const rule of policy.types[direction] ? policy.rules[direction] : []) {
        const parts = { tier: { name: policy.tier }, policy, rule };
        counts.set(keyOf(direction, policy, rule), emptyCount(direction, parts, rule.action));
      }
    }
  }
  for (let number = 0; number < legend.outcomeCount; number++) {
    const { direction, path } = legend.outcome(number);
    for (const hit of path) {
      if (hit.policy === undefined) continue;
      const key = keyOf(direction, hit.policy, hit.rule);
      const count = counts.get(key) ?? emptyCount(direction, hit, hit.action);
      counts.set(key, count);
      count.packets += result.outcomePackets[number] ?? 0;
      count.bytes += result.outcomeBytes[number] ?? 0;
      count.flows += result.outcomeFlows[number] ?? 0;
    }
  }
  return [...counts.values()];
}
