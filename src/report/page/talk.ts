/**
 * Who talks to whom, added up from flows: namespaces, or the workloads of one of them and the namespaces around it. Sources stand
 * on the left and destinations on the right, in an order in which few lines cross.
 */
import type { Place } from '../../analysis/page/flow-table-document.ts';
import type { FlowStore } from './flow-store.ts';
import { ranksOf } from './talk-order.ts';

/** How lines are drawn, the grave on top of the others. */
export const OUTCOMES = ['allow', 'open', 'deny'] as const;
/** `open`: neither allowed nor denied. */
export type Outcome = (typeof OUTCOMES)[number];

/** Places that a picture shows as one. */
export interface TalkGroup {
  readonly key: string;
  readonly label: string;
  /** The area that shows its parts; '' where there are none. */
  readonly inside: string;
  readonly packets: number;
  readonly denied: number;
}

export interface TalkLink {
  /** Places in `sources` and `destinations`. */
  readonly source: number;
  readonly destination: number;
  readonly packets: Readonly<Record<Outcome, number>>;
  readonly flows: Readonly<Record<Outcome, number>>;
}

export interface Talk {
  readonly sources: readonly TalkGroup[];
  readonly destinations: readonly TalkGroup[];
  readonly links: readonly TalkLink[];
  /** Keys of either side's place in it; `undefined` for one that is not drawn. */
  readonly sourceOf: (place: number) => string | undefined;
  readonly destinationOf: (place: number) => string | undefined;
}

/** Groups of a side; what is lighter is drawn as one. */
const GROUPS_MOST = 40;
const REST = 'rest';

/** What has no namespace. */
const AREAS: Readonly<Record<Place['kind'], { readonly key: string; readonly label: string }>> = {
  pod: { key: 'area:pods', label: 'pods' },
  service: { key: 'area:services', label: 'services' },
  node: { key: 'area:nodes', label: 'nodes' },
  'network-set': { key: 'area:network-sets', label: 'network sets' },
  outside: { key: 'area:outside', label: 'outside the cluster' },
};

interface Area {
  readonly key: string;
  readonly label: string;
}

/** The whole that a place belongs to: its namespace, or what it is. */
export function areaOf({ namespace, kind }: Place): Area {
  return namespace === '' ? AREAS[kind] : { key: `namespace:${namespace}`, label: namespace };
}

interface GroupOfPlace extends Area {
  readonly inside: string;
}

/** The group of a place: its own within the area that is looked into, else its area. */
function groupOf(place: Place, inside: string): GroupOfPlace {
  const area = areaOf(place);
  if (area.key !== inside) return { ...area, inside: area.key };
  return { key: `${area.key}/${place.group}`, label: place.group, inside: '' };
}

function outcomeOf(verdict: string): Outcome {
  return verdict === 'allow' || verdict === 'deny' ? verdict : 'open';
}

const none = (): Record<Outcome, number> => ({ allow: 0, open: 0, deny: 0 });

interface Sum {
  packets: Record<Outcome, number>;
  flows: Record<Outcome, number>;
}

/** Packets and flows by pairs of group numbers. */
function sumLinks(
  store: FlowStore,
  rows: Uint32Array,
  groups: readonly { readonly number: number; readonly isInside: boolean }[],
  isWhole: boolean,
): Map<number, Sum> {
  const { src, judged, packets } = store.columns;
  const sums = new Map<number, Sum>();
  for (const row of rows) {
    const [from, to] = [groups[src[row]!]!, groups[judged[row]!]!];
    if (!isWhole && !from.isInside && !to.isInside) continue;
    const key = from.number * groups.length + to.number;
    let sum = sums.get(key);
    if (sum === undefined) {
      sum = { packets: none(), flows: none() };
      sums.set(key, sum);
    }
    const outcome = outcomeOf(store.decision(row).verdict);
    sum.packets[outcome] += packets[row]!;
    sum.flows[outcome]++;
  }
  return sums;
}

/** A side of the picture while it is put together. */
interface Side {
  readonly keys: string[];
  readonly numbers: Map<number, number>;
  readonly groups: { label: string; inside: string; packets: number; denied: number }[];
}

/** The heaviest groups of a side, those with denied traffic first; all others are one. */
function sideOf(
  weights: ReadonlyMap<number, { packets: number; denied: number }>,
  groups: readonly GroupOfPlace[],
): Side {
  const ordered = [...weights].sort(
    ([, a], [, b]) => Number(b.denied > 0) - Number(a.denied > 0) || b.packets - a.packets,
  );
  const isAll = ordered.length <= GROUPS_MOST + 1;
  const shown = isAll ? ordered : ordered.slice(0, GROUPS_MOST);
  const rest = isAll ? [] : ordered.slice(GROUPS_MOST);
  const side: Side = { keys: [], numbers: new Map(), groups: [] };
  for (const [number, weight] of shown) {
    side.numbers.set(number, side.groups.length);
    side.keys.push(groups[number]!.key);
    side.groups.push({ label: groups[number]!.label, inside: groups[number]!.inside, ...weight });
  }
  if (rest.length > 0) {
    for (const [number] of rest) side.numbers.set(number, side.groups.length);
    side.keys.push(REST);
    const sum = (key: 'packets' | 'denied'): number => rest.reduce((total, [, one]) => total + one[key], 0);
    side.groups.push({
      label: `${rest.length} more`,
      inside: '',
      packets: sum('packets'),
      denied: sum('denied'),
    });
  }
  return side;
}

/** The picture of some rows. `inside`: the key of the area that is looked into, '' for none. */
export function talkOf(store: FlowStore, rows: Uint32Array, inside: string): Talk {
  const { places } = store.flows;
  const groups: GroupOfPlace[] = [];
  const numbers = new Map<string, number>();
  const ofPlace = places.map((place) => {
    const group = groupOf(place, inside);
    let number = numbers.get(group.key);
    if (number === undefined) {
      number = groups.push(group) - 1;
      numbers.set(group.key, number);
    }
    return { number, isInside: areaOf(place).key === inside };
  });
  const sums = sumLinks(store, rows, ofPlace, inside === '');
  return pictured(sums, groups, ofPlace.length, (place) => ofPlace[place]!.number);
}

/** Sums by pairs of group numbers (`source * width + destination`) as two sides and their links. */
function pictured(
  sums: ReadonlyMap<number, Sum>,
  groups: readonly GroupOfPlace[],
  width: number,
  groupOfPlace: (place: number) => number | undefined,
): Talk {
  const weights = [
    new Map<number, { packets: number; denied: number }>(),
    new Map<number, { packets: number; denied: number }>(),
  ] as const;
  for (const [key, { packets }] of sums) {
    const ends = [Math.floor(key / width), key % width] as const;
    for (const side of [0, 1] as const) {
      const before = weights[side].get(ends[side]) ?? { packets: 0, denied: 0 };
      before.packets += packets.allow + packets.open + packets.deny;
      before.denied += packets.deny;
      weights[side].set(ends[side], before);
    }
  }
  const [left, right] = [sideOf(weights[0], groups), sideOf(weights[1], groups)];
  return arranged(left, right, linksOf(sums, width, left, right), (side) => (place) => {
    const number = side.numbers.get(groupOfPlace(place) ?? -1);
    return number === undefined ? undefined : side.keys[number];
  });
}

/** A pair of names that stand on either side, and how it fares. */
export interface NamedPair {
  readonly from: string;
  readonly to: string;
  readonly outcome: Outcome;
}

/** The picture of pairs that have names already, each counting once. */
export function talkOfPairs(pairs: readonly NamedPair[]): Talk {
  const groups: GroupOfPlace[] = [];
  const numbers = new Map<string, number>();
  const numberOf = (label: string): number => {
    let number = numbers.get(label);
    if (number === undefined) {
      number = groups.push({ key: label, label, inside: '' }) - 1;
      numbers.set(label, number);
    }
    return number;
  };
  const ends = pairs.map(({ from, to }) => [numberOf(from), numberOf(to)] as const);
  const sums = new Map<number, Sum>();
  for (const [index, { outcome }] of pairs.entries()) {
    const [from, to] = ends[index]!;
    const key = from * groups.length + to;
    const sum = sums.get(key) ?? { packets: none(), flows: none() };
    sum.packets[outcome]++;
    sum.flows[outcome]++;
    sums.set(key, sum);
  }
  return pictured(sums, groups, groups.length, () => undefined);
}

/** Links of what is drawn: those of merged groups are one. */
function linksOf(sums: ReadonlyMap<number, Sum>, width: number, left: Side, right: Side): TalkLink[] {
  const links = new Map<string, TalkLink & Sum>();
  for (const [key, sum] of sums) {
    const source = left.numbers.get(Math.floor(key / width))!;
    const destination = right.numbers.get(key % width)!;
    const pair = `${source} ${destination}`;
    const link = links.get(pair) ?? { source, destination, packets: none(), flows: none() };
    for (const outcome of OUTCOMES) {
      link.packets[outcome] += sum.packets[outcome];
      link.flows[outcome] += sum.flows[outcome];
    }
    links.set(pair, link);
  }
  return [...links.values()];
}

function arranged(
  left: Side,
  right: Side,
  links: readonly TalkLink[],
  keyOf: (side: Side) => (place: number) => string | undefined,
): Talk {
  const [leftRanks, rightRanks] = ranksOf(
    left.groups.length,
    right.groups.length,
    links.map(({ source, destination, packets }) => ({
      source,
      destination,
      weight: Math.sqrt(packets.allow + packets.open + packets.deny),
    })),
  );
  const sorted = (side: Side, ranks: readonly number[]): TalkGroup[] => {
    const found = new Array<TalkGroup>(side.groups.length);
    for (const [index, group] of side.groups.entries())
      found[ranks[index]!] = { key: side.keys[index]!, ...group };
    return found;
  };
  return {
    sources: sorted(left, leftRanks),
    destinations: sorted(right, rightRanks),
    links: links.map((link) => ({
      ...link,
      source: leftRanks[link.source]!,
      destination: rightRanks[link.destination]!,
    })),
    sourceOf: keyOf(left),
    destinationOf: keyOf(right),
  };
}
