/**
 * The cluster-wide Kubernetes policies after validation: ClusterNetworkPolicy (v1alpha2), AdminNetworkPolicy and
 * BaselineAdminNetworkPolicy (v1alpha1). One shape serves all three; what a kind cannot say is absent.
 *
 * Source: kubernetes-sigs/network-policy-api apis/v1alpha1, apis/v1alpha2.
 */
import type { Location } from '../../diagnostic/diagnostic.ts';
import type { Cidr } from '../../net/cidr.ts';
import type { PortRange } from '../../net/port.ts';
import type { LabelSelector } from './network-policy.ts';

/** Pods, by their namespaces alone or with labels of their own. */
export type PodsSelected =
  | { readonly kind: 'namespaces'; readonly namespaceSelector: LabelSelector }
  /** Absent namespaceSelector: all namespaces. */
  | {
      readonly kind: 'pods';
      readonly namespaceSelector?: LabelSelector;
      readonly podSelector: LabelSelector;
    };

export type AdminPeer = (
  | PodsSelected
  | { readonly kind: 'networks'; readonly networks: readonly Cidr[] }
  | { readonly kind: 'nodes'; readonly nodeSelector: LabelSelector }
  | { readonly kind: 'domains'; readonly names: readonly string[] }
  /** A peer of which no field is known: an allow matches nothing, a deny or pass denies everything. */
  | { readonly kind: 'unknown' }
) & { readonly at: Location };

/** Absent protocol: a named port of any protocol. Absent ports and name: every port of the protocol. */
export interface AdminPort {
  readonly protocol?: number;
  /** Empty (`first` above `last`) ranges match nothing. */
  readonly ports?: PortRange;
  readonly namedPort?: string;
}

export interface AdminRule {
  readonly name: string;
  readonly action: 'allow' | 'deny' | 'pass';
  /** Never empty. */
  readonly peers: readonly AdminPeer[];
  /** Absent: every protocol and port. */
  readonly ports?: readonly AdminPort[];
  /** Some part of the rule cannot be understood (an operator that does not exist): fail closed. */
  readonly isUnusable: boolean;
  readonly at: Location;
}

export interface AdminPolicy {
  readonly kind: 'ClusterNetworkPolicy' | 'AdminNetworkPolicy' | 'BaselineAdminNetworkPolicy';
  readonly name: string;
  readonly tier: 'admin' | 'baseline';
  /** 0 for BaselineAdminNetworkPolicy, which is alone. */
  readonly priority: number;
  readonly subject: PodsSelected;
  readonly ingress: readonly AdminRule[];
  readonly egress: readonly AdminRule[];
  readonly at: Location;
}
