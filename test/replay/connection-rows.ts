/** The connections that the kernels keep, read slowly: rows of a shard, with states by name. */
import * as C from '../../src/dataplane/conntrack-layout.ts';
import * as S from '../../src/dataplane/shard-layout.ts';
import { formatAddress } from '../../src/net/address.ts';
import type { Plan } from '../../src/replay/plan.ts';

const TCP_NAMES = [
  'NONE',
  'SYN_SENT',
  'SYN_RECV',
  'ESTABLISHED',
  'FIN_WAIT',
  'CLOSE_WAIT',
  'LAST_ACK',
  'TIME_WAIT',
  'CLOSE',
  'SYN_SENT2',
];
const SCTP_NAMES = [
  'NONE',
  'CLOSED',
  'COOKIE_WAIT',
  'COOKIE_ECHOED',
  'ESTABLISHED',
  'SHUTDOWN_SENT',
  'SHUTDOWN_RECD',
  'SHUTDOWN_ACK_SENT',
  'HEARTBEAT_SENT',
];

export interface ConnectionRow {
  readonly src: string;
  readonly dst: string;
  readonly sport: number;
  readonly dport: number;
  readonly protocol: number;
  /** As Linux prints it; empty for protocols without states. */
  readonly state: string;
  readonly replied: boolean;
  readonly assured: boolean;
  /** Second from which on it is forgotten. */
  readonly deadline: number;
}

function rowAt(view: DataView, at: number): ConnectionRow {
  const u8 = (offset: number): number => view.getUint8(at + offset);
  const u16 = (offset: number): number => view.getUint16(at + offset, true);
  const u32 = (offset: number): number => view.getUint32(at + offset, true);
  const family = u8(S.CONNECTION_FAMILY) as 4 | 6;
  const address = (offset: number): string =>
    formatAddress({ family, words: [0, 4, 8, 12].map((word) => u32(offset + word)) as never });
  const protocol = u8(S.CONNECTION_PROTOCOL);
  const state = u8(S.CONNECTION_STATE);
  return {
    src: address(S.ROW_SRC),
    dst: address(S.ROW_DST),
    sport: u16(S.CONNECTION_SPORT),
    dport: u16(S.CONNECTION_DPORT),
    protocol,
    state: protocol === 6 ? TCP_NAMES[state & 15]! : protocol === 132 ? SCTP_NAMES[state]! : '',
    replied: (u8(S.CONNECTION_BITS) & S.BIT_REPLIED) !== 0,
    assured: (u8(S.CONNECTION_BITS) & S.BIT_ASSURED) !== 0,
    deadline: u32(S.CONNECTION_DEADLINE) + (u16(S.CONNECTION_TICKS) & S.DEADLINE_TICKS) / C.TICKS_PER_SECOND,
  };
}

/** Every connection of a shard, expired ones too. */
export function connectionRows(memory: SharedArrayBuffer, plan: Plan, shard: number): ConnectionRow[] {
  const view = new DataView(memory);
  const rows: ConnectionRow[] = [];
  const table = plan.shards + shard * S.SHARD_BYTES + S.SHARD_CONNECTIONS;
  const first = view.getUint32(table + S.TABLE_ROWS, true);
  for (let slot = 0; slot < view.getUint32(table + S.TABLE_SLOTS, true); slot++) {
    const at = first + slot * S.CONNECTION_ROW_BYTES;
    if (view.getUint32(at + S.ROW_HASH, true) !== 0) rows.push(rowAt(view, at));
  }
  return rows;
}
