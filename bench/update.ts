/**
 * What does a change cost, beside compiling everything anew? Pods, policies and members of network sets come, change and go, one after the other, in a cluster
 * whose tables follow; `FULL=1` for the largest size. Time is that of the wall, since one change is shorter than the steps in which
 * the system counts a thread's; the mean of all changes of a kind in CPU time of the thread stands beside it. Afterwards the updated tables are held
 * against freshly compiled ones on random packets.
 */
import { compileTables } from '#src/compile/compile.js';
import type { Change, Update } from '#src/compile/update/change.js';
import { createUpdater, type Updater } from '#src/compile/update/updater.js';
import { type Cidr, cidrOf } from '#src/net/cidr.js';
import type { CalicoPolicy, NetworkSet } from '#src/policy/api/calico.js';
import type { LabelSelector } from '#src/policy/api/network-policy.js';
import type { Cluster, Pod } from '#src/policy/cluster.js';
import { CALICO } from '#src/policy/cni/calico.js';
import { createWorld } from '#src/policy/world.js';
import { classifyBatch, layOut } from './parts/classified.ts';
import { clockName, interleave, median, ratio, threadNanos } from './parts/clock.ts';
import { randomFrom, synthesizeCluster, synthesizePackets } from './parts/synthetic.ts';
import { printTable } from './parts/table.ts';

const SIZE =
  process.env.FULL === '1'
    ? { pods: 100_000, policies: 10_000, cidrs: 1_000_000 }
    : { pods: 20_000, policies: 2_000, cidrs: 100_000 };
const SETS = 100;
const CHANGES = 50;
const PACKETS = 1 << 14;
const at = { file: 'synthetic', line: 1, column: 1 };

const block = (index: number, bits = 28): Cidr =>
  cidrOf({ family: 4, words: [(0x80000000 + index * 16) >>> 0, 0, 0, 0] }, bits);

/** Sets of blocks; each is refused to the pods of one application. */
function withSets(cluster: Cluster): Cluster {
  const perSet = SIZE.cidrs / SETS;
  const networkSets = Array.from(
    { length: SETS },
    (_, set): NetworkSet => ({
      namespace: '',
      name: `set-${set}`,
      labels: { set: `set-${set}` },
      nets: Array.from({ length: perSet }, (_, index) => block(set * perSet + index)),
      at,
    }),
  );
  const any = { nets: [], notNets: [], ports: [], notPorts: [] };
  const calicoPolicies = networkSets.map(({ name }, index): CalicoPolicy => {
    const destination = { ...any, selector: { kind: 'equals', label: 'set', value: name } as const };
    return {
      kind: 'GlobalNetworkPolicy',
      namespace: '',
      name: `refuse-${name}`,
      tier: 'default',
      selector: { kind: 'equals', label: 'app', value: `app-${index % 100}` },
      types: { ingress: false, egress: true },
      placement: 'normal',
      rules: { ingress: [], egress: [{ action: 'deny', source: any, destination, hasHttp: false, at }] },
      at,
    };
  });
  return { ...cluster, networkSets, calicoPolicies };
}

const policyName = (index: number): { readonly namespace: string; readonly name: string } => ({
  namespace: `ns-${index % 100}`,
  name: `fresh-${index}`,
});

/** A policy for the pods of one application of a namespace, with a pod's labels, one more label and a block as peers. */
function policy(index: number, { labels: { app } }: Pod, label: string): Change {
  const labels = (matchLabels: Record<string, string>): LabelSelector => ({
    matchLabels,
    matchExpressions: [],
  });
  const peers = [
    { podSelector: labels({ app: app! }), namespaceSelector: labels({}), at },
    { podSelector: labels({ [label]: `app-${index}` }), at },
    { ipBlock: { cidr: block(index, 24), except: [] }, at },
  ];
  return {
    kind: 'network-policy',
    ...policyName(index),
    policy: {
      ...policyName(index),
      podSelector: labels({ app: `app-${index}` }),
      policyTypes: { ingress: true, egress: false },
      ingress: [{ peers, ports: [{ protocol: 6, port: 8000 + index }], at }],
      egress: [],
      at,
    },
  };
}

interface Kind {
  readonly name: string;
  change(index: number): Change;
}

function kindsOf(cluster: Cluster): Kind[] {
  const random = randomFrom(5);
  const some = (): Pod => cluster.pods[Math.floor(random() * cluster.pods.length)]!;
  const put = (pod: Pod): Change => ({ kind: 'pod', namespace: pod.namespace, name: pod.name, pod });
  const fresh = (index: number, labels: Pod['labels']): Pod => ({
    ...some(),
    name: `fresh-${index}`,
    labels,
    addresses: [{ family: 4, words: [(0x0b000000 + index) >>> 0, 0, 0, 0] }],
  });
  const member = (index: number, net: Cidr, isMember: boolean): Change => ({
    kind: 'network-set-member',
    namespace: '',
    name: `set-${index % SETS}`,
    net,
    isMember,
  });
  const podNet = (index: number): Cidr => cidrOf(cluster.pods[index * 64]!.addresses[0]!, 24);
  return [
    { name: 'a pod comes, as others are', change: (index) => put(fresh(index, some().labels)) },
    {
      name: 'a pod comes, like no other',
      change: (index) => put(fresh(1000 + index, { app: `new-${index}` })),
    },
    { name: 'a pod gets other labels', change: () => put({ ...some(), labels: some().labels }) },
    {
      name: 'a pod gets another address',
      change: (index) => put({ ...some(), addresses: fresh(2000 + index, {}).addresses }),
    },
    {
      name: 'a pod goes',
      change: () => {
        const { namespace, name } = some();
        return { kind: 'pod', namespace, name };
      },
    },
    { name: 'a block joins a set', change: (index) => member(index, block(SIZE.cidrs + 7 * index), true) },
    {
      name: 'a block leaves a set',
      change: (index) => member(index, block((index % SETS) * (SIZE.cidrs / SETS) + index), false),
    },
    { name: 'a block with 64 pods joins a set', change: (index) => member(index, podNet(index), true) },
    { name: 'a block with 64 pods leaves a set', change: (index) => member(index, podNet(index), false) },
    { name: 'a policy comes, peers as others have', change: (index) => policy(index, some(), 'app') },
    { name: 'a policy changes: peers nobody asked for', change: (index) => policy(index, some(), 'group') },
    { name: 'a policy goes', change: (index) => ({ kind: 'network-policy', ...policyName(index) }) },
  ];
}

function measure(updater: Updater, { name, change }: Kind): string[] {
  const changes = Array.from({ length: CHANGES }, (_, index) => change(index));
  const milliseconds: number[] = [];
  const updates: Update[] = [];
  const start = threadNanos();
  for (const one of changes) {
    const begin = performance.now();
    updates.push(updater.apply(one));
    milliseconds.push(performance.now() - begin);
  }
  const mean = (threadNanos() - start) / 1e6 / CHANGES;
  const anew = updates.filter(({ how }) => how !== 'in-place').length;
  return [
    name,
    median(milliseconds).toFixed(2),
    Math.max(...milliseconds).toFixed(2),
    mean.toFixed(2),
    String(median(updates.map(({ touched }) => touched))),
    String(Math.max(...updates.map(({ touched }) => touched))),
    String(anew),
  ];
}

/** Rows of which the updated tables say something else than freshly compiled ones; and how much slower they are asked. */
function compared(updater: Updater): { readonly disagree: number; readonly slower: string } {
  const { cluster, tables } = updater;
  const world = createWorld(cluster, CALICO);
  const packets = synthesizePackets(cluster, PACKETS, cluster.pods.length);
  const updated = layOut(world, { tables, phases: [] }, packets, PACKETS);
  const fresh = layOut(world, compileTables(world), packets, PACKETS);
  const { updated: slow, fresh: fast } = interleave(
    {
      updated: { units: PACKETS, run: () => classifyBatch(updated) },
      fresh: { units: PACKETS, run: () => classifyBatch(fresh) },
    },
    7,
  );
  const disagree = packets.filter((_, row) =>
    (['verdict', 'reason', 'hook'] as const).some(
      (column) => updated.batch[column][row] !== fresh.batch[column][row],
    ),
  );
  return { disagree: disagree.length, slower: ratio(slow!, fast!) };
}

export function run(): void {
  const { pods, policies, cidrs } = SIZE;
  const cluster = withSets(synthesizeCluster({ pods, policies, namespaces: 100, cidrs: policies }));
  const seconds = (start: number): string => ((threadNanos() - start) / 1e9).toFixed(1);
  const compiling = threadNanos();
  const { bytes } = compileTables(createWorld(cluster, CALICO)).tables;
  const compiled = seconds(compiling);
  const making = threadNanos();
  const updater = createUpdater(cluster, CALICO);
  const made = seconds(making);
  const megabytes = (length: number): string => `${(length / 1e6).toFixed(0)} MB`;
  const first = updater.tables.bytes.byteLength;
  printTable(
    `Changes of ${pods} pods, ${policies + SETS} policies, ${cidrs} CIDRs in ${SETS} network sets; ${CHANGES} of each kind. World and tables compile in ${compiled} s (${clockName()}; ${megabytes(bytes.byteLength)}), to be updated in ${made} s (${megabytes(first)})`,
    ['change', 'median ms', 'worst ms', `mean ms (${clockName()})`, 'touched', 'most', 'not in place'],
    kindsOf(cluster).map((kind) => measure(updater, kind)),
  );
  const { disagree, slower } = compared(updater);
  process.stdout.write(
    `\nAfterwards ${megabytes(updater.tables.bytes.byteLength)}; of ${PACKETS} packets ${disagree} get another answer than from freshly compiled tables, in ${slower} times their time.\n`,
  );
}
