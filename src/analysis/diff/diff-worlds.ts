/** Two worlds compared over all new packets: compiles both, enumerates their classes together, folds what differs. */
import { compileTables } from '../../compile/compile.ts';
import type { OutcomeLegend } from '../../compile/legend.ts';
import type { World } from '../../policy/world.ts';
import { jointClasses } from '../joint/joint-classes.ts';
import { PairEnds } from '../joint/joint-ends.ts';
import { JointLookup } from '../joint/joint-lookup.ts';
import { JointPairs, type PairTag } from '../joint/joint-pairs.ts';
import { type JointPoint, jointPoints } from '../joint/joint-points.ts';
import { PortSets } from '../joint/joint-ports.ts';
import { type Compiled, jointWorlds } from '../joint/joint-worlds.ts';
import type { ChangeNumbers } from '../joint/pair-answers.ts';
import { DiffFold, type Rectangle } from './diff-fold.ts';
import type { PointLists } from './number-lists.ts';

/** How many of what there is were looked at. */
export interface Enumerated {
  readonly family: 4 | 6;
  readonly points: number;
  readonly sourceClasses: number;
  readonly destinationClasses: number;
  /** Packets that stand for others and were looked up in both sets; all others fare like one of these, or cannot differ. */
  readonly packets: number;
}

/** What differs in one family. */
export interface FamilyDifferences {
  readonly enumerated: Enumerated;
  readonly points: readonly JointPoint[];
  readonly rectangles: readonly Rectangle[];
  /** What numbers of rectangles mean. */
  readonly lists: PointLists;
}

export interface ComparedWorlds {
  readonly families: readonly FamilyDifferences[];
  readonly sets: PortSets;
}

/** A compiled world. */
export interface DiffSide extends Compiled {
  readonly world: World;
  readonly legend: OutcomeLegend;
}

export function compileSide(world: World): DiffSide {
  return { world, ...compileTables(world) };
}

/** Compares all new packets; `changes` numbers what becomes of them. */
export function compareWorlds(before: DiffSide, after: DiffSide, changes: ChangeNumbers): ComparedWorlds {
  const worlds = jointWorlds(before, after);
  const sets = new PortSets();
  const families = ([4, 6] as const).map((family): FamilyDifferences => {
    const points = jointPoints(
      family,
      { space: before.space.families[family], tables: before.tables },
      { space: after.space.families[family], tables: after.tables },
    );
    const classes = jointClasses(points, worlds.entries);
    const ends = new PairEnds(points, worlds.entries);
    const fold = new DiffFold(changes);
    const lookup = new JointLookup<PairTag>(
      family,
      (packet) => fold.take(packet),
      before.tables,
      after.tables,
    );
    new JointPairs({ family, worlds, classes, sets, lookup, ends, changes, taker: fold }).askAll();
    return {
      points,
      rectangles: fold.finish(),
      lists: fold.lists,
      enumerated: {
        family,
        points: points.length,
        sourceClasses: classes.sources.classes.length,
        destinationClasses: classes.destinations.classes.length,
        packets: lookup.count,
      },
    };
  });
  return { families, sets };
}
