/** Sources of one class that services tell apart: backends themselves, and pods by node where traffic policies or node ports look at it. */
import type { AddressEntry } from '../../tables/entries.ts';
import type { JointClass } from './joint-classes.ts';
import type { JointPoint } from './joint-points.ts';
import type { JointVirtualPort } from './joint-virtual-ports.ts';

type Entries = readonly AddressEntry[];
type Side = 0 | 1;

const nodeOf = ({ owner, ownerNode, node }: AddressEntry): string =>
  `${owner === undefined ? node : ownerNode}`;

export class ServiceSources {
  readonly #points: readonly JointPoint[];
  readonly #entries: readonly [Entries, Entries];
  readonly #classOf: ArrayLike<number>;
  /** Points by who owns them, in either set. */
  readonly #owned = [new Map<number, number[]>(), new Map<number, number[]>()] as const;

  /** `classOf`: the source class of each point. */
  constructor(
    points: readonly JointPoint[],
    { before, after }: { readonly before: Entries; readonly after: Entries },
    classOf: ArrayLike<number>,
  ) {
    this.#points = points;
    this.#entries = [before, after];
    this.#classOf = classOf;
    points.forEach((_, index) => {
      this.#entriesAt(index).forEach(({ owner }, side) => {
        if (owner === undefined) return;
        const list = this.#owned[side as Side].get(owner);
        if (list === undefined) this.#owned[side as Side].set(owner, [index]);
        else list.push(index);
      });
    });
  }

  /** Source classes with addresses of pods behind a virtual port. */
  hairpinClasses(virtual: JointVirtualPort): ReadonlySet<number> {
    return new Set([...this.#hairpinsOf(virtual)].map((point) => this.#classOf[point]!));
  }

  /** How a virtual port divides the members of source classes: those that it finds alike are together. */
  dividedBy(virtual: JointVirtualPort): (source: JointClass) => readonly (readonly number[])[] {
    const hairpins = this.#hairpinsOf(virtual);
    const hairpinClasses = this.hairpinClasses(virtual);
    return (source) => {
      const meetsOwnNode = source.isNodes || virtual.targets.some(({ isNodes }) => isNodes);
      return virtual.looksAtNodes || meetsOwnNode || hairpinClasses.has(source.index)
        ? this.#divide(source, virtual, hairpins, meetsOwnNode)
        : [source.members];
    };
  }

  /** An address of a pod behind the port is alone, a node and its own pods behind it are as well. */
  #divide(
    { members }: JointClass,
    { looksAtNodes, backends }: JointVirtualPort,
    hairpins: ReadonlySet<number>,
    meetsOwnNode: boolean,
  ): readonly (readonly number[])[] {
    const groups = new Map<string, number[]>();
    const behind = new Set(meetsOwnNode ? backends.flatMap((backend) => this.#nodesOf(backend)) : []);
    for (const member of members) {
      const at = this.#nodesOf(member);
      const nodes = looksAtNodes || at.some((name) => behind.has(name)) ? at.join(' ') : '';
      const key = hairpins.has(member) ? `of ${member}` : nodes;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [member]);
      else group.push(member);
    }
    return groups.size === 1 ? [members] : [...groups.values()];
  }

  /** Points of pods that the backends of a virtual port belong to. */
  #hairpinsOf({ backends }: JointVirtualPort): ReadonlySet<number> {
    return new Set(
      backends.flatMap((backend) =>
        this.#entriesAt(backend).flatMap(
          ({ owner }, side) => this.#owned[side as Side].get(owner ?? -1) ?? [],
        ),
      ),
    );
  }

  #nodesOf(point: number): readonly string[] {
    return this.#entriesAt(point).map(nodeOf);
  }

  /** What either set knows of a point. */
  #entriesAt(point: number): readonly [AddressEntry, AddressEntry] {
    const { before, after } = this.#points[point]!;
    return [this.#entries[0][before]!, this.#entries[1][after]!];
  }
}
