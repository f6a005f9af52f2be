/**
 * Outcomes of a shape, numbered in the order of their discovery: the walk over the steps that a class of packets meets,
 * first match wins. Where steps may be met or not, every walk that is possible is taken.
 */
import type { Step, StepReason } from './program.ts';
import { type Answer, UNKNOWN, YES } from './step-answers.ts';

/** What a packet meets in a program: the steps that it hits, passes and logs first; the last one decided. */
export interface ShapeOutcome {
  /** `continue`: the program refuses nothing and decides nothing. */
  readonly verdict: 'allow' | 'deny' | 'continue' | 'undetermined' | 'unspecified';
  /** `none` when unspecified. */
  readonly reason: StepReason | 'domain';
  /** Empty when unspecified or undetermined. */
  readonly path: readonly number[];
}

/** Steps that a packet meets or may meet, in order. */
export interface Met {
  readonly steps: readonly number[];
  readonly answers: readonly Answer[];
}

export class OutcomeList {
  readonly list: ShapeOutcome[] = [];
  readonly #steps: readonly Step[];
  readonly #ordinals = new Map<number | string, number>();

  constructor(steps: readonly Step[]) {
    this.#steps = steps;
  }

  #unspecified(): number {
    return this.#ordinal({ verdict: 'unspecified', reason: 'none', path: [] });
  }

  /**
   * The ordinal of packets that meet these steps. A section (a tier, a profile) is left at the first step that is
   * surely met; ways out that differ leave the answer open, of ways out that agree the last one decides. Without any
   * way out it is open too.
   */
  walk({ steps, answers }: Met): number {
    const path: number[] = [];
    const exits: number[] = [];
    let section = -1;
    let isLeft = false;
    let passes = false;
    for (let at = 0; at < steps.length; at++) {
      const step = this.#steps[steps[at]!]!;
      if (step.section !== section) {
        if (isLeft && !passes) break;
        section = step.section;
        isLeft = false;
        passes = false;
      }
      if (isLeft) continue;
      const isSure = answers[at] === YES;
      if (step.action === 'log') {
        if (isSure) path.push(steps[at]!);
        continue;
      }
      if (step.action === 'pass') {
        passes = true;
        path.push(steps[at]!);
      } else exits.push(steps[at]!);
      isLeft = isSure;
    }
    const last = this.#steps[exits.at(-1)!];
    if (last === undefined || exits.some((exit) => this.#steps[exit]!.action !== last.action))
      return answers.includes(UNKNOWN) ? this.#undetermined() : this.#unspecified();
    path.push(exits.at(-1)!);
    const verdict = last.action as 'allow' | 'deny' | 'continue';
    return this.#ordinal({ verdict, reason: last.reason, path });
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
