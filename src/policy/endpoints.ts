/**
 * Endpoints of a cluster and the owners of its addresses: what judge and compile both start from.
 */
import type { Address } from '../net/address.ts';
import type { ContainerPort, Labels, Node, Pod, Service, ServicePort } from './cluster.ts';

/** Anything with policy. Host-network pods and finished pods are not endpoints (calico.md 1.5, 5.7). */
export interface Endpoint {
  /** Position in `AddressBook.endpoints`. */
  readonly index: number;
  /** Position of its label set in `AddressBook.labelSets`. */
  readonly labelSet: number;
  readonly namespace: string;
  readonly name: string;
  /** Own labels without `pcns.` and `pcsa.` keys, `projectcalico.org/namespace|orchestrator|serviceaccount`, and the inherited ones. */
  readonly labels: Labels;
  readonly addresses: readonly Address[];
  readonly nodeName: string;
  /** The ports that have a name, of every container whose ports count (`CniProfile.initContainerPorts`). */
  readonly namedPorts: readonly ContainerPort[];
  /** `kns.<namespace>`, then `ksa.<namespace>.<serviceaccount>`. */
  readonly profiles: readonly string[];
  readonly pod: Pod;
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
  /** All live endpoints that hold the address, the owner included: as a peer an address is the union of them. */
  readonly holders: readonly Endpoint[];
  /** The node that the address belongs to, tunnel addresses included. */
  readonly node?: Node;
  /** Host-network pods at a node's address. */
  readonly hostNetworkPods: readonly Pod[];
  readonly virtualPorts: readonly VirtualPort[];
}

/** Endpoints with the same effective labels; one object holds the labels of all of them. */
export interface LabelSet {
  /** Position in `AddressBook.labelSets`. */
  readonly index: number;
  /** All of one namespace: it is one of the labels. */
  readonly namespace: string;
  readonly labels: Labels;
  /** Never empty; in the order of `AddressBook.endpoints`. */
  readonly endpoints: readonly Endpoint[];
}

export interface AddressBook {
  /** By namespace, then name. */
  readonly endpoints: readonly Endpoint[];
  readonly labelSets: readonly LabelSet[];
  /** By `addressKey(address)`; every address that some object names. */
  readonly facts: ReadonlyMap<string, AddressFacts>;
  /** Clashes of two live pods over one address, and the like; printed as warnings. */
  readonly warnings: readonly string[];
}
