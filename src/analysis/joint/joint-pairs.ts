/**
 * Every new packet of a family, as two sets find it: pairs of a source and a destination class, and of each the parts of all ports. What
 * cannot differ, since no hook on the way answers otherwise (`hook-differences.ts`), is proved equal without a packet; of all
 * else one packet is asked for each part. Packets to services follow each pair of the service's own address (`joint-services.ts`).
 */
import { cellAt, effectOf, HookDifferences, rowOf } from './hook-differences.ts';
import type { JointClass, JointClasses, JointEntries, JointSide } from './joint-classes.ts';
import type { Ends, PairEnds } from './joint-ends.ts';
import type { JointLookup } from './joint-lookup.ts';
import { type Further, type PortPart, type PortSets, portParts } from './joint-ports.ts';
import { createServicePairs, type ServicePairs } from './joint-services.ts';
import { hostStarts, type JointWorlds } from './joint-worlds.ts';
import { type ChangeNumbers, NO_STATE, PairAnswers, type PairSide, type PartChange } from './pair-answers.ts';

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
  /** Tells of packets one by one: of pairs that stand for themselves, and of services. */
  readonly lookup: JointLookup<PairTag>;
  /** Of services every packet is asked, not those alone that may differ. */
  readonly asksAll?: boolean;
}

/** Numbers that are joined into one stay below it. */
const CHAINED = 2 ** 26;

/** Destination points of pairs that are known without asking about each, with the packets' ends from a source class. */
export interface PairDestination {
  readonly members: readonly number[];
  readonly endsFrom: (source: JointClass) => readonly Ends[];
}

/** What is made of such pairs. */
export interface PairTaker {
  /** Numbers what changes between two classes: 1 or more. */
  readonly stateOf: (changes: readonly PartChange[]) => number;
  readonly takePair: (source: JointClass, destination: PairDestination, state: number) => void;
}

/** All pairs of a family, with who takes what is found. */
export interface PairSearch extends PairSpace {
  readonly ends: PairEnds;
  readonly changes: ChangeNumbers;
  readonly taker: PairTaker;
}

/** A class with what is asked of its side's hook. */
interface Side extends PairSide {
  /** By pair of peer identities: 1 where the hook may answer otherwise. */
  readonly differing: Uint8Array;
  /** Equal exactly where both programs divide ports alike, and the class has the same virtual ports. */
  readonly ports: number;
}

export class JointPairs {
  readonly #space: PairSearch;
  readonly #services: ServicePairs;
  readonly #ownNodesMayDiffer: boolean;
  readonly #hosts: Further;
  readonly #sources: readonly Side[];
  readonly #destinations: readonly Side[];
  readonly #parts = new Map<number, readonly PortPart[]>();
  readonly #hostParts = new Map<number, readonly PortPart[]>();
  readonly #answers: PairAnswers<Side>;

  constructor(space: PairSearch) {
    const { worlds, classes, family, sets, lookup, changes, taker, ends } = space;
    this.#space = space;
    this.#ownNodesMayDiffer = worlds.ownNodesMayDiffer(classes.points);
    this.#hosts = { ...hostStarts(worlds), mergesOthers: false };
    const differences = new HookDifferences(worlds.readers, family, classes.identities, sets);
    const numbers = new SideNumbers(worlds.entries, classes);
    this.#sources = sidesOf(classes.sources, differences, numbers);
    this.#destinations = sidesOf(classes.destinations, differences, numbers);
    const alike = { changes, taker, sources: this.#sources, destinations: this.#destinations };
    this.#services = createServicePairs(space, differences, this.#hosts, alike);
    this.#answers = new PairAnswers({
      lookup,
      sets,
      changes,
      stateOf: taker.stateOf,
      partsOf: (source, destination) => this.#partsOf(source, destination),
      endsOf: (source, destination) => ends.of(source.joint, destination.joint)[0]!,
    });
  }

  /** Asks all packets that may differ; those to a destination class one after the other. */
  askAll(): void {
    for (const destination of this.#destinations) {
      const { joint } = destination;
      const { members } = joint;
      const target = { members, endsFrom: (source: JointClass) => this.#space.ends.of(source, joint) };
      for (const source of this.#sources) {
        if (source.joint.meetsHosts || joint.meetsHosts) this.#askHosts(source, destination);
        else if (standsAlone(source.joint, joint)) this.#askEach(source, destination);
        else this.#takeAlike(source, destination, target);
      }
      this.#space.lookup.flush();
    }
    this.#services.askAll();
    this.#space.lookup.flush();
  }

  /** Pairs that meet pods' hooks alone: those whose hooks answer alike are asked once. */
  #takeAlike(source: Side, destination: Side, target: PairDestination): void {
    const [from, to] = [source.joint, destination.joint];
    if ((source.differing[to.identity]! | destination.differing[from.identity]!) === 0) return;
    const state = this.#answers.stateOf(
      source,
      source.rows.placeOf[to.identity]!,
      destination,
      destination.rows.placeOf[from.identity]!,
    );
    if (state !== NO_STATE) this.#space.taker.takePair(from, target, state);
  }

  /** Pairs that meet pods' hooks alone, of which something else matters too: that one is the other's node, that both are one address. */
  #askEach(source: Side, destination: Side): void {
    const [from, to] = [source.joint, destination.joint];
    const differs = (source.differing[to.identity]! | destination.differing[from.identity]!) === 1;
    const asksAll = this.#ownNodesMayDiffer && (from.isNodes || to.isNodes);
    if (!differs && !asksAll) return;
    const parts = this.#partsOf(source, destination);
    const differing = differs ? this.#differingParts(source, destination, parts) : [];
    if (differing.length === 0 && !asksAll) return;
    const ends = this.#space.ends.of(from, to);
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

  /** Parts in which one of the two hooks answers otherwise. */
  #differingParts(source: Side, destination: Side, parts: readonly PortPart[]): readonly PortPart[] {
    const { identities } = this.#space.classes;
    const [left, right] = source.programs;
    const [over, under] = destination.programs;
    const [there, here] = [identities[destination.joint.identity]!, identities[source.joint.identity]!];
    const rows = [rowOf(left, there[0]), rowOf(right, there[1]), rowOf(over, here[0]), rowOf(under, here[1])];
    return parts.filter(({ columns }) => {
      const one = cellAt(left, rows[0]!, columns[0]!);
      const two = cellAt(right, rows[1]!, columns[1]!);
      const three = cellAt(over, rows[2]!, columns[2]!);
      const four = cellAt(under, rows[3]!, columns[3]!);
      return effectOf(one) !== effectOf(two) || effectOf(three) !== effectOf(four);
    });
  }

  /** Pairs that may meet hooks of hosts: all of their packets are asked. */
  #askHosts(source: Side, destination: Side): void {
    const { lookup } = this.#space;
    const [from, to] = [source.joint, destination.joint];
    const ends = this.#space.ends.of(from, to);
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

/** Whether more than both hooks matters to the packets between two classes, or there may be none. */
function standsAlone(source: JointClass, destination: JointClass): boolean {
  if (source.isNodes || destination.isNodes) return true;
  const [from, to] = [source.members, destination.members];
  return from.length === 1 && to.length === 1 && from[0] === to[0];
}

/** Numbers what classes have in common. */
class SideNumbers {
  readonly #entries: JointEntries;
  readonly #classes: JointClasses;
  readonly #numbers = new Map<string, number>();

  constructor(entries: JointEntries, classes: JointClasses) {
    this.#entries = entries;
    this.#classes = classes;
  }

  #numberOf(text: string): number {
    const number = this.#numbers.get(text) ?? this.#numbers.size;
    this.#numbers.set(text, number);
    return number;
  }

  /** `ports` and `kind` of a side. */
  of(joint: JointClass, programs: Side['programs']): Pick<Side, 'ports' | 'kind'> {
    const point = this.#classes.points[joint.members[0]!]!;
    const ports = [
      ...programs.map((one) => one?.reader.shapeOf(one.program).ports ?? ''),
      joint.isVirtual ? this.#entries.portsOf(point) : '',
    ].join('|');
    const kinds = [this.#entries.before[point.before]!, this.#entries.after[point.after]!].map(
      ({ flags = 0, owner }) => `${flags}${owner === undefined ? '' : ' owned'}`,
    );
    return { ports: this.#numberOf(ports), kind: this.#numberOf([ports, ...kinds].join('/')) };
  }
}

function sidesOf(
  { classes, programs }: JointSide,
  differences: HookDifferences,
  numbers: SideNumbers,
): readonly Side[] {
  let rowsBefore = 0;
  const firstRows = programs.map((pair) => {
    const first = rowsBefore;
    rowsBefore += differences.rowsOf(pair).rows.length;
    return first;
  });
  return classes.map((joint) => {
    const pair = programs[joint.program]!;
    const asked = [differences.asked(0, pair[0]), differences.asked(1, pair[1])] as const;
    return {
      joint,
      programs: asked,
      rows: differences.rowsOf(pair),
      firstRow: firstRows[joint.program]!,
      differing: differences.differing(pair),
      ...numbers.of(joint, asked),
    };
  });
}

function pairOf(source: JointClass, destination: JointClass, ends: readonly Ends[]): ClassPair {
  return {
    sources: source.members,
    destination: destination.members,
    relations: ends.map(({ relation }) => relation),
  };
}
