/**
 * Outcomes of a shape, numbered in the order of their discovery: the walk over the steps that a class of packets meets,
 * first match wins. Where steps may be met or not, every walk that is possible is taken.
 */
import { type Effect, mayComeFirst, type Step, type StepReason } from './step.ts';
import { type Answer, MAYBE, YES } from './step-answers.ts';

/** What a packet meets in a program: the steps that it hits, passes and logs first; the last one decided. */
export interface ShapeOutcome {
  /** `continue`: the program refuses nothing and decides nothing. */
  readonly verdict: 'allow' | 'deny' | 'continue' | 'undetermined' | 'unspecified';
  /** `none` when unspecified. */
  readonly reason: StepReason | 'domain';
  /** A deny that no exemption of NetworkPolicies changes. */
  readonly isBinding?: boolean;
  /** Empty when unspecified or undetermined. */
  readonly path: readonly number[];
}

/** Steps that a packet meets or may meet, in order. */
export interface Met {
  readonly steps: readonly number[];
  readonly answers: readonly Answer[];
}

interface WaysOut {
  readonly exits: readonly number[];
  readonly path: number[];
  readonly isOpen: boolean;
}

function outcomeOf({ action, reason, isBinding }: Effect, path: readonly number[]): ShapeOutcome {
  const verdict = action as 'allow' | 'deny' | 'continue';
  return { verdict, reason, ...(isBinding === true ? { isBinding } : {}), path };
}

/** Outcomes of one step, by its number in the program: shapes share them, for most outcomes are of this kind. */
const decidedAtOnce = new WeakMap<Effect, ShapeOutcome[]>();

export class OutcomeList {
  readonly list: ShapeOutcome[] = [];
  readonly #steps: readonly Step[];
  readonly #ordinals = new Map<number | string, number>();

  constructor(steps: readonly Step[], known: readonly ShapeOutcome[] = []) {
    this.#steps = steps;
    for (const outcome of known) this.#ordinal(outcome);
  }

  /** Whether a step that is surely met, and first, decides whatever comes behind it: most do. */
  endsWalk(step: number): boolean {
    const { action, tie } = this.#steps[step]!.effect;
    return tie === undefined && action !== 'pass' && action !== 'log' && action !== 'open';
  }

  /** The ordinal of packets that meet a step that ends the walk, and none before it. */
  decidedBy(step: number): number {
    return this.#ordinals.get(step) ?? this.#decided([step]);
  }

  #unspecified(): number {
    return this.#ordinal({ verdict: 'unspecified', reason: 'none', path: [] });
  }

  /**
   * The ordinal of packets that meet these steps. A section (a tier, a profile) is left at the first step that is
   * surely met; ways out that differ leave the answer open, of ways out that agree the last one decides. Without any
   * way out it is open too.
   */
  walk(met: Met): number {
    const { exits, path, isOpen } = this.#waysOut(met, 'everything');
    if (isOpen || this.#differ(exits)) {
      const isByNames = this.#differ(this.#waysOut(met, 'names').exits);
      return isByNames ? this.#undetermined() : this.#unspecified();
    }
    path.push(exits.at(-1)!);
    return this.#decided(path);
  }

  /** Steps that pass or log packets that meet these, and all by which they may leave. */
  reachedBy(met: Met): number[] {
    const { path, exits } = this.#waysOut(met, 'everything');
    return [...path, ...exits];
  }

  /** The ordinal of packets that the last step of a path decides. */
  #decided(path: readonly number[]): number {
    const last = path.at(-1)!;
    const { effect } = this.#steps[last]!;
    if (path.length > 1) return this.#ordinal(outcomeOf(effect, path));
    let alike = decidedAtOnce.get(effect);
    if (alike === undefined) {
      alike = [];
      decidedAtOnce.set(effect, alike);
    }
    alike[last] ??= outcomeOf(effect, path);
    return this.#ordinal(alike[last]);
  }

  #differ(exits: readonly number[]): boolean {
    return exits.some((exit) => this.#steps[exit]!.effect.action !== this.#steps[exits[0]!]!.effect.action);
  }

  /**
   * All ways out. `everything`: whatever is left open is taken both ways. `names`: only whether an address is one of a
   * name's; what a profile leaves open is taken as usual.
   */
  #waysOut({ steps, answers }: Met, openness: 'everything' | 'names'): WaysOut {
    const path: number[] = [];
    const exits: number[] = [];
    let isOpen = false;
    let section = -1;
    let leftBy: Effect | undefined;
    let passes = false;
    for (let at = 0; at < steps.length; at++) {
      const { effect } = this.#steps[steps[at]!]!;
      if (effect.section !== section) {
        if (leftBy !== undefined && !passes) break;
        section = effect.section;
        leftBy = undefined;
        passes = false;
      }
      const isAsked =
        leftBy === undefined || (openness === 'everything' && mayComeFirst(effect.tie, leftBy.tie));
      if (!isAsked) continue;
      const isSure = answers[at] === YES || (openness === 'names' && answers[at] === MAYBE);
      if (effect.action === 'log') {
        if (isSure) path.push(steps[at]!);
        continue;
      }
      if (effect.action === 'open') {
        isOpen = true;
        continue;
      }
      if (effect.action === 'pass') {
        passes = true;
        path.push(steps[at]!);
      } else exits.push(steps[at]!);
      if (isSure) leftBy = effect;
    }
    return { exits, path, isOpen };
  }

  #undetermined(): number {
    return this.#ordinal({ verdict: 'undetermined', reason: 'domain', path: [] });
  }

  #ordinal(outcome: ShapeOutcome): number {
    // Most paths are one step long: a step's number is its key.
    const { path } = outcome;
    const key = path.length === 1 ? path[0]! : path.length === 0 ? outcome.verdict : path.join();
    let ordinal = this.#ordinals.get(key);
    if (ordinal === undefined) {
      ordinal = this.list.length;
      this.list.push(outcome);
      this.#ordinals.set(key, ordinal);
    }
    return ordinal;
  }
}
