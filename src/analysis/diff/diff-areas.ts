/**
 * Rectangles of differing packets → areas, as a reader counts them: each change on its own, and what is equal but for its destinations, then
 * but for its sources, joined. Still numbers: sets of points of the enumeration, changes, and what relates a pod to its node.
 */
import { TO_OWN_NODE } from '../joint/joint-classes.ts';
import type { PortSets } from '../joint/joint-ports.ts';
import { ANY_RELATION, type Rectangle, type RectangleItem } from './diff-fold.ts';
import { rangesText } from './diff-ports.ts';
import type { PointLists } from './number-lists.ts';

/** One kind of difference between sets of points. */
export interface Area {
  readonly item: RectangleItem;
  /** Of its example. */
  readonly ends: Rectangle['ends'];
  readonly ports: string;
  /** Numbers of sets of lists in `PointLists`. */
  readonly from: number;
  readonly to: number;
}

/** Areas that are equal but for some sets on one side. */
interface Joined {
  readonly area: Area;
  /** Equal exactly for the same change, in the same relation, at the same ports. */
  readonly kind: number;
  /** Lists, or sets of them, of the side that is joined. */
  readonly others: number[];
}

/** Numbers that are joined into one stay below it. */
const CHAINED = 2 ** 24;
/** Numbers of texts of ports are below it. */
const PORTS = 2 ** 20;
/** Relations, and none. */
const RELATIONS = 32;

/** Sets of ports as texts: equal ones have one number. */
class PortTexts {
  readonly texts: string[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #bySets = new Map<string, number>();
  /** By set, where it stands alone. */
  readonly #ofOne: number[] = [];
  readonly #sets: PortSets['sets'];

  constructor({ sets }: PortSets) {
    this.#sets = sets;
  }

  of(sets: readonly number[]): number {
    const [first] = sets;
    if (sets.length > 1) return this.#ofAll(sets);
    this.#ofOne[first!] ??= this.#ofAll(sets);
    return this.#ofOne[first!]!;
  }

  #ofAll(sets: readonly number[]): number {
    const key = sets.join();
    let number = this.#bySets.get(key);
    if (number === undefined) {
      const text = rangesText(sets.flatMap((set) => this.#sets[set]!));
      number = this.#numbers.get(text) ?? this.texts.push(text) - 1;
      this.#numbers.set(text, number);
      this.#bySets.set(key, number);
    }
    return number;
  }
}

/** Adds to what has the same key; `first` is called where nothing has. */
function joinTo(
  joined: Map<number, Joined>,
  key: number,
  others: readonly number[],
  first: () => Joined,
): void {
  const known = joined.get(key);
  if (known === undefined) joined.set(key, first());
  else known.others.push(...others);
}

/** Rectangles as areas: ports as text, areas that are equal but for one side joined there. */
export function areasOf(rectangles: readonly Rectangle[], lists: PointLists, sets: PortSets): Area[] {
  const ports = new PortTexts(sets);
  const kinds = new Map<number, number>();
  const kindOf = ({ change, relation }: RectangleItem, portsNumber: number): number => {
    const key = (change * PORTS + portsNumber) * RELATIONS + relation + 1;
    const kind = kinds.get(key) ?? kinds.size;
    kinds.set(key, kind);
    return kind;
  };
  const bySources = new Map<number, Joined>();
  for (const { sources, destinations, items, ends } of rectangles)
    for (const item of items) {
      const number = ports.of(item.sets);
      const kind = kindOf(item, number);
      joinTo(bySources, kind * CHAINED + sources, destinations, () => ({
        area: { item, ends, ports: ports.texts[number]!, from: sources, to: 0 },
        kind,
        others: [...destinations],
      }));
    }
  const byDestinations = new Map<number, Joined>();
  for (const { area, kind, others } of bySources.values()) {
    const to = lists.setOf(others);
    joinTo(byDestinations, kind * CHAINED + to, [area.from], () => ({
      area: { ...area, to },
      kind,
      others: [area.from],
    }));
  }
  return [...byDestinations.values()].map(({ area, others }) =>
    others.length === 1 ? area : { ...area, from: lists.unionOf(others) },
  );
}

const BETWEEN: Readonly<Record<'own' | 'from' | 'apart', string>> = {
  own: 'from a pod to its own node',
  from: 'from a node to its own pods',
  apart: 'but not between a pod and its own node',
};

/** What an area says of nodes and their own pods; empty where it makes no difference. */
export function betweenText(relation: number): string {
  if (relation === ANY_RELATION) return '';
  if (relation === 0) return BETWEEN.apart;
  return (relation & TO_OWN_NODE) !== 0 ? BETWEEN.own : BETWEEN.from;
}
