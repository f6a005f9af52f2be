/** The blocks in which a cluster's pods lie, as far as its manifests tell: invented addresses tell nothing. */
import { type Cidr, cidrOf, cidrWithin, formatCidr, parseCidr } from '../net/cidr.ts';
import type { Cluster } from '../policy/cluster.ts';

/** Without pools and podCIDRs: blocks of this size around known addresses. */
const COVERING_BITS = { 4: 24, 6: 64 } as const;

/** Pools, else podCIDRs of nodes, else blocks around the addresses of pods; none lies within another. */
export function podRanges({ ipPools, nodes, pods }: Cluster): Cidr[] {
  const pools = ipPools.filter(({ forWorkloads }) => forWorkloads).map(({ cidr }) => cidr);
  const ofNodes = nodes
    .flatMap(({ podCidrs }) => podCidrs)
    .flatMap((text) => {
      const parsed = parseCidr(text);
      return 'cidr' in parsed ? [parsed.cidr] : [];
    });
  const given = [...pools, ...ofNodes];
  const around = pods
    .filter(({ synthetic, hostNetwork }) => !synthetic && !hostNetwork)
    .flatMap(({ addresses }) => addresses)
    .map((address) => cidrOf(address, COVERING_BITS[address.family]))
    .filter((block) => !given.some((range) => cidrWithin(block, range)));
  const all = new Map([...given, ...around].map((range) => [formatCidr(range), range]));
  return [...all.values()].filter(
    (range) => ![...all.values()].some((other) => other !== range && cidrWithin(range, other)),
  );
}

/** Whether two blocks have an address in common. */
export function cidrsMeet(a: Cidr, b: Cidr): boolean {
  return cidrWithin(a, b) || cidrWithin(b, a);
}
