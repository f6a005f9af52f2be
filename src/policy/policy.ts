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

export const DIRECTIONS = ['ingress', 'egress'] as const;
export type Direction = (typeof DIRECTIONS)[number];
export type Action = 'allow' | 'deny' | 'pass' | 'log';

/** One side of a rule. Selectors see effective labels: own ones and inherited `pcns.` and `pcsa.` ones. */
export interface EntityMatch {
  /** Address in any of them. */
  readonly nets?: readonly Cidr[];
  /** Address in none of them. */
  readonly notNets?: readonly Cidr[];
  /** An address that nothing in the cluster has, for CNIs whose blocks match no others. */
  readonly isOutside?: true;
  /** An address of the endpoint's own node, or of any other one. Of a rule's peer only. */
  readonly node?: 'own' | 'other';
  /** Address of an endpoint or set that matches; with `notSelector` the objects that match both ways are meant. */
  readonly selector?: Selector;
  readonly notSelector?: Selector;
  /** Numeric ports; ORed with `namedPorts`. */
  readonly ports?: readonly PortRange[];
  /** Names, resolved among the endpoints that match `selector`. */
  readonly namedPorts?: readonly string[];
  /** Whether `namedPorts` count is left open by the policy's own API. */
  readonly namedPortsAreOpen?: boolean;
  readonly notPorts?: readonly PortRange[];
  readonly notNamedPorts?: readonly string[];
  /**
   * Source: an endpoint address of the Service. Destination: an (address, protocol, port) of its EndpointSlices, whatever
   * their conditions. An empty namespace names no Service.
   */
  readonly service?: { readonly namespace: string; readonly name: string };
  /**
   * Names whose addresses are not given: whether an address that no object holds is one of theirs is not known. The known
   * ones are in `nets`, and either is enough.
   */
  readonly unresolvedDomains?: readonly string[];
}

export interface RuleMatch {
  readonly family?: 4 | 6;
  readonly protocol?: number;
  /** None of them. */
  readonly notProtocols?: readonly number[];
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
  /** The manifest's list that the rule stands in, where that is not the direction's own. */
  readonly listedAs?: Direction;
  /** The rule has an `http` part, which the packet data plane does not look at. */
  readonly hasHttp?: boolean;
  /** What else the rule asks that no packet's head shows, in words: `http rules`. A match admits no more than the connection. */
  readonly beyond?: readonly string[];
}

/**
 * Where a policy is asked. `normal`: at pods, and for traffic that ends or begins at a host. `forward`: there and for
 * traffic that a host passes on. `pre-dnat` and `untracked`: at hosts only, before address translation.
 *
 * Source: projectcalico/calico felix/calc/event_sequencer.go (tierInfoToProtoTierInfo).
 */
export type Placement = 'normal' | 'forward' | 'pre-dnat' | 'untracked';

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
  readonly placement: Placement;
  /** Which endpoints the policy governs. */
  readonly selector: Selector;
  readonly types: Readonly<Record<Direction, boolean>>;
  /** Directions in which the policy isolates its pods; absent: all of its types. Elsewhere it admits beside policies that do. */
  readonly isolates?: Readonly<Record<Direction, boolean>>;
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

/** What governs one endpoint at one hook: tiers that hold at least one enforced policy for it, in order. */
export interface GoverningTier {
  readonly tier: Tier;
  /** In evaluation order, staged ones included. */
  readonly policies: readonly Policy[];
  /** The tier's own, but for pre-DNAT and untracked policy, where the end of a tier never drops. */
  readonly endAction: Tier['endAction'];
}

/** Asked before any tier: what is decided whatever the policies say. */
export interface Guard {
  readonly match: RuleMatch;
  /** `continue` leaves the hook undecided. */
  readonly action: 'allow' | 'deny' | 'continue';
  readonly reason: 'failsafe' | 'workload-encap' | 'cni' | 'none';
  /** For people: `failsafe port tcp 22`. */
  readonly words: string;
}

export interface Governed {
  readonly guards: readonly Guard[];
  readonly tiers: readonly GoverningTier[];
  readonly profiles: readonly Profile[];
  /** Behind all profiles: `deny` (reason `no-profile`), or on to the next hook undecided (forward, pre-DNAT, untracked). */
  readonly end: 'deny' | 'continue';
  /** Policies of one tier with equal order have none among themselves (`CniProfile.equalOrders`): any may come first. */
  readonly tiesAreOpen: boolean;
}
