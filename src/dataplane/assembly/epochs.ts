// Which epoch a row lies in, and what hangs on it where there are several: numbers of outcomes, and who owned an address
// when. Layout: ../epochs-layout.ts.

import {
  EGRESS,
  EPOCH,
  EXTRA,
  EXTRA_COUNT,
  EXTRA_COUNT_MASK,
  EXTRA_MOST,
  INGRESS,
  NANOS,
  PACKETS,
  SECONDS,
  SHARD,
} from '../../packet/batch-layout';
import { SECTION_ENTRIES, SECTION_FACTS } from '../../tables/directory-layout';
import { ENTRY_BYTES, ENTRY_OWNER } from '../../tables/entry-layout';
import { FACTS_KNOBS, KNOB_RECHECKS, KNOB_RECHECKS_TRANSPORT } from '../../tables/facts-layout';
import { VIRTUAL_COUNT } from '../../tables/service-layout';
import { NO_OUTCOME, VERDICT_DENY } from '../../tables/verdict-layout';
import { BIT_UNTRACKED, COLD_EPOCH, COLD_MET_EPOCH, CONNECTION_BITS } from '../connections-layout';
import {
  DESK_CONNECTION,
  DESK_EPOCH,
  DESK_EPOCHS,
  DESK_TABLES,
  KEY_DPORT,
  KEY_DST,
  KEY_FAMILY,
  KEY_PROTOCOL,
  KEY_SRC,
  NO_SHARD,
} from '../desk-layout';
import {
  EPOCH_BYTES,
  EPOCH_FROM,
  EPOCH_OWNERS,
  EPOCH_SEEN_EARLY,
  EPOCH_SEEN_TIMELESS,
  EPOCH_TABLES,
  EPOCHS_COUNT,
  EPOCHS_ROWS,
} from '../epochs-layout';
import { readJudgedDestination } from './cold';
import { coldOf, readConnection, verdictOf } from './connection-row';
import { columnAt, entryOf, sectionAt } from './identify';
import { hasPorts } from './protocol';
import { virtualPortAt } from './service';
import { timeWord } from './time';

function rowOf(epochs: usize, epoch: u32): usize {
  return epochs + EPOCHS_ROWS + epoch * EPOCH_BYTES;
}

/** Time of a row, as EPOCH_FROM has it. */
function timeOf(batch: usize, row: u32): u64 {
  return timeWord(
    load<u32>(columnAt(batch, SECONDS) + (row << 2)),
    load<u32>(columnAt(batch, NANOS) + (row << 2)),
  );
}

/** The last epoch that has begun at `time`; the first when none has. */
function epochAt(epochs: usize, time: u64): u32 {
  let low: u32 = 0;
  let high = load<u32>(epochs, EPOCHS_COUNT) - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (load<u64>(rowOf(epochs, middle), EPOCH_FROM) <= time) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Tables that are in force at the time of a row. */
export function tablesAt(epochs: usize, batch: usize, row: u32): usize {
  return load<u32>(rowOf(epochs, epochAt(epochs, timeOf(batch, row))), EPOCH_TABLES);
}

function addTo(at: usize, value: f64): void {
  store<f64>(at, load<f64>(at) + value);
}

/** Fills EPOCH of the rows, and adds their packets to what the worker has seen of each epoch. */
export function markEpochs(epochs: usize, batch: usize, first: u32, count: u32, seen: usize): void {
  const column = columnAt(batch, EPOCH);
  const packets = columnAt(batch, PACKETS);
  const beginning = load<u64>(rowOf(epochs, 0), EPOCH_FROM);
  const others = seen + (load<u32>(epochs, EPOCHS_COUNT) << 3);
  const shard = columnAt(batch, SHARD);
  const end = first + count;
  for (let row = first; row < end; row++) {
    if (load<u16>(shard + (row << 1)) == NO_SHARD) continue;
    const time = timeOf(batch, row);
    const epoch = epochAt(epochs, time);
    const its = load<f64>(packets + (row << 3));
    store<u8>(column + row, epoch);
    addTo(seen + (epoch << 3), its);
    if (time < beginning) addTo(others + (time == 0 ? EPOCH_SEEN_TIMELESS : EPOCH_SEEN_EARLY), its);
  }
}

function shift(at: usize, base: u32): void {
  const outcome = load<u32>(at);
  if (outcome != NO_OUTCOME) store<u32>(at, outcome + base);
}

/** Outcome numbers of one epoch's tables become those of all epochs: each epoch's begin at its base. */
export function shiftOutcomes(batch: usize, first: u32, count: u32, base: u32): void {
  const egress = columnAt(batch, EGRESS);
  const ingress = columnAt(batch, INGRESS);
  const extraCounts = columnAt(batch, EXTRA_COUNT);
  const extras = columnAt(batch, EXTRA);
  const end = first + count;
  for (let row = first; row < end; row++) {
    shift(egress + (row << 2), base);
    shift(ingress + (row << 2), base);
    const further = min<u32>(load<u8>(extraCounts + row) & EXTRA_COUNT_MASK, EXTRA_MOST);
    for (let index: u32 = 0; index < further; index++)
      shift(extras + ((row * EXTRA_MOST + index) << 2), base);
  }
}

/** Who owns an address in an epoch. */
function ownerIn(epochs: usize, epoch: u32, family: u32, address: usize): u32 {
  const row = rowOf(epochs, epoch);
  const tables: usize = load<u32>(row, EPOCH_TABLES);
  const entry = entryOf(tables, family, address);
  const owner = load<u32>(sectionAt(tables, SECTION_ENTRIES) + entry * ENTRY_BYTES, ENTRY_OWNER);
  return load<u32>(<usize>load<u32>(row, EPOCH_OWNERS) + (owner << 2));
}

/** Whether an address has another owner in one epoch than in the other. */
function hasMoved(epochs: usize, before: u32, now: u32, family: u32, address: usize): bool {
  return ownerIn(epochs, before, family, address) != ownerIn(epochs, now, family, address);
}

/** Whether the judged destination is the one that the connection of a key leads to: of several backends only the first is kept. */
function isBackendKnown(epochs: usize, key: usize, cold: usize): bool {
  const tables: usize = load<u32>(rowOf(epochs, load<u8>(cold, COLD_EPOCH)), EPOCH_TABLES);
  const entry = entryOf(tables, load<u8>(key, KEY_FAMILY), key + KEY_DST);
  const protocol = <u32>load<u8>(key, KEY_PROTOCOL);
  const port = (protocol << 16) | <u32>load<u16>(key, KEY_DPORT);
  const virtual = virtualPortAt(tables, entry, port);
  return virtual == 0 || load<u32>(virtual, VIRTUAL_COUNT) == 1;
}

/** True when the CNI judges open connections again where policy changes. */
function isRechecked(tables: usize, protocol: u32): bool {
  const knobs = load<u32>(sectionAt(tables, SECTION_FACTS) + (FACTS_KNOBS << 2));
  return (knobs & KNOB_RECHECKS) != 0 || ((knobs & KNOB_RECHECKS_TRANSPORT) != 0 && hasPorts(protocol));
}

/**
 * True when a connection does not live on into the epoch at hand: it was denied, so that the network knows nothing of it, or
 * an end of it, or the backend that it leads to, has another owner than in the epoch in which it was met last. Else that is the
 * epoch at hand from now on. Where the CNI judges open connections again none lives on. Asked where there are several epochs; all first packets of the others are judged by then.
 *
 * Source: projectcalico/calico felix/conntrack/conntrack.go (entries go with the address of a workload).
 */
export function endsWithEpoch(desk: usize, shard: usize, connection: usize): bool {
  const epochs: usize = load<u32>(desk, DESK_EPOCHS);
  const now = load<u32>(desk, DESK_EPOCH);
  const cold = coldOf(shard, connection);
  const before = <u32>load<u8>(cold, COLD_MET_EPOCH);
  if (now == before) return false;
  const tracked = (load<u8>(connection, CONNECTION_BITS) & BIT_UNTRACKED) == 0;
  if (tracked && verdictOf(connection) == VERDICT_DENY) return true;
  const key = desk + DESK_CONNECTION;
  readConnection(shard, connection, key);
  const family = <u32>load<u8>(key, KEY_FAMILY);
  if (isRechecked(load<u32>(desk, DESK_TABLES), load<u8>(key, KEY_PROTOCOL))) return true;
  if (hasMoved(epochs, before, now, family, key + KEY_SRC)) return true;
  if (hasMoved(epochs, before, now, family, key + KEY_DST)) return true;
  if (isBackendKnown(epochs, key, cold)) {
    readJudgedDestination(shard, connection, cold, key + KEY_DST);
    if (hasMoved(epochs, before, now, family, key + KEY_DST)) return true;
  }
  store<u8>(cold, now, COLD_MET_EPOCH);
  return false;
}
