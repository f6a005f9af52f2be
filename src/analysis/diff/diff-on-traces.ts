/** Traces replayed once and judged by two worlds: what changes for their flows. The whole journey, for who has traces and worlds. */
import { compileTables } from '../../compile/compile.ts';
import { nameIndex } from '../../policy/addresses/named-addresses.ts';
import { ownersOverTime } from '../../policy/addresses/owners-over-time.ts';
import { workloadInterfaces } from '../../policy/addresses/workload-interfaces.ts';
import type { World } from '../../policy/world.ts';
import { replay } from '../../replay/replay.ts';
import type { TraceSource } from '../../trace/open.ts';
import { type InterfaceOwners, namesPods } from '../../trace/reader.ts';
import { createAddressNames } from '../address-names.ts';
import type { TraceReplayOptions } from '../replay/replay-traces.ts';
import { WrittenNames } from '../written-names.ts';
import type { TraceDiff } from './diff-document.ts';
import type { KnobFinder } from './diff-knobs.ts';
import { summarizeTraceDiff } from './diff-trace.ts';

/** Two sets; with two CNIs `knobsOf` puts differences down to knobs. */
export interface TraceDiffWorlds {
  readonly before: World;
  readonly after: World;
  readonly knobsOf?: KnobFinder;
}

/** What pods' interfaces carry, where both sets have the same pods and look at it. */
function interfacesOf(before: World, after: World): InterfaceOwners | undefined {
  const known = workloadInterfaces(before);
  const samePods =
    before.book.endpoints.length === after.book.endpoints.length &&
    before.book.endpoints.every(({ namespace, name }, index) => {
      const other = after.book.endpoints[index]!;
      return other.namespace === namespace && other.name === name;
    });
  return samePods && workloadInterfaces(after) !== undefined ? known : undefined;
}

/** Replays traces and judges every connection by both worlds. Rejects as `replay` does. */
export async function diffOnTraces(
  sources: readonly TraceSource[],
  { before, after, knobsOf }: TraceDiffWorlds,
  options: TraceReplayOptions = {},
): Promise<TraceDiff> {
  const written = new WrittenNames();
  const index = sources.some(namesPods) ? nameIndex([before, after]) : undefined;
  const names = index === undefined ? {} : { names: index };
  const [left, right] = [compileTables(before, names), compileTables(after, names)];
  const interfaces = interfacesOf(before, after);
  const epoch = {
    tables: left.tables,
    pendingTables: right.tables,
    owners: ownersOverTime([before.book])[0]!,
    ...(interfaces === undefined ? {} : { interfaces }),
  };
  const result = await replay(sources, [epoch], {
    ...options,
    ...names,
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
}
