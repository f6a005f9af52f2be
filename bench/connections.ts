/**
 * What does tracking cost when a million, or ten million, connections live at a time? Rates beside C with the same work and no prefetch and
 * beside a JS Map, memory of a connection, and the longest time that a call takes while tables grow and connections expire.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DESK_ROWS } from '#src/dataplane/desk-layout.js';
import { clockName, median, ratio, threadNanos } from './parts/clock.ts';
import { compileLimit } from './parts/limit.ts';
import { randomFrom } from './parts/synthetic.ts';
import { printTable } from './parts/table.ts';
import {
  BATCH_ROWS,
  fillBatch,
  type Packets,
  prepareTracking,
  type Tracked,
  trackBatch,
} from './parts/tracked.ts';

/** Ten million take long. */
const ROUNDS = [5, 2] as const;
/** Batches that are filled at a time, and then timed together: the system's clock is coarse. */
const BATCHES = 64;
const LOOKUP_FILLS = 4;
const MILLION = 1_000_000;
/** Connections that live at a time while others expire, and rounds of that. */
const LIVING = 250_000;
const CHURN_ROUNDS = 5;

const SYN: Packets = { protocol: 6, tcpFlags: 2, isReply: false };
const SYN_ACK: Packets = { protocol: 6, tcpFlags: 18, isReply: true };
const ACK: Packets = { protocol: 6, tcpFlags: 16, isReply: false };
const DATAGRAM: Packets = { protocol: 17, tcpFlags: 0, isReply: false };

/** Nanoseconds a row. */
interface Cost {
  readonly insert: number;
  readonly lookup: number;
}

interface Own extends Cost {
  /** Resident bytes that connections have taken, by how many there were. */
  readonly bytes: number;
  readonly mostBytes: number;
  /** Nanoseconds of each call that only inserted. */
  readonly calls: readonly number[];
}

const residentBytes = (): number => Number(readFileSync('/proc/self/statm', 'latin1').split(' ')[1]) * 4096;

/** Calls `timed` on batches of `count` rows, some at a time, and returns CPU nanoseconds a row without the filling. */
function overBatches(
  tracked: Tracked,
  count: number,
  flowAt: (row: number) => number,
  packets: Packets,
  clock: { now: number; readonly step: number },
  timed: (batch: Tracked['batches'][number], rows: number) => void,
): number {
  let nanos = 0;
  for (let done = 0; done < count; ) {
    const upTo = Math.min(BATCHES, Math.floor((count - done) / BATCH_ROWS));
    for (let index = 0; index < upTo; index++) {
      const first = done + index * BATCH_ROWS;
      fillBatch(
        tracked,
        tracked.batches[index]!,
        (row) => flowAt(first + row),
        packets,
        clock.now,
        clock.step,
      );
      clock.now += BATCH_ROWS * clock.step;
    }
    const begin = threadNanos();
    for (let index = 0; index < upTo; index++) {
      timed(tracked.batches[index]!, done + (index + 1) * BATCH_ROWS);
    }
    nanos += threadNanos() - begin;
    done += upTo * BATCH_ROWS;
  }
  return nanos / count;
}

const wholeBatches = (flows: number): number => Math.floor(flows / BATCH_ROWS) * BATCH_ROWS;

/** Inserts the flows, settles them, and looks random ones up. */
function measure(flows: number, round: number): Own {
  // Shards do not get exactly the same number.
  const tracked = prepareTracking(flows * 1.1, BATCHES);
  const count = wholeBatches(flows);
  const clock = { now: 0, step: 1 };
  const calls: number[] = [];
  for (const batch of tracked.batches) fillBatch(tracked, batch, (row) => row, SYN, 0, 0);
  const before = residentBytes();
  let [bytes, mostBytes] = [0, 0];
  const insert = overBatches(
    tracked,
    count,
    (row) => row,
    SYN,
    clock,
    (batch, rows) => {
      trackBatch(tracked, batch, calls);
      if (rows % (BATCHES * BATCH_ROWS) !== 0) return;
      bytes = (residentBytes() - before) / rows;
      if (rows >= flows / 4) mostBytes = Math.max(mostBytes, bytes);
    },
  );
  bytes = (residentBytes() - before) / count;
  const track = (batch: Tracked['batches'][number]): void => trackBatch(tracked, batch);
  overBatches(tracked, count, (row) => row, SYN_ACK, clock, track);
  overBatches(tracked, count, (row) => row, ACK, clock, track);
  const random = randomFrom(round + 7);
  const drawn = (): number => Math.floor(random() * count);
  const lookup = overBatches(tracked, LOOKUP_FILLS * BATCHES * BATCH_ROWS, drawn, ACK, clock, track);
  return { insert, lookup, bytes, mostBytes, calls };
}

/** The same of the C program. */
function measureLimit(program: string, flows: number, round: number): Cost {
  const out = execFileSync(program, [
    String(wholeBatches(flows)),
    String(LOOKUP_FILLS * BATCHES * BATCH_ROWS),
    String(round),
  ]);
  const [insert, lookup] = out.toString().trim().split(' ').map(Number);
  return { insert: insert!, lookup: lookup! };
}

/** A Map from the connection's text to an object with its counters. */
function measureMap(flows: number): Cost {
  const key = (flow: number): string => {
    const mixed = Math.imul(flow, 0x9e3779b1) >>> 0;
    const server = (Math.imul(flow ^ (flow >>> 15), 0x85ebca6b) >>> 16) & 0xffff;
    return `6 ${0x0a000000 + (mixed & 0xffffff)}:${1024 + (mixed >>> 24)} ${0x0b000000 + server}:8080`;
  };
  const map = new Map<string, { packets: number; bytes: number; deadline: number }>();
  const began = threadNanos();
  for (let flow = 0; flow < flows; flow++) map.set(key(flow), { packets: 1, bytes: 100, deadline: 0 });
  const inserted = threadNanos();
  const random = randomFrom(1);
  for (let index = 0; index < flows; index++) {
    const found = map.get(key(Math.floor(random() * flows)))!;
    found.packets++;
    found.bytes += 100;
    found.deadline = index;
  }
  return { insert: (inserted - began) / flows, lookup: (threadNanos() - inserted) / flows };
}

/** The shortest time of each call over all rounds, which other work on the machine did not lengthen: their median and longest. */
function pauses(rounds: readonly (readonly number[])[]): { usual: number; longest: number } {
  const calls = Math.min(...rounds.map(({ length }) => length));
  const shortest = Array.from({ length: calls }, (_, call) =>
    Math.min(...rounds.map((round) => round[call]!)),
  );
  return { usual: median(shortest), longest: Math.max(...shortest) };
}

/** Datagrams of ever new flows, so that as many connections expire as begin: nanoseconds of each call. */
function churn(living: number): number[] {
  const tracked = prepareTracking(living * 4, BATCHES);
  const calls: number[] = [];
  // A connection that is not answered lives for 30 s.
  const clock = { now: 0, step: 30e6 / living };
  overBatches(
    tracked,
    wholeBatches(living * 4),
    (row) => row,
    DATAGRAM,
    clock,
    (batch) => trackBatch(tracked, batch, calls),
  );
  return calls;
}

const rate = (nanos: number): string => (1000 / nanos).toFixed(1);

export function run(): void {
  const folder = mkdtempSync(join(tmpdir(), 'dryplane-bench-'));
  try {
    const program = compileLimit('connections', folder);
    const sizes = [MILLION, 10 * MILLION];
    const own = sizes.map((): Own[] => []);
    const limit = sizes.map((): Cost[] => []);
    for (let round = 0; round < Math.max(...ROUNDS); round++) {
      sizes.forEach((flows, size) => {
        if (round >= ROUNDS[size]!) return;
        own[size]!.push(measure(flows, round));
        if (program !== undefined) limit[size]!.push(measureLimit(program, flows, round));
      });
    }
    const costs = (list: readonly Cost[], what: keyof Cost): number[] => list.map((cost) => cost[what]);
    const row = (name: string, list: readonly Cost[], against: readonly Cost[]): string[] => [
      name,
      rate(median(costs(list, 'insert'))),
      rate(median(costs(list, 'lookup'))),
      against.length === 0 ? '-' : ratio(costs(against, 'insert'), costs(list, 'insert')),
      against.length === 0 ? '-' : ratio(costs(against, 'lookup'), costs(list, 'lookup')),
    ];
    printTable(
      `Tracking, uniform random over all connections: million packets a second, ${clockName()}, medians of ${ROUNDS[0]} rounds, of ${ROUNDS[1]} with 10 million (smallest to largest)`,
      ['connections', 'first packets', 'later packets', 'C / this, first', 'C / this, later'],
      [
        row('1 million', own[0]!, limit[0]!),
        row('10 million', own[1]!, limit[1]!),
        ...(program === undefined
          ? []
          : [
              row('1 million, C without prefetch', limit[0]!, []),
              row('10 million, C without prefetch', limit[1]!, []),
            ]),
        row('1 million, JS Map of strings', [measureMap(MILLION)], []),
      ],
    );
    process.stdout.write(
      `\n10 million against 1 million, later packets: ${ratio(costs(own[0]!.slice(0, ROUNDS[1]), 'lookup'), costs(own[1]!, 'lookup'))}\n`,
    );
    const inserting = own.map((list) => pauses(list.map(({ calls }) => calls)));
    const expiring = pauses(Array.from({ length: CHURN_ROUNDS }, () => churn(LIVING)));
    const micros = (nanos: number): string => (nanos / 1000).toFixed(0);
    printTable(
      `Memory, and calls of track and settle over ${DESK_ROWS} first packets each: microseconds of wall time, each call at its shortest of all rounds`,
      ['connections', 'bytes each', 'at most on the way', 'usual call', 'longest call'],
      [
        ...['1 million', '10 million'].map((name, size) => [
          name,
          median(own[size]!.map(({ bytes }) => bytes)).toFixed(1),
          median(own[size]!.map(({ mostBytes }) => mostBytes)).toFixed(1),
          micros(inserting[size]!.usual),
          micros(inserting[size]!.longest),
        ]),
        [
          `${LIVING.toLocaleString('en')} at a time, each for 30 s, four times as many in all`,
          '-',
          '-',
          micros(expiring.usual),
          micros(expiring.longest),
        ],
      ],
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}
