/** How far are lookups from the machine's limit? Identify and classify beside a C loop over the same saved tables. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Classified, classifyBatch, prepare } from './classified.ts';
import { clockName, interleave, median, ratio } from './clock.ts';
import { compileLimit } from './limit.ts';
import { synthesizeCluster, synthesizePackets } from './synthetic.ts';
import { printTable } from './table.ts';

const ROUNDS = 7;
const PASSES = 64;

/** Writes what the C loop reads. */
function writeInputs(folder: string, { compilation, packets }: Classified): readonly [string, string] {
  const [tables, list] = [join(folder, 'tables'), join(folder, 'packets')];
  writeFileSync(tables, compilation.tables.bytes);
  const words = new Uint32Array(1 + packets.length * 3);
  words[0] = packets.length;
  packets.forEach(({ source, destination, protocol, destinationPort }, index) => {
    words.set([source.words[0], destination.words[0], protocol * 65_536 + destinationPort!], 1 + index * 3);
  });
  writeFileSync(list, words);
  return [tables, list];
}

/** The sum that the C loop prints, of this batch. */
function sumOf({ batch, packets }: Classified): bigint {
  let sum = 0n;
  for (let row = 0; row < packets.length; row++)
    sum += BigInt(batch.verdict[row]!) + BigInt(batch.egress[row]!) + BigInt(batch.ingress[row]!);
  return sum;
}

/** What runs the C loop over the same tables and packets: nanoseconds of so many passes. Throws where it finds other verdicts. */
export function limitRun(
  program: string,
  folder: string,
  classified: Classified,
  passes: number,
): () => number {
  const inputs = writeInputs(folder, classified);
  return () => {
    const [, seconds, sum] = execFileSync(program, [...inputs, '1', String(passes)])
      .toString()
      .trim()
      .split(' ');
    if (BigInt(sum!) !== sumOf(classified)) throw new Error('the C loop finds other verdicts');
    return Number(seconds) * 1e9;
  };
}

function compare(program: string, folder: string, classified: Classified, name: string): string[] {
  const units = classified.packets.length * PASSES;
  const nanos = interleave(
    {
      kernels: {
        units,
        run: () => {
          for (let pass = 0; pass < PASSES; pass++) classifyBatch(classified);
        },
      },
      limit: { units, run: limitRun(program, folder, classified, PASSES) },
    },
    ROUNDS,
  );
  return [
    name,
    `${(classified.compilation.tables.bytes.byteLength / 1024).toFixed(0)} KB`,
    median(nanos.kernels!).toFixed(1),
    median(nanos.limit!).toFixed(1),
    ratio(nanos.limit!, nanos.kernels!),
  ];
}

export function run(): void {
  const folder = mkdtempSync(join(tmpdir(), 'dryplane-bench-'));
  try {
    const program = compileLimit('classify', folder);
    if (program === undefined) {
      process.stdout.write('\nClassify against C: no C compiler here\n');
      return;
    }
    const sizes = [
      { name: '1,000 pods, 100 policies', pods: 1000, policies: 100, cidrs: 1000, hot: 1000 },
      { name: '100,000 pods, 1,000 policies', pods: 100_000, policies: 1000, cidrs: 10_000, hot: 100_000 },
    ];
    const rows = sizes.map(({ name, hot, ...size }) => {
      const cluster = synthesizeCluster({ ...size, namespaces: 10 });
      // A pod that speaks to itself is exempt and VXLAN from pods refused, which the C loop leaves out.
      const packets = synthesizePackets(cluster, 9000, hot).filter(
        ({ source, destination, destinationPort }) =>
          source.words[0] !== destination.words[0] && destinationPort !== 4789,
      );
      return compare(program, folder, prepare(cluster, packets), name);
    });
    printTable(
      `Identify and classify against C -O3 over the same tables, ${clockName()}, medians of ${ROUNDS} rounds (smallest to largest)`,
      ['set', 'tables', 'ns/packet', 'C ns/packet', 'C / this'],
      rows,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}
