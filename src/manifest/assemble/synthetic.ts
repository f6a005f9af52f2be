/**
 * Stand-in addresses for pods and services that the manifests give none: out of ranges set aside for benchmarks and
 * documentation, so that they meet no address of a real cluster. An address depends on its owner's name alone, but for
 * the rare clash, so one more workload renumbers nothing.
 *
 * IPv4 pods 198.18.0.0/16, services 198.19.0.0/16 (RFC 2544); IPv6 pods 2001:db8::/96, services 2001:db8:1::/96 (RFC 3849).
 */
import { type Address, addressKey } from '../../net/address.ts';

export type SyntheticRange = 'pod' | 'service';

export const SYNTHETIC_RANGES = {
  pod: { 4: '198.18.0.0/16', 6: '2001:db8::/96' },
  service: { 4: '198.19.0.0/16', 6: '2001:db8:1::/96' },
} as const;

/** Host parts that are used: not the network's own, not the last. */
const IPV4_HOSTS = 65534;

/** FNV-1a with a final mix, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}

function addressOf(range: SyntheticRange, family: 4 | 6, host: number): Address {
  if (family === 4) return { family, words: [(range === 'pod' ? 0xc6120000 : 0xc6130000) + host, 0, 0, 0] };
  return { family, words: [0x20010db8, range === 'pod' ? 0 : 0x10000, 0, host] };
}

/** Hands out addresses; ask in a sorted order, so that clashes are settled the same way every time. */
export class SyntheticAddresses {
  readonly #taken: Set<string>;

  /** `taken`: keys of all addresses that the manifests give. */
  constructor(taken: Set<string>) {
    this.#taken = taken;
  }

  /** The owner's address, or undefined when the range is used up. */
  next(range: SyntheticRange, family: 4 | 6, owner: string): Address | undefined {
    const hosts = family === 4 ? IPV4_HOSTS : 0xffffffff;
    const first = hashOf(owner) % hosts;
    for (let step = 0; step < Math.min(hosts, IPV4_HOSTS); step++) {
      const address = addressOf(range, family, ((first + step) % hosts) + 1);
      const key = addressKey(address);
      if (this.#taken.has(key)) continue;
      this.#taken.add(key);
      return address;
    }
    return undefined;
  }
}
