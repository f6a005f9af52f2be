/**
 * How far is the whole path from the machine's limit: a capture's bytes, columns, connections, verdicts of first packets, counters? The
 * kernels in the order of a worker that is alone, on this thread, beside C over the same capture and saved tables, with prefetch.
 */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileTables } from '#src/compile/compile.js';
import { writeConntrack } from '#src/dataplane/conntrack.js';
import { CONNTRACK_BYTES } from '#src/dataplane/conntrack-layout.js';
import { instantiateKernels, type Kernels } from '#src/dataplane/kernels.js';
import { createMemory } from '#src/dataplane/memory.js';
import { SHARD_BYTES, SHARD_COUNT } from '#src/dataplane/shard-layout.js';
import { batchAt } from '#src/packet/batch.js';
import { cniProfile } from '#src/policy/cni/profiles.js';
import { createWorld } from '#src/policy/world.js';
import { judgeRows } from '#src/replay/judge-rows.js';
import { layOut } from '#src/replay/lay-out.js';
import { mergeCounts } from '#src/replay/merge.js';
import { deskOf } from '#src/replay/plan.js';
import { planFor } from '#src/replay/plan-for.js';
import type { Tables } from '#src/tables/tables.js';
import { openTrace } from '#src/trace/open.js';
import { createReader } from '#src/trace/reader.js';
import { writeCapture } from './parts/capture.ts';
import { clockName, interleave, median, ratio, threadNanos } from './parts/clock.ts';
import { compileLimit } from './parts/limit.ts';
import { synthesizeCluster } from './parts/synthetic.ts';
import { printTable } from './parts/table.ts';

const BYTES = 1e9;
const CONNECTIONS = 200_000;
const CHUNK_BYTES = 256 << 10;
const ROUNDS = 5;

/** What a pass found, and CPU nanoseconds up to the last packet, and of the tally of flows and addresses behind it. */
interface Pass {
  readonly packets: number;
  /** verdict:reason:packets:bytes of each pair, as C prints them. */
  readonly pairs: string;
  readonly nanos: number;
  readonly tally: number;
}

/** Reads, decodes, partitions and judges the capture in fresh memory. */
function passOver(path: string, tables: Tables): Pass {
  const source = openTrace(path).value!;
  const plan = planFor([source], [{ tables }], undefined, undefined, { workers: 1, duplicates: 'judge' });
  const memory = createMemory(plan.endBytes);
  layOut(plan, memory.buffer, [{ tables: tables.bytes }]);
  const kernels: Kernels = instantiateKernels(memory);
  const { desk, slot, readers, seen } = plan.desks[0]!;
  const reader = createReader(source, memory.buffer, kernels, {
    own: readers[0]!,
    shared: plan.readerStates[0]!,
  });
  const where = deskOf(plan, 0);
  const { batch, lists, chunks } = plan.rounds[0]!;
  const round = batchAt(memory.buffer, batch);
  const words = new Uint32Array(memory.buffer);
  const bytes = new Uint8Array(memory.buffer);
  const file = openSync(path, 'r');
  let [position, packets] = [source.start, 0];
  const begin = threadNanos();
  for (let rows = 0; ; ) {
    const count = readSync(file, bytes, slot, CHUNK_BYTES, position);
    const framed = reader.frame(
      slot,
      count,
      count < CHUNK_BYTES,
      plan.input.rowsPerRound - rows,
      position,
      0,
      undefined,
      { batch: round, first: rows },
    );
    if (framed.records === 0) break;
    position += framed.bytes;
    kernels.partition(batch, rows, framed.records, 1, lists, chunks, seen, 0, 0);
    judgeRows(kernels, words, where, batch, lists + rows * 4, framed.records);
    packets += framed.records;
    rows = (rows + framed.records) % plan.input.rowsPerRound;
  }
  const judged = threadNanos();
  closeSync(file);
  for (let shard = 0; shard < SHARD_COUNT; shard++) kernels.finish(desk, plan.shards + shard * SHARD_BYTES);
  const tally = threadNanos() - judged;
  const pairs = mergeCounts(plan, memory.buffer)
    .reasons.map(({ verdict, reason, packets, bytes }) => [verdict, reason, packets, bytes].join(':'))
    .join(' ');
  return { packets, pairs, nanos: judged - begin, tally };
}

/** What the C program reads beside the capture. */
interface Saved {
  readonly tables: string;
  readonly conntrack: string;
}

function passOfLimit(program: string, path: string, { tables, conntrack }: Saved): Pass {
  const [packets, seconds, , ...pairs] = execFileSync(program, [
    path,
    tables,
    conntrack,
    String(CONNECTIONS),
    '1',
  ])
    .toString()
    .trim()
    .split(' ');
  return { packets: Number(packets), pairs: pairs.join(' '), nanos: Number(seconds) * 1e9, tally: 0 };
}

function requireSame(own: Pass, other: Pass): void {
  for (const what of ['packets', 'pairs'] as const)
    if (own[what] !== other[what]) throw new Error(`${what}: ${own[what]}, and C says ${other[what]}`);
}

export function run(): void {
  const folder = mkdtempSync(join(tmpdir(), 'dryplane-bench-'));
  try {
    const cluster = synthesizeCluster({ pods: 1000, namespaces: 10, policies: 100, cidrs: 1000 });
    const { tables } = compileTables(createWorld(cluster, cniProfile('calico')!));
    const path = join(folder, 'capture.pcap');
    const saved = { tables: join(folder, 'tables'), conntrack: join(folder, 'conntrack') };
    const conntrack = new SharedArrayBuffer(CONNTRACK_BYTES);
    writeConntrack(conntrack, 0, {});
    writeFileSync(saved.conntrack, new Uint8Array(conntrack));
    const packets = writeCapture(path, cluster, BYTES, CONNECTIONS);
    writeFileSync(saved.tables, tables.bytes);
    const program = compileLimit('path', folder);
    const first = passOver(path, tables);
    if (first.packets !== packets) throw new Error('not every packet became a row');
    if (program !== undefined) requireSame(first, passOfLimit(program, path, saved));
    const tallies: number[] = [];
    const nanos = interleave(
      {
        kernels: {
          units: packets,
          run: () => {
            const pass = passOver(path, tables);
            tallies.push(pass.tally / packets);
            return pass.nanos;
          },
        },
        ...(program === undefined
          ? {}
          : { limit: { units: packets, run: () => passOfLimit(program, path, saved).nanos } }),
      },
      ROUNDS,
    );
    const rate = (list: readonly number[]): string => (1000 / median(list)).toFixed(1);
    const name = 'kernels, one worker';
    printTable(
      `The whole path: ${packets} packets, ${BYTES / 1e6} MB, ${CONNECTIONS.toLocaleString('en')} connections, warm page cache, ${clockName()}, medians of ${ROUNDS} rounds (smallest to largest)`,
      ['', 'ns/packet', 'million packets a second', 'C / this'],
      program === undefined
        ? [[name, median(nanos.kernels!).toFixed(1), rate(nanos.kernels!), 'no C compiler']]
        : [
            [
              name,
              median(nanos.kernels!).toFixed(1),
              rate(nanos.kernels!),
              ratio(nanos.limit!, nanos.kernels!),
            ],
            ['C with prefetch', median(nanos.limit!).toFixed(1), rate(nanos.limit!), '1'],
          ],
    );
    process.stdout.write(
      `\nThe tally of flows and addresses at the end: ${median(tallies).toFixed(1)} ns a packet more\n`,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}
