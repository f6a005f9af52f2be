/** Addresses of a trace that lie in a range of the cluster and that no object holds: the manifests are not of their time. */
import { type Address, addressKey, formatAddress } from '../net/address.ts';
import { isNameWords } from '../packet/name-words.ts';
import type { Cluster } from '../policy/cluster.ts';
import type { AddressBook } from '../policy/endpoints.ts';
import type { ReplayResult } from '../replay/result.ts';
import { type KnownRange, knownRanges, rangeFinder } from './known-ranges.ts';
import type { UnresolvedAddress } from './replay-document.ts';

export interface Resolution {
  /** Heaviest first. */
  readonly unresolved: readonly UnresolvedAddress[];
  /** Packets with an unresolved address on either side, of all that have addresses: 0 to 1. */
  readonly share: number;
  /** Distinct addresses, and those that some object held when packets carried them. */
  readonly seen: number;
  readonly known: number;
}

interface Found {
  readonly address: Address;
  readonly range: KnownRange;
  packets: number;
}

/** `epochs` by number: what was known when. An address that was unknown for some of its packets is unresolved with those. */
export function findUnresolved(
  result: Pick<ReplayResult, 'refused' | 'admitted' | 'addresses'>,
  epochs: readonly { readonly book: AddressBook; readonly cluster: Cluster }[],
): Resolution {
  const known = epochs.map(({ book, cluster }) => ({
    book,
    rangeOf: rangeFinder(knownRanges(cluster)),
    // Of addresses of flows: thousands of flows have a few hundred.
    ranges: new Map<string, KnownRange | undefined>(),
  }));
  const rangeIn = (epoch: number, address: Address): KnownRange | undefined => {
    const { book, rangeOf, ranges } = known[epoch]!;
    const key = addressKey(address);
    if (!ranges.has(key)) ranges.set(key, book.facts.has(key) ? undefined : rangeOf(address));
    return ranges.get(key);
  };
  let packets = 0;
  let affected = 0;
  for (const { family, src, dst, epoch, packets: its } of [...result.refused, ...result.admitted]) {
    packets += its;
    if ([src, dst].some((words) => rangeIn(epoch, { family, words }) !== undefined)) affected += its;
  }
  const seen = new Set<string>();
  const held = new Set<string>();
  const found = new Map<string, Found>();
  for (const { family, words, epoch, packets: its } of result.addresses) {
    if (isNameWords(words, 0)) continue;
    const address: Address = { family, words };
    const key = addressKey(address);
    seen.add(key);
    if (known[epoch]!.book.facts.has(key)) held.add(key);
    const range = rangeIn(epoch, address);
    if (range === undefined) continue;
    const before = found.get(key) ?? { address, range, packets: 0 };
    found.set(key, before);
    before.packets += its;
  }
  const unresolved = [...found.values()].map(({ address, range, packets: its }) => ({
    address: formatAddress(address),
    range: range.text,
    kind: range.kind,
    packets: its,
    share: packets === 0 ? 0 : Math.min(1, its / packets),
  }));
  unresolved.sort((a, b) => b.packets - a.packets || (a.address < b.address ? -1 : 1));
  return { unresolved, share: packets === 0 ? 0 : affected / packets, seen: seen.size, known: held.size };
}
