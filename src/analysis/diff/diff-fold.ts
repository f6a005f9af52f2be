/**
 * What two sets judge otherwise, folded into rectangles as it comes: sources that fare alike at a destination, then
 * destinations at which the same sources fare alike. What changes between two classes is a state, and states and lists are numbers, so
 * that millions of pairs need no text.
 */
import type { JointClass } from '../joint/joint-classes.ts';
import type { Ends } from '../joint/joint-ends.ts';
import type { FoundPacket } from '../joint/joint-lookup.ts';
import type { ClassPair, PairDestination, PairTag, PairTaker } from '../joint/joint-pairs.ts';
import type { PortPart } from '../joint/joint-ports.ts';
import type { ChangeNumbers, PartChange } from '../joint/pair-answers.ts';
import { PointLists } from './number-lists.ts';

/** Every relation that the pair has: nodes make no difference. */
export const ANY_RELATION = -1;

/** What differs between two classes: one change, in one relation, at a set of ports. */
export interface RectangleItem {
  /** As `ChangeNumbers` have it. */
  readonly change: number;
  readonly relation: number;
  /** Numbers in `PortSets`. */
  readonly sets: readonly number[];
  /** That of its example. */
  readonly part: PortPart;
}

/** Where an example goes from and to. */
type ExampleEnds = Pick<FoundPacket<PairTag>, 'source' | 'destination'> & Pick<Ends, 'relation'>;

/** By relation; or the classes that they are looked for in, since few rectangles are shown. */
type RectangleEnds =
  | { readonly known: readonly ExampleEnds[] }
  | { readonly known?: never; readonly source: JointClass; readonly destination: PairDestination };

export interface Rectangle {
  /** Number of a set of lists in `PointLists`. */
  readonly sources: number;
  /** Numbers of lists there. */
  readonly destinations: readonly number[];
  /** One object for rectangles that have the same. */
  readonly items: readonly RectangleItem[];
  /** Of the first pair of classes. */
  readonly ends: RectangleEnds;
}

/** A packet that differs. */
export type ExamplePacket = Pick<FoundPacket<PairTag>, 'part' | 'source' | 'destination'>;

/** The packet that an item of a rectangle is shown by. */
export function exampleOf(
  { ends }: Pick<Rectangle, 'ends'>,
  { relation, part }: RectangleItem,
): ExamplePacket {
  const all = ends.known ?? exampleEnds(ends.destination.endsFrom(ends.source));
  const { source, destination } = all.find((one) => one.relation === relation) ?? all[0]!;
  return { part, source, destination };
}

/** Sources that fare alike at a destination. */
interface AtDestination {
  /** Numbers of their lists. */
  readonly lists: number[];
  readonly ends: RectangleEnds;
}

/** Numbers that are joined into one stay below it. */
const CHAINED = 2 ** 24;

export class DiffFold implements PairTaker {
  readonly lists = new PointLists();
  readonly #changes: ChangeNumbers;
  /** By number; the first is none. */
  readonly #states: (readonly RectangleItem[])[] = [[]];
  readonly #stateNumbers = new Map<string, number>();
  readonly #stateOfOne = new Map<number, number>();
  readonly #rectangles = new Map<number, Rectangle & { readonly destinations: number[] }>();
  #pair: ClassPair | undefined;
  #packets: FoundPacket<PairTag>[] = [];
  #members: readonly number[] | undefined;
  #atDestination = new Map<number, AtDestination>();

  /** Equal numbers of `changes` are one change for people. */
  constructor(changes: ChangeNumbers) {
    this.#changes = changes;
  }

  readonly stateOf = (found: readonly PartChange[]): number => {
    const items = found.map(({ change, part }) => ({
      change,
      relation: ANY_RELATION,
      sets: [part.set],
      part,
    }));
    if (items.length > 1) return this.#stateOf(items);
    // Most states are one change at one set of ports.
    const { change, part } = found[0]!;
    const key = change * CHAINED + part.set;
    let state = this.#stateOfOne.get(key);
    if (state === undefined) {
      state = this.#stateOf(items);
      this.#stateOfOne.set(key, state);
    }
    return state;
  };

  /** Takes a pair of classes by its state; pairs of a destination follow one another, and packets to it go among them. */
  readonly takePair = (source: JointClass, destination: PairDestination, state: number): void => {
    if (this.#pair !== undefined) this.#closePair();
    if (destination.members !== this.#members) this.#moveTo(destination.members);
    const list = this.lists.listOf(source.members);
    const known = this.#atDestination.get(state);
    if (known !== undefined) known.lists.push(list);
    else this.#atDestination.set(state, { lists: [list], ends: { source, destination } });
  };

  /** Takes the next packet; those of a pair, and pairs of a destination, follow one another. */
  take(packet: FoundPacket<PairTag>): void {
    if (packet.tag.pair !== this.#pair) {
      this.#closePair();
      this.#pair = packet.tag.pair;
    }
    this.#packets.push(packet);
  }

  /** All rectangles, when everything was taken. */
  finish(): Rectangle[] {
    this.#closePair();
    this.#closeDestination();
    return [...this.#rectangles.values()];
  }

  #stateOf(items: readonly RectangleItem[]): number {
    const text = items.map(({ change, relation, sets }) => `${change} ${relation} ${sets.join('+')}`).join();
    let state = this.#stateNumbers.get(text);
    if (state === undefined) {
      state = this.#states.push(items) - 1;
      this.#stateNumbers.set(text, state);
    }
    return state;
  }

  #closePair(): void {
    const pair = this.#pair;
    if (pair === undefined) return;
    this.#pair = undefined;
    const packets = this.#packets;
    this.#packets = [];
    if (pair.destination !== this.#members) this.#moveTo(pair.destination);
    const state = this.#stateOf(itemsOf(packets, pair.relations, this.#changes));
    const list = this.lists.listOf(pair.sources);
    const known = this.#atDestination.get(state);
    if (known !== undefined) {
      known.lists.push(list);
      return;
    }
    const byRelation = new Map(
      packets.map(({ source, destination, tag: { relation } }) => [
        relation,
        { source, destination, relation },
      ]),
    );
    this.#atDestination.set(state, { lists: [list], ends: { known: [...byRelation.values()] } });
  }

  #moveTo(members: readonly number[]): void {
    this.#closeDestination();
    this.#members = members;
  }

  #closeDestination(): void {
    for (const [state, { lists, ends }] of this.#atDestination) {
      const sources = this.lists.setOf(lists);
      const key = sources * CHAINED + state;
      const known = this.#rectangles.get(key);
      const list = this.lists.listOf(this.#members!);
      if (known !== undefined) known.destinations.push(list);
      else
        this.#rectangles.set(key, {
          sources,
          destinations: [list],
          items: this.#states[state]!,
          ends,
        });
    }
    this.#atDestination = new Map();
  }
}

const exampleEnds = (ends: readonly Ends[]): ExampleEnds[] =>
  ends.map(({ from, to, relation }) => ({ source: from.address, destination: to.address, relation }));

/** What packets of a pair come to: each change in each relation once, at all its ports; one relation where all fare alike. */
function itemsOf(
  packets: readonly FoundPacket<PairTag>[],
  relations: readonly number[],
  { answerOf, changeOf }: ChangeNumbers,
): readonly RectangleItem[] {
  const items = new Map<number, Map<number, RectangleItem & { readonly sets: number[] }>>();
  for (const { tag, part, before, after } of packets) {
    const change = changeOf(answerOf(0, before), answerOf(1, after));
    let inRelation = items.get(tag.relation);
    if (inRelation === undefined) {
      inRelation = new Map();
      items.set(tag.relation, inRelation);
    }
    const item = inRelation.get(change);
    if (item === undefined)
      inRelation.set(change, { change, relation: tag.relation, sets: [part.set], part });
    else item.sets.push(part.set);
  }
  const of = (relation: number): RectangleItem[] => [...(items.get(relation)?.values() ?? [])];
  const textOf = (relation: number): string =>
    of(relation)
      .map(({ sets, change }) => `${change} ${sets.join('+')}`)
      .join();
  const [first] = relations;
  const isAlike = relations.every((relation) => textOf(relation) === textOf(first!));
  return isAlike
    ? of(first!).map((item) => ({ ...item, relation: ANY_RELATION }))
    : [...items.keys()].flatMap(of);
}
