/**
 * What a packet meets in one cell of a program (a class of peers, a class of ports), and what it would meet without some of the units.
 */
import { type Met, OutcomeList, type ShapeOutcome } from '../../compile/outcome-list.ts';
import { YES } from '../../compile/step-answers.ts';
import type { Pattern } from './rule-patterns.ts';

/** What becomes of a packet, and by which step; none where it is left open. */
export interface CellEnd {
  readonly verdict: ShapeOutcome['verdict'];
  readonly isBinding: boolean;
  readonly step: number | undefined;
}

export const sameEnd = (one: CellEnd, other: CellEnd): boolean =>
  one.verdict === other.verdict && one.isBinding === other.isBinding;

export class CellWalks {
  readonly #pattern: Pattern;
  readonly #outcomes: OutcomeList;
  readonly #hasTies: boolean;

  constructor(pattern: Pattern) {
    this.#pattern = pattern;
    this.#outcomes = new OutcomeList(pattern.steps);
    this.#hasTies = pattern.steps.some(({ effect }) => effect.tie !== undefined);
  }

  walk(met: Met): ShapeOutcome {
    const [first] = met.steps;
    const ordinal =
      met.answers[0] === YES && this.#outcomes.endsWalk(first!)
        ? this.#outcomes.decidedBy(first!)
        : this.#outcomes.walk(met);
    return this.#outcomes.list[ordinal]!;
  }

  /** Steps that a packet gets to: those on its way, and where something is left open all by which it may leave. */
  reached(met: Met, { path }: ShapeOutcome): readonly number[] {
    const isPlain = path.length > 0 && !this.#hasTies && met.answers.every((answer) => answer === YES);
    return isPlain ? path : this.#outcomes.reachedBy(met);
  }

  /** Without units, by local number. A tier without any policy that makes it asked is not asked. */
  without(met: Met, isGone: (unit: number) => boolean): ShapeOutcome {
    const { steps, unitsOf, isolating } = this.#pattern;
    const unasked = new Set<number>();
    for (const [section, policies] of isolating)
      if (policies.length > 0 && policies.every(isGone)) unasked.add(section);
    const left = { steps: [] as number[], answers: [] as Met['answers'][number][] };
    met.steps.forEach((step, at) => {
      if (unasked.has(steps[step]!.effect.section) || unitsOf[step]!.some(isGone)) return;
      left.steps.push(step);
      left.answers.push(met.answers[at]!);
    });
    return this.walk(left);
  }
}

export const endOf = ({ verdict, isBinding = false, path }: ShapeOutcome): CellEnd => ({
  verdict,
  isBinding,
  step: path.at(-1),
});
