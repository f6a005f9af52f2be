/**
 * How do lookups stand beside DPDK's classifier of access lists? The same rules (NetworkPolicies here, a list in ClassBench's form
 * there) and the same packets, one thread each; every packet must get the same verdict. `dpdk-test-acl` times its own searches, in
 * wall time; so both are timed by the wall, and of each round the fastest of some short runs counts, which neighbours disturb least.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatAddress } from '#src/net/address.js';
import type { FirstPacket } from '#src/policy/decision.js';
import { VERDICT_ALLOW } from '#src/tables/verdict-layout.js';
import { type AclRule, clusterOf, drawPackets, drawRules } from './acl-rules.ts';
import { type Classified, classifyBatch, prepare } from './classified.ts';
import { interleave, median, ratio } from './clock.ts';
import { printSkipped } from './limit.ts';
import { printTable } from './table.ts';

const SIZES = [100, 1000, 10_000];
/** More than the program's own tables hold in a first-level cache, and all that it reads of a trace by default. */
const PACKETS = 65_536;
const ROUNDS = 5;
const RUNS = 3;
const ITERATIONS = 16;
const QUESTION = 'Beside DPDK ACL';
const PROGRAM = 'dpdk-test-acl';
/** The widest first; a machine without its instructions refuses it. */
const ALGORITHMS = ['avx512x32', 'avx2', 'sse'] as const;
/** `result` of a packet that no rule matches. */
const NO_RULE = 0xffffffff;

/** The program's output over a rule list and a trace, or undefined where it does not run. */
function runDpdk(folder: string, algorithm: string, iterations: number, verbose: number): string | undefined {
  const environment = [
    '--no-huge',
    '-m',
    '1024',
    '-l',
    '0',
    '--no-pci',
    '--no-telemetry',
    '--no-shconf',
    '--force-max-simd-bitwidth=512',
  ];
  const task = [
    `--rulesf=${join(folder, 'rules')}`,
    `--tracef=${join(folder, 'trace')}`,
    `--alg=${algorithm}`,
  ];
  const shape = [
    `--iter=${iterations}`,
    '--tracestep=256',
    '--bldcat=1',
    '--runcat=1',
    `--verbose=${verbose}`,
  ];
  try {
    return execFileSync(PROGRAM, [...environment, '--', ...task, ...shape], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    return undefined;
  }
}

/** Nanoseconds a packet, of the fastest of several runs. */
function tablesNanos(classified: Classified): number {
  const runs = Array.from({ length: RUNS }, () => {
    const begin = process.hrtime.bigint();
    for (let pass = 0; pass < ITERATIONS; pass++) classifyBatch(classified);
    return Number(process.hrtime.bigint() - begin);
  });
  return Math.min(...runs) / (classified.packets.length * ITERATIONS);
}

/** Nanoseconds a packet, of the fastest of several runs. */
function dpdkNanos(folder: string, algorithm: string): number {
  const rates = Array.from({ length: RUNS }, () => {
    const output = runDpdk(folder, algorithm, ITERATIONS, 0) ?? '';
    return Number(/([\d.]+) pkt\/sec/.exec(output)?.[1] ?? Number.NaN);
  });
  return 1e9 / Math.max(...rates);
}

function writeRules(folder: string, rules: readonly AclRule[], packets: readonly FirstPacket[]): void {
  const dotted = (word: number): string => formatAddress({ family: 4, words: [word, 0, 0, 0] });
  const lines = rules.map(({ source, destination, protocol, firstPort, lastPort }) =>
    [
      `@${dotted(source.network)}/${source.prefixBits}`,
      `${dotted(destination.network)}/${destination.prefixBits}`,
      '0 : 65535',
      `${firstPort} : ${lastPort}`,
      protocol === 0 ? '0x00/0x00' : `0x${protocol.toString(16).padStart(2, '0')}/0xFF`,
      '0x0000/0x0000',
    ].join('\t'),
  );
  writeFileSync(join(folder, 'rules'), `${lines.join('\n')}\n`);
  const trace = packets.map(({ source, destination, sourcePort, destinationPort, protocol }) =>
    [source.words[0], destination.words[0], sourcePort, destinationPort, protocol].join('\t'),
  );
  writeFileSync(join(folder, 'trace'), `${trace.join('\n')}\n`);
}

/** Packets that the program lets pass where the tables do not, or the other way about. */
function disagreements(folder: string, algorithm: string, { batch, packets }: Classified): number {
  const output = runDpdk(folder, algorithm, 1, 2) ?? '';
  const results = [...output.matchAll(/ipv4_5tuple: (\d+), category: 0, result: (\d+)/g)];
  if (results.length !== packets.length) throw new Error(`${PROGRAM} answers ${results.length} packets`);
  return results.filter(([, packet, result]) => {
    return (Number(result) !== NO_RULE) !== (batch.verdict[Number(packet) - 1] === VERDICT_ALLOW);
  }).length;
}

function figures(folder: string, size: number): string[][] {
  const rules = drawRules(size, size);
  const packets = drawPackets(rules, PACKETS, size + 1);
  const classified = prepare(clusterOf(rules), packets, PACKETS);
  classifyBatch(classified);
  writeRules(folder, rules, packets);
  const algorithms = ALGORITHMS.filter((algorithm) => runDpdk(folder, algorithm, 1, 0) !== undefined).slice(
    0,
    2,
  );
  const nanos = interleave(
    {
      tables: { units: 1, run: () => tablesNanos(classified) },
      ...Object.fromEntries(
        algorithms.map((algorithm) => [algorithm, { units: 1, run: () => dpdkNanos(folder, algorithm) }]),
      ),
    },
    ROUNDS,
  );
  const tables = `${(classified.compilation.tables.bytes.byteLength / 1024).toFixed(0)} KB`;
  return algorithms.map((algorithm) => [
    String(size),
    tables,
    median(nanos.tables!).toFixed(1),
    algorithm,
    median(nanos[algorithm]!).toFixed(1),
    ratio(nanos[algorithm]!, nanos.tables!),
    String(disagreements(folder, algorithm, classified)),
  ]);
}

export function run(): void {
  const folder = mkdtempSync(join(tmpdir(), 'dryplane-bench-'));
  try {
    writeRules(folder, drawRules(1, 1), drawPackets(drawRules(1, 1), 1, 1));
    if (ALGORITHMS.every((algorithm) => runDpdk(folder, algorithm, 1, 0) === undefined)) {
      printSkipped(QUESTION, `${PROGRAM} is missing or does not run (Debian: dpdk-dev)`);
      return;
    }
    printTable(
      `${QUESTION}: ${PACKETS.toLocaleString('en')} packets, wall time, fastest of ${RUNS} runs, medians of ${ROUNDS} rounds (smallest to largest)`,
      ['rules', 'tables', 'ns/packet', 'DPDK', 'DPDK ns/packet', 'DPDK / this', 'disagree'],
      SIZES.flatMap((size) => figures(folder, size)),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}
