/** The way back from the tables' numbers to names and file:line. Never leaves the main thread. */

import type { Endpoint } from '../policy/endpoints.ts';
import type { Direction, Policy, Profile, Rule, Tier } from '../policy/policy.ts';
import type { Reason } from '../tables/verdict.ts';

/** One station of a packet's path through a program. */
export interface Hit {
  readonly tier?: Tier;
  readonly policy?: Policy;
  readonly profile?: Profile;
  /** Absent at the end of a tier. */
  readonly rule?: Rule;
  readonly action: 'allow' | 'deny' | 'pass' | 'log';
}

export interface Outcome {
  readonly direction: Direction;
  readonly verdict: 'allow' | 'deny' | 'unspecified';
  readonly reason: Reason;
  /** Passes and logs first; the last one decided. */
  readonly path: readonly Hit[];
}

export interface Legend {
  /** Outcome numbers are 0..outcomeCount - 1; several programs' outcomes may hold the same path. */
  readonly outcomeCount: number;
  outcome(number: number): Outcome;
  /** Endpoint of an address entry, or undefined. */
  endpoints: readonly Endpoint[];
  /** Every rule and tier end of every enforced policy, hit or not, in order of tiers, policies and rules. */
  readonly policies: readonly Policy[];
}
