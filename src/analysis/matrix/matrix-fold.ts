/**
 * Answers of classes folded to rows and columns: what goes from each party to each other, the verdicts of all their pairs together. A pair is
 * two addresses of different pods; what a pod sends to itself is in no cell.
 */
import { type JointClasses, relationOf } from '../joint/joint-classes.ts';
import type { JointWorlds } from '../joint/joint-worlds.ts';
import type { ClassAnswers, RelatedAnswer } from './class-answers.ts';
import type { Party } from './matrix-parties.ts';
import { type PortStates, portStates } from './port-states.ts';

/** One family with who stands at its points. */
export interface FoldedFamily {
  readonly worlds: JointWorlds;
  readonly classes: JointClasses;
  readonly answers: ClassAnswers;
  /** Of each point the rows that it belongs to, and the columns. */
  readonly rows: readonly (readonly number[])[];
  readonly columns: readonly (readonly number[])[];
}

/** No packet goes between two parties. */
export const NO_STATES = 0;

/** Numbers that are joined into one stay below it. */
const CHAINED = 2 ** 26;

/** States by number, and what two of them are together. */
export class StateNumbers {
  readonly list: PortStates[] = [portStates([])];
  readonly #numbers = new Map<string, number>([['', NO_STATES]]);
  readonly #joined = new Map<number, number>();

  of(states: PortStates): number {
    let number = this.#numbers.get(states.text);
    if (number === undefined) {
      number = this.list.push(states) - 1;
      this.#numbers.set(states.text, number);
    }
    return number;
  }

  join(one: number, other: number): number {
    if (one === other || other === NO_STATES) return one;
    if (one === NO_STATES) return other;
    const key = one < other ? one * CHAINED + other : other * CHAINED + one;
    let joined = this.#joined.get(key);
    if (joined === undefined) {
      joined = this.of(portStates([...this.list[one]!.ranges, ...this.list[other]!.ranges]));
      this.#joined.set(key, joined);
    }
    return joined;
  }
}

/** The classes of one side with the points of them that each party has. */
interface PartyClass {
  readonly party: number;
  readonly members: readonly number[];
}

const byClass = (
  count: number,
  classOf: Uint32Array,
  parties: readonly (readonly number[])[],
): readonly (readonly PartyClass[])[] => {
  const found = Array.from({ length: count }, () => new Map<number, number[]>());
  parties.forEach((list, point) => {
    const known = found[classOf[point]!]!;
    for (const party of list) {
      const members = known.get(party);
      if (members === undefined) known.set(party, [point]);
      else members.push(point);
    }
  });
  return found.map((map) => [...map].map(([party, members]) => ({ party, members })));
};

/** What folds one family. */
export class FamilyFold {
  readonly #family: FoldedFamily;
  readonly #states: StateNumbers;
  readonly #columnCount: number;
  readonly #sources: readonly (readonly PartyClass[])[];
  readonly #destinations: readonly (readonly PartyClass[])[];
  readonly #wanted: Uint8Array;
  readonly #numbers: number[] = [];
  readonly #ownColumn: ReadonlyMap<number, number>;
  readonly #pairs: Uint8Array;
  readonly #hasNodes: boolean;
  /** Of source classes that stand for pods alone: what they send to each column, whoever of them sends. */
  readonly #rows = new Map<number, Uint32Array>();
  readonly #answersOf = new Map<number, Uint32Array>();
  readonly #classesOfRow = new Map<
    number,
    { readonly source: number; readonly members: readonly number[] }[]
  >();

  /** `ownColumn` is the column of a row that stands for the same party. */
  constructor(
    family: FoldedFamily,
    states: StateNumbers,
    columns: readonly Party[],
    ownColumn: ReadonlyMap<number, number>,
  ) {
    this.#family = family;
    this.#states = states;
    this.#columnCount = columns.length;
    this.#pairs = Uint8Array.from(columns, ({ kind, pods }) => (kind === 'pods' && pods.length < 2 ? 0 : 1));
    this.#ownColumn = ownColumn;
    const { sources, destinations } = family.classes;
    this.#sources = byClass(sources.classes.length, sources.classOf, family.rows);
    this.#destinations = byClass(destinations.classes.length, destinations.classOf, family.columns);
    this.#wanted = Uint8Array.from(this.#destinations, (parties) => (parties.length > 0 ? 1 : 0));
    this.#hasNodes = destinations.classes.some(({ isNodes }, index) => isNodes && this.#wanted[index] === 1);
    this.#sources.forEach((parties, source) => {
      for (const { party, members } of parties) {
        const list = this.#classesOfRow.get(party);
        if (list === undefined) this.#classesOfRow.set(party, [{ source, members }]);
        else list.push({ source, members });
      }
    });
  }

  /** Joins what a row's party sends to each column into `states`. */
  join(row: number, states: Uint32Array): void {
    const own = this.#ownColumn.get(row) ?? -1;
    for (const { source, members } of this.#classesOfRow.get(row) ?? []) {
      const shared = this.#rowOf(source);
      for (let column = 0; column < this.#columnCount; column++)
        if (column !== own && shared[column] !== NO_STATES)
          states[column] = this.#states.join(states[column]!, shared[column]!);
      this.#joinRelated(source, members, states);
      if (own >= 0 && this.#hasPairs(own)) this.#joinOwn(source, members, own, states);
    }
  }

  /** What any member of a class sends to each column, where relations of nodes make no difference. */
  #rowOf(source: number): Uint32Array {
    let row = this.#rows.get(source);
    if (row !== undefined) return row;
    row = new Uint32Array(this.#columnCount);
    const answers = this.#answers(source);
    this.#destinations.forEach((parties, destination) => {
      const state = this.#stateOf(answers[destination]!);
      if (state === NO_STATES) return;
      for (const { party } of parties) row![party] = this.#states.join(row![party]!, state);
    });
    // Classes that several rows share are few, or their rows are short: those of one row alone are not kept.
    if (this.#sources[source]!.length > 1) this.#rows.set(source, row);
    return row;
  }

  #answers(source: number): Uint32Array {
    let answers = this.#answersOf.get(source);
    if (answers === undefined) {
      // Of the last class alone: rows are asked one after the other.
      this.#answersOf.clear();
      answers = this.#family.answers.from(source, this.#wanted);
      this.#answersOf.set(source, answers);
    }
    return answers;
  }

  /** Number of the states of an answer without relations. */
  #stateOf(answer: number): number {
    let number = this.#numbers[answer];
    if (number === undefined) {
      const related = this.#family.answers.answers[answer]!;
      number = isRelated(related) ? NO_STATES : this.#states.of(joinedStates(related));
      this.#numbers[answer] = number;
    }
    return number;
  }

  /** Whether a party sends to itself: it has two pods, or is none. */
  #hasPairs(column: number): boolean {
    return this.#pairs[column] === 1;
  }

  /** Pairs whose relation of nodes makes a difference: those that are there. */
  #joinRelated(source: number, members: readonly number[], states: Uint32Array): void {
    const { classes, worlds } = this.#family;
    const { sources, destinations } = classes;
    const isNodes = sources.classes[source]!.isNodes;
    const atNodes = (destination: number): boolean => isNodes || destinations.classes[destination]!.isNodes;
    if (!isNodes && !this.#hasNodes) return;
    const answers = this.#answers(source);
    this.#destinations.forEach((parties, destination) => {
      if (parties.length === 0 || !atNodes(destination)) return;
      const related = this.#family.answers.answers[answers[destination]!]!;
      if (!isRelated(related)) return;
      for (const { party, members: others } of parties) {
        const relations = new Set(
          members.flatMap((one) =>
            others
              .filter((other) => other !== one)
              .map((other) => relationOf(worlds.entries, classes.points[one]!, classes.points[other]!)),
          ),
        );
        for (const { relation, states: found } of related)
          if (relations.has(relation))
            states[party] = this.#states.join(states[party]!, this.#states.of(found));
      }
    });
  }

  /** What a party's own members send to each other: only where two of them are different pods. */
  #joinOwn(source: number, members: readonly number[], own: number, states: Uint32Array): void {
    const answers = this.#answers(source);
    const ownerOf = (point: number): number =>
      this.#family.worlds.entries.after[this.#family.classes.points[point]!.after]!.owner ?? -1 - point;
    this.#destinations.forEach((parties, destination) => {
      const state = this.#stateOf(answers[destination]!);
      if (state === NO_STATES) return;
      for (const { party, members: others } of parties) {
        if (party !== own) continue;
        const owner = ownerOf(members[0]!);
        const isOne = [...members, ...others].every((point) => ownerOf(point) === owner);
        if (!isOne) states[own] = this.#states.join(states[own]!, state);
      }
    });
  }
}

const isRelated = (answers: readonly RelatedAnswer[]): boolean => answers.length > 1;

function joinedStates(answers: readonly RelatedAnswer[]): PortStates {
  return answers[0]?.states ?? portStates([]);
}
