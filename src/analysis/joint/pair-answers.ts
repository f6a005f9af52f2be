/**
 * What packets between two classes come to in two sets, asked once for all pairs whose hooks answer alike. Where packets meet pods' hooks
 * alone, verdict, reason and hook hang on what the rows of both hooks contain and on what kind of addresses the ends are; whose rule it was
 * is read from the cells. So of millions of pairs only thousands of packets are asked.
 */
import * as L from '../../tables/program-layout.ts';
import { HOOK_EGRESS, HOOK_INGRESS, NO_OUTCOME, VERDICT_UNDETERMINED } from '../../tables/verdict-layout.ts';
import { cellAt, effectOf, type HookRows } from './hook-differences.ts';
import type { JointClass } from './joint-classes.ts';
import type { Ends } from './joint-ends.ts';
import type { Answer, JointLookup } from './joint-lookup.ts';
import type { AskedProgram, PortPart, PortSets } from './joint-ports.ts';

/** Numbers answers and changes as people tell them apart. */
export interface ChangeNumbers {
  /** Number of an answer of the set before (0) or after (1): equal ones read the same. */
  readonly answerOf: (side: 0 | 1, answer: Answer) => number;
  /** Number of what becomes of a packet whose answers have these numbers. */
  readonly changeOf: (before: number, after: number) => number;
}

/** A class as a source or as a destination, with what its hook answers in either set. */
export interface PairSide {
  readonly joint: JointClass;
  readonly programs: readonly [AskedProgram, AskedProgram];
  readonly rows: HookRows;
  /** Where its rows begin in a numbering of all programs' rows. */
  readonly firstRow: number;
  /** Equal exactly where addresses are of one kind and ports are divided alike. */
  readonly kind: number;
}

/** Who asks, and what about. */
export interface PairQuestions<Side extends PairSide> {
  readonly lookup: Pick<JointLookup<unknown>, 'answersOf'>;
  readonly sets: PortSets;
  readonly changes: ChangeNumbers;
  /** The parts of all packets between two classes, with the columns of egress before and after, ingress before and after. */
  readonly partsOf: (source: Side, destination: Side) => readonly PortPart[];
  /** A packet's ends that stand for two classes. */
  readonly endsOf: (source: Side, destination: Side) => Ends;
  /** Numbers what changes between two classes, each change once: 1 or more. */
  readonly stateOf: (changes: readonly PartChange[]) => number;
}

/** One change, at all the ports of a part. */
export interface PartChange {
  readonly change: number;
  readonly part: PortPart;
}

/** No packet differs. */
export const NO_STATE = 0;

/** A part whose verdicts differ: its place among the parts, and the answers of the packet that was asked. */
interface DifferingPart {
  readonly place: number;
  readonly answers: readonly [Answer, Answer];
}

/** Numbers of answers by differing part and set; `ELSEWHERE` for those that the end in question has not decided. */
type Decided = readonly number[];
const ELSEWHERE = -1;

/** What one end's rows decided, by lists under numbers. */
class EndDecisions {
  readonly lists: Decided[];
  readonly #numberOfRow = new Map<number, number>();
  readonly #byText = new Map<string, number>();
  readonly #decide: ((side: PairSide, place: number) => Decided) | undefined;

  /** `decide` is left out where all was decided elsewhere. */
  constructor(decide?: (side: PairSide, place: number) => Decided) {
    this.#decide = decide;
    this.lists = decide === undefined ? [[]] : [];
  }

  /** Number of the list of the rows at a place. */
  of(side: PairSide, place: number): number {
    if (this.#decide === undefined) return 0;
    const row = side.firstRow + place;
    let number = this.#numberOfRow.get(row);
    if (number === undefined) {
      const list = this.#decide(side, place);
      const text = list.join();
      number = this.#byText.get(text) ?? this.lists.push(list) - 1;
      this.#byText.set(text, number);
      this.#numberOfRow.set(row, number);
    }
    return number;
  }
}

/** Pairs of classes whose packets have the same verdicts for the same reasons, whosever rules decide. */
interface AlikePairs {
  readonly parts: readonly PortPart[];
  readonly differing: readonly DifferingPart[];
  readonly egress: EndDecisions;
  readonly ingress: EndDecisions;
  /** States by the numbers of what egress and ingress decided. */
  readonly states: Map<number, number>;
  /** States by change, where all differing parts change alike. */
  readonly wholeStates: Map<number, number>;
}

/** Numbers that are joined into one stay below it. */
const CHAINED = 2 ** 26;

export class PairAnswers<Side extends PairSide> {
  readonly #questions: PairQuestions<Side>;
  /** By kinds of both, then by contents of the rows of both. */
  readonly #known = new Map<number, Map<number, AlikePairs>>();
  readonly #joinedParts = new Map<readonly PortPart[], Map<string, PortPart>>();

  constructor(questions: PairQuestions<Side>) {
    this.#questions = questions;
  }

  /** The state of what goes from a class to another, each given with the other's place in the rows of its hook. */
  stateOf(source: Side, sourcePlace: number, destination: Side, destinationPlace: number): number {
    const alike = this.#alikeOf(source, sourcePlace, destination, destinationPlace);
    if (alike.differing.length === 0) return NO_STATE;
    const { egress, ingress, states } = alike;
    const [left, right] = [egress.of(source, sourcePlace), ingress.of(destination, destinationPlace)];
    const key = left * CHAINED + right;
    let state = states.get(key);
    if (state === undefined) {
      state = this.#newState(alike, egress.lists[left]!, ingress.lists[right]!);
      states.set(key, state);
    }
    return state;
  }

  #alikeOf(source: Side, sourcePlace: number, destination: Side, destinationPlace: number): AlikePairs {
    const kinds = source.kind * CHAINED + destination.kind;
    let known = this.#known.get(kinds);
    if (known === undefined) {
      known = new Map();
      this.#known.set(kinds, known);
    }
    const contents =
      source.rows.contents[sourcePlace]! * CHAINED + destination.rows.contents[destinationPlace]!;
    let alike = known.get(contents);
    if (alike === undefined) {
      alike = this.#ask(source, sourcePlace, destination, destinationPlace);
      known.set(contents, alike);
    }
    return alike;
  }

  /** Asks a packet of each part in which one of the hooks answers otherwise. */
  #ask(source: Side, sourcePlace: number, destination: Side, destinationPlace: number): AlikePairs {
    const { partsOf, endsOf, lookup } = this.#questions;
    const parts = partsOf(source, destination);
    const met = [...cellsOf(source, sourcePlace), ...cellsOf(destination, destinationPlace)];
    const places = parts.flatMap(({ columns }, place) => {
      const [one, two, three, four] = met.map((cell, program) => effectOf(cell(columns[program]!)));
      return one === two && three === four ? [] : [place];
    });
    const { from, to } = endsOf(source, destination);
    const answers = lookup.answersOf(
      from,
      to,
      places.map((place) => parts[place]!),
    );
    const differing = places.flatMap((place, index) => {
      const [before, after] = answers[index]!;
      return before.verdict === after.verdict ? [] : [{ place, answers: [before, after] as const }];
    });
    const isDecidedAt = (hook: number): boolean =>
      differing.some(({ answers }) => answers.some((answer) => answer.hook === hook));
    const decisions = (hook: number): EndDecisions =>
      isDecidedAt(hook)
        ? new EndDecisions((side, place) => this.#decidedBy(parts, differing, hook, side, place))
        : new EndDecisions();
    return {
      parts,
      differing,
      egress: decisions(HOOK_EGRESS),
      ingress: decisions(HOOK_INGRESS),
      states: new Map(),
      wholeStates: new Map(),
    };
  }

  /** What the rows at a place decided of the differing parts. */
  #decidedBy(
    parts: readonly PortPart[],
    differing: readonly DifferingPart[],
    hook: number,
    { programs, rows }: PairSide,
    place: number,
  ): Decided {
    const firstColumn = hook === HOOK_EGRESS ? 0 : 2;
    const decided: number[] = [];
    for (const { place: part, answers } of differing)
      for (const set of [0, 1] as const) {
        const answer = answers[set];
        if (answer.hook !== hook) {
          decided.push(ELSEWHERE);
          continue;
        }
        const cell = cellAt(programs[set], rows.rows[place]![set], parts[part]!.columns[firstColumn + set]!);
        const outcome = outcomeOf(programs[set], cell);
        const { verdict, reason } = answer;
        decided.push(
          this.#questions.changes.answerOf(set, { verdict, reason, hook, egress: outcome, ingress: outcome }),
        );
      }
    return decided;
  }

  #newState(alike: AlikePairs, egress: Decided, ingress: Decided): number {
    const found = this.#changesOf(alike, egress, ingress);
    const [first] = found;
    if (!found.every((change) => change === first)) return this.#stateOf(alike, found);
    let state = alike.wholeStates.get(first!);
    if (state === undefined) {
      state = this.#stateOf(alike, found);
      alike.wholeStates.set(first!, state);
    }
    return state;
  }

  /** What changes in each differing part. */
  #changesOf({ differing }: AlikePairs, egress: Decided, ingress: Decided): number[] {
    const { changes } = this.#questions;
    const numberOf = (set: 0 | 1, index: number): number => {
      const at = 2 * index + set;
      const [left = ELSEWHERE, right = ELSEWHERE] = [egress[at], ingress[at]];
      if (left !== ELSEWHERE) return left;
      return right !== ELSEWHERE ? right : changes.answerOf(set, differing[index]!.answers[set]);
    };
    return differing.map((_, index) => changes.changeOf(numberOf(0, index), numberOf(1, index)));
  }

  /** Each change with all of its parts as one. */
  #stateOf({ parts, differing }: AlikePairs, found: readonly number[]): number {
    const placesOf = new Map<number, number[]>();
    differing.forEach(({ place }, index) => {
      const change = found[index]!;
      const places = placesOf.get(change);
      if (places === undefined) placesOf.set(change, [place]);
      else places.push(place);
    });
    return this.#questions.stateOf(
      [...placesOf].map(([change, places]) => ({ change, part: this.#joined(parts, places) })),
    );
  }

  /** Several parts as one, that of the first packet. */
  #joined(parts: readonly PortPart[], places: readonly number[]): PortPart {
    if (places.length === 1) return parts[places[0]!]!;
    let known = this.#joinedParts.get(parts);
    if (known === undefined) {
      known = new Map();
      this.#joinedParts.set(parts, known);
    }
    const key = places.join();
    let joined = known.get(key);
    if (joined === undefined) {
      const { sets } = this.#questions;
      const ranges = places.flatMap((place) => sets.sets[parts[place]!.set]!);
      joined = { ...parts[places[0]!]!, set: sets.of(ranges) };
      known.set(key, joined);
    }
    return joined;
  }
}

/** The cells of a place's rows, in the set before and in the set after. */
function cellsOf({ programs, rows }: PairSide, place: number): ((column: number) => number)[] {
  return programs.map((asked, set) => {
    const row = rows.rows[place]![set]!;
    return (column) => cellAt(asked, row, column);
  });
}

/** What decided a packet that met a cell; verdicts that are left open have nobody. */
export function outcomeOf(asked: AskedProgram, cell: number): number {
  if (asked === undefined || (cell & L.CELL_VERDICT_MASK) >= VERDICT_UNDETERMINED) return NO_OUTCOME;
  return asked.reader.outcomeOf(asked.program, cell);
}
