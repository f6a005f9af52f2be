/**
 * Endpoints of a cluster and the owners of its addresses: what judge and compile both start from.
 */
import type { Address } from '../net/address.ts';
import type { ContainerPort, Labels, Node, Pod, Service, ServicePort } from './cluster.ts';

/** Anything with policy. Host-network pods and finished pods are not endpoints (calico.md 1.5, 5.7). */
export interface Endpoint {
  /** Position in `AddressBook.endpoints`. */
  readonly index: number;
  readonly namespace: string;
  readonly name: string;
  /** Own labels without `pcns.` and `pcsa.` keys, `projectcalico.org/namespace|orchestrator|serviceaccount`, and the inherited ones. */
  readonly labels: Labels;
  readonly addresses: readonly Address[];
  readonly nodeName: string;
  /** Named ports of containers, init containers and sidecars. */
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
  /** Ready backends in address order; traffic policies are applied by the reader (they depend on the source's node). */
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

export interface AddressBook {
  readonly endpoints: readonly Endpoint[];
  /** By `addressKey(address)`; every address that some object names. */
  readonly facts: ReadonlyMap<string, AddressFacts>;
  /** Clashes of two live pods over one address, and the like; printed as warnings. */
  readonly warnings: readonly string[];
}
