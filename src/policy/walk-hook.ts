/**
 * One endpoint, one direction, one packet: through its tiers, policies and rules to a verdict, keeping what was seen
 * on the way. Rules behind the deciding one are not visited, since the data plane does not either.
 *
 * Source: projectcalico/calico felix/rules/endpoints.go (endpointIptablesChain), app-policy/checker/check.go.
 */
import { hasPolicyPorts } from '../net/protocol.ts';
import type { Decider, HookWalk, PolicyWalk, ProfileWalk, RuleWalk, TierWalk } from './decision.ts';
import type { Endpoint } from './endpoints.ts';
import type { Direction, GoverningTier, Profile, Rule } from './policy.ts';
import { type MatchContext, matchRule, type SeenPacket } from './rule-match.ts';
import type { World } from './world.ts';

/** A way out of the program. There are several where a profile leaves a match open. */
interface Exit {
  readonly verdict: 'allow' | 'deny';
  readonly reason: HookWalk['reason'];
  readonly decider: Decider;
}

/** The whole walk of one hook. */
export function walkHook(
  direction: Direction,
  endpoint: Endpoint,
  packet: SeenPacket,
  world: World,
): HookWalk {
  const { profile } = world;
  const governed = world.resolved.governing(endpoint, direction);
  const context: MatchContext = { direction, profile };
  const exits: Exit[] = [];
  const tiers: TierWalk[] = [];
  const profiles: ProfileWalk[] = [];
  let goesOn = true;
  for (const governing of governed.tiers) {
    if (!goesOn) break;
    const { walk, passes } = walkTier(governing, packet, context, exits);
    tiers.push(walk);
    goesOn = passes;
  }
  if (goesOn) walkProfiles(governed.profiles, packet, context, { exits, profiles });

  const isOpen =
    governed.tiers.length > 0 &&
    profile.otherProtocolsUnderIsolation === 'unspecified' &&
    !hasPolicyPorts(packet.protocol);
  const seen = {
    hook: direction,
    endpoint,
    guards: [],
    tiers,
    profiles,
    source: packet.source.address,
    destination: packet.destination.address,
    ...(packet.destination.port === undefined ? {} : { destinationPort: packet.destination.port }),
  };
  if (isOpen || exits.some(({ verdict }) => verdict !== exits[0]!.verdict))
    return { ...seen, verdict: 'unspecified', reason: 'none' };
  // Of several ways out with one verdict the last is named: for rules that only allow, the one without an open match.
  const { verdict, reason, decider } = exits.at(-1)!;
  return { ...seen, verdict, reason, decider };
}

type Left = Exclude<TierWalk['left'], 'unspecified'>;

function walkTier(
  { tier, policies }: GoverningTier,
  packet: SeenPacket,
  context: MatchContext,
  exits: Exit[],
): { walk: TierWalk; passes: boolean } {
  const enforced = policies.filter(({ staged }) => !staged);
  const walks: PolicyWalk[] = [];
  const left = new Set<Left>();
  let isDecided = false;
  for (const policy of enforced) {
    if (isDecided) break;
    const rules: RuleWalk[] = [];
    walks.push({ policy, rules });
    isDecided = walkRules(policy.rules[context.direction], packet, context, rules, (rule) => {
      const action = rule.action as 'allow' | 'deny' | 'pass';
      left.add(action);
      if (action !== 'pass')
        exits.push({ verdict: action, reason: 'policy', decider: { tier, policy, rule } });
    });
  }
  if (!isDecided) {
    left.add(`end-${tier.endAction}`);
    // Calico blames the last enforced policy for what the end of the tier does.
    const decider: Decider = { tier, policy: enforced.at(-1)! };
    if (tier.endAction === 'deny') exits.push({ verdict: 'deny', reason: 'tier-end', decider });
  }
  const [only, ...others] = left;
  return {
    walk: {
      tier,
      endAction: tier.endAction,
      policies: walks,
      left: others.length === 0 ? only! : 'unspecified',
    },
    passes: left.has('pass') || left.has('end-pass'),
  };
}

/** Visits rules until one surely matches; true when one did. Open matches are told to `onMatch` and the walk goes on. */
function walkRules(
  rules: readonly Rule[],
  packet: SeenPacket,
  context: MatchContext,
  walks: RuleWalk[],
  onMatch: (rule: Rule) => void,
): boolean {
  for (const rule of rules) {
    const { matched, why } = matchRule(rule.match, packet, context);
    walks.push({ rule, matched, why });
    if (matched === 'no' || rule.action === 'log') continue;
    onMatch(rule);
    if (matched === 'yes') return true;
  }
  return false;
}

/** A pass inside a profile goes on with the next profile. */
function walkProfiles(
  profiles: readonly Profile[],
  packet: SeenPacket,
  context: MatchContext,
  found: { exits: Exit[]; profiles: ProfileWalk[] },
): void {
  for (const profile of profiles) {
    const rules: RuleWalk[] = [];
    found.profiles.push({ profile, rules });
    let isOver = false;
    walkRules(profile.rules[context.direction], packet, context, rules, (rule) => {
      if (rule.action !== 'allow' && rule.action !== 'deny') return;
      isOver = rules.at(-1)!.matched === 'yes';
      found.exits.push({ verdict: rule.action, reason: 'profile', decider: { profile, rule } });
    });
    if (isOver) return;
  }
  found.exits.push({ verdict: 'deny', reason: 'no-profile', decider: {} });
}
