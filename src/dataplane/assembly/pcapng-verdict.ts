// What a program at an interface did with a packet, as epb_verdict says it, and what that says of policy. A drop is one wherever the
// program stood. To let a packet on is evidence at the interface of a pod alone: there the program is the pod's policy.
//
// Source: draft-ietf-opsawg-pcapng (epb_verdict); linux/pkt_cls.h (TC_ACT_), linux/bpf.h (xdp_action).

import {
  OBSERVED,
  OBSERVED_ALLOW,
  OBSERVED_AT_SOURCE,
  OBSERVED_BY,
  OBSERVED_DENY,
  OBSERVED_NONE,
  OWNER_UNKNOWN,
} from '../../packet/batch-layout';
import * as P from '../../packet/pcapng-layout';
import { columnAt } from './identify';
import { double } from './pcapng-field';

/** First byte of the option; 0 is the hardware's own, whose bytes nobody explains. */
const KIND_TC: u32 = 1;
const KIND_XDP: u32 = 2;
const TC_ACT_OK: u64 = 0;
const TC_ACT_SHOT: u64 = 2;
const TC_ACT_REDIRECT: u64 = 7;
const XDP_DROP: u64 = 1;
const XDP_PASS: u64 = 2;
const XDP_REDIRECT: u64 = 4;

/** The CAPTURE_VERDICT_ code of an option's value; 0 for what says nothing: errors of a program, packets that it keeps or sends back. */
export function readVerdict(at: usize, swapped: bool): u32 {
  const kind = <u32>load<u8>(at);
  const action = double(at + 1, swapped);
  if (kind === KIND_TC) {
    if (action === TC_ACT_SHOT) return P.CAPTURE_VERDICT_TC_SHOT;
    if (action === TC_ACT_OK) return P.CAPTURE_VERDICT_TC_OK;
    if (action === TC_ACT_REDIRECT) return P.CAPTURE_VERDICT_TC_REDIRECT;
  } else if (kind === KIND_XDP) {
    if (action === XDP_DROP) return P.CAPTURE_VERDICT_XDP_DROP;
    if (action === XDP_PASS) return P.CAPTURE_VERDICT_XDP_PASS;
    if (action === XDP_REDIRECT) return P.CAPTURE_VERDICT_XDP_REDIRECT;
  }
  return 0;
}

/** OBSERVED_ code: what comes in by a pod's interface has left the pod, what goes out by it has passed all. */
function observedOf(verdict: u32, direction: u32, owner: u32): u32 {
  const isPods = owner !== 0 && owner !== <u32>OWNER_UNKNOWN;
  if (verdict < <u32>P.CAPTURE_VERDICT_PASSED)
    return OBSERVED_DENY | (isPods && direction === P.DIRECTION_IN ? OBSERVED_AT_SOURCE : 0);
  if (!isPods) return OBSERVED_NONE;
  return OBSERVED_ALLOW | (direction === P.DIRECTION_OUT ? 0 : OBSERVED_AT_SOURCE);
}

/** Fills OBSERVED of a packet's row, and OBSERVED_BY with the verdict's code, of which its reader makes a text. */
export function writeVerdict(found: usize, owner: u32, batch: usize, row: u32): void {
  const verdict = load<u32>(found, P.FOUND_VERDICT);
  const observed = observedOf(verdict, load<u32>(found, P.FOUND_DIRECTION), owner);
  if (observed === OBSERVED_NONE) return;
  store<u8>(columnAt(batch, OBSERVED) + row, <u8>observed);
  store<u32>(columnAt(batch, OBSERVED_BY) + (row << 2), verdict);
}
