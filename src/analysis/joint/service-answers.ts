/**
 * What packets to a virtual port come to in two sets, asked once for all source classes for which every hook on the way answers alike.
 * Who decided is read from the cells of the backends that a packet may have gone to; where they tell several, the packet must be asked.
 */
import { HOOK_EGRESS, HOOK_INGRESS, NO_OUTCOME } from '../../tables/verdict-layout.ts';
import { cellAt } from './hook-differences.ts';
import type { Answer, End, JointLookup } from './joint-lookup.ts';
import { groupOf, type PortPart } from './joint-ports.ts';
import { type ChangeNumbers, NO_STATE, outcomeOf, type PairSide, type PartChange } from './pair-answers.ts';

/** A virtual port, and who asks about it. */
export interface PortQuestions {
  readonly lookup: Pick<JointLookup<unknown>, 'answersOf'>;
  readonly changes: ChangeNumbers;
  readonly stateOf: (changes: readonly PartChange[]) => number;
  readonly protocol: number;
  /** The virtual port's address. */
  readonly to: End;
  /** Classes that packets may end in, as either set has it. */
  readonly targets: readonly PairSide[];
  /** Ports that they may arrive at. */
  readonly ports: readonly number[];
  readonly partsFrom: (source: PairSide) => readonly PortPart[];
  /** An address of a source class. */
  readonly fromOf: (source: PairSide) => End;
}

/** Where a packet may have been decided: at which of the targets, at which of the ports. */
interface Candidate {
  readonly target: PairSide;
  readonly port: number;
}

/** One set's answer in a part whose verdicts differ. */
interface PartAnswer {
  readonly part: PortPart;
  readonly answer: Answer;
  /** Where the packet that was asked can have been decided; undefined where nobody decided. */
  readonly candidates: readonly Candidate[] | undefined;
}

/** Source classes that fare alike, whosever rules decide. */
interface AlikeSources {
  /** Before and after, by differing part. */
  readonly differing: readonly (readonly [PartAnswer, PartAnswer])[];
  /** States by change, where one part differs. */
  readonly states: Map<number, number>;
}

/** What decided at a pod's hook. */
const DECIDED: Readonly<Record<number, (answer: Answer) => number>> = {
  [HOOK_EGRESS]: ({ egress }) => egress,
  [HOOK_INGRESS]: ({ ingress }) => ingress,
};

/** Numbers that are joined into one stay below it. */
const CHAINED = 2 ** 26;
/** Chains have numbers from here on; below are kinds, with which they begin. */
const FIRST_CHAIN = 2 ** 20;

export class PortAnswers {
  readonly #questions: PortQuestions;
  /** Chains of what hooks answer, by their last link. */
  readonly #chains = new Map<number, number>();
  readonly #alike = new Map<number, AlikeSources>();

  constructor(questions: PortQuestions) {
    this.#questions = questions;
  }

  /** The state of what goes from a source class to the virtual port; undefined where each packet must be asked. */
  stateOf(source: PairSide): number | undefined {
    const key = this.#keyOf(source);
    let alike = this.#alike.get(key);
    if (alike === undefined) {
      alike = this.#ask(source);
      this.#alike.set(key, alike);
    }
    const { differing, states } = alike;
    if (differing.length === 0) return NO_STATE;
    const changes: PartChange[] = [];
    for (const answers of differing) {
      const change = this.#changeOf(answers, source);
      if (change === undefined) return undefined;
      changes.push({ change, part: answers[0].part });
    }
    if (changes.length > 1) return this.#questions.stateOf(changes);
    const { change } = changes[0]!;
    let state = states.get(change);
    if (state === undefined) {
      state = this.#questions.stateOf(changes);
      states.set(change, state);
    }
    return state;
  }

  #changeOf([before, after]: readonly [PartAnswer, PartAnswer], source: PairSide): number | undefined {
    const [was, is] = [this.#decided(0, before, source), this.#decided(1, after, source)];
    return was === undefined || is === undefined ? undefined : this.#questions.changes.changeOf(was, is);
  }

  /** Equal exactly for source classes of one kind for which all hooks answer alike. */
  #keyOf(source: PairSide): number {
    let key = source.kind;
    for (const { joint, rows } of this.#questions.targets) {
      key = this.#chain(key, source.rows.contents[source.rows.placeOf[joint.identity]!]!);
      key = this.#chain(key, rows.contents[rows.placeOf[source.joint.identity]!]!);
    }
    return key;
  }

  /** A chain with one more value at its end. */
  #chain(chain: number, value: number): number {
    const key = chain * CHAINED + value;
    let longer = this.#chains.get(key);
    if (longer === undefined) {
      longer = FIRST_CHAIN + this.#chains.size;
      this.#chains.set(key, longer);
    }
    return longer;
  }

  #ask(source: PairSide): AlikeSources {
    const { lookup, to, fromOf, partsFrom } = this.#questions;
    const parts = partsFrom(source);
    const differing: (readonly [PartAnswer, PartAnswer])[] = [];
    lookup.answersOf(fromOf(source), to, parts).forEach(([before, after], index) => {
      if (before.verdict === after.verdict) return;
      const part = parts[index]!;
      const of = (set: 0 | 1, answer: Answer): PartAnswer => ({
        part,
        answer,
        candidates: this.#candidates(set, part, answer, source),
      });
      differing.push([of(0, before), of(1, after)]);
    });
    return { differing, states: new Map() };
  }

  #candidates(set: 0 | 1, part: PortPart, answer: Answer, source: PairSide): Candidate[] | undefined {
    const decided = DECIDED[answer.hook]?.(answer) ?? NO_OUTCOME;
    if (decided === NO_OUTCOME) return undefined;
    const { targets, ports } = this.#questions;
    const all = targets.flatMap((target) => ports.map((port) => ({ target, port })));
    return all.filter((one) => this.#outcome(set, part, answer, one, source) === decided);
  }

  /** Who would have decided a packet of a source class at a place. */
  #outcome(
    set: 0 | 1,
    part: PortPart,
    { hook }: Answer,
    { target, port }: Candidate,
    source: PairSide,
  ): number {
    const [side, peer] = hook === HOOK_EGRESS ? [source, target] : [target, source];
    const asked = side.programs[set];
    if (asked === undefined) return outcomeOf(asked, 0);
    const row = side.rows.rows[side.rows.placeOf[peer.joint.identity]!]![set]!;
    const group = groupOf(this.#questions.protocol);
    const column = asked.reader.columnOf(asked.program, group, port, part.sourcePort);
    return outcomeOf(asked, cellAt(asked, row, column));
  }

  /** Number of the answer to a source class; undefined where the places that it can have been decided at tell several. */
  #decided(set: 0 | 1, { part, answer, candidates }: PartAnswer, source: PairSide): number | undefined {
    const { answerOf } = this.#questions.changes;
    if (candidates === undefined) return answerOf(set, answer);
    let found: number | undefined;
    for (const one of candidates) {
      const outcome = this.#outcome(set, part, answer, one, source);
      const { verdict, reason, hook } = answer;
      const number = answerOf(set, { verdict, reason, hook, egress: outcome, ingress: outcome });
      if (found !== undefined && found !== number) return undefined;
      found = number;
    }
    return found;
  }
}
