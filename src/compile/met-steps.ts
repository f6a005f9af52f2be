/**
 * All steps of a program that a packet meets, those behind the one that decides included: what would decide without it can be asked.
 * Made for programs that keep the steps that none gets past (`ProgramSetOptions`). Only peers that some address has are looked at.
 */
import type { Met } from './outcome-list.ts';
import type { Division, PeerClass, PeerSpace } from './peer-space.ts';
import { predicatesOfSteps, type Shape } from './shape.ts';
import type { Step } from './step.ts';
import { type Answer, both, NO, StepAnswers } from './step-answers.ts';
import { StepCandidates } from './step-candidates.ts';

/** Peers that meet the same steps, at every port. */
export interface MetRow {
  readonly peer: PeerClass;
  readonly candidates: readonly number[];
  /** Numbers in the division. */
  readonly classes: readonly number[];
}

/** How a shape divides ports. */
export type PortDivision = Pick<Shape, 'ports' | 'sourcePorts'>;

export class MetSteps {
  readonly rows: readonly MetRow[];
  readonly #division: Division;
  readonly #answers: StepAnswers;
  readonly #sourceCount: number;
  readonly #inhabited: ReadonlySet<number>;

  /** `inhabited`: the identities that some address has. */
  constructor(
    steps: readonly Step[],
    { ports, sourcePorts }: PortDivision,
    peers: PeerSpace,
    inhabited: ReadonlySet<number>,
  ) {
    this.#division = peers.divide([...predicatesOfSteps(steps)]);
    this.#answers = new StepAnswers(steps, ports, sourcePorts);
    this.#sourceCount = sourcePorts?.representatives.length ?? 0;
    this.#inhabited = inhabited;
    this.rows = this.#rowsOf(new StepCandidates(steps));
  }

  #rowsOf(candidates: StepCandidates): MetRow[] {
    const { classes, identities, classOf } = this.#division;
    const isThere = new Uint8Array(classes.length);
    let listed = 0;
    for (let at = 0; at < identities.length; at++) {
      if (!this.#inhabited.has(identities[at]!)) continue;
      listed++;
      isThere[classOf[at]!] = 1;
    }
    if (this.#inhabited.size > listed) isThere[0] = 1;
    const rows: (MetRow & { classes: number[] })[] = [];
    const byCandidates = new Map<string, number>();
    for (let index = 0; index < classes.length; index++) {
      if (isThere[index] === 0) continue;
      const peer = classes[index]!;
      const met = candidates.of(peer);
      const key = candidates.areShared(met) ? met.join() : `class ${index}`;
      const known = byCandidates.get(key);
      if (known !== undefined) rows[known]!.classes.push(index);
      else byCandidates.set(key, rows.push({ peer, candidates: met, classes: [index] }) - 1);
    }
    return rows;
  }

  /** The identities of a row, ascending, that some address has. */
  identitiesOf({ classes }: MetRow): number[] {
    const { identities, classOf } = this.#division;
    const wanted = new Set(classes);
    const found = identities.filter(
      (identity, at) => wanted.has(classOf[at]!) && this.#inhabited.has(identity),
    );
    if (!wanted.has(0)) return found;
    const listed = new Set(identities);
    return [...found, ...[...this.#inhabited].filter((identity) => !listed.has(identity))].sort(
      (left, right) => left - right,
    );
  }

  /** What the peers of a row meet in a column: a port class, times the source port classes where there are any. */
  at({ peer, candidates }: MetRow, column: number): Met {
    const steps: number[] = [];
    const answers: Answer[] = [];
    const portClass = this.#sourceCount === 0 ? column : Math.floor(column / this.#sourceCount);
    for (const step of candidates) {
      const packet = this.#answers.packet(step, portClass, peer);
      const answer =
        this.#sourceCount === 0
          ? packet
          : both(packet, this.#answers.source(step, column % this.#sourceCount, peer));
      if (answer === NO) continue;
      steps.push(step);
      answers.push(answer);
    }
    return { steps, answers };
  }
}
