/**
 * The one policy model: tiers → policies → rules → end action, profiles last. Every policy API is translated into it;
 * judge walks it, compile flattens it. Match semantics: Calico's rule model, where every field that is present must
 * match and an absent one does not constrain.
 *
 * Source: projectcalico/calico api/pkg/apis/projectcalico/v3/policy_common.go, felix/calc/rule_scanner.go.
 */
import type { Location } from '../diagnostic/diagnostic.ts';
import type { Cidr } from '../net/cidr.ts';
import type { PortRange } from '../net/port.ts';
import type { Selector } from '../selector/selector.ts';

export type Direction = 'ingress' | 'egress';
export type Action = 'allow' | 'deny' | 'pass' | 'log';

/** One side of a rule. Selectors see effective labels: own ones and inherited `pcns.` and `pcsa.` ones. */
export interface EntityMatch {
  /** Address in any of them. */
  readonly nets?: readonly Cidr[];
  /** Address in none of them. */
  readonly notNets?: readonly Cidr[];
  /** Address of an endpoint or set that matches; with `notSelector` the objects that match both ways are meant. */
  readonly selector?: Selector;
  readonly notSelector?: Selector;
  /** Numeric ports; ORed with `namedPorts`. */
  readonly ports?: readonly PortRange[];
  /** Names, resolved among the endpoints that match `selector`. */
  readonly namedPorts?: readonly string[];
  readonly notPorts?: readonly PortRange[];
  readonly notNamedPorts?: readonly string[];
}

export interface RuleMatch {
  readonly family?: 4 | 6;
  readonly protocol?: number;
  readonly notProtocol?: number;
  readonly icmp?: { readonly type: number; readonly code?: number };
  readonly notIcmp?: { readonly type: number; readonly code?: number };
  readonly source: EntityMatch;
  readonly destination: EntityMatch;
}

export interface Rule {
  readonly action: Action;
  readonly match: RuleMatch;
  /** 0-based position in the manifest's list for the direction. */
  readonly index: number;
  /** 0-based position after Calico's expansion into one rule a protocol and peer. */
  readonly calicoIndex: number;
  /** Where the manifest's rule, or its peer, stands. */
  readonly at: Location;
}

export interface Policy {
  /** The resource's kind as users know it: `NetworkPolicy`. */
  readonly kind: string;
  /** The kind that Calico compares and prints: `KubernetesNetworkPolicy`, ... */
  readonly calicoKind: string;
  /** Empty for cluster-scoped policies. */
  readonly namespace: string;
  readonly name: string;
  readonly tier: string;
  /** Infinity when the manifest has none. */
  readonly order: number;
  readonly staged: boolean;
  /** Which endpoints the policy governs. */
  readonly selector: Selector;
  readonly types: Readonly<Record<Direction, boolean>>;
  readonly rules: Readonly<Record<Direction, readonly Rule[]>>;
  readonly at: Location;
}

export interface Tier {
  readonly name: string;
  readonly order: number;
  readonly endAction: 'deny' | 'pass';
  /** True for a tier that policies name but nobody declared: it comes after all others. */
  readonly undeclared?: boolean;
}

/** Rules behind all tiers; a namespace's allows everything. */
export interface Profile {
  readonly name: string;
  readonly rules: Readonly<Record<Direction, readonly Rule[]>>;
}

/** What governs one endpoint in one direction: tiers that hold at least one enforced policy for it, in order. */
export interface GoverningTier {
  readonly tier: Tier;
  /** In evaluation order, staged ones included. */
  readonly policies: readonly Policy[];
}

export interface Governed {
  readonly tiers: readonly GoverningTier[];
  readonly profiles: readonly Profile[];
}
