/**
 * A first packet at one destination: behind a service at one backend, else at the address that it carries. Steps 2 to
 * 9 of "The first packet of a connection" in src/README.md: what meets no policy, the way, the verdict.
 */
import { sameAddress } from '../../net/address.ts';
import { ICMPV6 } from '../../net/protocol-layout.ts';
import type { Hook, Reason } from '../../tables/verdict.ts';
import type { Decision, FirstPacket, HookWalk } from '../decision.ts';
import type { OpenChoice } from '../open-choice.ts';
import type { World } from '../world.ts';
import { isOpenForHostNetwork } from './host-network.ts';
import { type Exemption, isHairpin, isOwnNode, walkPath } from './packet-path.ts';
import { beginWalk, type Ends, type PacketWalk, type Target } from './packet-walk.ts';
import { askEgress } from './pod-hooks.ts';
import { isDiscovery } from './possible-packets.ts';
import { isClusterWide } from './ties.ts';

/** Steps 2 to 9 for one target; every field of the packet that matters is known. */
export function judgeAtTarget(packet: FirstPacket, target: Target, world: World): Decision {
  const walk = beginWalk(packet, target, world);
  const { ends } = walk;
  const decided = exemption(ends, world);
  if (decided !== undefined) return decided;
  const decision = concluded(walk, walkPath(walk));
  const isRefused = decision.verdict !== 'allow' && !isBinding(decision);
  if (isHairpin(ends) && isRefused && world.profile.hairpin === 'unspecified')
    return unspecified(
      ends,
      'hairpin',
      'the API does not say whether a pod may reach itself through a Service',
      walk.hooks,
    );
  return decision;
}

/** Steps that meet no hook; undefined when policy is to be asked. */
function exemption(ends: Ends, world: World): Decision | undefined {
  const { packet, target, source, destination } = ends;
  const { profile } = world;
  const isRewritten = target.virtualPort !== undefined || !sameAddress(target.address, packet.destination);
  if (source.owner !== undefined && !isRewritten && sameAddress(packet.source, packet.destination))
    return settled(ends, 'self', 'a pod always reaches its own address');
  if (packet.protocol === ICMPV6 && packet.icmp !== undefined && isDiscovery(packet.icmp.type))
    return settled(ends, 'untracked', 'neighbour and multicast listener discovery is not policed');
  if (isHairpin(ends) && profile.hairpin === 'exempt')
    return settled(ends, 'self', 'no policy is asked where a pod reaches itself through a Service');
  if (isHairpin(ends) && profile.hairpin === 'broken')
    return { ...settled(ends, 'cni', 'a pod does not reach itself through a Service'), verdict: 'deny' };
  if (profile.ownNodePort === 'exempt' && isOwnNodePort(ends))
    return settled(ends, 'cni', 'no policy is asked at a node port of its own node with a backend there');
  if (profile.hostNetworkPods === 'unspecified' && isOpenForHostNetwork(packet, source, destination, world))
    return unspecified(
      ends,
      'host-network-pods',
      'the API leaves open how host-network pods are policed',
      [],
    );
  if (profile.podToOwnNode === 'allow' && isOwnNode(ends) && !isBinding(egressOf(ends, world)))
    return settled(ends, 'endpoint-to-host', 'a pod and its own node always reach each other');
  return undefined;
}

/** A pod at a node port of its own node, with a backend there. */
function isOwnNodePort({ source: { owner }, target: { virtualPort, backend } }: Ends): boolean {
  if (owner === undefined || virtualPort?.kind !== 'node-port') return false;
  return virtualPort.nodeName === owner.nodeName && backend?.nodeName === owner.nodeName;
}

/** What the sender's egress says, before any exemption. */
function egressOf({ packet, target, source }: Ends, world: World): HookWalk | undefined {
  const walk = beginWalk(packet, target, world);
  askEgress(walk, source.owner!);
  return walk.hooks.at(-1);
}

/** Whether cluster-wide policy refused: the exemptions of NetworkPolicies are not its. */
function isBinding(found: Pick<HookWalk, 'verdict' | 'decider'> | Decision | undefined): boolean {
  const policy = found?.verdict === 'deny' ? found.decider?.policy : undefined;
  return policy !== undefined && isClusterWide(policy);
}

/** Hooks that decide by allowing; forward hooks decide only by refusing. */
const DECIDING: readonly Hook[] = [
  'egress',
  'ingress',
  'host-egress',
  'host-ingress',
  'untracked-egress',
  'untracked-ingress',
  'pre-dnat',
];
const REFUSALS = ['deny', 'undetermined', 'unspecified'] as const;

/** The first refusal counts, then what is open; on allow the last hook that allowed. */
function concluded(walk: PacketWalk, exempt: Exemption | undefined): Decision {
  const { ends, hooks, notes } = walk;
  const [verdict, refusing] = REFUSALS.map(
    (asked) => [asked, hooks.find((hook) => hook.verdict === asked)] as const,
  ).find(([, hook]) => hook !== undefined) ?? ['allow' as const, undefined];
  const allowing = hooks.findLast((hook) => hook.verdict === 'allow' && DECIDING.includes(hook.hook));
  const dropsAtHost =
    exempt === 'endpoint-to-host' && verdict !== 'deny' && endpointToHostAction(walk) === 'Drop';
  const speaking = dropsAtHost ? hooks.find(({ hook }) => hook === 'egress') : (refusing ?? allowing);
  const reason: Reason =
    (refusing === undefined || dropsAtHost ? exempt : undefined) ?? speaking?.reason ?? 'no-endpoint';
  if (reason === 'no-endpoint')
    notes.push(
      hooks.length === 0
        ? 'neither side is a pod that policy governs'
        : 'neither side is a pod that policy governs, and no policy of a host decides',
    );
  return {
    verdict: dropsAtHost ? 'deny' : verdict,
    reason,
    hook: speaking?.hook ?? 'none',
    ...(speaking?.decider === undefined ? {} : { decider: speaking.decider }),
    ...(verdict === 'unspecified' && !dropsAtHost && speaking?.open !== undefined
      ? { open: speaking.open }
      : {}),
    hooks,
    ...(isUntracked(hooks) ? { untracked: true } : {}),
    ...arrival(ends),
    notes,
  };
}

function endpointToHostAction({ ends, world }: PacketWalk): 'Drop' | 'Return' | 'Accept' {
  return world.book.hosts.get(ends.source.owner!.nodeName)!.felix.defaultEndpointToHostAction;
}

/** Whether an untracked hook let the packet pass before connections are tracked. */
function isUntracked(hooks: readonly HookWalk[]): boolean {
  return hooks.some(({ hook, verdict }) => hook.startsWith('untracked-') && verdict === 'allow');
}

function settled(ends: Ends, reason: Reason, note: string): Decision {
  return { verdict: 'allow', reason, hook: 'none', hooks: [], ...arrival(ends), notes: [note] };
}

function unspecified(ends: Ends, open: OpenChoice, note: string, hooks: readonly HookWalk[]): Decision {
  return {
    verdict: 'unspecified',
    reason: 'none',
    open,
    hook: 'none',
    hooks,
    ...arrival(ends),
    notes: [note],
  };
}

function arrival({ target }: Ends): Pick<Decision, 'judgedDestination' | 'judgedPort' | 'virtualPort'> {
  return {
    judgedDestination: target.address,
    ...(target.port === undefined ? {} : { judgedPort: target.port }),
    ...(target.virtualPort === undefined ? {} : { virtualPort: target.virtualPort }),
  };
}
