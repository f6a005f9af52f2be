/**
 * Endpoints of a cluster and the owners of its addresses: what judge and compile both start from.
 */
import type { Address } from '../net/address.ts';
import type { Cidr } from '../net/cidr.ts';
import type { HostEndpoint } from './api/calico.ts';
import type { FelixNode } from './api/felix.ts';
import type { ContainerPort, Labels, Node, Pod, Service, ServicePort } from './cluster.ts';

/** Something that selectors see: a pod, a host endpoint, a network set. */
export interface Labelled {
  readonly kind: 'workload' | 'host' | 'network-set';
  /** Empty for host endpoints and global network sets. */
  readonly namespace: string;
  readonly name: string;
  /** Own labels, and those that profiles lend (`pcns.`, `pcsa.`, labelsToApply); own ones win. */
  readonly labels: Labels;
  /** The ports that have a name; none for network sets. */
  readonly namedPorts: readonly ContainerPort[];
}

/** Anything with policy: pods and host endpoints. Host-network pods and finished pods are not endpoints (calico.md 1.5, 5.7). */
export interface Endpoint extends Labelled {
  readonly kind: 'workload' | 'host';
  /** Position in `AddressBook.endpoints`: pods first, then host endpoints. */
  readonly index: number;
  /** Position of its label set in `AddressBook.labelSets`. */
  readonly labelSet: number;
  /** A pod's addresses; a host endpoint's expectedIPs. */
  readonly addresses: readonly Address[];
  readonly nodeName: string;
  /** A pod's: `kns.<namespace>`, then `ksa.<namespace>.<serviceaccount>`. */
  readonly profiles: readonly string[];
  /** Present for workloads. */
  readonly pod?: Pod;
  /** Present for host endpoints. */
  readonly hostEndpoint?: HostEndpoint;
}

/** A network set with what selectors see of it. */
export interface LabelledSet extends Labelled {
  readonly kind: 'network-set';
  /** A block of all addresses is split into its halves. */
  readonly nets: readonly Cidr[];
}

/** A node as policy meets it. Absent endpoints: packets pass there without policy. */
export interface Host {
  readonly node: Node;
  readonly felix: FelixNode;
  /** Of the interface that leads to other nodes and outside: named, or found by its address, else the one of `*`. */
  readonly main?: Endpoint;
  /** Of the tunnel device between nodes; a named one, else the one of `*`. */
  readonly tunnel?: Endpoint;
  /** Of pods' interfaces: only the one of `*`, and of it only pre-DNAT and forward policy. */
  readonly pods?: Endpoint;
  /** The address that packets carry which the node masquerades. */
  readonly masquerade: { readonly 4?: Address; readonly 6?: Address };
}

/** Where a packet to a virtual address may go after DNAT. */
export interface Backend {
  readonly address: Address;
  readonly port: number;
  /** Empty when unknown. */
  readonly nodeName: string;
}

/** One (address, protocol, port) that kube-proxy rewrites. */
export interface VirtualPort {
  readonly service: Service;
  readonly servicePort: ServicePort;
  readonly kind: 'cluster-ip' | 'external-ip' | 'load-balancer' | 'node-port';
  readonly address: Address;
  /** service port, or the node port. */
  readonly port: number;
  readonly protocol: number;
  /** Ready backends of the address's family in order of address and port, without duplicates; traffic policies are applied by the reader (they depend on the source's node). */
  readonly backends: readonly Backend[];
  /** The node that owns `address` for a node port; else empty. */
  readonly nodeName: string;
}

/** Everything known about one address. */
export interface AddressFacts {
  readonly address: Address;
  /** The endpoint whose policies apply to packets from and to the address. */
  readonly owner?: Endpoint;
  /** All live endpoints that hold the address, the owner included, host endpoints that expect it too: as a peer an address is the union of them and of the network sets around it. */
  readonly holders: readonly Endpoint[];
  /** The node that the address belongs to: tunnel addresses and what its host endpoints expect included. */
  readonly node?: Node;
  /** Host-network pods at a node's address. */
  readonly hostNetworkPods: readonly Pod[];
  readonly virtualPorts: readonly VirtualPort[];
}

/** What a rule that names a Service matches: the address as a source, address and port as a destination. */
export interface ServiceEndpoint {
  readonly address: Address;
  readonly ports: readonly { readonly protocol: number; readonly port: number }[];
}

/** Endpoints with the same effective labels; one object holds the labels of all of them. */
export interface LabelSet {
  /** Position in `AddressBook.labelSets`. */
  readonly index: number;
  /** All of one namespace: it is one of the labels; empty for host endpoints. */
  readonly namespace: string;
  readonly labels: Labels;
  /** Never empty; in the order of `AddressBook.endpoints`. */
  readonly endpoints: readonly Endpoint[];
}

export interface AddressBook {
  /** Pods by namespace, then name; then host endpoints by name. */
  readonly endpoints: readonly Endpoint[];
  readonly labelSets: readonly LabelSet[];
  /** By `addressKey(address)`; every address that some object names. */
  readonly facts: ReadonlyMap<string, AddressFacts>;
  /** By namespace, then name. */
  readonly networkSets: readonly LabelledSet[];
  /** The network sets that hold an address, in the order of `networkSets`. */
  readonly setsAround: (address: Address) => readonly LabelledSet[];
  /** By node name; every node of the cluster, and those that only a host endpoint names. */
  readonly hosts: ReadonlyMap<string, Host>;
  /** Endpoint addresses of the Services that rules name, by `namespace/name`, whatever their conditions. */
  readonly serviceEndpoints: ReadonlyMap<string, readonly ServiceEndpoint[]>;
  /** Clashes of two live pods over one address, and the like; printed as warnings. */
  readonly warnings: readonly string[];
}
