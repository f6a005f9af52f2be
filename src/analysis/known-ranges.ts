/**
 * The ranges in which a cluster's addresses lie, as far as its manifests tell. An address of the trace inside one that
 * no object holds means that the manifests are not of the moment of the capture.
 */
import { type Address, addressKey } from '../net/address.ts';
import { type Cidr, cidrOf, formatCidr, parseCidr } from '../net/cidr.ts';
import type { Cluster } from '../policy/cluster.ts';

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

/** The range that holds an address, if any. Answers are constant time: ranges are few sizes, looked up by network. */
export function rangeFinder(ranges: readonly KnownRange[]): (address: Address) => KnownRange | undefined {
  const sizes: Record<4 | 6, number[]> = { 4: [], 6: [] };
  const byNetwork = new Map<string, KnownRange>();
  for (const range of ranges) {
    const { network, prefixBits } = range.cidr;
    if (!sizes[network.family].includes(prefixBits)) sizes[network.family].push(prefixBits);
    byNetwork.set(`${addressKey(network)}/${prefixBits}`, range);
  }
  for (const list of Object.values(sizes)) list.sort((a, b) => b - a);
  return (address) => {
    for (const bits of sizes[address.family]) {
      const found = byNetwork.get(`${addressKey(cidrOf(address, bits).network)}/${bits}`);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}
