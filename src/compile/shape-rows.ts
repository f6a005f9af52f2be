/**
 * The rows of a shape's cells: for a class of peers, the outcome of every port class. Only the steps that the class can
 * meet are looked at, and classes that can meet the same steps share their row.
 */
import { OutcomeList, type ShapeOutcome } from './outcome-list.ts';
import type { PeerClass } from './peer-space.ts';
import type { PortClasses } from './port-space.ts';
import type { Step } from './step.ts';
import { type Answer, both, NO, StepAnswers, YES } from './step-answers.ts';
import { StepCandidates } from './step-candidates.ts';

export class ShapeRows {
  readonly #ports: PortClasses;
  readonly #sourceCount: number;
  readonly #answers: StepAnswers;
  readonly #outcomes: OutcomeList;
  readonly #rows: number[][] = [];
  readonly #numbers = new Map<string, number>();
  /** By the steps that a class can meet, where its names and named ports do not matter. */
  readonly #known = new Map<string, number>();
  readonly #candidates: StepCandidates;

  /** `known`: the rows and outcomes that a shape has already. */
  constructor(
    steps: readonly Step[],
    ports: PortClasses,
    sourcePorts: PortClasses | undefined,
    known?: { readonly cells: Uint32Array; readonly outcomes: readonly ShapeOutcome[] },
  ) {
    this.#ports = ports;
    this.#sourceCount = sourcePorts?.representatives.length ?? 0;
    this.#answers = new StepAnswers(steps, ports, sourcePorts);
    this.#outcomes = new OutcomeList(steps, known?.outcomes);
    this.#candidates = new StepCandidates(steps);
    const columns = ports.representatives.length * Math.max(1, this.#sourceCount);
    for (let at = 0; at < (known?.cells.length ?? 0); at += columns) {
      const row = Array.from(known!.cells.subarray(at, at + columns));
      this.#numbers.set(row.join(), this.#rows.push(row) - 1);
    }
  }

  get count(): number {
    return this.#rows.length;
  }

  get outcomes(): readonly ShapeOutcome[] {
    return this.#outcomes.list;
  }

  /** All rows from `first` on behind each other. */
  cells(first = 0): Uint32Array {
    const columns = this.#rows[0]!.length;
    const cells = new Uint32Array((this.#rows.length - first) * columns);
    for (let index = first; index < this.#rows.length; index++)
      cells.set(this.#rows[index]!, (index - first) * columns);
    return cells;
  }

  /** The number of a class's row. */
  numberOf(peer: PeerClass): number {
    const candidates = this.#candidates.of(peer);
    const isShared = this.#candidates.areShared(candidates);
    const steps = isShared ? candidates.join() : '';
    const known = isShared ? this.#known.get(steps) : undefined;
    if (known !== undefined) return known;
    const row = this.#rowOf(peer, candidates);
    const key = row.join();
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#rows.push(row) - 1;
      this.#numbers.set(key, number);
    }
    if (isShared) this.#known.set(steps, number);
    return number;
  }

  #rowOf(peer: PeerClass, candidates: readonly number[]): number[] {
    const { length } = this.#ports.representatives;
    const columns = Math.max(1, this.#sourceCount);
    const row = new Array<number>(length * columns);
    for (let portClass = 0; portClass < length; portClass++)
      for (let source = 0; source < columns; source++)
        row[portClass * columns + source] = this.#walk(peer, candidates, portClass, source);
    return row;
  }

  #walk(peer: PeerClass, candidates: readonly number[], portClass: number, source: number): number {
    const met = { steps: [] as number[], answers: [] as Answer[] };
    for (const step of candidates) {
      const packet = this.#answers.packet(step, portClass, peer);
      const answer =
        this.#sourceCount === 0 ? packet : both(packet, this.#answers.source(step, source, peer));
      if (answer === NO) continue;
      if (answer === YES && met.steps.length === 0 && this.#outcomes.endsWalk(step))
        return this.#outcomes.decidedBy(step);
      met.steps.push(step);
      met.answers.push(answer);
    }
    return this.#outcomes.walk(met);
  }
}
