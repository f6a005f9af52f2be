/** Nodes: their addresses, those that CNIs put on tunnel devices included. */
import { type Address, parseAddress, sameAddress } from '../net/address.ts';
import type { Node } from '../policy/cluster.ts';
import type { Cursor } from './cursor.ts';
import { annotation, readLabels, readName } from './metadata.ts';
import { subdomainProblem } from './names.ts';
import { readAddress } from './ports.ts';

/** Annotations that hold an address, with or without a prefix length. */
const ADDRESS_ANNOTATIONS = [
  'projectcalico.org/IPv4Address',
  'projectcalico.org/IPv6Address',
  'projectcalico.org/IPv4IPIPTunnelAddr',
  'projectcalico.org/IPv4VXLANTunnelAddr',
  'projectcalico.org/IPv6VXLANTunnelAddr',
  'projectcalico.org/IPv4WireguardInterfaceAddr',
  'projectcalico.org/IPv6WireguardInterfaceAddr',
  'flannel.alpha.coreos.com/public-ip',
  'flannel.alpha.coreos.com/public-ipv6',
];

function readStatusAddress(item: Cursor): Address | undefined {
  const type = item.field('type').string();
  return type === 'InternalIP' || type === 'ExternalIP' ? readAddress(item.field('address')) : undefined;
}

/** A node; undefined when it has no name. */
export function readNode(object: Cursor): Node | undefined {
  const metadata = object.field('metadata');
  const name = readName(metadata, subdomainProblem);
  const labels = readLabels(metadata.field('labels'));
  const status = object.fieldAt('status', 'addresses').items().map(readStatusAddress);
  const annotated = ADDRESS_ANNOTATIONS.map((key) => {
    const text = annotation(metadata, key);
    return text === undefined ? undefined : parseAddress(text.replace(/\/\d+$/, ''));
  });
  const found = [...status, ...annotated].filter((address) => address !== undefined);
  const addresses = found.filter(
    (address, index) => found.findIndex((other) => sameAddress(other, address)) === index,
  );
  const spec = object.field('spec');
  const podCidrs = spec
    .field('podCIDRs')
    .items()
    .map((item) => item.string());
  const single = spec.field('podCIDR').string();
  if (name === undefined) return undefined;
  const cidrs: readonly (string | undefined)[] = podCidrs.length > 0 ? podCidrs : [single];
  return {
    name,
    labels,
    addresses,
    tunnelAddresses: [],
    subnets: [],
    podCidrs: cidrs.filter((text) => text !== undefined).filter((text) => text !== ''),
    at: object.document.start(),
  };
}
