/** What becomes of packets, in names: answers of either set and pairs of them under numbers, equal where people read the same. */
import { HOOKS, REASONS, VERDICTS } from '../../tables/verdict.ts';
import { VERDICT_ALLOW, VERDICT_DENY } from '../../tables/verdict-layout.ts';
import { decidingOutcome, namesOfOutcomeNumber } from '../decider.ts';
import type { Answer } from '../joint/joint-lookup.ts';
import type { ChangeNumbers } from '../joint/pair-answers.ts';
import type { VerdictChange } from '../replay/flow-document.ts';
import type { SideAnswer } from './diff-document.ts';
import type { DiffSide } from './diff-worlds.ts';

/** Numbers that are joined into one stay below it. */
const CHAINED = 2 ** 26;

/** What becomes of a packet. */
export interface Change {
  readonly before: SideAnswer;
  readonly after: SideAnswer;
}

/** Numbers changes: packets that change alike for people have one number. */
export class Changes implements ChangeNumbers {
  /** By number. */
  readonly list: Change[] = [];
  readonly #numbers = new Map<number, number>();
  readonly #answers: readonly [Map<number, number>, Map<number, number>] = [new Map(), new Map()];
  readonly #spelled: readonly [Map<string, number>, Map<string, number>] = [new Map(), new Map()];
  readonly #sides: readonly [DiffSide, DiffSide];
  readonly #texts: readonly [SideAnswer[], SideAnswer[]] = [[], []];

  constructor(before: DiffSide, after: DiffSide) {
    this.#sides = [before, after];
  }

  /** By numbers of answers. */
  readonly changeOf = (before: number, after: number): number => {
    const key = before * CHAINED + after;
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.list.push({ before: this.#texts[0][before]!, after: this.#texts[1][after]! }) - 1;
      this.#numbers.set(key, number);
    }
    return number;
  };

  /** Number of an answer in names: several outcomes may have the same. */
  readonly answerOf = (side: 0 | 1, { verdict, reason, hook, egress, ingress }: Answer): number => {
    const hookName = HOOKS[hook] ?? 'none';
    const outcome = decidingOutcome(hookName, { egress, ingress });
    const byOutcome = this.#answers[side];
    // Codes are small and outcome numbers below 2^32: one number holds them all.
    const key = ((verdict * 64 + reason) * 32 + hook) * 2 ** 32 + outcome;
    let number = byOutcome.get(key);
    if (number === undefined) {
      const text: SideAnswer = {
        verdict: VERDICTS[verdict]!,
        reason: REASONS[reason]!,
        decider: namesOfOutcomeNumber(hookName, outcome, this.#sides[side].legend),
      };
      const spelled = JSON.stringify(text);
      number = this.#spelled[side].get(spelled) ?? this.#texts[side].push(text) - 1;
      this.#spelled[side].set(spelled, number);
      byOutcome.set(key, number);
    }
    return number;
  };
}

/** Which kind of change a pair of verdicts is. */
export function diffChange(before: string, after: string): VerdictChange {
  const [allow, deny] = [VERDICTS[VERDICT_ALLOW], VERDICTS[VERDICT_DENY]];
  if (before === allow && after === deny) return 'newly-denied';
  return before === deny && after === allow ? 'newly-allowed' : 'other';
}
