/** Do two benchmark harnesses agree? The same hot function under tinybench and under Benchmark.js. */
import Benchmark from 'benchmark';
import { Bench } from 'tinybench';
import { type Classified, classifyBatch, prepare } from './parts/classified.ts';
import { synthesizeCluster, synthesizePackets } from './parts/synthetic.ts';
import { printTable } from './parts/table.ts';

/** Of one sample of Benchmark.js: short, so that some are not disturbed. */
const SAMPLE_SECONDS = 0.002;
/** The harnesses agree when their lower quartiles are no further apart than this: other processes disturb long samples more. */
const TOLERANCE = 0.25;

const lowerQuartile = (samples: readonly number[]): number =>
  [...samples].sort((a, b) => a - b)[samples.length >> 2]!;

async function tinybenchNanos(work: () => void): Promise<number> {
  const bench = new Bench({ time: 1000, warmupTime: 250, retainSamples: true });
  bench.add('classify', work);
  await bench.run();
  const { result } = bench.tasks[0]!;
  if (result.state !== 'completed') throw new Error(`tinybench ended ${result.state}`);
  return lowerQuartile(result.latency.samples!) * 1e6;
}

function benchmarkNanos(work: () => void): number {
  const benchmark = new Benchmark('classify', work, { maxTime: 1, minTime: SAMPLE_SECONDS });
  benchmark.run({ async: false });
  return lowerQuartile(benchmark.stats.sample) * 1e9;
}

export async function run(): Promise<void> {
  const cluster = synthesizeCluster({ pods: 10_000, namespaces: 10, policies: 1000, cidrs: 10_000 });
  const classified: Classified = prepare(cluster, synthesizePackets(cluster, 8192, 1000));
  const work = { 'identify and classify': () => classifyBatch(classified) };
  const rows: string[][] = [];
  for (const [name, call] of Object.entries(work)) {
    const units = classified.packets.length;
    const first = (await tinybenchNanos(call)) / units;
    const second = benchmarkNanos(call) / units;
    const apart = Math.abs(first - second) / Math.min(first, second);
    rows.push([
      name,
      first.toFixed(2),
      second.toFixed(2),
      `${(apart * 100).toFixed(0)} %`,
      apart <= TOLERANCE ? 'yes' : 'NO',
    ]);
  }
  printTable(
    'Two harnesses on one function: ns per packet, wall time, lower quartiles',
    ['function', 'tinybench', 'benchmark.js', 'apart', `within ${TOLERANCE * 100} %`],
    rows,
  );
}
