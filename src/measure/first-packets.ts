/** The first packets of a trace's connections, as they are looked up: one of each pair of addresses, ports and protocol, from who began. */
import type { PacketBatch } from '../packet/batch.ts';
import * as B from '../packet/batch-layout.ts';
import { scanTraces } from '../replay/scan.ts';
import type { TraceSource } from '../trace/open.ts';
import { createPackets, type Packets } from './packets.ts';

/** Connections that are kept, and packets that are read for them: the beginning of a long trace. */
const FIRSTS_MOST = 262_144;
const READ_MOST = 8_000_000;
const SYN = 2;
const ACK = 16;

export interface FirstPackets {
  readonly packets: Packets;
  /** Records that were read, and whether that was all of them. */
  readonly records: number;
  readonly isWhole: boolean;
  readonly warnings: readonly string[];
}

/** Takes first packets out of batches. */
function createCollector(): {
  take: (batch: PacketBatch, row: number) => void;
  packets: Packets;
  count: () => number;
} {
  const packets = createPackets(FIRSTS_MOST);
  const known = new Set<string>();
  let count = 0;
  const textOf = (words: Uint32Array, port: number): string => `${words.join('.')}:${port}`;
  const take = (batch: PacketBatch, row: number): void => {
    const flags = batch.flags[row]!;
    if (batch.skip[row] !== 0 || (flags & (B.FLAG_NAMED | B.FLAG_QUOTE | B.FLAG_FRAGMENT_LATER)) !== 0)
      return;
    const src = batch.src.subarray(row * 4, row * 4 + 4);
    const dst = batch.dst.subarray(row * 4, row * 4 + 4);
    const [sport, dport, protocol] = [batch.sport[row]!, batch.dport[row]!, batch.protocol[row]!];
    const there = `${protocol} ${textOf(src, sport)} ${textOf(dst, dport)}`;
    if (count === FIRSTS_MOST || known.has(there)) return;
    known.add(there).add(`${protocol} ${textOf(dst, dport)} ${textOf(src, sport)}`);
    const isAnswer = (flags & B.FLAG_TCP_FLAGS) !== 0 && (batch.tcpFlags[row]! & (SYN | ACK)) === (SYN | ACK);
    packets.family[count] = batch.family[row]!;
    packets.protocol[count] = protocol;
    packets.src.set(isAnswer ? dst : src, count * 4);
    packets.dst.set(isAnswer ? src : dst, count * 4);
    packets.sport[count] = isAnswer ? dport : sport;
    packets.dport[count] = isAnswer ? sport : dport;
    packets.flags[count] = flags & B.FLAG_PORTS;
    count++;
  };
  return { take, packets, count: () => count };
}

/** Reads traces one after the other, until there is enough. Rejects with what the file system says. */
export async function readFirstPackets(
  sources: readonly TraceSource[],
  tunnels: 'open' | 'closed',
): Promise<FirstPackets> {
  const { take, packets, count } = createCollector();
  let records = 0;
  let isWhole = true;
  const ends = await scanTraces(sources, {
    tunnels,
    onRows: ({ batch, count: rows }) => {
      for (let row = 0; row < rows; row++) take(batch, row);
      records += rows;
      isWhole = count() < FIRSTS_MOST && records < READ_MOST;
      return isWhole;
    },
  });
  return {
    packets: { ...packets, count: count() },
    records,
    isWhole,
    warnings: ends.flatMap(({ warnings }) => warnings),
  };
}
