/**
 * The state of a cluster as the manifests give it, plain readonly data. `manifest/` makes it, `policy/` gives it
 * meaning. It knows neither YAML nor tables.
 */
import type { Location } from '../diagnostic/diagnostic.ts';
import type { Address } from '../net/address.ts';
import type { Cidr } from '../net/cidr.ts';
import type { AdminPolicy } from './api/admin-policy.ts';
import type {
  CalicoPolicy,
  CalicoProfile,
  CalicoTier,
  HostEndpoint,
  IpPool,
  NetworkSet,
} from './api/calico.ts';
import type { CiliumCidrGroup, CiliumPolicy } from './api/cilium.ts';
import type { FelixSettings } from './api/felix.ts';
import type { NetworkPolicy } from './api/network-policy.ts';

export type Labels = Readonly<Record<string, string>>;

export interface Namespace {
  readonly name: string;
  /** Always holds `kubernetes.io/metadata.name`. */
  readonly labels: Labels;
  /** Its annotation of the time before NetworkPolicy was an API of its own asks that its pods be isolated. */
  readonly defaultDeny?: true;
  /** Absent for a namespace that is only mentioned. */
  readonly at?: Location;
}

export interface ContainerPort {
  /** Absent: a port without a name. */
  readonly name?: string;
  /** IANA number of TCP, UDP or SCTP. */
  readonly protocol: number;
  readonly port: number;
  /** Which list the container stands in; `sidecar` is an init container with restartPolicy Always. */
  readonly container: 'container' | 'init' | 'sidecar';
}

/** The controller a pod was derived from or belongs to; `Pod` when it has none. */
export interface Workload {
  readonly kind: string;
  readonly name: string;
}

export interface Pod {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  readonly serviceAccount: string;
  readonly workload: Workload;
  /** `metadata.generateName`, when there is one. */
  readonly generateName?: string;
  /** All podIPs, at most one a family; empty for a pod without an address. Host-network pods: the node's. */
  readonly addresses: readonly Address[];
  /** True when the addresses were invented for a workload without pods. */
  readonly synthetic: boolean;
  readonly hostNetwork: boolean;
  /** Empty when unscheduled or unknown. */
  readonly nodeName: string;
  /** status.phase; `Running` when the manifest has no status, or an address and no phase. */
  readonly phase: string;
  /** status.startTime or metadata.creationTimestamp, seconds since 1970; 0 when unknown. */
  readonly startedSeconds: number;
  readonly deleting: boolean;
  /** Ready condition; without one, whether the pod runs. */
  readonly ready: boolean;
  readonly ports: readonly ContainerPort[];
  /** What a WorkloadEndpoint says beyond what pods have. */
  readonly workloadEndpoint?: {
    /** `cali...` */
    readonly interfaceName: string;
    /** Label projectcalico.org/orchestrator; `k8s` for pods. */
    readonly orchestrator: string;
    /** spec.profiles; absent: those of a pod. */
    readonly profiles?: readonly string[];
  };
  /** Sources that the pod asks to use beside its own addresses (annotation cni.projectcalico.org/allowedSourcePrefixes). */
  readonly allowedSources?: readonly Cidr[];
  readonly at: Location;
}

export interface Node {
  readonly name: string;
  readonly labels: Labels;
  /** status.addresses that are IP addresses, tunnel addresses of CNI annotations included. */
  readonly addresses: readonly Address[];
  /** The addresses of `addresses` that sit on tunnel devices. */
  readonly tunnelAddresses: readonly Address[];
  /** The networks of the node's own addresses where an annotation gives a prefix length (projectcalico.org/IPv4Address). */
  readonly subnets: readonly Cidr[];
  /** spec.podCIDRs as written. */
  readonly podCidrs: readonly string[];
  readonly at: Location;
}

export interface ServicePort {
  readonly name?: string;
  readonly protocol: number;
  readonly port: number;
  /** A number or the name of a container port; equals `port` when the manifest has none. */
  readonly targetPort: number | string;
  readonly nodePort?: number;
}

export interface Service {
  readonly namespace: string;
  readonly name: string;
  readonly labels?: Labels;
  readonly type: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName';
  /** Empty for headless services. */
  readonly clusterIPs: readonly Address[];
  readonly externalIPs: readonly Address[];
  readonly loadBalancerIPs: readonly Address[];
  readonly externalTrafficPolicy: 'Cluster' | 'Local';
  readonly internalTrafficPolicy: 'Cluster' | 'Local';
  readonly selector?: Labels;
  readonly ports: readonly ServicePort[];
  readonly publishNotReadyAddresses: boolean;
  readonly at: Location;
}

export interface SliceEndpoint {
  readonly addresses: readonly Address[];
  /** Absent conditions: ready. */
  readonly ready: boolean;
  readonly nodeName?: string;
}

/** EndpointSlice, or an Endpoints object turned into one. */
export interface EndpointSlice {
  readonly namespace: string;
  /** Label kubernetes.io/service-name. */
  readonly service: string;
  readonly endpoints: readonly SliceEndpoint[];
  readonly ports: readonly { readonly name?: string; readonly protocol: number; readonly port?: number }[];
  readonly at: Location;
}

export interface ServiceAccount {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  readonly at: Location;
}

/** An object that is not there because it is invalid. */
export interface VanishedObject {
  readonly kind: string;
  /** Empty when cluster-scoped: any endpoint may be touched. Else only those of the namespace. */
  readonly namespace: string;
  readonly name: string;
  readonly at: Location;
}

export interface Cluster {
  readonly namespaces: ReadonlyMap<string, Namespace>;
  readonly pods: readonly Pod[];
  readonly nodes: readonly Node[];
  readonly services: readonly Service[];
  readonly endpointSlices: readonly EndpointSlice[];
  readonly serviceAccounts: readonly ServiceAccount[];
  readonly networkPolicies: readonly NetworkPolicy[];
  /** ClusterNetworkPolicy, AdminNetworkPolicy and BaselineAdminNetworkPolicy, by kind and name. */
  readonly adminPolicies: readonly AdminPolicy[];
  /** All five kinds of Calico's v3 policies, by kind, namespace and name. */
  readonly calicoPolicies: readonly CalicoPolicy[];
  /** CiliumNetworkPolicy and CiliumClusterwideNetworkPolicy, by kind, namespace and name. */
  readonly ciliumPolicies: readonly CiliumPolicy[];
  readonly ciliumCidrGroups: readonly CiliumCidrGroup[];
  readonly tiers: readonly CalicoTier[];
  readonly networkSets: readonly NetworkSet[];
  readonly hostEndpoints: readonly HostEndpoint[];
  /** Profile objects; those of namespaces and service accounts come from these themselves. */
  readonly profiles: readonly CalicoProfile[];
  readonly ipPools: readonly IpPool[];
  readonly felix: FelixSettings;
  /** Addresses that the user gives for domain names. */
  readonly resolutions: readonly { readonly name: string; readonly address: Address }[];
  /** Invalid objects that were left out, as Felix does (`--lenient`): verdicts that they could touch are marked. */
  readonly vanished: readonly VanishedObject[];
  /** What was assumed where the manifests do not say; printed with every report. */
  readonly assumptions: readonly string[];
  /** Kinds that were counted and passed over. */
  readonly ignoredKinds: ReadonlyMap<string, number>;
}
