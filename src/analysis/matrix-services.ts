/** Packets to the virtual ports of services, as one set finds them, folded to rows and columns. */
import { HookDifferences } from './hook-differences.ts';
import { JointLookup } from './joint-lookup.ts';
import type { PairTag } from './joint-pairs.ts';
import { PortSets } from './joint-ports.ts';
import { createServicePairs } from './joint-services.ts';
import { hostStarts } from './joint-worlds.ts';
import type { FoldedFamily, StateNumbers } from './matrix-fold.ts';
import { maskOf, portStates, type StateRange } from './port-states.ts';

/** Masks are below it. */
const MASKS = 64;

/** By row and column, of services alone: numbers in `states`. Returns how many packets were asked too. */
export function serviceStates(
  family: 4 | 6,
  { worlds, classes, rows, columns }: Omit<FoldedFamily, 'answers'>,
  states: StateNumbers,
): { readonly cells: ReadonlyMap<number, ReadonlyMap<number, number>>; readonly packets: number } {
  const sets = new PortSets();
  // By row and column what was found, each once: the ports' number and their mask.
  const found = new Map<number, Map<number, Set<number>>>();
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
        const cells = found.get(row) ?? new Map<number, Set<number>>();
        found.set(row, cells);
        for (const column of to) {
          const keys = cells.get(column);
          if (keys === undefined) cells.set(column, new Set([key]));
          else keys.add(key);
        }
      }
    },
    worlds.after.tables,
  );
  const differences = new HookDifferences(worlds.readers, family, classes.identities, sets);
  const space = { family, worlds, classes, sets, lookup, asksAll: true };
  createServicePairs(space, differences, { ...hostStarts(worlds), mergesOthers: false }).askAll();
  lookup.flush();
  const known = new Map<string, number>();
  const stateOf = (keys: ReadonlySet<number>): number => {
    const sorted = [...keys].sort((one, other) => one - other);
    const text = sorted.join();
    let state = known.get(text);
    if (state === undefined) {
      const ranges = sorted.flatMap((key): StateRange[] =>
        sets.sets[Math.floor(key / MASKS)]!.map((range) => ({ ...range, mask: key % MASKS })),
      );
      state = states.of(portStates(ranges));
      known.set(text, state);
    }
    return state;
  };
  const cells = new Map(
    [...found].map(([row, byColumn]) => [
      row,
      new Map([...byColumn].map(([column, keys]) => [column, stateOf(keys)])),
    ]),
  );
  return { cells, packets: lookup.count };
}
