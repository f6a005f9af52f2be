/** The traces of `diff`, replayed once: every connection is judged by both sets. */
import type { TraceDiff } from '../analysis/diff/diff-document.ts';
import type { KnobFinder } from '../analysis/diff/diff-knobs.ts';
import type { World } from '../policy/world.ts';
import type { WorkerPool } from '../replay/worker-pool.ts';
import type { TraceSource } from '../trace/open.ts';
import type { DiffOptions } from './command-line/diff.ts';
import { watched } from './watched-replay.ts';

interface ComparedWorlds {
  readonly before: World;
  readonly after: World;
  /** With two CNIs. */
  readonly knobsOf: KnobFinder | undefined;
}

/** Replays traces by both worlds. */
export async function diffTraces(
  sources: readonly TraceSource[],
  { before, after, knobsOf }: ComparedWorlds,
  options: DiffOptions,
  pool: WorkerPool,
): Promise<TraceDiff> {
  const { diffOnTraces } = await import('../analysis/diff/diff-on-traces.ts');
  const worlds = { before, after, ...(knobsOf === undefined ? {} : { knobsOf }) };
  return watched(sources, options, (running) => diffOnTraces(sources, worlds, { pool, ...running }));
}
