/**
 * Network sets as selectors see them, and which of them lie around an address. Sets may hold a million blocks, so they
 * are found by prefix length, not one by one; the index is made when it is first asked.
 *
 * Source: projectcalico/calico felix/labelindex/named_port_index.go,
 * libcalico-go/lib/backend/syncersv1/updateprocessors/networksetprocessor.go.
 */
import { type Address, addressKey } from '../../net/address.ts';
import { type Cidr, cidrOf } from '../../net/cidr.ts';
import type { Cluster } from '../cluster.ts';
import type { LabelledSet } from '../endpoints.ts';
import { NAMESPACE_LABEL } from '../translate/label-selector.ts';
import { NAMESPACE_PROFILE, profileLabelsOf, withInherited } from './effective-labels.ts';

/** By namespace, then name. A set of a namespace has that namespace's labels too, a global one only its own. */
export function labelledSetsOf(cluster: Cluster): LabelledSet[] {
  const lent = profileLabelsOf(cluster);
  const sets = cluster.networkSets.map(({ namespace, name, labels, nets }): LabelledSet => {
    const own = namespace === '' ? labels : { ...labels, [NAMESPACE_LABEL]: namespace };
    const profiles = namespace === '' ? [] : [`${NAMESPACE_PROFILE}${namespace}`];
    return {
      kind: 'network-set',
      namespace,
      name,
      labels: withInherited(own, profiles, lent),
      namedPorts: [],
      nets: nets.flatMap(halves),
    };
  });
  return sets.sort((a, b) => compare(a.namespace, b.namespace) || compare(a.name, b.name));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A block of all addresses is two, since kernel sets cannot hold it as one. */
export function halves(net: Cidr): Cidr[] {
  if (net.prefixBits > 0) return [net];
  const { family } = net.network;
  return [cidrOf(net.network, 1), cidrOf({ family, words: [0x80000000, 0, 0, 0] }, 1)];
}

/** Positions of sets by prefix length and network. */
type Index = Map<number, Map<string, readonly number[]>>;

/** Finds the sets that hold an address; each once, in the order of `sets`. */
export function setFinder(sets: readonly LabelledSet[]): (address: Address) => readonly LabelledSet[] {
  let index: Record<4 | 6, Index> | undefined;
  return (address) => {
    index ??= indexed(sets);
    const found = new Set<number>();
    for (const [prefixBits, byNetwork] of index[address.family]) {
      const around = byNetwork.get(addressKey(cidrOf(address, prefixBits).network));
      for (const position of around ?? []) found.add(position);
    }
    return [...found].sort((a, b) => a - b).map((position) => sets[position]!);
  };
}

function indexed(sets: readonly LabelledSet[]): Record<4 | 6, Index> {
  const index: Record<4 | 6, Index> = { 4: new Map(), 6: new Map() };
  for (const [position, { nets }] of sets.entries()) {
    // Shared by the many blocks that are in this set alone.
    const alone = [position];
    for (const { network, prefixBits } of nets) {
      const byLength = index[network.family];
      let byNetwork = byLength.get(prefixBits);
      if (byNetwork === undefined) {
        byNetwork = new Map();
        byLength.set(prefixBits, byNetwork);
      }
      const key = addressKey(network);
      const others = byNetwork.get(key);
      if (others === undefined) byNetwork.set(key, alone);
      else if (others.at(-1) !== position) byNetwork.set(key, [...others, position]);
    }
  }
  return index;
}
