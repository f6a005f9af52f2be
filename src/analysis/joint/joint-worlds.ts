/** Two compiled sets side by side, and in what their structure differs: who owns what, nodes, services, knobs of lookups. */
import type { Compilation } from '../../compile/compile.ts';
import { SECTION_FACTS, SECTION_HOSTS, SECTION_PORT_MAPS } from '../../tables/directory-layout.ts';
import type { AddressEntry } from '../../tables/entries.ts';
import { ENTRY_TO_HOST_DROPPED } from '../../tables/entry-layout.ts';
import * as F from '../../tables/facts-layout.ts';
import * as H from '../../tables/hosts-layout.ts';
import * as L from '../../tables/program-layout.ts';
import { ProgramReader, readEntries, startsAt } from '../../tables/program-reader.ts';
import { sectionWords, type Tables } from '../../tables/tables.ts';
import { virtualPortsOf } from '../../tables/virtual-ports.ts';
import type { Readers } from './hook-differences.ts';
import type { JointEntries } from './joint-classes.ts';
import type { JointPoint } from './joint-points.ts';
import type { Further } from './joint-ports.ts';

/** What of a compilation is compared. */
export type Compiled = Pick<Compilation, 'tables' | 'space'>;

export interface JointWorlds {
  readonly before: Compiled;
  readonly after: Compiled;
  readonly entries: JointEntries;
  readonly readers: Readers;
  /** Knobs of lookups differ, or one set leaves open what policy sees behind services. */
  readonly servicesMayDiffer: boolean;
  /** Packets may leave a node with its address, in either set. */
  readonly hostsMatter: boolean;
  /** Whether a pod is exempt at its own node is not the same in both sets. */
  readonly ownNodesMayDiffer: (points: readonly JointPoint[]) => boolean;
}

const OPEN_SERVICES = F.KNOB_SERVICE_DESTINATION_UNSPECIFIED | F.KNOB_NODE_PORT_SOURCE_UNSPECIFIED;
/** Knobs that have nothing to say about new packets. */
const NOT_OF_NEW =
  F.KNOB_INVALID_ASKED |
  F.KNOB_INVALID_UNSPECIFIED |
  F.KNOB_INVALID_PASSES |
  F.KNOB_RECHECKS |
  F.KNOB_RECHECKS_TRANSPORT;

export function jointWorlds(before: Compiled, after: Compiled): JointWorlds {
  const facts = [before, after].map(({ tables }) => sectionWords(tables, SECTION_FACTS));
  const [one, other] = facts.map((words) => words[F.FACTS_KNOBS]! & ~NOT_OF_NEW) as [number, number];
  const hostHooks = facts.some((words) => words[F.FACTS_HOOKS]! >> H.HOST_HOOK_FIRST !== 0);
  const entriesBefore = readEntries(before.tables);
  const entriesAfter = readEntries(after.tables);
  const entries: JointEntries = {
    before: entriesBefore,
    after: entriesAfter,
    hostsAsked: hostHooks,
    portsOf: (point) => {
      const rows = [
        ...virtualPortsOf(before.tables, entriesBefore[point.before]!.firstVirtual),
        ...virtualPortsOf(after.tables, entriesAfter[point.after]!.firstVirtual),
      ];
      return [...new Set(rows.map(({ protocol, port }) => protocol * 65_536 + port))]
        .sort((one, other) => one - other)
        .join();
    },
  };
  return {
    before,
    after,
    entries,
    readers: [new ProgramReader(before.tables), new ProgramReader(after.tables)],
    servicesMayDiffer: one !== other || ((one | other) & OPEN_SERVICES) !== 0,
    hostsMatter: ((one | other) & F.KNOB_HOSTS) !== 0,
    ownNodesMayDiffer: (points) =>
      ((one ^ other) & F.KNOB_POD_TO_OWN_NODE_ALLOWED) !== 0 ||
      points.some((point) => !sitAlike(entries.before[point.before]!, entries.after[point.after]!)),
  };
}

const drops = ({ flags = 0 }: AddressEntry): number => flags & ENTRY_TO_HOST_DROPPED;

function sitAlike(one: AddressEntry, other: AddressEntry): boolean {
  return one.node === other.node && one.ownerNode === other.ownerNode && drops(one) === drops(other);
}

/** Where programs of hosts change along keys and source ports, in either set. */
export function hostStarts({ before, after }: JointWorlds): Pick<Further, 'keys' | 'sources'> {
  const maps = [before, after].map(({ tables }) => ownMaps(tables));
  const starts = (group: number, field: 'ports' | 'sourcePorts'): number[] => [
    ...new Set(maps.flatMap((list) => list.flatMap((map) => map[field](group)))),
  ];
  const remembered = new Map<string, number[]>();
  const once = (group: number, field: 'ports' | 'sourcePorts'): number[] => {
    const key = `${field} ${group}`;
    const found = remembered.get(key) ?? starts(group, field);
    remembered.set(key, found);
    return found;
  };
  return { keys: (group) => once(group, 'ports'), sources: (group) => once(group, 'sourcePorts') };
}

interface OwnMap {
  readonly ports: (group: number) => number[];
  readonly sourcePorts: (group: number) => number[];
}

/** The own maps of all nodes, each once. */
function ownMaps(tables: Tables): OwnMap[] {
  const hosts = sectionWords(tables, SECTION_HOSTS);
  const maps = sectionWords(tables, SECTION_PORT_MAPS);
  const offsets = new Set<number>();
  for (let node = 0; node < hosts[0]!; node++) {
    const row = (H.HOSTS_ROWS + node * H.HOST_BYTES + H.HOST_MAPS) / 4;
    for (let word = row; word < row + 2 * H.HOST_MAPS_FAMILY; word++)
      if (hosts[word] !== 0) offsets.add(hosts[word]!);
  }
  return [...offsets].map((offset) => {
    const field = (byte: number): number => hosts[(offset + byte) / 4]!;
    const testsSources = (field(L.PROGRAM_FLAGS) & L.PROGRAM_TESTS_SOURCE_PORTS) !== 0;
    return {
      ports: (group) => [...startsAt(maps, field(L.PROGRAM_PORTS), group)],
      sourcePorts: (group) => (testsSources ? [...startsAt(maps, field(L.PROGRAM_SOURCE_PORTS), group)] : []),
    };
  });
}
