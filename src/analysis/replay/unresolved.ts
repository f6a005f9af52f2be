/** Addresses of a trace that lie in a range of the cluster and that no object holds: the manifests are not of their time. */
import { type Address, addressKey, formatAddress } from '../../net/address.ts';
import { isNameWords } from '../../packet/name-words.ts';
import type { Cluster } from '../../policy/cluster.ts';
import type { AddressBook } from '../../policy/endpoints.ts';
import type { ReplayResult } from '../../replay/result.ts';
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
    // Of flows: thousands of them have a few hundred addresses.
    isIn: new Map<number | string, boolean>(),
  }));
  const isUnresolved = (epoch: number, address: Address): boolean => {
    const { book, rangeOf, isIn } = known[epoch]!;
    const key = address.family === 4 ? address.words[0] : addressKey(address);
    let found = isIn.get(key);
    if (found === undefined) {
      found = !book.facts.has(addressKey(address)) && rangeOf(address) !== undefined;
      isIn.set(key, found);
    }
    return found;
  };
  let packets = 0;
  let affected = 0;
  for (const flows of [result.refused, result.admitted]) {
    for (const { family, src, dst, epoch, packets: its } of flows) {
      packets += its;
      if (isUnresolved(epoch, { family, words: src }) || isUnresolved(epoch, { family, words: dst }))
        affected += its;
    }
  }
  const seen = new Set<string>();
  const held = new Set<string>();
  const found = new Map<string, Found>();
  for (const { family, words, epoch, packets: its } of result.addresses) {
    if (isNameWords(words, 0)) continue;
    const address: Address = { family, words };
    const key = addressKey(address);
    const { book, rangeOf } = known[epoch]!;
    seen.add(key);
    if (book.facts.has(key)) {
      held.add(key);
      continue;
    }
    const range = rangeOf(address);
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
