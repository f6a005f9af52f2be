/** First packets through identify and classify, with the answer in the judge's words: what tests compare. */
import { type Compilation, type CompiledWorld, compileTables } from '../src/compile/compile.ts';
import type { Hit, Legend, Outcome } from '../src/compile/legend.ts';
import { instantiateKernels, type Kernels } from '../src/dataplane/kernels.ts';
import { ARENA_START, createMemory } from '../src/dataplane/memory.ts';
import { type Address, formatAddress } from '../src/net/address.ts';
import { batchBytes, createBatch, type PacketBatch } from '../src/packet/batch.ts';
import {
  EXTRA_COUNT_MASK,
  EXTRA_MOST,
  EXTRA_UNTRACKED,
  FLAG_PORTS,
  FLAG_TRANSLATED,
} from '../src/packet/batch-layout.ts';
import type { FirstPacket } from '../src/policy/decision.ts';
import type { Tables } from '../src/tables/tables.ts';
import { HOOKS, type Hook, REASONS, type Reason, VERDICTS, type Verdict } from '../src/tables/verdict.ts';
import { NO_OUTCOME } from '../src/tables/verdict-layout.ts';

/** The side whose program answers for a hook: a host's hooks stand where src/README.md says. */
export const sideOf = (hook: Exclude<Hook, 'none'>): 'egress' | 'ingress' =>
  hook === 'egress' || hook === 'host-egress' || hook === 'untracked-egress' ? 'egress' : 'ingress';

export interface Classified {
  readonly verdict: Verdict;
  readonly reason: Reason;
  readonly hook: Hook;
  /** What the programs that were met answered. */
  readonly egress: readonly Hit[] | undefined;
  readonly ingress: readonly Hit[] | undefined;
  /** Of all programs that were met: the source's, the destination's, then further ones of hosts in the order of meeting. */
  readonly met: readonly Outcome[];
  readonly untracked: boolean;
  readonly judgedAddress: Address;
  /** In text. */
  readonly judgedDestination: string;
  readonly judgedPort: number;
}

const ROWS = 1024;
const BATCH_AT = ARENA_START;
const TABLES_AT = BATCH_AT + Math.ceil(batchBytes(ROWS) / 64) * 64;
let shared: { memory: WebAssembly.Memory; kernels: Kernels } | undefined;

/** One memory for all that a test file classifies, as large as the largest tables. */
function memoryFor(bytes: number): { memory: WebAssembly.Memory; kernels: Kernels } {
  if (shared === undefined) {
    const memory = createMemory(TABLES_AT + bytes);
    shared = { memory, kernels: instantiateKernels(memory) };
  }
  const missing = TABLES_AT + bytes - shared.memory.buffer.byteLength;
  if (missing > 0) shared.memory.grow(Math.ceil(missing / 65_536));
  return shared;
}

/** Protocols whose packets need a field that may be missing. */
const needsFields = (protocol: number): boolean => [1, 6, 17, 58, 132].includes(protocol);

export function writePacket(batch: PacketBatch, row: number, packet: FirstPacket): void {
  const { source, destination, protocol, sourcePort, destinationPort, icmp, translated } = packet;
  batch.family[row] = source.family;
  batch.protocol[row] = protocol;
  batch.src.set(source.words, row * 4);
  batch.dst.set(destination.words, row * 4);
  batch.sport[row] = sourcePort ?? 0;
  batch.dport[row] = icmp === undefined ? (destinationPort ?? 0) : icmp.type * 256 + icmp.code;
  const known = icmp !== undefined || destinationPort !== undefined || !needsFields(protocol);
  batch.flags[row] = (known ? FLAG_PORTS : 0) | (translated === undefined ? 0 : FLAG_TRANSLATED);
  if (translated === undefined) return;
  batch.translatedDst.set(translated.address.words, row * 4);
  batch.translatedDport[row] = translated.port ?? 0;
}

/** Classifies packets against tables, in as many batches as it takes. */
export function classifyPackets(
  tables: Tables,
  legend: Legend,
  packets: readonly FirstPacket[],
): Classified[] {
  const { memory, kernels } = memoryFor(tables.bytes.byteLength);
  new Uint8Array(memory.buffer, TABLES_AT, tables.bytes.byteLength).set(tables.bytes);
  const batch = createBatch(memory.buffer, BATCH_AT, ROWS);
  const found: Classified[] = [];
  for (let first = 0; first < packets.length; first += ROWS) {
    const some = packets.slice(first, first + ROWS);
    some.forEach((packet, row) => {
      writePacket(batch, row, packet);
    });
    kernels.identify(TABLES_AT, BATCH_AT, 0, some.length);
    kernels.classify(TABLES_AT, BATCH_AT, 0, some.length);
    some.forEach((packet, row) => {
      found.push(readRow(batch, row, packet.source.family, legend));
    });
  }
  return found;
}

function readRow(batch: PacketBatch, row: number, family: 4 | 6, legend: Legend): Classified {
  const words = [...batch.judgedDst.subarray(row * 4, row * 4 + 4)] as [number, number, number, number];
  const path = (outcome: number): readonly Hit[] | undefined =>
    outcome === NO_OUTCOME ? undefined : legend.outcome(outcome).path;
  const extraCount = batch.extraCount[row]! & EXTRA_COUNT_MASK;
  const first = row * EXTRA_MOST;
  const outcomes = [
    batch.egress[row]!,
    batch.ingress[row]!,
    ...batch.extra.subarray(first, first + extraCount),
  ].filter((outcome) => outcome !== NO_OUTCOME);
  return {
    met: outcomes.map((outcome) => legend.outcome(outcome)),
    untracked: (batch.extraCount[row]! & EXTRA_UNTRACKED) !== 0,
    verdict: VERDICTS[batch.verdict[row]!]!,
    reason: REASONS[batch.reason[row]!]!,
    hook: HOOKS[batch.hook[row]!]!,
    egress: path(batch.egress[row]!),
    ingress: path(batch.ingress[row]!),
    judgedAddress: { family, words },
    get judgedDestination() {
      return formatAddress({ family, words });
    },
    judgedPort: batch.judgedDport[row]!,
  };
}

/** The classifier of a world, compiled once. */
export function createClassifier(world: CompiledWorld): Compilation & {
  classify(packet: FirstPacket): Classified;
  classifyAll(packets: readonly FirstPacket[]): Classified[];
} {
  const compilation = compileTables(world);
  const classifyAll = (packets: readonly FirstPacket[]): Classified[] =>
    classifyPackets(compilation.tables, compilation.legend, packets);
  return { ...compilation, classifyAll, classify: (packet) => classifyAll([packet])[0]! };
}
