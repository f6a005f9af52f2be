/**
 * A packet as one hook sees it, and what a match against it depends on and says.
 */
import type { Address } from '../../net/address.ts';
import type { CniProfile } from '../cni/profile.ts';
import type { AddressBook, Labelled } from '../endpoints.ts';
import type { OpenChoice } from '../open-choice.ts';
import type { Direction } from '../policy.ts';

/** One side of a packet, after address translation. */
export interface SeenSide {
  readonly address: Address;
  /** The address that nets are compared with: another one only where a profile asks both ways. */
  readonly netAddress: Address;
  /** Everything that selectors find at the address: endpoints, network sets around it. */
  readonly holders: readonly Labelled[];
  readonly port?: number;
  /** The node that has the address. */
  readonly nodeName?: string;
  /** Somebody of the world, whoever has the address: of blocks only those of all addresses hold it. */
  readonly isWorld?: true;
  /** Nothing in the cluster has the address: names that are not resolved may stand for it. */
  readonly isUnheld?: boolean;
}

/** A packet as a hook sees it, all its fields known. */
export interface SeenPacket {
  readonly source: SeenSide;
  readonly destination: SeenSide;
  readonly protocol: number;
  readonly icmp?: { readonly type: number; readonly code: number };
}

export interface MatchContext {
  readonly direction: Direction;
  /** Of the endpoint that is asked; empty when it is not known. */
  readonly nodeName: string;
  readonly profile: Pick<CniProfile, 'namedPortBehindIpBlock'>;
  readonly book: Pick<AddressBook, 'serviceEndpoints'>;
}

export interface MatchResult {
  readonly matched: 'yes' | 'no' | 'maybe';
  readonly why: string;
  /** With `maybe`: what leaves it open, names before an API. */
  readonly openBy?: 'names' | OpenChoice;
}

export type SideName = 'source' | 'destination';
