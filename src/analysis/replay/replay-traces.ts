/** Traces and a world → the document that `replay` prints. The whole journey, for who has traces and worlds. */
import { PROGRAM_VERSION } from '../../output/version.ts';
import { nameIndex } from '../../policy/addresses/named-addresses.ts';
import type { World } from '../../policy/world.ts';
import type { ReplayOptions } from '../../replay/options.ts';
import { replay } from '../../replay/replay.ts';
import { VERDICT_UNSPECIFIED } from '../../tables/verdict-layout.ts';
import type { TraceSource } from '../../trace/open.ts';
import { namesPods } from '../../trace/reader.ts';
import { WrittenNames } from '../written-names.ts';
import { compileEpochs, pendingWorlds, type WorldSnapshot } from './compile-epochs.ts';
import { createOpenFinder } from './open-flows.ts';
import type { ReplayDocument } from './replay-document.ts';
import { summarizeReplay } from './summary.ts';

/** How traces are read, and who is told while they are. */
export type TraceReplayOptions = Omit<
  ReplayOptions,
  'pendingTables' | 'interfaces' | 'names' | 'onNames' | 'onRound' | 'onDeciders'
>;

const NEVER = 'a replay needs a world';

/**
 * Replays traces by a world, or by several snapshots of it, each from its time on and the first from the beginning. Where policies are
 * staged, every connection is judged once more as if they were enforced. Rejects as `replay` does.
 */
export async function replayTraces(
  sources: readonly TraceSource[],
  worlds: World | readonly WorldSnapshot[],
  options: TraceReplayOptions = {},
): Promise<ReplayDocument> {
  const snapshots = 'book' in worlds ? [{ world: worlds, paths: [] }] : worlds;
  const [first] = snapshots;
  if (first === undefined) throw new TypeError(NEVER);
  const written = new WrittenNames();
  const index = sources.some(namesPods) ? nameIndex(snapshots.map(({ world }) => world)) : undefined;
  const { epochs, summaries, phases, tableBytes } = await compileEpochs(
    snapshots,
    await pendingWorlds(snapshots),
    index,
  );
  const result = await replay(sources, epochs, {
    ...options,
    ...(index === undefined ? {} : { names: index, onNames: (texts) => written.add(texts) }),
  });
  const isOpen = result.refused.some(({ verdict }) => verdict === VERDICT_UNSPECIFIED);
  return summarizeReplay({
    version: PROGRAM_VERSION,
    manifests: [...new Set(snapshots.flatMap(({ paths }) => paths))],
    profile: first.world.profile,
    epochs: summaries,
    tableBytes,
    result,
    ...(index === undefined ? {} : { names: { index, written } }),
    ...(isOpen ? { openOf: createOpenFinder(snapshots.map(({ world }) => world)) } : {}),
    loadMilliseconds: 0,
    compilePhases: phases,
  });
}
