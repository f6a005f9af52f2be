/**
 * Nodes: their addresses, those that CNIs put on tunnel devices included. Calico keeps a Node object of its own, in
 * Kubernetes clusters as annotations of Kubernetes's; both say the same, and where both are given they are one node.
 *
 * Source: projectcalico/calico libcalico-go/lib/backend/k8s/resources/node.go, libcalico-go/lib/apis/internalapi/node.go.
 */
import { type Address, parseAddress, sameAddress } from '../../net/address.ts';
import { type Cidr, cidrOf, formatCidr, parseCidr } from '../../net/cidr.ts';
import type { Node } from '../../policy/cluster.ts';
import type { Cursor } from '../cursor.ts';
import { annotation, readLabels, readName } from '../metadata.ts';
import { subdomainProblem } from '../names.ts';
import { readAddress } from '../ports.ts';

/** A node with what automatic host endpoints are made of. */
export interface NodeRecord extends Node {
  /** The addresses that Calico's Node object holds, in its order; ExternalIPs are not among them. */
  readonly calicoAddresses: readonly Address[];
  readonly interfaces: readonly { readonly name: string; readonly addresses: readonly Address[] }[];
}

/** Annotations with the node's own addresses; a prefix length says its network. */
const OWN_ANNOTATIONS = ['projectcalico.org/IPv4Address', 'projectcalico.org/IPv6Address'];
const TUNNEL_ANNOTATIONS = [
  'projectcalico.org/IPv4IPIPTunnelAddr',
  'projectcalico.org/IPv4VXLANTunnelAddr',
  'projectcalico.org/IPv6VXLANTunnelAddr',
  'projectcalico.org/IPv4WireguardInterfaceAddr',
  'projectcalico.org/IPv6WireguardInterfaceAddr',
];
const OTHER_ANNOTATIONS = ['flannel.alpha.coreos.com/public-ip', 'flannel.alpha.coreos.com/public-ipv6'];

/** Each address once, in the order given. */
export function distinct(addresses: readonly Address[]): Address[] {
  return addresses.filter(
    (address, index) => addresses.findIndex((other) => sameAddress(other, address)) === index,
  );
}

interface OwnAddress {
  readonly address: Address;
  readonly subnet?: Cidr;
}

/** `10.0.0.1/24` or `10.0.0.1`; nothing for anything else. */
function ownAddress(text: string | undefined): OwnAddress | undefined {
  const address = text === undefined ? undefined : parseAddress(text.replace(/\/\d+$/, ''));
  if (text === undefined || address === undefined) return undefined;
  const network = parseCidr(text);
  if ('problem' in network) return { address };
  return { address, subnet: cidrOf(address, network.cidr.prefixBits) };
}

/** What is known of a node's addresses, from either object. */
interface Sources {
  readonly own: readonly (string | undefined)[];
  readonly tunnel: readonly (string | undefined)[];
  readonly internal: readonly Address[];
  readonly other: readonly Address[];
  readonly interfaces: NodeRecord['interfaces'];
}

type Addresses = Pick<
  NodeRecord,
  'addresses' | 'tunnelAddresses' | 'subnets' | 'calicoAddresses' | 'interfaces'
>;

function addressesOf({ own, tunnel, internal, other, interfaces }: Sources): Addresses {
  const owned = own.map(ownAddress).filter((each) => each !== undefined);
  const tunnelAddresses = distinct(
    tunnel
      .map((text) => (text === undefined ? undefined : parseAddress(text)))
      .filter((address) => address !== undefined),
  );
  const mine = owned.map(({ address }) => address);
  const onInterfaces = interfaces.flatMap(({ addresses }) => addresses);
  return {
    addresses: distinct([...internal, ...other, ...mine, ...tunnelAddresses, ...onInterfaces]),
    tunnelAddresses,
    subnets: owned.map(({ subnet }) => subnet).filter((subnet) => subnet !== undefined),
    calicoAddresses: distinct([...mine, ...tunnelAddresses, ...internal, ...onInterfaces]),
    interfaces,
  };
}

function readTyped(list: Cursor, type: 'InternalIP' | 'ExternalIP'): Address[] {
  return list
    .items()
    .map((item) => (item.field('type').string() === type ? readAddress(item.field('address')) : undefined))
    .filter((address) => address !== undefined);
}

function annotated(metadata: Cursor, keys: readonly string[]): (string | undefined)[] {
  return keys.map((key) => annotation(metadata, key));
}

function readPodCidrs(list: Cursor, single: Cursor): string[] {
  const listed = list.items().map((item) => item.string());
  const cidrs: readonly (string | undefined)[] = listed.length > 0 ? listed : [single.string()];
  return cidrs.filter((text) => text !== undefined).filter((text) => text !== '');
}

/** A node of Kubernetes; undefined when it has no name. */
export function readNode(object: Cursor): NodeRecord | undefined {
  const metadata = object.field('metadata');
  const name = readName(metadata, subdomainProblem);
  const labels = readLabels(metadata.field('labels'));
  const listed = object.fieldAt('status', 'addresses');
  const [internal, external] = [readTyped(listed, 'InternalIP'), readTyped(listed, 'ExternalIP')];
  const other = annotated(metadata, OTHER_ANNOTATIONS)
    .map((text) => ownAddress(text)?.address)
    .filter((address) => address !== undefined);
  const spec = object.field('spec');
  const podCidrs = readPodCidrs(spec.field('podCIDRs'), spec.field('podCIDR'));
  if (name === undefined) return undefined;
  const addresses = addressesOf({
    own: annotated(metadata, OWN_ANNOTATIONS),
    tunnel: annotated(metadata, TUNNEL_ANNOTATIONS),
    internal,
    other: [...external, ...other],
    interfaces: [],
  });
  return { name, labels, ...addresses, podCidrs, at: object.document.start() };
}

/** The name that Kubernetes has for Calico's node; mostly the same. */
function kubernetesName(spec: Cursor): string | undefined {
  const reference = spec
    .field('orchRefs')
    .items()
    .find((item) => item.field('orchestrator').value === 'k8s');
  return reference?.field('nodeName').string();
}

/** A node as `calicoctl get node` prints it; undefined when it has no name. */
export function readCalicoNode(object: Cursor): NodeRecord | undefined {
  const metadata = object.field('metadata');
  const name = readName(metadata, subdomainProblem);
  const labels = readLabels(metadata.field('labels'));
  const spec = object.field('spec');
  const bgp = spec.field('bgp');
  const wireguard = spec.field('wireguard');
  const texts = (cursors: readonly Cursor[]): (string | undefined)[] => cursors.map((each) => each.string());
  const interfaces = spec
    .field('interfaces')
    .items()
    .map((item) => ({
      name: item.field('name').string() ?? '',
      addresses: item
        .field('addresses')
        .items()
        .map(readAddress)
        .filter((address) => address !== undefined),
    }));
  const listed = spec.field('addresses');
  const addresses = addressesOf({
    own: texts([bgp.field('ipv4Address'), bgp.field('ipv6Address')]),
    tunnel: texts([
      bgp.field('ipv4IPIPTunnelAddr'),
      spec.field('ipv4VXLANTunnelAddr'),
      spec.field('ipv6VXLANTunnelAddr'),
      wireguard.field('interfaceIPv4Address'),
      wireguard.field('interfaceIPv6Address'),
    ]),
    internal: readTyped(listed, 'InternalIP'),
    other: readTyped(listed, 'ExternalIP'),
    interfaces,
  });
  const podCidrs = readPodCidrs(spec.field('podCIDRs'), spec.field('podCIDR'));
  if (name === undefined) return undefined;
  return { name: kubernetesName(spec) || name, labels, ...addresses, podCidrs, at: object.document.start() };
}

/** One node out of both objects; Kubernetes's labels and place go first. */
export function mergedNode(kubernetes: NodeRecord, calico: NodeRecord): NodeRecord {
  const subnets = [...kubernetes.subnets, ...calico.subnets];
  const texts = subnets.map(formatCidr);
  return {
    ...kubernetes,
    labels: { ...calico.labels, ...kubernetes.labels },
    addresses: distinct([...kubernetes.addresses, ...calico.addresses]),
    tunnelAddresses: distinct([...kubernetes.tunnelAddresses, ...calico.tunnelAddresses]),
    subnets: subnets.filter((_, index) => texts.indexOf(texts[index]!) === index),
    calicoAddresses: distinct([...calico.calicoAddresses, ...kubernetes.calicoAddresses]),
    interfaces: calico.interfaces,
    podCidrs: kubernetes.podCidrs.length > 0 ? kubernetes.podCidrs : calico.podCidrs,
  };
}
