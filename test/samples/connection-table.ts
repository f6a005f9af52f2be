/** Computes every row of a connection list anew, and says where the two differ. */
import type { Address } from '../../src/net/address.ts';
import type { World } from '../../src/policy/world.ts';
import type { ListedRow, ListedSide } from './connection-list.ts';
import {
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

export function compareConnections(world: World, listed: readonly ListedRow[]): Comparison {
  const rows = listed.filter(
    ({ source, destination }) => source.kind !== 'other' && destination.kind !== 'other',
  );
  const parties = [...workloads(world), ...outside(world, rows)];
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
          destination.addresses.map((to) => formatConnections(connections(world, classes, from, to))),
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

function workloads(world: World): readonly Party[] {
  const parties = new Map<string, Address[]>();
  for (const pod of world.cluster.pods) {
    const name = `${pod.namespace}/${pod.workload.kind === 'Pod' ? pod.name : pod.workload.name}[${pod.workload.kind}]`;
    const addresses = pod.addresses.filter((address) => address.family === 4);
    parties.set(name, [...(parties.get(name) ?? []), ...addresses]);
  }
  return [...parties].map(([name, addresses]) => ({ name, addresses }));
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
