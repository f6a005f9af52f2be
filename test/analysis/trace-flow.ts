/** Flows in the notation as a replay tells them: one connection of ten packets each. */
import type { TraceFlow } from '../../src/analysis/recommend/trace-flows.ts';
import { parseFlow } from '../../src/flow/notation.ts';
import { protocolName } from '../../src/net/protocol.ts';
import { resolveFlow } from '../../src/policy/judge/resolve-flow.ts';
import type { World } from '../../src/policy/world.ts';

export function flowOfTrace(text: string, world: World): TraceFlow {
  const parsed = parseFlow(text);
  if ('problem' in parsed) throw new Error(`${text}: ${JSON.stringify(parsed.problem)}`);
  const { flow } = parsed;
  return {
    text,
    protocol: protocolName(flow.protocol),
    port: null,
    connections: 1,
    packets: 10,
    bytes: 1000,
    firstPackets: resolveFlow(flow, world).value,
  };
}
