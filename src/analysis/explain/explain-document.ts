/**
 * The document of `explain`: what the text report reads and `--format json` prints. One decision for each first packet
 * that the flow stands for (a dual-stack pod, a workload and `:*` stand for several), each with its whole walk.
 */
import type { DeciderNames } from '../decider.ts';
import type { OpenNames } from '../open-document.ts';
import type { PacketFields } from '../packet-fields.ts';
import type { Suggestion } from '../suggestion/suggestion-document.ts';

export interface RuleStep {
  readonly action: string;
  readonly rule: number;
  readonly calico_rule: number;
  readonly matched: 'yes' | 'no' | 'maybe';
  /** The first field that did not match and why, or what matched. */
  readonly why: string;
  /** The rule has an `http` part, which the packet data plane does not look at. */
  readonly http: boolean;
  /** What the rule asks that no packet shows: `http rules`. A match admits the connection, not what is said in it. */
  readonly beyond: readonly string[];
  /** Domain names of the rule whose addresses nobody has given. */
  readonly unresolved_domains: readonly string[];
  readonly location: string;
}

/** Asked before any tier: what is decided whatever the policies say. */
export interface GuardStep {
  /** What it does when it matches; `continue` leaves the packet to later hooks. */
  readonly action: string;
  readonly reason: string;
  /** `failsafe port tcp 22`. */
  readonly guard: string;
  readonly matched: 'yes' | 'no';
  readonly why: string;
}

/** A policy by its names, and its order: null comes behind all numbers. */
export interface NamedPolicy {
  readonly kind: string;
  readonly namespace: string;
  readonly policy: string;
  readonly order: number | null;
  readonly location: string;
}

export interface PolicyStep extends NamedPolicy {
  readonly staged: boolean;
  /** `normal`, `forward` (applyOnForward), `pre-dnat` or `untracked`. */
  readonly placement: string;
  readonly rules: readonly RuleStep[];
}

/** What is known of a tier. */
interface TierNames {
  readonly tier: string;
  /** 0-based, among all tiers that some policy names. */
  readonly position: number;
  /** Null: behind all tiers that have one. */
  readonly order: number | null;
  /** At this hook. */
  readonly end_action: string;
  /** '' for a tier that Calico brings along, or that nobody declares. */
  readonly location: string;
}

export interface TierStep extends TierNames {
  /** No manifest declares it: it comes after all others. */
  readonly undeclared: boolean;
  readonly policies: readonly PolicyStep[];
  /** What left the tier: the action of a rule, or its end. */
  readonly left: string;
}

/**
 * Why something takes no part at a hook: it was decided before (`not-reached`), no policy of the tier selects the endpoint
 * (`not-selected`), those that do apply in the other direction only (`direction`), are staged (`staged`), or are asked at other
 * places (`placement`).
 */
export type Absence = 'not-reached' | 'not-selected' | 'direction' | 'staged' | 'placement';

export interface SkippedTier extends TierNames {
  readonly why: Absence;
}

/** A policy that selects the endpoint and was not asked. */
export interface Bystander extends NamedPolicy {
  readonly tier: string;
  readonly why: Exclude<Absence, 'not-selected'>;
  /** The same in words. */
  readonly words: string;
}

export interface ProfileStep {
  readonly profile: string;
  readonly rules: readonly RuleStep[];
}

export interface EndpointNames {
  /** `workload`: a pod. `host`: a host endpoint. */
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly node: string;
  /** Of a host endpoint: the interface that it names, `*` for all, '' when its addresses say which. */
  readonly interface: string;
  /** At a host: `main`, `tunnel` or `pods`; else ''. */
  readonly passes: string;
  readonly location: string;
}

export interface HookStep {
  readonly hook: string;
  readonly endpoint: EndpointNames;
  /** What this hook saw, after any rewriting of addresses. */
  readonly src: string;
  readonly src_name: string;
  readonly dst: string;
  readonly dst_name: string;
  readonly dport: number | null;
  readonly verdict: string;
  readonly reason: string;
  readonly decider: DeciderNames;
  readonly open?: OpenNames;
  readonly guards: readonly GuardStep[];
  readonly tiers: readonly TierStep[];
  readonly skipped_tiers: readonly SkippedTier[];
  readonly bystanders: readonly Bystander[];
  readonly profiles: readonly ProfileStep[];
}

/** What Calico's flow logs would say of the connection, on the side that reports. */
export interface FlowLog {
  readonly reporter: 'src' | 'dst';
  readonly action: 'allow' | 'deny';
  /** `index|tier|kind:namespace/name|action|rule`. */
  readonly enforced_policies: readonly string[];
  readonly pending_policies: readonly string[];
}

/** The action that ends the walk of a pod's packet to its own node. */
export interface EndpointToHost {
  readonly node: string;
  /** DefaultEndpointToHostAction: `Drop`, `Return` or `Accept`. */
  readonly action: string;
  /** '' when no manifest says it: it is assumed. */
  readonly location: string;
}

/** The answer with staged policies as if they were enforced. */
export interface PendingDecision {
  readonly verdict: string;
  readonly reason: string;
  readonly decider: DeciderNames;
  /** Decided otherwise than what is enforced: by the verdict, or by who decides. */
  readonly differs: boolean;
  readonly hooks: readonly HookStep[];
  readonly notes: readonly string[];
}

export interface DecisionDocument extends PacketFields {
  /** `namespace/name` of the Service whose address was rewritten, else ''. */
  readonly service: string;
  readonly verdict: string;
  readonly reason: string;
  readonly decider: DeciderNames;
  readonly open?: OpenNames;
  readonly hooks: readonly HookStep[];
  /** One a backend, where the address of a Service may lead to several. */
  readonly backends: readonly {
    readonly address: string;
    readonly name: string;
    readonly port: number;
    readonly decision: DecisionDocument;
  }[];
  readonly endpoint_to_host: EndpointToHost | null;
  /** Untracked policy allowed it: replies are asked like any first packet. */
  readonly untracked: boolean;
  /** Null where no policy is staged. */
  readonly pending: PendingDecision | null;
  /** Of pods only: nobody reports what host endpoints do. Empty for a CNI that is not Calico. */
  readonly flow_logs: readonly FlowLog[];
  /** Invalid objects that were left out and could change this: `Kind/namespace/name`. Empty: none could. */
  readonly doubtful: readonly string[];
  readonly notes: readonly string[];
}

/** A decision about one packet, or about a range of ports that are all decided alike. */
export interface PartDocument extends DecisionDocument {
  /** Null unless the flow asks for all ports; the decision is that of the first. */
  readonly ports: { readonly first: number; readonly last: number } | null;
}

export interface FlowExplanation {
  readonly flow: string;
  readonly verdict: string;
  readonly reason: string;
  /** With staged policies as if they were enforced; null where none is. */
  readonly pending: { readonly verdict: string; readonly reason: string } | null;
  readonly decisions: readonly PartDocument[];
  /** Of a deny that `explain` was asked about: what would allow it; null for all else. */
  readonly suggestion: Suggestion | null;
}

export interface ExplainDocument {
  readonly schema: 'dryplane/explain/v1';
  readonly version: string;
  readonly cni: string;
  readonly manifests: readonly string[];
  readonly flows: readonly FlowExplanation[];
  /** Null unless --expect was given: whether every flow had that verdict. */
  readonly expectation: { readonly verdict: string; readonly met: boolean } | null;
  readonly assumptions: readonly string[];
  readonly warnings: readonly string[];
}
