/**
 * Records of packets in lists that `convert` wrote from captures: their rows are those that the capture gives, so that packets are
 * tracked with their connections. The columns are those of analysis/replay/record-row.ts.
 */
import { type Address, parseAddress } from '../../net/address.ts';
import { isIcmp, protocolNumber } from '../../net/protocol.ts';
import {
  FLAG_FRAGMENT_FIRST,
  FLAG_FRAGMENT_LATER,
  FLAG_PORTS,
  FLAG_QUOTE,
  FLAG_TCP_FLAGS,
  FLAG_TRUNCATED,
  FLAG_TUNNEL,
} from '../../packet/batch-layout.ts';
import type { PacketFields, Quote, Tunnel } from './packet-fields.ts';
import { tcpFlagsOf, wholeOf } from './record-values.ts';

/** Names of the columns, in the order of `PacketCell`. */
export const PACKET_CELLS = [
  'icmp_id',
  'fragment',
  'fragment_id',
  'fragment_offset',
  'tunnels',
  'outer_src',
  'outer_dst',
  'quoted_protocol',
  'quoted_src',
  'quoted_sport',
  'quoted_dst',
  'quoted_dport',
] as const;

export type PacketCell = (typeof PACKET_CELLS)[number];

/** The columns that packets share with flows. */
export interface SharedCells {
  readonly protocol: string | undefined;
  readonly sport: string | undefined;
  readonly dport: string | undefined;
  readonly icmpType: string | undefined;
  readonly icmpCode: string | undefined;
  readonly tcpFlags: string | undefined;
  readonly isTruncated: boolean;
}

type Cells = (name: PacketCell) => string | undefined;

const numberOf = (protocol: string | undefined): number | undefined =>
  protocol === undefined ? undefined : (wholeOf(protocol, 255) ?? protocolNumber(protocol));

function addressesOf(
  source: string | undefined,
  destination: string | undefined,
): [Address, Address] | undefined {
  const from = source === undefined ? undefined : parseAddress(source);
  const to = destination === undefined ? undefined : parseAddress(destination);
  return from === undefined || to === undefined || from.family !== to.family ? undefined : [from, to];
}

function tunnelOf(cellOf: Cells): Tunnel | undefined {
  const count = wholeOf(cellOf('tunnels'), 255);
  const ends = count === undefined ? undefined : addressesOf(cellOf('outer_src'), cellOf('outer_dst'));
  return ends === undefined ? undefined : { count: count!, source: ends[0], destination: ends[1] };
}

function quoteOf(cellOf: Cells): Quote | undefined {
  const protocol = numberOf(cellOf('quoted_protocol'));
  const ends = protocol === undefined ? undefined : addressesOf(cellOf('quoted_src'), cellOf('quoted_dst'));
  if (ends === undefined) return undefined;
  const port = (name: PacketCell): number => wholeOf(cellOf(name), 65_535) ?? 0;
  const [source, destination] = ends;
  return {
    source,
    destination,
    protocol: protocol!,
    sport: port('quoted_sport'),
    dport: port('quoted_dport'),
  };
}

/** Ports as the batch holds them; undefined where the packet shows none. */
function portsOf(
  shared: SharedCells,
  protocol: number,
  cellOf: Cells,
): [sport: number, dport: number] | undefined {
  if (!isIcmp(protocol)) {
    const dport = wholeOf(shared.dport, 65_535);
    return dport === undefined ? undefined : [wholeOf(shared.sport, 65_535) ?? 0, dport];
  }
  const type = wholeOf(shared.icmpType, 255);
  if (type === undefined) return undefined;
  return [wholeOf(cellOf('icmp_id'), 65_535) ?? 0, type * 256 + (wholeOf(shared.icmpCode, 255) ?? 0)];
}

const FRAGMENTS: Readonly<Record<string, number>> = {
  first: FLAG_FRAGMENT_FIRST,
  later: FLAG_FRAGMENT_LATER,
};

/** Reads the cells of a record of a packet. */
export function packetFieldsOf(shared: SharedCells, cellOf: Cells): PacketFields {
  const protocol = numberOf(shared.protocol);
  const ports = protocol === undefined ? undefined : portsOf(shared, protocol, cellOf);
  const tcpFlags = tcpFlagsOf(shared.tcpFlags);
  const tunnel = tunnelOf(cellOf);
  const quote = quoteOf(cellOf);
  const flags =
    (ports === undefined ? 0 : FLAG_PORTS) |
    (tcpFlags === undefined ? 0 : FLAG_TCP_FLAGS) |
    (shared.isTruncated ? FLAG_TRUNCATED : 0) |
    (FRAGMENTS[cellOf('fragment') ?? ''] ?? 0) |
    (tunnel === undefined ? 0 : FLAG_TUNNEL) |
    (quote === undefined ? 0 : FLAG_QUOTE);
  return {
    flags,
    protocol,
    sport: ports?.[0] ?? 0,
    dport: ports?.[1] ?? 0,
    tcpFlags: tcpFlags ?? 0,
    fragmentId: wholeOf(cellOf('fragment_id'), 0xffff_ffff) ?? 0,
    fragmentOffset: wholeOf(cellOf('fragment_offset'), 65_535) ?? 0,
    tunnel,
    quote,
  };
}
