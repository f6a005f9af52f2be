// A first packet at one destination on its way from node to node, past the hooks of hosts and pods: steps 5 to 9 of "The
// first packet of a connection" in src/README.md. policy/judge/packet-path.ts is the same over the model.
//
// Nodes count from 1, 0 is outside or not known. Addresses are seen as their entries: `dialled` is what the packet
// carries, `target` the one behind a service, each with its ports (host-hook.ts). Behind a refusal nothing is asked.

import { EGRESS, FAMILY, INGRESS, PROTOCOL } from '../../packet/batch-layout';
import { SECTION_ENTRIES } from '../../tables/directory-layout';
import {
  ENTRY_BYTES,
  ENTRY_FLAGS,
  ENTRY_NAT_EXCLUDES_NODES,
  ENTRY_NAT_OUTGOING,
  ENTRY_NODE,
  ENTRY_OWNER,
  ENTRY_OWNER_NODE,
  ENTRY_POOL,
} from '../../tables/entry-layout';
import { INTERFACE_PODS } from '../../tables/hosts-layout';
import {
  HOOK_FORWARD_EGRESS,
  HOOK_FORWARD_INGRESS,
  HOOK_HOST_EGRESS,
  HOOK_HOST_INGRESS,
  HOOK_NONE,
  HOOK_PRE_DNAT,
  HOOK_UNTRACKED_EGRESS,
  HOOK_UNTRACKED_INGRESS,
  REASON_NO_ENDPOINT,
  VERDICT_ALLOW,
} from '../../tables/verdict-layout';
import { deviceBetween, hasAllowed, isRefused, joined, masqueradeOf, meetHook, place } from './host-hook';
import { columnAt, sectionAt } from './identify';
import { endAtHost, hostToLocal, isOwnNode, runEgress, runIngress, withIngress } from './pod-hooks';
import { result } from './result';

/** The node that packets from and to an address pass. */
export function nodeOf(entry: usize): u32 {
  return load<u32>(entry + (load<u32>(entry + ENTRY_OWNER) !== 0 ? ENTRY_OWNER_NODE : ENTRY_NODE));
}

function familyOf(batch: usize, row: u32): u32 {
  return <u32>load<u8>(columnAt(batch, FAMILY) + row);
}

/** At the sender's node: the hooks of pods' interfaces, then the pod's own. */
function leavePod(
  tables: usize,
  batch: usize,
  row: u32,
  source: usize,
  dialled: usize,
  target: usize,
  before: u32,
  dialledPorts: u32,
  ports: u32,
): u32 {
  const pods = place(nodeOf(source), INTERFACE_PODS, 0);
  let met = meetHook(tables, batch, row, 0, pods | HOOK_PRE_DNAT, source, dialled, dialledPorts);
  let found = joined(result(VERDICT_ALLOW, REASON_NO_ENDPOINT, HOOK_NONE), met);
  if (!hasAllowed(met) && !isOwnNode(source, target)) {
    met = meetHook(tables, batch, row, found, pods | HOOK_FORWARD_INGRESS, source, target, ports);
    found = joined(found, met);
  }
  if (isRefused(found)) return found;
  const protocol = <u32>load<u8>(columnAt(batch, PROTOCOL) + row);
  const outcome = columnAt(batch, EGRESS) + (row << 2);
  met = runEgress(tables, source, target, before, protocol, ports >> 16, ports & 0xffff, outcome);
  return joined(found, met);
}

/** At the node that is the source itself. */
function leaveHost(
  tables: usize,
  batch: usize,
  row: u32,
  node: u32,
  device: u32,
  source: usize,
  dialled: usize,
  target: usize,
  dialledPorts: u32,
  ports: u32,
): u32 {
  const out = place(node, device, 0);
  let met = meetHook(tables, batch, row, 0, out | HOOK_UNTRACKED_EGRESS, source, dialled, dialledPorts);
  const found = joined(result(VERDICT_ALLOW, REASON_NO_ENDPOINT, HOOK_NONE), met);
  if (hasAllowed(met)) return found;
  met = meetHook(tables, batch, row, found, out | HOOK_HOST_EGRESS, source, target, ports);
  return joined(found, met);
}

/**
 * At a node that the packet comes to: what untracked policy allows no other policy of the host sees, what pre-DNAT
 * policy allows none behind it. `before` is the destination before translation on this node, `last` the hook behind.
 */
function comeIn(
  tables: usize,
  batch: usize,
  row: u32,
  found: u32,
  node: u32,
  device: u32,
  last: u32,
  source: usize,
  before: usize,
  target: usize,
  portsBefore: u32,
  ports: u32,
): u32 {
  const way = place(node, device, 0);
  let met = meetHook(tables, batch, row, found, way | HOOK_UNTRACKED_INGRESS, source, before, portsBefore);
  found = joined(found, met);
  if (hasAllowed(met)) return found;
  met = meetHook(tables, batch, row, found, way | HOOK_PRE_DNAT, source, before, portsBefore);
  found = joined(found, met);
  if (hasAllowed(met)) return found;
  met = meetHook(tables, batch, row, found, way | last, source, target, ports);
  return joined(found, met);
}

/** The source that a pod's packet carries once it has left its node for the address `next`. */
function sourceBeyond(tables: usize, source: usize, next: usize, family: u32): usize {
  const flags = load<u32>(source + ENTRY_FLAGS);
  const isPods = load<u32>(next + ENTRY_OWNER) !== 0;
  if ((flags & ENTRY_NAT_OUTGOING) === 0 || isPods || (load<u32>(next + ENTRY_FLAGS) & ENTRY_POOL) !== 0)
    return source;
  if ((flags & ENTRY_NAT_EXCLUDES_NODES) !== 0 && load<u32>(next + ENTRY_NODE) !== 0) return source;
  const entry = masqueradeOf(tables, nodeOf(source), family);
  return entry === 0 ? source : sectionAt(tables, SECTION_ENTRIES) + (entry - 1) * ENTRY_BYTES;
}

/**
 * At the receiver's node, behind whatever the host asks: the pod's own hook, then that of pods' interfaces. `seen` is the
 * source that the packet carries by now.
 */
function enterPod(
  tables: usize,
  batch: usize,
  row: u32,
  found: u32,
  source: usize,
  seen: usize,
  otherClient: usize,
  target: usize,
  ports: u32,
): u32 {
  const protocol = <u32>load<u8>(columnAt(batch, PROTOCOL) + row);
  const key = ports >> 16;
  const outcome = columnAt(batch, INGRESS) + (row << 2);
  const client = otherClient !== 0 ? source : seen;
  const met = runIngress(tables, client, otherClient, target, protocol, key, ports & 0xffff, outcome);
  found = withIngress(found, met);
  if (met === hostToLocal()) return found;
  const pods = place(nodeOf(target), INTERFACE_PODS, HOOK_FORWARD_EGRESS);
  return joined(found, meetHook(tables, batch, row, found, pods, seen, target, ports));
}

/** At the node whose node port was dialled from elsewhere; `last` is the hook that the packet meets at its target's node. */
function passEntry(
  tables: usize,
  batch: usize,
  row: u32,
  found: u32,
  entry: u32,
  to: u32,
  device: u32,
  last: u32,
  client: usize,
  dialled: usize,
  target: usize,
  dialledPorts: u32,
  ports: u32,
): u32 {
  const here: u32 = to === entry ? last : HOOK_FORWARD_INGRESS;
  found = comeIn(
    tables,
    batch,
    row,
    found,
    entry,
    device,
    here,
    client,
    dialled,
    target,
    dialledPorts,
    ports,
  );
  if (to === entry) return found;
  const out = deviceBetween(tables, entry, to, familyOf(batch, row), target);
  const way = place(entry, out, HOOK_FORWARD_EGRESS);
  return joined(found, meetHook(tables, batch, row, found, way, client, target, ports));
}

/**
 * The result of a packet at `target`; outcomes stand in the row, those of hosts in EXTRA (host-hook.ts). `entry` is the
 * node whose node port was dialled, `behindEntry` the source that the backend sees where that node hides the other one;
 * 0 where there is none. `otherClient` and `before` are as in judge-pair.ts.
 */
export function walkPath(
  tables: usize,
  batch: usize,
  row: u32,
  source: usize,
  dialled: usize,
  target: usize,
  entry: u32,
  behindEntry: usize,
  otherClient: usize,
  before: u32,
  dialledPorts: u32,
  ports: u32,
): u32 {
  const family = familyOf(batch, row);
  const from = nodeOf(source);
  const to = nodeOf(target);
  const isSent = load<u32>(source + ENTRY_OWNER) !== 0;
  const isReceived = load<u32>(target + ENTRY_OWNER) !== 0;
  const isLocal = from !== 0 && from === to && (entry === 0 || entry === from);
  const passesEntry = entry !== 0 && entry !== from;
  const next = passesEntry ? dialled : target;
  const device = deviceBetween(tables, from, passesEntry ? entry : to, family, next);
  let found = result(VERDICT_ALLOW, REASON_NO_ENDPOINT, HOOK_NONE);
  let client = source;
  if (isSent) {
    found = leavePod(tables, batch, row, source, dialled, target, before, dialledPorts, ports);
    if (isOwnNode(source, target)) return isRefused(found) ? found : endAtHost(found, source);
    if (from !== 0 && !isLocal) {
      const way = place(from, device, HOOK_FORWARD_EGRESS);
      found = joined(found, meetHook(tables, batch, row, found, way, source, target, ports));
      client = sourceBeyond(tables, source, next, family);
    }
  } else if (from !== 0) {
    if (isLocal) return isReceived ? hostToLocal() : found;
    found = leaveHost(tables, batch, row, from, device, source, dialled, target, dialledPorts, ports);
  }
  const last: u32 = isReceived ? HOOK_FORWARD_INGRESS : HOOK_HOST_INGRESS;
  if (passesEntry)
    found = passEntry(
      tables,
      batch,
      row,
      found,
      entry,
      to,
      device,
      last,
      client,
      dialled,
      target,
      dialledPorts,
      ports,
    );
  if (behindEntry !== 0) client = behindEntry;
  const previous = entry !== 0 ? entry : from;
  if (to !== 0 && to !== previous) {
    const way = deviceBetween(tables, previous, to, family, target);
    found = comeIn(tables, batch, row, found, to, way, last, client, target, target, ports, ports);
  }
  if (!isReceived || isRefused(found)) return found;
  return enterPod(tables, batch, row, found, source, client, otherClient, target, ports);
}
