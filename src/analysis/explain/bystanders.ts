/**
 * Who might have had a say at a hook and had none: policies that select the endpoint and were not asked, tiers that took
 * no part, each with the reason. A walk only holds what was asked.
 */
import type { HookWalk } from '../../policy/decision.ts';
import { PLACEMENTS } from '../../policy/hook-placements.ts';
import type { Placement, Policy, Tier } from '../../policy/policy.ts';
import type { World } from '../../policy/world.ts';
import { selectorMatches } from '../../selector/match.ts';
import { directionOf, type ProgramHook } from '../../tables/verdict.ts';
import { formatLocation } from '../decider.ts';
import type { Bystander, NamedPolicy, SkippedTier } from './explain-document.ts';

type Why = Bystander['why'];

/** Infinity is no number of JSON's. */
export function orderOf({ order }: { readonly order: number }): number | null {
  return Number.isFinite(order) ? order : null;
}

/** A policy by its names. */
export function namedPolicy(policy: Policy): NamedPolicy {
  const { kind, namespace, name, at } = policy;
  return { kind, namespace, policy: name, order: orderOf(policy), location: formatLocation(at) };
}

/** When a tier is asked, among all that some policy names. */
export function tierPosition({ name }: Tier, { resolved }: World): number {
  return resolved.tiers.findIndex((tier) => tier.name === name);
}

/** Where the manifests declare a tier; '' where they do not. */
export function tierLocation({ name }: Tier, { cluster }: World): string {
  return formatLocation(cluster.tiers.find((tier) => tier.name === name)?.at);
}

function placementWords(placement: Placement, hook: ProgramHook, isPod: boolean): string {
  if (isPod)
    return placement === 'pre-dnat' ? 'preDNAT does nothing at pods' : 'doNotTrack does nothing at pods';
  if (placement === 'pre-dnat') return 'is asked before address translation only';
  if (placement === 'untracked') return 'is asked before connection tracking only';
  if (hook.startsWith('forward')) return 'does not govern what the host passes on: that takes applyOnForward';
  return hook === 'pre-dnat'
    ? 'is not asked before address translation'
    : 'is not asked before connection tracking';
}

function whyAbsent(policy: Policy, hook: ProgramHook, isPod: boolean): Why {
  const isElsewhere = !PLACEMENTS[hook].includes(policy.placement);
  // At pods it never comes to be asked, at hosts the direction says more.
  if (isPod && isElsewhere) return 'placement';
  if (!policy.types[directionOf(hook)]) return 'direction';
  if (isElsewhere) return 'placement';
  return policy.staged ? 'staged' : 'not-reached';
}

function wordsOf(policy: Policy, why: Why, { hook, endpoint }: HookWalk): string {
  switch (why) {
    case 'placement':
      return placementWords(policy.placement, hook, endpoint.kind === 'workload');
    case 'direction':
      return `applies to ${directionOf(hook) === 'ingress' ? 'egress' : 'ingress'} only`;
    case 'staged':
      return 'is staged, not enforced';
    case 'not-reached':
      return 'is not reached';
  }
}

/** Policies that select the endpoint and were not asked, in evaluation order. */
export function bystandersOf(walk: HookWalk, world: World): Bystander[] {
  const asked = new Set(walk.tiers.flatMap(({ policies }) => policies.map(({ policy }) => policy)));
  return world.resolved.policies
    .filter((policy) => !asked.has(policy) && selectorMatches(policy.selector, walk.endpoint.labels))
    .map((policy) => {
      const why = whyAbsent(policy, walk.hook, walk.endpoint.kind === 'workload');
      return { tier: policy.tier, ...namedPolicy(policy), why, words: wordsOf(policy, why, walk) };
    });
}

/** Which absence says most about a tier: it would have been asked, else what keeps its policies away. */
const TELLING: readonly Why[] = ['not-reached', 'staged', 'direction', 'placement'];

/** Tiers that were not walked, in order. */
export function skippedTiersOf(
  walk: HookWalk,
  bystanders: readonly Bystander[],
  world: World,
): SkippedTier[] {
  const walked = new Set(walk.tiers.map(({ tier }) => tier.name));
  const neverDrops = walk.hook === 'pre-dnat' || walk.hook.startsWith('untracked');
  return world.resolved.tiers
    .filter(({ name }) => !walked.has(name))
    .map((tier) => {
      const absences = bystanders.filter((one) => one.tier === tier.name).map(({ why }) => why);
      return {
        tier: tier.name,
        position: tierPosition(tier, world),
        order: orderOf(tier),
        end_action: neverDrops ? 'pass' : tier.endAction,
        location: tierLocation(tier, world),
        why: TELLING.find((why) => absences.includes(why)) ?? 'not-selected',
      };
    });
}
