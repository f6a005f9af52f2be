// The cold row of a connection: how it was judged, seldom read. Layout: COLD_ offsets of ../connections-layout.ts.

import { COLD_HOOK, COLD_JUDGED_DPORT, COLD_JUDGED_DST, WIDE_JUDGED_DST } from '../connections-layout';
import { SHARD_CONNECTIONS } from '../shard-layout';
import { wideOf, writeNarrow } from './connection-row';
import { copyAddress } from './words';

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

/** Keeps the destination that was judged. */
export function storeJudgedDestination(
  shard: usize,
  connection: usize,
  cold: usize,
  address: usize,
  port: u32,
): void {
  const wide = wideOf(shard + SHARD_CONNECTIONS, connection);
  if (wide != 0) copyAddress(wide + WIDE_JUDGED_DST, address);
  else store<u32>(cold, load<u32>(address), COLD_JUDGED_DST);
  store<u16>(cold, port, COLD_JUDGED_DPORT);
}

/** Writes the address of the judged destination to `at`. */
export function readJudgedDestination(shard: usize, connection: usize, cold: usize, at: usize): void {
  const wide = wideOf(shard + SHARD_CONNECTIONS, connection);
  if (wide != 0) copyAddress(at, wide + WIDE_JUDGED_DST);
  else writeNarrow(at, load<u32>(cold, COLD_JUDGED_DST));
}
