/**
 * Policies in the order of evaluation, each under a number that it keeps: policies may come and go between others. What is
 * remembered of policies goes by their numbers.
 */
import type { Policy } from '../policy.ts';

/** What comes first in the order of evaluation. */
export type ComparePolicies = (left: Policy, right: Policy) => number;

export class PolicyOrder {
  /** In order. */
  readonly policies: Policy[];
  readonly #compare: ComparePolicies;
  /** By number; undefined where one has gone. */
  readonly #byNumber: (Policy | undefined)[];
  readonly #numbers: Map<Policy, number>;
  /** By number: greater ones come later. Undefined as long as numbers are in order themselves. */
  #ranks: number[] | undefined;

  constructor(policies: readonly Policy[], compare: ComparePolicies) {
    this.policies = [...policies].sort(compare);
    this.#compare = compare;
    this.#byNumber = [...this.policies];
    this.#numbers = new Map(this.policies.map((policy, number) => [policy, number]));
  }

  at(number: number): Policy | undefined {
    return this.#byNumber[number];
  }

  /** Numbers of policies in the order of evaluation. */
  sorted(numbers: number[]): number[] {
    const ranks = this.#ranks;
    return ranks === undefined ? numbers : numbers.sort((left, right) => ranks[left]! - ranks[right]!);
  }

  /** Puts in a policy; its number. */
  add(policy: Policy): number {
    this.#ranks ??= this.#byNumber.map((_, number) => number);
    let position = 0;
    for (let end = this.policies.length; position < end; ) {
      const middle = (position + end) >> 1;
      if (this.#compare(this.policies[middle]!, policy) < 0) position = middle + 1;
      else end = middle;
    }
    const number = this.#byNumber.push(policy) - 1;
    this.#numbers.set(policy, number);
    this.policies.splice(position, 0, policy);
    this.#ranks[number] = this.#rankAt(position);
    return number;
  }

  remove(policy: Policy): void {
    const number = this.#numbers.get(policy)!;
    this.#numbers.delete(policy);
    this.#byNumber[number] = undefined;
    this.policies.splice(this.policies.indexOf(policy), 1);
  }

  /** The rank of what was put at a position; when there is none left between its neighbours all are given anew. */
  #rankAt(position: number): number {
    const ranks = this.#ranks!;
    const rankOf = (at: number): number | undefined => {
      const policy = this.policies[at];
      return policy === undefined ? undefined : ranks[this.#numbers.get(policy)!];
    };
    const before = rankOf(position - 1) ?? (rankOf(position + 1) ?? 0) - 2;
    const after = rankOf(position + 1) ?? before + 2;
    const middle = (before + after) / 2;
    if (before < middle && middle < after) return middle;
    this.policies.forEach((policy, rank) => {
      ranks[this.#numbers.get(policy)!] = rank;
    });
    return position;
  }
}
