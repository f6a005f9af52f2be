/**
 * Delta debugging: takes away what is not needed until nothing more can go. First many parts at a time, then fewer, at the end each for
 * itself; trees from the top, since what hangs on a part goes with it.
 *
 * Source: Zeller and Hildebrandt, Simplifying and Isolating Failure-Inducing Input (ddmin); Misherghi and Su, HDD.
 */
import type { Part, Removed } from './forest.ts';

/** Whether what is left without these parts still shows what is asked. */
export type Holds = (removed: Removed) => boolean;

/**
 * The fewest of `items`, found by asking: yields those that might be enough, is told whether they are, and returns those of which none can
 * be spared. Who asks may take time.
 */
export function* askForFewest<T>(items: readonly T[]): Generator<readonly T[], readonly T[], boolean> {
  let left = items;
  if (left.length > 0 && (yield [])) return [];
  let pieces = Math.min(2, left.length);
  while (left.length > 0) {
    const size = Math.ceil(left.length / pieces);
    let hasShrunk = false;
    for (let start = 0; start < left.length; ) {
      const without = [...left.slice(0, start), ...left.slice(start + size)];
      if (without.length > 0 && (yield without)) {
        left = without;
        hasShrunk = true;
      } else start += size;
    }
    if (size === 1 && !hasShrunk) break;
    pieces = size === 1 ? left.length : Math.min(left.length, pieces * 2);
  }
  return left;
}

/** Those of `items` that cannot be spared: without any one of them `holds` fails. `holds` is asked about items that are left. */
export function fewestItems<T>(items: readonly T[], holds: (left: readonly T[]) => boolean): readonly T[] {
  const asking = askForFewest(items);
  let step = asking.next();
  while (step.done !== true) step = asking.next(holds(step.value));
  return step.value;
}

/** What can go of trees, beginning with what is gone: without any further part `holds` fails. */
export function shrinkForest(trees: readonly Part[], gone: Removed, holds: Holds): Removed {
  let removed = new Set(gone);
  /** Shrinks parts that stand side by side, then what hangs on those that are left. */
  const shrink = (beside: readonly Part[]): void => {
    const loose = beside.filter(({ id, isFixed }) => !isFixed && !removed.has(id));
    const without = (left: readonly Part[]): Set<number> => {
      const kept = new Set(left);
      const next = new Set(removed);
      for (const part of loose) if (!kept.has(part)) next.add(part.id);
      return next;
    };
    removed = without(fewestItems(loose, (left) => holds(without(left))));
    for (const { id, parts } of beside) if (parts !== undefined && !removed.has(id)) shrink(parts);
  };
  for (let before = -1; before !== removed.size; ) {
    before = removed.size;
    shrink(trees);
  }
  return removed;
}
