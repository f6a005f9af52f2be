/**
 * Tables that follow a cluster: random clusters and sequences of changes. After each change the updated tables, those of a
 * full compilation and the judge say the same of the same packets. `SEED=` repeats a run.
 */
import { expect, test } from 'vitest';
import type { Change, Update } from '../../src/compile/update/change.ts';
import { createUpdater } from '../../src/compile/update/updater.ts';
import type { Cluster, Pod } from '../../src/policy/cluster.ts';
import { cniProfile } from '../../src/policy/cni/profiles.ts';
import { judge } from '../../src/policy/judge/judge.ts';
import { createWorld } from '../../src/policy/world.ts';
import { tablesFrom } from '../../src/tables/tables.ts';
import { classifyPackets, createClassifier } from '../classifier.ts';
import { clusterFrom, packetsOf } from '../examine.ts';
import {
  agrees,
  classifiedText,
  judgedText,
  meetsTheSame,
  metText,
  packetText,
  walkedText,
} from '../properties/agreement.ts';
import { drawPackets } from '../properties/comparison.ts';
import { drawCalicoCluster } from '../random/calico-cluster.ts';
import { drawCiliumCluster } from '../random/cilium-policies.ts';
import { drawn } from '../random/depth.ts';
import { chosenSeed, type Random, random } from '../random/mulberry.ts';
import { drawCidr, drawNetworkPolicies } from '../random/network-policies.ts';

const seed = chosenSeed();
const CLUSTERS = Number(process.env.CLUSTERS ?? drawn(4, 8));
const CHANGES = 8;
const PACKETS = 60;

/** A pod of another cluster, somewhere in this one. */
function drawPodFor(draw: Random, cluster: Cluster): Pod | undefined {
  const others = drawCalicoCluster(draw, { admin: false, hosts: false }).pods;
  const pod = draw.pick(others);
  const node = cluster.nodes.length > 0 && draw.chance(0.8) ? draw.pick(cluster.nodes) : undefined;
  if (pod.hostNetwork && node === undefined) return undefined;
  return {
    ...pod,
    namespace: draw.pick([...cluster.namespaces.keys()]),
    nodeName: node?.name ?? '',
    addresses: pod.hostNetwork ? node!.addresses.slice(0, 1) : pod.addresses,
  };
}

/** A policy of another cluster comes, perhaps in the place of one of the same name, or one goes. */
function drawPolicyChange(draw: Random, cluster: Cluster): Change | undefined {
  const goes = draw.chance(0.4);
  const other = drawCalicoCluster(draw, { admin: true, hosts: false });
  const namespaces = [...cluster.namespaces.keys()];
  const { networkPolicies, calicoPolicies, adminPolicies } = goes ? cluster : other;
  const kind = draw.pick(['network', 'calico', 'admin']);
  if (kind === 'network' && networkPolicies.length > 0) {
    const found = draw.pick(networkPolicies);
    const policy = goes ? found : { ...found, namespace: draw.pick(namespaces) };
    const { namespace, name, staged = false } = policy;
    return { kind: 'network-policy', namespace, name, staged, ...(goes ? {} : { policy }) };
  }
  if (kind === 'admin' && adminPolicies.length > 0) {
    const policy = draw.pick(adminPolicies);
    const { kind: policyKind, name } = policy;
    return { kind: 'admin-policy', policyKind, name, ...(goes ? {} : { policy }) };
  }
  if (calicoPolicies.length === 0) return undefined;
  const found = draw.pick(calicoPolicies);
  const policy = goes || found.namespace === '' ? found : { ...found, namespace: draw.pick(namespaces) };
  const { kind: policyKind, namespace, name } = policy;
  return { kind: 'calico-policy', policyKind, namespace, name, ...(goes ? {} : { policy }) };
}

/** The same for policies of Cilium. */
function drawCiliumChange(draw: Random, cluster: Cluster): Change {
  const goes = draw.chance(0.4);
  const policy = draw.pick((goes ? cluster : drawCiliumCluster(draw, () => [])).ciliumPolicies);
  const { kind: policyKind, namespace, name } = policy;
  return { kind: 'cilium-policy', policyKind, namespace, name, ...(goes ? {} : { policy }) };
}

function drawChange(draw: Random, cluster: Cluster): Change | undefined {
  if (cluster.ciliumPolicies.length > 0 && draw.chance(0.2)) return drawCiliumChange(draw, cluster);
  if (draw.chance(0.4)) return drawPolicyChange(draw, cluster);
  if (cluster.networkSets.length > 0 && draw.chance(0.35)) {
    const { namespace, name, nets } = draw.pick(cluster.networkSets);
    const isMember = nets.length === 0 || draw.chance(0.6);
    const net = isMember ? drawCidr(draw) : draw.pick(nets);
    return { kind: 'network-set-member', namespace, name, net, isMember };
  }
  if (cluster.pods.length > 0 && draw.chance(0.35)) {
    const { namespace, name } = draw.pick(cluster.pods);
    return { kind: 'pod', namespace, name };
  }
  const pod = drawPodFor(draw, cluster);
  if (pod === undefined) return undefined;
  return { kind: 'pod', namespace: pod.namespace, name: pod.name, pod };
}

interface Counts {
  readonly how: Map<string, number>;
  packets: number;
}

function follow(draw: Random, cni: string, hosts: boolean, counts: Counts, where: string): void {
  const profile = cniProfile(cni)!;
  const cluster =
    cni === 'cilium'
      ? drawCiliumCluster(draw, (namespaces) => drawNetworkPolicies(draw, namespaces))
      : drawCalicoCluster(draw, { admin: draw.chance(0.5), hosts });
  const updater = createUpdater(cluster, profile);
  for (let step = 0; step < CHANGES; step++) {
    const change = drawChange(draw, updater.cluster);
    if (change === undefined) continue;
    const update = updater.apply(change);
    const key = (({ how, why }: Update) => (why === undefined ? how : `${how}: ${why}`))(update);
    counts.how.set(key, (counts.how.get(key) ?? 0) + 1);
    const place = `${where}, ${cni}, change ${step}, ${JSON.stringify(change)}, ${key}`;
    expect(tablesFrom(updater.tables.bytes.slice()), place).toHaveProperty('tables');
    compare(draw, updater, profile, place);
    counts.packets += PACKETS;
  }
}

function compare(
  draw: Random,
  { cluster, tables, legend }: ReturnType<typeof createUpdater>,
  profile: Parameters<typeof createWorld>[1],
  place: string,
): void {
  const world = createWorld(cluster, profile);
  const packets = drawPackets(draw, cluster, PACKETS);
  const fresh = createClassifier(world).classifyAll(packets);
  const updated = classifyPackets(tables, legend, packets);
  packets.forEach((packet, index) => {
    const found = updated[index]!;
    const expected = judge(packet, world);
    const at = `${place}: ${packetText(packet)}`;
    if (!agrees(expected, found, packet))
      expect(classifiedText(found, packet), at).toBe(judgedText(expected, packet));
    if (!meetsTheSame(expected, found)) expect(metText(found), at).toBe(walkedText(expected));
    expect(classifiedText(found, packet), at).toBe(classifiedText(fresh[index]!, packet));
  });
}

test(
  'updated tables answer as a full compilation and the judge do',
  () => {
    const counts: Counts = { how: new Map(), packets: 0 };
    for (let index = 0; index < CLUSTERS; index++)
      for (const [cni, hosts] of [
        ['calico', false],
        ['kubernetes', false],
        ['calico', index % 8 === 0],
        [index % 4 === 0 ? 'kube-router' : 'cilium', false],
      ] as const)
        follow(random(seed + index), cni, hosts, counts, `SEED=${seed + index} CLUSTERS=1`);
    const words = [...counts.how].map(([how, count]) => `${count} ${how}`);
    console.log(`Updates: SEED=${seed}, ${counts.packets} packets; ${words.join(', ')}`);
    const total = [...counts.how.values()].reduce((sum, count) => sum + count, 0);
    // Half the runs of a first cluster, hosts' and kube-router's, are compiled anew whatever changes.
    if (CLUSTERS > 1) expect(counts.how.get('in-place') ?? 0).toBeGreaterThan(total / 2);
  },
  60_000 + CLUSTERS * 5000,
);

test('where the room of a section is used up the tables are laid out again, and answer alike', () => {
  const draw = random(seed);
  const base = drawCalicoCluster(draw, { admin: false, hosts: false });
  const profile = cniProfile('calico')!;
  const updater = createUpdater({ ...base, services: [], calicoPolicies: [], profiles: [] }, profile);
  const [namespace] = base.namespaces.keys();
  const how = new Set<string>();
  const pods = Array.from(
    { length: 150 },
    (_, index): Pod => ({
      ...base.pods[0]!,
      namespace: namespace!,
      name: `pod-${index}`,
      labels: { app: draw.pick(['a', 'b', 'c']), own: `${index}` },
      addresses: [{ family: 4, words: [0x0b000000 + index * 65_536, 0, 0, 0] }],
      hostNetwork: false,
      nodeName: '',
      phase: 'Running',
    }),
  );
  for (const pod of pods)
    how.add(updater.apply({ kind: 'pod', namespace: pod.namespace, name: pod.name, pod }).how);
  expect([...how].sort()).toEqual(['in-place', 'laid-out']);
  for (let round = 0; round < 5; round++) compare(draw, updater, profile, `SEED=${seed}`);
});

test('the first pod of a cluster comes into tables that had no program', () => {
  const profile = cniProfile('kubernetes')!;
  const policy = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {namespace: x, name: web}
spec:
  podSelector: {}
  ingress:
    - {from: [{ipBlock: {cidr: 10.1.0.0/16}}], ports: [{port: 80}]}
    - {from: [{ipBlock: {cidr: 10.2.0.0/16}}], ports: [{port: 81}]}`;
  const { pods } = clusterFrom(`${policy}
---
kind: Pod
apiVersion: v1
metadata: {namespace: x, name: web}
status: {phase: Running, podIP: 10.0.0.1}`);
  const [pod] = pods;
  const updater = createUpdater(clusterFrom(policy), profile);
  const { how } = updater.apply({ kind: 'pod', namespace: 'x', name: 'web', pod: pod! });
  expect(how).not.toBe('compiled');
  const world = createWorld(updater.cluster, profile);
  const packets = ['10.1.0.1', '10.2.0.1', '10.3.0.1'].flatMap((from) =>
    [80, 81].flatMap((port) => packetsOf(`tcp ${from} to x/web:${port}`, world)),
  );
  const found = classifyPackets(updater.tables, updater.legend, packets);
  const verdicts = found.map(({ verdict }) => verdict);
  expect(verdicts).toEqual(['allow', 'deny', 'deny', 'allow', 'deny', 'deny']);
});

test('what policy sees before a service is rewritten stays when a pod that was seen alike changes', () => {
  const profile = cniProfile('kubernetes')!;
  const pod = (name: string, app: string, address: string): string =>
    `kind: Pod
apiVersion: v1
metadata: {namespace: x, name: ${name}, labels: {app: ${app}}}
status: {phase: Running, podIP: ${address}}`;
  const cluster = clusterFrom(`
${pod('client', 'client', '10.0.0.1')}
---
${pod('web', 'web', '10.0.0.2')}
---
${pod('alike', 'web', '10.96.5.5')}
---
apiVersion: v1
kind: Service
metadata: {namespace: x, name: web}
spec: {clusterIP: 10.96.0.1, selector: {app: web}, ports: [{port: 80, targetPort: 80}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {namespace: x, name: web-1, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
endpoints: [{addresses: [10.0.0.2]}]
ports: [{port: 80}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {namespace: x, name: client}
spec:
  podSelector: {matchLabels: {app: client}}
  policyTypes: [Egress]
  egress:
    - {to: [{podSelector: {matchLabels: {app: web}}}]}
    - {to: [{ipBlock: {cidr: 10.96.0.0/16}}], ports: [{port: 443}]}
    - {to: [{podSelector: {matchLabels: {app: other}}}], ports: [{port: 444}]}
`);
  const updater = createUpdater(cluster, profile);
  const changed = cluster.pods.find(({ name }) => name === 'alike')!;
  const { how } = updater.apply({
    kind: 'pod',
    namespace: 'x',
    name: 'alike',
    pod: { ...changed, labels: { app: 'other' } },
  });
  expect(how).toBe('in-place');
  const packets = packetsOf('tcp x/client to 10.96.0.1:80', createWorld(updater.cluster, profile));
  const [found] = classifyPackets(updater.tables, updater.legend, packets);
  expect(found).toMatchObject({ verdict: judge(packets[0]!, createWorld(updater.cluster, profile)).verdict });
  expect(found).toMatchObject({ verdict: 'allow' });
});
