/** Packets to the virtual ports of services, as one set finds them, folded to rows and columns. */
import { HookDifferences } from '../joint/hook-differences.ts';
import { JointLookup } from '../joint/joint-lookup.ts';
import type { PairTag } from '../joint/joint-pairs.ts';
import { PortSets } from '../joint/joint-ports.ts';
import { createServicePairs } from '../joint/joint-services.ts';
import { hostStarts } from '../joint/joint-worlds.ts';
import type { FoldedFamily, StateNumbers } from './matrix-fold.ts';
import { maskOf, portStates, type StateRange } from './port-states.ts';

/** Masks are below it. */
const MASKS = 64;
/** Ports' numbers with their masks are below it. */
const CHAINED = 2 ** 30;

/** Sets of numbers, each once: the empty one is 0. */
class NumberSets {
  /** Ascending. */
  readonly list: (readonly number[])[] = [[]];
  readonly #byText = new Map([['', 0]]);
  readonly #larger = new Map<number, number>();

  /** A set and one number more. */
  add(set: number, value: number): number {
    const key = set * CHAINED + value;
    let larger = this.#larger.get(key);
    if (larger === undefined) {
      const values = [...new Set([...this.list[set]!, value])].sort((one, other) => one - other);
      const text = values.join();
      larger = this.#byText.get(text) ?? this.list.push(values) - 1;
      this.#byText.set(text, larger);
      this.#larger.set(key, larger);
    }
    return larger;
  }
}

/** By row and column, of services alone: numbers in `states`. Returns how many packets were asked too. */
export function serviceStates(
  family: 4 | 6,
  { worlds, classes, rows, columns }: Omit<FoldedFamily, 'answers'>,
  states: StateNumbers,
): { readonly cells: ReadonlyMap<number, ReadonlyMap<number, number>>; readonly packets: number } {
  const sets = new PortSets();
  // By row and column the set of what was found: the ports' number and their mask.
  const found = new Map<number, Map<number, number>>();
  const keySets = new NumberSets();
  const rowsOf = new Map<readonly number[], readonly number[]>();
  const rowsAt = (points: readonly number[]): readonly number[] => {
    const known = rowsOf.get(points) ?? [...new Set(points.flatMap((point) => rows[point]!))];
    rowsOf.set(points, known);
    return known;
  };
  const lookup = new JointLookup<PairTag>(
    family,
    ({ tag: { pair }, part, after }) => {
      const to = pair.destination.flatMap((point) => columns[point]!);
      if (to.length === 0) return;
      const key = part.set * MASKS + maskOf(after.verdict, after.reason);
      for (const row of rowsAt(pair.sources)) {
        let cells = found.get(row);
        if (cells === undefined) {
          cells = new Map();
          found.set(row, cells);
        }
        for (const column of to) {
          const known = cells.get(column) ?? 0;
          const keys = keySets.add(known, key);
          if (keys !== known) cells.set(column, keys);
        }
      }
    },
    worlds.after.tables,
  );
  const differences = new HookDifferences(worlds.readers, family, classes.identities, sets);
  const space = { family, worlds, classes, sets, lookup, asksAll: true };
  createServicePairs(space, differences, { ...hostStarts(worlds), mergesOthers: false }).askAll();
  lookup.flush();
  const stateOf = keySets.list.map((keys) => {
    const ranges = keys.flatMap((key): StateRange[] =>
      sets.sets[Math.floor(key / MASKS)]!.map((range) => ({ ...range, mask: key % MASKS })),
    );
    return states.of(portStates(ranges));
  });
  const cells = new Map(
    [...found].map(([row, byColumn]) => [
      row,
      new Map([...byColumn].map(([column, keys]) => [column, stateOf[keys]!])),
    ]),
  );
  return { cells, packets: lookup.count };
}
