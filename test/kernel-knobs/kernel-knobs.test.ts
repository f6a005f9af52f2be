/**
 * What profiles of CNIs say beside a real kernel: the rules that Calico and kube-router write for random NetworkPolicies are put into a
 * network namespace, packets are sent through it, and what the kernel lets pass is what dryplane allows under the profile.
 */
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { formatAddress, parseAddress } from '../../src/net/address.ts';
import { type Cidr, formatCidr, parseCidr } from '../../src/net/cidr.ts';
import { SCTP, TCP, UDP } from '../../src/net/protocol-layout.ts';
import type { NetworkPolicy, NetworkPolicyRule } from '../../src/policy/api/network-policy.ts';
import type { Cluster, ContainerPort, Namespace, Pod } from '../../src/policy/cluster.ts';
import { cniProfile } from '../../src/policy/cni/profiles.ts';
import { EMPTY_CLUSTER } from '../../src/policy/empty-cluster.ts';
import { judge } from '../../src/policy/judge/judge.ts';
import { createWorld, type World } from '../../src/policy/world.ts';
import { packetBytes } from '../conntrack/crafted.ts';
import { forward, whyNot } from '../conntrack/forwarder.ts';
import { address, at, drawLabels, PORTS } from '../random/cluster.ts';
import { chosenSeed, type Random, random } from '../random/mulberry.ts';
import { drawNetworkPolicies } from '../random/network-policies.ts';
import { type Packet, protocolOf } from '../replay/desk.ts';
import { calicoRules } from './calico-rules.ts';
import { kubeRouterRules } from './kube-router-rules.ts';
import { iptablesCommands, nftablesCommands } from './rule-set.ts';

const CLUSTERS = Number(process.env.CLUSTERS ?? 4);
const PACKETS = 120;
const seed = chosenSeed();

/** How each CNI writes its rules, and in what. */
const CNIS: Readonly<Record<string, (cluster: Cluster) => readonly string[]>> = {
  calico: (cluster) => iptablesCommands(calicoRules(cluster)),
  'kube-router': (cluster) => iptablesCommands(kubeRouterRules(cluster, 'iptables')),
  'kube-router-nft': (cluster) => nftablesCommands(kubeRouterRules(cluster, 'nftables')),
};

function missing(): string | undefined {
  const absent = ['nft', 'iptables', 'ipset'].filter((name) => spawnSync(name, ['--version']).status !== 0);
  if (absent.length > 0) return `no ${absent.join(', ')}`;
  return whyNot();
}

const why = missing();

/** Which side of the router an address is on: the one without pods has one outside of the cluster. */
const SIDES = {
  left: { pods: ['10.1.0.1', '10.1.0.4', '10.1.0.5', '10.1.0.8'], outside: '192.0.2.7' },
  right: { pods: ['10.2.0.1', '10.2.0.4', '10.2.0.5', '10.2.0.8'], outside: '10.0.0.1' },
} as const;
const ROUTES = ['ip route add 192.0.2.0/24 dev left', 'ip route add 10.0.0.0/16 dev right'];

function drawPod(draw: Random, ip: string, index: number): Pod {
  const ports: ContainerPort[] = ['http', 'dns', 'metrics']
    .filter(() => draw.chance(0.5))
    .map((name) => ({
      name,
      protocol: draw.pick([TCP, TCP, UDP]),
      port: draw.pick(PORTS),
      container: 'container',
    }));
  return {
    namespace: draw.pick(['red', 'green']),
    name: `pod-${index}`,
    labels: drawLabels(draw),
    serviceAccount: 'default',
    workload: { kind: 'Pod', name: `pod-${index}` },
    addresses: [address(ip)],
    synthetic: false,
    hostNetwork: false,
    nodeName: 'router',
    phase: 'Running',
    startedSeconds: 0,
    deleting: false,
    ready: true,
    ports,
    at,
  };
}

/** A set of blocks cannot hold one both as a member and as an exception. */
function isContradictory({ ingress, egress }: NetworkPolicy): boolean {
  return [...ingress, ...egress].some(({ peers }) => {
    const blocks = peers.flatMap(({ ipBlock }) => ipBlock ?? []);
    const except = new Set(blocks.flatMap((block) => block.except.map(formatCidr)));
    return blocks.some(({ cidr }) => except.has(formatCidr(cidr)));
  });
}

function drawCluster(draw: Random, policies?: readonly NetworkPolicy[]): Cluster {
  const namespaces = ['red', 'green'].map((name): Namespace => {
    return { name, labels: { ...drawLabels(draw), 'kubernetes.io/metadata.name': name }, at };
  });
  const node = {
    name: 'router',
    labels: {},
    addresses: [],
    tunnelAddresses: [],
    subnets: [],
    podCidrs: [],
    at,
  };
  return {
    ...EMPTY_CLUSTER,
    namespaces: new Map(namespaces.map((namespace) => [namespace.name, namespace])),
    nodes: [node],
    pods: [...SIDES.left.pods, ...SIDES.right.pods].map((ip, index) => drawPod(draw, ip, index)),
    networkPolicies: (policies ?? drawNetworkPolicies(draw, ['red', 'green'])).filter(
      (policy) => !isContradictory(policy),
    ),
  };
}

const cidr = (text: string): Cidr => {
  const parsed = parseCidr(text);
  if ('problem' in parsed) throw new Error(parsed.problem);
  return parsed.cidr;
};

/** Nothing enters or leaves a pod of red. */
const ALL_ISOLATED: NetworkPolicy = {
  namespace: 'red',
  name: 'all',
  podSelector: { matchLabels: {}, matchExpressions: [] },
  policyTypes: { ingress: true, egress: true },
  ingress: [],
  egress: [],
  at,
};

/** First packets, each of a connection of its own. */
function drawPacket(draw: Random, index: number): Packet {
  const [from, to] = draw.chance(0.5) ? (['left', 'right'] as const) : (['right', 'left'] as const);
  const end = (side: 'left' | 'right'): string =>
    draw.chance(0.15) ? SIDES[side].outside : draw.pick(SIDES[side].pods);
  const ends = { src: end(from), dst: end(to) };
  const ports = { sport: 20_000 + index, dport: draw.pick([...PORTS, 81, 4789]) };
  switch (draw.below(8)) {
    case 0:
      return { ...ends, icmp: { type: 8, id: index } };
    case 1:
      return { ...ends, icmp: { type: draw.pick([13, 17]), id: index } };
    case 2:
      return { ...ends, ...ports, protocol: SCTP, chunk: 'INIT' };
    case 3:
    case 4:
      return { ...ends, ...ports, protocol: UDP };
    default:
      return { ...ends, ...ports, tcp: 'S' };
  }
}

const isLeft = ({ src }: Packet): boolean => src.startsWith('10.1.') || src === SIDES.left.outside;

/** Which packets the kernel lets pass under a CNI's rules. */
function kernelPasses(packets: readonly Packet[], rules: readonly string[]): boolean[] {
  const windows = { next: 1 };
  const steps = packets.map((packet) => ({
    side: isLeft(packet) ? ('left' as const) : ('right' as const),
    bytes: packetBytes(packet, windows),
    show: 'nothing',
  }));
  return forward(steps, { tcp_loose: 0 }, [...ROUTES, ...rules]).map(({ called }) => called !== '-');
}

function isAllowed(packet: Packet, world: World): boolean {
  const { verdict } = judge(
    {
      source: parseAddress(packet.src)!,
      destination: parseAddress(packet.dst)!,
      protocol: protocolOf(packet),
      ...(packet.icmp === undefined
        ? { sourcePort: packet.sport!, destinationPort: packet.dport! }
        : { icmp: { type: packet.icmp.type, code: 0 } }),
    },
    world,
  );
  return verdict === 'allow';
}

const tell = ({ src, dst, sport, dport, icmp, protocol = TCP }: Packet): string =>
  `${src} to ${dst} ${icmp === undefined ? `${protocol} ${sport} > ${dport}` : `icmp ${icmp.type}`}`;

/** What the kernel lets pass; packets about which it and the profile say something else. */
function compare(
  cluster: Cluster,
  cni: string,
  packets: readonly Packet[],
): { passes: boolean[]; differences: string[]; denied: number } {
  const world = createWorld(cluster, cniProfile(cni)!);
  const passes = kernelPasses(packets, CNIS[cni]!(cluster));
  const allowed = packets.map((packet) => isAllowed(packet, world));
  const differences = packets.flatMap((packet, index) =>
    allowed[index] === passes[index]
      ? []
      : [`${tell(packet)}: kernel ${passes[index]}, profile ${allowed[index]}`],
  );
  return { passes, differences, denied: allowed.filter((verdict) => !verdict).length };
}

describe.skipIf(why !== undefined)(
  `profiles beside the kernel${why === undefined ? '' : ` (${why})`}`,
  () => {
    test.each(Object.keys(CNIS))('%s: random policies', { timeout: 120_000 }, (cni) => {
      let [denied, asked] = [0, 0];
      // Policies of few clusters may happen to deny nothing, or all.
      const isOneSided = (): boolean => denied === 0 || denied === asked;
      for (let index = 0; index < CLUSTERS || (isOneSided() && index < 20 * CLUSTERS); index++) {
        const draw = random(seed + index);
        const cluster = drawCluster(draw);
        const packets = Array.from({ length: PACKETS }, (_, number) => drawPacket(draw, number));
        const compared = compare(cluster, cni, packets);
        expect(compared.differences, `SEED=${seed + index}`).toEqual([]);
        denied += compared.denied;
        asked += PACKETS;
      }
      expect(denied).toBeGreaterThan(0);
      expect(denied).toBeLessThan(asked);
    });

    test('the check can tell: rules of one CNI are not what the profile of another says', () => {
      let [asCalico, asKubeRouter] = [0, 0];
      for (let index = 0; index < 3 || (asCalico === 0 && index < 100); index++) {
        const draw = random(seed + index);
        const cluster = drawCluster(draw, [ALL_ISOLATED]);
        const packets = Array.from({ length: 40 }, (_, number) => drawPacket(draw, number));
        const passes = kernelPasses(packets, CNIS['kube-router']!(cluster));
        const [calico, kubeRouter] = ['calico', 'kube-router'].map((name) =>
          createWorld(cluster, cniProfile(name)!),
        );
        packets.forEach((packet, number) => {
          asCalico += Number(isAllowed(packet, calico!) !== passes[number]);
          asKubeRouter += Number(isAllowed(packet, kubeRouter!) !== passes[number]);
        });
      }
      expect(asCalico).toBeGreaterThan(0);
      expect(asKubeRouter).toBe(0);
    });

    const [web, other] = [SIDES.left.pods[0], SIDES.right.pods[0]];
    const ping = { src: web, dst: other, icmp: { type: 8, id: 1 } };
    const timestamp = { src: web, dst: other, icmp: { type: 13, id: 2 } };
    const syn = (dport: number, src: string = web, dst: string = other): Packet => ({
      src,
      dst,
      tcp: 'S',
      sport: 30_000 + dport,
      dport,
    });

    /** What the kernel lets pass, where dryplane says the same. */
    const agreed = (
      cni: string,
      policies: readonly NetworkPolicy[],
      packets: readonly Packet[],
    ): boolean[] => {
      const { passes, differences } = compare(drawCluster(random(1), policies), cni, packets);
      expect(differences).toEqual([]);
      return passes;
    };

    test.each([
      ['calico', [false, false, false]],
      ['kube-router', [true, false, false]],
      ['kube-router-nft', [true, false, false]],
    ])('%s: ping, another type of ICMP and TCP to pods that are isolated', (cni, expected) => {
      expect(agreed(cni, [ALL_ISOLATED], [ping, timestamp, syn(80)])).toEqual(expected);
    });

    test.each([
      ['calico', false],
      ['kube-router', true],
      ['kube-router-nft', true],
    ])('%s: an ingress rule of a policy of both types, at the end that sends', (cni, passes) => {
      // The policy takes all pods and admits port 80 to them, and nothing from them.
      const both = { ...ALL_ISOLATED, ingress: [{ peers: [], ports: [{ protocol: TCP, port: 80 }], at }] };
      const namespaces = ['red', 'green'].map((namespace) => ({ ...both, namespace }));
      const cluster = drawCluster(random(1), namespaces);
      const [from, to] = [
        cluster.pods[0]!,
        cluster.pods.slice(4).find((pod) => pod.namespace === cluster.pods[0]!.namespace)!,
      ];
      const packet = syn(80, formatAddress(from.addresses[0]!), formatAddress(to.addresses[0]!));
      expect(agreed(cni, namespaces, [packet])).toEqual([passes]);
    });

    test.each([
      ['calico', [true, true, true]],
      ['kube-router', [false, true, true]],
      ['kube-router-nft', [false, true, false]],
    ])('%s: an exception of a block, and the other blocks of its rule', (cni, expected) => {
      // 192.0.2.7 lies in the wide block too, and in a narrower one than the exception; 10.0.0.1 in no exception.
      const blocks = (texts: readonly (readonly [string, ...string[]])[]): NetworkPolicyRule[] => [
        {
          peers: texts.map(([block, ...except]) => ({
            ipBlock: { cidr: cidr(block), except: except.map(cidr) },
            at,
          })),
          ports: [],
          at,
        },
      ];
      const open = (ingress: NetworkPolicyRule[]): NetworkPolicy[] =>
        ['red', 'green'].map((namespace) => ({
          ...ALL_ISOLATED,
          namespace,
          policyTypes: { ingress: true, egress: false },
          ingress,
        }));
      const wide = open(blocks([['192.0.2.0/24', '192.0.2.0/29'], ['0.0.0.0/0']]));
      const narrow = open(blocks([['192.0.0.0/16', '192.0.2.0/24'], ['192.0.2.0/29'], ['10.0.0.0/16']]));
      const outside = SIDES.left.outside;
      expect([
        ...agreed(cni, wide, [syn(80, outside), syn(81, SIDES.right.outside, web)]),
        ...agreed(cni, narrow, [syn(80, outside)]),
      ]).toEqual(expected);
    });

    test.each(Object.keys(CNIS))('%s: what connection tracking calls invalid, without any policy', (cni) => {
      expect(cniProfile(cni)!.invalidPackets).toBe('drop');
      const cluster = drawCluster(random(1), []);
      const late: Packet = { src: web, dst: other, tcp: 'A', sport: 30_000, dport: 80 };
      const answer: Packet = { src: web, dst: other, icmp: { type: 0, id: 9 } };
      expect(kernelPasses([late, answer, syn(80)], CNIS[cni]!(cluster))).toEqual([false, false, true]);
    });

    test('calico: tunnel packets of pods are dropped, whatever policy says', () => {
      const vxlan: Packet = { src: web, dst: other, protocol: UDP, sport: 30_000, dport: 4789 };
      const ipip: Packet = { src: web, dst: other, protocol: 4 };
      expect(agreed('calico', [], [vxlan, ipip, syn(80)])).toEqual([false, false, true]);
      expect(agreed('kube-router', [], [vxlan, ipip, syn(80)])).toEqual([true, true, true]);
    });
  },
);
