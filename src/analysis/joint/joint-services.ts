/**
 * Packets to virtual ports, as two sets find them: (address, protocol, port) that are rewritten to backends. Where both sets
 * have the same backends and no hook on the way to any of them answers otherwise, nothing is asked; else a packet of each source
 * class, and of those sources that services tell apart: backends themselves, and pods by node where traffic policies or node ports look at it.
 */
import { virtualPortsOf } from '../../tables/virtual-ports.ts';
import type { HookDifferences } from './hook-differences.ts';
import type { JointClass } from './joint-classes.ts';
import type { PairSpace } from './joint-pairs.ts';
import type { JointPoint } from './joint-points.ts';
import { type AskedProgram, type Further, groupOf, type PortPart, partsOfPort } from './joint-ports.ts';
import { type JointVirtualPort, jointVirtualPorts } from './joint-virtual-ports.ts';
import { ServiceSources } from './service-sources.ts';

export interface ServicePairs {
  /** Asks packets to all virtual ports. */
  readonly askAll: () => void;
  /** What its virtual ports take from the other packets to a destination class. */
  readonly further: (destination: JointClass) => Further;
}

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
    jointVirtualPorts(
      virtualPortsOf(worlds.before.tables, before[point.before]!.firstVirtual),
      virtualPortsOf(worlds.after.tables, after[point.after]!.firstVirtual),
      pointOf,
      at,
      (backend) => destinations.classes[destinations.classOf[backend]!]!,
    );

  const parts = new ServiceParts(space, differences, hosts);
  const serviceSources = new ServiceSources(points, worlds.entries, sources.classOf);

  /** Asks packets of a source class to one virtual port of `to`. */
  const ask = (
    source: JointClass,
    told: readonly (readonly number[])[],
    destination: readonly number[],
    virtual: JointVirtualPort,
  ): void => {
    const asked = parts.of(source, virtual);
    const to = points[destination[0]!]!;
    const target = { point: to, address: to.addresses[0]! };
    for (const members of told) {
      const from = points[members[0]!]!;
      const pair = { sources: members, destination, relations: [0] };
      for (const part of asked)
        space.lookup.ask({ point: from, address: from.addresses[0]! }, target, part, { pair, relation: 0 });
    }
  };

  const askAll = (): void => {
    for (const at of destinations.classes) {
      if (!at.isVirtual) continue;
      for (const to of at.members) {
        const destination = at.members.length === 1 ? at.members : [to];
        for (const virtual of virtualPorts(points[to]!, at)) {
          const divided = serviceSources.dividedBy(virtual);
          for (const source of sources.classes)
            if (mayDiffer(space, differences, { source, at, virtual }))
              ask(source, divided(source), destination, virtual);
        }
      }
    }
  };

  const further = (destination: JointClass): Further =>
    virtualPortsApart(worlds.entries.portsOf(points[destination.members[0]!]!));
  return { askAll, further };
}

interface Asked {
  readonly source: JointClass;
  /** Class of the address that has the port. */
  readonly at: JointClass;
  readonly virtual: JointVirtualPort;
}

/** Whether packets of a source class may fare otherwise at a virtual port. */
function mayDiffer(
  { worlds, classes: { sources, destinations }, asksAll }: PairSpace,
  differences: HookDifferences,
  { source, at, virtual }: Asked,
): boolean {
  if (asksAll === true) return true;
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

/** Parts of the packets to virtual ports: source ports apart where a program on the way tests them. */
class ServiceParts {
  readonly #space: PairSpace;
  readonly #differences: HookDifferences;
  readonly #hosts: Further;
  /** By pair of programs. */
  readonly #tested = new Map<readonly [number, number], boolean>();
  /** Where nothing tests source ports, by protocol and port. */
  readonly #remembered = new Map<number, readonly PortPart[]>();

  constructor(space: PairSpace, differences: HookDifferences, hosts: Further) {
    this.#space = space;
    this.#differences = differences;
    this.#hosts = hosts;
  }

  of(source: JointClass, virtual: JointVirtualPort): readonly PortPart[] {
    const { sets, classes } = this.#space;
    const programs = [
      classes.sources.programs[source.program]!,
      ...virtual.targets.map(({ program }) => classes.destinations.programs[program]!),
    ];
    if (programs.some((pair) => this.#testsSourcePorts(pair)))
      return partsOfPort(
        virtual,
        programs.flatMap((pair) => this.#askedOf(pair)),
        sets,
        this.#hosts,
      );
    const key = virtual.protocol * 65_536 + virtual.port;
    const parts = this.#remembered.get(key) ?? partsOfPort(virtual, [], sets, this.#hosts);
    this.#remembered.set(key, parts);
    return parts;
  }

  #askedOf([before, after]: readonly [number, number]): AskedProgram[] {
    return [this.#differences.asked(0, before), this.#differences.asked(1, after)];
  }

  #testsSourcePorts(programs: readonly [number, number]): boolean {
    let tests = this.#tested.get(programs);
    if (tests === undefined) {
      tests = this.#askedOf(programs).some((one) => one?.reader.shapeOf(one.program).testsSourcePorts);
      this.#tested.set(programs, tests);
    }
    return tests;
  }
}
