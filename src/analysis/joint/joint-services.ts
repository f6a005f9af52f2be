/**
 * Packets to virtual ports, as two sets find them: (address, protocol, port) that are rewritten to backends. Where both sets
 * have the same backends and no hook on the way to any of them answers otherwise, nothing is asked; else a packet of each source
 * class, and of those sources that services tell apart: backends themselves, and pods by node where traffic policies or node ports look at it.
 */
import type { AddressEntry } from '../../tables/entries.ts';
import * as L from '../../tables/service-layout.ts';
import { type VirtualPortRow, virtualPortsOf } from '../../tables/virtual-ports.ts';
import type { HookDifferences } from './hook-differences.ts';
import type { JointClass } from './joint-classes.ts';
import type { PairSpace } from './joint-pairs.ts';
import type { JointPoint } from './joint-points.ts';
import { type AskedProgram, type Further, groupOf, type PortPart, partsOfPort } from './joint-ports.ts';

export interface ServicePairs {
  /** Asks packets to all virtual ports. */
  readonly askAll: () => void;
  /** What its virtual ports take from the other packets to a destination class. */
  readonly further: (destination: JointClass) => Further;
}

/** One (protocol, port) of an address, as either set has it. */
interface JointVirtualPort {
  readonly protocol: number;
  readonly port: number;
  /** Same backends, flags and nodes in both sets. */
  readonly isSame: boolean;
  readonly looksAtNodes: boolean;
  readonly isNodePort: boolean;
  /** Positions in `points` of all backends of either set. */
  readonly backends: readonly number[];
  /** Classes that packets may end in: of the backends, and of the address itself where a source may have none. */
  readonly targets: readonly JointClass[];
}

const NODE_FLAGS = L.VIRTUAL_NODE_PORT | L.VIRTUAL_INTERNAL_LOCAL;

export function createServicePairs(
  space: PairSpace,
  differences: HookDifferences,
  hosts: Further,
): ServicePairs {
  const { worlds, classes } = space;
  const { points, destinations, sources } = classes;
  const { before, after } = worlds.entries;
  const pointOf = [new Map<number, number>(), new Map<number, number>()] as const;
  points.forEach((point, index) => {
    pointOf[0].set(point.before, index);
    pointOf[1].set(point.after, index);
  });
  const virtualPorts = (point: JointPoint, at: JointClass): readonly JointVirtualPort[] =>
    jointPorts(
      virtualPortsOf(worlds.before.tables, before[point.before]!.firstVirtual),
      virtualPortsOf(worlds.after.tables, after[point.after]!.firstVirtual),
      pointOf,
      at,
      (backend) => destinations.classes[destinations.classOf[backend]!]!,
    );

  /** Whether packets of a source class may fare otherwise at a virtual port. */
  const mayDiffer = (source: JointClass, at: JointClass, virtual: JointVirtualPort): boolean => {
    if (space.asksAll === true) return true;
    if (!virtual.isSame || worlds.servicesMayDiffer || worlds.entries.hostsAsked) return true;
    const egress = differences.differing(sources.programs[source.program]!);
    for (const target of virtual.targets) {
      if (egress[target.identity] === 1) return true;
      const programs = destinations.programs[target.program]!;
      const ingress = differences.differing(programs);
      if (ingress[source.identity] === 1) return true;
      if (!virtual.isNodePort) continue;
      if (worlds.hostsMatter ? differences.differAnywhere(programs) : ingress[at.identity] === 1) return true;
    }
    return false;
  };

  const askedOf = (source: JointClass, { targets }: JointVirtualPort): AskedProgram[] => {
    const programs = [
      sources.programs[source.program]!,
      ...targets.map(({ program }) => destinations.programs[program]!),
    ];
    return programs.flatMap(([one, other]) => [differences.asked(0, one), differences.asked(1, other)]);
  };

  const tested = new Map<readonly [number, number], boolean>();
  const testsSourcePorts = (programs: readonly [number, number]): boolean => {
    let tests = tested.get(programs);
    if (tests === undefined) {
      const asked = [differences.asked(0, programs[0]), differences.asked(1, programs[1])];
      tests = asked.some((one) => one?.reader.shapeOf(one.program).testsSourcePorts);
      tested.set(programs, tests);
    }
    return tests;
  };

  /** Parts of the packets to a virtual port: source ports apart where a program tests them. */
  const remembered = new Map<number, readonly PortPart[]>();
  const partsAt = (source: JointClass, virtual: JointVirtualPort): readonly PortPart[] => {
    const isTested =
      testsSourcePorts(sources.programs[source.program]!) ||
      virtual.targets.some(({ program }) => testsSourcePorts(destinations.programs[program]!));
    if (isTested) return partsOfPort(virtual, askedOf(source, virtual), space.sets, hosts);
    const key = virtual.protocol * 65_536 + virtual.port;
    const parts = remembered.get(key) ?? partsOfPort(virtual, [], space.sets, hosts);
    remembered.set(key, parts);
    return parts;
  };

  const ownersOf = (point: JointPoint): readonly [number | undefined, number | undefined] => [
    before[point.before]!.owner,
    after[point.after]!.owner,
  ];
  /** Points by who owns them, in either set. */
  const owned = [new Map<number, number[]>(), new Map<number, number[]>()] as const;
  points.forEach((point, index) => {
    ownersOf(point).forEach((owner, side) => {
      if (owner === undefined) return;
      const list = owned[side as 0 | 1].get(owner);
      if (list === undefined) owned[side as 0 | 1].set(owner, [index]);
      else list.push(index);
    });
  });

  /** Points of pods that the backends of a virtual port belong to. */
  const hairpinsOf = ({ backends }: JointVirtualPort): ReadonlySet<number> =>
    new Set(
      backends.flatMap((backend) =>
        ownersOf(points[backend]!).flatMap((owner, side) => owned[side as 0 | 1].get(owner ?? -1) ?? []),
      ),
    );

  /** Members that a virtual port finds alike: an address of a pod behind it is alone, a node and its own pods behind it are as well. */
  const toldApart = (
    source: JointClass,
    { looksAtNodes, backends, targets }: JointVirtualPort,
    hairpins: ReadonlySet<number>,
    hairpinClasses: ReadonlySet<number>,
  ): readonly (readonly number[])[] => {
    const { members } = source;
    const meetsOwnNode = source.isNodes || targets.some(({ isNodes }) => isNodes);
    if (!looksAtNodes && !meetsOwnNode && !hairpinClasses.has(source.index)) return [members];
    const groups = new Map<string, number[]>();
    const node = ({ owner, ownerNode, node: own }: AddressEntry): string =>
      `${owner === undefined ? own : ownerNode}`;
    const nodesOf = (point: number): string =>
      `${node(before[points[point]!.before]!)} ${node(after[points[point]!.after]!)}`;
    const behind = new Set(meetsOwnNode ? backends.flatMap((backend) => nodesOf(backend).split(' ')) : []);
    for (const member of members) {
      const at = nodesOf(member);
      const nodes = looksAtNodes || at.split(' ').some((name) => behind.has(name)) ? at : '';
      const key = hairpins.has(member) ? `of ${member}` : nodes;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [member]);
      else group.push(member);
    }
    return groups.size === 1 ? [members] : [...groups.values()];
  };

  /** Asks packets of a source class to one virtual port of `to`. */
  const ask = (
    source: JointClass,
    told: readonly (readonly number[])[],
    destination: readonly number[],
    virtual: JointVirtualPort,
  ): void => {
    const parts = partsAt(source, virtual);
    const to = points[destination[0]!]!;
    const target = { point: to, address: to.addresses[0]! };
    for (const members of told) {
      const from = points[members[0]!]!;
      const pair = { sources: members, destination, relations: [0] };
      for (const part of parts)
        space.lookup.ask({ point: from, address: from.addresses[0]! }, target, part, { pair, relation: 0 });
    }
  };

  const askAll = (): void => {
    for (const at of destinations.classes) {
      if (!at.isVirtual) continue;
      for (const to of at.members) {
        const destination = at.members.length === 1 ? at.members : [to];
        for (const virtual of virtualPorts(points[to]!, at)) {
          const hairpins = hairpinsOf(virtual);
          const hairpinClasses = new Set([...hairpins].map((point) => sources.classOf[point]!));
          for (const source of sources.classes)
            if (mayDiffer(source, at, virtual))
              ask(source, toldApart(source, virtual, hairpins, hairpinClasses), destination, virtual);
        }
      }
    }
  };

  const further = (destination: JointClass): Further =>
    virtualPortsApart(worlds.entries.portsOf(points[destination.members[0]!]!));
  return { askAll, further };
}

/** Virtual ports, as `JointEntries.portsOf` has them, taken out of all other packets to their address. */
export function virtualPortsApart(ports: string): Further {
  const taken = ports.split(',').map(Number);
  const keys = (group: number): number[] =>
    taken.flatMap((number) =>
      groupOf(number >>> 16) === group ? [number & 0xffff, (number & 0xffff) + 1] : [],
    );
  const left = new Set(taken.map((number) => groupOf(number >>> 16) * 65_536 + (number & 0xffff)));
  return {
    keys,
    sources: () => [],
    leavesOut: (group, key) => left.has(group * 65_536 + key),
    mergesOthers: true,
  };
}

const contentOf = (row: VirtualPortRow | undefined): string =>
  row === undefined
    ? ''
    : JSON.stringify([
        row.flags,
        row.node,
        row.backends.map(({ address, port, node }) => [address.words, port, node]),
      ]);

/** The virtual ports of an address in either set, joined. */
function jointPorts(
  before: readonly VirtualPortRow[],
  after: readonly VirtualPortRow[],
  pointOf: readonly [ReadonlyMap<number, number>, ReadonlyMap<number, number>],
  at: JointClass,
  classOf: (point: number) => JointClass,
): JointVirtualPort[] {
  const keyOf = ({ protocol, port }: Pick<PortPart, 'protocol' | 'port'>): number => protocol * 65_536 + port;
  const left = new Map(before.map((row) => [keyOf(row), row]));
  const right = new Map(after.map((row) => [keyOf(row), row]));
  return [...new Set([...left.keys(), ...right.keys()])]
    .sort((one, other) => one - other)
    .map((key) => {
      const [one, other] = [left.get(key), right.get(key)];
      const flags = (one?.flags ?? 0) | (other?.flags ?? 0);
      const backendsOf = (row: VirtualPortRow | undefined, side: 0 | 1): number[] =>
        (row?.backends ?? []).map(({ entry }) => pointOf[side].get(entry)!);
      const backends = [...new Set([...backendsOf(one, 0), ...backendsOf(other, 1)])];
      const looksAtNodes = (flags & NODE_FLAGS) !== 0;
      const isEmpty = (row: VirtualPortRow | undefined): boolean => row?.backends.length === 0;
      const mayStay = looksAtNodes || isEmpty(one) || isEmpty(other);
      return {
        protocol: key >>> 16,
        port: key & 0xffff,
        isSame: contentOf(one) === contentOf(other),
        looksAtNodes,
        isNodePort: (flags & L.VIRTUAL_NODE_PORT) !== 0,
        backends,
        targets: [...new Set([...backends.map(classOf), ...(mayStay ? [at] : [])])],
      };
    });
}
