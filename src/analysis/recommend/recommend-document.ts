/** What `dryplane recommend --format json` prints. Additions keep the version; removals and new types raise it. */
import type { Plain } from '../../output/yaml.ts';

/** Which API the recommended policies are of. */
export type PolicyKind = 'networkpolicy' | 'calico';

/**
 * Why nothing was recommended for a flow.
 * - `denied-by-policy`, `denied-by-log`: the policies of the manifests, or the trace itself, say that it was denied
 * - `no-connection`: packets that open no connection (connection tracking refuses them, or they are spoofed)
 * - `missing-field`: the trace does not tell the port, or the ICMP type
 * - `unknown-address`: in a range of the cluster, and nothing in the manifests has it
 * - `no-address`: the trace names a network in the place of an address
 * - `not-nameable`: no policy of the kind can name the protocol
 * - `refused-anyway`: something else than the recommendation refuses it, or the CNI cannot let it in by such a policy
 */
export type LeftOutWhy =
  | 'denied-by-policy'
  | 'denied-by-log'
  | 'no-connection'
  | 'missing-field'
  | 'unknown-address'
  | 'no-address'
  | 'not-nameable'
  | 'refused-anyway';

export interface FlowSums {
  readonly flows: number;
  readonly connections: number;
  readonly packets: number;
  readonly bytes: number;
}

export interface RecordPlace {
  readonly trace: string;
  /** Counted from 1. */
  readonly record: number;
}

export interface RecommendedFlow {
  /** In the notation that `explain` takes. */
  readonly flow: string;
  readonly connections: number;
  readonly packets: number;
  readonly bytes: number;
  /** Null where it was not kept. */
  readonly first: RecordPlace | null;
}

export interface RecommendPeer {
  readonly kind: 'pods' | 'block';
  /** Empty for blocks. */
  readonly namespace: string;
  readonly workloads: readonly string[];
  /** Pods that the selector takes; 0 for blocks. */
  readonly pods: number;
  /** Empty for pods. */
  readonly cidr: string;
  /** Addresses of the trace that it is there for. */
  readonly seen: number;
  readonly nodes: readonly string[];
}

export interface RecommendRule extends FlowSums {
  readonly direction: 'ingress' | 'egress';
  /** Place in the policy's list of the direction. */
  readonly index: number;
  readonly peers: readonly RecommendPeer[];
  /** `tcp 80, 443`. */
  readonly ports: string;
  readonly dns: boolean;
  /** Added by --add-dns, not by the trace. */
  readonly added: boolean;
  /** Heaviest first. */
  readonly flows_listed: readonly RecommendedFlow[];
  readonly omitted: number;
  /** As it stands in the policy. */
  readonly object: Plain;
}

export interface RecommendPolicy {
  readonly namespace: string;
  readonly name: string;
  /** `Deployment/web`; empty for the policy of all pods of the namespace. */
  readonly workloads: readonly string[];
  /** Pods that it selects, and those of them that the trace holds. */
  readonly pods: number;
  readonly pods_seen: number;
  readonly rules: readonly RecommendRule[];
  /** The whole object, without comments. */
  readonly object: Plain;
}

export interface LeftOutFlow extends RecommendedFlow {
  /** Who decided, in words. */
  readonly detail: string;
}

export interface LeftOut extends FlowSums {
  readonly why: LeftOutWhy;
  readonly flows_listed: readonly LeftOutFlow[];
  readonly omitted: number;
}

/** An existing policy that selects pods which get a recommended one. */
export interface ReplacedPolicy {
  readonly kind: string;
  readonly namespace: string;
  readonly policy: string;
  readonly location: string;
  /** Pods that it selects and no recommended policy does: they would be open without it. */
  readonly alone: number;
}

export interface RecommendDocument {
  readonly schema: 'dryplane/recommend/v1';
  readonly version: string;
  readonly manifests: readonly string[];
  readonly traces: readonly { readonly path: string; readonly records: number; readonly packets: number }[];
  readonly cni: string;
  readonly kind: PolicyKind;
  /** Those that --namespace names; empty: all. */
  readonly namespaces: readonly string[];
  readonly policies: readonly RecommendPolicy[];
  /** Every flow of the trace is counted once here. */
  readonly flows: {
    readonly total: FlowSums;
    readonly recommended: FlowSums;
    /** Allowed without any rule: nobody polices them, or other policies allow them. */
    readonly no_rule_needed: FlowSums;
    /** No end in the namespaces that --namespace names. */
    readonly elsewhere: FlowSums;
    readonly left_out: FlowSums;
  };
  readonly left_out: readonly LeftOut[];
  /** Records that hold nothing to judge, by reason. */
  readonly skipped: readonly { readonly reason: string; readonly packets: number }[];
  /** Flows that did not fit into the tally: nothing is recommended for them. */
  readonly omitted: number;
  readonly replaces: readonly ReplacedPolicy[];
  /** The recommended flows, judged against the recommendation: those denied are 0, or it is a bug. */
  readonly checked: { readonly flows: number; readonly denied: number };
  readonly notes: readonly string[];
  readonly warnings: readonly string[];
  readonly assumptions: readonly string[];
}
