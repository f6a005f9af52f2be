/**
 * The ranges in which a cluster's addresses lie, as far as its manifests tell. An address of the trace inside one that
 * no object holds means that the manifests are not of the moment of the capture.
 */
import { type Address, addressKey } from '../../net/address.ts';
import { type Cidr, cidrOf, formatCidr, parseCidr } from '../../net/cidr.ts';
import type { Cluster } from '../../policy/cluster.ts';

/** Without podCIDRs: blocks of this size around known addresses, what most CNIs hand to a node. */
const COVERING_BITS = { 4: 24, 6: 64 } as const;
/** Around known service addresses. */
const SERVICE_BITS = { 4: 24, 6: 112 } as const;

export interface KnownRange {
  readonly kind: 'pod' | 'service';
  readonly cidr: Cidr;
  readonly text: string;
}

/** Pod and service ranges: podCIDRs of nodes, then the blocks around pods and services that no podCIDR holds. */
export function knownRanges(cluster: Cluster): KnownRange[] {
  const ranges = new Map<string, KnownRange>();
  const add = (kind: 'pod' | 'service', cidr: Cidr): void => {
    const text = formatCidr(cidr);
    if (!ranges.has(text)) ranges.set(text, { kind, cidr, text });
  };
  for (const text of cluster.nodes.flatMap(({ podCidrs }) => podCidrs)) {
    const parsed = parseCidr(text);
    if ('cidr' in parsed) add('pod', parsed.cidr);
  }
  const nodeRange = rangeFinder([...ranges.values()]);
  for (const pod of cluster.pods) {
    if (pod.hostNetwork) continue;
    for (const address of pod.addresses)
      if (nodeRange(address) === undefined) add('pod', cidrOf(address, COVERING_BITS[address.family]));
  }
  for (const address of cluster.services.flatMap(({ clusterIPs }) => clusterIPs))
    add('service', cidrOf(address, SERVICE_BITS[address.family]));
  return [...ranges.values()];
}

/** Equal for addresses in the same blocks of `bits`: a number where one word says it, since a trace may hold very many. */
function networkKey(address: Address, bits: number): number | string {
  if (address.family === 4) return bits === 0 ? 0 : (address.words[0] & (-1 << (32 - bits))) >>> 0;
  return addressKey(cidrOf(address, bits).network);
}

/** The range that holds an address, if any. Answers are constant time: ranges are few sizes, looked up by network. */
export function rangeFinder(ranges: readonly KnownRange[]): (address: Address) => KnownRange | undefined {
  const sizes: Record<4 | 6, Map<number, Map<number | string, KnownRange>>> = { 4: new Map(), 6: new Map() };
  for (const range of ranges) {
    const { network, prefixBits } = range.cidr;
    const byNetwork = sizes[network.family].get(prefixBits) ?? new Map<number | string, KnownRange>();
    sizes[network.family].set(prefixBits, byNetwork);
    byNetwork.set(networkKey(network, prefixBits), range);
  }
  const longestFirst = (family: 4 | 6) => [...sizes[family]].sort(([a], [b]) => b - a);
  const ordered = { 4: longestFirst(4), 6: longestFirst(6) };
  return (address) => {
    for (const [bits, byNetwork] of ordered[address.family]) {
      const found = byNetwork.get(networkKey(address, bits));
      if (found !== undefined) return found;
    }
    return undefined;
  };
}
