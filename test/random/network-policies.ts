/** Random NetworkPolicies of every form that the API server accepts, over the names of `cluster.ts`. */
import { type Cidr, cidrOf } from '../../src/net/cidr.ts';
import { SCTP, TCP, UDP } from '../../src/net/protocol-layout.ts';
import type {
  LabelSelector,
  LabelSelectorRequirement,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
  NetworkPolicyRule,
} from '../../src/policy/api/network-policy.ts';
import { address, at, drawLabels, PORTS } from './cluster.ts';
import type { Random } from './mulberry.ts';

function drawRequirement(draw: Random): LabelSelectorRequirement {
  const operator = draw.pick(['In', 'NotIn', 'Exists', 'DoesNotExist'] as const);
  const key = draw.pick(['app', 'tier', 'env', 'kubernetes.io/metadata.name']);
  const some = draw.some(['a', 'b', '', 'red', 'green'], 0.4);
  const values = operator === 'In' || operator === 'NotIn' ? (some.length === 0 ? ['a'] : some) : [];
  return { key, operator, values };
}

/** A selector of labels that random clusters have; often of all. */
export function drawLabelSelector(draw: Random): LabelSelector {
  if (draw.chance(0.3)) return { matchLabels: {}, matchExpressions: [] };
  return {
    matchLabels: draw.chance(0.6) ? drawLabels(draw) : {},
    matchExpressions: Array.from({ length: draw.below(2) + (draw.chance(0.2) ? 1 : 0) }, () =>
      drawRequirement(draw),
    ),
  };
}

/** Blocks around the addresses that clusters have, of all lengths. */
export function drawCidr(draw: Random, family: 4 | 6 = draw.pick([4, 4, 6] as const)): Cidr {
  if (family === 6) {
    const near = address(draw.pick(['fd00::1', 'fd01::4', 'fd01::8', 'fd96::1', '2001:db8::1', '::']));
    return cidrOf(near, draw.pick([0, 8, 16, 64, 112, 124, 126, 127, 128]));
  }
  const near = address(draw.pick(['10.0.0.1', '10.1.0.4', '10.1.0.8', '10.96.0.1', '192.0.2.7', '0.0.0.0']));
  return cidrOf(near, draw.pick([0, 8, 14, 16, 17, 24, 27, 28, 29, 30, 31, 32]));
}

function drawBlock(draw: Random): NonNullable<NetworkPolicyPeer['ipBlock']> {
  const cidr = drawCidr(draw);
  return { cidr, except: drawExcept(draw, cidr) };
}

/** Smaller blocks in a block. */
export function drawExcept(draw: Random, cidr: Cidr): Cidr[] {
  const width = cidr.network.family === 4 ? 32 : 128;
  const except: Cidr[] = [];
  for (let left = draw.below(3); left > 0 && cidr.prefixBits < width; left--) {
    const bits = Math.min(width, cidr.prefixBits + 1 + draw.below(width - cidr.prefixBits));
    const words = cidr.network.words.map((word, index) => {
      const kept = Math.min(32, Math.max(0, cidr.prefixBits - 32 * index));
      const free = kept === 32 ? 0 : 0xffff_ffff >>> kept;
      return (word | (draw.pick([0, 1, 4, 8, 12, 0x100, 0x10000]) & free)) >>> 0;
    }) as [number, number, number, number];
    if (cidr.network.family === 4) words.fill(0, 1);
    except.push(cidrOf({ family: cidr.network.family, words }, bits));
  }
  return except;
}

function drawPeer(draw: Random): NetworkPolicyPeer {
  const form = draw.below(4);
  if (form === 0) return { ipBlock: drawBlock(draw), at };
  return {
    ...(form === 2 ? {} : { podSelector: drawLabelSelector(draw) }),
    ...(form === 1 ? {} : { namespaceSelector: drawLabelSelector(draw) }),
    at,
  };
}

function drawPort(draw: Random): NetworkPolicyPort {
  const protocol = draw.pick([TCP, TCP, UDP, SCTP]);
  const form = draw.below(6);
  if (form === 0) return { protocol };
  if (form < 3) return { protocol, port: draw.pick(['http', 'dns', 'metrics', 'nothing']) };
  const port = draw.pick(PORTS);
  return form === 3 ? { protocol, port, endPort: port + draw.pick([0, 1, 30, 9000]) } : { protocol, port };
}

function drawRule(draw: Random): NetworkPolicyRule {
  return {
    peers: draw.chance(0.2) ? [] : Array.from({ length: 1 + draw.below(3) }, () => drawPeer(draw)),
    ports: draw.chance(0.4) ? [] : Array.from({ length: 1 + draw.below(3) }, () => drawPort(draw)),
    at,
  };
}

const drawRules = (draw: Random): NetworkPolicyRule[] =>
  draw.chance(0.15) ? [] : Array.from({ length: 1 + draw.below(2) }, () => drawRule(draw));

/** Up to six policies in the namespaces. */
export function drawNetworkPolicies(draw: Random, namespaces: readonly string[]): NetworkPolicy[] {
  return Array.from({ length: draw.below(7) }, (_, index) => ({
    namespace: draw.pick(namespaces),
    name: `policy-${draw.below(2) === 0 ? 'x' : 'a'}-${index}`,
    podSelector: drawLabelSelector(draw),
    policyTypes: draw.pick([
      { ingress: true, egress: false },
      { ingress: false, egress: true },
      { ingress: true, egress: true },
    ]),
    ingress: drawRules(draw),
    egress: drawRules(draw),
    at,
  }));
}
