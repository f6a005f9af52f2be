/**
 * Calico's own resources (projectcalico.org/v3, crd.projectcalico.org/v1) after defaulting and validation. Selectors are
 * as written: the rewriting for namespaces and service accounts is done when a policy is translated.
 *
 * Source: projectcalico/calico api/pkg/apis/projectcalico/v3/*.go.
 */
import type { Location } from '../../diagnostic/diagnostic.ts';
import type { Address } from '../../net/address.ts';
import type { Cidr } from '../../net/cidr.ts';
import type { PortRange } from '../../net/port.ts';
import type { Selector } from '../../selector/selector.ts';
import type { Labels } from '../cluster.ts';
import type { Action, Direction, Placement } from '../policy.ts';

/** One side of a rule. An absent or empty list does not constrain. */
export interface CalicoEntity {
  readonly nets: readonly Cidr[];
  readonly notNets: readonly Cidr[];
  readonly selector?: Selector;
  readonly notSelector?: Selector;
  /** `global()` stands alone and is its own kind of selector. */
  readonly namespaceSelector?: Selector;
  readonly serviceAccounts?: { readonly names: readonly string[]; readonly selector?: Selector };
  /** Namespace as written: empty when the manifest has none. */
  readonly service?: { readonly namespace: string; readonly name: string };
  readonly ports: readonly (PortRange | string)[];
  readonly notPorts: readonly (PortRange | string)[];
}

export interface CalicoRule {
  readonly action: Action;
  readonly ipVersion?: 4 | 6;
  /** A number, and whether it was written as the name ICMP or ICMPv6, which fixes the family. */
  readonly protocol?: { readonly number: number; readonly fixesFamily?: 4 | 6 };
  readonly notProtocol?: number;
  readonly icmp?: { readonly type: number; readonly code?: number };
  readonly notIcmp?: { readonly type: number; readonly code?: number };
  readonly source: CalicoEntity;
  readonly destination: CalicoEntity;
  readonly hasHttp: boolean;
  readonly at: Location;
}

export type CalicoPolicyKind =
  | 'NetworkPolicy'
  | 'GlobalNetworkPolicy'
  | 'StagedNetworkPolicy'
  | 'StagedGlobalNetworkPolicy';

/** A StagedKubernetesNetworkPolicy is a `NetworkPolicy` of network-policy.ts that is staged. */
export interface CalicoPolicy {
  readonly kind: CalicoPolicyKind;
  /** Empty for the global kinds. */
  readonly namespace: string;
  readonly name: string;
  /** `default` when the manifest has none. */
  readonly tier: string;
  readonly order?: number;
  readonly selector?: Selector;
  /** Global kinds only. */
  readonly namespaceSelector?: Selector;
  readonly serviceAccountSelector?: Selector;
  /** Defaulted from the rules that are present when the manifest has none. */
  readonly types: Readonly<Record<Direction, boolean>>;
  readonly rules: Readonly<Record<Direction, readonly CalicoRule[]>>;
  readonly placement: Placement;
  /** Staged kinds only; a staged `Delete` is never sent to the data plane. */
  readonly stagedAction?: 'Set' | 'Delete' | 'Learn' | 'Ignore';
  readonly at: Location;
}

export interface CalicoTier {
  readonly name: string;
  readonly order?: number;
  readonly defaultAction: 'Deny' | 'Pass';
  readonly at: Location;
}

/** NetworkSet and GlobalNetworkSet. */
export interface NetworkSet {
  /** Empty: a GlobalNetworkSet. */
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  readonly nets: readonly Cidr[];
  readonly at: Location;
}

export interface HostEndpoint {
  readonly name: string;
  readonly labels: Labels;
  readonly node: string;
  /** `*`: every interface that has no other. Absent: the interface that has one of `expectedIPs`. */
  readonly interfaceName?: string;
  readonly expectedIPs: readonly Address[];
  readonly profiles: readonly string[];
  readonly ports: readonly { readonly name: string; readonly protocol: number; readonly port: number }[];
  readonly at: Location;
}

export interface CalicoProfile {
  readonly name: string;
  readonly labelsToApply: Labels;
  readonly rules: Readonly<Record<Direction, readonly CalicoRule[]>>;
  readonly at: Location;
}

export interface IpPool {
  readonly name: string;
  readonly cidr: Cidr;
  readonly natOutgoing: boolean;
  /** How packets for the pool's addresses travel between nodes; `cross-subnet` only where the nodes' networks differ. */
  readonly encapsulation:
    | { readonly protocol: 'ipip' | 'vxlan'; readonly mode: 'always' | 'cross-subnet' }
    | undefined;
  /** False for pools that only hold load balancers' addresses. */
  readonly forWorkloads: boolean;
  readonly at: Location;
}
