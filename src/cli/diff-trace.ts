/** The traces of `diff`, replayed once: every connection is judged by both sets. */
import type { TraceDiff } from '../analysis/diff-document.ts';
import type { KnobFinder } from '../analysis/diff-knobs.ts';
import type { World } from '../policy/world.ts';
import type { WorkerPool } from '../replay/worker-pool.ts';
import type { TraceSource } from '../trace/open.ts';
import type { InterfaceOwners } from '../trace/reader.ts';
import { listenForEnd } from './end-of-input.ts';
import type { DiffOptions } from './flags.ts';
import { startReplayProgress } from './progress.ts';
import { readRange } from './range-options.ts';

/** What pods' interfaces carry, where both sets have the same pods and look at it. */
async function interfacesOf(before: World, after: World): Promise<InterfaceOwners | undefined> {
  const { workloadInterfaces } = await import('../policy/addresses/workload-interfaces.ts');
  const known = workloadInterfaces(before);
  const samePods =
    before.book.endpoints.length === after.book.endpoints.length &&
    before.book.endpoints.every(({ namespace, name }, index) => {
      const other = after.book.endpoints[index]!;
      return other.namespace === namespace && other.name === name;
    });
  return samePods && workloadInterfaces(after) !== undefined ? known : undefined;
}

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
  const [
    { compileTables },
    { replay },
    { namesPods },
    { ownersOverTime },
    { nameIndex },
    { WrittenNames },
    { summarizeTraceDiff },
    { createAddressNames },
  ] = await Promise.all([
    import('../compile/compile.ts'),
    import('../replay/replay.ts'),
    import('../trace/reader.ts'),
    import('../policy/addresses/owners-over-time.ts'),
    import('../policy/addresses/named-addresses.ts'),
    import('../analysis/written-names.ts'),
    import('../analysis/diff-trace.ts'),
    import('../analysis/address-names.ts'),
  ]);
  const written = new WrittenNames();
  const index = sources.some(namesPods) ? nameIndex([before, after]) : undefined;
  const names = index === undefined ? {} : { names: index };
  const [left, right] = [compileTables(before, names), compileTables(after, names)];
  const interfaces = await interfacesOf(before, after);
  const epoch = {
    tables: left.tables,
    pendingTables: right.tables,
    owners: ownersOverTime([before.book])[0]!,
    ...(interfaces === undefined ? {} : { interfaces }),
  };
  const { range } = readRange(options);
  const end = listenForEnd(sources);
  const progress = await startReplayProgress(sources, options, end);
  try {
    const result = await replay(sources, [epoch], {
      pool,
      ...names,
      ...(options.outer === true ? { tunnels: 'closed' } : {}),
      ...(range === undefined ? {} : { range }),
      ...(end.signal === undefined ? {} : { endInput: end.signal }),
      onProgress: progress.show,
      onNames: (texts) => written.add(texts),
    });
    const naming = {
      legend: left.legend,
      epochs: [{ names: createAddressNames(before.book, written, result.captureNames) }],
    };
    return summarizeTraceDiff({
      result,
      naming,
      legendAfter: right.legend,
      before,
      after,
      ...(knobsOf === undefined ? {} : { knobsOf }),
    });
  } finally {
    progress.stop();
    end.restore();
  }
}
