// What a packet gets whose connection was judged before.

import {
  REASON_DENIED_CONNECTION,
  REASON_ESTABLISHED,
  REASON_RELATED,
  VERDICT_ALLOW,
  VERDICT_DENY,
} from '../../tables/verdict-layout';
import { LINK_RELATED } from '../desk-layout';

/**
 * Reason of a later packet (LINK_LATER) or of an ICMP error (LINK_RELATED), by how the first packet was judged. Without branches: the
 * verdicts of packets that follow each other are mixed.
 */
export function laterReason(kind: u32, verdict: u32, reason: u32): u32 {
  const allowed = select<u32>(REASON_RELATED, REASON_ESTABLISHED, kind == LINK_RELATED);
  const other = select<u32>(REASON_DENIED_CONNECTION, reason, verdict == VERDICT_DENY);
  return select<u32>(allowed, other, verdict == VERDICT_ALLOW);
}
