/** Traces → their flows: replayed once by the policies that the cluster has, with a look at every row for what tallies do not keep. */
import { compileTables } from '../../compile/compile.ts';
import { nameIndex } from '../../policy/addresses/named-addresses.ts';
import { workloadInterfaces } from '../../policy/addresses/workload-interfaces.ts';
import type { World } from '../../policy/world.ts';
import type { ReplayOptions } from '../../replay/options.ts';
import { replay } from '../../replay/replay.ts';
import type { ReplayResult } from '../../replay/result.ts';
import type { TraceSource } from '../../trace/open.ts';
import { namesPods } from '../../trace/reader.ts';
import { createAddressNames } from '../address-names.ts';
import { WrittenNames } from '../written-names.ts';
import { FlowRows } from './flow-rows.ts';
import { type TraceFlow, traceFlows } from './trace-flows.ts';

export interface ReplayedFlows {
  readonly result: ReplayResult;
  readonly flows: readonly TraceFlow[];
}

/** Distinct flows kept; those beyond are counted. */
const MOST_FLOWS = 262_144;

/** `options`: how the replay runs. `includeDenied`: also wants what the policies of the cluster deny, or the trace says was denied. */
export async function replayFlows(
  sources: readonly TraceSource[],
  world: World,
  {
    includeDenied,
    ...options
  }: { readonly includeDenied: boolean } & Pick<
    ReplayOptions,
    'pool' | 'workers' | 'tunnels' | 'range' | 'endInput' | 'onProgress'
  >,
): Promise<ReplayedFlows> {
  const written = new WrittenNames();
  const rows = new FlowRows();
  const names = sources.some(namesPods) ? { names: nameIndex([world]) } : {};
  const { tables, legend } = compileTables(world, names);
  const interfaces = workloadInterfaces(world);
  const result = await replay(sources, tables, {
    ...options,
    ...names,
    ...(interfaces === undefined ? {} : { interfaces }),
    flows: MOST_FLOWS,
    flowsListed: MOST_FLOWS,
    onNames: (texts) => written.add(texts),
    onRound: (batch, count) => rows.take(batch, count),
  });
  const naming = {
    legend,
    epochs: [{ names: createAddressNames(world.book, written, result.captureNames) }],
  };
  const tallies = [...result.admitted, ...result.refused];
  return { result, flows: traceFlows({ tallies, naming, rows, world, includeDenied }) };
}
