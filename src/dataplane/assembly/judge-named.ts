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
  PROTOCOL,
  REASON,
  SRC,
  SRC_ENTRY,
  SRC_NAME,
  VERDICT,
} from '../../packet/batch-layout';
import { NAME_NETWORK } from '../../tables/names-layout';
import { REASON_MISSING_FIELD, REASON_PODS_DIFFER } from '../../tables/verdict-layout';
import { ADDRESS, classAt, classesOf, flagsOf, listOf, memberAt, membersOf, NO_LIST } from './candidates';
import { columnAt } from './identify';
import { undecided } from './judge-known';
import { DIFFERENT, judgeBetween, NOTHING, notesOf, tryClasses } from './named-pairs';
import { storeResult } from './result';

/** Addresses of a network that are tried one by one, to say why verdicts differ. */
const NETWORK_MEMBERS: u32 = 64;

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
