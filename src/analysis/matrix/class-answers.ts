/**
 * Every new packet of a family as one set finds it: what the packets between two classes come to, by ports. Pairs whose hooks answer alike
 * have one answer, for which one packet a part is asked of the kernels; pairs of nodes, and those that meet hooks of hosts, are asked each
 * for itself. Packets to services are asked elsewhere (`joint-services.ts`).
 */
import { cellAt, effectOf } from '../joint/hook-differences.ts';
import type { JointClass, JointClasses, JointSide } from '../joint/joint-classes.ts';
import { type Ends, PairEnds } from '../joint/joint-ends.ts';
import { JointLookup } from '../joint/joint-lookup.ts';
import { type AskedProgram, type Further, type PortPart, PortSets, portParts } from '../joint/joint-ports.ts';
import { virtualPortsApart } from '../joint/joint-services.ts';
import { hostStarts, type JointWorlds } from '../joint/joint-worlds.ts';
import { maskOf, type PortStates, portStates, type StateRange } from './port-states.ts';

/** No packet goes between the two: they are one address. */
export const NO_PAIR = 0;

/** An answer of a pair of classes by how their members are related. */
export interface RelatedAnswer {
  /** As `relationOf` has it. */
  readonly relation: number;
  readonly states: PortStates;
}

/** Numbers that are joined into one stay below it. */
const CHAINED = 2 ** 26;

/** A class with what its hook answers. */
interface AskedClass {
  readonly joint: JointClass;
  readonly program: AskedProgram;
  /** By peer identity: equal exactly where the hook answers all ports alike. */
  readonly contents: Uint32Array;
  /** Equal exactly where the class is of one kind: flags of its addresses, nodes or not. */
  readonly facts: number;
}

/** A number whose answer is asked. */
interface Asked {
  readonly number: number;
  readonly relation: number;
}

export class ClassAnswers {
  /** By number; the first is `NO_PAIR`. More than one answer where relations of nodes make a difference. */
  readonly answers: (readonly RelatedAnswer[])[] = [[]];
  readonly #family: 4 | 6;
  readonly #classes: JointClasses;
  readonly #worlds: JointWorlds;
  readonly #sets = new PortSets();
  readonly #ends: PairEnds;
  readonly #hosts: Further;
  readonly #lookup: JointLookup<Asked>;
  readonly #sources: readonly AskedClass[];
  readonly #destinations: readonly AskedClass[];
  readonly #contents = new Map<string, number>();
  readonly #factNumbers = new Map<string, number>();
  /** Numbers of pairs by facts of both, then by contents of both. */
  readonly #numbers = new Map<number, Map<number, number>>();
  readonly #parts = new Map<string, readonly PortPart[]>();
  readonly #found = new Map<number, Map<number, StateRange[]>>();

  /** `worlds` are one set twice. */
  constructor(family: 4 | 6, worlds: JointWorlds, classes: JointClasses) {
    this.#family = family;
    this.#worlds = worlds;
    this.#classes = classes;
    this.#ends = new PairEnds(classes.points, worlds.entries);
    this.#hosts = { ...hostStarts(worlds), mergesOthers: false };
    this.#lookup = new JointLookup<Asked>(
      family,
      ({ tag, part, after }) => this.#note(tag, part, maskOf(after.verdict, after.reason)),
      worlds.after.tables,
    );
    this.#sources = this.#askedClasses(classes.sources);
    this.#destinations = this.#askedClasses(classes.destinations);
  }

  /** Packets that were asked of the kernels so far. */
  get packets(): number {
    return this.#lookup.count;
  }

  /** Numbers in `answers` of what goes from a source class to each destination class; those that are not `wanted` are left `NO_PAIR`. */
  from(source: number, wanted: Uint8Array): Uint32Array {
    const row = new Uint32Array(this.#destinations.length);
    const from = this.#sources[source]!;
    this.#destinations.forEach((to, index) => {
      if (wanted[index] === 1) row[index] = this.#numberOf(from, to);
    });
    this.#answer();
    return row;
  }

  #numberOf(source: AskedClass, destination: AskedClass): number {
    const [from, to] = [source.joint, destination.joint];
    const standsAlone = from.meetsHosts || to.meetsHosts || from.isNodes || to.isNodes || to.isVirtual;
    if (standsAlone) return this.#ask(source, destination, this.#ends.of(from, to));
    const facts = source.facts * CHAINED + destination.facts;
    let known = this.#numbers.get(facts);
    if (known === undefined) {
      known = new Map();
      this.#numbers.set(facts, known);
    }
    const key = source.contents[to.identity]! * CHAINED + destination.contents[from.identity]!;
    const number = known.get(key);
    // A class of one address has no pair with itself, whatever others of its kind answer.
    if (from.members.length === 1 && to.members.length === 1 && from.members[0] === to.members[0]) {
      const ends = this.#ends.of(from, to);
      if (ends.length === 0) return NO_PAIR;
    }
    if (number !== undefined) return number;
    const asked = this.#ask(source, destination, this.#ends.of(from, to));
    known.set(key, asked);
    return asked;
  }

  /** Asks a packet of each part; the answer is there after `#answer`. */
  #ask(source: AskedClass, destination: AskedClass, ends: readonly Ends[]): number {
    if (ends.length === 0) return NO_PAIR;
    const number = this.answers.push([]) - 1;
    this.#found.set(number, new Map());
    const parts = this.#partsOf(source, destination);
    for (const { from, to, relation } of ends)
      for (const part of parts) this.#lookup.ask(from, to, part, { number, relation });
    return number;
  }

  #note({ number, relation }: Asked, { set }: PortPart, mask: number): void {
    const relations = this.#found.get(number)!;
    const ranges = this.#sets.sets[set]!.map((range) => ({ ...range, mask }));
    const list = relations.get(relation);
    if (list === undefined) relations.set(relation, ranges);
    else list.push(...ranges);
  }

  /** Makes answers of what the kernels found. */
  #answer(): void {
    this.#lookup.flush();
    for (const [number, relations] of this.#found) {
      const answers = [...relations].map(([relation, ranges]) => ({ relation, states: portStates(ranges) }));
      this.answers[number] = answers;
    }
    this.#found.clear();
  }

  /** The ports that are told apart between two classes; those that a service answers for are asked elsewhere. */
  #partsOf(source: AskedClass, destination: AskedClass): readonly PortPart[] {
    const programs = [source.program, destination.program];
    const meetsHosts = source.joint.meetsHosts || destination.joint.meetsHosts;
    const { joint } = destination;
    const point = this.#classes.points[joint.members[0]!]!;
    const taken = joint.isVirtual ? this.#worlds.entries.portsOf(point) : '';
    const key = [
      ...programs.map((one) => one?.reader.shapeOf(one.program).ports ?? ''),
      meetsHosts,
      taken,
    ].join('|');
    let parts = this.#parts.get(key);
    if (parts === undefined) {
      parts = portParts(this.#family, programs, this.#sets, this.#further(meetsHosts, taken));
      this.#parts.set(key, parts);
    }
    return parts;
  }

  #further(meetsHosts: boolean, taken: string): Further | undefined {
    const virtual = taken === '' ? undefined : virtualPortsApart(taken);
    if (!meetsHosts) return virtual;
    return {
      keys: (group) => [...this.#hosts.keys(group), ...(virtual?.keys(group) ?? [])],
      sources: this.#hosts.sources,
      ...(virtual?.leavesOut === undefined ? {} : { leavesOut: virtual.leavesOut }),
      mergesOthers: false,
    };
  }

  #askedClasses({ classes, programs }: JointSide): AskedClass[] {
    const [, reader] = this.#worlds.readers;
    const ofShape = new Map<number, Uint32Array>();
    const open = new Uint32Array(this.#classes.identities.length);
    return classes.map((joint) => {
      const [, number] = programs[joint.program]!;
      const program: AskedProgram = number === 0 ? undefined : { reader, program: number - 1 };
      const shape = program === undefined ? undefined : reader.shapeOf(program.program);
      let contents = shape === undefined ? open : ofShape.get(shape.number);
      if (contents === undefined) {
        contents = this.#contentsOf(program);
        ofShape.set(shape!.number, contents);
      }
      return { joint, program, contents, facts: this.#factsOf(joint) };
    });
  }

  #factsOf({ members, isNodes, isVirtual }: JointClass): number {
    const entry = this.#worlds.entries.after[this.#classes.points[members[0]!]!.after]!;
    const isOwned = entry.owner !== undefined;
    return numbered(this.#factNumbers, `${entry.flags ?? 0} ${isOwned} ${isNodes} ${isVirtual}`);
  }

  #contentsOf(asked: AskedProgram): Uint32Array {
    const { reader, program } = asked!;
    const { columns, ports } = reader.shapeOf(program);
    const ofRow = new Map<number, number>();
    return Uint32Array.from(this.#classes.identities, ([, identity]) => {
      const row = reader.rowOf(program, identity);
      let content = ofRow.get(row);
      if (content === undefined) {
        let text = `${ports}:`;
        for (let column = 0; column < columns; column++) text += effectOf(cellAt(asked, row, column));
        content = numbered(this.#contents, text) + 1;
        ofRow.set(row, content);
      }
      return content;
    });
  }
}

function numbered(numbers: Map<string, number>, text: string): number {
  const number = numbers.get(text) ?? numbers.size;
  numbers.set(text, number);
  return number;
}
