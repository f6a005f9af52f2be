/**
 * The document of `explain`: what the text report reads and `--format json` prints. One decision for each first packet
 * that the flow stands for (a dual-stack pod, a workload and `:*` stand for several), each with its whole walk.
 */
import type { DeciderNames } from './decider.ts';
import type { PacketFields } from './packet-fields.ts';

export interface RuleStep {
  readonly action: string;
  readonly rule: number;
  readonly calico_rule: number;
  readonly matched: 'yes' | 'no' | 'maybe';
  /** The first field that did not match and why, or what matched. */
  readonly why: string;
  readonly location: string;
}

export interface PolicyStep {
  readonly kind: string;
  readonly namespace: string;
  readonly policy: string;
  readonly location: string;
  readonly staged: boolean;
  readonly rules: readonly RuleStep[];
}

export interface TierStep {
  readonly tier: string;
  readonly end_action: string;
  readonly policies: readonly PolicyStep[];
  /** What left the tier: the action of a rule, or its end. */
  readonly left: string;
}

export interface ProfileStep {
  readonly profile: string;
  readonly rules: readonly RuleStep[];
}

export interface HookStep {
  readonly hook: string;
  readonly endpoint: { readonly namespace: string; readonly name: string; readonly node: string };
  /** What this hook saw, after any rewriting of addresses. */
  readonly src: string;
  readonly src_name: string;
  readonly dst: string;
  readonly dst_name: string;
  readonly dport: number | null;
  readonly verdict: string;
  readonly reason: string;
  readonly decider: DeciderNames;
  readonly tiers: readonly TierStep[];
  readonly profiles: readonly ProfileStep[];
}

export interface DecisionDocument extends PacketFields {
  /** `namespace/name` of the Service whose address was rewritten, else ''. */
  readonly service: string;
  readonly verdict: string;
  readonly reason: string;
  readonly decider: DeciderNames;
  readonly hooks: readonly HookStep[];
  /** One a backend, where the address of a Service may lead to several. */
  readonly backends: readonly {
    readonly address: string;
    readonly name: string;
    readonly port: number;
    readonly decision: DecisionDocument;
  }[];
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
  readonly decisions: readonly PartDocument[];
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
