/**
 * How do lookups stand beside DPDK's classifier of access lists? The same rules (NetworkPolicies here, a list in ClassBench's form
 * there) and the same packets, one thread each; every packet must get the same verdict. `dpdk-test-acl` times its searches by the
 * wall; so it is run with many iterations and with one, and the difference of the two processes' CPU times counts. A third column is
 * C over our tables: what keeps the kernels behind DPDK is theirs up to there, and the tables' beyond.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatAddress } from '#src/net/address.js';
import type { FirstPacket } from '#src/policy/decision.js';
import { VERDICT_ALLOW } from '#src/tables/verdict-layout.js';
import { limitRun } from './classify-limit.ts';
import { type AclRule, clusterOf, drawPackets, drawRules } from './parts/acl-rules.ts';
import { type Classified, classifyBatch, prepare } from './parts/classified.ts';
import { clockName, interleave, median, ratio } from './parts/clock.ts';
import { compileLimit, printSkipped } from './parts/limit.ts';
import { printTable } from './parts/table.ts';

const SIZES = [100, 1000, 10_000];
/** More than first-level caches hold, and all that the program reads of a trace by default. */
const PACKETS = 65_536;
const ROUNDS = 5;
const PASSES = 8;
const ITERATIONS = 200;
const QUESTION = 'Beside DPDK ACL';
const PROGRAM = 'dpdk-test-acl';
/** The widest first; a machine without its instructions refuses it. */
const ALGORITHMS = ['avx512x32', 'avx2', 'sse'] as const;
/** `result` of a packet that no rule matches. */
const NO_RULE = 0xffffffff;

/** The program over rules and a trace that lie in a folder. */
interface Dpdk {
  readonly folder: string;
  /** What runs it and prints its CPU seconds as the last line. */
  readonly timer: string;
  /** The C loop over the tables. */
  readonly limit: string;
  readonly algorithm: string;
}

/** The program's output, or undefined where it does not run. */
function runDpdk({ folder, timer, algorithm }: Dpdk, iterations: number, verbose = 0): string | undefined {
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
    return execFileSync(timer, [PROGRAM, ...environment, '--', ...task, ...shape], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    return undefined;
  }
}

/** Nanoseconds of CPU time a packet, less what it takes to start and to build. */
function dpdkNanos(dpdk: Dpdk): number {
  const [many, one] = [1 + ITERATIONS, 1].map((iterations) => {
    const output = runDpdk(dpdk, iterations) ?? '';
    return Number(output.trimEnd().split('\n').at(-1)) * 1e9;
  });
  return (many! - one!) / (ITERATIONS * PACKETS);
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
function disagreements(dpdk: Dpdk, { batch, packets }: Classified): number {
  const output = runDpdk(dpdk, 1, 2) ?? '';
  const results = [...output.matchAll(/ipv4_5tuple: (\d+), category: 0, result: (\d+)/g)];
  if (results.length !== packets.length) throw new Error(`${PROGRAM} answers ${results.length} packets`);
  return results.filter(([, packet, result]) => {
    return (Number(result) !== NO_RULE) !== (batch.verdict[Number(packet) - 1] === VERDICT_ALLOW);
  }).length;
}

function figures(dpdk: Dpdk, size: number): string[] {
  const rules = drawRules(size, size);
  const packets = drawPackets(rules, PACKETS, size + 1);
  const classified = prepare(clusterOf(rules), packets, PACKETS);
  classifyBatch(classified);
  writeRules(dpdk.folder, rules, packets);
  const nanos = interleave(
    {
      tables: {
        units: packets.length * PASSES,
        run: () => {
          for (let pass = 0; pass < PASSES; pass++) classifyBatch(classified);
        },
      },
      dpdk: { units: 1, run: () => dpdkNanos(dpdk) },
      limit: {
        units: packets.length * PASSES,
        run: limitRun(dpdk.limit, dpdk.folder, classified, PASSES),
      },
    },
    ROUNDS,
  );
  return [
    String(size),
    `${(classified.compilation.tables.bytes.byteLength / 1024).toFixed(0)} KB`,
    median(nanos.tables!).toFixed(1),
    median(nanos.limit!).toFixed(1),
    median(nanos.dpdk!).toFixed(1),
    ratio(nanos.dpdk!, nanos.tables!),
    ratio(nanos.dpdk!, nanos.limit!),
    String(disagreements(dpdk, classified)),
  ];
}

/** The widest algorithm that the machine has. */
function findDpdk(folder: string): Dpdk | string {
  const timer = compileLimit('cpu-time', folder);
  const limit = compileLimit('classify', folder);
  if (timer === undefined || limit === undefined) return 'it needs a C compiler';
  writeRules(folder, drawRules(1, 1), drawPackets(drawRules(1, 1), 1, 1));
  const found = ALGORITHMS.map((algorithm) => ({ folder, timer, limit, algorithm })).find(
    (dpdk) => runDpdk(dpdk, 1) !== undefined,
  );
  return found ?? `${PROGRAM} is missing or does not run (Debian: dpdk-dev)`;
}

export function run(): void {
  const folder = mkdtempSync(join(tmpdir(), 'dryplane-bench-'));
  try {
    const dpdk = findDpdk(folder);
    if (typeof dpdk === 'string') {
      printSkipped(QUESTION, dpdk);
      return;
    }
    printTable(
      `${QUESTION} (${dpdk.algorithm}): ${PACKETS.toLocaleString('en')} packets, ${clockName()} here, of the process there, medians of ${ROUNDS} rounds (smallest to largest)`,
      [
        'rules',
        'tables',
        'ns/packet',
        'C over the same tables',
        'DPDK ns/packet',
        'DPDK / this',
        'DPDK / C',
        'disagree',
      ],
      SIZES.map((size) => figures(dpdk, size)),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}
