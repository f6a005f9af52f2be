/**
 * Addresses for the names that are no list of addresses: network sets, the public and the private network. One for each
 * way in which what the cluster says of addresses tells them apart: every block's first address, and the first one behind it, are
 * such addresses, and no other needs to be asked.
 *
 * Source: projectcalico/calico felix/collector (an address is an endpoint's, else the network set's with the most specific
 * block around it, else private by RFC 1918 or public).
 */
import { PRIVATE_KEY, PUBLIC_KEY, setKey } from '../../flow/flow-name.ts';
import { type Address, addressKey } from '../../net/address.ts';
import { type Cidr, cidrOf, hostCidr, parseCidr, prefixMask } from '../../net/cidr.ts';
import type { Rule } from '../policy.ts';
import type { World } from '../world.ts';
import { factsAbout } from './address-book.ts';
import { networkSetFinder } from './network-set-around.ts';

/** What counts as private; all of IPv6 is public. */
export const PRIVATE_BLOCKS: readonly Cidr[] = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'].map(blockOf);
const ALL: readonly Cidr[] = ['0.0.0.0/0', '::/0'].map(blockOf);

function blockOf(text: string): Cidr {
  const parsed = parseCidr(text);
  if (!('cidr' in parsed)) throw new Error(`${text} is no block`);
  return parsed.cidr;
}

/** The first address behind a block; undefined behind the last one. */
function behind({ network: { family, words }, prefixBits }: Cidr): Address | undefined {
  const next: [number, number, number, number] = [...words];
  const last = family === 4 ? 0 : 3;
  for (let word = 0; word <= last; word++) next[word] = (next[word]! | ~prefixMask(prefixBits, word)) >>> 0;
  for (let word = last; word >= 0; word--) {
    next[word] = (next[word]! + 1) >>> 0;
    if (next[word] !== 0) return { family, words: next };
  }
  return undefined;
}

function blocksOfRules(rules: readonly Rule[]): Cidr[] {
  return rules.flatMap(({ match: { source, destination } }) =>
    [source, destination].flatMap(({ nets = [], notNets = [] }) => [...nets, ...notNets]),
  );
}

/** Blocks that rules and failsafe ports name: what tells addresses apart that belong to nothing. */
function ruleBlocks({ resolved, seen: { felix } }: World): Cidr[] {
  const owners = [...resolved.policies, ...resolved.profiles.values()];
  const failsafe = [felix.everywhere, ...felix.byNode.values()].flatMap(
    ({ failsafeInbound, failsafeOutbound }) => [...failsafeInbound, ...failsafeOutbound],
  );
  return [
    ...owners.flatMap(({ rules }) => [...blocksOfRules(rules.ingress), ...blocksOfRules(rules.egress)]),
    ...failsafe.flatMap(({ net }) => (net === undefined ? [] : [net])),
  ];
}

/** Finds all of some blocks that hold an address, as text. */
function blockFinder(blocks: readonly Cidr[]): (address: Address) => string {
  const byBits: Record<4 | 6, Map<number, Set<string>>> = { 4: new Map(), 6: new Map() };
  for (const { network, prefixBits } of blocks) {
    const networks = byBits[network.family].get(prefixBits) ?? new Set();
    byBits[network.family].set(prefixBits, networks.add(addressKey(network)));
  }
  return (address) => {
    const around: string[] = [];
    for (const [bits, networks] of byBits[address.family]) {
      const key = addressKey(cidrOf(address, bits).network);
      if (networks.has(key)) around.push(`${key}/${bits}`);
    }
    return around.join(' ');
  };
}

/** The key of the name that flow logs have for an address; undefined for an endpoint's, and for one that is only a service's. */
export function networkKeyFinder({ book }: Pick<World, 'book'>): (address: Address) => string | undefined {
  const setAround = networkSetFinder(book.networkSets);
  const isPrivate = blockFinder(PRIVATE_BLOCKS);
  return (address) => {
    const { holders, node, virtualPorts } = factsAbout(book, address);
    if (holders.length > 0 || (node === undefined && virtualPorts.length > 0)) return undefined;
    const set = setAround(address);
    if (set !== undefined) return setKey(set.namespace, set.name);
    return isPrivate(address) === '' ? PUBLIC_KEY : PRIVATE_KEY;
  };
}

/** Addresses that go by the key of a network's or a network set's name, in the order of what tells them apart. */
export function networkSamples(key: string, world: World): Address[] {
  const { book, seen } = world;
  const rules = ruleBlocks(world);
  const sets = book.networkSets.flatMap(({ nets }) => nets);
  const services = [...book.serviceEndpoints.values()].flatMap((list) => list.map(({ address }) => address));
  const known = [...[...book.facts.values()].map(({ address }) => address), ...services];
  const pools = seen.ipPools.map(({ cidr }) => cidr);
  const keyOf = networkKeyFinder(world);
  const blocksAround = blockFinder([...rules, ...pools, ...services.map(hostCidr)]);
  const found = new Map<string, Address>();
  const consider = (address: Address | undefined): void => {
    if (address === undefined || keyOf(address) !== key) return;
    const around = book.setsAround(address).map(({ namespace, name }) => `${namespace}/${name}`);
    const node = book.facts.has(addressKey(address)) ? addressKey(address) : '';
    const difference = `${address.family} ${blocksAround(address)} ${around.join(' ')} ${node}`;
    if (!found.has(difference)) found.set(difference, address);
  };
  for (const block of [...ALL, ...PRIVATE_BLOCKS, ...rules, ...sets, ...pools, ...known.map(hostCidr)]) {
    consider(block.network);
    consider(behind(block));
  }
  return [...found.values()];
}
