// A judged row of a batch as a row of the flow table, at DESK_CREDIT. Layouts: ../desk-layout.ts, ../shard-layout.ts.

import {
  BYTES,
  DPORT,
  DST,
  EGRESS,
  FAMILY,
  HOOK,
  INGRESS,
  JUDGED_DPORT,
  JUDGED_DST,
  PACKETS,
  PROTOCOL,
  REASON,
  SPORT,
  SRC,
  VERDICT,
} from '../../packet/batch-layout';
import { DESK_CREDIT, DESK_EPOCH } from '../desk-layout';
import {
  FLOW_BYTES,
  FLOW_CONNECTIONS,
  FLOW_DPORT,
  FLOW_EGRESS,
  FLOW_EPOCH,
  FLOW_FAMILY,
  FLOW_HOOK,
  FLOW_INGRESS,
  FLOW_JUDGED_DPORT,
  FLOW_JUDGED_DST,
  FLOW_PACKETS,
  FLOW_PATH,
  FLOW_PENDING,
  FLOW_PROTOCOL,
  FLOW_REASON,
  FLOW_SPORT,
  FLOW_VERDICT,
  ROW_DST,
  ROW_SRC,
} from '../shard-layout';
import { columnAt } from './identify';
import { copyAddress } from './words';

/** Lays out the flow of a row whose answer columns are filled, without path and without pending verdict. */
export function layOutFlow(desk: usize, batch: usize, row: u32, flows: u32): void {
  const flow = desk + DESK_CREDIT;
  copyAddress(flow + ROW_SRC, columnAt(batch, SRC) + (row << 4));
  copyAddress(flow + ROW_DST, columnAt(batch, DST) + (row << 4));
  store<u16>(flow, load<u16>(columnAt(batch, DPORT) + (row << 1)), FLOW_DPORT);
  store<u8>(flow, load<u8>(columnAt(batch, HOOK) + row), FLOW_HOOK);
  store<u8>(flow, 0, FLOW_PENDING);
  store<u8>(flow, load<u8>(columnAt(batch, FAMILY) + row), FLOW_FAMILY);
  store<u8>(flow, load<u8>(columnAt(batch, PROTOCOL) + row), FLOW_PROTOCOL);
  store<u8>(flow, load<u8>(columnAt(batch, VERDICT) + row), FLOW_VERDICT);
  store<u8>(flow, load<u8>(columnAt(batch, REASON) + row), FLOW_REASON);
  store<u32>(flow, load<u32>(columnAt(batch, EGRESS) + (row << 2)), FLOW_EGRESS);
  store<u32>(flow, load<u32>(columnAt(batch, INGRESS) + (row << 2)), FLOW_INGRESS);
  store<u32>(flow, flows, FLOW_CONNECTIONS);
  store<f64>(flow, load<f64>(columnAt(batch, PACKETS) + (row << 3)), FLOW_PACKETS);
  store<f64>(flow, load<f64>(columnAt(batch, BYTES) + (row << 3)), FLOW_BYTES);
  copyAddress(flow + FLOW_JUDGED_DST, columnAt(batch, JUDGED_DST) + (row << 4));
  store<u16>(flow, load<u16>(columnAt(batch, JUDGED_DPORT) + (row << 1)), FLOW_JUDGED_DPORT);
  store<u16>(flow, load<u16>(columnAt(batch, SPORT) + (row << 1)), FLOW_SPORT);
  store<u16>(flow, 0, FLOW_PATH);
  store<u8>(flow, load<u32>(desk, DESK_EPOCH), FLOW_EPOCH);
}
