/** The way back from the tables' numbers to names and file:line. Never leaves the main thread. */
import type { Endpoint } from '../policy/endpoints.ts';
import type { Action, Direction, Policy, Profile, Rule, Tier } from '../policy/policy.ts';
import { directionOf, type ProgramHook, type Reason } from '../tables/verdict.ts';
import type { ShapeOutcome } from './outcome-list.ts';

/** One station of a packet's path through a program. */
export interface Hit {
  readonly tier?: Tier;
  readonly policy?: Policy;
  readonly profile?: Profile;
  /** Absent at guards, at the end of a tier, and where the profiles stay silent. */
  readonly rule?: Rule;
  /** `continue`: the program is left, and decides nothing. */
  readonly action: Action | 'continue';
}

export interface Outcome {
  readonly hook: ProgramHook;
  /** That of the hook. */
  readonly direction: Direction;
  readonly verdict: ShapeOutcome['verdict'];
  readonly reason: Reason;
  /** Passes and logs first; the last one decided. Empty when unspecified or undetermined. */
  readonly path: readonly Hit[];
}

export interface Legend {
  /** Outcome numbers are 0..outcomeCount - 1; several programs' outcomes may hold the same path. */
  readonly outcomeCount: number;
  /** Throws RangeError for a number that is no outcome's. */
  outcome(number: number): Outcome;
  /** By the numbers that address entries give their owners. */
  readonly endpoints: readonly Endpoint[];
  /** Every enforced policy, hit or not, in the order of tiers and policies. */
  readonly policies: readonly Policy[];
}

/** The way back from outcomes alone: endpoints have other numbers in every epoch. */
export type OutcomeLegend = Omit<Legend, 'endpoints'>;

/** What of a program the way back takes. */
export interface LegendProgram {
  readonly hook: ProgramHook;
  /** By step. */
  readonly hits: readonly Hit[];
  /** Those of the shape, by ordinal. */
  readonly outcomes: readonly ShapeOutcome[];
  readonly firstOutcome: number;
}

/** A legend over programs in the order of their outcomes. Paths are spelled out when they are asked for. */
export function createLegend(
  programs: readonly LegendProgram[],
  endpoints: readonly Endpoint[],
  policies: readonly Policy[],
): Legend {
  const last = programs.at(-1);
  const outcomeCount = last === undefined ? 0 : last.firstOutcome + last.outcomes.length;
  return {
    outcomeCount,
    endpoints,
    policies,
    outcome(number) {
      if (!(number >= 0 && number < outcomeCount))
        throw new RangeError(`no outcome has the number ${number}`);
      let low = 0;
      let high = programs.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if (programs[middle]!.firstOutcome <= number) low = middle;
        else high = middle - 1;
      }
      const { hook, hits, outcomes, firstOutcome } = programs[low]!;
      const { verdict, reason, path } = outcomes[number - firstOutcome]!;
      return {
        hook,
        direction: directionOf(hook),
        verdict,
        reason,
        path: path.map((step) => hits[step]!),
      };
    },
  };
}

/** One legend of several epochs: the outcomes of each behind those of the one before, the policies of all. */
export function joinLegends(legends: readonly OutcomeLegend[]): OutcomeLegend {
  if (legends.length === 1) return legends[0]!;
  const outcomeCount = legends.reduce((sum, legend) => sum + legend.outcomeCount, 0);
  return {
    outcomeCount,
    policies: legends.flatMap(({ policies }) => policies),
    outcome(number) {
      let own = number;
      for (const legend of legends) {
        if (own < legend.outcomeCount) return legend.outcome(own);
        own -= legend.outcomeCount;
      }
      throw new RangeError(`no outcome has the number ${number}`);
    },
  };
}
