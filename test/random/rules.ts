/**
 * Random policies of the model itself: rules with every field of RuleMatch that Calico's validation lets through,
 * every action, several tiers with either end, staged policies, profiles that say more than allow.
 */
import type { Cidr } from '../../src/net/cidr.ts';
import type { PortRange } from '../../src/net/port.ts';
import { ICMP, ICMPV6, SCTP, TCP, UDP } from '../../src/net/protocol-layout.ts';
import type {
  EntityMatch,
  Governed,
  Policy,
  Profile,
  Rule,
  RuleMatch,
  Tier,
} from '../../src/policy/policy.ts';
import type { Selector } from '../../src/selector/selector.ts';
import { at, PORTS } from './cluster.ts';
import type { Random } from './mulberry.ts';
import { drawCidr } from './network-policies.ts';

const LABELS = [
  'app',
  'tier',
  'env',
  'pcns.env',
  'projectcalico.org/namespace',
  'projectcalico.org/orchestrator',
];
const VALUES = ['a', 'b', '', 'red', 'green', 'k8s'];

export function drawSelector(draw: Random, depth = 2): Selector {
  const label = draw.pick(LABELS);
  const value = draw.pick(VALUES);
  const operands = (): Selector[] => [drawSelector(draw, depth - 1), drawSelector(draw, depth - 1)];
  switch (draw.below(depth > 0 ? 13 : 9)) {
    case 0:
      return { kind: 'all' };
    case 1:
      return { kind: 'has', label };
    case 2:
    case 3:
      return { kind: 'equals', label, value };
    case 4:
      return { kind: 'not-equals', label, value };
    case 5:
      return { kind: 'in', label, values: [value, draw.pick(VALUES)] };
    case 6:
      return { kind: 'not-in', label, values: [value, draw.pick(VALUES)] };
    case 7:
      return { kind: draw.pick(['contains', 'starts-with'] as const), label, value };
    case 8:
      return { kind: 'ends-with', label, value };
    case 9:
      return { kind: 'not', operand: drawSelector(draw, depth - 1) };
    case 10:
      return { kind: 'or', operands: operands() };
    default:
      return { kind: 'and', operands: operands() };
  }
}

function drawRanges(draw: Random): PortRange[] {
  return Array.from({ length: 1 + draw.below(2) }, () => {
    const first = draw.pick([...PORTS, 1, 1024]);
    return { first, last: Math.min(65_535, first + draw.pick([0, 0, 1, 400, 65_535])) };
  });
}

const drawNames = (draw: Random): string[] => draw.some(['http', 'dns', 'metrics', 'nothing'], 0.4);

function drawNets(draw: Random, family: 4 | 6): Cidr[] {
  return Array.from({ length: 1 + draw.below(2) }, () => drawCidr(draw, family));
}

function drawEntity(draw: Random, family: 4 | 6, protocol: number | undefined): EntityMatch {
  const numeric = protocol === TCP || protocol === UDP || protocol === SCTP;
  const named = numeric || protocol === undefined;
  const notNets = drawNets(draw, family).filter(({ prefixBits }) => prefixBits > 0);
  return {
    ...(draw.chance(0.2) ? { nets: drawNets(draw, family) } : {}),
    ...(draw.chance(0.15) ? { notNets } : {}),
    ...(draw.chance(0.3) ? { selector: drawSelector(draw) } : {}),
    ...(draw.chance(0.15) ? { notSelector: drawSelector(draw) } : {}),
    ...(numeric && draw.chance(0.25) ? { ports: drawRanges(draw) } : {}),
    ...(named && draw.chance(0.2) ? { namedPorts: drawNames(draw) } : {}),
    ...(numeric && draw.chance(0.1) ? { notPorts: drawRanges(draw) } : {}),
    ...(named && draw.chance(0.1) ? { notNamedPorts: drawNames(draw) } : {}),
  };
}

function drawIcmp(draw: Random): { type: number; code?: number } {
  const type = draw.pick([0, 3, 8, 128]);
  return draw.chance(0.5) ? { type } : { type, code: draw.pick([0, 1, 255]) };
}

export function drawMatch(draw: Random): RuleMatch {
  const family = draw.pick([4, 4, 6] as const);
  const protocol = draw.chance(0.6)
    ? draw.pick([TCP, TCP, UDP, UDP, SCTP, ICMP, ICMPV6, 47, 136])
    : undefined;
  return {
    ...(draw.chance(0.15) ? { family } : {}),
    ...(protocol === undefined ? {} : { protocol }),
    ...(draw.chance(0.15)
      ? { notProtocols: [draw.pick([TCP, UDP, ICMP, 47, 132]), draw.pick([TCP, 47])] }
      : {}),
    ...((protocol === ICMP || protocol === ICMPV6) && draw.chance(0.6) ? { icmp: drawIcmp(draw) } : {}),
    ...(draw.chance(0.1) ? { notIcmp: drawIcmp(draw) } : {}),
    source: drawEntity(draw, family, protocol),
    destination: drawEntity(draw, family, protocol),
  };
}

export function drawRules(draw: Random, most: number): Rule[] {
  return Array.from({ length: draw.below(most + 1) }, (_, index) => ({
    action: draw.pick(['allow', 'allow', 'deny', 'pass', 'log'] as const),
    match: drawMatch(draw),
    index,
    calicoIndex: index,
    at,
  }));
}

function drawPolicy(draw: Random, tier: string, index: number): Policy {
  return {
    kind: 'GlobalNetworkPolicy',
    calicoKind: 'GlobalNetworkPolicy',
    namespace: '',
    name: `${tier}-${index}`,
    tier,
    order: index,
    staged: draw.chance(0.1),
    placement: 'normal',
    selector: { kind: 'all' },
    types: { ingress: true, egress: true },
    rules: { ingress: drawRules(draw, 4), egress: drawRules(draw, 4) },
    at,
  };
}

/** What governs an endpoint, in up to three tiers; every tier holds an enforced policy. */
export function drawGoverned(draw: Random): Governed {
  const tiers = Array.from({ length: draw.below(4) }, (_, index) => {
    const tier: Tier = {
      name: `tier-${index}`,
      order: index,
      endAction: draw.pick(['deny', 'pass'] as const),
    };
    const policies = Array.from({ length: 1 + draw.below(3) }, (_, at) => drawPolicy(draw, tier.name, at));
    if (policies.every(({ staged }) => staged)) policies[0] = { ...policies[0]!, staged: false };
    return { tier, policies, endAction: tier.endAction };
  });
  const allowAll: Rule = {
    action: 'allow',
    match: { source: {}, destination: {} },
    index: 0,
    calicoIndex: 0,
    at,
  };
  const profiles: Profile[] = draw.chance(0.2)
    ? [{ name: 'ksa.some', rules: { ingress: drawRules(draw, 2), egress: drawRules(draw, 2) } }]
    : [{ name: 'kns.some', rules: { ingress: [allowAll], egress: [allowAll] } }];
  return { guards: [], tiers, profiles, end: 'deny', tiesAreOpen: false };
}
