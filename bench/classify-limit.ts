/**
 * How far are lookups from the machine's limit? Identify and classify beside C over the same saved tables and columns, one packet after the
 * other and in blocks with prefetch; on tables that fit into the second-level cache, and on such that do not.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Classified, classifyBatch, prepare, ROWS } from './parts/classified.ts';
import { clockName, interleave, median, ratio, type Variant } from './parts/clock.ts';
import { compileLimit } from './parts/limit.ts';
import { synthesizeCluster, synthesizePackets } from './parts/synthetic.ts';
import { printTable } from './parts/table.ts';

const ROUNDS = 7;
/** Rows that a round judges at least, in passes over the set's packets. */
const ROUND_ROWS = 2 ** 21;

/** Writes what the C loop reads. */
function writeInputs(folder: string, { compilation, packets }: Classified): readonly [string, string] {
  const [tables, list] = [join(folder, 'tables'), join(folder, 'packets')];
  writeFileSync(tables, compilation.tables.bytes);
  const words = new Uint32Array(1 + packets.length * 4);
  words[0] = packets.length;
  packets.forEach(({ source, destination, protocol, destinationPort, sourcePort }, index) => {
    const ports = protocol * 65_536 + destinationPort!;
    words.set([source.words[0], destination.words[0], ports, sourcePort!], 1 + index * 4);
  });
  writeFileSync(list, words);
  return [tables, list];
}

/** The sum that the C program prints, of this batch. */
function sumOf({ batch, packets }: Classified): bigint {
  let sum = 0n;
  for (let row = 0; row < packets.length; row++) {
    sum += BigInt(batch.verdict[row]! + batch.reason[row]! + batch.hook[row]!);
    sum += BigInt(batch.egress[row]! + batch.ingress[row]!);
  }
  return sum;
}

/**
 * What runs the C program over the same tables and packets, `scalar` or `batched`: nanoseconds of so many passes. Throws where it finds
 * other verdicts.
 */
export function limitRun(
  program: string,
  folder: string,
  classified: Classified,
  passes: number,
  variant: 'scalar' | 'batched' = 'scalar',
): () => number {
  const inputs = writeInputs(folder, classified);
  return () => {
    const [, seconds, sum] = execFileSync(program, [...inputs, variant, String(passes)])
      .toString()
      .trim()
      .split(' ');
    if (BigInt(sum!) !== sumOf(classified)) throw new Error('the C program finds other verdicts');
    return Number(seconds) * 1e9;
  };
}

function compare(program: string, folder: string, classified: Classified, name: string): string[] {
  const passes = Math.ceil(ROUND_ROWS / classified.packets.length);
  const units = classified.packets.length * passes;
  const scalar: Variant = { units, run: limitRun(program, folder, classified, passes) };
  const batched: Variant = { units, run: limitRun(program, folder, classified, passes, 'batched') };
  const kernels: Variant = {
    units,
    run: () => {
      for (let pass = 0; pass < passes; pass++) classifyBatch(classified);
    },
  };
  const nanos = interleave({ kernels, scalar, batched }, ROUNDS);
  return [
    name,
    `${(classified.compilation.tables.bytes.byteLength / 1024).toFixed(0)} KB`,
    median(nanos.kernels!).toFixed(1),
    median(nanos.scalar!).toFixed(1),
    ratio(nanos.scalar!, nanos.kernels!),
    median(nanos.batched!).toFixed(1),
    ratio(nanos.batched!, nanos.kernels!),
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
      { pods: 1000, policies: 100, cidrs: 1000, packets: ROWS },
      { pods: 100_000, policies: 1000, cidrs: 1_000_000, packets: 16 * ROWS },
    ];
    const rows = sizes.map(({ packets: count, ...size }) => {
      const cluster = synthesizeCluster({ ...size, namespaces: 10 });
      // A pod that speaks to itself is exempt and VXLAN from pods refused: rows apart, at which the C program gives up.
      const packets = synthesizePackets(cluster, count + (count >> 4), size.pods).filter(
        ({ source, destination, destinationPort }) =>
          source.words[0] !== destination.words[0] && destinationPort !== 4789,
      );
      const [pods, policies, cidrs] = [size.pods, size.policies, size.cidrs].map((n) =>
        n.toLocaleString('en'),
      );
      const name = `${pods} pods, ${policies} policies, ${cidrs} CIDRs`;
      return compare(program, folder, prepare(cluster, packets, count), name);
    });
    printTable(
      `Identify and classify against C -O3 over the same tables and columns, ${clockName()}, medians of ${ROUNDS} rounds (smallest to largest)`,
      ['set', 'tables', 'ns/packet', 'C', 'C / this', 'C with prefetch', 'C with prefetch / this'],
      rows,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}
