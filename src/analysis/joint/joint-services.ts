/**
 * Packets to virtual ports, as two sets find them: (address, protocol, port) that are rewritten to backends. Where both sets
 * have the same backends and no hook on the way to any of them answers otherwise, nothing is asked; else a packet of all source
 * classes that fare alike (`service-answers.ts`), and of those sources that services tell apart: backends themselves, and pods by node where traffic policies or node ports look at it.
 */
import { virtualPortsOf } from '../../tables/virtual-ports.ts';
import type { HookDifferences } from './hook-differences.ts';
import type { JointClass } from './joint-classes.ts';
import type { Ends } from './joint-ends.ts';
import type { End } from './joint-lookup.ts';
import type { PairDestination, PairSpace, PairTaker } from './joint-pairs.ts';
import type { JointPoint } from './joint-points.ts';
import { type AskedProgram, type Further, groupOf, type PortPart, partsOfPort } from './joint-ports.ts';
import { type JointVirtualPort, jointVirtualPorts } from './joint-virtual-ports.ts';
import { type ChangeNumbers, NO_STATE, type PairSide } from './pair-answers.ts';
import { PortAnswers } from './service-answers.ts';
import { ServiceSources } from './service-sources.ts';

export interface ServicePairs {
  /** Asks packets to all virtual ports. */
  readonly askAll: () => void;
  /** What its virtual ports take from the other packets to a destination class. */
  readonly further: (destination: JointClass) => Further;
}

/** What makes sources that fare alike at a virtual port known without asking each. */
export interface AlikeServices {
  readonly changes: ChangeNumbers;
  readonly taker: PairTaker;
  /** By class. */
  readonly sources: readonly PairSide[];
  readonly destinations: readonly PairSide[];
}

export function createServicePairs(
  space: PairSpace,
  differences: HookDifferences,
  hosts: Further,
  alike?: AlikeServices,
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

  const endAt = (point: number): End => ({ point: points[point]!, address: points[point]!.addresses[0]! });

  /** What is known of packets to a virtual port; undefined where more than hooks of pods and what they answer matters. */
  const answersAt = (to: End, at: JointClass, virtual: JointVirtualPort): PortAnswers | undefined => {
    const { targets, looksAtNodes, renamesBackends } = virtual;
    const isPlain = !looksAtNodes && !renamesBackends && !targets.some(({ isNodes }) => isNodes);
    if (alike === undefined || !isPlain || at.isNodes || worlds.entries.hostsAsked) return undefined;
    const ends = worlds.servicesMayDiffer ? [...new Set([...targets, at])] : targets;
    return new PortAnswers({
      lookup: space.lookup,
      changes: alike.changes,
      stateOf: alike.taker.stateOf,
      protocol: virtual.protocol,
      to,
      targets: ends.map(({ index }) => alike.destinations[index]!),
      ports: [...new Set([...virtual.ports, ...(ends.includes(at) ? [virtual.port] : [])])],
      partsFrom: ({ joint }) => parts.of(joint, virtual),
      fromOf: ({ joint }) => endAt(joint.members[0]!),
    });
  };

  /** Asks packets of a source class to one virtual port of `to`. */
  const ask = (
    source: JointClass,
    told: readonly (readonly number[])[],
    to: End,
    destination: readonly number[],
    virtual: JointVirtualPort,
  ): void => {
    const asked = parts.of(source, virtual);
    for (const members of told) {
      const from = endAt(members[0]!);
      const pair = { sources: members, destination, relations: [0] };
      for (const part of asked) space.lookup.ask(from, to, part, { pair, relation: 0 });
    }
  };

  /** Packets to one virtual port of a point: asked once for sources that fare alike, of all others each. */
  const askPort = (
    point: number,
    at: JointClass,
    destination: PairDestination,
    virtual: JointVirtualPort,
  ): void => {
    const to = endAt(point);
    const divided = serviceSources.dividedBy(virtual);
    const hairpins = serviceSources.hairpinClasses(virtual);
    const isWhole = ({ index, isNodes }: JointClass): boolean =>
      !isNodes && !hairpins.has(index) && index !== sources.classOf[point];
    const answers = answersAt(to, at, virtual);
    for (const source of sources.classes) {
      if (!mayDiffer(space, differences, { source, at, virtual })) continue;
      const state =
        answers !== undefined && isWhole(source) ? answers.stateOf(alike!.sources[source.index]!) : undefined;
      if (state === undefined) ask(source, divided(source), to, destination.members, virtual);
      else if (state !== NO_STATE) alike!.taker.takePair(source, destination, state);
    }
  };

  const askAll = (): void => {
    for (const at of destinations.classes) {
      if (!at.isVirtual) continue;
      for (const point of at.members) {
        const to = endAt(point);
        const endsFrom = ({ members: [first] }: JointClass): Ends[] => [
          { from: endAt(first!), to, relation: 0 },
        ];
        const destination = { members: at.members.length === 1 ? at.members : [point], endsFrom };
        for (const virtual of virtualPorts(points[point]!, at)) askPort(point, at, destination, virtual);
        // What waits is of this destination, as is what was taken.
        if (alike !== undefined) space.lookup.flush();
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
