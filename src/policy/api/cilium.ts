/**
 * CiliumNetworkPolicy and CiliumClusterwideNetworkPolicy (cilium.io/v2) after validation, layers 3 and 4. One shape serves both kinds;
 * what of layer 7 is written stands in words, since nothing here judges it.
 *
 * Source: cilium/cilium pkg/policy/api/{rule,ingress,egress,l4,icmp,cidr,service}.go.
 */
import type { Location } from '../../diagnostic/diagnostic.ts';
import type { Cidr } from '../../net/cidr.ts';
import type { Labels } from '../cluster.ts';
import type { LabelSelector } from './network-policy.ts';

/** Entities that the schema takes. */
export const CILIUM_ENTITIES = [
  'all',
  'world',
  'cluster',
  'host',
  'init',
  'ingress',
  'unmanaged',
  'remote-node',
  'health',
  'none',
  'kube-apiserver',
] as const;
export type CiliumEntity = (typeof CILIUM_ENTITIES)[number];

export type CiliumPeer =
  /** Keys as written: `app`, `k8s:app`, `any:app`, `reserved:host`. */
  (
    | { readonly kind: 'endpoints'; readonly selector: LabelSelector }
    | { readonly kind: 'entity'; readonly entity: CiliumEntity }
    | { readonly kind: 'cidr'; readonly cidr: Cidr; readonly except: readonly Cidr[] }
    | { readonly kind: 'cidr-group'; readonly name: string; readonly except: readonly Cidr[] }
    | { readonly kind: 'cidr-groups'; readonly selector: LabelSelector; readonly except: readonly Cidr[] }
    | { readonly kind: 'nodes'; readonly selector: LabelSelector }
    /** Absent namespace: Services of the name in any namespace. */
    | { readonly kind: 'service'; readonly name: string; readonly namespace?: string }
    | { readonly kind: 'services'; readonly selector: LabelSelector; readonly namespace?: string }
    /** A name, or a pattern with `*`; lower case. */
    | { readonly kind: 'domain'; readonly pattern: string }
    /** Addresses that a cloud tells, in words. */
    | { readonly kind: 'group'; readonly words: string }
  ) & { readonly at: Location };

/** An entry of toPorts. */
export interface CiliumPort {
  /** IANA number; absent: TCP, UDP and SCTP. */
  readonly protocol?: number;
  /** Absent: all ports; a name in lower case. */
  readonly port?: number | string;
  /** Greater than `port`. */
  readonly endPort?: number;
}

export interface CiliumIcmp {
  readonly family: 4 | 6;
  readonly type: number;
}

export interface CiliumRule {
  /** Absent: no peer is asked. Empty: a list that is there and holds nothing, which selects nobody. */
  readonly peers?: readonly CiliumPeer[];
  /** Absent: neither toPorts nor icmps. Where both lists are empty nothing matches. */
  readonly ports?: { readonly entries: readonly CiliumPort[]; readonly icmps: readonly CiliumIcmp[] };
  /** What the rule asks beyond layer 4: `http rules`, `authentication`. */
  readonly beyond: readonly string[];
  readonly at: Location;
}

export const CILIUM_LISTS = ['ingress', 'ingressDeny', 'egress', 'egressDeny'] as const;
export type CiliumList = (typeof CILIUM_LISTS)[number];

/** `spec`, or an item of `specs`. */
export interface CiliumSpec extends Readonly<Record<CiliumList, readonly CiliumRule[]>> {
  /** Absent: the spec is for nodes. */
  readonly endpointSelector?: LabelSelector;
  /** Whether what no rule allows is denied; true where the spec does not say. */
  readonly enableDefaultDeny: { readonly ingress: boolean; readonly egress: boolean };
}

export interface CiliumPolicy {
  readonly kind: 'CiliumNetworkPolicy' | 'CiliumClusterwideNetworkPolicy';
  /** Empty for the clusterwide kind. */
  readonly namespace: string;
  readonly name: string;
  /** `spec` first. */
  readonly specs: readonly CiliumSpec[];
  readonly at: Location;
}

/** CiliumCIDRGroup: blocks that policies name. */
export interface CiliumCidrGroup {
  readonly name: string;
  readonly labels: Labels;
  readonly cidrs: readonly Cidr[];
  readonly at: Location;
}
