// A first packet at one destination: behind a service at one backend, else at the address that it carries. Steps 2 to 9
// of "The first packet of a connection" in src/README.md; policy/judge-target.ts is the same over the model.

import { SECTION_FACTS } from '../../tables/directory-layout';
import {
  ENTRY_EGRESS,
  ENTRY_IDENTITY,
  ENTRY_INGRESS,
  ENTRY_NODE,
  ENTRY_OWNER,
  ENTRY_OWNER_NODE,
} from '../../tables/entry-layout';
import {
  FACTS_KNOBS,
  KNOB_HAIRPIN_UNSPECIFIED,
  KNOB_POD_TO_OWN_NODE_ALLOWED,
} from '../../tables/facts-layout';
import { CELL_ORDINAL, PROGRAM_OUTCOMES } from '../../tables/program-layout';
import {
  HOOK_EGRESS,
  HOOK_INGRESS,
  HOOK_NONE,
  NO_OUTCOME,
  REASON_ENDPOINT_TO_HOST,
  REASON_HOST_TO_LOCAL,
  REASON_NO_ENDPOINT,
  REASON_NONE,
  REASON_SELF,
  REASON_UNTRACKED,
  VERDICT_ALLOW,
  VERDICT_DENY,
  VERDICT_UNDETERMINED,
  VERDICT_UNSPECIFIED,
} from '../../tables/verdict-layout';
import { sectionAt } from './identify';
import { cellOf, programAt } from './program';
import { isDiscovery } from './protocol';
import { combine, hookOf, result, resultOfCell, verdictOf } from './result';

/** A hook whose answer the profile leaves open; nobody decided. */
function opened(hook: u32, outcome: usize): u32 {
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
function runEgress(
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

/** Ingress from one source; on the receiver's own node the host itself sends, and no policy is asked. */
function runIngress(
  tables: usize,
  client: usize,
  destination: usize,
  protocol: u32,
  key: u32,
  sourcePort: u32,
  hookBefore: u32,
  outcome: usize,
): u32 {
  store<u32>(outcome, NO_OUTCOME);
  const node = load<u32>(client + ENTRY_NODE);
  if (node !== 0 && node === load<u32>(destination + ENTRY_OWNER_NODE))
    return result(VERDICT_ALLOW, REASON_HOST_TO_LOCAL, hookBefore);
  const program = load<u32>(destination + ENTRY_INGRESS) - 1;
  const identity = load<u32>(client + ENTRY_IDENTITY);
  return runProgram(tables, program, identity, protocol, key, sourcePort, HOOK_INGRESS, outcome);
}

/** Whether the destination is an address of the sender's node and no pod's. */
function isOwnNode(source: usize, destination: usize): bool {
  const node = load<u32>(destination + ENTRY_NODE);
  return (
    node !== 0 && node === load<u32>(source + ENTRY_OWNER_NODE) && load<u32>(destination + ENTRY_OWNER) === 0
  );
}

/**
 * The result for address entries at `source` and `destination`; outcome numbers go to `egress` and `ingress`. `client`
 * is the source that ingress sees, `otherClient` another one that it may see, or 0.
 */
export function judgePair(
  tables: usize,
  source: usize,
  client: usize,
  otherClient: usize,
  destination: usize,
  before: u32,
  isRewritten: bool,
  isSameAddress: bool,
  protocol: u32,
  key: u32,
  sourcePort: u32,
  egress: usize,
  ingress: usize,
): u32 {
  store<u32>(egress, NO_OUTCOME);
  store<u32>(ingress, NO_OUTCOME);
  const knobs = load<u32>(sectionAt(tables, SECTION_FACTS) + (FACTS_KNOBS << 2));
  const sender = load<u32>(source + ENTRY_OWNER);
  const receiver = load<u32>(destination + ENTRY_OWNER);
  if (sender !== 0 && !isRewritten && isSameAddress) return result(VERDICT_ALLOW, REASON_SELF, HOOK_NONE);
  if (isDiscovery(protocol, key >> 8)) return result(VERDICT_ALLOW, REASON_UNTRACKED, HOOK_NONE);
  if (sender === 0 && receiver === 0) return result(VERDICT_ALLOW, REASON_NO_ENDPOINT, HOOK_NONE);
  const toOwnNode = sender !== 0 && isOwnNode(source, destination);
  if (toOwnNode && (knobs & KNOB_POD_TO_OWN_NODE_ALLOWED) !== 0)
    return result(VERDICT_ALLOW, REASON_ENDPOINT_TO_HOST, HOOK_NONE);

  let found = result(VERDICT_ALLOW, REASON_NONE, HOOK_NONE);
  if (sender !== 0) found = runEgress(tables, source, destination, before, protocol, key, sourcePort, egress);
  if (verdictOf(found) !== VERDICT_DENY) {
    const hook = hookOf(found);
    let met = found;
    if (receiver !== 0) {
      let other: u32 = 0;
      if (otherClient !== 0)
        other = runIngress(tables, otherClient, destination, protocol, key, sourcePort, hook, ingress);
      met = runIngress(tables, client, destination, protocol, key, sourcePort, hook, ingress);
      if (otherClient !== 0 && verdictOf(met) !== verdictOf(other)) met = opened(HOOK_INGRESS, ingress);
    } else if (toOwnNode) met = result(VERDICT_ALLOW, REASON_ENDPOINT_TO_HOST, hook);
    found = combine(found, met);
  }
  const isHairpin = isRewritten && sender !== 0 && sender === receiver;
  if (isHairpin && verdictOf(found) !== VERDICT_ALLOW && (knobs & KNOB_HAIRPIN_UNSPECIFIED) !== 0) {
    store<u32>(ingress, NO_OUTCOME);
    return opened(HOOK_NONE, egress);
  }
  return found;
}
