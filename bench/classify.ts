/**
 * What does a lookup cost as policies grow, and what did it cost to compile them? Beside the judge (the same meaning, walked) and a
 * linear first-match loop over ready-made IP sets, in one run. All three must agree on every packet.
 */
import { judge } from '#src/policy/judge/judge.js';
import { VERDICT_ALLOW } from '#src/tables/verdict-layout.js';
import { type Classified, classifyBatch, prepare } from './parts/classified.ts';
import { clockName, interleave, median, ratio } from './parts/clock.ts';
import { buildLinear, type LinearClassifier } from './parts/linear.ts';
import { synthesizeCluster, synthesizePackets } from './parts/synthetic.ts';
import { printTable } from './parts/table.ts';

const PODS = 10_000;
const ROUNDS = 7;
/** The judge is slow on purpose: it gets a sample. */
const JUDGED = 64;

interface Size {
  readonly policies: number;
  readonly classified: Classified;
  readonly linear: LinearClassifier;
}

function disagreements({ classified, linear }: Size): number {
  classifyBatch(classified);
  return classified.packets.filter((packet, row) => {
    const allowed = classified.batch.verdict[row] === VERDICT_ALLOW;
    if (linear(packet) !== allowed) return true;
    return row < JUDGED && (judge(packet, classified.world).verdict === 'allow') !== allowed;
  }).length;
}

function figures(size: Size, base: readonly number[] | undefined): { row: string[]; nanos: number[] } {
  const { classified, linear, policies } = size;
  const { packets, world, compilation } = classified;
  const some = packets.slice(0, JUDGED);
  const linearCount = policies > 1000 ? 512 : packets.length;
  const nanos = interleave(
    {
      tables: {
        units: packets.length * 16,
        run: () => {
          for (let pass = 0; pass < 16; pass++) classifyBatch(classified);
        },
      },
      linear: {
        units: linearCount,
        run: () => packets.slice(0, linearCount).forEach((packet) => void linear(packet)),
      },
      judge: { units: some.length, run: () => some.forEach((packet) => void judge(packet, world)) },
    },
    ROUNDS,
  );
  const compiled = compilation.phases.reduce((total, phase) => total + phase.milliseconds, 0);
  const row = [
    String(policies),
    `${compiled.toFixed(0)} ms`,
    `${(compilation.tables.bytes.byteLength / 1024).toFixed(0)} KB`,
    median(nanos.tables!).toFixed(1),
    base === undefined ? '1' : ratio(nanos.tables!, base),
    ratio(nanos.linear!, nanos.tables!),
    ratio(nanos.judge!, nanos.tables!),
    String(disagreements(size)),
  ];
  return { row, nanos: nanos.tables! };
}

export function run(): void {
  const rows: string[][] = [];
  let base: number[] | undefined;
  for (const policies of [10, 100, 1000, 10_000]) {
    const cluster = synthesizeCluster({ pods: PODS, namespaces: 10, policies, cidrs: 10_000 });
    const classified = prepare(cluster, synthesizePackets(cluster, 8192, 1000));
    const { row, nanos } = figures({ policies, classified, linear: buildLinear(classified.world) }, base);
    base ??= nanos;
    rows.push(row);
  }
  printTable(
    `Classify: ${PODS} pods, packets among 1,000 of them, 10,000 CIDRs; ns per first packet, ${clockName()}, medians of ${ROUNDS} rounds (smallest to largest)`,
    [
      'policies',
      'compile',
      'tables',
      'ns/packet',
      'times 10 policies',
      'linear/tables',
      'judge/tables',
      'disagree',
    ],
    rows,
  );
}
