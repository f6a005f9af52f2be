// The two hooks of pods, and what the API leaves open about the packets that they see: which destination egress sees
// behind a Service, which source ingress sees behind a node port. policy/judge/pod-hooks.ts is the same over the model.

import {
  ENTRY_EGRESS,
  ENTRY_FLAGS,
  ENTRY_IDENTITY,
  ENTRY_INGRESS,
  ENTRY_NODE,
  ENTRY_OWNER,
  ENTRY_OWNER_NODE,
  ENTRY_TO_HOST_DROPPED,
} from '../../tables/entry-layout';
import { CELL_ORDINAL, PROGRAM_OUTCOMES } from '../../tables/program-layout';
import {
  HOOK_EGRESS,
  HOOK_INGRESS,
  HOOK_NONE,
  NO_OUTCOME,
  REASON_ENDPOINT_TO_HOST,
  REASON_HOST_TO_LOCAL,
  REASON_NONE,
  VERDICT_ALLOW,
  VERDICT_DENY,
  VERDICT_UNDETERMINED,
  VERDICT_UNSPECIFIED,
} from '../../tables/verdict-layout';
import { cellOf, programAt } from './program';
import { combine, result, resultOfCell, verdictOf } from './result';

/** What `runIngress` says where the receiver's own host sends: no policy is asked. */
export function hostToLocal(): u32 {
  return result(VERDICT_ALLOW, REASON_HOST_TO_LOCAL, HOOK_NONE);
}

/** A hook whose answer the profile leaves open; nobody decided. */
export function opened(hook: u32, outcome: usize): u32 {
  store<u32>(outcome, NO_OUTCOME);
  return result(VERDICT_UNSPECIFIED, REASON_NONE, hook);
}

/** Runs a program and stores its outcome number. */
function runProgram(
  tables: usize,
  program: u32,
  identity: u32,
  protocol: u32,
  key: u32,
  sourcePort: u32,
  hook: u32,
  outcome: usize,
): u32 {
  const row = programAt(tables, program);
  const cell = cellOf(tables, row, identity, protocol, key, sourcePort);
  const found = resultOfCell(cell, hook);
  const isOpen = verdictOf(found) >= <u32>VERDICT_UNDETERMINED;
  store<u32>(outcome, isOpen ? NO_OUTCOME : load<u32>(row + PROGRAM_OUTCOMES) + (cell >> CELL_ORDINAL));
  return found;
}

/**
 * Egress; `before` is the peer identity plus 1 that the destination has where blocks of addresses see the virtual
 * address, 0 where nothing asks.
 */
export function runEgress(
  tables: usize,
  source: usize,
  destination: usize,
  before: u32,
  protocol: u32,
  key: u32,
  sourcePort: u32,
  outcome: usize,
): u32 {
  const program = load<u32>(source + ENTRY_EGRESS) - 1;
  let other: u32 = 0;
  if (before !== 0)
    other = runProgram(tables, program, before - 1, protocol, key, sourcePort, HOOK_EGRESS, outcome);
  const identity = load<u32>(destination + ENTRY_IDENTITY);
  const found = runProgram(tables, program, identity, protocol, key, sourcePort, HOOK_EGRESS, outcome);
  if (before !== 0 && verdictOf(found) !== verdictOf(other)) return opened(HOOK_EGRESS, outcome);
  return found;
}

/** Ingress from one source. */
function runIngressFrom(
  tables: usize,
  client: usize,
  destination: usize,
  protocol: u32,
  key: u32,
  sourcePort: u32,
  outcome: usize,
): u32 {
  store<u32>(outcome, NO_OUTCOME);
  const node = load<u32>(client + ENTRY_NODE);
  if (node !== 0 && node === load<u32>(destination + ENTRY_OWNER_NODE)) return hostToLocal();
  const program = load<u32>(destination + ENTRY_INGRESS) - 1;
  const identity = load<u32>(client + ENTRY_IDENTITY);
  return runProgram(tables, program, identity, protocol, key, sourcePort, HOOK_INGRESS, outcome);
}

/** Ingress; `otherClient` is another source that it may see, 0 without. */
export function runIngress(
  tables: usize,
  client: usize,
  otherClient: usize,
  destination: usize,
  protocol: u32,
  key: u32,
  sourcePort: u32,
  outcome: usize,
): u32 {
  let other: u32 = 0;
  if (otherClient !== 0)
    other = runIngressFrom(tables, otherClient, destination, protocol, key, sourcePort, outcome);
  const met = runIngressFrom(tables, client, destination, protocol, key, sourcePort, outcome);
  if (otherClient !== 0 && verdictOf(met) !== verdictOf(other)) return opened(HOOK_INGRESS, outcome);
  return met;
}

/** An exemption's reason on a result that allows so far; hook and outcome stay. */
function exempted(found: u32, reason: u32): u32 {
  return verdictOf(found) === VERDICT_ALLOW ? (found & ~0xff00) | (reason << 8) : found;
}

/** The result so far with that of ingress. */
export function withIngress(found: u32, met: u32): u32 {
  return met === hostToLocal() ? exempted(found, REASON_HOST_TO_LOCAL) : combine(found, met);
}

/** Whether the destination is an address of the sender's node and no pod's. */
export function isOwnNode(source: usize, destination: usize): bool {
  if (load<u32>(source + ENTRY_OWNER) === 0 || load<u32>(destination + ENTRY_OWNER) !== 0) return false;
  const node = load<u32>(destination + ENTRY_NODE);
  return node !== 0 && node === load<u32>(source + ENTRY_OWNER_NODE);
}

/** The end of a packet to its own node, with what the hooks of the sender found: DefaultEndpointToHostAction. */
export function endAtHost(found: u32, source: usize): u32 {
  if (verdictOf(found) === VERDICT_DENY) return found;
  if (load<u32>(source + ENTRY_FLAGS) & ENTRY_TO_HOST_DROPPED)
    return result(VERDICT_DENY, REASON_ENDPOINT_TO_HOST, HOOK_EGRESS);
  return exempted(found, REASON_ENDPOINT_TO_HOST);
}
