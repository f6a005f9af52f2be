/**
 * One worker's desk over hand-filled rows: the real partition, track, settle and finish kernels with a stand-in for the
 * policy, so that a test sees what the stateful half of the data plane does with each packet.
 */
import { PICKUP_JUDGE, PICKUP_KERNEL } from '../../src/dataplane/desk-layout.ts';
import { instantiateKernels, type Kernels } from '../../src/dataplane/kernels.ts';
import { createMemory } from '../../src/dataplane/memory.ts';
import { SHARD_BYTES, SHARD_COUNT } from '../../src/dataplane/shard-layout.ts';
import { formatAddress, parseAddress } from '../../src/net/address.ts';
import { batchAt, type PacketBatch } from '../../src/packet/batch.ts';
import * as L from '../../src/packet/batch-layout.ts';
import { textTableAt } from '../../src/packet/text-table.ts';
import type { EpochInput } from '../../src/replay/epoch-plan.ts';
import { judgeRows } from '../../src/replay/judge-rows.ts';
import { layOut } from '../../src/replay/lay-out.ts';
import { type Counted, mergeCounts } from '../../src/replay/merge.ts';
import { deskOf, type Plan, type PlanInput, planMemory } from '../../src/replay/plan.ts';
import { REASONS, VERDICTS } from '../../src/tables/verdict.ts';
import * as V from '../../src/tables/verdict-layout.ts';
import { DECIDER_TEXTS } from '../../src/trace/flow-log/observed-decider.ts';
import { type ConnectionRow, connectionRows } from './connection-rows.ts';

/** Chunks in the order of CHUNK_ codes, then all others. */
export const CHUNKS = [
  'INIT',
  'INIT ACK',
  'ABORT',
  'SHUTDOWN',
  'SHUTDOWN ACK',
  'ERROR',
  'COOKIE ECHO',
  'COOKIE ACK',
  'SHUTDOWN COMPLETE',
  'HEARTBEAT',
  'HEARTBEAT ACK',
  'DATA',
] as const;
export type ChunkName = (typeof CHUNKS)[number];

/** A packet as a test writes it. */
export interface Packet {
  readonly at?: number;
  readonly src: string;
  readonly dst: string;
  /** tcp when absent. */
  readonly protocol?: number;
  readonly sport?: number;
  readonly dport?: number;
  /** Letters of F S R P A U; tcp only. */
  readonly tcp?: string;
  /** Name of the first chunk; sctp only. */
  readonly chunk?: ChunkName;
  readonly icmp?: { readonly type: number; readonly code?: number; readonly id?: number };
  readonly quote?: Packet;
  readonly flags?: number;
  readonly fragmentId?: number;
  readonly skip?: number;
  readonly packets?: number;
  readonly bytes?: number;
  /** OBSERVED_ code; looked at with `input.observedKnown`. */
  readonly observed?: number;
  /** Who decided by the trace's word. */
  readonly by?: string;
}

/** Denies what goes to these ports of the responder, is undecided about others. */
export interface Policy {
  readonly deny?: readonly number[];
  readonly undetermined?: readonly number[];
}

const TCP_LETTERS: Readonly<Record<string, number>> = { F: 1, S: 2, R: 4, P: 8, A: 16, U: 32 };

/** TCP_FLAGS of an SCTP packet. */
function chunkFlags(chunk: ChunkName): number {
  const code = CHUNKS.indexOf(chunk);
  if (chunk === 'DATA') return 0;
  return ((code + 1) << L.CHUNK_SHIFT) | (chunk === 'INIT' ? 2 : chunk === 'INIT ACK' ? 18 : 0);
}

const portOf = (packet: Packet, side: 'sport' | 'dport'): number =>
  packet.icmp === undefined
    ? (packet[side] ?? 0)
    : side === 'sport'
      ? (packet.icmp.id ?? 0)
      : packet.icmp.type * 256 + (packet.icmp.code ?? 0);

/** Protocol of a packet, 6 unless it says otherwise. */
export function protocolOf(packet: Packet): number {
  if (packet.icmp !== undefined) return packet.src.includes(':') ? 58 : 1;
  return packet.protocol ?? 6;
}

/** Writes a packet as row `row`. */
export function writeRow(batch: PacketBatch, row: number, packet: Packet): void {
  const src = parseAddress(packet.src)!;
  const later = ((packet.flags ?? 0) & L.FLAG_FRAGMENT_LATER) !== 0;
  const isTcp = protocolOf(packet) === 6 && !later;
  batch.seconds[row] = Math.floor(packet.at ?? 0);
  batch.nanos[row] = Math.round(((packet.at ?? 0) % 1) * 1e9);
  batch.record[row] = row + 1;
  batch.family[row] = packet.skip === undefined ? src.family : 0;
  batch.skip[row] = packet.skip ?? 0;
  batch.protocol[row] = protocolOf(packet);
  batch.src.set(src.words, row * 4);
  batch.dst.set(parseAddress(packet.dst)!.words, row * 4);
  batch.sport[row] = later ? 0 : portOf(packet, 'sport');
  batch.dport[row] = later ? 0 : portOf(packet, 'dport');
  batch.tcpFlags[row] = [...(packet.tcp ?? '')].reduce((bits, letter) => bits | TCP_LETTERS[letter]!, 0);
  if (packet.chunk !== undefined) batch.tcpFlags[row] = chunkFlags(packet.chunk);
  batch.flags[row] =
    (packet.flags ?? 0) |
    (later ? 0 : L.FLAG_PORTS) |
    ((isTcp && packet.tcp !== undefined) || packet.chunk !== undefined ? L.FLAG_TCP_FLAGS : 0) |
    (packet.quote === undefined ? 0 : L.FLAG_QUOTE);
  batch.fragmentId[row] = packet.fragmentId ?? 0;
  batch.packets[row] = packet.packets ?? 1;
  batch.bytes[row] = packet.bytes ?? 100;
  batch.observed[row] = packet.observed ?? L.OBSERVED_NONE;
  if (packet.quote === undefined) return;
  batch.quotedSrc.set(parseAddress(packet.quote.src)!.words, row * 4);
  batch.quotedDst.set(parseAddress(packet.quote.dst)!.words, row * 4);
  batch.quotedSport[row] = portOf(packet.quote, 'sport');
  batch.quotedDport[row] = portOf(packet.quote, 'dport');
  batch.quotedProtocol[row] = protocolOf(packet.quote);
}

/** Outcome numbers of the stand-in: egress is the port's last digit, ingress one for all. */
export const OUTCOMES = 11;

/** Fills the verdict columns of first packets as `policy` says; `seen` collects them as text. */
export function standIn(batch: PacketBatch, policy: Policy & Hosts, seen: string[]): Kernels['classify'] {
  return (_tables, _batch, first, count) => {
    for (let row = first; row < first + count; row++) {
      const port = batch.dport[row]!;
      const denied = policy.deny?.includes(port) ?? false;
      const open = policy.undetermined?.includes(port) ?? false;
      const family = batch.family[row] as 4 | 6;
      const text = (words: Uint32Array): string =>
        formatAddress({ family, words: [...words.subarray(row * 4, row * 4 + 4)] as never });
      seen.push(`${text(batch.src)}:${batch.sport[row]} > ${text(batch.dst)}:${port}`);
      batch.verdict[row] = denied ? V.VERDICT_DENY : open ? V.VERDICT_UNDETERMINED : V.VERDICT_ALLOW;
      batch.reason[row] = open ? V.REASON_BACKENDS_DIFFER : denied ? V.REASON_TIER_END : V.REASON_POLICY;
      batch.hook[row] = V.HOOK_INGRESS;
      batch.egress[row] = port % 10;
      batch.ingress[row] = 10;
      batch.judgedDst.set(batch.dst.subarray(row * 4, row * 4 + 4), row * 4);
      batch.judgedDport[row] = port;
      const extras = policy.extras?.(port, batch.sport[row]!) ?? [];
      batch.extra.set(extras, row * L.EXTRA_MOST);
      const isUntracked = policy.untracked?.includes(port) ?? false;
      batch.extraCount[row] = extras.length | (isUntracked ? L.EXTRA_UNTRACKED : 0);
    }
  };
}

/** The stand-ins of both sets of tables, told apart by the batch that they fill. */
function standIns(plan: Plan, memory: SharedArrayBuffer, options: DeskOptions, asked: string[]) {
  const { firsts, pendingFirsts } = plan.desks[0]!;
  const enforced = standIn(batchAt(memory, firsts), options, asked);
  if (pendingFirsts === 0) return enforced;
  const pending = standIn(batchAt(memory, pendingFirsts), options.pending!, []);
  const classify: Kernels['classify'] = (tables, batch, first, count) =>
    (batch === pendingFirsts ? pending : enforced)(tables, batch, first, count);
  return classify;
}

const HOST_HOOKS = (1 << V.HOOK_PRE_DNAT) | (1 << V.HOOK_FORWARD_INGRESS);
const UNTRACKED_HOOKS = 1 << V.HOOK_UNTRACKED_INGRESS;

export interface Judged {
  /** `verdict/reason` of each packet. */
  readonly rows: readonly string[];
  /** Pending verdict of each packet, where there is a second policy. */
  readonly pending: readonly string[];
  /** First packets that the policy was asked about, in initiator orientation. */
  readonly asked: readonly string[];
  readonly counted: Counted;
  readonly batch: PacketBatch;
}

/** What the stand-in says of a first packet beside its verdict, by the port that it goes to. */
export interface Hosts {
  /** Outcomes of further programs; they may hang on the source port too. */
  readonly extras?: (port: number, sourcePort: number) => readonly number[];
  /** Ports that an untracked program allows. */
  readonly untracked?: readonly number[];
}

export interface DeskOptions extends Policy, Hosts {
  /** The policy of the second tables; none when absent. */
  readonly pending?: Policy;
  readonly pickup?: 'judge' | 'kernel';
  /** Rows handed to the kernels at a time; all when absent. */
  readonly step?: number;
  readonly input?: Partial<PlanInput> & Partial<EpochInput>;
  /** Called behind every step, with the number of packets judged so far and the connections that the last one's shard keeps. */
  readonly watch?: (judged: number, connections: readonly ConnectionRow[]) => void;
  /** Tables that port ranks are read from; none when absent. */
  readonly tables?: Uint8Array;
}

/** A plan for one worker and rounds of `rows` rows. */
export function smallPlan(rows: number, options: DeskOptions): Plan {
  const epoch: EpochInput = {
    tablesBytes: 65_536,
    outcomeCount: OUTCOMES,
    pendingTablesBytes: options.pending === undefined ? 0 : 64,
    pendingOutcomeCount: 0,
    ownerCount: 0,
    ...options.input,
  };
  return planMemory({
    epochs: [epoch],
    timesMatter: false,
    hooks:
      (options.extras === undefined ? 0 : HOST_HOOKS) |
      (options.untracked === undefined ? 0 : UNTRACKED_HOOKS),
    workers: 1,
    readers: [{ own: 64, shared: 0 }],
    scanners: [undefined],
    tracesAtOnce: 1,
    rowsPerRound: rows,
    chunkBytes: 64,
    recordBytesMax: 64,
    connections: 262_144,
    ringBytes: 0,
    ringCount: 0,
    clocksWatched: [],
    flows: 4096,
    addresses: 4096,
    flowsListed: 1000,
    pickup: options.pickup === 'kernel' ? PICKUP_KERNEL : PICKUP_JUDGE,
    conntrack: {},
    rowsWanted: true,
    interfacesKnown: false,
    observedKnown: false,
    namesKnown: false,
    copiesSought: false,
    reportersKnown: false,
    joinsBytes: 0,
    tunnels: 'open',
    ...options.input,
  });
}

/** Judges the packets one after the other, and ends the replay. */
export function judgePackets(packets: readonly Packet[], options: DeskOptions = {}): Judged {
  const tables = options.tables ?? new Uint8Array(65_536);
  const plan = smallPlan(Math.max(1, packets.length), {
    ...options,
    input: { ...options.input, tablesBytes: tables.byteLength },
  });
  const memory = createMemory(plan.endBytes);
  layOut(plan, memory.buffer, [{ tables }]);
  const kernels = instantiateKernels(memory);
  const round = plan.rounds[0]!;
  const batch = batchAt(memory.buffer, round.batch);
  const desk = plan.desks[0]!;
  const asked: string[] = [];
  for (const [row, packet] of packets.entries()) writeRow(batch, row, packet);
  if (plan.deciders !== 0) {
    const deciders = textTableAt(memory.buffer, plan.deciders, DECIDER_TEXTS);
    for (const [row, { by = '' }] of packets.entries()) batch.observedBy[row] = deciders.intern(by);
  }
  kernels.partition(round.batch, 0, packets.length, 1, round.lists, round.chunks, desk.seen, 0, 0);
  const judging = {
    markCopies: kernels.markCopies,
    track: kernels.track,
    settle: kernels.settle,
    shiftOutcomes: kernels.shiftOutcomes,
    guardInterfaces: kernels.guardInterfaces,
    identify: () => {},
    classify: standIns(plan, memory.buffer, options, asked),
  };
  const words = new Uint32Array(memory.buffer);
  const step = options.step ?? packets.length;
  const where = deskOf(plan, 0);
  for (let row = 0; row < packets.length; row += step) {
    const count = Math.min(step, packets.length - row);
    judgeRows(judging, words, where, round.batch, round.lists + row * 4, count);
    options.watch?.(row + count, connectionRows(memory.buffer, plan, batch.shard[row + count - 1]!));
  }
  for (let shard = 0; shard < SHARD_COUNT; shard++)
    kernels.finish(desk.desk, plan.shards + shard * SHARD_BYTES);
  const rows = packets.map((_, row) => `${VERDICTS[batch.verdict[row]!]}/${REASONS[batch.reason[row]!]}`);
  const pending =
    options.pending === undefined ? [] : packets.map((_, row) => VERDICTS[batch.pending[row]!]!);
  return { rows, pending, asked, counted: mergeCounts(plan, memory.buffer), batch };
}
