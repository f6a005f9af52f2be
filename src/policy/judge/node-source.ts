/**
 * The address with which packets of a node, or of a pod of its host network, come to another node: not always the one that is the
 * node's in the manifests. A flow names a node; captured packets carry their address already.
 */
import { type Address, sameAddress } from '../../net/address.ts';
import { cidrContains, parseCidr } from '../../net/cidr.ts';
import { factsAbout } from '../addresses/address-book.ts';
import { leavesByTunnel } from '../addresses/ip-pools.ts';
import type { Node } from '../cluster.ts';
import type { World } from '../world.ts';
import type { Station } from './flow-stations.ts';

/** The source as the destination's node sees it. */
export function nodeSource(source: Station, destination: Station, world: World): Station {
  const { book, profile, seen } = world;
  const { node, owner } = factsAbout(book, source.address);
  const { owner: receiver } = factsAbout(book, destination.address);
  if (node === undefined || owner !== undefined || receiver === undefined) return source;
  const [from, to] = [book.hosts.get(node.name), book.hosts.get(receiver.nodeName)];
  if (from === undefined || to === undefined || from === to) return source;
  const address = leavesByTunnel(from, to, destination.address, seen)
    ? tunnelAddress(node, source.address.family)
    : profile.remoteNodes === 'gateway-address'
      ? gatewayAddress(node, source.address.family)
      : undefined;
  return address === undefined ? source : { ...source, address };
}

const tunnelAddress = ({ tunnelAddresses }: Node, family: 4 | 6): Address | undefined =>
  tunnelAddresses.find((address) => address.family === family);

/** The first address of the node's own block of pods' addresses. */
function gatewayAddress({ podCidrs }: Node, wanted: 4 | 6): Address | undefined {
  for (const text of podCidrs) {
    const parsed = parseCidr(text);
    if ('problem' in parsed || parsed.cidr.network.family !== wanted) continue;
    const { family, words } = parsed.cidr.network;
    const last = wanted === 4 ? 0 : 3;
    const first: Address = {
      family,
      words: words.map((word, index) => (index === last ? (word | 1) >>> 0 : word)) as [
        number,
        number,
        number,
        number,
      ],
    };
    return cidrContains(parsed.cidr, first) && !sameAddress(first, parsed.cidr.network) ? first : undefined;
  }
  return undefined;
}
