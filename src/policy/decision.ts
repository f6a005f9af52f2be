/** What judge answers: the whole walk of one first packet through every hook, tier, policy and rule. */
import type { Address } from '../net/address.ts';
import type { Hook, Reason, Verdict } from '../tables/verdict.ts';
import type { Pod } from './cluster.ts';
import type { Backend, Endpoint, VirtualPort } from './endpoints.ts';
import type { SeenPacket } from './judge/seen-packet.ts';
import type { OpenChoice } from './open-choice.ts';
import type { Guard, Policy, Profile, Rule, Tier } from './policy.ts';

/** The first packet of a connection, in addresses. A field that is absent is not known. */
export interface FirstPacket {
  readonly source: Address;
  readonly destination: Address;
  readonly protocol: number;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  readonly icmp?: { readonly type: number; readonly code: number };
  /** Where it went behind the destination, by what the trace tells; only where the packet's own ports, or ICMP type, are known. */
  readonly translated?: { readonly address: Address; readonly port?: number };
  /** The host-network pod by whose name the side was given; matters to profiles that leave those pods open. */
  readonly sourceHostNetworkPod?: Pod;
  readonly destinationHostNetworkPod?: Pod;
}

export interface RuleWalk {
  readonly rule: Rule;
  /** `maybe` where the profile leaves the match open. */
  readonly matched: 'yes' | 'no' | 'maybe';
  /** The first field that did not match and why, or what matched, in words. */
  readonly why: string;
}

export interface GuardWalk {
  readonly guard: Guard;
  readonly matched: 'yes' | 'no';
  readonly why: string;
}

export interface PolicyWalk {
  readonly policy: Policy;
  readonly rules: readonly RuleWalk[];
}

export interface TierWalk {
  readonly tier: Tier;
  /** The tier's own, but for pre-DNAT and untracked policy, where the end of a tier never drops. */
  readonly endAction: Tier['endAction'];
  readonly policies: readonly PolicyWalk[];
  /** What left the tier: a rule, or its end. */
  readonly left: 'allow' | 'deny' | 'pass' | 'end-deny' | 'end-pass' | 'unspecified';
}

export interface ProfileWalk {
  readonly profile: Profile;
  readonly rules: readonly RuleWalk[];
}

/** Who decided: a rule, the end of a tier (blamed on the last policy that applies, calico.md 8.2), or a profile. */
export interface Decider {
  readonly tier?: Tier;
  readonly policy?: Policy;
  readonly profile?: Profile;
  /** Absent at the end of a tier. */
  readonly rule?: Rule;
}

export interface HookWalk {
  readonly hook: Exclude<Hook, 'none'>;
  readonly endpoint: Endpoint;
  /** At hosts: the interface of the node that the packet passes, `pods` for all of its pods' together. */
  readonly interface?: 'main' | 'tunnel' | 'pods';
  /** Those that were asked; the last one decided when it matched. */
  readonly guards: readonly GuardWalk[];
  readonly tiers: readonly TierWalk[];
  readonly profiles: readonly ProfileWalk[];
  /** `continue`: the hook leaves the packet to those behind it. */
  readonly verdict: 'allow' | 'deny' | 'continue' | 'undetermined' | 'unspecified';
  readonly reason: Reason;
  readonly decider?: Decider;
  /** Of an `unspecified` verdict: what leaves it open. */
  readonly open?: OpenChoice;
  /** The packet as this hook saw it. */
  readonly packet: SeenPacket;
  /** The source and destination that this hook saw. */
  readonly source: Address;
  /** The hook saw somebody of the world there, not whoever has the address. */
  readonly sourceIsWorld?: true;
  readonly destination: Address;
  readonly destinationPort?: number;
}

export interface Decision {
  readonly verdict: Exclude<Verdict, 'skip'>;
  readonly reason: Reason;
  /** The hook that decided; `none` when no endpoint was met. */
  readonly hook: Hook;
  readonly decider?: Decider;
  /** Of an `unspecified` verdict: what leaves it open. */
  readonly open?: OpenChoice;
  /** In the order in which the packet meets them; a hook behind a deny is not walked. */
  readonly hooks: readonly HookWalk[];
  /** An untracked hook let the packet pass: no connection is kept, and every further packet is a first one. */
  readonly untracked?: boolean;
  /** Destination after DNAT. */
  readonly judgedDestination: Address;
  readonly judgedPort?: number;
  /** The service port whose address the packet carried, when it was rewritten. */
  readonly virtualPort?: VirtualPort;
  /** One decision a backend, where there are several. */
  readonly backends?: readonly { readonly backend: Backend; readonly decision: Decision }[];
  /** In words: exemptions taken, choices the API leaves open, assumptions. */
  readonly notes: readonly string[];
}
