/** Two addresses that stand for a pair of classes: one packet's ends for each way in which their members are related by nodes. */
import { type JointClass, type JointEntries, relationOf } from './joint-classes.ts';
import type { End } from './joint-lookup.ts';
import type { JointPoint } from './joint-points.ts';

/** A packet between two classes. */
export interface Ends {
  readonly from: End;
  readonly to: End;
  /** As `relationOf` has it; 0 for none. */
  readonly relation: number;
}

export class PairEnds {
  readonly #points: readonly JointPoint[];
  readonly #entries: JointEntries;
  readonly #nodes = new Map<JointClass, readonly [Map<number, number[]>, Map<number, number[]>]>();

  constructor(points: readonly JointPoint[], entries: JointEntries) {
    this.#points = points;
    this.#entries = entries;
  }

  /** Two addresses for each way in which members of two classes may be related; none where there are no two addresses. */
  of(source: JointClass, destination: JointClass): Ends[] {
    const points = this.#points;
    if (!source.isNodes && !destination.isNodes) {
      const ends = twoAddresses(points[source.members[0]!]!, points[destination.members[0]!]!);
      if (ends !== undefined) return [{ ...ends, relation: 0 }];
    }
    const found = new Map<number, Ends>();
    const note = (one: number, other: number): void => {
      const [from, to] = [points[one]!, points[other]!];
      const relation = this.#relation(from, to);
      if (found.has(relation)) return;
      const ends = twoAddresses(from, to);
      if (ends !== undefined) found.set(relation, { ...ends, relation });
    };
    if (source.isNodes || destination.isNodes) this.#relatedMembers(source, destination, note);
    search: for (const one of source.members)
      for (const other of destination.members) {
        if (found.has(0)) break search;
        note(one, other);
      }
    return [...found.values()].sort((left, right) => left.relation - right.relation);
  }

  #relation(from: JointPoint, to: JointPoint): number {
    return relationOf(this.#entries, from, to);
  }

  /** Members that may be a pod and its own node, in either set and either way. */
  #relatedMembers(
    source: JointClass,
    destination: JointClass,
    note: (source: number, destination: number) => void,
  ): void {
    const points = this.#points;
    const { before, after } = this.#entries;
    const meet = (pods: JointClass, nodes: JointClass, found: (pod: number, node: number) => void): void => {
      const byNode = this.#byNode(nodes);
      for (const member of pods.members) {
        const point = points[member]!;
        const owners = [before[point.before]!.ownerNode, after[point.after]!.ownerNode];
        owners.forEach((owner, side) => {
          for (const node of owner === undefined ? [] : (byNode[side]!.get(owner) ?? [])) found(member, node);
        });
      }
    };
    if (destination.isNodes) meet(source, destination, note);
    if (source.isNodes) meet(destination, source, (pod, node) => note(node, pod));
  }

  /** Members of a class by the node that they are addresses of, in either set. */
  #byNode(nodes: JointClass): readonly [Map<number, number[]>, Map<number, number[]>] {
    let maps = this.#nodes.get(nodes);
    if (maps === undefined) {
      maps = [new Map(), new Map()];
      const { before, after } = this.#entries;
      for (const member of nodes.members) {
        const point = this.#points[member]!;
        [before[point.before]!.node, after[point.after]!.node].forEach((node, side) => {
          if (node === undefined) return;
          const list = maps![side as 0 | 1].get(node);
          if (list === undefined) maps![side as 0 | 1].set(node, [member]);
          else list.push(member);
        });
      }
      this.#nodes.set(nodes, maps);
    }
    return maps;
  }
}

/** An address of each point, never the same one: what an address sends to itself differs in no two sets. */
function twoAddresses(from: JointPoint, to: JointPoint): { from: End; to: End } | undefined {
  const [source] = from.addresses;
  const target = from === to ? to.addresses[1] : to.addresses[0];
  if (source === undefined || target === undefined) return undefined;
  return { from: { point: from, address: source }, to: { point: to, address: target } };
}
