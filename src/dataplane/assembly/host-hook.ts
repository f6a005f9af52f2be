// One hook of a node's host endpoint: own side → program → answer, and where its outcome goes. Layout:
// tables/hosts-layout.ts; columns: EGRESS, INGRESS and EXTRA of packet/batch-layout.ts.
//
// A result of such a hook is a result of result.ts; the place of its outcome in EXTRA plus 1 stands in bits 24 to 27, 0 when
// it stands in EGRESS or INGRESS.

import {
  EGRESS,
  EXTRA,
  EXTRA_COUNT,
  EXTRA_COUNT_MASK,
  EXTRA_MOST,
  EXTRA_UNTRACKED,
  FAMILY,
  INGRESS,
  PROTOCOL,
} from '../../packet/batch-layout';
import { SECTION_HOSTS } from '../../tables/directory-layout';
import { ENTRY_FLAGS, ENTRY_IDENTITY, ENTRY_TUNNEL, ENTRY_TUNNEL_ACROSS } from '../../tables/entry-layout';
import {
  HOST_BYTES,
  HOST_HOOK_FIRST,
  HOST_IS_KNOWN,
  HOST_MAPS,
  HOST_MAPS_FAMILY,
  HOST_MASQUERADE4,
  HOST_MASQUERADE6,
  HOST_NETWORKS4,
  HOST_NETWORKS6,
  HOSTS_ROWS,
  INTERFACE_MAIN,
  INTERFACE_TUNNEL,
  INTERFACES,
} from '../../tables/hosts-layout';
import {
  CELL_ORDINAL,
  CELL_WIDTH,
  PROGRAM_FLAGS,
  PROGRAM_OUTCOMES,
  WIDTH_MASK,
} from '../../tables/program-layout';
import {
  HOOK_FORWARD_EGRESS,
  HOOK_FORWARD_INGRESS,
  HOOK_HOST_EGRESS,
  HOOK_HOST_INGRESS,
  HOOK_NONE,
  HOOK_UNTRACKED_EGRESS,
  HOOK_UNTRACKED_INGRESS,
  NO_OUTCOME,
  REASON_NONE,
  VERDICT_ALLOW,
  VERDICT_DENY,
  VERDICT_UNDETERMINED,
} from '../../tables/verdict-layout';
import { columnAt, sectionAt } from './identify';
import { cellOf, cellsAt, programAt, slotAt } from './program';
import { combine, hookOf, reasonOf, result, resultOfCell, verdictOf } from './result';

/** Where a node's row lies in memory; `node` counts from 1. */
function hostAt(tables: usize, node: u32): usize {
  return sectionAt(tables, SECTION_HOSTS) + HOSTS_ROWS + (node - 1) * HOST_BYTES;
}

/**
 * Where an own map for a row's family lies in memory, 0 where nothing is asked; `number` counts hooks by interfaces,
 * `node` counts from 1, 0 is none.
 */
export function hostMapOfRow(tables: usize, batch: usize, row: u32, node: u32, number: u32): usize {
  if (node === 0) return 0;
  const family = <u32>load<u8>(columnAt(batch, FAMILY) + row);
  const word = number + (family === 6 ? HOST_MAPS_FAMILY : 0);
  const offset = load<u32>(hostAt(tables, node) + HOST_MAPS + (word << 2));
  return offset === 0 ? 0 : sectionAt(tables, SECTION_HOSTS) + offset;
}

/** The address entry plus 1 that a node's masqueraded packets carry, 0 when it is not known. */
export function masqueradeOf(tables: usize, node: u32, family: u32): u32 {
  return load<u32>(hostAt(tables, node) + (family === 6 ? HOST_MASQUERADE6 : HOST_MASQUERADE4));
}

function isKnown(tables: usize, node: u32): bool {
  return node !== 0 && load<u32>(hostAt(tables, node) + HOST_IS_KNOWN) !== 0;
}

/** Whether the networks of two nodes are known and none is common. */
function networksDiffer(tables: usize, from: u32, to: u32, family: u32): bool {
  const hosts = sectionAt(tables, SECTION_HOSTS);
  const field: u32 = family === 6 ? HOST_NETWORKS6 : HOST_NETWORKS4;
  const left = load<u32>(hostAt(tables, from) + field);
  const right = load<u32>(hostAt(tables, to) + field);
  if (left === 0 || right === 0) return false;
  const leftEnd = hosts + left + (load<u32>(hosts + left) << 2);
  const rightEnd = hosts + right + (load<u32>(hosts + right) << 2);
  for (let one = hosts + left + 4; one <= leftEnd; one += 4)
    for (let other = hosts + right + 4; other <= rightEnd; other += 4)
      if (load<u32>(one) === load<u32>(other)) return false;
  return true;
}

/** The interface by which packets for the address whose entry lies at `address` travel between two nodes. */
export function deviceBetween(tables: usize, from: u32, to: u32, family: u32, address: usize): u32 {
  if (!isKnown(tables, from) || !isKnown(tables, to) || from === to) return INTERFACE_MAIN;
  const flags = load<u32>(address + ENTRY_FLAGS);
  if (flags & ENTRY_TUNNEL) return INTERFACE_TUNNEL;
  const isAcross = (flags & ENTRY_TUNNEL_ACROSS) !== 0 && networksDiffer(tables, from, to, family);
  return isAcross ? INTERFACE_TUNNEL : INTERFACE_MAIN;
}

/** Empties what the row says of hosts' hooks, and both outcomes. */
export function beginRow(batch: usize, row: u32): void {
  store<u32>(columnAt(batch, EGRESS) + (row << 2), NO_OUTCOME);
  store<u32>(columnAt(batch, INGRESS) + (row << 2), NO_OUTCOME);
  store<u8>(columnAt(batch, EXTRA_COUNT) + row, 0);
}

/** Adds an outcome to the row's EXTRA, which has room for all. Returns its place plus 1. */
function addExtra(batch: usize, row: u32, outcome: u32): u32 {
  const counts = columnAt(batch, EXTRA_COUNT) + row;
  const count = <u32>load<u8>(counts);
  const place = min<u32>(count & EXTRA_COUNT_MASK, EXTRA_MOST - 1);
  store<u8>(counts, <u8>((count & ~EXTRA_COUNT_MASK) | (place + 1)));
  store<u32>(columnAt(batch, EXTRA) + ((row * EXTRA_MOST + place) << 2), outcome);
  return place + 1;
}

/** Whether a hook's program ended in an allow, which spares the packet the hooks behind it. */
export function hasAllowed(met: u32): bool {
  return verdictOf(met) === VERDICT_ALLOW && reasonOf(met) !== REASON_NONE;
}

/** The result so far with that of one more hook: a program that only went on changes nothing, nor does a forward one. */
export function joined(found: u32, met: u32): u32 {
  const hook = hookOf(met);
  const decides = hook !== HOOK_FORWARD_INGRESS && hook !== HOOK_FORWARD_EGRESS;
  if (verdictOf(met) === VERDICT_ALLOW && !(decides && hasAllowed(met))) return found;
  return combine(found, met);
}

/** Where the outcome of a hook's program goes. Returns its place in EXTRA plus 1, 0 where it has a column. */
function keepOutcome(batch: usize, row: u32, met: u32, outcome: u32): u32 {
  const hook = hookOf(met);
  const isUntrackedWayOut =
    hook === HOOK_UNTRACKED_EGRESS && (verdictOf(met) === VERDICT_DENY || hasAllowed(met));
  if (hook === HOOK_HOST_EGRESS || isUntrackedWayOut)
    store<u32>(columnAt(batch, EGRESS) + (row << 2), outcome);
  else if (hook === HOOK_HOST_INGRESS) store<u32>(columnAt(batch, INGRESS) + (row << 2), outcome);
  else return addExtra(batch, row, outcome);
  return 0;
}

/** A hook of a node's interface in one number. */
export function place(node: u32, device: u32, hook: u32): u32 {
  return (node << 8) | (device << 4) | hook;
}

export function isRefused(found: u32): bool {
  return verdictOf(found) === VERDICT_DENY;
}

/**
 * Asks the hook at a place, unless the result so far is a refusal; `source` and `destination` are the address entries that it sees, `ports` the key (the port, or
 * ICMP type * 256 + code) * 65536 + source port.
 */
export function meetHook(
  tables: usize,
  batch: usize,
  row: u32,
  found: u32,
  at: u32,
  source: usize,
  destination: usize,
  ports: u32,
): u32 {
  const hook = at & 15;
  const number = (hook - HOST_HOOK_FIRST) * INTERFACES + ((at >> 4) & 15);
  const map = hostMapOfRow(tables, batch, row, at >> 8, number);
  if (map === 0 || isRefused(found)) return result(VERDICT_ALLOW, REASON_NONE, HOOK_NONE);
  const isWayOut = hook >= <u32>HOOK_UNTRACKED_EGRESS;
  const own = load<u32>((isWayOut ? source : destination) + ENTRY_IDENTITY);
  const peer = load<u32>((isWayOut ? destination : source) + ENTRY_IDENTITY);
  const flags = load<u32>(map + PROGRAM_FLAGS);
  const program = slotAt(cellsAt(tables, map, own, flags), 0, (flags >> CELL_WIDTH) & WIDTH_MASK);
  const chosen = programAt(tables, program);
  const protocol = <u32>load<u8>(columnAt(batch, PROTOCOL) + row);
  const cell = cellOf(tables, chosen, peer, protocol, ports >> 16, ports & 0xffff);
  const met = resultOfCell(cell, hook);
  if (verdictOf(met) >= <u32>VERDICT_UNDETERMINED) return met;
  const isUntracked = hook === HOOK_UNTRACKED_INGRESS || hook === HOOK_UNTRACKED_EGRESS;
  if (isUntracked && hasAllowed(met)) {
    const counts = columnAt(batch, EXTRA_COUNT) + row;
    store<u8>(counts, load<u8>(counts) | EXTRA_UNTRACKED);
  }
  const outcome = load<u32>(chosen + PROGRAM_OUTCOMES) + (cell >> CELL_ORDINAL);
  return met | (keepOutcome(batch, row, met, outcome) << 24);
}

/**
 * Takes the outcome of the hook that decided out of EXTRA, where it stands there, into INGRESS; what INGRESS held before
 * goes to EXTRA. Returns the result alone.
 */
export function endRow(batch: usize, row: u32, found: u32): u32 {
  const place = (found >> 24) & 15;
  if (place === 0) return found;
  const ingress = columnAt(batch, INGRESS) + (row << 2);
  const extra = columnAt(batch, EXTRA) + ((row * EXTRA_MOST) << 2);
  const decided = load<u32>(extra + ((place - 1) << 2));
  const before = load<u32>(ingress);
  store<u32>(ingress, decided);
  if (before !== NO_OUTCOME) store<u32>(extra + ((place - 1) << 2), before);
  else {
    const counts = columnAt(batch, EXTRA_COUNT) + row;
    const count = <u32>load<u8>(counts);
    const kept = (count & EXTRA_COUNT_MASK) - 1;
    for (let index = place - 1; index < kept; index++)
      store<u32>(extra + (index << 2), load<u32>(extra + ((index + 1) << 2)));
    store<u8>(counts, <u8>((count & ~EXTRA_COUNT_MASK) | kept));
  }
  return found & 0xffffff;
}
