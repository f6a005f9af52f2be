/**
 * Every new packet of a family, as two sets find it: pairs of a source and a destination class, and of each the parts of all ports. What
 * cannot differ, since no hook on the way answers otherwise (`hook-differences.ts`), is proved equal without a packet; of all
 * else one packet is asked for each part. Packets to services follow each pair of the service's own address (`joint-services.ts`).
 */
import { cellAt, effectOf, HookDifferences } from './hook-differences.ts';
import type { JointClass, JointClasses, JointSide } from './joint-classes.ts';
import { type Ends, PairEnds } from './joint-ends.ts';
import type { JointLookup } from './joint-lookup.ts';
import { type AskedProgram, type Further, type PortPart, type PortSets, portParts } from './joint-ports.ts';
import { createServicePairs, type ServicePairs } from './joint-services.ts';
import { hostStarts, type JointWorlds } from './joint-worlds.ts';

/** Source points and destination points, of which packets were asked. Equal lists are mostly the same object. */
export interface ClassPair {
  /** Positions in `points`: those of a source class, or of them those that a service tells apart. */
  readonly sources: readonly number[];
  /** Those of a destination class, or the one whose virtual ports are asked. */
  readonly destination: readonly number[];
  /** Every relation of nodes (`relationOf`) that packets were asked of: 0 for none. */
  readonly relations: readonly number[];
}

/** Where a packet belongs. */
export interface PairTag {
  readonly pair: ClassPair;
  readonly relation: number;
}

export interface PairSpace {
  readonly family: 4 | 6;
  readonly worlds: JointWorlds;
  readonly classes: JointClasses;
  readonly sets: PortSets;
  readonly lookup: JointLookup<PairTag>;
  /** Of services every packet is asked, not those alone that may differ. */
  readonly asksAll?: boolean;
}

/** Numbers that are joined into one stay below it. */
const CHAINED = 2 ** 26;

/** A class with what is asked of its side's hook. */
interface Side {
  readonly joint: JointClass;
  /** In either set. */
  readonly programs: readonly [AskedProgram, AskedProgram];
  /** By pair of peer identities: 1 where the hook may answer otherwise. */
  readonly differing: Uint8Array;
  /** Equal exactly where both programs divide ports alike, and the class has the same virtual ports. */
  readonly ports: number;
}

export class JointPairs {
  readonly #space: PairSpace;
  readonly #services: ServicePairs;
  readonly #ownNodesMayDiffer: boolean;
  readonly #hosts: Further;
  readonly #sources: readonly Side[];
  readonly #destinations: readonly Side[];
  readonly #parts = new Map<number, readonly PortPart[]>();
  readonly #hostParts = new Map<number, readonly PortPart[]>();
  readonly #joinedParts = new Map<readonly PortPart[], Map<string, PortPart>>();
  readonly #ends: PairEnds;

  constructor(space: PairSpace) {
    const { worlds, classes, family, sets } = space;
    this.#space = space;
    this.#ends = new PairEnds(classes.points, worlds.entries);
    this.#ownNodesMayDiffer = worlds.ownNodesMayDiffer(classes.points);
    this.#hosts = { ...hostStarts(worlds), mergesOthers: false };
    const differences = new HookDifferences(worlds.readers, family, classes.identities, sets);
    this.#services = createServicePairs(space, differences, this.#hosts);
    const numbers = new Map<string, number>();
    const sidesOf = ({ classes: list, programs }: JointSide): Side[] =>
      list.map((joint) => {
        const pair = programs[joint.program]!;
        const asked = [differences.asked(0, pair[0]), differences.asked(1, pair[1])] as const;
        const key = [
          ...asked.map((one) => one?.reader.shapeOf(one.program).ports ?? ''),
          joint.isVirtual ? worlds.entries.portsOf(classes.points[joint.members[0]!]!) : '',
        ].join('|');
        const ports = numbers.get(key) ?? numbers.size;
        numbers.set(key, ports);
        return { joint, programs: asked, differing: differences.differing(pair), ports };
      });
    this.#sources = sidesOf(classes.sources);
    this.#destinations = sidesOf(classes.destinations);
  }

  /** Asks all packets that may differ; those of a pair of classes one after the other. */
  askAll(): void {
    for (const destination of this.#destinations) {
      const { joint } = destination;
      for (const source of this.#sources) {
        if (source.joint.meetsHosts || joint.meetsHosts) this.#askHosts(source, destination);
        else this.#askPods(source, destination);
      }
    }
    this.#services.askAll();
    this.#space.lookup.flush();
  }

  /** Pairs that meet pods' hooks alone. */
  #askPods(source: Side, destination: Side): void {
    const [from, to] = [source.joint, destination.joint];
    const differs = (source.differing[to.identity]! | destination.differing[from.identity]!) === 1;
    const asksAll = this.#ownNodesMayDiffer && (from.isNodes || to.isNodes);
    if (!differs && !asksAll) return;
    const parts = this.#partsOf(source, destination);
    const differing = differs ? this.#differingParts(source, destination, parts) : [];
    if (differing.length === 0 && !asksAll) return;
    const ends = this.#ends.of(from, to);
    const pair = pairOf(from, to, ends);
    for (const { from, to, relation } of ends)
      for (const part of relation !== 0 && asksAll ? parts : differing)
        this.#space.lookup.ask(from, to, part, { pair, relation });
  }

  /** The ports that are told apart between two classes; those that a service answers for are asked there. */
  #partsOf(source: Side, destination: Side): readonly PortPart[] {
    const key = source.ports * CHAINED + destination.ports;
    let parts = this.#parts.get(key);
    if (parts === undefined) {
      const { family, sets } = this.#space;
      const { joint } = destination;
      const further = joint.isVirtual ? this.#services.further(joint) : undefined;
      parts = portParts(family, [...source.programs, ...destination.programs], sets, further);
      this.#parts.set(key, parts);
    }
    return parts;
  }

  /** Parts in which one of the two hooks answers otherwise; those that meet the same four cells are one. */
  #differingParts(source: Side, destination: Side, parts: readonly PortPart[]): readonly PortPart[] {
    const { identities } = this.#space.classes;
    const [left, right] = source.programs;
    const [over, under] = destination.programs;
    const [there, here] = [identities[destination.joint.identity]!, identities[source.joint.identity]!];
    const rows = [rowOf(left, there[0]), rowOf(right, there[1]), rowOf(over, here[0]), rowOf(under, here[1])];
    const met: { cells: readonly [number, number, number, number]; places: number[] }[] = [];
    parts.forEach(({ columns }, place) => {
      const one = cellAt(left, rows[0]!, columns[0]!);
      const two = cellAt(right, rows[1]!, columns[1]!);
      const three = cellAt(over, rows[2]!, columns[2]!);
      const four = cellAt(under, rows[3]!, columns[3]!);
      if (effectOf(one) === effectOf(two) && effectOf(three) === effectOf(four)) return;
      const same = met.find(
        ({ cells }) => cells[0] === one && cells[1] === two && cells[2] === three && cells[3] === four,
      );
      if (same === undefined) met.push({ cells: [one, two, three, four], places: [place] });
      else same.places.push(place);
    });
    return met.map(({ places }) => (places.length === 1 ? parts[places[0]!]! : this.#joined(parts, places)));
  }

  /** Several parts as one, that of the first packet. */
  #joined(parts: readonly PortPart[], places: readonly number[]): PortPart {
    let known = this.#joinedParts.get(parts);
    if (known === undefined) {
      known = new Map();
      this.#joinedParts.set(parts, known);
    }
    const key = places.join();
    let joined = known.get(key);
    if (joined === undefined) {
      const { sets } = this.#space;
      const ranges = places.flatMap((place) => sets.sets[parts[place]!.set]!);
      joined = { ...parts[places[0]!]!, set: sets.of(ranges) };
      known.set(key, joined);
    }
    return joined;
  }

  /** Pairs that may meet hooks of hosts: all of their packets are asked. */
  #askHosts(source: Side, destination: Side): void {
    const { lookup } = this.#space;
    const [from, to] = [source.joint, destination.joint];
    const ends = this.#ends.of(from, to);
    if (ends.length === 0) return;
    const pair = pairOf(from, to, ends);
    const parts = this.#partsAtHosts(source, destination);
    for (const { from, to, relation } of ends)
      for (const part of parts) lookup.ask(from, to, part, { pair, relation });
  }

  /** The ports that two classes and the programs of all hosts tell apart. */
  #partsAtHosts(source: Side, destination: Side): readonly PortPart[] {
    const key = source.ports * CHAINED + destination.ports;
    let parts = this.#hostParts.get(key);
    if (parts === undefined) {
      const { family, sets } = this.#space;
      const { joint } = destination;
      const further = joint.isVirtual ? this.#services.further(joint) : undefined;
      parts = portParts(family, [...source.programs, ...destination.programs], sets, {
        keys: (group) => [...this.#hosts.keys(group), ...(further?.keys(group) ?? [])],
        sources: this.#hosts.sources,
        ...(further?.leavesOut === undefined ? {} : { leavesOut: further.leavesOut }),
        mergesOthers: false,
      });
      this.#hostParts.set(key, parts);
    }
    return parts;
  }
}

const rowOf = (asked: AskedProgram, identity: number): number =>
  asked === undefined ? 0 : asked.reader.rowOf(asked.program, identity);

function pairOf(source: JointClass, destination: JointClass, ends: readonly Ends[]): ClassPair {
  return {
    sources: source.members,
    destination: destination.members,
    relations: ends.map(({ relation }) => relation),
  };
}
