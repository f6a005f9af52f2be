/**
 * Rows that name pods, nodes, network sets and networks against the judge's walk over all addresses that the names mean: random
 * clusters under everything that Calico knows, names of every kind, fields that are not known. `SEED=` repeats a run.
 */
import { afterAll, expect, test } from 'vitest';
import { compileTables } from '../../src/compile/compile.ts';
import { instantiateKernels } from '../../src/dataplane/kernels.ts';
import { ARENA_START, createMemory } from '../../src/dataplane/memory.ts';
import type { Flow, Side } from '../../src/flow/flow.ts';
import { type FlowName, findName, type NameIndex } from '../../src/flow/flow-name.ts';
import { formatFlow, formatSide } from '../../src/flow/notation.ts';
import { addressKey, sameAddress } from '../../src/net/address.ts';
import { hasPolicyPorts, isIcmp } from '../../src/net/protocol.ts';
import { batchBytes, createBatch } from '../../src/packet/batch.ts';
import { FLAG_NAMED } from '../../src/packet/batch-layout.ts';
import { nameWords } from '../../src/packet/name-words.ts';
import { nameIndex } from '../../src/policy/addresses/named-addresses.ts';
import type { Cluster, Pod } from '../../src/policy/cluster.ts';
import { CALICO } from '../../src/policy/cni/calico.ts';
import { KUBERNETES } from '../../src/policy/cni/kubernetes.ts';
import type { Decision } from '../../src/policy/decision.ts';
import { judge } from '../../src/policy/judge/judge.ts';
import { type FlowPacket, resolveFlowSides } from '../../src/policy/judge/resolve-flow.ts';
import { createWorld, type World } from '../../src/policy/world.ts';
import { HOOKS, REASONS, VERDICTS } from '../../src/tables/verdict.ts';
import { writePacket } from '../classifier.ts';
import { drawCalicoCluster } from '../random/calico-cluster.ts';
import { PORTS } from '../random/cluster.ts';
import { drawn } from '../random/depth.ts';
import { chosenSeed, type Random, random } from '../random/mulberry.ts';
import { addressesOf } from '../random/packets.ts';

const seed = chosenSeed();
const CLUSTERS = Number(process.env.CLUSTERS ?? drawn(15, 40));
const ROWS = 40;

/** Pods get controllers: some prefixes are shared by several pods. None has a node's address. */
function withControllers(draw: Random, cluster: Cluster): Cluster {
  const ofNodes = new Set(cluster.nodes.flatMap(({ addresses }) => addresses.map(addressKey)));
  const pods = cluster.pods.map((drawn): Pod => {
    const addresses = drawn.addresses.filter(
      (address) => drawn.hostNetwork || !ofNodes.has(addressKey(address)),
    );
    const pod = { ...drawn, addresses };
    const name = draw.pick(['web', 'db']);
    return draw.chance(0.8)
      ? { ...pod, generateName: `${name}-5d4f8b9c7f-`, workload: { kind: 'Deployment', name } }
      : pod;
  });
  return { ...cluster, pods };
}

/** What a name is in the notation, whose meaning is the judge's. */
function sideOf({ kind, namespace, name }: FlowName): Side {
  if (kind === 'network') return { kind: 'network', name: name === 'pub' ? 'public' : 'private' };
  if (kind === 'network-set') return { kind: 'network-set', namespace, name };
  return kind === 'host' ? { kind: 'node', name } : { kind: 'pod', namespace, name };
}

interface Row {
  readonly flow: Flow;
  readonly source: number;
  readonly destination: number;
}

/** Names of the index, and now and then one that only leads to a controller's pods. */
function drawName(draw: Random, index: NameIndex, world: World): { side: Side; number: number } {
  const names = index.names.filter(
    // The notation has no host endpoints, and no names of the whole cluster.
    ({ kind, name, namespace }) =>
      kind === 'host' ? world.book.hosts.has(name) : kind !== 'workload' || namespace !== '',
  );
  const name = draw.pick(names);
  return { side: sideOf(name), number: findName(index, name)!.number };
}

function drawSide(draw: Random, index: NameIndex, world: World): { side: Side; number: number } {
  if (draw.chance(0.75)) return drawName(draw, index, world);
  const family = draw.chance(0.5) ? 4 : 6;
  const address = draw.pick(addressesOf(world.cluster, family));
  return { side: { kind: 'address', address }, number: 0 };
}

function drawRow(draw: Random, index: NameIndex, world: World): Row {
  const first = drawName(draw, index, world);
  const second = drawSide(draw, index, world);
  const [from, to] = draw.chance(0.5) ? [first, second] : [second, first];
  const protocol = draw.pick([6, 6, 6, 6, 17, 17, 132, 1, 58, 47, 4]);
  const ports = draw.chance(0.85)
    ? {
        destinationPort: draw.pick(PORTS),
        ...(draw.chance(0.6) ? { sourcePort: draw.pick([80, 53, 40_000]) } : {}),
      }
    : { destinationPort: '*' as const };
  const flow: Flow = {
    protocol,
    source: from.side,
    destination: to.side,
    ...(hasPolicyPorts(protocol) ? ports : {}),
    ...(isIcmp(protocol) ? { icmp: { type: draw.pick([0, 8, 3, 128]), code: 0 } } : {}),
  };
  return { flow, source: from.number, destination: to.number };
}

/**
 * A node's name stands for all its addresses here, for the first ones in the notation; and a pod on its node's network for its own
 * addresses, where the notation also asks by which device it sends.
 */
function expanded(side: Side, { book, cluster }: World): readonly Side[] {
  const pod = cluster.pods.find(
    ({ namespace, name, hostNetwork }) =>
      hostNetwork && side.kind === 'pod' && namespace === side.namespace && name === side.name,
  );
  const addresses = side.kind === 'node' ? book.hosts.get(side.name)!.node.addresses : pod?.addresses;
  return addresses?.map((address) => ({ kind: 'address', address })) ?? [side];
}

function pairsOf(flow: Flow, world: World): FlowPacket[] {
  const pairs = expanded(flow.source, world).flatMap((source) =>
    expanded(flow.destination, world).flatMap(
      (destination) => resolveFlowSides({ ...flow, source, destination }, world).value,
    ),
  );
  const apart = pairs.filter(
    ({ packet: { source, destination } }) =>
      !sameAddress(source, destination) || !world.book.facts.has(addressKey(source)),
  );
  return apart.length === 0 ? pairs : apart;
}

const isNetwork = ({ kind }: Side): boolean => kind === 'network' || kind === 'network-set';

interface Expected {
  readonly verdict: string;
  /** Empty where every reason of a pair may be given. */
  readonly reason: string;
  readonly decisions: readonly Decision[];
}

/** Verdicts of all pairs, and what they come to. */
function judged(pairs: readonly FlowPacket[], { source, destination }: Flow, world: World): Expected {
  const decisions = pairs.map(({ packet }) => judge(packet, world));
  if (decisions.length === 0) return { verdict: 'undetermined', reason: 'missing-field', decisions };
  const verdicts = new Set(decisions.map(({ verdict }) => verdict));
  if (verdicts.size === 1) return { verdict: decisions[0]!.verdict, reason: '', decisions };
  const hasPods = [source, destination].some((side) => side.kind === 'pod' || side.kind === 'node');
  const hasNetworks = isNetwork(source) || isNetwork(destination);
  const differ = (keyOf: (pair: FlowPacket) => readonly number[]): boolean => {
    const seen = new Map<string, string>();
    return pairs.some((pair, index) => {
      const key = keyOf(pair).join();
      const before = seen.get(key) ?? decisions[index]!.verdict;
      seen.set(key, before);
      return before !== decisions[index]!.verdict;
    });
  };
  const podsDiffer =
    hasPods &&
    (!hasNetworks ||
      differ(({ packet }) => {
        const end = isNetwork(source) ? packet.source : packet.destination;
        return [end.family, ...end.words];
      }));
  return { verdict: 'undetermined', reason: podsDiffer ? 'pods-differ' : 'missing-field', decisions };
}

const counts = new Map<string, number>();
afterAll(() => {
  const parts = [...counts].sort(([, a], [, b]) => b - a).map(([key, count]) => `${key} ${count}`);
  console.log(`names: SEED=${seed}: ${parts.join(', ')}`);
});

/** The kernels' answers to rows. */
function classified(world: World, index: NameIndex, rows: readonly Row[]): string[] {
  const { tables } = compileTables(world, { names: index });
  const tablesAt = ARENA_START + Math.ceil(batchBytes(ROWS) / 64) * 64;
  const memory = createMemory(tablesAt + tables.bytes.byteLength);
  const kernels = instantiateKernels(memory);
  new Uint8Array(memory.buffer, tablesAt, tables.bytes.byteLength).set(tables.bytes);
  const batch = createBatch(memory.buffer, ARENA_START, ROWS);
  rows.forEach(({ flow, source, destination }, row) => {
    const { sourcePort, destinationPort, icmp, protocol } = flow;
    const sides = [flow.source, flow.destination];
    const own = sides.find((side) => side.kind === 'address');
    const family = own?.kind === 'address' ? own.address.family : protocol === 58 ? 6 : 4;
    const [from, to] = sides.map((side) =>
      side.kind === 'address' ? side.address : { family, words: nameWords(formatSide(side)) },
    );
    writePacket(batch, row, {
      source: { ...from!, family },
      destination: { ...to!, family },
      protocol,
      ...(sourcePort === undefined ? {} : { sourcePort }),
      ...(typeof destinationPort === 'number' ? { destinationPort } : {}),
      ...(icmp === undefined ? {} : { icmp }),
    });
    batch.flags[row]! |= FLAG_NAMED;
    batch.srcName[row] = source;
    batch.dstName[row] = destination;
  });
  kernels.identify(tablesAt, ARENA_START, 0, rows.length);
  kernels.classify(tablesAt, ARENA_START, 0, rows.length);
  return rows.map((_, row) =>
    [VERDICTS[batch.verdict[row]!], REASONS[batch.reason[row]!], HOOKS[batch.hook[row]!]].join(' '),
  );
}

test.each([
  { profile: CALICO, hosts: false },
  { profile: CALICO, hosts: true },
  { profile: KUBERNETES, hosts: false },
])(
  '$profile.name, policy at hosts: $hosts',
  ({ profile, hosts }) => {
    for (let number = 0; number < CLUSTERS; number++) {
      const draw = random(seed + number);
      const cluster = withControllers(draw, drawCalicoCluster(draw, { admin: true, hosts }));
      // What a host-network pod is under a profile that leaves it open, names do not say.
      const pods =
        profile.hostNetworkPods === 'node' ? cluster.pods : cluster.pods.filter((pod) => !pod.hostNetwork);
      const world = createWorld({ ...cluster, pods }, profile);
      const index = nameIndex([world]);
      const rows = Array.from({ length: ROWS }, () => drawRow(draw, index, world));
      const found = classified(world, index, rows);
      rows.forEach(({ flow }, row) => {
        const pairs = pairsOf(flow, world);
        const { verdict, reason, decisions } = judged(pairs, flow, world);
        const where = `SEED=${seed + number}: ${formatFlow(flow)}`;
        const allowed =
          reason === ''
            ? decisions.map((decision) => `${decision.verdict} ${decision.reason} ${decision.hook}`)
            : [`${verdict} ${reason} none`];
        expect([...new Set(allowed)], where).toContain(found[row]!);
        const kinds = [flow.source.kind, flow.destination.kind].sort().join('-');
        counts.set(`${kinds} ${verdict}`, (counts.get(`${kinds} ${verdict}`) ?? 0) + 1);
      });
    }
  },
  120_000,
);
