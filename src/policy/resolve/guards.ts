/**
 * What a hook decides before any policy: the failsafe ports of hosts, the overlay's own packets, and encapsulated
 * packets that pods may not send.
 *
 * Source: projectcalico/calico felix/rules/static.go (failsafeInChain, failsafeOutChain, filterInputChain,
 * filterOutputChain), felix/rules/endpoints.go (endpointIptablesChain).
 */
import { formatCidr, hostCidr } from '../../net/cidr.ts';
import type { PortRange } from '../../net/port.ts';
import { protocolName } from '../../net/protocol.ts';
import { IPIP, UDP } from '../../net/protocol-layout.ts';
import type { ProgramHook } from '../../tables/verdict.ts';
import type { FailsafePort, FelixNode } from '../api/felix.ts';
import type { Cluster } from '../cluster.ts';
import type { CniProfile } from '../cni/profile.ts';
import type { Host } from '../endpoints.ts';
import type { Direction, EntityMatch, Guard, RuleMatch } from '../policy.ts';

/** All that guards depend on beside the node's settings; the same for all nodes. */
export interface GuardedCluster {
  readonly pools: Cluster['ipPools'];
  readonly hosts: ReadonlyMap<string, Host>;
  readonly profile: Pick<CniProfile, 'workloadEncapsulation' | 'podGuards'>;
}

/** The guards of a hook on a node with these settings, in the order in which they are asked. */
export function guardsOf(hook: ProgramHook, felix: FelixNode, cluster: GuardedCluster): readonly Guard[] {
  switch (hook) {
    case 'egress':
      return [
        ...cniGuards(hook, cluster),
        ...encapsulationGuards(felix, cluster.profile.workloadEncapsulation),
      ];
    case 'ingress':
      return cniGuards(hook, cluster);
    case 'host-ingress':
      return [...overlayGuards('source', felix, cluster), ...wireguard(felix), ...inbound(felix, 'allow')];
    case 'host-egress':
      return [
        ...overlayGuards('destination', felix, cluster),
        ...wireguard(felix),
        ...outbound(felix, 'allow'),
      ];
    case 'pre-dnat':
      return inbound(felix, 'continue');
    case 'untracked-ingress':
      return [...inbound(felix, 'continue'), ...replies(felix.failsafeOutbound, 'source')];
    case 'untracked-egress':
      return [...outbound(felix, 'continue'), ...replies(felix.failsafeInbound, 'destination')];
    default:
      return [];
  }
}

/** Text that is equal for nodes whose settings give a hook the same guards. */
export function guardSettings(hook: ProgramHook, felix: FelixNode): string {
  const { vxlanPort, allowVxlanFromWorkloads, allowIpipFromWorkloads } = felix;
  const { failsafeInbound, failsafeOutbound, ipipEnabled, vxlanEnabled } = felix;
  switch (hook) {
    case 'egress':
      return JSON.stringify([hook, vxlanPort, allowVxlanFromWorkloads, allowIpipFromWorkloads]);
    case 'ingress':
    case 'forward-ingress':
    case 'forward-egress':
      return hook;
    default:
      return JSON.stringify([
        hook,
        failsafeInbound,
        failsafeOutbound,
        vxlanPort,
        [ipipEnabled, vxlanEnabled],
        wireguard(felix),
      ]);
  }
}

function cniGuards(hook: Direction, { profile }: GuardedCluster): Guard[] {
  return profile.podGuards
    .filter(({ hooks }) => hooks.includes(hook))
    .map(({ action, match, words }) => ({ action, match, words, reason: 'cni' }));
}

const ANY: EntityMatch = {};
const only = (port: number): readonly PortRange[] => [{ first: port, last: port }];

/** What pods may not send whatever their policies say. */
function encapsulationGuards(
  { vxlanPort, allowVxlanFromWorkloads, allowIpipFromWorkloads }: FelixNode,
  knob: CniProfile['workloadEncapsulation'],
): Guard[] {
  const refuse = (match: RuleMatch, words: string): Guard => ({
    match,
    action: 'deny',
    reason: 'workload-encap',
    words,
  });
  const vxlan: RuleMatch = { protocol: UDP, source: ANY, destination: { ports: only(vxlanPort) } };
  const ipip: RuleMatch = { protocol: IPIP, source: ANY, destination: ANY };
  const isVxlanRefused = knob === 'deny' && !allowVxlanFromWorkloads;
  const isIpipRefused = knob !== 'policy' && !allowIpipFromWorkloads;
  return [
    ...(isVxlanRefused ? [refuse(vxlan, `VXLAN from pods (udp ${vxlanPort})`)] : []),
    ...(isIpipRefused ? [refuse(ipip, 'IP in IP from pods')] : []),
  ];
}

const inbound = ({ failsafeInbound }: FelixNode, action: 'allow' | 'continue'): Guard[] =>
  failsafeInbound.map((failsafe) => ({
    ...failsafeWords(failsafe),
    action,
    match: {
      protocol: failsafe.protocol,
      source: remote(failsafe),
      destination: { ports: only(failsafe.port) },
    },
  }));

const outbound = ({ failsafeOutbound }: FelixNode, action: 'allow' | 'continue'): Guard[] =>
  failsafeOutbound.map((failsafe) => ({
    ...failsafeWords(failsafe),
    action,
    match: {
      protocol: failsafe.protocol,
      source: ANY,
      destination: { ...remote(failsafe), ports: only(failsafe.port) },
    },
  }));

/** Before connections are tracked a reply is known by its source port alone. */
function replies(failsafes: readonly FailsafePort[], remoteSide: 'source' | 'destination'): Guard[] {
  return failsafes.map((failsafe) => {
    const ports = { ports: only(failsafe.port) };
    const match: RuleMatch =
      remoteSide === 'source'
        ? { protocol: failsafe.protocol, source: { ...remote(failsafe), ...ports }, destination: ANY }
        : { protocol: failsafe.protocol, source: ports, destination: remote(failsafe) };
    const { reason, words } = failsafeWords(failsafe);
    return { match, action: 'continue', reason, words: `reply from ${words}` };
  });
}

function remote({ net }: FailsafePort): EntityMatch {
  return net === undefined ? ANY : { nets: [net] };
}

function failsafeWords({ protocol, port, net }: FailsafePort): Pick<Guard, 'reason' | 'words'> {
  const where = net === undefined ? '' : ` of ${formatCidr(net)}`;
  return { reason: 'failsafe', words: `failsafe port ${protocolName(protocol)} ${port}${where}` };
}

/** Packets of WireGuard between nodes; who may be a peer is known to WireGuard itself. */
function wireguard({
  wireguardEnabled,
  wireguardEnabledV6,
  wireguardPort,
  wireguardPortV6,
}: FelixNode): Guard[] {
  const accepted = (family: 4 | 6, port: number): Guard => ({
    match: { family, protocol: UDP, source: ANY, destination: { ports: only(port) } },
    action: 'allow',
    reason: 'failsafe',
    words: `WireGuard (udp ${port})`,
  });
  return [
    ...(wireguardEnabled ? [accepted(4, wireguardPort)] : []),
    ...(wireguardEnabledV6 ? [accepted(6, wireguardPortV6)] : []),
  ];
}

/** What carries pods' packets between nodes: never cut off between nodes, and taken from nobody else. */
function overlayGuards(
  remoteSide: 'source' | 'destination',
  felix: FelixNode,
  { pools, hosts }: GuardedCluster,
): Guard[] {
  const { vxlanPort } = felix;
  const families = ([4, 6] as const).flatMap((family) =>
    (['ipip', 'vxlan'] as const)
      .filter(
        (protocol) =>
          isTold(protocol, family, felix) ?? pools.some((pool) => isCarriedBy(pool, protocol, family)),
      )
      .map((protocol) => ({ family, protocol })),
  );
  return families.flatMap(({ family, protocol }): Guard[] => {
    const nets = [...hosts.values()].flatMap(({ masquerade }) => {
      const address = masquerade[family];
      return address === undefined ? [] : [hostCidr(address)];
    });
    const ports: EntityMatch = protocol === 'vxlan' ? { ports: only(vxlanPort) } : ANY;
    const match = (entity: EntityMatch): RuleMatch => ({
      family,
      protocol: protocol === 'vxlan' ? UDP : IPIP,
      source: remoteSide === 'source' ? entity : ANY,
      destination: remoteSide === 'source' ? ports : { ...entity, ...ports },
    });
    const name = protocol === 'vxlan' ? `VXLAN (udp ${vxlanPort})` : 'IP in IP';
    const accepted: Guard[] =
      nets.length === 0
        ? []
        : [{ match: match({ nets }), action: 'allow', reason: 'failsafe', words: `${name} between nodes` }];
    if (remoteSide === 'destination') return accepted;
    return [
      ...accepted,
      { match: match(ANY), action: 'deny', reason: 'workload-encap', words: `${name} from elsewhere` },
    ];
  });
}

/** What Felix is told outright; the pools count only where it is told nothing. */
function isTold(
  protocol: 'ipip' | 'vxlan',
  family: 4 | 6,
  { ipipEnabled, vxlanEnabled }: FelixNode,
): boolean | undefined {
  if (family === 6) return undefined;
  return protocol === 'ipip' ? ipipEnabled : vxlanEnabled;
}

function isCarriedBy(
  { cidr, encapsulation, forWorkloads }: Cluster['ipPools'][number],
  protocol: 'ipip' | 'vxlan',
  family: 4 | 6,
): boolean {
  return forWorkloads && cidr.network.family === family && encapsulation?.protocol === protocol;
}
