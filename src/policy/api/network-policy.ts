/**
 * networking.k8s.io/v1 NetworkPolicy after the API server's defaulting and validation.
 *
 * Source: kubernetes/kubernetes staging/src/k8s.io/api/networking/v1/types.go, pkg/apis/networking/v1/defaults.go.
 */
import type { Location } from '../../diagnostic/diagnostic.ts';
import type { Cidr } from '../../net/cidr.ts';
import type { Labels } from '../cluster.ts';

export interface LabelSelectorRequirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  readonly values: readonly string[];
}

export interface LabelSelector {
  readonly matchLabels: Labels;
  readonly matchExpressions: readonly LabelSelectorRequirement[];
}

/** Either `ipBlock`, or one or both selectors. */
export interface NetworkPolicyPeer {
  readonly podSelector?: LabelSelector;
  readonly namespaceSelector?: LabelSelector;
  /** `cidr` and `except` are masked to their networks. */
  readonly ipBlock?: { readonly cidr: Cidr; readonly except: readonly Cidr[] };
  readonly at: Location;
}

export interface NetworkPolicyPort {
  /** IANA number; TCP when the manifest has none. */
  readonly protocol: number;
  /** Absent: all ports of the protocol. */
  readonly port?: number | string;
  readonly endPort?: number;
}

/** An empty list of peers or ports does not constrain. */
export interface NetworkPolicyRule {
  readonly peers: readonly NetworkPolicyPeer[];
  readonly ports: readonly NetworkPolicyPort[];
  readonly at: Location;
}

export interface NetworkPolicy {
  readonly namespace: string;
  readonly name: string;
  readonly podSelector: LabelSelector;
  /** Defaulted: ingress always when the manifest has none, egress when it has egress rules. */
  readonly policyTypes: { readonly ingress: boolean; readonly egress: boolean };
  readonly ingress: readonly NetworkPolicyRule[];
  readonly egress: readonly NetworkPolicyRule[];
  /** A StagedKubernetesNetworkPolicy: never enforced. */
  readonly staged?: boolean;
  /** Where the object begins (its metadata.name). */
  readonly at: Location;
}
