// Verdicts beside what the trace says became of the packets: totals of each pair, the flows that disagree, and who decided on both
// sides. A record is turned towards initiator and responder before it is judged, and so is what was observed of it. Layouts:
// ../desk-layout.ts, ../shard-layout.ts.

import {
  BYTES,
  DPORT,
  DST,
  FLAG_CONNECTION,
  FLAGS,
  HOOK,
  JUDGED_DST,
  OBSERVED,
  OBSERVED_ALLOW,
  OBSERVED_AT_SOURCE,
  OBSERVED_BY,
  OBSERVED_ELSEWHERE,
  OBSERVED_MASK,
  PACKETS,
  PROTOCOL,
  SHARD,
  SPORT,
  SRC,
  VERDICT,
} from '../../packet/batch-layout';
import {
  SKIP_DUPLICATE,
  VERDICT_ALLOW,
  VERDICT_COUNT,
  VERDICT_DENY,
  VERDICT_SKIP,
} from '../../tables/verdict-layout';
import {
  DESK_CREDIT,
  DESK_FIRSTS,
  DESK_LINKS,
  DESK_SHARDS,
  DESK_TOTALS,
  LINK_COPY,
  LINK_FIRST,
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
  FLOW_DPORT,
  FLOW_PACKETS,
  FLOW_PATH,
  FLOW_PENDING,
  FLOW_SPORT,
  ROW_DST,
  ROW_SRC,
  SHARD_BYTES,
  SHARD_DECIDED,
  SHARD_DISAGREED,
} from '../shard-layout';
import { answerAlone } from './answer';
import { add, creditFlow } from './credit';
import { creditDecided, isSourceHook } from './decided';
import { layOutFlow } from './flow-row';
import { columnAt } from './identify';
import { NO_REQUEST, requestOf } from './key';
import { isIcmp } from './protocol';
import { copyAddress, isSameAddress } from './words';

/** The verdict as far as the place of observation could see it: at the source nobody sees a refusal by the destination. */
function verdictThere(observed: u32, verdict: u32, hook: u32): u32 {
  if ((observed & OBSERVED_AT_SOURCE) == 0 || verdict != VERDICT_DENY) return verdict;
  return isSourceHook(hook) ? VERDICT_DENY : VERDICT_ALLOW;
}

function totalRow(observed: u32): u32 {
  if (observed & OBSERVED_ELSEWHERE) return TOTAL_OBSERVED_ELSEWHERE;
  return (observed & OBSERVED_MASK) == OBSERVED_ALLOW ? TOTAL_OBSERVED_ALLOW : TOTAL_OBSERVED_DENY;
}

/** Whether two address columns of the row hold the same. */
function isSameIn(batch: usize, row: u32, one: u32, other: u32): bool {
  return isSameAddress(columnAt(batch, one) + (row << 4), columnAt(batch, other) + (row << 4));
}

/** Lays out the flow of a packet of a known connection: what comes from where the connection was judged to go is a reply, and turned. */
function layOutLater(desk: usize, batch: usize, row: u32, flows: u32): void {
  layOutFlow(desk, batch, row, flows);
  const isReply = isSameIn(batch, row, SRC, JUDGED_DST) && !isSameIn(batch, row, DST, JUDGED_DST);
  if (!isReply) return;
  const flow = desk + DESK_CREDIT;
  const sport = load<u16>(columnAt(batch, SPORT) + (row << 1));
  const dport = load<u16>(columnAt(batch, DPORT) + (row << 1));
  const protocol = load<u8>(columnAt(batch, PROTOCOL) + row);
  if (isIcmp(protocol)) {
    // An error is no reply: it has a direction of its own.
    const request = requestOf(protocol, dport >> 8);
    if (request == NO_REQUEST) return;
    store<u16>(flow, (request << 8) | (dport & 255), FLOW_DPORT);
  } else {
    store<u16>(flow, dport, FLOW_SPORT);
    store<u16>(flow, sport, FLOW_DPORT);
  }
  copyAddress(flow + ROW_SRC, columnAt(batch, DST) + (row << 4));
  copyAddress(flow + ROW_DST, columnAt(batch, SRC) + (row << 4));
}

/**
 * Lays out the flow of a row that was observed. The first packet of a connection stands in the initiator's direction among the first
 * ones; whatever follows is laid out from its own row, whether or not its connection was judged together with it.
 */
function layOutObserved(desk: usize, batch: usize, row: u32, link: u32, observed: u32, flows: u32): void {
  const kind = link >> LINK_KIND_SHIFT;
  // The copy of a record is gathered as the record itself was.
  if (kind != LINK_FIRST && (kind != LINK_COPY || flows == 0)) layOutLater(desk, batch, row, flows);
  else layOutFlow(desk, load<u32>(desk, DESK_FIRSTS), link & ((1 << LINK_KIND_SHIFT) - 1), flows);
  const flow = desk + DESK_CREDIT;
  // What is counted is the row's own, whatever row its connection began with.
  store<f64>(flow, load<f64>(columnAt(batch, PACKETS) + (row << 3)), FLOW_PACKETS);
  store<f64>(flow, load<f64>(columnAt(batch, BYTES) + (row << 3)), FLOW_BYTES);
  store<u8>(flow, observed, FLOW_PENDING);
  store<u16>(flow, <u16>load<u32>(columnAt(batch, OBSERVED_BY) + (row << 2)), FLOW_PATH);
}

/** Compares one row, whose verdict, hook and outcomes are filled. */
function compareRow(desk: usize, batch: usize, row: u32, observed: u32, link: u32): void {
  const judged = <u32>load<u8>(columnAt(batch, VERDICT) + row);
  const verdict = verdictThere(observed, judged, load<u8>(columnAt(batch, HOOK) + row));
  const flows: u32 = load<u16>(columnAt(batch, FLAGS) + (row << 1)) & FLAG_CONNECTION ? 1 : 0;
  const kind = totalRow(observed);
  const totals: usize = load<u32>(desk, DESK_TOTALS);
  const total = totals + ((TOTAL_OBSERVED + (kind * VERDICT_COUNT + verdict) * TOTAL_WORDS) << 3);
  add(total + (TOTAL_PACKETS << 3), load<f64>(columnAt(batch, PACKETS) + (row << 3)));
  add(total + (TOTAL_BYTES << 3), load<f64>(columnAt(batch, BYTES) + (row << 3)));
  add(total + (TOTAL_FLOWS << 3), <f64>flows);
  if (kind == TOTAL_OBSERVED_ELSEWHERE || (verdict != VERDICT_ALLOW && verdict != VERDICT_DENY)) return;
  const disagrees = (kind == TOTAL_OBSERVED_ALLOW) != (verdict == VERDICT_ALLOW);
  // Where both agree and nobody is named, there is nothing to learn.
  if (!disagrees && load<u32>(columnAt(batch, OBSERVED_BY) + (row << 2)) == 0) return;
  const number = <usize>load<u16>(columnAt(batch, SHARD) + (row << 1));
  const shard = <usize>load<u32>(desk, DESK_SHARDS) + number * SHARD_BYTES;
  layOutObserved(desk, batch, row, link, observed, flows);
  creditDecided(desk, shard + SHARD_DECIDED, batch, row, observed, verdict, flows);
  if (disagrees) creditFlow(shard + SHARD_DISAGREED, desk + DESK_CREDIT);
}

/** Compares the rows that were settled, and copies among them; hooks and outcomes are filled (ANSWER_ROWS). */
export function compareObserved(desk: usize, batch: usize, rows: usize, count: u32): void {
  const links: usize = load<u32>(desk, DESK_LINKS);
  const observeds = columnAt(batch, OBSERVED);
  const verdicts = columnAt(batch, VERDICT);
  for (let index: u32 = 0; index < count; index++) {
    const row = load<u32>(rows + (index << 2));
    const observed = <u32>load<u8>(observeds + row);
    if ((observed & OBSERVED_MASK) == 0) continue;
    if (load<u8>(verdicts + row) == VERDICT_SKIP) continue;
    const link = load<u32>(links + (index << 2));
    compareRow(desk, batch, row, observed, link);
    // What a second place says of a packet counts for that place; the packet itself is counted at the first.
    if (link >> LINK_KIND_SHIFT == LINK_COPY) answerAlone(desk, batch, row, VERDICT_SKIP, SKIP_DUPLICATE);
  }
}
