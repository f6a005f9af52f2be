/** The document of `compile`: how large the tables are, what they hold, and with --dump all of it in names. */
import type { CostDocument } from '../cost/cost-document.ts';
import type { PhaseTime } from '../replay/replay-document.ts';

export interface TableCounts {
  readonly bytes: number;
  readonly sections: readonly { readonly name: string; readonly bytes: number }[];
  readonly entries: number;
  /** Label-set ids by family. */
  readonly identities: { readonly ipv4: number; readonly ipv6: number };
  readonly prefixes: { readonly ipv4: number; readonly ipv6: number };
  readonly predicates: number;
  readonly programs: number;
  readonly shapes: number;
  readonly outcomes: number;
  readonly virtual_ports: number;
  /** The most of any shape. */
  readonly largest: { readonly peer_classes: number; readonly rows: number; readonly port_classes: number };
}

export interface TierCount {
  readonly tier: string;
  /** Null: behind all tiers that have one. */
  readonly order: number | null;
  readonly end_action: string;
  /** Enforced ones. */
  readonly policies: number;
  readonly staged: number;
}

export interface KindCount {
  readonly kind: string;
  /** Two APIs have a kind NetworkPolicy. */
  readonly group: string;
  readonly policies: number;
}

/** In what the CNI is not as most are. */
export interface DepartureDump {
  readonly knob: string;
  readonly says: string;
  readonly source: string;
}

export interface EndpointDump {
  /** `namespace/pod`, or the name of a host endpoint. */
  readonly endpoint: string;
  /** `workload` or `host`. */
  readonly kind: string;
  readonly node: string;
  readonly addresses: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** Names of the policies that govern it, in evaluation order; empty: open, by its profiles. */
  readonly ingress: readonly string[];
  readonly egress: readonly string[];
  /** The same for every hook where something is asked: a pod has these two, a host endpoint up to seven others. */
  readonly hooks: readonly { readonly hook: string; readonly policies: readonly string[] }[];
  readonly profiles: readonly string[];
}

export interface OutcomeDump {
  readonly outcome: number;
  readonly hook: string;
  readonly direction: string;
  readonly verdict: string;
  readonly reason: string;
  /** `tier|kind namespace/policy|rule|action` of every station; the last one decides. */
  readonly path: readonly string[];
}

export interface CompileDocument {
  readonly schema: 'dryplane/compile/v1';
  readonly version: string;
  readonly cni: string;
  readonly manifests: readonly string[];
  readonly cluster: {
    readonly namespaces: number;
    readonly pods: number;
    /** Pods with policy, and host endpoints. */
    readonly endpoints: number;
    readonly nodes: number;
    readonly services: number;
    /** Enforced ones, and their rules. */
    readonly policies: number;
    readonly rules: number;
    readonly staged: number;
    readonly host_endpoints: number;
    readonly network_sets: number;
    /** Every tier that a policy names, in evaluation order. */
    readonly tiers: readonly TierCount[];
    /** Enforced and staged policies. */
    readonly kinds: readonly KindCount[];
  };
  readonly tables: TableCounts;
  readonly timing: { readonly load_milliseconds: number; readonly phases: readonly PhaseTime[] };
  /** What the set costs on the CNI's nodes; null where that has no data plane of its own. */
  readonly cost: CostDocument | null;
  /** The same on every CNI, by name; null without --costs. */
  readonly costs: readonly CostDocument[] | null;
  /** Where the tables were saved, else null. */
  readonly output: string | null;
  /** Null without --dump. */
  readonly dump: {
    readonly departures: readonly DepartureDump[];
    readonly endpoints: readonly EndpointDump[];
    readonly outcomes: readonly OutcomeDump[];
  } | null;
  readonly assumptions: readonly string[];
  readonly warnings: readonly string[];
}
