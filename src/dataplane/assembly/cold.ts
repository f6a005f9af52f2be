// The cold row of a connection: what was judged, seldom read. Layout: COLD_ offsets of ../shard-layout.ts.

import {
  COLD_HOOK,
  COLD_ROW_BYTES,
  CONNECTION_ROW_BYTES,
  SHARD_CONNECTIONS,
  TABLE_COLD,
  TABLE_ROWS,
} from '../shard-layout';

/** The cold row of a connection. */
export function coldOf(shard: usize, connection: usize): usize {
  const table = shard + SHARD_CONNECTIONS;
  const slot = (connection - load<u32>(table, TABLE_ROWS)) / CONNECTION_ROW_BYTES;
  return <usize>load<u32>(table, TABLE_COLD) + slot * COLD_ROW_BYTES;
}

/** The hook that decided. */
export function hookOf(cold: usize): u32 {
  return load<u8>(cold, COLD_HOOK) & 15;
}

/** The verdict by the pending tables, 0 without. */
export function pendingOf(cold: usize): u32 {
  return load<u8>(cold, COLD_HOOK) >> 4;
}

export function storeHook(cold: usize, hook: u32, pending: u32): void {
  store<u8>(cold, hook | (pending << 4), COLD_HOOK);
}
