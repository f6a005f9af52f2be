/**
 * The address space as two compiled sets divide it together: a point is all addresses that lead to the same entry in either
 * set's tables. What neither set can tell apart by address alone is one point; `joint-classes.ts` makes classes of points.
 */
import type { FamilySpace } from '../../compile/address-space.ts';
import { holds, inAddressOrder, type Prefix } from '../../compile/prefix.ts';
import type { Address } from '../../net/address.ts';
import { lookupTrie4, lookupTrie6 } from '../../tables/address-trie.ts';
import { SECTION_TRIE4, SECTION_TRIE6 } from '../../tables/directory-layout.ts';
import { sectionOf, type Tables } from '../../tables/tables.ts';

/** What one set makes of a family's addresses. */
export interface DividedFamily {
  readonly space: Pick<FamilySpace, 'regions' | 'entries' | 'outside'>;
  readonly tables: Tables;
}

export interface JointPoint {
  /** Address entries in the tables of either set. */
  readonly before: number;
  readonly after: number;
  /** Whose addresses these are, but for those that a longer prefix of another point holds. */
  readonly prefixes: readonly Prefix[];
  /** Two addresses of the point, one where it has no other. */
  readonly addresses: readonly Address[];
}

interface Region extends Prefix {
  readonly before: number;
  readonly after: number;
  /** The next address that no longer prefix is known to hold; absent while there was none. */
  next?: bigint;
  readonly free: Address[];
}

/** As many addresses as tell a packet between two of a point. */
const WANTED = 2;

/** Addresses that examples had better use, where no set tells them from others: those of documentation. */
const NICE: Readonly<Record<4 | 6, readonly Address['words'][]>> = {
  4: [
    [0xcb007109, 0, 0, 0],
    [0xc6336409, 0, 0, 0],
    [0xc0000209, 0, 0, 0],
    [0x08080808, 0, 0, 0],
  ],
  6: [
    [0x20010db8, 0xffff0000, 0, 9],
    [0x20010db8, 0xfffe0000, 0, 9],
    [0x3fff0000, 0, 0, 9],
    [0x26064700, 0, 0, 9],
  ],
};

const toNumber = ({ words }: Prefix, family: 4 | 6): bigint =>
  family === 4 ? BigInt(words[0]) : words.reduce((sum, word) => (sum << 32n) | BigInt(word), 0n);

function toAddress(value: bigint, family: 4 | 6): Address {
  if (family === 4) return { family, words: [Number(value), 0, 0, 0] };
  const word = (index: bigint): number => Number((value >> (32n * (3n - index))) & 0xffffffffn);
  return { family, words: [word(0n), word(1n), word(2n), word(3n)] };
}

/** Takes addresses before `end` that are free, as many as are wanted. */
function takeFree(region: Region, family: 4 | 6, end: bigint): void {
  for (let next = region.next!; next < end && region.free.length < WANTED; next++)
    region.free.push(toAddress(next, family));
}

/** A longer prefix lies in a region: what is before it is free, what is behind it may be. */
function step(around: Region, inner: Prefix, family: 4 | 6): void {
  if (around.free.length === WANTED) return;
  around.next ??= toNumber(around, family);
  const start = toNumber(inner, family);
  takeFree(around, family, start);
  around.next = start + (1n << BigInt((family === 4 ? 32 : 128) - inner.bits));
}

/** The region has no further longer prefixes. */
function close(region: Region, family: 4 | 6): void {
  if (region.free.length === WANTED) return;
  const full = family === 4 ? 32 : 128;
  if (region.next === undefined && region.bits === full) {
    region.free.push({ family, words: region.words });
    return;
  }
  const start = toNumber(region, family);
  region.next ??= start;
  takeFree(region, family, start + (1n << BigInt(full - region.bits)));
}

/** All prefixes of both sets in address order, shorter first, with what either set makes of them. */
function jointRegions(
  family: 4 | 6,
  before: DividedFamily['space'],
  after: DividedFamily['space'],
): Region[] {
  const regions: Region[] = [];
  const around: Region[] = [];
  const root: Prefix = { words: [0, 0, 0, 0], bits: 0 };
  let [left, right] = [0, 0];
  const add = (prefix: Prefix, own: { before?: number; after?: number }): void => {
    while (around.length > 0 && !holds(around.at(-1)!, prefix)) close(around.pop()!, family);
    const parent = around.at(-1);
    if (parent !== undefined) step(parent, prefix, family);
    const region: Region = {
      words: prefix.words,
      bits: prefix.bits,
      before: own.before ?? parent?.before ?? before.outside,
      after: own.after ?? parent?.after ?? after.outside,
      free: [],
    };
    regions.push(region);
    around.push(region);
  };
  const isRoot = ({ regions: [first] }: DividedFamily['space']): boolean => first?.bits === 0;
  if (!isRoot(before) && !isRoot(after)) add(root, {});
  while (left < before.regions.length || right < after.regions.length) {
    const [one, other] = [before.regions[left], after.regions[right]];
    const order = one === undefined ? 1 : other === undefined ? -1 : inAddressOrder(one, other);
    add(order <= 0 ? one! : other!, {
      ...(order <= 0 ? { before: before.entries[left++]! } : {}),
      ...(order >= 0 ? { after: after.entries[right++]! } : {}),
    });
  }
  for (const region of around.reverse()) close(region, family);
  return regions;
}

type Lookup = (words: Address['words']) => number;

function lookupOf(family: 4 | 6, tables: Tables): Lookup {
  const trie = sectionOf(tables, family === 4 ? SECTION_TRIE4 : SECTION_TRIE6);
  return family === 4 ? ([word]) => lookupTrie4(trie, word) : (words) => lookupTrie6(trie, words);
}

/** The points of a family, in address order of their first prefixes. Prefixes that longer ones hold whole are none. */
export function jointPoints(family: 4 | 6, before: DividedFamily, after: DividedFamily): JointPoint[] {
  const points = new Map<
    number,
    { before: number; after: number; prefixes: Prefix[]; addresses: Address[] }
  >();
  for (const region of jointRegions(family, before.space, after.space)) {
    if (region.free.length === 0) continue;
    const key = region.before * 2 ** 26 + region.after;
    const point = points.get(key);
    if (point === undefined)
      points.set(key, {
        before: region.before,
        after: region.after,
        prefixes: [region],
        addresses: region.free,
      });
    else {
      point.prefixes.push(region);
      if (point.addresses.length < WANTED)
        point.addresses = [...point.addresses, ...region.free].slice(0, WANTED);
    }
  }
  const find = { before: lookupOf(family, before.tables), after: lookupOf(family, after.tables) };
  // Nine behind the first address of a block reads better than the first, which is its network's.
  const ninth = [...points.values()].flatMap(({ prefixes: [first] }): Address['words'][] => {
    const { words, bits } = first!;
    if (bits > (family === 4 ? 28 : 124)) return [];
    return [family === 4 ? [words[0] + 9, 0, 0, 0] : [words[0], words[1], words[2], words[3] + 9]];
  });
  const better = new Map<number, Address[]>();
  for (const words of [...NICE[family], ...ninth]) {
    const key = find.before(words) * 2 ** 26 + find.after(words);
    const list = better.get(key);
    if (list === undefined) better.set(key, [{ family, words }]);
    else list.push({ family, words });
  }
  return [...points].map(([key, point]) => {
    const addresses = [...(better.get(key) ?? []), ...point.addresses];
    const [first, ...others] = addresses;
    const second = others.find((one) => one.words.some((word, index) => word !== first!.words[index]));
    return { ...point, addresses: second === undefined ? [first!] : [first!, second] };
  });
}
