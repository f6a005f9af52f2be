/**
 * The settings of Felix that change a verdict, node by node.
 *
 * Source: projectcalico/calico felix/config/config_params.go, api/pkg/apis/projectcalico/v3/felixconfig.go.
 */
import type { Location } from '../../diagnostic/diagnostic.ts';
import type { Cidr } from '../../net/cidr.ts';
import type { Selector } from '../../selector/selector.ts';

/** A port that is never cut off a host; `net` is the remote address. */
export interface FailsafePort {
  readonly protocol: number;
  readonly port: number;
  readonly net?: Cidr;
}

/** All settings of one node. */
export interface FelixNode {
  readonly failsafeInbound: readonly FailsafePort[];
  readonly failsafeOutbound: readonly FailsafePort[];
  /** `Return` leaves the packet to the host's own firewall, which is taken to accept it. */
  readonly defaultEndpointToHostAction: 'Drop' | 'Return' | 'Accept';
  /** Where that action stands. Absent: in no manifest. */
  readonly endpointToHostAt?: Location;
  readonly allowVxlanFromWorkloads: boolean;
  readonly allowIpipFromWorkloads: boolean;
  readonly vxlanPort: number;
  /** Whether the overlay's packets are looked after over IPv4. Absent: where pools are encapsulated so. */
  readonly ipipEnabled?: boolean;
  readonly vxlanEnabled?: boolean;
  readonly wireguardEnabled: boolean;
  readonly wireguardEnabledV6: boolean;
  readonly wireguardPort: number;
  readonly wireguardPortV6: number;
  readonly disableConntrackInvalidCheck: boolean;
  readonly interfacePrefixes: readonly string[];
  readonly natOutgoingExcludesHosts: boolean;
  /** WorkloadSourceSpoofing: `Any` lets annotated pods use other sources. */
  readonly workloadSourceSpoofing: 'Disabled' | 'Any';
}

/** What a source of settings changes; nothing of what it leaves at what stood before. */
export type FelixChanges = Partial<FelixNode>;

/** Which nodes a configuration is about; `none`: its name says nothing to Felix. */
export type FelixScope =
  | { readonly kind: 'everywhere' | 'none' }
  | { readonly kind: 'node'; readonly node: string }
  | { readonly kind: 'selector'; readonly selector: Selector };

export interface FelixConfiguration {
  readonly name: string;
  readonly scope: FelixScope;
  readonly changes: FelixChanges;
  /** The older of two that match a node counts; empty when the manifest does not say. */
  readonly createdAt: string;
  readonly at: Location;
}

/** The FELIX_ variables of a calico-node DaemonSet. */
export interface FelixEnvironment {
  readonly changes: FelixChanges;
  /** Where the DaemonSet begins. */
  readonly at: Location;
}

export interface FelixSettings {
  /** For nodes that have none of their own. */
  readonly everywhere: FelixNode;
  readonly byNode: ReadonlyMap<string, FelixNode>;
  /** What the settings were made from; absent: nothing said anything. */
  readonly sources?: {
    readonly configurations: readonly FelixConfiguration[];
    readonly environments: readonly FelixEnvironment[];
  };
}

const TCP = 6;
const UDP = 17;
const tcp = (port: number): FailsafePort => ({ protocol: TCP, port });
const udp = (port: number): FailsafePort => ({ protocol: UDP, port });

/** What Felix does without any configuration, except that pods may reach their own host, as installers set it. */
export const UNCONFIGURED: FelixNode = {
  failsafeInbound: [tcp(22), udp(68), ...[179, 2379, 2380, 5473, 6443, 6666, 6667].map(tcp)],
  failsafeOutbound: [udp(53), udp(67), ...[179, 2379, 2380, 5473, 6443, 6666, 6667].map(tcp)],
  defaultEndpointToHostAction: 'Accept',
  allowVxlanFromWorkloads: false,
  allowIpipFromWorkloads: false,
  vxlanPort: 4789,
  wireguardEnabled: false,
  wireguardEnabledV6: false,
  wireguardPort: 51_820,
  wireguardPortV6: 51_821,
  disableConntrackInvalidCheck: false,
  interfacePrefixes: ['cali'],
  natOutgoingExcludesHosts: false,
  workloadSourceSpoofing: 'Disabled',
};

/** The settings of a node. */
export function felixOf(settings: FelixSettings, nodeName: string): FelixNode {
  return settings.byNode.get(nodeName) ?? settings.everywhere;
}
