/**
 * What does a replay keep as a trace grows? Peak memory of the process and the heaps of its workers with a million packets and with
 * ten; a worker that allocated for each packet would collect garbage ten times as often.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeCapture } from './parts/capture.ts';
import { median } from './parts/clock.ts';
import { isInstalled } from './parts/limit.ts';
import { clusterManifests, synthesizeCluster } from './parts/synthetic.ts';
import { printTable } from './parts/table.ts';

/** Headers alone: a packet takes 69 bytes of the capture on average. */
const BYTES_OF_MILLION = 69e6;
const FLOWS = 5000;
const ROUNDS = 3;
const WORKERS = 2;
const CLI = fileURLToPath(new URL('../main.js', import.meta.url));

interface Kept {
  /** 0 where /usr/bin/time is missing. */
  readonly peakMegabytes: number;
  /** Of each worker: how often garbage was collected, and what was left after the last time. */
  readonly collections: number;
  readonly heapMegabytes: number;
}

const hasTime = isInstalled('/usr/bin/time');

function replayOnce(trace: string, manifests: string): Kept {
  const timed = hasTime ? ['/usr/bin/time', '-f', '@%M'] : [];
  const words = ['replay', trace, '-f', manifests, '-q', '--workers', String(WORKERS)];
  const [program, ...operands] = [...timed, process.execPath, '--trace-gc', CLI, ...words];
  const { status, stdout, stderr } = spawnSync(program!, operands, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the replay ended with ${status}: ${stderr}`);
  const heaps = new Map<string, number[]>();
  for (const [, isolate, left] of stdout.matchAll(/^\[\d+:(0x[0-9a-f]+)\].*? -> ([\d.]+) \(/gm))
    heaps.set(isolate!, [...(heaps.get(isolate!) ?? []), Number(left)]);
  // The main thread has the cluster.
  const [, ...workers] = [...heaps.values()].sort((a, b) => b.at(-1)! - a.at(-1)!);
  const mean = (of: (lefts: number[]) => number): number =>
    workers.reduce((sum, lefts) => sum + of(lefts), 0) / Math.max(1, workers.length);
  return {
    peakMegabytes: Number(/@(\d+)/.exec(stderr)?.[1] ?? 0) / 1024,
    collections: mean((lefts) => lefts.length),
    heapMegabytes: mean((lefts) => lefts.at(-1)!),
  };
}

export function run(): void {
  const folder = mkdtempSync(join(tmpdir(), 'dryplane-bench-'));
  try {
    const manifests = join(folder, 'cluster.json');
    const cluster = synthesizeCluster({ pods: 1000, namespaces: 10, policies: 100, cidrs: 1000 });
    writeFileSync(manifests, clusterManifests(cluster));
    const traces = [1, 10].map((millions) => {
      const path = join(folder, `${millions}.pcap`);
      return {
        path,
        packets: writeCapture(path, cluster, millions * BYTES_OF_MILLION, FLOWS, () => 0),
        kept: [] as Kept[],
      };
    });
    for (let round = 0; round < ROUNDS; round++)
      for (const { path, kept } of traces) kept.push(replayOnce(path, manifests));
    const of = (kept: readonly Kept[], key: keyof Kept): number => median(kept.map((one) => one[key]));
    const first = traces[0]!.kept;
    printTable(
      `Memory as a trace grows: ${FLOWS} connections, ${WORKERS} workers, whole processes, medians of ${ROUNDS} rounds`,
      [
        'packets',
        'peak MB',
        'times the first',
        'collections a worker',
        'heap of a worker after the last, MB',
      ],
      traces.map(({ packets, kept }) => [
        String(packets),
        of(kept, 'peakMegabytes').toFixed(0),
        (of(kept, 'peakMegabytes') / of(first, 'peakMegabytes')).toFixed(2),
        of(kept, 'collections').toFixed(1),
        of(kept, 'heapMegabytes').toFixed(1),
      ]),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}
