/**
 * Manifests → the fewest parts of them that judge a flow alike. Nothing of what is left can go: every object, rule, peer, port, label and
 * field was tried for itself at the end. Single flows are judged; nothing is compiled.
 */
import { InvalidInput } from '../../diagnostic/diagnostic.ts';
import type { Part, Removed } from './forest.ts';
import { uninvolved } from './involved.ts';
import { type Answered, answersTo, createHolds, type Question } from './question.ts';
import { shrinkForest } from './shrink.ts';

export interface Reduced {
  readonly question: Question;
  readonly removed: Removed;
  /** How each set judges the flow, as a whole and as what is left. */
  readonly whole: readonly Answered[];
  readonly left: readonly Answered[];
  /** How often the flow was judged. */
  readonly asked: number;
}

/** All trees of a question, each once. */
export function treesOf({ sets }: Pick<Question, 'sets'>): readonly Part[] {
  return [...new Set(sets.flatMap(({ trees }) => trees))];
}

/** Throws InvalidInput where the flow means nothing in one of the sets. */
export function reduceQuestion(question: Question): Reduced {
  const nothing: Removed = new Set();
  const whole = answersTo(question, nothing);
  if (whole === undefined)
    throw new InvalidInput([
      {
        code: 'reduce/no-answer',
        severity: 'error',
        message: 'the flow cannot be judged in these manifests',
        hint: 'dryplane explain says why',
      },
    ]);
  const { holds, asked } = createHolds(question, whole);
  const trees = treesOf(question);
  const guess = uninvolved(trees, whole);
  const removed = shrinkForest(trees, holds(guess) ? guess : nothing, holds);
  return { question, removed, whole, left: answersTo(question, removed)!, asked: asked() };
}
