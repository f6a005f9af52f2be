/**
 * Pairs of np-guard's sample folders that its own diff compares: what its two lists of who can talk to whom say otherwise, diff finds between
 * the two folders, and nothing else between their workloads.
 */
import { describe, expect, test } from 'vitest';
import { compileSide } from '../../src/analysis/diff/diff-worlds.ts';
import { loadCluster } from '../../src/manifest/load.ts';
import { SCTP, TCP, UDP } from '../../src/net/protocol-layout.ts';
import { cniProfile } from '../../src/policy/cni/profiles.ts';
import { createWorld, type World } from '../../src/policy/world.ts';
import { compareAreas } from '../analysis/diff-areas.ts';
import { type ListedRow, readConnectionList } from './connection-list.ts';
import { withoutHostNetwork } from './connection-table.ts';
import { listOfSample, manifestsOfSample, samplesAreThere } from './np-guard-folders.ts';

const PAIRS = [
  ['semanticDiff-same-topologies-old1', 'semanticDiff-same-topologies-new1'],
  ['semanticDiff-same-topologies-old1', 'semanticDiff-same-topologies-new2'],
  ['semanticDiff-same-topologies-old1', 'semanticDiff-same-topologies-new3'],
  ['semanticDiff-same-topologies-new1', 'semanticDiff-same-topologies-new2'],
  ['with_end_port_example', 'with_end_port_example_new'],
  ['new_online_boutique', 'new_online_boutique_synthesis'],
] as const;

const PROTOCOLS: Readonly<Record<string, number>> = { TCP, UDP, SCTP };
type Ranges = readonly (readonly [protocol: number, first: number, last: number])[];

/** `TCP 80,443-445,UDP 53` as ranges of ports. */
function rangesOf(connections: string | undefined): Ranges {
  if (connections === undefined || connections === 'No Connections') return [];
  if (connections === 'All Connections') return [TCP, UDP, SCTP].map((protocol) => [protocol, 1, 65_535]);
  return connections.split(/,(?=[A-Z])/).flatMap((part) => {
    const [name, ports] = part.split(' ') as [string, string];
    return ports.split(',').map((text) => {
      const [first, last = first] = text.split('-').map(Number) as [number, number?];
      return [PROTOCOLS[name]!, first, last] as const;
    });
  });
}

const allows = (ranges: Ranges, protocol: number, port: number): boolean =>
  ranges.some(([own, first, last]) => own === protocol && port >= first && port <= last);

/** Connections of workloads with each other, by both names. */
function listed(folder: string): ReadonlyMap<string, string> {
  const isWorkload = ({ source, destination }: ListedRow): boolean =>
    source.kind === 'workload' && destination.kind === 'workload';
  const name = (side: ListedRow['source']): string => (side.kind === 'workload' ? side.name : '');
  const rows = readConnectionList(listOfSample(folder)!).filter(isWorkload);
  return new Map(rows.map((row) => [`${name(row.source)} ${name(row.destination)}`, row.connections]));
}

/** The first address of each workload. */
function workloads({ cluster }: World) {
  const found = new Map<string, (typeof cluster.pods)[number]['addresses'][number]>();
  for (const { namespace, workload, addresses, hostNetwork } of cluster.pods) {
    const key = `${namespace}/${workload.name}[${workload.kind}]`;
    if (!found.has(key) && addresses[0] !== undefined && !hostNetwork) found.set(key, addresses[0]);
  }
  return found;
}

describe.skipIf(!samplesAreThere)('np-guard diffs', () => {
  test.each(PAIRS)('%s to %s', (from, to) => {
    const [before, after] = [from, to].map((folder) =>
      compileSide(
        createWorld(withoutHostNetwork(loadCluster(manifestsOfSample(folder)).value), cniProfile('calico')!),
      ),
    );
    const { around } = compareAreas(before!, after!);
    const [left, right] = [listed(from), listed(to)];
    const [there, here] = [workloads(before!.world), workloads(after!.world)];
    let checked = 0;
    let changed = 0;
    for (const [source, address] of there)
      for (const [destination, other] of there) {
        if (source === destination || !here.has(source) || !here.has(destination)) continue;
        // Addresses are made up anew in either folder: the same pod must have the same one.
        expect([here.get(source), here.get(destination)]).toEqual([address, other]);
        const [was, is] = [left, right].map((list) => rangesOf(list.get(`${source} ${destination}`)));
        const ports = [...was!, ...is!].flatMap(([, first, last]) => [first - 1, first, last, last + 1]);
        for (const protocol of [TCP, UDP, SCTP])
          for (const port of new Set([80, ...ports].filter((one) => one > 0 && one < 65_536))) {
            const verdicts = [was!, is!].map((ranges) => (allows(ranges, protocol, port) ? 'allow' : 'deny'));
            const expected = verdicts[0] === verdicts[1] ? [] : [verdicts.join(' → ')];
            const packet = {
              source: address,
              destination: other,
              protocol,
              destinationPort: port,
              sourcePort: 40_000,
            };
            expect(around(packet), `${source} to ${destination}, ${protocol} ${port}`).toEqual(expected);
            checked++;
            changed += expected.length;
          }
      }
    expect(checked).toBeGreaterThan(10);
    // The two ways of writing ranges mean the same.
    if (from !== 'with_end_port_example') expect(changed).toBeGreaterThan(0);
  });
});
