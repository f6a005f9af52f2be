/** Which policies a hook asks, by where they are placed; which of their rules, `directionOf` of tables/verdict.ts says. */
import type { ProgramHook } from '../tables/verdict.ts';
import type { Placement } from './policy.ts';

/**
 * At the two hooks of pods, and for traffic that ends or begins at a host, policy that also applies to forwarded
 * traffic is normal policy.
 *
 * Source: projectcalico/calico felix/calc/event_sequencer.go (tierInfoToProtoTierInfo).
 */
export const PLACEMENTS: Readonly<Record<ProgramHook, readonly Placement[]>> = {
  egress: ['normal', 'forward'],
  ingress: ['normal', 'forward'],
  'untracked-ingress': ['untracked'],
  'pre-dnat': ['pre-dnat'],
  'forward-ingress': ['forward'],
  'host-ingress': ['normal', 'forward'],
  'untracked-egress': ['untracked'],
  'forward-egress': ['forward'],
  'host-egress': ['normal', 'forward'],
};
