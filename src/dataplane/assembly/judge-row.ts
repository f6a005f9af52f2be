// One first packet → verdict, by itself: services, fields that are not known, and everything else that classify.ts sets
// apart. policy/judge.ts is the same over the model.

import {
  DPORT,
  DST,
  DST_ENTRY,
  EGRESS,
  FLAG_PORTS,
  FLAGS,
  HOOK,
  INGRESS,
  JUDGED_DPORT,
  JUDGED_DST,
  PROTOCOL,
  REASON,
  SPORT,
  SRC,
  SRC_ENTRY,
  VERDICT,
} from '../../packet/batch-layout';
import {
  SECTION_BACKENDS,
  SECTION_ENTRIES,
  SECTION_FACTS,
  SECTION_VIRTUAL_PORTS,
} from '../../tables/directory-layout';
import {
  ENTRY_BYTES,
  ENTRY_EGRESS,
  ENTRY_FIRST_VIRTUAL,
  ENTRY_INGRESS,
  ENTRY_NODE,
  ENTRY_OWNER,
  ENTRY_OWNER_NODE,
} from '../../tables/entry-layout';
import { FACTS_KNOBS, KNOB_NODE_PORT_SOURCE_UNSPECIFIED } from '../../tables/facts-layout';
import {
  GROUP_ICMPV6,
  GROUP_OTHER,
  GROUP_SCTP,
  PROGRAM_FLAGS,
  PROGRAM_PORTS,
  PROGRAM_SOURCE_PORTS,
  PROGRAM_TESTS_SOURCE_PORTS,
} from '../../tables/program-layout';
import {
  BACKEND_ADDRESS,
  BACKEND_BEFORE,
  BACKEND_BYTES,
  BACKEND_ENTRY,
  BACKEND_NODE,
  BACKEND_PORT,
  VIRTUAL_BACKENDS,
  VIRTUAL_BYTES,
  VIRTUAL_COUNT,
  VIRTUAL_EXTERNAL_LOCAL,
  VIRTUAL_FLAGS,
  VIRTUAL_INTERNAL_LOCAL,
  VIRTUAL_NEXT,
  VIRTUAL_NODE,
  VIRTUAL_NODE_PORT,
  VIRTUAL_PORT,
  VIRTUAL_ROWS,
} from '../../tables/service-layout';
import {
  HOOK_NONE,
  NO_OUTCOME,
  REASON_BACKENDS_DIFFER,
  REASON_MISSING_FIELD,
  VERDICT_UNDETERMINED,
} from '../../tables/verdict-layout';
import { columnAt, sectionAt } from './identify';
import { judgePair, VXLAN_PORT } from './judge-pair';
import { portGroup, programAt, startsAt } from './program';
import { result, storeResult, verdictOf } from './result';
import { virtualPortAt } from './service';

/** No verdict yet, and two that differ. */
const NOTHING: u32 = 254;
const DIFFERENT: u32 = 253;
/** First key of ICMPv6's discovery types. */
const DISCOVERY_KEY: u32 = 130 << 8;

export function copyAddress(from: usize, to: usize): void {
  store<u64>(to, load<u64>(from));
  store<u64>(to + 8, load<u64>(from + 8));
}

function isSameAddress(left: usize, right: usize): bool {
  return load<u64>(left) === load<u64>(right) && load<u64>(left + 8) === load<u64>(right + 8);
}

function entryAt(tables: usize, batch: usize, column: u32, row: u32): usize {
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
function undecided(batch: usize, row: u32, reason: u32): u32 {
  store<u32>(columnAt(batch, EGRESS) + (row << 2), NO_OUTCOME);
  store<u32>(columnAt(batch, INGRESS) + (row << 2), NO_OUTCOME);
  copyAddress(columnAt(batch, DST) + (row << 4), columnAt(batch, JUDGED_DST) + (row << 4));
  const port = load<u16>(columnAt(batch, DPORT) + (row << 1));
  store<u16>(columnAt(batch, JUDGED_DPORT) + (row << 1), port);
  return result(VERDICT_UNDETERMINED, reason, HOOK_NONE);
}

/** Judges a row as if its fields were these; fills EGRESS, INGRESS and the judged destination. */
function judgeKnown(tables: usize, batch: usize, row: u32, protocol: u32, key: u32, sourcePort: u32): u32 {
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
      copyAddress(backend + BACKEND_ADDRESS, judgedDst);
      store<u16>(judgedPort, <u16>load<u32>(backend + BACKEND_PORT));
    }
    if (differ) return undecided(batch, row, REASON_BACKENDS_DIFFER);
    if (backends !== 0) return found;
  }
  const src = columnAt(batch, SRC) + (row << 4);
  const dst = columnAt(batch, DST) + (row << 4);
  const source = entryAt(tables, batch, SRC_ENTRY, row);
  copyAddress(dst, judgedDst);
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

/** One verdict, or DIFFERENT. */
function agree(seen: u32, verdict: u32): u32 {
  return seen === NOTHING || seen === verdict ? verdict : DIFFERENT;
}

/** Judges a row at every source port where a program's classes change. */
function tryProgramSources(
  tables: usize,
  batch: usize,
  row: u32,
  protocol: u32,
  key: u32,
  program: u32,
  seen: u32,
): u32 {
  if (program === 0) return seen;
  const at = programAt(tables, program - 1);
  if ((load<u32>(at + PROGRAM_FLAGS) & PROGRAM_TESTS_SOURCE_PORTS) === 0) return seen;
  const starts = startsAt(tables, load<u32>(at + PROGRAM_SOURCE_PORTS), portGroup(tables, protocol));
  const count = load<u32>(starts);
  for (let index: u32 = 1; index <= count && seen !== DIFFERENT; index++) {
    const port = max<u32>(load<u32>(starts + (index << 2)), 1);
    seen = agree(seen, verdictOf(judgeKnown(tables, batch, row, protocol, key, port)));
  }
  return seen;
}

/** Judges a row whose source port is not known, at one destination port. */
function trySources(tables: usize, batch: usize, row: u32, protocol: u32, key: u32, seen: u32): u32 {
  const entries = sectionAt(tables, SECTION_ENTRIES);
  const source = entryAt(tables, batch, SRC_ENTRY, row);
  const destination = entryAt(tables, batch, DST_ENTRY, row);
  const own = load<u32>(source + ENTRY_EGRESS);
  seen = tryProgramSources(tables, batch, row, protocol, key, own, seen);
  const peer = load<u32>(destination + ENTRY_INGRESS);
  seen = tryProgramSources(tables, batch, row, protocol, key, peer, seen);
  const dstEntry = load<u32>(columnAt(batch, DST_ENTRY) + (row << 2));
  const virtual = virtualPortAt(tables, dstEntry, (protocol << 16) | key);
  if (virtual !== 0) {
    const first = sectionAt(tables, SECTION_BACKENDS) + load<u32>(virtual + VIRTUAL_BACKENDS) * BACKEND_BYTES;
    const count = load<u32>(virtual + VIRTUAL_COUNT);
    for (let index: u32 = 0; index < count; index++) {
      const entry = entries + load<u32>(first + index * BACKEND_BYTES + BACKEND_ENTRY) * ENTRY_BYTES;
      const program = load<u32>(entry + ENTRY_INGRESS);
      seen = tryProgramSources(tables, batch, row, protocol, key, program, seen);
    }
  }
  return agree(seen, verdictOf(judgeKnown(tables, batch, row, protocol, key, 1)));
}

/** Judges a row at every key where a program's port classes change. */
function tryProgramKeys(
  tables: usize,
  batch: usize,
  row: u32,
  protocol: u32,
  lowest: u32,
  program: u32,
  seen: u32,
): u32 {
  if (program === 0) return seen;
  const ports = load<u32>(programAt(tables, program - 1) + PROGRAM_PORTS);
  const starts = startsAt(tables, ports, portGroup(tables, protocol));
  const count = load<u32>(starts);
  for (let index: u32 = 1; index <= count && seen !== DIFFERENT; index++) {
    const key = max<u32>(load<u32>(starts + (index << 2)), lowest);
    seen = trySources(tables, batch, row, protocol, key, seen);
  }
  return seen;
}

/** Judges a row whose ports, or ICMP type and code, are not known: at every key that may make a difference. */
function tryKeys(tables: usize, batch: usize, row: u32, protocol: u32, group: u32): u32 {
  const source = entryAt(tables, batch, SRC_ENTRY, row);
  const destination = entryAt(tables, batch, DST_ENTRY, row);
  const lowest: u32 = group > <u32>GROUP_SCTP ? 0 : 1;
  const own = load<u32>(source + ENTRY_EGRESS);
  let seen = tryProgramKeys(tables, batch, row, protocol, lowest, own, NOTHING);
  const peer = load<u32>(destination + ENTRY_INGRESS);
  seen = tryProgramKeys(tables, batch, row, protocol, lowest, peer, seen);
  if (group === GROUP_ICMPV6) seen = trySources(tables, batch, row, protocol, DISCOVERY_KEY, seen);
  if (group <= <u32>GROUP_SCTP) {
    seen = trySources(tables, batch, row, protocol, VXLAN_PORT, seen);
    seen = trySources(tables, batch, row, protocol, VXLAN_PORT + 1, seen);
    const rows = sectionAt(tables, SECTION_VIRTUAL_PORTS) + VIRTUAL_ROWS;
    let next = load<u32>(destination + ENTRY_FIRST_VIRTUAL);
    while (next !== 0 && seen !== DIFFERENT) {
      const virtual = rows + (next - 1) * VIRTUAL_BYTES;
      const port = load<u32>(virtual + VIRTUAL_PORT);
      if (port >> 16 === protocol) {
        seen = trySources(tables, batch, row, protocol, port & 0xffff, seen);
        seen = trySources(tables, batch, row, protocol, min<u32>((port & 0xffff) + 1, 0xffff), seen);
      }
      next = load<u32>(virtual + VIRTUAL_NEXT);
    }
  }
  return trySources(tables, batch, row, protocol, lowest, seen);
}

/** Judges one row and fills all that classify fills. */
export function judgeRow(tables: usize, batch: usize, row: u32): void {
  const protocol = <u32>load<u8>(columnAt(batch, PROTOCOL) + row);
  const group = portGroup(tables, protocol);
  const hasPorts = (load<u16>(columnAt(batch, FLAGS) + (row << 1)) & FLAG_PORTS) !== 0;
  const known = <u32>load<u16>(columnAt(batch, DPORT) + (row << 1));
  let key = group === GROUP_OTHER ? protocol : known;
  let sourcePort = <u32>load<u16>(columnAt(batch, SPORT) + (row << 1));
  let seen = NOTHING;
  if (group !== GROUP_OTHER && !hasPorts) {
    seen = tryKeys(tables, batch, row, protocol, group);
    key = group > <u32>GROUP_SCTP ? 0 : 1;
    sourcePort = 1;
  } else if (group <= <u32>GROUP_SCTP && sourcePort === 0) {
    seen = trySources(tables, batch, row, protocol, key, seen);
    sourcePort = 1;
  }
  const found =
    seen === DIFFERENT
      ? undecided(batch, row, REASON_MISSING_FIELD)
      : judgeKnown(tables, batch, row, protocol, key, sourcePort);
  storeResult(
    found,
    columnAt(batch, VERDICT) + row,
    columnAt(batch, REASON) + row,
    columnAt(batch, HOOK) + row,
  );
}
