// Rows that are copies: skipped, but for what they teach of translations and what they say was observed.

import {
  DUPLICATE_RECORD,
  FLAG_CONNECTION,
  FLAGS,
  OBSERVED,
  OBSERVED_MASK,
  SHARD,
  SKIP,
} from '../../packet/batch-layout';
import { SKIP_DUPLICATE, VERDICT_SKIP } from '../../tables/verdict-layout';
import { BIT_UNTRACKED, BIT_WAITS, COLD_EGRESS, CONNECTION_BITS } from '../connections-layout';
import {
  DESK_KEY,
  DESK_OBSERVED,
  DESK_SHARDS,
  ENTRY_COPY,
  KEY_ALONE,
  KEY_TRACKED,
  LINK_COPY,
  LINK_DONE,
  LINK_NO_FIRST,
} from '../desk-layout';
import { SHARD_BYTES } from '../shard-layout';
import { answerAlone, answerAsConnection } from './answer';
import { find } from './connection-lookup';
import { coldOf, reasonOf } from './connection-row';
import { gather } from './gather';
import { heedCopy } from './heed-copy';
import { columnAt } from './identify';
import { readKey } from './key';
import { link, STOP } from './link';
import { orient } from './orient';
import { translateKey } from './translations';

/** A copy of a packet, or a record of a flow log that tells once more of a flow: its reader knew it for one. */
export function isCopy(batch: usize, row: u32): bool {
  if (load<u8>(columnAt(batch, SKIP) + row) != SKIP_DUPLICATE) return false;
  if (load<u32>(columnAt(batch, DUPLICATE_RECORD) + (row << 2)) != 0) return true;
  return (load<u16>(columnAt(batch, FLAGS) + (row << 1)) & FLAG_CONNECTION) != 0;
}

/** A row that repeats another one: what it says was observed is compared all the same. */
export function trackCopy(desk: usize, batch: usize, row: u32): u32 {
  if (!heedCopy(desk, batch, row)) return STOP;
  answerAlone(desk, batch, row, VERDICT_SKIP, SKIP_DUPLICATE);
  const observed = <u32>load<u8>(columnAt(batch, OBSERVED) + row);
  if (load<u32>(desk, DESK_OBSERVED) == 0 || (observed & OBSERVED_MASK) == 0) return LINK_DONE;
  const number = <usize>load<u16>(columnAt(batch, SHARD) + (row << 1));
  const shard = <usize>load<u32>(desk, DESK_SHARDS) + number * SHARD_BYTES;
  const found = readKey(desk, batch, row, shard, 0);
  if (found == KEY_ALONE) {
    orient(desk);
    return link(LINK_COPY, gather(desk, batch, row, ENTRY_COPY));
  }
  if (found != KEY_TRACKED) return LINK_DONE;
  translateKey(desk, shard);
  const connection = find(shard, desk + DESK_KEY) & ~1;
  if (connection == 0) return LINK_DONE;
  const bits = <u32>load<u8>(connection, CONNECTION_BITS);
  if (bits & BIT_WAITS) return link(LINK_COPY, load<u32>(coldOf(shard, connection), COLD_EGRESS));
  if (bits & BIT_UNTRACKED) return LINK_DONE;
  answerAsConnection(desk, shard, batch, row, connection, reasonOf(connection));
  return link(LINK_COPY, LINK_NO_FIRST);
}
