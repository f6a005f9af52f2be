/**
 * One endpoint, one hook, one packet: through its guards, tiers, policies and rules to a verdict, keeping what was seen
 * on the way. Rules behind the deciding one are not visited, since the data plane does not either.
 *
 * Source: projectcalico/calico felix/rules/endpoints.go (endpointIptablesChain), app-policy/checker/check.go.
 */
import { hasPolicyPorts } from '../../net/protocol.ts';
import { directionOf, type ProgramHook } from '../../tables/verdict.ts';
import type {
  Decider,
  GuardWalk,
  HookWalk,
  PolicyWalk,
  ProfileWalk,
  RuleWalk,
  TierWalk,
} from '../decision.ts';
import type { Endpoint } from '../endpoints.ts';
import type { OpenChoice } from '../open-choice.ts';
import type { Direction, Governed, GoverningTier, Policy, Profile, Rule } from '../policy.ts';
import type { World } from '../world.ts';
import { matchRule } from './rule-match.ts';
import type { MatchContext, SeenPacket } from './seen-packet.ts';
import { holdsNetworkPolicies, policyGroups } from './ties.ts';

/** A way out of the program. There are several where something is left open. */
interface Exit {
  readonly verdict: 'allow' | 'deny' | 'continue';
  readonly reason: HookWalk['reason'];
  /** Absent where nobody decides. */
  readonly decider?: Decider;
}

/** What of an API's open choices is taken both ways; whether an address is one of a name's always is. The others are taken as usual. */
type Openness = ReadonlySet<OpenChoice>;

/** All that a walk may leave open, those first that are named where several do. */
const EVERYTHING: Openness = new Set<OpenChoice>([
  'equal-priority',
  'name-behind-block',
  'protocols-of-a-name',
  'other-protocols',
]);
const NAMES: Openness = new Set();

interface WalkContext extends MatchContext {
  readonly openness: Openness;
  readonly governed: Governed;
  readonly opensOtherProtocols: boolean;
}

/** All ways out, and what was seen on them. */
interface Walked {
  readonly exits: Exit[];
  readonly guards: GuardWalk[];
  readonly tiers: TierWalk[];
  readonly profiles: ProfileWalk[];
}

/** The whole walk of one hook; undefined where nothing is asked there. */
export function walkHook(hook: Direction, endpoint: Endpoint, packet: SeenPacket, world: World): HookWalk;
export function walkHook(
  hook: ProgramHook,
  endpoint: Endpoint,
  packet: SeenPacket,
  world: World,
): HookWalk | undefined;
export function walkHook(
  hook: ProgramHook,
  endpoint: Endpoint,
  packet: SeenPacket,
  world: World,
): HookWalk | undefined {
  const { profile, book } = world;
  const { nodeName } = endpoint;
  const governed = world.resolved.governing(endpoint, hook);
  if (governed === undefined) return undefined;
  const direction = directionOf(hook);
  const opensOtherProtocols =
    profile.otherProtocolsUnderIsolation === 'unspecified' && !hasPolicyPorts(packet.protocol);
  const walkWith = (openness: Openness): Walked =>
    walkProgram(packet, { direction, nodeName, profile, book, governed, openness, opensOtherProtocols });
  const { exits, guards, tiers, profiles } = walkWith(EVERYTHING);
  const seen = {
    hook,
    endpoint,
    guards,
    tiers,
    profiles,
    packet,
    source: packet.source.address,
    ...(packet.source.isWorld === true ? { sourceIsWorld: true as const } : {}),
    destination: packet.destination.address,
    ...(packet.destination.port === undefined ? {} : { destinationPort: packet.destination.port }),
  };
  if (differ(exits)) {
    if (differ(walkWith(NAMES).exits)) return { ...seen, verdict: 'undetermined', reason: 'domain' };
    const choices = [...EVERYTHING];
    const open =
      choices.find((choice) => differ(walkWith(new Set([choice])).exits)) ??
      choices.find((choice) => !differ(walkWith(new Set(choices.filter((one) => one !== choice))).exits));
    return { ...seen, verdict: 'unspecified', reason: 'none', open: open ?? choices[0]! };
  }
  // Of several ways out with one verdict the last is named: for rules that only allow, the one without an open match.
  return { ...seen, ...exits.at(-1)! };
}

function differ(exits: readonly Exit[]): boolean {
  return exits.some(({ verdict }) => verdict !== exits[0]!.verdict);
}

function walkProgram(packet: SeenPacket, context: WalkContext): Walked {
  const { tiers, profiles } = context.governed;
  const walked: Walked = { exits: [], guards: [], tiers: [], profiles: [] };
  let goesOn = !isGuarded(packet, context, walked);
  for (const governing of tiers) {
    if (!goesOn) break;
    const { walk, passes } = walkTier(governing, packet, context, walked.exits);
    walked.tiers.push(walk);
    goesOn = passes;
  }
  if (goesOn) walkProfiles(profiles, packet, context, walked);
  return walked;
}

/** Asks the guards up to the one that matches; true when there is one. */
function isGuarded(packet: SeenPacket, context: WalkContext, { guards, exits }: Walked): boolean {
  for (const guard of context.governed.guards) {
    const { matched, why } = matchRule(guard.match, packet, context);
    guards.push({ guard, matched: matched === 'yes' ? 'yes' : 'no', why });
    if (matched !== 'yes') continue;
    const { action: verdict, reason } = guard;
    exits.push(verdict === 'continue' ? { verdict, reason: 'none' } : { verdict, reason, decider: {} });
    return true;
  }
  return false;
}

type Left = Exclude<TierWalk['left'], 'unspecified'>;

function walkTier(
  governing: GoverningTier,
  packet: SeenPacket,
  context: WalkContext,
  exits: Exit[],
): { walk: TierWalk; passes: boolean } {
  const { tier, endAction } = governing;
  const walks: PolicyWalk[] = [];
  const left = new Set<Left>();
  let isDecided = false;
  const walkPolicy = (policy: Policy): boolean => {
    const rules: RuleWalk[] = [];
    walks.push({ policy, rules });
    return walkRules(policy.rules[context.direction], packet, context, rules, (rule) => {
      const action = rule.action as 'allow' | 'deny' | 'pass';
      left.add(action);
      if (action !== 'pass')
        exits.push({ verdict: action, reason: 'policy', decider: { tier, policy, rule } });
    });
  };
  const ties = { tiesAreOpen: context.governed.tiesAreOpen && context.openness.has('equal-priority') };
  for (const group of policyGroups(governing, ties)) {
    if (isDecided) break;
    // Each is walked as if it were the first.
    for (const policy of group) isDecided = walkPolicy(policy) || isDecided;
  }
  const last = { tier, policy: walks.at(-1)!.policy };
  if (!isDecided) {
    left.add(`end-${endAction}`);
    // Calico blames the last enforced policy for what the end of the tier does.
    if (endAction === 'deny') exits.push({ verdict: 'deny', reason: 'tier-end', decider: last });
  }
  const isOpen = context.opensOtherProtocols && context.openness.has('other-protocols');
  if (isOpen && holdsNetworkPolicies(governing))
    for (const verdict of ['allow', 'deny'] as const) {
      left.add(verdict);
      exits.push({ verdict, reason: 'policy', decider: last });
    }
  const [only, ...others] = left;
  return {
    walk: { tier, endAction, policies: walks, left: others.length === 0 ? only! : 'unspecified' },
    passes: left.has('pass') || left.has('end-pass'),
  };
}

/** Visits rules until one surely matches; true when one did. Open matches are told to `onMatch` and the walk goes on. */
function walkRules(
  rules: readonly Rule[],
  packet: SeenPacket,
  context: WalkContext,
  walks: RuleWalk[],
  onMatch: (rule: Rule) => void,
): boolean {
  for (const rule of rules) {
    const { matched, why, openBy } = matchRule(rule.match, packet, context);
    walks.push({ rule, matched, why });
    if (matched === 'no' || rule.action === 'log') continue;
    onMatch(rule);
    const isClosed = openBy !== undefined && openBy !== 'names' && !context.openness.has(openBy);
    if (matched === 'yes' || isClosed) return true;
  }
  return false;
}

/** A pass inside a profile goes on with the next profile; behind the last is the end of the hook. */
function walkProfiles(
  profiles: readonly Profile[],
  packet: SeenPacket,
  context: WalkContext,
  found: Pick<Walked, 'exits' | 'profiles'>,
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
  found.exits.push(
    context.governed.end === 'deny'
      ? { verdict: 'deny', reason: 'no-profile', decider: {} }
      : { verdict: 'continue', reason: 'none' },
  );
}
