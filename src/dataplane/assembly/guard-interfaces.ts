// First packets that were captured on a pod's interface, and name neither end as that pod's address: the host drops them before
// policy, since the way back to their source does not lead there. Runs behind classify, where captures name interfaces.
//
// Source: projectcalico/calico felix/rules/static.go (rpf rules), felix/rules/dispatch.go ("Unknown interface").

import {
  DST_ENTRY,
  EGRESS,
  EXTRA_COUNT,
  FAMILY,
  HOOK,
  INGRESS,
  INTERFACE_OWNER,
  OWNER_UNKNOWN,
  REASON,
  SRC,
  SRC_ENTRY,
  VERDICT,
} from '../../packet/batch-layout';
import { SECTION_ENTRIES } from '../../tables/directory-layout';
import { ENTRY_BYTES, ENTRY_OWNER } from '../../tables/entry-layout';
import {
  HOOK_NONE,
  NO_OUTCOME,
  REASON_SPOOFED,
  REASON_UNKNOWN_INTERFACE,
  VERDICT_DENY,
} from '../../tables/verdict-layout';
import { columnAt, sectionAt } from './identify';

/** fe80::/10 and the unspecified address: what a pod says before it has an address, and to its neighbours. */
function isLinkLocal(address: usize): bool {
  const first = load<u32>(address);
  if (first >>> 22 === 0x3fa) return true;
  return first === 0 && load<u32>(address, 4) === 0 && load<u64>(address, 8) === 0;
}

function refuse(batch: usize, row: u32, reason: u32): void {
  store<u8>(columnAt(batch, VERDICT) + row, <u8>VERDICT_DENY);
  store<u8>(columnAt(batch, REASON) + row, <u8>reason);
  store<u8>(columnAt(batch, HOOK) + row, <u8>HOOK_NONE);
  store<u32>(columnAt(batch, EGRESS) + (row << 2), NO_OUTCOME);
  store<u32>(columnAt(batch, INGRESS) + (row << 2), NO_OUTCOME);
  store<u8>(columnAt(batch, EXTRA_COUNT) + row, 0);
}

/** Refuses what a pod's interface does not let pass; all other rows stay as classify left them. */
export function guardInterfaces(tables: usize, batch: usize, first: u32, count: u32): void {
  const owners = columnAt(batch, INTERFACE_OWNER);
  const entries = sectionAt(tables, SECTION_ENTRIES) + ENTRY_OWNER;
  const sources = columnAt(batch, SRC_ENTRY);
  const destinations = columnAt(batch, DST_ENTRY);
  const families = columnAt(batch, FAMILY);
  const addresses = columnAt(batch, SRC);
  const end = first + count;
  for (let row = first; row < end; row++) {
    const owner = load<u32>(owners + (row << 2));
    if (owner === 0) continue;
    if (owner === <u32>OWNER_UNKNOWN) {
      refuse(batch, row, REASON_UNKNOWN_INTERFACE);
      continue;
    }
    const source = load<u32>(entries + load<u32>(sources + (row << 2)) * ENTRY_BYTES);
    const destination = load<u32>(entries + load<u32>(destinations + (row << 2)) * ENTRY_BYTES);
    if (source === owner || destination === owner) continue;
    if (load<u8>(families + row) === 6 && isLinkLocal(addresses + (row << 4))) continue;
    refuse(batch, row, REASON_SPOOFED);
  }
}
