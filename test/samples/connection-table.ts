/** Computes every row of a connection list anew, and says where the two differ. */
import type { Address } from '../../src/net/address.ts';
import type { Cluster, Pod } from '../../src/policy/cluster.ts';
import type { World } from '../../src/policy/world.ts';
import type { ListedRow, ListedSide } from './connection-list.ts';
import {
  type Ask,
  connections,
  formatConnections,
  outsideAddress,
  outsideClasses,
  portClasses,
} from './connectivity.ts';

export interface Mismatch {
  readonly source: string;
  readonly destination: string;
  readonly computed: string;
  readonly listed: string;
}

export interface Comparison {
  /** Rows of the list that were held against a computed one. */
  readonly rows: number;
  /** Rows whose side is neither a workload nor a range. */
  readonly aside: number;
  /** Pairs computed, those that the list leaves out because nothing may flow included. */
  readonly pairs: number;
  readonly mismatches: readonly Mismatch[];
}

/** A workload with its pods' addresses, or a class of outside addresses with one that stands for it. */
interface Party {
  readonly name: string;
  readonly addresses: readonly Address[];
  /** First and last address of an outside class. */
  readonly range?: readonly [first: number, last: number];
}

const NOTHING = 'No Connections';

/**
 * The cluster with an address of its own, beside its node's, for every host-network pod. The lists count these as pods,
 * as a CNI may that can tell them apart; on the wire they are their node, and so they are here by default.
 */
export function withoutHostNetwork(cluster: Cluster): Cluster {
  const pods = cluster.pods.map((pod, index): typeof pod => {
    if (!pod.hostNetwork) return pod;
    const network = (pod.addresses[0]?.words[0] ?? 0) & 0xff00_0000;
    return {
      ...pod,
      hostNetwork: false,
      addresses: [{ family: 4, words: [(network >>> 0) + 0xfe_0000 + index, 0, 0, 0] }],
    };
  });
  return { ...cluster, pods };
}

export function compareConnections(world: World, ask: Ask, listed: readonly ListedRow[]): Comparison {
  const rows = listed.filter(
    ({ source, destination }) => source.kind !== 'other' && destination.kind !== 'other',
  );
  const parties = [...workloads(world, rows), ...outside(world, rows)];
  const classes = portClasses(world);
  const met = new Set<ListedRow>();
  const mismatches: Mismatch[] = [];
  let pairs = 0;
  for (const source of parties)
    for (const destination of parties) {
      if (source === destination || (source.range !== undefined && destination.range !== undefined)) continue;
      pairs += 1;
      const row = rows.find(
        (candidate) => isSide(candidate.source, source) && isSide(candidate.destination, destination),
      );
      if (row !== undefined) met.add(row);
      const found = new Set(
        source.addresses.flatMap((from) =>
          destination.addresses.map((to) => formatConnections(connections(ask, classes, from, to))),
        ),
      );
      const computed = found.size === 0 ? 'no address' : [...found].sort().join(' | ');
      const wanted = row?.connections ?? NOTHING;
      if (computed !== wanted)
        mismatches.push({ source: source.name, destination: destination.name, computed, listed: wanted });
    }
  for (const row of rows)
    if (!met.has(row))
      mismatches.push({
        source: row.line,
        destination: '',
        computed: 'no such side',
        listed: row.connections,
      });
  return { rows: met.size, aside: listed.length - rows.length, pairs, mismatches };
}

function workloads(world: World, rows: readonly ListedRow[]): readonly Party[] {
  const names = new Set(
    rows
      .flatMap(({ source, destination }) => [source, destination])
      .flatMap((side) => ('name' in side ? [side.name] : [])),
  );
  const parties = new Map<string, Address[]>();
  for (const pod of world.cluster.pods) {
    const name = nameOf(pod, names);
    const addresses = pod.addresses.filter((address) => address.family === 4);
    parties.set(name, [...(parties.get(name) ?? []), ...addresses]);
  }
  return [...parties].map(([name, addresses]) => ({ name, addresses }));
}

/** A list names the nearest owner, where a pod here belongs to the topmost; and pods of the control plane by themselves. */
function nameOf(pod: Pod, names: ReadonlySet<string>): string {
  const topmost = `${pod.namespace}/${pod.workload.name}[${pod.workload.kind}]`;
  const itself = `${pod.namespace}/${pod.name}[Pod]`;
  const set = pod.name.slice(0, pod.name.lastIndexOf('-'));
  const nearest = `${pod.namespace}/${set}[ReplicaSet]`;
  return [topmost, itself, nearest].find((name) => names.has(name)) ?? topmost;
}

function outside(world: World, rows: readonly ListedRow[]): readonly Party[] {
  const ranges = rows.flatMap(({ source, destination }) => [source, destination]);
  const starts = ranges.flatMap((side) => (side.kind === 'outside' ? [side.first, side.last + 1] : []));
  const classes = outsideClasses(world, starts);
  return classes.flatMap((first, index) => {
    const last = (classes[index + 1] ?? 2 ** 32) - 1;
    const address = outsideAddress(world, first, last);
    return address === undefined
      ? []
      : [
          {
            name: `${dotted(first)}-${dotted(last)}[External]`,
            addresses: [address],
            range: [first, last] as const,
          },
        ];
  });
}

function isSide(listed: ListedSide, party: Party): boolean {
  if (listed.kind === 'outside')
    return party.range !== undefined && listed.first <= party.range[0] && party.range[1] <= listed.last;
  return listed.name === party.name;
}

function dotted(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}
