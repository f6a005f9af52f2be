/**
 * What a judged packet exercised: the rules that matched it, whatever they do then (what passes and what logs too), and of their peers
 * and ports all by which they match: where two peers hold the packet's other end, both. Rules that it did not reach are not asked.
 */
import { rulePlaces } from '../../manifest/rule-places.ts';
import type { Decision, HookWalk } from '../../policy/decision.ts';
import { judge } from '../../policy/judge/judge.ts';
import type { FlowAnswer, FlowPart } from '../../policy/judge/judge-flow.ts';
import { destinationPortStarts } from '../../policy/judge/possible-packets.ts';
import { matchRule } from '../../policy/judge/rule-match.ts';
import type { MatchContext } from '../../policy/judge/seen-packet.ts';
import type { Direction, Policy, Rule } from '../../policy/policy.ts';
import type { World } from '../../policy/world.ts';
import { directionOf } from '../../tables/verdict.ts';
import { type CoverageSums, isAt, type RuleSums, sumsOfRule } from './coverage-sums.ts';
import { type AskedRule, isSameRule, narrowedRules, type RulePart } from './narrowed-policy.ts';

/** A rule that matched at a hook. */
export interface RuleHit {
  readonly policy: Policy;
  readonly rule: Rule;
  readonly walk: HookWalk;
}

/** What is credited for packets of one world. */
export interface WalkCredit {
  /** A policy that was met, and the end of its tier. */
  readonly meet: (walk: HookWalk, count: number) => void;
  /** Of a rule. */
  readonly hit: (hit: RuleHit, count: number) => void;
  /** Of the peers and ports of a rule; of the peers alone where the packet's ports are a guess. */
  readonly parts: (hit: RuleHit, count: number, knowsPorts?: boolean) => void;
}

/** The rules on the way through a hook: those that pass or log, then the one that decided. None where the hook is left open. */
export function hitsOfWalk(walk: HookWalk): RuleHit[] {
  const { verdict, decider, tiers } = walk;
  if (verdict === 'undetermined' || verdict === 'unspecified') return [];
  return tiers.flatMap(({ policies }) =>
    policies.flatMap(({ policy, rules }) =>
      rules
        .filter(({ rule, matched }) => {
          if (rule.action === 'log') return matched === 'yes';
          return (rule.action === 'pass' && matched !== 'no') || rule === decider?.rule;
        })
        .map(({ rule }) => ({ policy, rule, walk })),
    ),
  );
}

/** Credits the sums of a world's policies. */
export function walkCredit(world: World, sums: CoverageSums): WalkCredit {
  sums.addWorld(world);
  const partsOf = partFinder(world);
  const found = ({ policy, rule, walk }: RuleHit): RuleSums | undefined => {
    const own = sums.of(policy);
    return own === undefined ? undefined : sumsOfRule(own, rule, directionOf(walk.hook));
  };
  return {
    meet: (walk, count) => {
      const direction = directionOf(walk.hook);
      const isEnd = walk.reason === 'tier-end';
      for (const { policies, left } of walk.tiers)
        for (const { policy } of policies) {
          const own = sums.of(policy);
          if (own === undefined) continue;
          own.asked += count;
          const before = own.ends.get(direction);
          const isolates = (policy.isolates ?? policy.types)[direction];
          if (isEnd && left === 'end-deny' && isolates && before !== undefined)
            own.ends.set(direction, before + count);
        }
    },
    hit: (hit, count) => {
      const own = found(hit);
      if (own !== undefined) own.hits += count;
    },
    parts: (hit, count, knowsPorts = true) => {
      const own = found(hit);
      if (own === undefined) return;
      const { peers, ports } = partsOf(hit, own);
      for (const peer of peers) own.peers[peer]! += count;
      if (knowsPorts) for (const port of ports) own.ports[port]! += count;
    },
  };
}

/** Credits all that the packets of an answer met: of a range of ports each that makes a difference, at a service those to each backend. */
export function creditAnswer(answer: FlowAnswer, { meet, hit, parts }: WalkCredit, world: World): void {
  const decisions = answer.parts.flatMap((part) => decisionsOf(part, world));
  for (const walk of decisions.flatMap(({ hooks }) => hooks)) {
    meet(walk, 1);
    for (const one of hitsOfWalk(walk)) {
      hit(one, 1);
      parts(one, 1);
    }
  }
}

function decisionsOf({ packet, ports, decision }: FlowPart, world: World): readonly Decision[] {
  const atBackends = (one: Decision): readonly Decision[] =>
    one.backends === undefined ? [one] : one.backends.map((backend) => backend.decision);
  // What only a circumstance decides has no packet.
  if (ports === undefined || decision.hooks.length === 0) return atBackends(decision);
  const starts = new Set([...destinationPortStarts(packet, world), ...writtenPorts(decision)]);
  return [...starts]
    .filter((port) => ports.first <= port && port <= ports.last)
    .flatMap((port) => atBackends(judge({ ...packet, destinationPort: port }, world)));
}

/** Numbers that stand in the ports of the policies which a packet met: neighbours are one range in the model. */
function writtenPorts({ hooks }: Decision): number[] {
  const policies = hooks.flatMap(({ tiers }) => tiers.flatMap((tier) => tier.policies));
  const rules = policies.flatMap(({ policy }) => rulePlaces(policy) ?? []);
  return rules.flatMap(({ ports }) => ports.flatMap(({ words }) => words.match(/\d+/g) ?? []).map(Number));
}

interface Exercised {
  readonly peers: readonly number[];
  readonly ports: readonly number[];
}

/** Finds by which peers and ports a rule matches a packet. What a part comes to by itself is made once. */
function partFinder(world: World): (hit: RuleHit, sums: RuleSums) => Exercised {
  const narrowed = new Map<Rule, Map<string, readonly Rule[]>>();
  const rulesOf = (asked: AskedRule, part: RulePart): readonly Rule[] => {
    const own = narrowed.get(asked.rule) ?? new Map<string, readonly Rule[]>();
    narrowed.set(asked.rule, own);
    const key = `${part.part} ${part.index}`;
    const rules = own.get(key) ?? narrowedRules(asked, part, world);
    own.set(key, rules);
    return rules;
  };
  return ({ policy, rule, walk }, { place }) => {
    const asked = directionOf(walk.hook);
    const matches = matcher(rule, walk, asked, world);
    const siblings = policy.rules[asked].filter((one) => isSameRule(one, rule) && isOf(one, rule, place));
    const matching = siblings.filter((one) => one === rule || matches(one));
    const isBy = (part: RulePart): boolean =>
      rulesOf({ rule, asked, place, policy }, part).some(
        (one) =>
          matching.some(({ at }) => at.line === one.at.line && at.column === one.at.column) && matches(one),
      );
    const areNets = place.peers.some(({ path }) => path.includes('.nets['));
    const isPeer = (index: number): boolean => {
      if (areNets) return place.peers.length === 1 || isBy({ part: 'net', index });
      const peer = place.peers[index]!;
      return matching.some((one) => isAt(peer, one) || isAt(place, one));
    };
    const isPort = (index: number): boolean => place.ports.length === 1 || isBy({ part: 'port', index });
    return {
      peers: [...place.peers.keys()].filter(isPeer),
      ports: [...place.ports.keys()].filter(isPort),
    };
  };
}

/** Whether a rule is of the manifest's rule that the other one is of: two specs of one policy are policies of their own. */
function isOf(one: Rule, rule: Rule, place: RuleSums['place']): boolean {
  if (one.at === rule.at) return true;
  return isAt(place, one) || place.peers.some((peer) => isAt(peer, one));
}

/** Whether rules match as surely as the one that was hit: what is left open counts only where that one is. */
function matcher(
  hit: Rule,
  { packet, endpoint }: HookWalk,
  direction: Direction,
  { profile, book }: World,
): (rule: Rule) => boolean {
  const context: MatchContext = { direction, nodeName: endpoint.nodeName, profile, book };
  const isOpen = matchRule(hit.match, packet, context).matched === 'maybe';
  return ({ match }) => {
    const { matched } = matchRule(match, packet, context);
    return matched === 'yes' || (isOpen && matched === 'maybe');
  };
}
