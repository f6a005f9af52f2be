// One first packet whose fields are all known: at each backend of a service, where the trace tells that it went, or at the
// destination itself.

import {
  DPORT,
  DST,
  DST_ENTRY,
  FAMILY,
  FLAG_PORTS,
  FLAG_TRANSLATED,
  FLAGS,
  JUDGED_DPORT,
  JUDGED_DST,
  SRC_ENTRY,
  TRANSLATED_DPORT,
  TRANSLATED_DST,
} from '../../packet/batch-layout';
import { SECTION_BACKENDS, SECTION_ENTRIES } from '../../tables/directory-layout';
import { ENTRY_BYTES, ENTRY_NODE, ENTRY_OWNER, ENTRY_OWNER_NODE } from '../../tables/entry-layout';
import { GROUP_SCTP } from '../../tables/program-layout';
import {
  BACKEND_ADDRESS,
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
} from '../../tables/service-layout';
import { HOOK_NONE, REASON_BACKENDS_DIFFER, VERDICT_UNDETERMINED } from '../../tables/verdict-layout';
import { beginRow } from './host-hook';
import { columnAt, entryOf, sectionAt } from './identify';
import { entryAt, judgePair } from './judge-pair';
import { portGroup } from './program';
import { result, verdictOf } from './result';
import { backendAt, virtualPortAt } from './service';
import { copyAddress } from './words';

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

/** Fills the row with an answer that no single walk gives; returns it. */
export function undecided(batch: usize, row: u32, reason: u32): u32 {
  beginRow(batch, row);
  copyAddress(columnAt(batch, JUDGED_DST) + (row << 4), columnAt(batch, DST) + (row << 4));
  const port = load<u16>(columnAt(batch, DPORT) + (row << 1));
  store<u16>(columnAt(batch, JUDGED_DPORT) + (row << 1), port);
  return result(VERDICT_UNDETERMINED, reason, HOOK_NONE);
}

/** Whether the trace tells where the packet went behind its destination. */
export function isTranslated(batch: usize, row: u32): bool {
  const both = FLAG_TRANSLATED | FLAG_PORTS;
  return (<u32>load<u16>(columnAt(batch, FLAGS) + (row << 1)) & both) === both;
}

/** Where the address entry of the translated destination lies in memory. */
export function translatedEntry(tables: usize, batch: usize, row: u32): usize {
  const family = <u32>load<u8>(columnAt(batch, FAMILY) + row);
  const entry = entryOf(tables, family, columnAt(batch, TRANSLATED_DST) + (row << 4));
  return sectionAt(tables, SECTION_ENTRIES) + entry * ENTRY_BYTES;
}

/** Judges a row at the one destination that the trace tells: as a backend of the service that was dialled when it is one. */
function judgeTranslated(
  tables: usize,
  batch: usize,
  row: u32,
  virtual: usize,
  protocol: u32,
  key: u32,
  sourcePort: u32,
): u32 {
  const address = columnAt(batch, TRANSLATED_DST) + (row << 4);
  const port = load<u16>(columnAt(batch, TRANSLATED_DPORT) + (row << 1));
  copyAddress(columnAt(batch, JUDGED_DST) + (row << 4), address);
  store<u16>(columnAt(batch, JUDGED_DPORT) + (row << 1), port);
  const backend: usize = virtual === 0 ? 0 : backendAt(tables, virtual, address, port, true);
  const service: usize = backend === 0 ? 0 : virtual;
  const keyThere = portGroup(tables, protocol) <= <u32>GROUP_SCTP ? <u32>port : key;
  const target = translatedEntry(tables, batch, row);
  return judgePair(tables, batch, row, target, service, backend, protocol, key, keyThere, sourcePort);
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
  if (isTranslated(batch, row))
    return judgeTranslated(tables, batch, row, virtual, protocol, key, sourcePort);
  let found: u32 = 0;
  let backends: u32 = 0;
  if (virtual !== 0) {
    const source = entryAt(tables, batch, SRC_ENTRY, row);
    const first = sectionAt(tables, SECTION_BACKENDS) + load<u32>(virtual + VIRTUAL_BACKENDS) * BACKEND_BYTES;
    const entries = sectionAt(tables, SECTION_ENTRIES);
    let differ = false;
    // From the last to the first, so that what stays in the row is the first backend's.
    for (let index = load<u32>(virtual + VIRTUAL_COUNT); index > 0; index--) {
      const backend = first + (index - 1) * BACKEND_BYTES;
      if (!takesBackend(virtual, backend, source)) continue;
      const target = entries + load<u32>(backend + BACKEND_ENTRY) * ENTRY_BYTES;
      const port = load<u32>(backend + BACKEND_PORT);
      copyAddress(judgedDst, backend + BACKEND_ADDRESS);
      store<u16>(judgedPort, <u16>port);
      const next = judgePair(tables, batch, row, target, virtual, backend, protocol, key, port, sourcePort);
      differ = differ || (backends !== 0 && verdictOf(next) !== verdictOf(found));
      found = next;
      backends++;
    }
    if (differ) return undecided(batch, row, REASON_BACKENDS_DIFFER);
    if (backends !== 0) return found;
  }
  copyAddress(judgedDst, columnAt(batch, DST) + (row << 4));
  store<u16>(judgedPort, load<u16>(columnAt(batch, DPORT) + (row << 1)));
  const target = entryAt(tables, batch, DST_ENTRY, row);
  return judgePair(tables, batch, row, target, 0, 0, protocol, key, key, sourcePort);
}
