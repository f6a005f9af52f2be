/**
 * The settings of Felix that change a verdict, node by node.
 *
 * Source: projectcalico/calico felix/config/config_params.go, api/pkg/apis/projectcalico/v3/felixconfig.go.
 */
import type { Location } from '../diagnostic/diagnostic.ts';
import type { Cidr } from '../net/cidr.ts';

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
  readonly disableConntrackInvalidCheck: boolean;
  readonly interfacePrefixes: readonly string[];
  readonly natOutgoingExcludesHosts: boolean;
  /** WorkloadSourceSpoofing: `Any` lets annotated pods use other sources. */
  readonly workloadSourceSpoofing: 'Disabled' | 'Any';
}

export interface FelixSettings {
  /** For nodes that have none of their own. */
  readonly everywhere: FelixNode;
  readonly byNode: ReadonlyMap<string, FelixNode>;
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
  disableConntrackInvalidCheck: false,
  interfacePrefixes: ['cali'],
  natOutgoingExcludesHosts: false,
  workloadSourceSpoofing: 'Disabled',
};

/** The settings of a node. */
export function felixOf(settings: FelixSettings, nodeName: string): FelixNode {
  return settings.byNode.get(nodeName) ?? settings.everywhere;
}
