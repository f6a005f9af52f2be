/**
 * Rules as access lists have them (source prefix, destination prefix, destination ports, protocol), in two forms that mean the same: allow
 * rules of a list, no match denies; and NetworkPolicies, one a rule, over a cluster whose pods fill the destinations' prefixes. And
 * packets for them: of most some rule holds. Prefixes are of all lengths, ports exact, in ranges or all, in shares that are made up.
 * Seeded.
 */
import type { NetworkPolicy } from '#src/policy/api/network-policy.js';
import type { Cluster, Namespace, Pod } from '#src/policy/cluster.js';
import type { FirstPacket } from '#src/policy/decision.js';
import { EMPTY_CLUSTER } from '#src/policy/empty-cluster.js';
import { randomFrom } from './synthetic.ts';
import { at, ipv4, podOf, SYNTHETIC_NODES } from './synthetic-cluster.ts';

/** Pods fill 16 networks of 256 addresses, a network is a namespace. */
const PODS = 4096;
const FIRST_POD = 0x0a000000;
/** Where all else comes from: 64.0.0.0 to 159.255.255.255, where no pod and no node is. */
const OUTSIDE = 0x40000000;

interface Block {
  readonly network: number;
  readonly prefixBits: number;
}

export interface AclRule {
  readonly source: Block;
  readonly destination: Block;
  /** 0: all of them, and all ports. */
  readonly protocol: number;
  readonly firstPort: number;
  readonly lastPort: number;
}

const mask = (bits: number): number => (bits === 0 ? 0 : (-1 << (32 - bits)) >>> 0);
const blockOf = (address: number, prefixBits: number): Block => ({
  network: (address & mask(prefixBits)) >>> 0,
  prefixBits,
});

/** The value beside the first share that the draw lies below. */
function drawn<T>(draw: number, shares: readonly (readonly [number, T])[]): T {
  return (shares.find(([upTo]) => draw < upTo) ?? shares.at(-1)!)[1];
}

/** Shares add up as they go; the last is 1. */
const SOURCE_BITS = [
  [0.35, 0],
  [0.45, 16],
  [0.75, 24],
  [0.85, 28],
  [1, 32],
] as const;
const DESTINATION_BITS = [
  [0.15, 24],
  [0.4, 28],
  [1, 32],
] as const;
const KNOWN_PORTS = [
  [0.3, 80],
  [0.6, 443],
  [0.8, 53],
  [1, 22],
] as const;

function drawPorts(random: () => number, isOpen: boolean): readonly [number, number] {
  const exact = random() < 0.5 ? drawn(random(), KNOWN_PORTS) : 1024 + Math.floor(random() * 8192);
  const kinds = [
    [0.65, [exact, exact]],
    [0.75, [1024, 65_535]],
    [0.85, [exact, exact + 100]],
    [1, [0, 65_535]],
  ] as const;
  return drawn(isOpen ? random() * 0.65 : random(), kinds);
}

function drawRule(random: () => number): AclRule {
  const pod = FIRST_POD + Math.floor(random() * PODS);
  const outside = OUTSIDE + Math.floor(random() * 0x20000000);
  const source = random() < 0.2 ? FIRST_POD + Math.floor(random() * PODS) : outside;
  const sourceBits = drawn(random(), SOURCE_BITS);
  const isOpen = sourceBits === 0;
  // What is open to everybody is a port of a host: otherwise all packets were allowed, however many rules there are.
  const destinationBits = isOpen ? 32 : drawn(random(), DESTINATION_BITS);
  const [firstPort, lastPort] = drawPorts(random, isOpen);
  const any = firstPort === 0 && random() < 0.5;
  return {
    source: blockOf(source, sourceBits),
    destination: blockOf(pod, destinationBits),
    protocol: any ? 0 : random() < 0.75 ? 6 : 17,
    firstPort,
    lastPort,
  };
}

export function drawRules(count: number, seed: number): AclRule[] {
  const random = randomFrom(seed);
  return Array.from({ length: count }, () => drawRule(random));
}

const namespaceOf = (address: number): string => `net-${(address - FIRST_POD) >>> 8}`;
const podOfNetwork = (address: number): Pod =>
  podOf(namespaceOf(address), address, { pod: `p-${address}`, group: `g-${address & mask(28)}` });

function policyOf(
  { source, destination, protocol, firstPort, lastPort }: AclRule,
  index: number,
): NetworkPolicy {
  const { network, prefixBits } = destination;
  const label =
    prefixBits === 32 ? { pod: `p-${network}` } : prefixBits === 28 ? { group: `g-${network}` } : {};
  const everyPort = firstPort === 0 && lastPort === 65_535;
  return {
    namespace: namespaceOf(network),
    name: `rule-${index}`,
    podSelector: { matchLabels: label, matchExpressions: [] },
    policyTypes: { ingress: true, egress: false },
    ingress: [
      {
        peers: [
          {
            ipBlock: { cidr: { network: ipv4(source.network), prefixBits: source.prefixBits }, except: [] },
            at,
          },
        ],
        ports:
          protocol === 0 ? [] : [{ protocol, ...(everyPort ? {} : { port: firstPort, endPort: lastPort }) }],
        at,
      },
    ],
    egress: [],
    at,
  };
}

/** The rules as one NetworkPolicy each, and one a namespace that allows nothing: where no rule matches, it denies. */
export function clusterOf(rules: readonly AclRule[]): Cluster {
  const names = Array.from({ length: PODS / 256 }, (_, index) => `net-${index}`);
  const namespaces = new Map<string, Namespace>(names.map((name) => [name, { name, labels: {}, at }]));
  const deny = names.map(
    (namespace): NetworkPolicy => ({
      namespace,
      name: 'deny',
      podSelector: { matchLabels: {}, matchExpressions: [] },
      policyTypes: { ingress: true, egress: false },
      ingress: [],
      egress: [],
      at,
    }),
  );
  return {
    ...EMPTY_CLUSTER,
    namespaces,
    nodes: SYNTHETIC_NODES,
    pods: Array.from({ length: PODS }, (_, index) => podOfNetwork(FIRST_POD + index)),
    networkPolicies: [...deny, ...rules.map(policyOf)],
  };
}

/** Packets of different connections: nine of ten are drawn inside of some rule, the rest is a pod's packet from outside on any port. */
export function drawPackets(rules: readonly AclRule[], count: number, seed: number): FirstPacket[] {
  const random = randomFrom(seed);
  const inside = ({ network, prefixBits }: Block): number =>
    prefixBits === 0
      ? OUTSIDE + Math.floor(random() * 0x60000000)
      : (network + Math.floor(random() * 2 ** (32 - prefixBits))) >>> 0;
  const everywhere: Block = { network: 0, prefixBits: 0 };
  return Array.from({ length: count }, (): FirstPacket => {
    const rule = random() < 0.9 ? rules[Math.floor(random() * rules.length)] : undefined;
    const destination =
      rule === undefined ? FIRST_POD + Math.floor(random() * PODS) : inside(rule.destination);
    const source = inside(rule?.source ?? everywhere);
    const first = rule?.firstPort ?? 1;
    const port = first + Math.floor(random() * ((rule?.lastPort ?? 65_535) - first + 1));
    return {
      // A pod that speaks to itself is exempt from policy, and VXLAN from pods refused: lists know neither.
      source: ipv4(source === destination ? source ^ 1 : source),
      destination: ipv4(destination),
      protocol: rule === undefined || rule.protocol === 0 ? (random() < 0.75 ? 6 : 17) : rule.protocol,
      sourcePort: 1024 + Math.floor(random() * 64_000),
      destinationPort: port === 4789 ? 4788 : port,
    };
  });
}
