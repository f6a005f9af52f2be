/** Packets to the virtual ports of services, as one set finds them, folded to rows and columns. */
import { HookDifferences } from './hook-differences.ts';
import { JointLookup } from './joint-lookup.ts';
import type { PairTag } from './joint-pairs.ts';
import { PortSets } from './joint-ports.ts';
import { createServicePairs } from './joint-services.ts';
import { hostStarts } from './joint-worlds.ts';
import type { FoldedFamily, StateNumbers } from './matrix-fold.ts';
import { maskOf, portStates, type StateRange } from './port-states.ts';

/** By row and column, of services alone: numbers in `states`. Returns how many packets were asked too. */
export function serviceStates(
  family: 4 | 6,
  { worlds, classes, rows, columns }: Omit<FoldedFamily, 'answers'>,
  states: StateNumbers,
): { readonly cells: ReadonlyMap<number, ReadonlyMap<number, number>>; readonly packets: number } {
  const sets = new PortSets();
  const found = new Map<number, Map<number, StateRange[]>>();
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
      for (const row of rowsAt(pair.sources)) {
        const cells = found.get(row) ?? new Map<number, StateRange[]>();
        found.set(row, cells);
        for (const column of to) {
          const ranges = cells.get(column) ?? [];
          cells.set(column, ranges);
          for (const range of sets.sets[part.set]!)
            ranges.push({ ...range, mask: maskOf(after.verdict, after.reason) });
        }
      }
    },
    worlds.after.tables,
  );
  const differences = new HookDifferences(worlds.readers, family, classes.identities, sets);
  const space = { family, worlds, classes, sets, lookup, asksAll: true };
  createServicePairs(space, differences, { ...hostStarts(worlds), mergesOthers: false }).askAll();
  lookup.flush();
  const cells = new Map(
    [...found].map(([row, columnRanges]) => [
      row,
      new Map([...columnRanges].map(([column, ranges]) => [column, states.of(portStates(ranges))])),
    ]),
  );
  return { cells, packets: lookup.count };
}
