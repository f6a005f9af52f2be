// One first packet → verdict: the whole pipeline of src/README.md, in its order, over the tables. policy/judge.ts is the
// same pipeline over the model; a test makes them agree. classify.ts takes the common packets in stages and leaves the
// others to this.

import { ICMPV6, IPIP, UDP } from '../../net/protocol-layout';
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
import { SECTION_BACKENDS, SECTION_ENTRIES, SECTION_FACTS } from '../../tables/directory-layout';
import {
  ENTRY_BYTES,
  ENTRY_EGRESS,
  ENTRY_FLAGS,
  ENTRY_IDENTITY,
  ENTRY_INGRESS,
  ENTRY_NODE,
  ENTRY_OWNER,
  ENTRY_OWNER_NODE,
  ENTRY_VIRTUAL,
} from '../../tables/entry-layout';
import {
  FACTS_KNOBS,
  KNOB_ENCAPSULATION_BY_POLICY,
  KNOB_POD_TO_OWN_NODE_ALLOWED,
} from '../../tables/facts-layout';
import {
  CELL_ORDINAL,
  CELL_REASON,
  CELL_REASON_MASK,
  CELL_VERDICT_MASK,
  PROGRAM_OUTCOMES,
} from '../../tables/program-layout';
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
  VIRTUAL_NODE_PORT,
} from '../../tables/service-layout';
import {
  HOOK_EGRESS,
  HOOK_INGRESS,
  HOOK_NONE,
  NO_OUTCOME,
  REASON_BACKENDS_DIFFER,
  REASON_ENDPOINT_TO_HOST,
  REASON_HOST_TO_LOCAL,
  REASON_MISSING_FIELD,
  REASON_NO_ENDPOINT,
  REASON_NO_PROFILE,
  REASON_NONE,
  REASON_POLICY,
  REASON_PROFILE,
  REASON_SELF,
  REASON_TIER_END,
  REASON_UNTRACKED,
  REASON_WORKLOAD_ENCAP,
  VERDICT_ALLOW,
  VERDICT_DENY,
  VERDICT_UNDETERMINED,
  VERDICT_UNSPECIFIED,
} from '../../tables/verdict-layout';
import { columnAt, sectionAt } from './identify';
import { CELL_MISSING_FIELD, cellOf, cellWithoutPorts, programAt } from './program';
import { virtualPortAt } from './service';

/** A verdict with its reason in one number: what the hooks of a packet are combined by. */
export function result(verdict: u32, reason: u32, hook: u32): u32 {
  return verdict | (reason << 8) | (hook << 16);
}

export function reasonOfCell(cell: u32): u32 {
  const reason = (cell >> CELL_REASON) & CELL_REASON_MASK;
  if (reason === 0) return REASON_POLICY;
  if (reason === 1) return REASON_TIER_END;
  return reason === 2 ? REASON_PROFILE : REASON_NO_PROFILE;
}

/** Runs a program and stores its outcome number; the result of one hook. */
function runProgram(
  tables: usize,
  program: u32,
  identity: u32,
  protocol: u32,
  key: u32,
  sourcePort: u32,
  flags: u32,
  hook: u32,
  outcome: usize,
): u32 {
  const row = programAt(tables, program);
  const cell =
    flags & FLAG_PORTS
      ? cellOf(tables, row, identity, protocol, key, sourcePort)
      : cellWithoutPorts(tables, row, identity, protocol);
  if (cell === CELL_MISSING_FIELD) return result(VERDICT_UNDETERMINED, REASON_MISSING_FIELD, hook);
  store<u32>(outcome, load<u32>(row + PROGRAM_OUTCOMES) + (cell >> CELL_ORDINAL));
  return result(cell & CELL_VERDICT_MASK, reasonOfCell(cell), hook);
}

/** Deny before undetermined before unspecified before allow; of two allows the later one. */
export function combine(earlier: u32, later: u32): u32 {
  const first = earlier & 255;
  const second = later & 255;
  if (second === VERDICT_DENY || first === VERDICT_ALLOW) return later;
  if (second === VERDICT_UNDETERMINED && first === VERDICT_UNSPECIFIED) return later;
  return earlier;
}

/** Steps 2 to 8 for one source and destination; the outcome numbers go to `egress` and `ingress`. */
function judgePair(
  tables: usize,
  source: usize,
  client: usize,
  destination: usize,
  isSelf: bool,
  protocol: u32,
  key: u32,
  sourcePort: u32,
  flags: u32,
  egress: usize,
  ingress: usize,
): u32 {
  store<u32>(egress, NO_OUTCOME);
  store<u32>(ingress, NO_OUTCOME);
  const knobs = load<u32>(sectionAt(tables, SECTION_FACTS) + (FACTS_KNOBS << 2));
  const from = load<u32>(source + ENTRY_OWNER);
  const to = load<u32>(destination + ENTRY_OWNER);
  if (isSelf && from !== 0) return result(VERDICT_ALLOW, REASON_SELF, HOOK_NONE);
  if (protocol === ICMPV6 && flags & FLAG_PORTS) {
    const type = key >> 8;
    if ((type >= 130 && type <= 137) || type === 143)
      return result(VERDICT_ALLOW, REASON_UNTRACKED, HOOK_NONE);
  }
  if (from === 0 && to === 0) return result(VERDICT_ALLOW, REASON_NO_ENDPOINT, HOOK_NONE);
  if (from !== 0 && (knobs & KNOB_ENCAPSULATION_BY_POLICY) === 0) {
    if (protocol === IPIP || (protocol === UDP && flags & FLAG_PORTS && key === 4789))
      return result(VERDICT_DENY, REASON_WORKLOAD_ENCAP, HOOK_EGRESS);
  }
  let found = result(VERDICT_ALLOW, REASON_NONE, HOOK_NONE);
  const node = load<u32>(destination + ENTRY_NODE);
  const toOwnNode = from !== 0 && node !== 0 && node === load<u32>(source + ENTRY_OWNER_NODE);
  if (from !== 0 && !(toOwnNode && knobs & KNOB_POD_TO_OWN_NODE_ALLOWED)) {
    const identity = load<u32>(destination + ENTRY_IDENTITY);
    const program = load<u32>(source + ENTRY_EGRESS) - 1;
    found = runProgram(tables, program, identity, protocol, key, sourcePort, flags, HOOK_EGRESS, egress);
    if ((found & 255) === VERDICT_DENY) return found;
  }
  if (to !== 0) {
    const clientNode = load<u32>(client + ENTRY_NODE);
    let met: u32;
    if (clientNode !== 0 && clientNode === load<u32>(destination + ENTRY_OWNER_NODE))
      met = result(VERDICT_ALLOW, REASON_HOST_TO_LOCAL, HOOK_INGRESS);
    else {
      const identity = load<u32>(client + ENTRY_IDENTITY);
      const program = load<u32>(destination + ENTRY_INGRESS) - 1;
      met = runProgram(tables, program, identity, protocol, key, sourcePort, flags, HOOK_INGRESS, ingress);
    }
    found = combine(found, met);
  }
  if (toOwnNode) found = combine(found, result(VERDICT_ALLOW, REASON_ENDPOINT_TO_HOST, found >> 16));
  return found;
}

function sameAddress(left: usize, right: usize): bool {
  return load<u64>(left) === load<u64>(right) && load<u64>(left + 8) === load<u64>(right + 8);
}

export function copyAddress(from: usize, to: usize): void {
  store<u64>(to, load<u64>(from));
  store<u64>(to + 8, load<u64>(from + 8));
}

/** Whether the traffic policies of a virtual port keep a backend for this source. */
function takesBackend(virtual: usize, backend: usize, source: usize): bool {
  const flags = load<u32>(virtual + VIRTUAL_FLAGS);
  const node = load<u32>(backend + BACKEND_NODE);
  if (flags & VIRTUAL_INTERNAL_LOCAL) {
    const own = load<u32>(source + ENTRY_OWNER_NODE);
    const from = own !== 0 ? own : load<u32>(source + ENTRY_NODE);
    return from !== 0 && from === node;
  }
  if (flags & VIRTUAL_EXTERNAL_LOCAL) {
    const entered = load<u32>(virtual + VIRTUAL_NODE);
    return entered !== 0 && entered === node;
  }
  return true;
}

/** Judges one row and fills all that classify fills. */
export function judgeRow(tables: usize, batch: usize, row: u32): void {
  const entries = sectionAt(tables, SECTION_ENTRIES);
  const source = entries + load<u32>(columnAt(batch, SRC_ENTRY) + (row << 2)) * ENTRY_BYTES;
  const destinationEntry = load<u32>(columnAt(batch, DST_ENTRY) + (row << 2));
  const destination = entries + destinationEntry * ENTRY_BYTES;
  const src = columnAt(batch, SRC) + (row << 4);
  const dst = columnAt(batch, DST) + (row << 4);
  const protocol = <u32>load<u8>(columnAt(batch, PROTOCOL) + row);
  const key = <u32>load<u16>(columnAt(batch, DPORT) + (row << 1));
  const sourcePort = <u32>load<u16>(columnAt(batch, SPORT) + (row << 1));
  const flags = <u32>load<u16>(columnAt(batch, FLAGS) + (row << 1));
  const egress = columnAt(batch, EGRESS) + (row << 2);
  const ingress = columnAt(batch, INGRESS) + (row << 2);
  const judgedDst = columnAt(batch, JUDGED_DST) + (row << 4);
  const judgedPort = columnAt(batch, JUDGED_DPORT) + (row << 1);
  let virtual: usize = 0;
  if (load<u32>(destination + ENTRY_FLAGS) & ENTRY_VIRTUAL && flags & FLAG_PORTS)
    virtual = virtualPortAt(tables, destinationEntry, (protocol << 16) | key);
  let found: u32 = 0;
  let backends: u32 = 0;
  if (virtual !== 0) {
    const first = sectionAt(tables, SECTION_BACKENDS) + load<u32>(virtual + VIRTUAL_BACKENDS) * BACKEND_BYTES;
    const virtualFlags = load<u32>(virtual + VIRTUAL_FLAGS);
    let differ = false;
    // From the last to the first, so that what stays in the row is the first backend's.
    for (let index = load<u32>(virtual + VIRTUAL_COUNT); index > 0; index--) {
      const backend = first + (index - 1) * BACKEND_BYTES;
      if (!takesBackend(virtual, backend, source)) continue;
      const entry = entries + load<u32>(backend + BACKEND_ENTRY) * ENTRY_BYTES;
      const port = load<u32>(backend + BACKEND_PORT);
      const masquerades =
        (virtualFlags & VIRTUAL_NODE_PORT) !== 0 &&
        (virtualFlags & VIRTUAL_EXTERNAL_LOCAL) === 0 &&
        load<u32>(backend + BACKEND_NODE) !== load<u32>(virtual + VIRTUAL_NODE);
      const client = masquerades ? destination : source;
      const next = judgePair(
        tables,
        source,
        client,
        entry,
        false,
        protocol,
        port,
        sourcePort,
        flags,
        egress,
        ingress,
      );
      differ = differ || (backends !== 0 && (next & 255) !== (found & 255));
      found = next;
      backends++;
      copyAddress(backend + BACKEND_ADDRESS, judgedDst);
      store<u16>(judgedPort, <u16>port);
    }
    if (differ) {
      found = result(VERDICT_UNDETERMINED, REASON_BACKENDS_DIFFER, HOOK_NONE);
      store<u32>(egress, NO_OUTCOME);
      store<u32>(ingress, NO_OUTCOME);
    }
  }
  if (backends === 0) {
    const isSelf = sameAddress(src, dst);
    found = judgePair(
      tables,
      source,
      source,
      destination,
      isSelf,
      protocol,
      key,
      sourcePort,
      flags,
      egress,
      ingress,
    );
    copyAddress(dst, judgedDst);
    store<u16>(judgedPort, <u16>key);
  }
  store<u8>(columnAt(batch, VERDICT) + row, <u8>(found & 255));
  store<u8>(columnAt(batch, REASON) + row, <u8>((found >> 8) & 255));
  store<u8>(columnAt(batch, HOOK) + row, <u8>(found >> 16));
}
