/** `lint TRACE...`: what the flows of traces used of the rules. */
import type { TraceSubject } from '../lint/trace-use.ts';
import type { World } from '../policy/world.ts';
import type { WorkerPool } from '../replay/worker-pool.ts';
import type { TraceSource } from '../trace/open.ts';
import type { LintOptions } from './command-line/lint.ts';
import { watched } from './watched-replay.ts';

/** Replays the traces, and what the reports say of them beside. */
export async function traceSubject(
  sources: readonly TraceSource[],
  world: World,
  options: LintOptions,
  pool: WorkerPool,
): Promise<{ readonly trace: TraceSubject; readonly warnings: readonly string[] }> {
  const [{ replayFlows }, { traceUse }] = await Promise.all([
    import('../analysis/recommend/replay-flows.ts'),
    import('../analysis/rules/narrower-rules.ts'),
  ]);
  const { result, flows } = await watched(sources, options, (running) =>
    replayFlows(sources, world, { ...running, pool, includeDenied: false }),
  );
  const allowed = flows.filter(({ why }) => why === undefined);
  const times = result.traces.flatMap(({ firstTime, lastTime }) =>
    firstTime === '' ? [] : [Number(firstTime), Number(lastTime)],
  );
  const omitted = result.omitted.admitted;
  return {
    trace: {
      use: traceUse(world, allowed),
      flows: allowed.length,
      ...(times.length === 0 ? {} : { seconds: Math.max(...times) - Math.min(...times) }),
    },
    warnings: [
      ...result.traces.flatMap(({ path, warnings }) => warnings.map((text) => `${path}: ${text}`)),
      ...(omitted === 0
        ? []
        : [
            `${omitted} flows were too many to be kept: rules may be needed for them that are called wide or unused`,
          ]),
      ...(allowed.length === 0
        ? ['no flow of the traces was allowed: nothing is said of what rules are needed for']
        : []),
    ],
  };
}
