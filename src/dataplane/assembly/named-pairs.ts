// Judges a row of a flow log between members of what its two sides may be, until two verdicts differ. Where nodes matter, members on one node
// and on two are tried apart. Which lists are tried, and what is made of the answers: judge-named.ts.

import { DST, DST_ENTRY, FAMILY, JUDGED_DST, QUOTED_SRC, SRC, SRC_ENTRY } from '../../packet/batch-layout';
import { SECTION_FACTS } from '../../tables/directory-layout';
import { ENTRY_NODE } from '../../tables/entry-layout';
import { FACTS_KNOBS, KNOB_HOSTS } from '../../tables/facts-layout';
import { NAME_NODES } from '../../tables/names-layout';
import {
  ADDRESS,
  areApart,
  classAt,
  classesOf,
  entryOf,
  flagsOf,
  memberAt,
  membersOf,
  nodeOf,
} from './candidates';
import { columnAt, sectionAt } from './identify';
import { judgeFields } from './judge-row';
import { verdictOf } from './result';
import { copyAddress, isSameAddress } from './words';

/** No verdict yet, and two that differ. */
export const NOTHING: u32 = 254;
export const DIFFERENT: u32 = 253;
/** Where a row's first pair is noted: [0] source's entry  [1] destination's entry  [2] family. The quote of a record is nothing. */
export function notesOf(batch: usize, row: u32): usize {
  return columnAt(batch, QUOTED_SRC) + (row << 4);
}

/** Judges the row between two entries; the destination is the judged one unless it was translated. */
export function judgeBetween(tables: usize, batch: usize, row: u32, from: u32, to: u32): u32 {
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
export function tryClasses(
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
