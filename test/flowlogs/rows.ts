/** Rows of flow logs in short, as tests compare them with what stands in the file. */
import { formatAddress } from '../../src/net/address.ts';
import type { PacketBatch } from '../../src/packet/batch.ts';
import * as B from '../../src/packet/batch-layout.ts';
import { REASONS } from '../../src/tables/verdict.ts';
import type { FlowFormatName } from '../../src/trace/flow-log/flow-format.ts';
import { openTrace, type TraceSource } from '../../src/trace/open.ts';
import { readTrace } from '../corpus/read-trace.ts';

const OBSERVED = ['', ' allow', ' deny'];

/**
 * `6 10.0.0.1:4000 > 10.0.0.2:80 5p 300B f2 ? allow@source @1700000000.000000000`: protocol, addresses and ports (`:8/0` for ICMP), packets,
 * bytes, TCP flags, `?` when the initiator is a guess, what was observed (`@source`, `@cloud`), time. What is left out is missing.
 */
export function rowText(batch: PacketBatch, row: number): string {
  const skip = batch.skip[row]!;
  if (batch.family[row] === 0) return REASONS[skip]!;
  const family = batch.family[row] as 4 | 6;
  const flags = batch.flags[row]!;
  const protocol = batch.protocol[row]!;
  const address = (column: Uint32Array): string => {
    const text = formatAddress({ family, words: [...column.subarray(row * 4, row * 4 + 4)] as never });
    return family === 6 ? `[${text}]` : text;
  };
  const isIcmp = protocol === 1 || protocol === 58;
  const [sport, dport] = [batch.sport[row]!, batch.dport[row]!];
  const isKnown = (flags & B.FLAG_PORTS) !== 0;
  const source = isKnown && !isIcmp ? `:${sport}` : '';
  const target = isKnown ? (isIcmp ? `:${dport >> 8}/${dport & 255}` : `:${dport}`) : '';
  const code = batch.observed[row]!;
  const where = code & B.OBSERVED_AT_SOURCE ? '@source' : code & B.OBSERVED_ELSEWHERE ? '@cloud' : '';
  return [
    `${skip === 0 ? '' : `${REASONS[skip]} `}${protocol} ${address(batch.src)}${source} > ${address(batch.dst)}${target}`,
    translatedText(batch, row, address),
    ` ${batch.packets[row]}p ${batch.bytes[row]}B`,
    flags & B.FLAG_TCP_FLAGS ? ` f${batch.tcpFlags[row]}` : '',
    flags & B.FLAG_INITIATOR_UNKNOWN ? ' ?' : '',
    `${OBSERVED[code & B.OBSERVED_MASK]}${where}`,
    ` @${batch.seconds[row]}.${String(batch.nanos[row]).padStart(9, '0')}`,
  ].join('');
}

/** ` via 10.0.0.3:8080` where the record tells its destination behind NAT. */
function translatedText(batch: PacketBatch, row: number, address: (column: Uint32Array) => string): string {
  if ((batch.flags[row]! & B.FLAG_TRANSLATED) === 0) return '';
  return ` via ${address(batch.translatedDst)}:${batch.translatedDport[row]}`;
}

export interface Rows {
  readonly source: TraceSource;
  readonly rows: readonly string[];
  readonly warnings: readonly string[];
  readonly packets: number;
  readonly bytes: number;
}

/** Reads a file; throws what `openTrace` has against it. */
export function rowsOf(path: string, given?: FlowFormatName, chunkBytes?: number): Rows {
  const opened = openTrace(path, given);
  if (opened.value === undefined) {
    const { message, hint } = opened.diagnostics[0]!;
    throw new Error(hint === undefined ? message : `${message}; ${hint}`);
  }
  const rows: string[] = [];
  let packets = 0;
  let bytes = 0;
  const { records, warnings } = readTrace(
    opened.value,
    (batch, row) => {
      rows.push(rowText(batch, row));
      packets += batch.packets[row]!;
      bytes += batch.bytes[row]!;
    },
    chunkBytes === undefined ? {} : { chunkBytes },
  );
  if (records !== rows.length) throw new Error(`${records} records, ${rows.length} rows`);
  return { source: opened.value, rows, warnings, packets, bytes };
}
