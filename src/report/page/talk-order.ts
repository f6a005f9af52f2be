/**
 * The order in which the two sides of a picture stand, so that few lines cross: each side in turn goes to the middle of what it is linked
 * to on the other.
 */

/** A line between a place on either side. */
export interface WeighedLink {
  readonly source: number;
  readonly destination: number;
  readonly weight: number;
}

/** Rounds of moving groups to the middle of those that they talk to. */
const SWEEPS = 6;

/** An order of one side by the middle of what each is linked to on the other. */
function byMiddle(
  count: number,
  links: readonly { readonly here: number; readonly there: number; readonly weight: number }[],
  places: readonly number[],
): number[] {
  const sums = Array.from({ length: count }, () => ({ place: 0, weight: 0 }));
  for (const { here, there, weight } of links) {
    sums[here]!.place += places[there]! * weight;
    sums[here]!.weight += weight;
  }
  const middle = sums.map(({ place, weight }) => (weight === 0 ? 0 : place / weight));
  const order = middle.map((_, index) => index).sort((a, b) => middle[a]! - middle[b]! || a - b);
  const found = new Array<number>(count);
  for (const [place, index] of order.entries()) found[index] = place / Math.max(1, count - 1);
  return found;
}

/** Positions of either side, so that few lines cross. */
function ordered(sources: number, destinations: number, links: readonly WeighedLink[]): [number[], number[]] {
  let left = Array.from({ length: sources }, (_, index) => index / Math.max(1, sources - 1));
  let right = Array.from({ length: destinations }, (_, index) => index / Math.max(1, destinations - 1));
  const forward = links.map((link) => ({ here: link.destination, there: link.source, weight: link.weight }));
  const back = links.map((link) => ({ here: link.source, there: link.destination, weight: link.weight }));
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    right = byMiddle(destinations, forward, left);
    left = byMiddle(sources, back, right);
  }
  return [left, right];
}

/** Ranks of positions. */
function ranked(places: readonly number[]): number[] {
  const order = places.map((_, index) => index).sort((a, b) => places[a]! - places[b]!);
  const ranks = new Array<number>(places.length);
  for (const [rank, index] of order.entries()) ranks[index] = rank;
  return ranks;
}

/** The rank of each place of either side, by its number. */
export function ranksOf(
  sources: number,
  destinations: number,
  links: readonly WeighedLink[],
): [sources: number[], destinations: number[]] {
  const [left, right] = ordered(sources, destinations, links);
  return [ranked(left), ranked(right)];
}
