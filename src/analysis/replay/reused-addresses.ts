/**
 * Addresses that several pods of one cluster state have, or had while the trace ran: every packet of such an address is
 * judged as one pod's, whoever sent it. Snapshots with their times tell them apart.
 */
import { addressKey, formatAddress } from '../../net/address.ts';
import { isFinished } from '../../policy/addresses/pod-phase.ts';
import type { Cluster, Pod } from '../../policy/cluster.ts';
import type { AddressBook } from '../../policy/endpoints.ts';
import type { ReplayResult } from '../../replay/result.ts';
import type { ReusedAddress, ReusedSummary } from './replay-document.ts';

/** The most that are listed; the rest is counted. */
const LISTED = 100;

/** What is known of one epoch; its packets are not earlier than `sinceSeconds`. */
export interface ReusedEpoch {
  readonly book: AddressBook;
  readonly cluster: Cluster;
  readonly sinceSeconds: number;
}

const nameOf = ({ namespace, name }: Pick<Pod, 'namespace' | 'name'>): string => `${namespace}/${name}`;

/** Finished pods by the addresses that they had. */
function finishedPods({ pods }: Cluster): Map<string, Pod[]> {
  const finished = new Map<string, Pod[]>();
  for (const pod of pods) {
    if (pod.hostNetwork || !isFinished(pod)) continue;
    for (const address of pod.addresses) {
      const key = addressKey(address);
      finished.set(key, [...(finished.get(key) ?? []), pod]);
    }
  }
  return finished;
}

interface Clash {
  readonly pods: readonly string[];
  readonly taken: string;
}

/** By address key. */
function clashesOf({ book, cluster, sinceSeconds }: ReusedEpoch): Map<string, Clash> {
  const finished = finishedPods(cluster);
  const clashes = new Map<string, Clash>();
  for (const [key, { holders, owner }] of book.facts) {
    if (owner?.pod === undefined) continue;
    const holding = holders.filter(({ kind }) => kind === 'workload').map(nameOf);
    // Who had the address before counts while packets may be its own.
    const before = owner.pod.startedSeconds > sinceSeconds ? (finished.get(key) ?? []).map(nameOf) : [];
    const pods = [...new Set([...holding, ...before])];
    if (pods.length > 1) clashes.set(key, { pods, taken: nameOf(owner) });
  }
  return clashes;
}

/** Addresses of the trace with several pods, heaviest first. */
export function reusedAddresses(
  result: Pick<ReplayResult, 'refused' | 'admitted' | 'addresses'>,
  epochs: readonly ReusedEpoch[],
): ReusedSummary {
  const clashes = epochs.map(clashesOf);
  if (clashes.every(({ size }) => size === 0)) return { addresses: [], share: 0, omitted: 0 };
  let packets = 0;
  let affected = 0;
  for (const { family, src, dst, epoch, packets: its } of [...result.refused, ...result.admitted]) {
    packets += its;
    if ([src, dst].some((words) => clashes[epoch]!.has(addressKey({ family, words })))) affected += its;
  }
  const addresses: ReusedAddress[] = result.addresses.flatMap(({ family, words, epoch, packets: its }) => {
    const clash = clashes[epoch]!.get(addressKey({ family, words }));
    if (clash === undefined) return [];
    return [{ address: formatAddress({ family, words }), ...clash, packets: its }];
  });
  return {
    addresses: addresses.slice(0, LISTED),
    share: packets === 0 ? 0 : affected / packets,
    omitted: Math.max(0, addresses.length - LISTED),
  };
}
