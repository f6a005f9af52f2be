/** One hook of a walk joined with names: guards, tiers, policies, rules and profiles as a reader meets them. */
import { formatAddress } from '../../net/address.ts';
import type { GuardWalk, HookWalk, PolicyWalk, RuleWalk } from '../../policy/decision.ts';
import type { Endpoint } from '../../policy/endpoints.ts';
import type { Profile } from '../../policy/policy.ts';
import type { World } from '../../policy/world.ts';
import type { AddressNames } from '../address-names.ts';
import { formatLocation, namesOfDecider, profileLocation } from '../decider.ts';
import { openMember } from '../open-document.ts';
import {
  bystandersOf,
  namedPolicy,
  orderOf,
  skippedTiersOf,
  tierLocation,
  tierPosition,
} from './bystanders.ts';
import type {
  EndpointNames,
  GuardStep,
  HookStep,
  PolicyStep,
  ProfileStep,
  RuleStep,
  TierStep,
} from './explain-document.ts';

function ruleStep({ rule, matched, why }: RuleWalk, owner?: Profile): RuleStep {
  const { source, destination } = rule.match;
  return {
    action: rule.action,
    rule: rule.index,
    calico_rule: rule.calicoIndex,
    matched,
    why,
    http: rule.hasHttp === true,
    beyond: rule.beyond ?? [],
    unresolved_domains: [...(source.unresolvedDomains ?? []), ...(destination.unresolvedDomains ?? [])],
    location: owner === undefined ? formatLocation(rule.at) : profileLocation(owner, rule),
  };
}

function guardStep({ guard, matched, why }: GuardWalk): GuardStep {
  return { action: guard.action, reason: guard.reason, guard: guard.words, matched, why };
}

function policyStep({ policy, rules }: PolicyWalk): PolicyStep {
  return {
    ...namedPolicy(policy),
    staged: policy.staged || policy.calicoKind.startsWith('Staged'),
    placement: policy.placement,
    rules: rules.map((rule) => ruleStep(rule)),
  };
}

function tierStep({ tier, endAction, policies, left }: HookWalk['tiers'][number], world: World): TierStep {
  return {
    tier: tier.name,
    position: tierPosition(tier, world),
    order: orderOf(tier),
    end_action: endAction,
    location: tierLocation(tier, world),
    undeclared: tier.undeclared === true,
    policies: policies.map(policyStep),
    left,
  };
}

function profileStep({ profile, rules }: HookWalk['profiles'][number]): ProfileStep {
  return { profile: profile.name, rules: rules.map((rule) => ruleStep(rule, profile)) };
}

function endpointNames(endpoint: Endpoint, passes: string): EndpointNames {
  const { kind, namespace, name, nodeName, hostEndpoint, pod } = endpoint;
  return {
    kind,
    namespace,
    name,
    node: nodeName,
    interface: hostEndpoint?.interfaceName ?? '',
    passes,
    location: formatLocation(hostEndpoint?.at ?? pod?.at),
  };
}

/** The document of one hook. */
export function hookStep(walk: HookWalk, world: World, names: AddressNames): HookStep {
  const bystanders = bystandersOf(walk, world);
  return {
    hook: walk.hook,
    endpoint: endpointNames(walk.endpoint, walk.interface ?? ''),
    src: formatAddress(walk.source),
    src_name: names.of(walk.source).name,
    dst: formatAddress(walk.destination),
    dst_name: names.of(walk.destination).name,
    dport: walk.destinationPort ?? null,
    verdict: walk.verdict,
    reason: walk.reason,
    decider: namesOfDecider(walk.hook, walk.decider),
    ...openMember(walk.open),
    guards: walk.guards.map(guardStep),
    tiers: walk.tiers.map((tier) => tierStep(tier, world)),
    skipped_tiers: skippedTiersOf(walk, bystanders, world),
    bystanders,
    profiles: walk.profiles.map(profileStep),
  };
}
