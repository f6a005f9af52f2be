/**
 * AWS VPC flow logs straight from their bytes: the row of a record whose cells are all there, between IPv4 addresses. Any other record is left
 * to the reader of texts in `aws-vpc.ts`, which says what a record means; this file says the same of the usual ones.
 */
import { carriesPorts } from '../../net/protocol.ts';
import { TCP } from '../../net/protocol-layout.ts';
import {
  FLAG_INITIATOR_UNKNOWN,
  FLAG_INTERVAL,
  FLAG_PORTS,
  FLAG_TCP_FLAGS,
  OBSERVED_ALLOW,
  OBSERVED_DENY,
  OBSERVED_ELSEWHERE,
  OBSERVED_NONE,
} from '../../packet/batch-layout.ts';
import { createCells, findCells, ipv4At, isWordAt, lineEnd, wholeAt } from '../flow-log/cell-scan.ts';
import type { FlowList, FlowScan } from '../flow-log/flow-format.ts';
import { clearFlowRow, LARGEST_COUNT } from '../flow-log/flow-record.ts';

const SPACE = 32;
const DASH = 45;
/** Later times are told as such, longer numbers are no seconds. */
const SECONDS_MOST = 0xffff_ffff;
const SECONDS_DIGITS = 11;
const SYN = 2;
const SYN_ACK = 18;

/** What scans a file's records; undefined when it has not the columns of a usual record. */
export function awsVpcScan({ framing, columns, cells: count = 0 }: FlowList): FlowScan | undefined {
  const { srcaddr, dstaddr, srcport, dstport, protocol, packets, bytes: octets, start } = columns;
  if (
    framing !== 'lines' ||
    srcaddr === undefined ||
    dstaddr === undefined ||
    srcport === undefined ||
    dstport === undefined ||
    protocol === undefined ||
    packets === undefined ||
    octets === undefined ||
    start === undefined
  )
    return undefined;
  const { action, 'log-status': status, 'tcp-flags': flagBits } = columns;
  const { 'pkt-srcaddr': ownSource, 'pkt-dstaddr': ownDestination } = columns;
  const cells = createCells(Math.max(count, ...Object.values(columns).map((column) => column + 1)));

  /** The address in the packet's own column, where there is one, else the interface's. */
  const addressAt = (bytes: Uint8Array, own: number | undefined, column: number): number => {
    if (own === undefined) return ipv4At(cells, column, bytes);
    const from = cells.starts[own]!;
    const isNone = bytes[from] === DASH && cells.starts[own + 1] === from + 2;
    return ipv4At(cells, isNone ? column : own, bytes);
  };

  const observedAt = (bytes: Uint8Array): number => {
    if (action === undefined) return OBSERVED_NONE;
    if (isWordAt(cells, action, bytes, 'ACCEPT')) return OBSERVED_ALLOW | OBSERVED_ELSEWHERE;
    return isWordAt(cells, action, bytes, 'REJECT') ? OBSERVED_DENY | OBSERVED_ELSEWHERE : -1;
  };

  return (bytes, from, to, batch, row) => {
    const end = lineEnd(bytes, from, to);
    if (end < 0) return false;
    findCells(cells, bytes, from, end, SPACE);
    if (cells.count < cells.starts.length - 1) return false;
    if (status !== undefined && !isWordAt(cells, status, bytes, 'OK')) return false;
    const source = addressAt(bytes, ownSource, srcaddr);
    const destination = addressAt(bytes, ownDestination, dstaddr);
    const number = wholeAt(cells, protocol, bytes, 255);
    const sport = wholeAt(cells, srcport, bytes, 65_535);
    const dport = wholeAt(cells, dstport, bytes, 65_535);
    const counted = wholeAt(cells, packets, bytes, LARGEST_COUNT);
    const length = wholeAt(cells, octets, bytes, LARGEST_COUNT);
    const seconds = wholeAt(cells, start, bytes, SECONDS_MOST);
    const observed = observedAt(bytes);
    const bits = flagBits === undefined ? 0 : wholeAt(cells, flagBits, bytes, 255);
    if (
      source < 0 ||
      destination < 0 ||
      number < 0 ||
      sport < 0 ||
      dport < 0 ||
      counted < 0 ||
      length < 0 ||
      seconds < 0 ||
      cells.starts[start + 1]! - 1 - cells.starts[start]! > SECONDS_DIGITS ||
      observed < 0 ||
      bits < 0
    )
      return false;
    clearFlowRow(batch, row);
    // Who answers sends SYN and ACK together: the connection is the other way round.
    const isTurned = (bits & SYN_ACK) === SYN_ACK;
    batch.seconds[row] = seconds;
    batch.family[row] = 4;
    batch.protocol[row] = number;
    batch.src[row * 4] = isTurned ? destination : source;
    batch.dst[row * 4] = isTurned ? source : destination;
    batch.packets[row] = counted;
    batch.bytes[row] = length;
    batch.observed[row] = observed;
    batch.flags[row]! |= FLAG_INTERVAL;
    if ((bits & SYN) === 0) batch.flags[row]! |= FLAG_INITIATOR_UNKNOWN;
    if (!carriesPorts(number)) return true;
    batch.flags[row]! |= FLAG_PORTS;
    batch.sport[row] = isTurned ? dport : sport;
    batch.dport[row] = isTurned ? sport : dport;
    if (number !== TCP || (bits & SYN) === 0 || isTurned) return true;
    batch.tcpFlags[row] = bits;
    batch.flags[row]! |= FLAG_TCP_FLAGS;
    return true;
  };
}
