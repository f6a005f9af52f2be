/**
 * Outcomes of a shape, numbered in the order of their discovery: the walk over the steps that a class of packets meets,
 * first match wins. Where steps may be met or not, every walk that is possible is taken.
 */
import { type Answer, MAYBE, YES } from './peer-space.ts';
import type { Step, StepReason } from './program.ts';

/** What a packet meets in a program: the steps that it hits, passes and logs first; the last one decided. */
export interface ShapeOutcome {
  readonly verdict: 'allow' | 'deny' | 'unspecified';
  readonly reason: StepReason;
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
  readonly #ordinals = new Map<string, number>();

  constructor(steps: readonly Step[]) {
    this.#steps = steps;
  }

  /** The ordinal of packets that meet these steps. */
  walk(met: Met): number {
    const path: number[] = [];
    let passed = -1;
    for (let at = 0; at < met.steps.length; at++) {
      const index = met.steps[at]!;
      const { section, action, reason } = this.#steps[index]!;
      if (section === passed) continue;
      path.push(index);
      if (met.answers[at] === MAYBE) {
        const actions = this.#reachable(met, at, passed);
        if (actions.size > 1) return this.#ordinal({ verdict: 'unspecified', reason, path });
        path.pop();
        if (actions.has(action)) path.push(index);
        else continue;
      }
      if (action === 'pass') passed = section;
      else if (action !== 'log') return this.#ordinal({ verdict: action, reason, path });
    }
    throw new Error('a program without an end');
  }

  /** The actions that may end the walk from a position on. */
  #reachable(met: Met, from: number, passed: number, found = new Set<string>()): Set<string> {
    for (let at = from; at < met.steps.length; at++) {
      const { section, action } = this.#steps[met.steps[at]!]!;
      if (section === passed || action === 'log') continue;
      const isSure = met.answers[at] === YES;
      if (action === 'pass') {
        if (!isSure) this.#reachable(met, at + 1, section, found);
        else passed = section;
      } else {
        found.add(action);
        if (isSure) return found;
      }
    }
    return found;
  }

  #ordinal(outcome: ShapeOutcome): number {
    const key = `${outcome.verdict} ${outcome.path}`;
    let ordinal = this.#ordinals.get(key);
    if (ordinal === undefined) {
      ordinal = this.list.length;
      this.list.push(outcome);
      this.#ordinals.set(key, ordinal);
    }
    return ordinal;
  }
}
