/** Who stands at an address, as a policy can name it: a group of workloads by labels, or a block of addresses. */
import { type Address, addressKey } from '../../net/address.ts';
import { type Cidr, cidrContains, cidrOf, formatCidr, hostCidr } from '../../net/cidr.ts';
import { factsAbout } from '../../policy/addresses/address-book.ts';
import type { Pod } from '../../policy/cluster.ts';
import type { AddressBook } from '../../policy/endpoints.ts';
import { conjunction, labelTerms } from '../../policy/translate/label-selector.ts';
import type { World } from '../../policy/world.ts';
import { selectorMatches } from '../../selector/match.ts';
import type { WorkloadGroup } from '../workload-selector.ts';

export interface PodsPeer {
  readonly kind: 'pods';
  /** Equal for the same peer. */
  readonly key: string;
  readonly group: WorkloadGroup;
  /** Some address of its pods is another group's too. */
  readonly sharesAddresses: boolean;
  /** Network sets of the namespace have the same labels: a selector of Calico's takes them too, unless it asks for pods. */
  readonly sharesLabels: boolean;
}

export interface BlockPeer {
  readonly kind: 'block';
  readonly key: string;
  readonly cidr: Cidr;
  /** The node whose address it is; '' for addresses that no node has. */
  readonly node: string;
  /** `namespace/name` of a Service without backends whose own address it is; '' else. */
  readonly service: string;
}

export type Peer = PodsPeer | BlockPeer;

export interface PeerFinder {
  /** The peer at an address; `isWorld`: somebody of the world, whom only the block of all addresses takes. */
  at(address: Address, isWorld: boolean): Peer;
  /** Whether a rule for the peer lets the address in. */
  admits(peer: Peer, address: Address): boolean;
}

/** How far blocks of outside addresses are widened: the prefix length of either family, absent: not at all. */
export interface OutsidePrefix {
  readonly 4?: number;
  readonly 6?: number;
}

/** Finds peers; outside addresses are widened to `outside`, but never so far that a block holds an address of the cluster. */
export function peerFinder(
  { book }: World,
  groupOf: (pod: Pod) => WorkloadGroup | undefined,
  outside: OutsidePrefix,
): PeerFinder {
  const widen = widener(book, outside);
  const podsPeer = podsPeers(book, groupOf);
  const peers = new Map<string, Peer>();
  const find = (address: Address): Peer => {
    const { owner, node, virtualPorts, hostNetworkPods } = factsAbout(book, address);
    const group = owner?.pod === undefined ? undefined : groupOf(owner.pod);
    if (group !== undefined) return podsPeer(group);
    if (node !== undefined || hostNetworkPods.length > 0)
      return blockAt(hostCidr(address), node?.name ?? hostNetworkPods[0]!.nodeName, '');
    const service = virtualPorts[0]?.service;
    if (service !== undefined) return blockAt(hostCidr(address), '', `${service.namespace}/${service.name}`);
    return blockAt(book.facts.has(addressKey(address)) ? hostCidr(address) : widen(address), '', '');
  };
  return {
    at(address, isWorld) {
      if (isWorld) return blockAt(cidrOf(address, 0), '', '');
      const key = addressKey(address);
      const found = peers.get(key) ?? find(address);
      peers.set(key, found);
      return found;
    },
    admits(peer, address) {
      // Not every CNI takes blocks to mean addresses of the cluster: such a one has a block of its own.
      if (peer.kind === 'block')
        return book.facts.has(addressKey(address))
          ? formatCidr(peer.cidr) === formatCidr(hostCidr(address))
          : cidrContains(peer.cidr, address);
      const { holders } = factsAbout(book, address);
      return holders.some(({ pod }) => pod !== undefined && groupOf(pod) === peer.group);
    },
  };
}

const blockAt = (cidr: Cidr, node: string, service: string): BlockPeer => ({
  kind: 'block',
  key: `block:${formatCidr(cidr)}`,
  cidr,
  node,
  service,
});

/** The widest block of an outside address that may stand for it. */
function widener({ facts }: AddressBook, outside: OutsidePrefix): (address: Address) => Cidr {
  const known = [...facts.values()].map(({ address }) => address);
  const widened = new Map<string, Cidr>();
  return (address) => {
    const bits = outside[address.family];
    if (bits === undefined) return hostCidr(address);
    const key = formatCidr(cidrOf(address, bits));
    const done = widened.get(key);
    if (done !== undefined && cidrContains(done, address)) return done;
    let cidr = cidrOf(address, bits);
    const inside = known.filter((one) => cidrContains(cidr, one));
    while (inside.some((one) => cidrContains(cidr, one))) cidr = cidrOf(address, cidr.prefixBits + 1);
    widened.set(key, cidr);
    return cidr;
  };
}

/** Groups of workloads as peers. */
function podsPeers(
  book: AddressBook,
  groupOf: (pod: Pod) => WorkloadGroup | undefined,
): (group: WorkloadGroup) => PodsPeer {
  const sharesAddresses = (group: WorkloadGroup): boolean =>
    group.pods.some(({ addresses }) =>
      addresses.some((address) =>
        factsAbout(book, address).holders.some(({ pod }) => pod !== undefined && groupOf(pod) !== group),
      ),
    );
  const sharesLabels = ({ namespace, selector }: WorkloadGroup): boolean => {
    const terms = conjunction(labelTerms(selector, ''));
    return book.networkSets.some((set) => set.namespace === namespace && selectorMatches(terms, set.labels));
  };
  const known = new Map<WorkloadGroup, PodsPeer>();
  return (group) => {
    const peer = known.get(group) ?? {
      kind: 'pods',
      key: groupKey(group),
      group,
      sharesAddresses: sharesAddresses(group),
      sharesLabels: sharesLabels(group),
    };
    known.set(group, peer);
    return peer;
  };
}

/** Names a group among all. */
export function groupKey({ namespace, workloads: [first] }: WorkloadGroup): string {
  return `pods:${namespace}/${first!.kind}/${first!.name}`;
}
