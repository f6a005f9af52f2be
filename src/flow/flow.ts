/**
 * The notation of a flow: `tcp shop/web to shop/db:5432`. Text ⇄ flow, names unresolved: what a name means needs a
 * cluster and is `policy/endpoints.ts`'s business.
 */
import type { Address } from '../net/address.ts';

export type Side =
  /** A pod, or with `*` at its end all pods whose names are generated so; `*` alone: all pods of the namespace. */
  | { readonly kind: 'pod'; readonly namespace: string; readonly name: string }
  | {
      readonly kind: 'workload';
      readonly namespace: string;
      readonly workloadKind: string;
      readonly name: string;
    }
  | { readonly kind: 'address'; readonly address: Address }
  | { readonly kind: 'node'; readonly name: string }
  | { readonly kind: 'service'; readonly namespace: string; readonly name: string }
  /** Addresses that go by the set's name: those of its blocks that are no endpoint's and in no more specific block. */
  | { readonly kind: 'network-set'; readonly namespace: string; readonly name: string }
  /** Addresses that belong to nothing. */
  | { readonly kind: 'network'; readonly name: 'public' | 'private' };

/** A number; a port name, resolved at the destination; or `*`, answered per port class. */
export type PortOperand = number | { readonly name: string } | '*';

export interface Flow {
  /** IANA number. */
  readonly protocol: number;
  readonly source: Side;
  /** Absent: any. */
  readonly sourcePort?: number;
  readonly destination: Side;
  /** Present for TCP, UDP and SCTP, absent for all others. */
  readonly destinationPort?: PortOperand;
  /** ICMP and ICMPv6 only; absent: an echo request. */
  readonly icmp?: { readonly type: number; readonly code: number };
}
