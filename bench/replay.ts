/**
 * How long does a whole replay take, process start included? One and two workers, beside `tcpdump -nr` with a filter that matches
 * nothing; peak memory of each; and what a capture ten times as long takes. And what does a second worker gain, when threads are up
 * and tables compiled?
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileTables } from '#src/compile/compile.js';
import type { Cluster } from '#src/policy/cluster.js';
import { cniProfile } from '#src/policy/cni/profiles.js';
import { createWorld } from '#src/policy/world.js';
import { replay } from '#src/replay/replay.js';
import { startWorkers } from '#src/replay/worker-pool.js';
import { openTrace } from '#src/trace/open.js';
import { writeCapture } from './parts/capture.ts';
import { median, ratio } from './parts/clock.ts';
import { isInstalled } from './parts/limit.ts';
import { clusterManifests, synthesizeCluster } from './parts/synthetic.ts';
import { printTable } from './parts/table.ts';

const BYTES = 1e9;
const ROUNDS = 5;
const WORKERS = [1, 2];
const CLI = fileURLToPath(new URL('../main.js', import.meta.url));

interface Run {
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  /** 0 where /usr/bin/time is missing. */
  readonly peakMegabytes: number;
}

const hasTime = isInstalled('/usr/bin/time');

function runOnce(command: readonly string[]): Run {
  const [program, ...operands] = hasTime ? ['/usr/bin/time', '-f', '@%U %S %e %M', ...command] : command;
  const begin = performance.now();
  const { stderr, status, error } = spawnSync(program!, operands, {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${command.join(' ')} ended with ${status}: ${stderr}`);
  const figures = /@([\d.]+) ([\d.]+) ([\d.]+) (\d+)/.exec(stderr);
  const wallSeconds = (performance.now() - begin) / 1000;
  if (figures === null) return { cpuSeconds: wallSeconds, wallSeconds, peakMegabytes: 0 };
  return {
    cpuSeconds: Number(figures[1]) + Number(figures[2]),
    wallSeconds,
    peakMegabytes: Number(figures[4]) / 1024,
  };
}

/** Whole processes over the capture and over one a tenth as long. */
function processes(path: string, packets: number, short: string, manifests: string): void {
  const dryplane = (trace: string, workers: number): string[] => [
    process.execPath,
    CLI,
    'replay',
    trace,
    '-f',
    manifests,
    '-q',
    '--workers',
    String(workers),
  ];
  const commands: Record<string, string[]> = {
    'dryplane, 1 worker': dryplane(path, 1),
    'dryplane, 2 workers': dryplane(path, 2),
    ...(isInstalled('tcpdump')
      ? { 'tcpdump -nr, null filter': ['tcpdump', '-nr', path, 'ether proto 0x1234'] }
      : {}),
    'dryplane, 2 workers, a tenth of the capture': dryplane(short, 2),
  };
  const runs: Record<string, Run[]> = Object.fromEntries(Object.keys(commands).map((name) => [name, []]));
  for (let round = 0; round <= ROUNDS; round++)
    for (const [name, command] of Object.entries(commands)) {
      const figures = runOnce(command);
      if (round > 0) runs[name]!.push(figures);
    }
  const walls = (name: string): number[] => runs[name]!.map(({ wallSeconds }) => wallSeconds);
  const anchor = 'tcpdump -nr, null filter';
  printTable(
    `Replay: ${packets} packets, ${BYTES / 1e6} MB, 200,000 connections, whole processes, medians of ${ROUNDS} rounds (smallest to largest)`,
    ['process', 'wall s', 'CPU s', 'peak MB', 'tcpdump / this, wall'],
    Object.entries(runs).map(([name, figures]) => [
      name,
      median(walls(name)).toFixed(2),
      median(figures.map(({ cpuSeconds }) => cpuSeconds)).toFixed(2),
      median(figures.map(({ peakMegabytes }) => peakMegabytes)).toFixed(0),
      anchor in runs && !name.includes('tenth') ? ratio(walls(anchor), walls(name)) : '-',
    ]),
  );
}

/** The replay alone, its threads and tables there before. */
async function steps(path: string, packets: number, cluster: Cluster): Promise<void> {
  const { tables } = compileTables(createWorld(cluster, cniProfile('calico')!));
  const source = openTrace(path).value!;
  const pools = WORKERS.map((workers) => startWorkers(workers));
  const walls: number[][] = pools.map(() => []);
  for (let round = 0; round <= ROUNDS; round++)
    for (const [index, pool] of pools.entries()) {
      const { timing } = await replay([source], tables, { pool });
      if (round > 0) walls[index]!.push(timing.wallSeconds);
    }
  for (const pool of pools) await pool.end();
  printTable(
    `Replay step alone: the same capture, threads up, tables compiled; medians of ${ROUNDS} rounds (smallest to largest)`,
    ['workers', 'wall s', 'million packets/s', 'one worker / this, wall'],
    walls.map((values, index) => [
      String(WORKERS[index]),
      median(values).toFixed(2),
      (packets / 1e6 / median(values)).toFixed(2),
      ratio(walls[0]!, values),
    ]),
  );
}

export async function run(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'dryplane-bench-'));
  try {
    const path = join(folder, 'capture.pcap');
    const short = join(folder, 'short.pcap');
    const manifests = join(folder, 'cluster.json');
    const cluster = synthesizeCluster({ pods: 1000, namespaces: 10, policies: 100, cidrs: 1000 });
    writeFileSync(manifests, clusterManifests(cluster));
    const packets = writeCapture(path, cluster, BYTES, 200_000);
    writeCapture(short, cluster, BYTES / 10, 200_000);
    processes(path, packets, short, manifests);
    await steps(path, packets, cluster);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
