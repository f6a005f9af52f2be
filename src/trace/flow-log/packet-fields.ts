/** What the record of a packet has beyond a flow's, and its way into a row. `packet-cells.ts` reads it. */
import type { Address } from '../../net/address.ts';
import type { PacketBatch } from '../../packet/batch.ts';

/** A packet that an ICMP error quotes. */
export interface Quote {
  readonly source: Address;
  readonly destination: Address;
  readonly protocol: number;
  readonly sport: number;
  readonly dport: number;
}

export interface Tunnel {
  readonly count: number;
  readonly source: Address;
  readonly destination: Address;
}

/** In the units of the batch's columns. */
export interface PacketFields {
  /** FLAG_ bits. */
  readonly flags: number;
  /** Undefined where it is no protocol. */
  readonly protocol: number | undefined;
  readonly sport: number;
  readonly dport: number;
  readonly tcpFlags: number;
  readonly fragmentId: number;
  readonly fragmentOffset: number;
  readonly tunnel?: Tunnel | undefined;
  readonly quote?: Quote | undefined;
}

/** Writes them into a row whose addresses, times and counts are there. */
export function writePacketFields(fields: PacketFields, batch: PacketBatch, row: number): void {
  batch.flags[row] = fields.flags;
  batch.protocol[row] = fields.protocol ?? 0;
  batch.sport[row] = fields.sport;
  batch.dport[row] = fields.dport;
  batch.tcpFlags[row] = fields.tcpFlags;
  batch.fragmentId[row] = fields.fragmentId;
  batch.fragmentOffset[row] = fields.fragmentOffset;
  const { tunnel, quote } = fields;
  if (tunnel !== undefined) {
    batch.tunnel[row] = tunnel.count;
    batch.outerFamily[row] = tunnel.source.family;
    batch.outerSrc.set(tunnel.source.words, row * 4);
    batch.outerDst.set(tunnel.destination.words, row * 4);
  }
  if (quote === undefined) return;
  batch.quotedSrc.set(quote.source.words, row * 4);
  batch.quotedDst.set(quote.destination.words, row * 4);
  batch.quotedSport[row] = quote.sport;
  batch.quotedDport[row] = quote.dport;
  batch.quotedProtocol[row] = quote.protocol;
}
