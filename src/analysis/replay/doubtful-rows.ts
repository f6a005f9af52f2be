/**
 * Which rows and flows of a replay an object could change that was left out because it is invalid. What `doubts.ts` asks of
 * a whole walk is asked here of the numbers that a replay keeps: a side counts when its program was met.
 */
import type { Cluster } from '../../policy/cluster.ts';
import { NO_OUTCOME } from '../../tables/verdict-layout.ts';
import type { NamedAddress } from '../address-names.ts';

/** Undefined where nothing was left out. */
export type Doubts =
  | {
      /** Some object may stand before any rule, or be named by one. */
      readonly anyRule: boolean;
      /** Some object may put hooks where none are. */
      readonly anyPacket: boolean;
      /** Some policy may govern any endpoint. */
      readonly anyEndpoint: boolean;
      /** Policies may govern the pods of these namespaces. */
      readonly namespaces: ReadonlySet<string>;
    }
  | undefined;

/** What of a row or a flow is looked at. */
export interface DoubtSubject {
  readonly verdict: string;
  readonly reason: string;
  readonly hook: string;
  readonly egress: number;
  readonly ingress: number;
  readonly source: NamedAddress;
  /** After address translation. */
  readonly destination: NamedAddress;
}

/** What the cluster's absent objects leave in doubt; staged ones change no verdict. */
export function doubtsOf({ vanished }: Pick<Cluster, 'vanished'>): Doubts {
  const objects = vanished.filter(({ kind }) => !kind.startsWith('Staged'));
  if (objects.length === 0) return undefined;
  const policies = objects.filter(({ kind }) => /NetworkPolicy$/.test(kind));
  return {
    anyRule: policies.length < objects.length,
    anyPacket: objects.some(({ kind }) => /^(HostEndpoint|IPPool)$/.test(kind)),
    anyEndpoint: policies.some(({ namespace }) => namespace === ''),
    namespaces: new Set(policies.map(({ namespace }) => namespace).filter((name) => name !== '')),
  };
}

/** Decided before anything is asked, or not judged at all. */
const NEVER_ASKED = ['self', 'untracked'];

/** Whether an absent object could change the verdict. */
export function isDoubtfulRow(doubts: Doubts, row: DoubtSubject): boolean {
  if (doubts === undefined || row.verdict === 'skip') return false;
  const { egress, ingress } = row;
  const isMet = row.hook !== 'none' || egress !== NO_OUTCOME || ingress !== NO_OUTCOME;
  if (!isMet && NEVER_ASKED.includes(row.reason)) return false;
  if (doubts.anyPacket) return true;
  // An undecided row keeps no outcome of the side that is open.
  const isOpen = row.verdict === 'undetermined' || row.verdict === 'unspecified';
  if (!isMet && !isOpen) return false;
  if (doubts.anyRule || doubts.anyEndpoint) return true;
  return (
    ((isOpen || egress !== NO_OUTCOME) && doubts.namespaces.has(row.source.ownerNamespace)) ||
    ((isOpen || ingress !== NO_OUTCOME) && doubts.namespaces.has(row.destination.ownerNamespace))
  );
}
