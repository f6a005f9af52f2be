/** The common record that every flow log is read into: a connection, or what was counted of one. */
import type { FlowName } from '../../flow/flow-name.ts';
import type { TraceTime } from '../time.ts';
import type { FlowNote } from './flow-notes.ts';
import type { ObservedDecider } from './observed-decider.ts';
import type { PacketFields } from './packet-fields.ts';
import type { Reporter } from './reporter.ts';

/** What a record says. What it leaves open is undefined. */
export interface FlowRecord {
  readonly time: TraceTime;
  /** Addresses, as text. */
  readonly source: string | undefined;
  readonly destination: string | undefined;
  /** What stands where an address is missing, or belongs to nothing in the cluster. */
  readonly sourceName?: FlowName | undefined;
  readonly destinationName?: FlowName | undefined;
  /** Number, or a name in any case. `icmp` between IPv6 addresses is ICMPv6. */
  readonly protocol: string | number | undefined;
  readonly sourcePort?: number | undefined;
  readonly destinationPort?: number | undefined;
  readonly icmpType?: number | undefined;
  readonly icmpCode?: number | undefined;
  /** The destination behind NAT, an address as text; the same one, or none, where nothing was rewritten. */
  readonly translated?:
    | { readonly address: string | undefined; readonly port: number | undefined }
    | undefined;
  /** FIN 1, SYN 2, RST 4, ACK 16, ... */
  readonly tcpFlags?: number | undefined;
  /** Of both directions, where the record counts both. */
  readonly packets: number;
  readonly bytes: number;
  /** OBSERVED_ code. */
  readonly observed?: number | undefined;
  /** Who decided it; nobody when absent. */
  readonly observedBy?: ObservedDecider | undefined;
  /** The source may as well be the one who answered. */
  readonly initiatorUnknown?: boolean | undefined;
  /** True for one that tells once more what another record tells: its row is skipped. */
  readonly repeated?: boolean | undefined;
  /** FLAG_AGGREGATED, FLAG_SAMPLED, FLAG_INTERVAL; none when absent. */
  readonly trust?: number | undefined;
  /** What a record of a packet has beside; a flow's when absent. */
  readonly packet?: PacketFields | undefined;
  /** Which end wrote the record, where the other one writes it too. */
  readonly reporter?: Reporter | undefined;
  /** True for one that is told of the answer's direction: `turned` made it of what stands in the record. */
  readonly isTurned?: boolean | undefined;
  /** SKIP_ code of a record that says itself that it is nothing to judge. */
  readonly skip?: number | undefined;
}

/** A record that is no flow to judge, and why. */
export interface NoFlow {
  readonly note: FlowNote;
  /** What the note counts: 1 when absent. */
  readonly amount?: number;
}

export type FlowReading = FlowRecord | NoFlow;

/** A record that cannot be read. */
export const MALFORMED: NoFlow = { note: 'malformed' };

/** The same flow seen from the other end: a reply's record becomes that of the connection. Types of ICMP replies turn by themselves. */
export function turned(flow: FlowRecord): FlowRecord {
  return {
    ...flow,
    source: flow.destination,
    destination: flow.source,
    sourceName: flow.destinationName,
    destinationName: flow.sourceName,
    sourcePort: flow.destinationPort,
    destinationPort: flow.sourcePort,
    isTurned: flow.isTurned !== true,
  };
}
