// One first packet whose fields are all known: at each backend of a service, or at the destination itself.

import {
  DPORT,
  DST,
  DST_ENTRY,
  EGRESS,
  INGRESS,
  JUDGED_DPORT,
  JUDGED_DST,
  SRC,
  SRC_ENTRY,
} from '../../packet/batch-layout';
import { SECTION_BACKENDS, SECTION_ENTRIES, SECTION_FACTS } from '../../tables/directory-layout';
import { ENTRY_BYTES, ENTRY_NODE, ENTRY_OWNER, ENTRY_OWNER_NODE } from '../../tables/entry-layout';
import { FACTS_KNOBS, KNOB_NODE_PORT_SOURCE_UNSPECIFIED } from '../../tables/facts-layout';
import {
  BACKEND_ADDRESS,
  BACKEND_BEFORE,
  BACKEND_BYTES,
  BACKEND_ENTRY,
  BACKEND_NODE,
  BACKEND_PORT,
  VIRTUAL_BACKENDS,
  VIRTUAL_COUNT,
  VIRTUAL_EXTERNAL_LOCAL,
  VIRTUAL_FLAGS,
  VIRTUAL_INTERNAL_LOCAL,
  VIRTUAL_NODE,
  VIRTUAL_NODE_PORT,
} from '../../tables/service-layout';
import {
  HOOK_NONE,
  NO_OUTCOME,
  REASON_BACKENDS_DIFFER,
  VERDICT_UNDETERMINED,
} from '../../tables/verdict-layout';
import { copyAddress } from './copy';
import { columnAt, sectionAt } from './identify';
import { judgePair } from './judge-pair';
import { result, verdictOf } from './result';
import { virtualPortAt } from './service';

function isSameAddress(left: usize, right: usize): bool {
  return load<u64>(left) === load<u64>(right) && load<u64>(left + 8) === load<u64>(right + 8);
}

/** Where the address entry of a row lies in memory; `column` is SRC_ENTRY or DST_ENTRY. */
export function entryAt(tables: usize, batch: usize, column: u32, row: u32): usize {
  return sectionAt(tables, SECTION_ENTRIES) + load<u32>(columnAt(batch, column) + (row << 2)) * ENTRY_BYTES;
}

/** Whether the traffic policies of a virtual port keep a backend for this source. */
function takesBackend(virtual: usize, backend: usize, source: usize): bool {
  const flags = load<u32>(virtual + VIRTUAL_FLAGS);
  const node = load<u32>(backend + BACKEND_NODE);
  if (flags & VIRTUAL_INTERNAL_LOCAL) {
    const isOwned = load<u32>(source + ENTRY_OWNER) !== 0;
    const from = load<u32>(source + (isOwned ? ENTRY_OWNER_NODE : ENTRY_NODE));
    return from === 0 || from === node;
  }
  return (flags & VIRTUAL_EXTERNAL_LOCAL) === 0 || load<u32>(virtual + VIRTUAL_NODE) === node;
}

/** Judges a packet at one backend. */
function judgeBackend(
  tables: usize,
  batch: usize,
  row: u32,
  virtual: usize,
  backend: usize,
  protocol: u32,
  sourcePort: u32,
): u32 {
  const source = entryAt(tables, batch, SRC_ENTRY, row);
  const dialled = entryAt(tables, batch, DST_ENTRY, row);
  const entry = sectionAt(tables, SECTION_ENTRIES) + load<u32>(backend + BACKEND_ENTRY) * ENTRY_BYTES;
  const flags = load<u32>(virtual + VIRTUAL_FLAGS);
  let client = source;
  let otherClient: usize = 0;
  if ((flags & VIRTUAL_NODE_PORT) !== 0 && (flags & VIRTUAL_EXTERNAL_LOCAL) === 0) {
    const knobs = load<u32>(sectionAt(tables, SECTION_FACTS) + (FACTS_KNOBS << 2));
    if (knobs & KNOB_NODE_PORT_SOURCE_UNSPECIFIED) otherClient = dialled;
    else if (load<u32>(backend + BACKEND_NODE) !== load<u32>(virtual + VIRTUAL_NODE)) client = dialled;
  }
  return judgePair(
    tables,
    source,
    client,
    otherClient,
    entry,
    load<u32>(backend + BACKEND_BEFORE),
    true,
    false,
    protocol,
    load<u32>(backend + BACKEND_PORT),
    sourcePort,
    columnAt(batch, EGRESS) + (row << 2),
    columnAt(batch, INGRESS) + (row << 2),
  );
}

/** Fills the row with an answer that no single walk gives; returns it. */
export function undecided(batch: usize, row: u32, reason: u32): u32 {
  store<u32>(columnAt(batch, EGRESS) + (row << 2), NO_OUTCOME);
  store<u32>(columnAt(batch, INGRESS) + (row << 2), NO_OUTCOME);
  copyAddress(columnAt(batch, JUDGED_DST) + (row << 4), columnAt(batch, DST) + (row << 4));
  const port = load<u16>(columnAt(batch, DPORT) + (row << 1));
  store<u16>(columnAt(batch, JUDGED_DPORT) + (row << 1), port);
  return result(VERDICT_UNDETERMINED, reason, HOOK_NONE);
}

/** Judges a row as if its fields were these; fills EGRESS, INGRESS and the judged destination. */
export function judgeKnown(
  tables: usize,
  batch: usize,
  row: u32,
  protocol: u32,
  key: u32,
  sourcePort: u32,
): u32 {
  const judgedDst = columnAt(batch, JUDGED_DST) + (row << 4);
  const judgedPort = columnAt(batch, JUDGED_DPORT) + (row << 1);
  const dstEntry = load<u32>(columnAt(batch, DST_ENTRY) + (row << 2));
  const virtual = virtualPortAt(tables, dstEntry, (protocol << 16) | key);
  let found: u32 = 0;
  let backends: u32 = 0;
  if (virtual !== 0) {
    const source = entryAt(tables, batch, SRC_ENTRY, row);
    const first = sectionAt(tables, SECTION_BACKENDS) + load<u32>(virtual + VIRTUAL_BACKENDS) * BACKEND_BYTES;
    let differ = false;
    // From the last to the first, so that what stays in the row is the first backend's.
    for (let index = load<u32>(virtual + VIRTUAL_COUNT); index > 0; index--) {
      const backend = first + (index - 1) * BACKEND_BYTES;
      if (!takesBackend(virtual, backend, source)) continue;
      const next = judgeBackend(tables, batch, row, virtual, backend, protocol, sourcePort);
      differ = differ || (backends !== 0 && verdictOf(next) !== verdictOf(found));
      found = next;
      backends++;
      copyAddress(judgedDst, backend + BACKEND_ADDRESS);
      store<u16>(judgedPort, <u16>load<u32>(backend + BACKEND_PORT));
    }
    if (differ) return undecided(batch, row, REASON_BACKENDS_DIFFER);
    if (backends !== 0) return found;
  }
  const src = columnAt(batch, SRC) + (row << 4);
  const dst = columnAt(batch, DST) + (row << 4);
  const source = entryAt(tables, batch, SRC_ENTRY, row);
  copyAddress(judgedDst, dst);
  store<u16>(judgedPort, load<u16>(columnAt(batch, DPORT) + (row << 1)));
  return judgePair(
    tables,
    source,
    source,
    0,
    entryAt(tables, batch, DST_ENTRY, row),
    0,
    false,
    isSameAddress(src, dst),
    protocol,
    key,
    sourcePort,
    columnAt(batch, EGRESS) + (row << 2),
    columnAt(batch, INGRESS) + (row << 2),
  );
}
