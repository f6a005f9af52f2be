/** The connections that the kernels keep, read slowly: rows of a shard, with states by name. */
import * as L from '../../src/dataplane/connections-layout.ts';
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

function rowAt(view: DataView, at: number, wideRows: number): ConnectionRow {
  const u8 = (offset: number): number => view.getUint8(at + offset);
  const u16 = (offset: number): number => view.getUint16(at + offset, true);
  const u32 = (offset: number): number => view.getUint32(at + offset, true);
  const wide = wideRows + u32(L.CONNECTION_SRC) * L.WIDE_ROW_BYTES;
  const address = (narrow: number, offset: number): string => {
    if ((u8(L.CONNECTION_JUDGED) & L.JUDGED_WIDE) === 0)
      return formatAddress({ family: 4, words: [u32(narrow), 0, 0, 0] });
    const words = [0, 4, 8, 12].map((word) => view.getUint32(wide + offset + word, true));
    return formatAddress({
      family: view.getUint32(wide + L.WIDE_FAMILY, true) as 4 | 6,
      words: words as never,
    });
  };
  const protocol = u8(L.CONNECTION_PROTOCOL);
  const state = u8(L.CONNECTION_STATE);
  return {
    src: address(L.CONNECTION_SRC, L.WIDE_SRC),
    dst: address(L.CONNECTION_DST, L.WIDE_DST),
    sport: u16(L.CONNECTION_SPORT),
    dport: u16(L.CONNECTION_DPORT),
    protocol,
    state: protocol === 6 ? TCP_NAMES[state & 15]! : protocol === 132 ? SCTP_NAMES[state]! : '',
    replied: (u8(L.CONNECTION_BITS) & L.BIT_REPLIED) !== 0,
    assured: (u8(L.CONNECTION_BITS) & L.BIT_ASSURED) !== 0,
    deadline: u32(L.CONNECTION_DEADLINE) + (u16(L.CONNECTION_TICKS) & L.DEADLINE_TICKS) / C.TICKS_PER_SECOND,
  };
}

/** Every connection of a shard, expired ones too. */
export function connectionRows(memory: SharedArrayBuffer, plan: Plan, shard: number): ConnectionRow[] {
  const view = new DataView(memory);
  const rows: ConnectionRow[] = [];
  const table = plan.shards + shard * S.SHARD_BYTES + S.SHARD_CONNECTIONS;
  const field = (offset: number): number => view.getUint32(table + offset, true);
  for (let number = 1; number <= field(L.CONNECTIONS_TOP); number++) {
    const at = field(L.CONNECTIONS_ROWS) + number * L.CONNECTION_ROW_BYTES;
    if (view.getUint32(at + L.CONNECTION_PACKETS, true) !== L.PACKETS_FREE)
      rows.push(rowAt(view, at, field(L.CONNECTIONS_WIDE)));
  }
  return rows;
}
