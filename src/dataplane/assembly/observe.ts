// Verdicts beside what the trace says became of the packets: totals of each pair, the flows that disagree, and who decided on both
// sides. A record is turned towards initiator and responder before it is judged, and so is what was observed of it. Layouts:
// ../desk-layout.ts, ../shard-layout.ts.

import {
  BYTES,
  FLAG_CONNECTION,
  FLAGS,
  HOOK,
  OBSERVED,
  OBSERVED_ALLOW,
  OBSERVED_AT_SOURCE,
  OBSERVED_BY,
  OBSERVED_ELSEWHERE,
  OBSERVED_MASK,
  PACKETS,
  SHARD,
  VERDICT,
} from '../../packet/batch-layout';
import { VERDICT_ALLOW, VERDICT_COUNT, VERDICT_DENY, VERDICT_SKIP } from '../../tables/verdict-layout';
import {
  DESK_CREDIT,
  DESK_FIRSTS,
  DESK_LINKS,
  DESK_SHARDS,
  DESK_TOTALS,
  LINK_DONE,
  LINK_KIND_SHIFT,
  TOTAL_BYTES,
  TOTAL_FLOWS,
  TOTAL_OBSERVED,
  TOTAL_OBSERVED_ALLOW,
  TOTAL_OBSERVED_DENY,
  TOTAL_OBSERVED_ELSEWHERE,
  TOTAL_PACKETS,
  TOTAL_WORDS,
} from '../desk-layout';
import {
  FLOW_BYTES,
  FLOW_PACKETS,
  FLOW_PATH,
  FLOW_PENDING,
  SHARD_BYTES,
  SHARD_DECIDED,
  SHARD_DISAGREED,
} from '../shard-layout';
import { add, creditFlow } from './credit';
import { creditDecided, isSourceHook } from './decided';
import { layOutFlow } from './flow-row';
import { columnAt } from './identify';

/** The verdict as far as the place of observation could see it: at the source nobody sees a refusal by the destination. */
function verdictThere(observed: u32, verdict: u32, hook: u32): u32 {
  if ((observed & OBSERVED_AT_SOURCE) == 0 || verdict != VERDICT_DENY) return verdict;
  return isSourceHook(hook) ? VERDICT_DENY : VERDICT_ALLOW;
}

function totalRow(observed: u32): u32 {
  if (observed & OBSERVED_ELSEWHERE) return TOTAL_OBSERVED_ELSEWHERE;
  return (observed & OBSERVED_MASK) == OBSERVED_ALLOW ? TOTAL_OBSERVED_ALLOW : TOTAL_OBSERVED_DENY;
}

/** Lays out the flow of a row that was observed; the row of its first packet has the initiator's direction. */
function layOutObserved(desk: usize, batch: usize, row: u32, link: u32, observed: u32, flows: u32): void {
  const isKnown = link >> LINK_KIND_SHIFT == LINK_DONE;
  if (isKnown) layOutFlow(desk, batch, row, flows);
  else layOutFlow(desk, load<u32>(desk, DESK_FIRSTS), link & ((1 << LINK_KIND_SHIFT) - 1), flows);
  const flow = desk + DESK_CREDIT;
  // What is counted is the row's own, whatever row its connection began with.
  store<f64>(flow, load<f64>(columnAt(batch, PACKETS) + (row << 3)), FLOW_PACKETS);
  store<f64>(flow, load<f64>(columnAt(batch, BYTES) + (row << 3)), FLOW_BYTES);
  store<u8>(flow, observed, FLOW_PENDING);
  store<u16>(flow, <u16>load<u32>(columnAt(batch, OBSERVED_BY) + (row << 2)), FLOW_PATH);
}

/** Compares the rows that were settled; their hooks and outcomes are filled (ANSWER_ROWS). */
export function compareObserved(desk: usize, batch: usize, rows: usize, count: u32): void {
  const links: usize = load<u32>(desk, DESK_LINKS);
  const totals: usize = load<u32>(desk, DESK_TOTALS);
  const shards: usize = load<u32>(desk, DESK_SHARDS);
  const observeds = columnAt(batch, OBSERVED);
  const verdicts = columnAt(batch, VERDICT);
  for (let index: u32 = 0; index < count; index++) {
    const row = load<u32>(rows + (index << 2));
    const observed = <u32>load<u8>(observeds + row);
    const judged = <u32>load<u8>(verdicts + row);
    if ((observed & OBSERVED_MASK) == 0 || judged == VERDICT_SKIP) continue;
    const verdict = verdictThere(observed, judged, load<u8>(columnAt(batch, HOOK) + row));
    const flows: u32 = load<u16>(columnAt(batch, FLAGS) + (row << 1)) & FLAG_CONNECTION ? 1 : 0;
    const kind = totalRow(observed);
    const total = totals + ((TOTAL_OBSERVED + (kind * VERDICT_COUNT + verdict) * TOTAL_WORDS) << 3);
    add(total + (TOTAL_PACKETS << 3), load<f64>(columnAt(batch, PACKETS) + (row << 3)));
    add(total + (TOTAL_BYTES << 3), load<f64>(columnAt(batch, BYTES) + (row << 3)));
    add(total + (TOTAL_FLOWS << 3), <f64>flows);
    if (kind == TOTAL_OBSERVED_ELSEWHERE || (verdict != VERDICT_ALLOW && verdict != VERDICT_DENY)) continue;
    const disagrees = (kind == TOTAL_OBSERVED_ALLOW) != (verdict == VERDICT_ALLOW);
    // Where both agree and nobody is named, there is nothing to learn.
    if (!disagrees && load<u32>(columnAt(batch, OBSERVED_BY) + (row << 2)) == 0) continue;
    const shard = shards + <usize>load<u16>(columnAt(batch, SHARD) + (row << 1)) * SHARD_BYTES;
    layOutObserved(desk, batch, row, load<u32>(links + (index << 2)), observed, flows);
    creditDecided(desk, shard + SHARD_DECIDED, batch, row, observed, verdict, flows);
    if (disagrees) creditFlow(desk, shard + SHARD_DISAGREED, desk + DESK_CREDIT);
  }
}
