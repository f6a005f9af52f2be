// What a packet gets whose connection was judged before.

import {
  REASON_DENIED_CONNECTION,
  REASON_ESTABLISHED,
  REASON_RELATED,
  VERDICT_ALLOW,
  VERDICT_DENY,
} from '../../tables/verdict-layout';
import { LINK_RELATED } from '../desk-layout';

/** Reason of a later packet (LINK_LATER) or of an ICMP error (LINK_RELATED), by how the first packet was judged. */
export function laterReason(kind: u32, verdict: u32, reason: u32): u32 {
  if (verdict == VERDICT_ALLOW) return kind == LINK_RELATED ? REASON_RELATED : REASON_ESTABLISHED;
  return verdict == VERDICT_DENY ? REASON_DENIED_CONNECTION : reason;
}
