// Rows of flow logs that name pods, network sets or networks where an address would stand: every pair of what the two sides
// may be is judged, families apart, and verdicts that agree are the answer. Layout: tables/names-layout.ts. An address that
// something in the cluster has goes before a name.

import { ICMP, ICMPV6 } from '../../net/protocol-layout';
import {
  DST,
  DST_ENTRY,
  DST_NAME,
  FAMILY,
  HOOK,
  JUDGED_DST,
  PROTOCOL,
  QUOTED_SRC,
  REASON,
  SRC,
  SRC_ENTRY,
  SRC_NAME,
  VERDICT,
} from '../../packet/batch-layout';
import { SECTION_FACTS } from '../../tables/directory-layout';
import { ENTRY_NODE } from '../../tables/entry-layout';
import { FACTS_KNOBS, KNOB_HOSTS } from '../../tables/facts-layout';
import { NAME_NETWORK, NAME_NODES } from '../../tables/names-layout';
import { REASON_MISSING_FIELD, REASON_PODS_DIFFER } from '../../tables/verdict-layout';
import {
  ADDRESS,
  areApart,
  classAt,
  classesOf,
  entryOf,
  flagsOf,
  listOf,
  memberAt,
  membersOf,
  NO_LIST,
  nodeOf,
} from './candidates';
import { columnAt, sectionAt } from './identify';
import { undecided } from './judge-known';
import { judgeFields } from './judge-row';
import { storeResult, verdictOf } from './result';
import { copyAddress, isSameAddress } from './words';

/** No verdict yet, and two that differ. */
const NOTHING: u32 = 254;
const DIFFERENT: u32 = 253;
/** Addresses of a network that are tried one by one, to say why verdicts differ. */
const NETWORK_MEMBERS: u32 = 64;

/** Where a row's first pair is noted: [0] source's entry  [1] destination's entry  [2] family. The quote of a record is nothing. */
function notesOf(batch: usize, row: u32): usize {
  return columnAt(batch, QUOTED_SRC) + (row << 4);
}

/** Judges the row between two entries; the destination is the judged one unless it was translated. */
function judgeBetween(tables: usize, batch: usize, row: u32, from: u32, to: u32): u32 {
  store<u32>(columnAt(batch, SRC_ENTRY) + (row << 2), from);
  store<u32>(columnAt(batch, DST_ENTRY) + (row << 2), to);
  const src = columnAt(batch, SRC) + (row << 4);
  const dst = columnAt(batch, DST) + (row << 4);
  const high = load<u64>(dst);
  const low = load<u64>(dst, 8);
  // Equal addresses are a pod with itself: two pods of one name are not.
  if (from === to) copyAddress(dst, src);
  else if (isSameAddress(src, dst)) store<u64>(dst, low ^ 1, 8);
  const found = judgeFields(tables, batch, row);
  const judged = columnAt(batch, JUDGED_DST) + (row << 4);
  const isTranslated = !isSameAddress(judged, dst);
  store<u64>(dst, high);
  store<u64>(dst, low, 8);
  if (!isTranslated) copyAddress(judged, dst);
  return found;
}

function tryPair(tables: usize, batch: usize, row: u32, from: u32, to: u32, seen: u32): u32 {
  if (seen === NOTHING) {
    const notes = notesOf(batch, row);
    store<u32>(notes, from);
    store<u32>(notes, to, 4);
    store<u32>(notes, <u32>load<u8>(columnAt(batch, FAMILY) + row), 8);
  }
  const verdict = verdictOf(judgeBetween(tables, batch, row, from, to));
  return seen === NOTHING || seen === verdict ? verdict : DIFFERENT;
}

/** A pair of members on one node. */
function trySameNode(
  tables: usize,
  batch: usize,
  row: u32,
  sources: usize,
  source: u32,
  destinations: usize,
  destination: u32,
  seen: u32,
): u32 {
  const sourceCount = membersOf(sources);
  const destinationCount = membersOf(destinations);
  let left: u32 = 0;
  let right: u32 = 0;
  while (left < sourceCount && right < destinationCount) {
    const from = memberAt(sources, left, source);
    const to = memberAt(destinations, right, destination);
    const fromNode = nodeOf(tables, from);
    const toNode = nodeOf(tables, to);
    if (fromNode < toNode || fromNode === 0) left++;
    else if (toNode < fromNode) right++;
    else if (areApart(tables, from, to)) return tryPair(tables, batch, row, from, to, seen);
    else if (
      right + 1 < destinationCount &&
      nodeOf(tables, memberAt(destinations, right + 1, 0)) === fromNode
    )
      return tryPair(tables, batch, row, from, memberAt(destinations, right + 1, 0), seen);
    else left++;
  }
  return seen;
}

function isElsewhere(tables: usize, from: u32, to: u32): bool {
  const node = nodeOf(tables, from);
  return areApart(tables, from, to) && (node === 0 || node !== nodeOf(tables, to));
}

/** A pair of members on different nodes; of any two where `anywhere`. */
function tryOthers(
  tables: usize,
  batch: usize,
  row: u32,
  sources: usize,
  source: u32,
  destinations: usize,
  destination: u32,
  anywhere: bool,
  seen: u32,
): u32 {
  const from = memberAt(sources, 0, source);
  const to = memberAt(destinations, 0, destination);
  for (let index: u32 = 0; index < membersOf(destinations); index++) {
    const other = memberAt(destinations, index, destination);
    if (anywhere ? areApart(tables, from, other) : isElsewhere(tables, from, other))
      return tryPair(tables, batch, row, from, other, seen);
  }
  for (let index: u32 = 1; index < membersOf(sources); index++) {
    const other = memberAt(sources, index, source);
    if (anywhere ? areApart(tables, other, to) : isElsewhere(tables, other, to))
      return tryPair(tables, batch, row, other, to, seen);
  }
  return seen;
}

/** Judges the row between all classes of its sides until two verdicts differ. */
function tryClasses(
  tables: usize,
  batch: usize,
  row: u32,
  sources: usize,
  source: u32,
  destinations: usize,
  destination: u32,
  isItself: bool,
  seen: u32,
): u32 {
  const knobs = load<u32>(sectionAt(tables, SECTION_FACTS) + (FACTS_KNOBS << 2));
  const onNodes =
    (knobs & KNOB_HOSTS) !== 0 ||
    ((flagsOf(sources) | flagsOf(destinations)) & NAME_NODES) !== 0 ||
    (sources === ADDRESS && load<u32>(entryOf(tables, source) + ENTRY_NODE) !== 0) ||
    (destinations === ADDRESS && load<u32>(entryOf(tables, destination) + ENTRY_NODE) !== 0);
  for (let left: u32 = 0; left < classesOf(sources); left++) {
    const from = classAt(tables, sources, left);
    for (let right: u32 = 0; right < classesOf(destinations) && seen !== DIFFERENT; right++) {
      const to = classAt(tables, destinations, right);
      if (isItself) {
        const entry = memberAt(from, 0, source);
        if (entry === memberAt(to, 0, destination)) seen = tryPair(tables, batch, row, entry, entry, seen);
        continue;
      }
      seen = tryOthers(tables, batch, row, from, source, to, destination, !onNodes, seen);
      if (onNodes && seen !== DIFFERENT)
        seen = trySameNode(tables, batch, row, from, source, to, destination, seen);
    }
  }
  return seen;
}

/** Whether packets of the row's protocol are of the family. */
function fits(batch: usize, row: u32, family: u32): bool {
  const protocol = <u32>load<u8>(columnAt(batch, PROTOCOL) + row);
  return protocol !== (family === 4 ? <u32>ICMPV6 : <u32>ICMP);
}

/** What the row's source may be in a family. */
function sourcesOf(tables: usize, batch: usize, row: u32, source: u32, family: u32, ownFamily: u32): usize {
  const name = load<u32>(columnAt(batch, SRC_NAME) + (row << 2));
  return listOf(tables, columnAt(batch, SRC) + (row << 4), source, name, family, ownFamily);
}

/** What its destination may be. */
function destinationsOf(
  tables: usize,
  batch: usize,
  row: u32,
  destination: u32,
  family: u32,
  ownFamily: u32,
): usize {
  const name = load<u32>(columnAt(batch, DST_NAME) + (row << 2));
  return listOf(tables, columnAt(batch, DST) + (row << 4), destination, name, family, ownFamily);
}

/** The same in one family. `isItself`: only what has the same address on both sides, without: only what has not. */
function tryFamily(
  tables: usize,
  batch: usize,
  row: u32,
  family: u32,
  source: u32,
  destination: u32,
  isItself: bool,
  ownFamily: u32,
  seen: u32,
): u32 {
  if (!fits(batch, row, family)) return seen;
  const from = sourcesOf(tables, batch, row, source, family, ownFamily);
  const to = destinationsOf(tables, batch, row, destination, family, ownFamily);
  if (from === NO_LIST || to === NO_LIST) return seen;
  store<u8>(columnAt(batch, FAMILY) + row, <u8>family);
  return tryClasses(tables, batch, row, from, source, to, destination, isItself, seen);
}

/** Judges the row between all that its sides may be. */
function tryBoth(
  tables: usize,
  batch: usize,
  row: u32,
  source: u32,
  destination: u32,
  ownFamily: u32,
  isItself: bool,
): u32 {
  const four = tryFamily(tables, batch, row, 4, source, destination, isItself, ownFamily, NOTHING);
  if (four === DIFFERENT) return DIFFERENT;
  return tryFamily(tables, batch, row, 6, source, destination, isItself, ownFamily, four);
}

function isNetwork(list: usize): bool {
  return (flagsOf(list) & NAME_NETWORK) !== 0;
}

/** Whether the pods of a family differ for one and the same address of the network on the other side. */
function podsDiffer(tables: usize, batch: usize, row: u32, from: usize, to: usize): bool {
  const isSource = isNetwork(from);
  const network = isSource ? from : to;
  let tried: u32 = 0;
  for (let index: u32 = 0; index < classesOf(network); index++) {
    const members = classAt(tables, network, index);
    for (let member: u32 = 0; member < membersOf(members) && tried < NETWORK_MEMBERS; member++) {
      const entry = memberAt(members, member, 0);
      const seen = isSource
        ? tryClasses(tables, batch, row, ADDRESS, entry, to, 0, false, NOTHING)
        : tryClasses(tables, batch, row, from, 0, ADDRESS, entry, false, NOTHING);
      if (seen === DIFFERENT) return true;
      tried++;
    }
  }
  return false;
}

/** Why verdicts differ: because pods do, or because of where in a network the other side is. */
function reasonOfDifference(
  tables: usize,
  batch: usize,
  row: u32,
  source: u32,
  destination: u32,
  ownFamily: u32,
): u32 {
  let hasPods = false;
  let hasNetworks = false;
  for (let family: u32 = 4; family <= 6; family += 2) {
    const from = sourcesOf(tables, batch, row, source, family, ownFamily);
    const to = destinationsOf(tables, batch, row, destination, family, ownFamily);
    if (from === NO_LIST || to === NO_LIST || !fits(batch, row, family)) continue;
    const pods = (from > ADDRESS && !isNetwork(from)) || (to > ADDRESS && !isNetwork(to));
    const networks = isNetwork(from) || isNetwork(to);
    hasPods = hasPods || pods;
    hasNetworks = hasNetworks || networks;
    if (!pods || !networks) continue;
    store<u8>(columnAt(batch, FAMILY) + row, <u8>family);
    if (podsDiffer(tables, batch, row, from, to)) return REASON_PODS_DIFFER;
  }
  return hasPods && !hasNetworks ? REASON_PODS_DIFFER : REASON_MISSING_FIELD;
}

/** Judges a row of which a side is named, and fills all that classify fills. */
export function judgeNamed(tables: usize, batch: usize, row: u32): void {
  const families = columnAt(batch, FAMILY) + row;
  const ownFamily = <u32>load<u8>(families);
  const source = load<u32>(columnAt(batch, SRC_ENTRY) + (row << 2));
  const destination = load<u32>(columnAt(batch, DST_ENTRY) + (row << 2));
  let seen = tryBoth(tables, batch, row, source, destination, ownFamily, false);
  // A pod with itself counts only where the names leave nothing else.
  if (seen === NOTHING) seen = tryBoth(tables, batch, row, source, destination, ownFamily, true);
  let found: u32 = 0;
  if (seen === NOTHING) found = undecided(batch, row, REASON_MISSING_FIELD);
  else if (seen === DIFFERENT) {
    const reason = reasonOfDifference(tables, batch, row, source, destination, ownFamily);
    found = undecided(batch, row, reason);
  } else {
    const notes = notesOf(batch, row);
    store<u8>(families, load<u8>(notes, 8));
    found = judgeBetween(tables, batch, row, load<u32>(notes), load<u32>(notes, 4));
  }
  store<u8>(families, <u8>ownFamily);
  storeResult(
    found,
    columnAt(batch, VERDICT) + row,
    columnAt(batch, REASON) + row,
    columnAt(batch, HOOK) + row,
  );
}
