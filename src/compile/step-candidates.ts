/**
 * Which steps of a program a class of peers can meet at all, found by the predicates that it has and not by asking every step. Ports
 * are not looked at: that a step is among them says nothing of a packet yet.
 */
import type { PeerClass } from './peer-space.ts';
import type { Asked, Step } from './step.ts';

/** Predicates of which one must hold for the step to be met; undefined where none must. */
function anchorsOf({ literals, asked }: Step): readonly number[] | undefined {
  const literal = literals.find(({ holds }) => holds);
  if (literal !== undefined) return [literal.predicate];
  return [...asked.destinationPorts, ...asked.sourcePorts].find(
    ({ negated, ranges, pairs }) => !negated && ranges.length + pairs.length === 0,
  )?.predicates;
}

/** Whether the peer says more of the step than that it is asked at all. */
const asksPeer = ({ domains, destinationPorts, sourcePorts }: Asked): boolean =>
  domains !== undefined ||
  [...destinationPorts, ...sourcePorts].some(({ predicates }) => predicates.length > 0);

export class StepCandidates {
  readonly #steps: readonly Step[];
  readonly #anchored = new Map<number, number[]>();
  readonly #unanchored: number[] = [];
  readonly #asksPeer: readonly boolean[];

  constructor(steps: readonly Step[]) {
    this.#steps = steps;
    this.#asksPeer = steps.map(({ asked }) => asksPeer(asked));
    steps.forEach((step, index) => {
      const anchors = anchorsOf(step);
      if (anchors === undefined) this.#unanchored.push(index);
      for (const predicate of anchors ?? []) {
        const anchored = this.#anchored.get(predicate);
        if (anchored === undefined) this.#anchored.set(predicate, [index]);
        else anchored.push(index);
      }
    });
  }

  /** Steps that the class meets at some port, ascending. */
  of(peer: PeerClass): number[] {
    const found = this.#unanchored.filter((step) => this.#meetsLiterals(step, peer));
    for (const predicate of peer.predicates())
      for (const step of this.#anchored.get(predicate) ?? [])
        if (this.#meetsLiterals(step, peer)) found.push(step);
    found.sort((left, right) => left - right);
    // A step with several named ports is anchored at each of them.
    return found.filter((step, index) => step !== found[index - 1]);
  }

  /** Whether classes with these candidates meet the same ones of them at every port. */
  areShared(candidates: readonly number[]): boolean {
    return !candidates.some((step) => this.#asksPeer[step]);
  }

  #meetsLiterals(step: number, peer: PeerClass): boolean {
    for (const { predicate, holds } of this.#steps[step]!.literals)
      if (peer.holds(predicate) !== holds) return false;
    return true;
  }
}
