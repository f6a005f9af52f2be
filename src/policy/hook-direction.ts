/** Which rules of a policy a hook asks, and which placements. */
import type { ProgramHook } from '../tables/verdict.ts';
import type { Direction, Placement } from './policy.ts';

/** A place where policy is asked. */
export type PolicyHook = ProgramHook;

interface HookRules {
  readonly direction: Direction;
  readonly placements: readonly Placement[];
}

/**
 * At the two hooks of pods, and for traffic that ends or begins at a host, policy that also applies to forwarded
 * traffic is normal policy.
 *
 * Source: projectcalico/calico felix/calc/event_sequencer.go (tierInfoToProtoTierInfo).
 */
export const HOOK_RULES: Readonly<Record<PolicyHook, HookRules>> = {
  egress: { direction: 'egress', placements: ['normal', 'forward'] },
  ingress: { direction: 'ingress', placements: ['normal', 'forward'] },
  'untracked-ingress': { direction: 'ingress', placements: ['untracked'] },
  'pre-dnat': { direction: 'ingress', placements: ['pre-dnat'] },
  'forward-ingress': { direction: 'ingress', placements: ['forward'] },
  'host-ingress': { direction: 'ingress', placements: ['normal', 'forward'] },
  'untracked-egress': { direction: 'egress', placements: ['untracked'] },
  'forward-egress': { direction: 'egress', placements: ['forward'] },
  'host-egress': { direction: 'egress', placements: ['normal', 'forward'] },
};
