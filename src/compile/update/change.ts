/** What a cluster's changes are, and how they were carried into its tables. */
import type { Cidr } from '../../net/cidr.ts';
import type { AdminPolicy } from '../../policy/api/admin-policy.ts';
import type { CalicoPolicy, CalicoPolicyKind } from '../../policy/api/calico.ts';
import type { CiliumPolicy } from '../../policy/api/cilium.ts';
import type { NetworkPolicy } from '../../policy/api/network-policy.ts';
import type { Pod } from '../../policy/cluster.ts';

/** One object of a cluster that comes, changes or goes: without `pod` or `policy` the one of that name goes. */
export type Change = PodChange | MemberChange | PolicyChange;

export interface PodChange {
  readonly kind: 'pod';
  readonly namespace: string;
  readonly name: string;
  readonly pod?: Pod;
}

/** A block of a network set; `namespace` is empty for a global one. */
export interface MemberChange {
  readonly kind: 'network-set-member';
  readonly namespace: string;
  readonly name: string;
  readonly net: Cidr;
  readonly isMember: boolean;
}

/** `namespace` is empty for cluster-wide policies; a StagedKubernetesNetworkPolicy is a `network-policy` that is staged. */
export type PolicyChange =
  | {
      readonly kind: 'network-policy';
      readonly namespace: string;
      readonly name: string;
      readonly staged?: boolean;
      readonly policy?: NetworkPolicy;
    }
  | {
      readonly kind: 'calico-policy';
      readonly policyKind: CalicoPolicyKind;
      readonly namespace: string;
      readonly name: string;
      readonly policy?: CalicoPolicy;
    }
  | {
      readonly kind: 'cilium-policy';
      readonly policyKind: CiliumPolicy['kind'];
      readonly namespace: string;
      readonly name: string;
      readonly policy?: CiliumPolicy;
    }
  | {
      readonly kind: 'admin-policy';
      readonly policyKind: AdminPolicy['kind'];
      readonly name: string;
      readonly policy?: AdminPolicy;
    };

/** How a change was carried into the tables. */
export interface Update {
  /** `in-place`: words were replaced and appended. `laid-out`: some section's room was used up, too. `compiled`: anew. */
  readonly how: 'in-place' | 'laid-out' | 'compiled';
  /** Why the cluster was compiled anew. */
  readonly why?: string;
  /** Addresses and blocks of which something else holds now; 0 where it was compiled anew. */
  readonly touched: number;
}
