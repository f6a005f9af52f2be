// A first packet at one destination: behind a service at one backend, else at the address that it carries. Steps 2 to 9
// of "The first packet of a connection" in src/README.md; policy/judge/judge-target.ts is the same over the model. What may
// meet hooks of hosts takes the way of judge-path.ts.

import {
  DST,
  DST_ENTRY,
  EGRESS,
  FAMILY,
  INGRESS,
  JUDGED_DST,
  SRC,
  SRC_ENTRY,
} from '../../packet/batch-layout';
import { SECTION_ENTRIES, SECTION_FACTS } from '../../tables/directory-layout';
import {
  ENTRY_BYTES,
  ENTRY_FLAGS,
  ENTRY_HOST,
  ENTRY_NODE,
  ENTRY_OWNER,
  ENTRY_OWNER_NODE,
} from '../../tables/entry-layout';
import {
  FACTS_KNOBS,
  FACTS_OUTSIDE6,
  KNOB_HAIRPIN_BROKEN,
  KNOB_HAIRPIN_EXEMPT,
  KNOB_HAIRPIN_SKIPS_INGRESS,
  KNOB_HAIRPIN_UNSPECIFIED,
  KNOB_HOSTS,
  KNOB_NODE_PORT_KEEPS_CLIENT,
  KNOB_NODE_PORT_SHOWS_WORLD,
  KNOB_NODE_PORT_SOURCE_UNSPECIFIED,
  KNOB_OWN_NODE_PORT_EXEMPT,
  KNOB_POD_TO_OWN_NODE_ALLOWED,
} from '../../tables/facts-layout';
import {
  BACKEND_BEFORE,
  BACKEND_NODE,
  VIRTUAL_EXTERNAL_LOCAL,
  VIRTUAL_FLAGS,
  VIRTUAL_NODE,
  VIRTUAL_NODE_PORT,
} from '../../tables/service-layout';
import {
  HOOK_NONE,
  REASON_CNI,
  REASON_ENDPOINT_TO_HOST,
  REASON_NO_ENDPOINT,
  REASON_SELF,
  REASON_UNTRACKED,
  VERDICT_ALLOW,
  VERDICT_DENY,
} from '../../tables/verdict-layout';
import { beginRow, endRow } from './host-hook';
import { columnAt, sectionAt } from './identify';
import { walkPath } from './judge-path';
import { endAtHost, isOwnNode, opened, runEgress, runIngress, withIngress } from './pod-hooks';
import { isDiscovery } from './protocol';
import { combine, isBinding, result, verdictOf } from './result';
import { isSameAddress } from './words';

/** No exemption: policy is to be asked. */
const ASKED: u32 = 0xffffffff;

/** Where the address entry of a row lies in memory; `column` is SRC_ENTRY or DST_ENTRY. */
export function entryAt(tables: usize, batch: usize, column: u32, row: u32): usize {
  return sectionAt(tables, SECTION_ENTRIES) + load<u32>(columnAt(batch, column) + (row << 2)) * ENTRY_BYTES;
}

/** Where the entry lies of the addresses of the row's family that nothing names. */
function worldOf(tables: usize, batch: usize, row: u32): usize {
  const isWide = <u32>load<u8>(columnAt(batch, FAMILY) + row) === 6;
  const entry: u32 = isWide ? load<u32>(sectionAt(tables, SECTION_FACTS) + (FACTS_OUTSIDE6 << 2)) : 0;
  return sectionAt(tables, SECTION_ENTRIES) + entry * ENTRY_BYTES;
}

/** Whether a node's own packet goes to a pod on that very node, which its backend's row does not say. */
function staysAt(source: usize, target: usize, node: u32): bool {
  if (load<u32>(source + ENTRY_OWNER) !== 0 || load<u32>(source + ENTRY_NODE) !== node) return false;
  return load<u32>(target + ENTRY_OWNER) !== 0 && load<u32>(target + ENTRY_OWNER_NODE) === node;
}

/** Whether two address columns of the row hold the same. */
function isSameIn(batch: usize, row: u32, one: u32, other: u32): bool {
  return isSameAddress(columnAt(batch, one) + (row << 4), columnAt(batch, other) + (row << 4));
}

/** Steps that meet no hook. */
function exemption(source: usize, isSelf: bool, protocol: u32, key: u32): u32 {
  if (isSelf && load<u32>(source + ENTRY_OWNER) !== 0) return result(VERDICT_ALLOW, REASON_SELF, HOOK_NONE);
  if (isDiscovery(protocol, key >> 8)) return result(VERDICT_ALLOW, REASON_UNTRACKED, HOOK_NONE);
  return ASKED;
}

/** A pod that reaches itself through a Service. */
function isHairpin(source: usize, target: usize, virtual: usize): bool {
  const sender = load<u32>(source + ENTRY_OWNER);
  return virtual !== 0 && sender !== 0 && sender === load<u32>(target + ENTRY_OWNER);
}

/** A pod at a node port of its own node, with a backend there. */
function isOwnNodePort(source: usize, virtual: usize, backend: usize): bool {
  if (virtual === 0 || load<u32>(source + ENTRY_OWNER) === 0) return false;
  if ((load<u32>(virtual + VIRTUAL_FLAGS) & VIRTUAL_NODE_PORT) === 0) return false;
  const node = load<u32>(source + ENTRY_OWNER_NODE);
  return load<u32>(virtual + VIRTUAL_NODE) === node && load<u32>(backend + BACKEND_NODE) === node;
}

/** The programs of the two pods alone; `client` and `otherClient` are the sources that ingress sees. */
function askPods(
  tables: usize,
  batch: usize,
  row: u32,
  source: usize,
  client: usize,
  otherClient: usize,
  target: usize,
  before: u32,
  protocol: u32,
  key: u32,
  sourcePort: u32,
  skipsIngress: bool,
): u32 {
  let found = result(VERDICT_ALLOW, REASON_NO_ENDPOINT, HOOK_NONE);
  if (load<u32>(source + ENTRY_OWNER) !== 0) {
    const egress = columnAt(batch, EGRESS) + (row << 2);
    const met = runEgress(tables, source, target, before, protocol, key, sourcePort, egress);
    found = combine(found, met);
    if (isOwnNode(source, target)) return endAtHost(found, source);
  }
  if (load<u32>(target + ENTRY_OWNER) === 0 || verdictOf(found) === VERDICT_DENY) return found;
  if (skipsIngress) return found;
  const ingress = columnAt(batch, INGRESS) + (row << 2);
  const met = runIngress(tables, client, otherClient, target, protocol, key, sourcePort, ingress);
  return withIngress(found, met);
}

/** The hooks on the way to a target, where no exemption takes the packet from them: those of hosts only where it may meet any. */
function askHooks(
  tables: usize,
  batch: usize,
  row: u32,
  target: usize,
  virtual: usize,
  backend: usize,
  protocol: u32,
  dialledKey: u32,
  key: u32,
  sourcePort: u32,
): u32 {
  const knobs = load<u32>(sectionAt(tables, SECTION_FACTS) + (FACTS_KNOBS << 2));
  const source = entryAt(tables, batch, SRC_ENTRY, row);
  const dialled = entryAt(tables, batch, DST_ENTRY, row);
  let before: u32 = 0;
  let entry: u32 = 0;
  let hiding: usize = 0;
  let otherClient: usize = 0;
  if (virtual !== 0) {
    before = load<u32>(backend + BACKEND_BEFORE);
    const flags = load<u32>(virtual + VIRTUAL_FLAGS);
    if (flags & VIRTUAL_NODE_PORT) {
      entry = load<u32>(virtual + VIRTUAL_NODE);
      if ((flags & VIRTUAL_EXTERNAL_LOCAL) === 0) {
        if ((knobs & KNOB_NODE_PORT_KEEPS_CLIENT) === 0 && load<u32>(backend + BACKEND_NODE) !== entry)
          hiding =
            (knobs & KNOB_NODE_PORT_SHOWS_WORLD) === 0
              ? dialled
              : staysAt(source, target, entry)
                ? 0
                : worldOf(tables, batch, row);
        if (knobs & KNOB_NODE_PORT_SOURCE_UNSPECIFIED) otherClient = dialled;
      }
    }
  }
  const meetsHosts = ((load<u32>(source + ENTRY_FLAGS) | load<u32>(target + ENTRY_FLAGS)) & ENTRY_HOST) !== 0;
  if ((knobs & KNOB_HOSTS) !== 0 && (meetsHosts || entry !== 0)) {
    const dialledPorts = (dialledKey << 16) | sourcePort;
    const ports = (key << 16) | sourcePort;
    const found = walkPath(
      tables,
      batch,
      row,
      source,
      dialled,
      target,
      entry,
      hiding,
      otherClient,
      before,
      dialledPorts,
      ports,
    );
    return endRow(batch, row, found);
  }
  const client = hiding !== 0 && otherClient === 0 ? hiding : source;
  const skipsIngress = (knobs & KNOB_HAIRPIN_SKIPS_INGRESS) !== 0 && isHairpin(source, target, virtual);
  return askPods(
    tables,
    batch,
    row,
    source,
    client,
    otherClient,
    target,
    before,
    protocol,
    key,
    sourcePort,
    skipsIngress,
  );
}

/**
 * The result of a row for the address entry at `target` and `key`; fills EGRESS, INGRESS and what the row says of
 * hosts; JUDGED_DST must be filled. `virtual` and `backend` are the rows of the service that the packet was sent to by `dialledKey`, 0 without.
 */
export function judgePair(
  tables: usize,
  batch: usize,
  row: u32,
  target: usize,
  virtual: usize,
  backend: usize,
  protocol: u32,
  dialledKey: u32,
  key: u32,
  sourcePort: u32,
): u32 {
  beginRow(batch, row);
  const knobs = load<u32>(sectionAt(tables, SECTION_FACTS) + (FACTS_KNOBS << 2));
  const source = entryAt(tables, batch, SRC_ENTRY, row);
  const isSelf = virtual === 0 && isSameIn(batch, row, SRC, DST) && isSameIn(batch, row, DST, JUDGED_DST);
  const exempt = exemption(source, isSelf, protocol, key);
  if (exempt !== ASKED) return exempt;
  const hairpin = isHairpin(source, target, virtual);
  if (hairpin && (knobs & KNOB_HAIRPIN_EXEMPT) !== 0) return result(VERDICT_ALLOW, REASON_SELF, HOOK_NONE);
  if (hairpin && (knobs & KNOB_HAIRPIN_BROKEN) !== 0) return result(VERDICT_DENY, REASON_CNI, HOOK_NONE);
  if ((knobs & KNOB_OWN_NODE_PORT_EXEMPT) !== 0 && isOwnNodePort(source, virtual, backend))
    return result(VERDICT_ALLOW, REASON_CNI, HOOK_NONE);
  const egress = columnAt(batch, EGRESS) + (row << 2);
  if ((knobs & KNOB_POD_TO_OWN_NODE_ALLOWED) !== 0 && isOwnNode(source, target)) {
    const before: u32 = virtual === 0 ? 0 : load<u32>(backend + BACKEND_BEFORE);
    const met = runEgress(tables, source, target, before, protocol, key, sourcePort, egress);
    if (isBinding(met)) return met;
    beginRow(batch, row);
    return result(VERDICT_ALLOW, REASON_ENDPOINT_TO_HOST, HOOK_NONE);
  }
  const found = askHooks(tables, batch, row, target, virtual, backend, protocol, dialledKey, key, sourcePort);
  const isRefused = verdictOf(found) !== VERDICT_ALLOW && !isBinding(found);
  if (hairpin && isRefused && (knobs & KNOB_HAIRPIN_UNSPECIFIED) !== 0) {
    beginRow(batch, row);
    return opened(HOOK_NONE, columnAt(batch, EGRESS) + (row << 2));
  }
  return found;
}
