/**
 * Packets that two sets judge otherwise, folded into rectangles as they come: sources that fare alike at a destination, then
 * destinations at which the same sources fare alike. Lists are numbered as chains, so that millions of pairs need no text.
 */
import type { Answer, FoundPacket } from '../joint/joint-lookup.ts';
import type { ClassPair, PairTag } from '../joint/joint-pairs.ts';

/** One packet of a rectangle that differs. */
export type ExamplePacket = Omit<FoundPacket<PairTag>, 'tag'>;

/** Every relation that the pair has: nodes make no difference. */
export const ANY_RELATION = -1;

/** What differs between two classes: one change, in one relation, at a set of ports. */
export interface RectangleItem {
  /** Number that `changeOf` gave. */
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

/** Numbers that are joined into one stay below it. */
const CHAINED = 2 ** 24;
/** Relations, and none. */
const RELATIONS = 32;

/** Lists of numbers, each under one number: the empty one is 0. */
class Chains {
  readonly #next = new Map<number, number>();
  #count = 1;

  /** The list with one more number at its end. */
  append(chain: number, value: number): number {
    const key = chain * CHAINED + value;
    let longer = this.#next.get(key);
    if (longer === undefined) {
      longer = this.#count++;
      this.#next.set(key, longer);
    }
    return longer;
  }
}

interface Differing {
  readonly relation: number;
  readonly set: number;
  readonly change: number;
  readonly example: ExamplePacket;
}

interface AtDestination {
  /** Numbers of source lists. */
  readonly sources: number[];
  readonly differing: readonly Differing[];
}

/** Source lists that fare alike somewhere. */
interface Together {
  readonly number: number;
  readonly lists: readonly (readonly number[])[];
}

export class DiffFold {
  readonly #changeOf: (before: Answer, after: Answer) => number;
  readonly #items = new Map<number, number>();
  readonly #itemChains = new Chains();
  readonly #sourceLists: (readonly number[])[] = [];
  readonly #sourceNumbers = new Map<readonly number[], number>();
  /** What several destinations have the same of: by their numbers as text. */
  readonly #together = new Map<string, Together>();
  readonly #rectangles = new Map<
    number,
    { sources: Together; destinations: (readonly number[])[]; differing: readonly Differing[] }
  >();
  #pair: ClassPair | undefined;
  #differing: Differing[] = [];
  #destination: readonly number[] | undefined;
  #atDestination = new Map<number, AtDestination>();

  /** `changeOf` numbers what became of a packet; equal numbers are one change for people. */
  constructor(changeOf: (before: Answer, after: Answer) => number) {
    this.#changeOf = changeOf;
  }

  /** Takes the next packet; those of a pair, and pairs of a destination, follow one another. */
  take(packet: FoundPacket<PairTag>): void {
    const { tag, part, before, after } = packet;
    if (tag.pair !== this.#pair) {
      this.#closePair();
      this.#pair = tag.pair;
    }
    const change = this.#changeOf(before, after);
    // One relation is every relation that the pair has.
    const relation = tag.pair.relations.length === 1 ? ANY_RELATION : tag.relation;
    this.#differing.push({ relation, set: part.set, change, example: packet });
  }

  /** All rectangles, when everything was taken. */
  finish(): Rectangle[] {
    this.#closePair();
    this.#closeDestination();
    return [...this.#rectangles.values()].map(({ sources, destinations, differing }) => ({
      sources: sources.lists,
      destinations,
      items: itemsOf(differing),
    }));
  }

  #closePair(): void {
    const pair = this.#pair;
    if (pair === undefined) return;
    this.#pair = undefined;
    if (pair.destination !== this.#destination) {
      this.#closeDestination();
      this.#destination = pair.destination;
    }
    const differing = withoutRelations(this.#differing, pair.relations);
    this.#differing = [];
    let state = 0;
    for (const one of differing) state = this.#itemChains.append(state, this.#itemOf(one));
    const sources = this.#sourceNumber(pair.sources);
    const known = this.#atDestination.get(state);
    if (known === undefined) this.#atDestination.set(state, { sources: [sources], differing });
    else known.sources.push(sources);
  }

  #itemOf({ relation, set, change }: Differing): number {
    const key = (change * CHAINED + set) * RELATIONS + relation + 1;
    let item = this.#items.get(key);
    if (item === undefined) {
      item = this.#items.size;
      this.#items.set(key, item);
    }
    return item;
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
    for (const [state, { sources, differing }] of this.#atDestination) {
      const together = this.#togetherOf(sources);
      const key = together.number * CHAINED + state;
      const known = this.#rectangles.get(key);
      if (known === undefined)
        this.#rectangles.set(key, { sources: together, destinations: [this.#destination!], differing });
      else known.destinations.push(this.#destination!);
    }
    this.#atDestination = new Map();
  }

  #togetherOf(sources: readonly number[]): Together {
    const text = sources.join();
    let together = this.#together.get(text);
    if (together === undefined) {
      const lists = sources.map((number) => this.#sourceLists[number]!);
      together = { number: this.#together.size, lists };
      this.#together.set(text, together);
    }
    return together;
  }
}

/** The same, with one entry where all relations fare alike. */
function withoutRelations(
  differing: readonly Differing[],
  relations: readonly number[],
): readonly Differing[] {
  if (relations.length === 1) return differing;
  const of = (relation: number): Differing[] => differing.filter((one) => one.relation === relation);
  const keyOf = (list: readonly Differing[]): string =>
    list.map(({ set, change }) => `${set} ${change}`).join();
  const first = of(relations[0]!);
  const isAlike = relations.every((relation) => keyOf(of(relation)) === keyOf(first));
  return isAlike ? first.map((one) => ({ ...one, relation: ANY_RELATION })) : differing;
}

/** Differences of the same change and relation are one, at all their ports. */
function itemsOf(differing: readonly Differing[]): RectangleItem[] {
  const items = new Map<string, RectangleItem & { sets: number[] }>();
  for (const { change, relation, set, example } of differing) {
    const key = `${change} ${relation}`;
    const item = items.get(key);
    if (item === undefined) items.set(key, { change, relation, sets: [set], example });
    else item.sets.push(set);
  }
  return [...items.values()];
}
