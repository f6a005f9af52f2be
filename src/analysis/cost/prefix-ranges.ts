/**
 * Distinct blocks of addresses in an order in which what lies in a block stands together: how many of them a rule's block means, without
 * those in its exceptions, is a matter of a few searches.
 */
import { type Cidr, cidrWithin, formatCidr } from '../../net/cidr.ts';

/** Positions from `start` to before `end`. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

function compareCidrs(a: Cidr, b: Cidr): number {
  if (a.network.family !== b.network.family) return a.network.family - b.network.family;
  for (let index = 0; index < 4; index++) {
    const difference = a.network.words[index]! - b.network.words[index]!;
    if (difference !== 0) return difference;
  }
  return a.prefixBits - b.prefixBits;
}

export class PrefixRanges {
  readonly #sorted: readonly Cidr[];

  constructor(cidrs: Iterable<Cidr>) {
    const distinct = new Map([...cidrs].map((cidr) => [formatCidr(cidr), cidr]));
    this.#sorted = [...distinct.values()].sort(compareCidrs);
  }

  get size(): number {
    return this.#sorted.length;
  }

  /** Blocks inside of `cidr`, itself among them, and in none of `except`: ranges that do not overlap, ascending. */
  inside(cidr: Cidr, except: readonly Cidr[]): Range[] {
    const whole = this.#within(cidr);
    const holes = except.map((one) => this.#within(one)).sort((a, b) => a.start - b.start);
    const ranges: Range[] = [];
    let start = whole.start;
    for (const hole of holes) {
      if (hole.start > start) ranges.push({ start, end: Math.min(hole.start, whole.end) });
      start = Math.max(start, hole.end);
    }
    if (start < whole.end) ranges.push({ start, end: whole.end });
    return ranges.filter((range) => range.start < range.end);
  }

  #within(cidr: Cidr): Range {
    const start = this.#first((one) => compareCidrs(one, cidr) >= 0);
    const end = this.#first((one) => compareCidrs(one, cidr) >= 0 && !cidrWithin(one, cidr));
    return { start, end };
  }

  /** The first position where `holds`, which holds from there on. */
  #first(holds: (cidr: Cidr) => boolean): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (holds(this.#sorted[middle]!)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/** How many positions lie in some range. */
export function unionSize(ranges: readonly Range[]): number {
  let size = 0;
  let reached = 0;
  for (const { start, end } of [...ranges].sort((a, b) => a.start - b.start)) {
    size += Math.max(0, end - Math.max(start, reached));
    reached = Math.max(reached, end);
  }
  return size;
}
