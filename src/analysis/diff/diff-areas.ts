/**
 * Rectangles of differing packets → areas, as a reader counts them: each change on its own, and what is equal but for its destinations, then
 * but for its sources, joined. Still numbers: points of the enumeration, changes, and what relates a pod to its node.
 */
import { TO_OWN_NODE } from '../joint/joint-classes.ts';
import type { PortSets } from '../joint/joint-ports.ts';
import { ANY_RELATION, type Rectangle, type RectangleItem } from './diff-fold.ts';
import { rangesText } from './diff-ports.ts';

/** Points by class. */
type Lists = readonly (readonly number[])[];

/** One kind of difference between sets of points. */
export interface Area {
  readonly item: RectangleItem;
  readonly ports: string;
  readonly from: Lists;
  readonly to: Lists;
}

/** Lists of lists of points by number: equal ones, in whatever order, have the same. */
class ListNumbers {
  readonly #numbers = new Map<readonly number[], number>();
  readonly #known = new Map<Lists, number>();
  readonly #byText = new Map<string, number>();
  readonly #first: Lists[] = [];

  /** The first of all that are equal: what is found of one is found of all. */
  sameAs(lists: Lists): Lists {
    return this.#first[this.of(lists)]!;
  }

  of(lists: Lists): number {
    let number = this.#known.get(lists);
    if (number === undefined) {
      const text = this.#textOf(lists);
      number = this.#byText.get(text);
      if (number === undefined) {
        number = this.#first.push(lists) - 1;
        this.#byText.set(text, number);
      }
      this.#known.set(lists, number);
    }
    return number;
  }

  #textOf(lists: Lists): string {
    return lists
      .map((list) => {
        const number = this.#numbers.get(list) ?? this.#numbers.size;
        this.#numbers.set(list, number);
        return number;
      })
      .sort((one, other) => one - other)
      .join();
  }
}

/** Areas that are equal but for one side, joined there. */
function joinAreas(areas: readonly Area[], side: 'from' | 'to', numbers: ListNumbers): Area[] {
  const other = side === 'from' ? 'to' : 'from';
  const joined = new Map<string, Area[]>();
  for (const area of areas) {
    const { change, relation } = area.item;
    const key = `${change} ${relation} ${area.ports} ${numbers.of(area[other])}`;
    const list = joined.get(key);
    if (list === undefined) joined.set(key, [area]);
    else list.push(area);
  }
  return [...joined.values()].map((list) =>
    list.length === 1 ? list[0]! : { ...list[0]!, [side]: [...new Set(list.flatMap((area) => area[side]))] },
  );
}

/** Rectangles as areas: ports as text, areas that are equal but for one side joined there. */
export function areasOf(rectangles: readonly Rectangle[], { sets }: PortSets): Area[] {
  const numbers = new ListNumbers();
  const texts = new Map<string, string>();
  const portsOf = (list: readonly number[]): string => {
    const key = list.join();
    let text = texts.get(key);
    if (text === undefined) {
      text = rangesText(list.flatMap((set) => sets[set]!));
      texts.set(key, text);
    }
    return text;
  };
  const areas = rectangles.flatMap(({ sources, destinations, items }) =>
    items.map((item) => ({ item, ports: portsOf(item.sets), from: sources, to: destinations })),
  );
  return joinAreas(joinAreas(areas, 'to', numbers), 'from', numbers).map((area) => ({
    ...area,
    from: numbers.sameAs(area.from),
    to: numbers.sameAs(area.to),
  }));
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
