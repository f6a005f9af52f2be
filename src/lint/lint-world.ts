/** All checks over a world, for who has one and the files that it was read from. */
import type { World } from '../policy/world.ts';
import { CHECKS } from './checks.ts';
import { Inventory } from './inventory.ts';
import { lintFindings } from './lint.ts';
import type { LintFinding } from './lint-document.ts';
import { type SourceFile, SourcePlaces } from './source-places.ts';

/**
 * What the checks find, in the order of the files. `files` are those that `loadCluster` told `onFile` of; findings that a comment in them
 * suppresses have the state `suppressed`.
 */
export function lintWorld(world: World, files: readonly SourceFile[]): readonly LintFinding[] {
  return lintFindings({ world, sources: new SourcePlaces(files), inventory: new Inventory(world) }, CHECKS);
}
