/**
 * How far ahead of a bare libpcap loop (`pcap_loop`, five loads a packet) is the whole path from a capture's bytes to verdicts and
 * counters, connections tracked, with one worker and with two; and the decoder alone?
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileTables } from '#src/compile/compile.js';
import { cniProfile } from '#src/policy/cni/profiles.js';
import { createWorld } from '#src/policy/world.js';
import { replay } from '#src/replay/replay.js';
import { startWorkers, type WorkerPool } from '#src/replay/worker-pool.js';
import type { Tables } from '#src/tables/tables.js';
import { openTrace } from '#src/trace/open.js';
import { decodePass } from './decode.ts';
import { writeCapture } from './parts/capture.ts';
import { median, ratio } from './parts/clock.ts';
import { compileLimit, printSkipped } from './parts/limit.ts';
import { synthesizeCluster } from './parts/synthetic.ts';
import { printTable } from './parts/table.ts';

const BYTES = 1e9;
const CONNECTIONS = 200_000;
const ROUNDS = 5;
const QUESTION = 'Beside libpcap';

interface Capture {
  readonly path: string;
  readonly packets: number;
}

/** What one pass over a capture took. */
interface Pass {
  readonly wallSeconds: number;
  /** Of all threads. */
  readonly cpuSeconds: number;
}

/** A contestant's passes over the whole capture and over its first tenth, one of each a round. */
interface Passes {
  readonly whole: Pass[];
  readonly tenth: Pass[];
}

async function timed(run: () => unknown): Promise<Pass> {
  const cpu = process.cpuUsage();
  const begin = performance.now();
  await run();
  const wallSeconds = (performance.now() - begin) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { wallSeconds, cpuSeconds: (user + system) / 1e6 };
}

/** What goes over a capture, by name; the first is the anchor. */
function contestants(
  { path, packets }: Capture,
  tables: Tables,
  program: string,
  pools: readonly WorkerPool[],
) {
  const source = openTrace(path).value!;
  const decode = decodePass(path);
  const replayed = (workers: number): Promise<Pass> =>
    timed(() => replay([source], tables, { pool: pools.find((pool) => pool.workers === workers)! }));
  const loop = (): Promise<Pass> => {
    const [seen, seconds] = execFileSync(program, [path, '1']).toString().split(' ');
    if (Number(seen) !== packets) throw new Error(`libpcap saw ${seen} packets of ${packets}`);
    return Promise.resolve({ wallSeconds: Number(seconds), cpuSeconds: Number(seconds) });
  };
  return {
    'pcap_loop, five loads': loop,
    'decode alone': () => timed(decode),
    'replay, 1 worker': () => replayed(1),
    'replay, 2 workers': () => replayed(2),
  };
}

async function rounds(whole: Capture, tenth: Capture, tables: Tables, program: string) {
  const pools = [1, 2].map((workers) => startWorkers(workers));
  const onWhole = Object.entries(contestants(whole, tables, program, pools));
  const onTenth = Object.values(contestants(tenth, tables, program, pools));
  const taken = onWhole.map(([name, pass], index) => {
    const passes: Passes = { whole: [], tenth: [] };
    return { name, pass, passTenth: onTenth[index]!, passes };
  });
  for (let round = 0; round <= ROUNDS; round++)
    for (const { pass, passTenth, passes } of taken) {
      const [took, tookTenth] = [await pass(), await passTenth()];
      if (round === 0) continue;
      passes.whole.push(took);
      passes.tenth.push(tookTenth);
    }
  for (const pool of pools) await pool.end();
  return taken;
}

const walls = ({ whole }: Passes): number[] => whole.map(({ wallSeconds }) => wallSeconds);
const cpus = ({ whole }: Passes): number[] => whole.map(({ cpuSeconds }) => cpuSeconds);

/** Wall seconds of what lies beyond the first tenth: most connections are known by then. */
function beyond({ whole, tenth }: Passes): number[] {
  return whole.map(({ wallSeconds }, round) => wallSeconds - tenth[round]!.wallSeconds);
}

async function compare(folder: string, program: string): Promise<void> {
  const cluster = synthesizeCluster({ pods: 1000, namespaces: 10, policies: 100, cidrs: 1000 });
  const { tables } = compileTables(createWorld(cluster, cniProfile('calico')!));
  const write = (name: string, bytes: number): Capture => {
    const path = join(folder, name);
    return { path, packets: writeCapture(path, cluster, bytes, CONNECTIONS) };
  };
  const whole = write('capture.pcap', BYTES);
  const tenth = write('tenth.pcap', BYTES / 10);
  const taken = await rounds(whole, tenth, tables, program);
  const anchor = taken[0]!.passes;
  printTable(
    `${QUESTION}: ${whole.packets} packets, ${BYTES / 1e6} MB, ${CONNECTIONS.toLocaleString('en')} connections, tables compiled before, threads up; medians of ${ROUNDS} rounds (smallest to largest)`,
    [
      '',
      'wall s',
      'CPU s',
      'libpcap CPU / wall',
      'libpcap CPU / CPU',
      'the same beyond the first tenth, wall',
    ],
    taken.map(({ name, passes }) => [
      name,
      median(walls(passes)).toFixed(2),
      median(cpus(passes)).toFixed(2),
      ratio(cpus(anchor), walls(passes)),
      ratio(cpus(anchor), cpus(passes)),
      ratio(beyond(anchor), beyond(passes)),
    ]),
  );
}

export async function run(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'dryplane-bench-'));
  try {
    const program = compileLimit('libpcap', folder, ['pcap']);
    if (program === undefined)
      printSkipped(QUESTION, "it needs a C compiler and libpcap's headers (Debian: libpcap-dev)");
    else await compare(folder, program);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
