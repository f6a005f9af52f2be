/**
 * What two sets judge otherwise, folded into rectangles as it comes: sources that fare alike at a destination, then
 * destinations at which the same sources fare alike. What changes between two classes is a state, and states and lists are numbers, so
 * that millions of pairs need no text; an example is looked for where a rectangle begins.
 */
import type { JointClass } from '../joint/joint-classes.ts';
import type { PairEnds } from '../joint/joint-ends.ts';
import type { FoundPacket } from '../joint/joint-lookup.ts';
import type { ClassPair, PairTag, PairTaker } from '../joint/joint-pairs.ts';
import type { PortPart } from '../joint/joint-ports.ts';
import type { ChangeNumbers, PartChange } from '../joint/pair-answers.ts';
import { NumberLists } from './number-lists.ts';

/** One packet of a rectangle that differs. */
export type ExamplePacket = Pick<FoundPacket<PairTag>, 'part' | 'source' | 'destination'>;

/** Every relation that the pair has: nodes make no difference. */
export const ANY_RELATION = -1;

/** What differs between two classes: one change, in one relation, at a set of ports. */
export interface RectangleItem {
  /** As `ChangeNumbers` have it. */
  readonly change: number;
  readonly relation: number;
  /** Numbers in `PortSets`. */
  readonly sets: readonly number[];
  readonly example: ExamplePacket;
}

export interface Rectangle {
  /** Lists of positions in `points`; one object for rectangles that have the same. */
  readonly sources: readonly (readonly number[])[];
  readonly destinations: readonly (readonly number[])[];
  readonly items: readonly RectangleItem[];
}

/** An item without its example; the part is that of its packet. */
interface StateItem extends Omit<RectangleItem, 'example'> {
  readonly part: PortPart;
}

/** Sources that fare alike at a destination. */
interface AtDestination {
  /** Numbers of source lists. */
  readonly sources: number[];
  /** Of the first of them. */
  readonly items: () => readonly RectangleItem[];
}

interface FoldedRectangle {
  readonly sources: number;
  readonly destinations: (readonly number[])[];
  readonly items: readonly RectangleItem[];
}

/** Numbers that are joined into one stay below it. */
const CHAINED = 2 ** 24;

export class DiffFold implements PairTaker {
  readonly #changes: ChangeNumbers;
  readonly #ends: PairEnds;
  /** By number; the first is none. */
  readonly #states: (readonly StateItem[])[] = [[]];
  readonly #stateNumbers = new Map<string, number>();
  readonly #sourceLists: (readonly number[])[] = [];
  readonly #sourceNumbers = new Map<readonly number[], number>();
  /** Lists of numbers of source lists. */
  readonly #together = new NumberLists();
  readonly #rectangles = new Map<number, FoldedRectangle>();
  #pair: ClassPair | undefined;
  #differing: RectangleItem[] = [];
  #destination: readonly number[] | undefined;
  #atDestination = new Map<number, AtDestination>();

  /** Equal numbers of `changes` are one change for people. */
  constructor(changes: ChangeNumbers, ends: PairEnds) {
    this.#changes = changes;
    this.#ends = ends;
  }

  readonly stateOf = (found: readonly PartChange[]): number =>
    this.#stateOf(
      found.map(({ change, part }) => ({ change, relation: ANY_RELATION, sets: [part.set], part })),
    );

  /** Takes a pair of classes by its state; pairs of a destination follow one another, packets that are taken among them. */
  readonly takePair = (source: JointClass, destination: JointClass, state: number): void => {
    this.#closePair();
    this.#moveTo(destination.members);
    const sources = this.#sourceNumber(source.members);
    const known = this.#atDestination.get(state);
    if (known !== undefined) known.sources.push(sources);
    else
      this.#atDestination.set(state, {
        sources: [sources],
        items: () => this.#withExamples(this.#states[state]!, source, destination),
      });
  };

  /** Takes the next packet; those of a pair, and pairs of a destination, follow one another. */
  take({ tag, part, before, after, source, destination }: FoundPacket<PairTag>): void {
    if (tag.pair !== this.#pair) {
      this.#closePair();
      this.#pair = tag.pair;
    }
    const { answerOf, changeOf } = this.#changes;
    // One relation is every relation that the pair has.
    const relation = tag.pair.relations.length === 1 ? ANY_RELATION : tag.relation;
    const change = changeOf(answerOf(0, before), answerOf(1, after));
    this.#differing.push({ change, relation, sets: [part.set], example: { part, source, destination } });
  }

  /** All rectangles, when everything was taken. */
  finish(): Rectangle[] {
    this.#closePair();
    this.#closeDestination();
    const lists = this.#together.lists.map((numbers) => numbers.map((number) => this.#sourceLists[number]!));
    return [...this.#rectangles.values()].map(({ sources, destinations, items }) => ({
      sources: lists[sources]!,
      destinations,
      items,
    }));
  }

  #stateOf(items: readonly StateItem[]): number {
    const text = items.map(({ change, relation, sets }) => `${change} ${relation} ${sets}`).join(';');
    let state = this.#stateNumbers.get(text);
    if (state === undefined) {
      state = this.#states.push(items) - 1;
      this.#stateNumbers.set(text, state);
    }
    return state;
  }

  #withExamples(
    items: readonly StateItem[],
    source: JointClass,
    destination: JointClass,
  ): readonly RectangleItem[] {
    const [{ from, to } = nobody()] = this.#ends.of(source, destination);
    return items.map(({ part, ...item }) => ({
      ...item,
      example: { part, source: from.address, destination: to.address },
    }));
  }

  #closePair(): void {
    const pair = this.#pair;
    if (pair === undefined) return;
    this.#pair = undefined;
    this.#moveTo(pair.destination);
    const items = itemsOf(withoutRelations(this.#differing, pair.relations));
    this.#differing = [];
    const state = this.#stateOf(items.map(({ example: { part }, ...item }) => ({ ...item, part })));
    const sources = this.#sourceNumber(pair.sources);
    const known = this.#atDestination.get(state);
    if (known === undefined) this.#atDestination.set(state, { sources: [sources], items: () => items });
    else known.sources.push(sources);
  }

  #moveTo(destination: readonly number[]): void {
    if (destination === this.#destination) return;
    this.#closeDestination();
    this.#destination = destination;
  }

  #sourceNumber(sources: readonly number[]): number {
    let number = this.#sourceNumbers.get(sources);
    if (number === undefined) {
      number = this.#sourceLists.push(sources) - 1;
      this.#sourceNumbers.set(sources, number);
    }
    return number;
  }

  #closeDestination(): void {
    for (const [state, { sources, items }] of this.#atDestination) {
      const together = this.#together.of(sources);
      const key = together * CHAINED + state;
      const known = this.#rectangles.get(key);
      if (known !== undefined) known.destinations.push(this.#destination!);
      else
        this.#rectangles.set(key, { sources: together, destinations: [this.#destination!], items: items() });
    }
    this.#atDestination = new Map();
  }
}

/** Classes between which there is no packet are never taken. */
function nobody(): never {
  throw new Error('two classes differ between which no packet goes');
}

/** The same, with one entry where all relations fare alike. */
function withoutRelations(
  differing: readonly RectangleItem[],
  relations: readonly number[],
): readonly RectangleItem[] {
  if (relations.length === 1) return differing;
  const of = (relation: number): RectangleItem[] => differing.filter((one) => one.relation === relation);
  const keyOf = (list: readonly RectangleItem[]): string =>
    list.map(({ sets, change }) => `${sets} ${change}`).join();
  const first = of(relations[0]!);
  const isAlike = relations.every((relation) => keyOf(of(relation)) === keyOf(first));
  return isAlike ? first.map((one) => ({ ...one, relation: ANY_RELATION })) : differing;
}

/** Differences of the same change and relation are one, at all their ports. */
function itemsOf(differing: readonly RectangleItem[]): RectangleItem[] {
  const items = new Map<string, RectangleItem & { sets: number[] }>();
  for (const one of differing) {
    const key = `${one.change} ${one.relation}`;
    const item = items.get(key);
    if (item === undefined) items.set(key, { ...one, sets: [...one.sets] });
    else item.sets.push(...one.sets);
  }
  return [...items.values()];
}
