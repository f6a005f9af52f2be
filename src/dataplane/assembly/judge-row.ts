// One first packet → verdict, by itself: services, fields that are not known, and everything else that classify.ts sets
// apart. policy/judge/judge.ts is the same over the model.

import { DISCOVERY_FIRST } from '../../net/protocol-layout';
import {
  DPORT,
  DST_ENTRY,
  FLAG_PORTS,
  FLAGS,
  HOOK,
  PROTOCOL,
  REASON,
  SPORT,
  SRC_ENTRY,
  VERDICT,
} from '../../packet/batch-layout';
import { SECTION_BACKENDS, SECTION_ENTRIES, SECTION_VIRTUAL_PORTS } from '../../tables/directory-layout';
import {
  ENTRY_BYTES,
  ENTRY_EGRESS,
  ENTRY_FIRST_VIRTUAL,
  ENTRY_FLAGS,
  ENTRY_HOST,
  ENTRY_INGRESS,
} from '../../tables/entry-layout';
import { HOST_MAPS_FAMILY } from '../../tables/hosts-layout';
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
  BACKEND_BYTES,
  BACKEND_ENTRY,
  VIRTUAL_BACKENDS,
  VIRTUAL_BYTES,
  VIRTUAL_COUNT,
  VIRTUAL_NEXT,
  VIRTUAL_PORT,
  VIRTUAL_ROWS,
} from '../../tables/service-layout';
import { REASON_MISSING_FIELD } from '../../tables/verdict-layout';
import { hostMapOfRow } from './host-hook';
import { columnAt, sectionAt } from './identify';
import { isTranslated, judgeKnown, translatedEntry, undecided } from './judge-known';
import { entryAt } from './judge-pair';
import { nodeOf } from './judge-path';
import { portGroup, programAt, startsAt } from './program';
import { storeResult, verdictOf } from './result';
import { virtualPortAt } from './service';

/** No verdict yet, and two that differ. */
const NOTHING: u32 = 254;
const DIFFERENT: u32 = 253;
/** First key of ICMPv6's discovery types. */
const DISCOVERY_KEY: u32 = DISCOVERY_FIRST << 8;

/** One verdict, or DIFFERENT. */
function agree(seen: u32, verdict: u32): u32 {
  return seen === NOTHING || seen === verdict ? verdict : DIFFERENT;
}

/** Where a program's row lies in memory, given its number plus 1; 0 without. */
function optionalProgram(tables: usize, program: u32): usize {
  return program === 0 ? 0 : programAt(tables, program - 1);
}

/** Judges a row at every source port where the classes of a program, or of an own map, change. */
function tryProgramSources(
  tables: usize,
  batch: usize,
  row: u32,
  protocol: u32,
  key: u32,
  at: usize,
  seen: u32,
): u32 {
  if (at === 0) return seen;
  if ((load<u32>(at + PROGRAM_FLAGS) & PROGRAM_TESTS_SOURCE_PORTS) === 0) return seen;
  const starts = startsAt(tables, load<u32>(at + PROGRAM_SOURCE_PORTS), portGroup(tables, protocol));
  const count = load<u32>(starts);
  for (let index: u32 = 1; index <= count && seen !== DIFFERENT; index++) {
    const port = max<u32>(load<u32>(starts + (index << 2)), 1);
    seen = agree(seen, verdictOf(judgeKnown(tables, batch, row, protocol, key, port)));
  }
  return seen;
}

/** The same for every hook of the node that an address entry belongs to. */
function tryHostSources(
  tables: usize,
  batch: usize,
  row: u32,
  protocol: u32,
  key: u32,
  entry: usize,
  seen: u32,
): u32 {
  if ((load<u32>(entry + ENTRY_FLAGS) & ENTRY_HOST) === 0) return seen;
  const node = nodeOf(entry);
  for (let number: u32 = 0; number < <u32>HOST_MAPS_FAMILY; number++) {
    const map = hostMapOfRow(tables, batch, row, node, number);
    seen = tryProgramSources(tables, batch, row, protocol, key, map, seen);
  }
  return seen;
}

/** Judges a row whose source port is not known, at one destination port. */
function trySources(tables: usize, batch: usize, row: u32, protocol: u32, key: u32, seen: u32): u32 {
  const entries = sectionAt(tables, SECTION_ENTRIES);
  const source = entryAt(tables, batch, SRC_ENTRY, row);
  const destination = entryAt(tables, batch, DST_ENTRY, row);
  const own = optionalProgram(tables, load<u32>(source + ENTRY_EGRESS));
  seen = tryProgramSources(tables, batch, row, protocol, key, own, seen);
  const peer = optionalProgram(tables, load<u32>(destination + ENTRY_INGRESS));
  seen = tryProgramSources(tables, batch, row, protocol, key, peer, seen);
  seen = tryHostSources(tables, batch, row, protocol, key, source, seen);
  seen = tryHostSources(tables, batch, row, protocol, key, destination, seen);
  const dstEntry = load<u32>(columnAt(batch, DST_ENTRY) + (row << 2));
  const virtual = virtualPortAt(tables, dstEntry, (protocol << 16) | key);
  if (virtual !== 0) {
    const first = sectionAt(tables, SECTION_BACKENDS) + load<u32>(virtual + VIRTUAL_BACKENDS) * BACKEND_BYTES;
    const count = load<u32>(virtual + VIRTUAL_COUNT);
    for (let index: u32 = 0; index < count; index++) {
      const entry = entries + load<u32>(first + index * BACKEND_BYTES + BACKEND_ENTRY) * ENTRY_BYTES;
      const program = optionalProgram(tables, load<u32>(entry + ENTRY_INGRESS));
      seen = tryProgramSources(tables, batch, row, protocol, key, program, seen);
      seen = tryHostSources(tables, batch, row, protocol, key, entry, seen);
    }
  }
  if (isTranslated(batch, row)) {
    const entry = translatedEntry(tables, batch, row);
    const program = optionalProgram(tables, load<u32>(entry + ENTRY_INGRESS));
    seen = tryProgramSources(tables, batch, row, protocol, key, program, seen);
    seen = tryHostSources(tables, batch, row, protocol, key, entry, seen);
  }
  return agree(seen, verdictOf(judgeKnown(tables, batch, row, protocol, key, 1)));
}

/** Judges a row at every key where the port classes of a program, or of an own map, change. */
function tryProgramKeys(
  tables: usize,
  batch: usize,
  row: u32,
  protocol: u32,
  lowest: u32,
  at: usize,
  seen: u32,
): u32 {
  if (at === 0) return seen;
  const ports = load<u32>(at + PROGRAM_PORTS);
  const starts = startsAt(tables, ports, portGroup(tables, protocol));
  const count = load<u32>(starts);
  for (let index: u32 = 1; index <= count && seen !== DIFFERENT; index++) {
    const key = max<u32>(load<u32>(starts + (index << 2)), lowest);
    seen = trySources(tables, batch, row, protocol, key, seen);
  }
  return seen;
}

/** The same for every hook of the node that an address entry belongs to. */
function tryHostKeys(
  tables: usize,
  batch: usize,
  row: u32,
  protocol: u32,
  lowest: u32,
  entry: usize,
  seen: u32,
): u32 {
  if ((load<u32>(entry + ENTRY_FLAGS) & ENTRY_HOST) === 0) return seen;
  const node = nodeOf(entry);
  for (let number: u32 = 0; number < <u32>HOST_MAPS_FAMILY; number++) {
    const map = hostMapOfRow(tables, batch, row, node, number);
    seen = tryProgramKeys(tables, batch, row, protocol, lowest, map, seen);
  }
  return seen;
}

/** Judges a row whose ports, or ICMP type and code, are not known: at every key that may make a difference. */
function tryKeys(tables: usize, batch: usize, row: u32, protocol: u32, group: u32): u32 {
  const source = entryAt(tables, batch, SRC_ENTRY, row);
  const destination = entryAt(tables, batch, DST_ENTRY, row);
  const lowest: u32 = group > <u32>GROUP_SCTP ? 0 : 1;
  const own = optionalProgram(tables, load<u32>(source + ENTRY_EGRESS));
  let seen = tryProgramKeys(tables, batch, row, protocol, lowest, own, NOTHING);
  const peer = optionalProgram(tables, load<u32>(destination + ENTRY_INGRESS));
  seen = tryProgramKeys(tables, batch, row, protocol, lowest, peer, seen);
  seen = tryHostKeys(tables, batch, row, protocol, lowest, source, seen);
  seen = tryHostKeys(tables, batch, row, protocol, lowest, destination, seen);
  if (group === GROUP_ICMPV6) seen = trySources(tables, batch, row, protocol, DISCOVERY_KEY, seen);
  if (group <= <u32>GROUP_SCTP) {
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

/** Judges one row by its address entries and fills all that classify fills but verdict, reason and hook, which it returns. */
export function judgeFields(tables: usize, batch: usize, row: u32): u32 {
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
  return seen === DIFFERENT
    ? undecided(batch, row, REASON_MISSING_FIELD)
    : judgeKnown(tables, batch, row, protocol, key, sourcePort);
}

/** Judges one row and fills all that classify fills. */
export function judgeRow(tables: usize, batch: usize, row: u32): void {
  storeResult(
    judgeFields(tables, batch, row),
    columnAt(batch, VERDICT) + row,
    columnAt(batch, REASON) + row,
    columnAt(batch, HOOK) + row,
  );
}
