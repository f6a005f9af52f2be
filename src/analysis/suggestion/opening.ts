/** What a refusing hook would have to let through, and which kind of object can say so where it is heard. */
import type { Address } from '../../net/address.ts';
import type { PortRange } from '../../net/port.ts';
import { hasPolicyPorts, isIcmp } from '../../net/protocol.ts';
import { factsAbout } from '../../policy/addresses/address-book.ts';
import type { Pod } from '../../policy/cluster.ts';
import type { Decision, HookWalk } from '../../policy/decision.ts';
import type { Direction, Policy, Rule } from '../../policy/policy.ts';
import { policyGroup } from '../../policy/policy-group.ts';
import { enforces } from '../../policy/resolve/enforcement.ts';
import type { World } from '../../policy/world.ts';
import { directionOf } from '../../tables/verdict.ts';
import { formatLocation } from '../decider.ts';

/** One end of the flow, as the hook of the other end sees it. */
export type OpenedPeer = { readonly address: Address } & (
  | { readonly kind: 'pod'; readonly pod: Pod }
  /** `node`: whose address it is; '' for all others. */
  | { readonly kind: 'address'; readonly node: string }
);

/** What a rule must match. */
export interface Opening {
  readonly direction: Direction;
  readonly pod: Pod;
  readonly peer: OpenedPeer;
  readonly protocol: number;
  /** Absent: the protocol has none that rules could name. */
  readonly ports?: PortRange;
  readonly icmp?: { readonly type: number; readonly code: number };
}

/** Which object is asked at the right time. */
export type Place =
  | { readonly kind: 'NetworkPolicy' | 'CiliumNetworkPolicy' }
  | {
      readonly kind: 'CalicoNetworkPolicy';
      readonly tier: string;
      /** Absent: behind all others of the tier. */
      readonly order?: number;
      /** What the object does not allow goes on as if it were not there. */
      readonly passes: boolean;
    }
  | {
      readonly kind: 'AdminNetworkPolicy' | 'ClusterNetworkPolicy';
      readonly tier: 'Admin' | 'Baseline';
      readonly priority: number;
    };

/** No object that is added changes it. */
export interface Hopeless {
  readonly why: string;
  readonly change: string;
}

export interface DeniedStep {
  readonly opening: Opening;
  readonly place: Place;
  readonly walk: HookWalk;
}

const named = ({ kind, namespace, name }: Policy): string =>
  `${kind} ${namespace === '' ? name : `${namespace}/${name}`}`;

const standsAt = (policy: Policy, rule: Rule | undefined): string => {
  const place = formatLocation(rule?.at ?? policy.at);
  return place === '' ? named(policy) : `${named(policy)} (${place})`;
};

/** What would have to be allowed next on the way of a packet that is denied, and by what. `ports`: all that are decided alike. */
export function deniedStep(
  decision: Decision,
  protocol: number,
  ports: PortRange | undefined,
  world: World,
): DeniedStep | Hopeless {
  const walk = decision.hooks.findLast(({ verdict }) => verdict === 'deny');
  if (decision.reason === 'endpoint-to-host')
    return {
      why: 'what pods send to the host of their own node is refused there behind all policy',
      change: 'DefaultEndpointToHostAction of FelixConfiguration would have to be Accept or Return',
    };
  if (walk === undefined)
    return {
      why: 'no policy decides this: the CNI refuses it by itself',
      change: 'another CNI, or another way for the flow',
    };
  const pod = walk.endpoint.pod;
  if (
    walk.endpoint.kind !== 'workload' ||
    pod === undefined ||
    (walk.hook !== 'ingress' && walk.hook !== 'egress')
  )
    return {
      why: `the policies of the host ${walk.endpoint.nodeName} refuse it (${walk.hook}), and a rule there would open the whole node`,
      change: `${deciderText(walk)} would have to allow it`,
    };
  const opening = openingAt(walk, pod, protocol, ports, world);
  const place = placeFor(walk, opening, world);
  return 'why' in place ? place : { opening, place, walk };
}

function deciderText({ decider }: HookWalk): string {
  return decider?.policy === undefined ? 'a rule' : standsAt(decider.policy, decider.rule);
}

function openingAt(
  walk: HookWalk,
  pod: Pod,
  protocol: number,
  ports: PortRange | undefined,
  { book }: World,
): Opening {
  const direction = directionOf(walk.hook);
  const { packet } = walk;
  const other = direction === 'ingress' ? packet.source : packet.destination;
  const owner = other.isWorld === true ? undefined : factsAbout(book, other.address).owner;
  const holder = owner?.kind === 'workload' ? owner.pod : undefined;
  const peer: OpenedPeer =
    holder !== undefined && !holder.hostNetwork
      ? { kind: 'pod', pod: holder, address: other.address }
      : {
          kind: 'address',
          address: other.address,
          node: other.isWorld === true ? '' : (other.nodeName ?? ''),
        };
  const { port } = packet.destination;
  const asked = ports ?? (port === undefined ? undefined : { first: port, last: port });
  return {
    direction,
    pod,
    peer,
    protocol,
    ...(hasPolicyPorts(protocol) && asked !== undefined ? { ports: asked } : {}),
    ...(packet.icmp === undefined ? {} : { icmp: packet.icmp }),
  };
}

function placeFor(walk: HookWalk, opening: Opening, world: World): Place | Hopeless {
  const { reason, decider } = walk;
  const guard = walk.guards.find(({ matched }) => matched === 'yes')?.guard;
  if (guard !== undefined)
    return {
      why: `it is refused before any policy is asked: ${guard.words}`,
      change: 'the settings of the CNI would have to allow it',
    };
  const { policy, rule } = decider ?? {};
  if (reason === 'policy' && policy !== undefined && rule !== undefined)
    return beforeRule(policy, rule, opening, world);
  if (reason === 'tier-end' && policy !== undefined) return atTierEnd(policy, opening, world);
  if (reason === 'profile' || reason === 'no-profile') return beforeProfiles(walk, world);
  return {
    why: `nothing that is added is asked before this: ${reason}`,
    change: 'what refuses it would have to change',
  };
}

/** Before a rule that denies. */
function beforeRule(
  policy: Policy,
  rule: Rule,
  { direction, peer }: Opening,
  world: World,
): Place | Hopeless {
  const change = `${standsAt(policy, rule)} would have to let it pass`;
  const group = policyGroup(policy);
  if (group === 'cilium.io')
    return { why: 'Cilium refuses what any policy denies, whatever others allow', change };
  if (group === 'projectcalico.org')
    return {
      kind: 'CalicoNetworkPolicy',
      tier: policy.tier,
      order: orderBefore(policy, world),
      passes: false,
    };
  if (policy.kind === 'BaselineAdminNetworkPolicy')
    return {
      why: 'there is one BaselineAdminNetworkPolicy in a cluster, and it denies this',
      change: `a rule that allows it would have to stand before ${standsAt(policy, rule)}`,
    };
  if (policy.kind !== 'AdminNetworkPolicy' && policy.kind !== 'ClusterNetworkPolicy')
    return { why: `${policy.kind} denies it`, change };
  if (direction === 'ingress' && peer.kind === 'address')
    return { why: `a ${policy.kind} has no word for sources outside of the cluster's pods`, change };
  if (policy.order <= 0)
    return { why: `${named(policy)} denies it with priority 0: nothing is asked before it`, change };
  return {
    kind: policy.kind,
    tier: policy.tier.includes('baseline') ? 'Baseline' : 'Admin',
    priority: policy.order - 1,
  };
}

/** An order right before a policy's, and behind all that come before it. */
function orderBefore({ tier, order }: Policy, { resolved }: World): number {
  const earlier = resolved.policies
    .filter((one) => one.tier === tier && one.order < order)
    .map((one) => one.order);
  const last = earlier.length === 0 ? undefined : Math.max(...earlier);
  if (!Number.isFinite(order)) return last === undefined ? 1000 : last + 1;
  if (last === undefined || last < order - 1) return order - 1;
  return (last + order) / 2;
}

/** Where a tier refuses what no rule allows, one more rule is enough, wherever it stands. */
function atTierEnd(policy: Policy, { protocol, peer }: Opening, { profile }: World): Place {
  const group = policyGroup(policy);
  if (group === 'projectcalico.org') return { kind: 'CalicoNetworkPolicy', tier: policy.tier, passes: false };
  if (group === 'cilium.io') return { kind: 'CiliumNetworkPolicy' };
  // A NetworkPolicy has no word for other protocols: it would open all of them.
  if (!hasPolicyPorts(protocol) && enforces(profile, 'Calico'))
    return { kind: 'CalicoNetworkPolicy', tier: policy.tier, passes: false };
  // To Cilium nodes are no addresses; its own policies name them, and types of ICMP.
  const isWord = isIcmp(protocol) || (peer.kind === 'address' && peer.node !== '');
  return { kind: isWord && enforces(profile, 'Cilium') ? 'CiliumNetworkPolicy' : 'NetworkPolicy' };
}

/** Before Calico's profiles: in the default tier, where what else comes must go on to them. */
function beforeProfiles(walk: HookWalk, { profile, resolved }: World): Place | Hopeless {
  if (!enforces(profile, 'Calico'))
    return { why: 'nothing but profiles decides it', change: 'its profile would have to allow it' };
  const own = walk.tiers.find(({ tier }) => tier.name === 'default');
  const orders = resolved.policies.filter(({ tier }) => tier === 'default').map(({ order }) => order);
  if (own === undefined) return { kind: 'CalicoNetworkPolicy', tier: 'default', passes: true };
  const first = Math.min(...orders, 1000);
  return { kind: 'CalicoNetworkPolicy', tier: 'default', order: first - 1, passes: false };
}
