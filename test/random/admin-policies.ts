/**
 * Random ClusterNetworkPolicies, AdminNetworkPolicies and BaselineAdminNetworkPolicies, with priorities that tie, peers
 * of every kind and rules that cannot be understood.
 */
import { SCTP, TCP, UDP } from '../../src/net/protocol-layout.ts';
import type {
  AdminPeer,
  AdminPolicy,
  AdminPort,
  AdminRule,
  PodsSelected,
} from '../../src/policy/api/admin-policy.ts';
import { at, PORTS } from './cluster.ts';
import type { Random } from './mulberry.ts';
import { drawCidr, drawLabelSelector } from './network-policies.ts';

export const DOMAINS = ['one.example', '*.example', 'two.example'];

function drawPods(draw: Random): PodsSelected {
  if (draw.chance(0.5)) return { kind: 'namespaces', namespaceSelector: drawLabelSelector(draw) };
  const podSelector = drawLabelSelector(draw);
  return draw.chance(0.3)
    ? { kind: 'pods', podSelector }
    : { kind: 'pods', podSelector, namespaceSelector: drawLabelSelector(draw) };
}

function drawPeer(draw: Random, kind: AdminPolicy['kind'], direction: 'ingress' | 'egress'): AdminPeer {
  if (draw.chance(0.05)) return { kind: 'unknown', at };
  if (direction === 'ingress' || draw.chance(0.4)) return { ...drawPods(draw), at };
  const form = draw.below(3);
  if (form === 0) return { kind: 'nodes', nodeSelector: drawLabelSelector(draw), at };
  // The schema takes names in rules of every action, but the baseline's.
  if (form === 1 && kind !== 'BaselineAdminNetworkPolicy')
    return { kind: 'domains', names: draw.some(DOMAINS, 0.7), at };
  return { kind: 'networks', networks: Array.from({ length: 1 + draw.below(3) }, () => drawCidr(draw)), at };
}

function drawPort(draw: Random, kind: AdminPolicy['kind']): AdminPort {
  const protocol = draw.pick([TCP, TCP, UDP, SCTP]);
  const first = draw.pick(PORTS);
  if (draw.chance(0.25)) return { namedPort: draw.pick(['http', 'dns', 'metrics', 'nothing']) };
  if (kind === 'ClusterNetworkPolicy' && draw.chance(0.2)) return { protocol };
  return { protocol, ports: { first, last: first + draw.pick([0, 0, 1, 400]) } };
}

function drawRule(draw: Random, kind: AdminPolicy['kind'], direction: 'ingress' | 'egress'): AdminRule {
  const isBaseline = kind === 'BaselineAdminNetworkPolicy';
  const action = draw.pick(
    isBaseline ? (['allow', 'deny'] as const) : (['allow', 'allow', 'deny', 'pass'] as const),
  );
  return {
    name: '',
    action,
    peers: Array.from({ length: 1 + draw.below(2) }, () => drawPeer(draw, kind, direction)),
    ...(draw.chance(0.5)
      ? { ports: Array.from({ length: 1 + draw.below(2) }, () => drawPort(draw, kind)) }
      : {}),
    isUnusable: draw.chance(0.04),
    at,
  };
}

function drawPolicy(draw: Random, kind: AdminPolicy['kind'], index: number): AdminPolicy {
  const tier =
    kind === 'ClusterNetworkPolicy'
      ? draw.pick(['admin', 'baseline'] as const)
      : kind === 'AdminNetworkPolicy'
        ? 'admin'
        : 'baseline';
  const rules = (direction: 'ingress' | 'egress'): AdminRule[] =>
    Array.from({ length: draw.below(4) }, () => drawRule(draw, kind, direction));
  return {
    kind,
    name: kind === 'BaselineAdminNetworkPolicy' ? 'default' : `admin-${index}`,
    tier,
    priority: kind === 'BaselineAdminNetworkPolicy' ? 0 : draw.pick([0, 5, 5, 10]),
    subject: drawPods(draw),
    ingress: rules('ingress'),
    egress: rules('egress'),
    at,
  };
}

/** Some of each kind, in the order that clusters keep them. */
export function drawAdminPolicies(draw: Random): AdminPolicy[] {
  const several = (kind: AdminPolicy['kind'], most: number): AdminPolicy[] =>
    Array.from({ length: draw.below(most + 1) }, (_, index) => drawPolicy(draw, kind, index));
  return [
    ...several('AdminNetworkPolicy', 3),
    ...several('BaselineAdminNetworkPolicy', 1),
    ...several('ClusterNetworkPolicy', 4),
  ];
}
