/**
 * Points that neither of two sets can tell apart, on either side of a packet: source classes by what egress asks, destination
 * classes by what ingress asks. Nodes are told apart only where the hooks of hosts are asked; elsewhere the node matters to pairs
 * alone (`relationOf`): a pod and its own node.
 */
import { type AddressEntry, plusOne } from '../../tables/entries.ts';
import { ENTRY_HOST, ENTRY_INVALID_PASSES } from '../../tables/entry-layout.ts';
import type { JointPoint } from './joint-points.ts';

/** Entries of both sets, and whether some hook of a host is asked in either. */
export interface JointEntries {
  readonly before: readonly AddressEntry[];
  readonly after: readonly AddressEntry[];
  readonly hostsAsked: boolean;
  /** Equal exactly for points whose virtual ports, of either set, have the same numbers; '' without. */
  readonly portsOf: (point: JointPoint) => string;
}

/** Numbers that two sets give the same thing, under one number. */
class PairNumbers {
  readonly #numbers = new Map<number, number>();
  readonly pairs: (readonly [number, number])[] = [];

  of(before: number, after: number): number {
    const key = before * 2 ** 26 + after;
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.pairs.push([before, after]) - 1;
      this.#numbers.set(key, number);
    }
    return number;
  }
}

export interface JointClass {
  readonly index: number;
  /** Never empty; positions in `points`. */
  readonly members: readonly number[];
  /** Position in `identities`. */
  readonly identity: number;
  /** Position in `programs` of its side. */
  readonly program: number;
  /** The addresses are a node's, in one of the sets at least. */
  readonly isNodes: boolean;
  /** Hooks of hosts may be met. */
  readonly meetsHosts: boolean;
  /** Some (protocol, port) of every member is rewritten to backends, in one of the sets at least: the same ones. */
  readonly isVirtual: boolean;
}

export interface JointSide {
  readonly classes: readonly JointClass[];
  /** Pairs of numbers plus 1 of egress or ingress programs, 0 without. */
  readonly programs: readonly (readonly [number, number])[];
  /** Class of each point. */
  readonly classOf: Uint32Array;
}

export interface JointClasses {
  readonly points: readonly JointPoint[];
  /** Pairs of peer identities. */
  readonly identities: readonly (readonly [number, number])[];
  readonly sources: JointSide;
  readonly destinations: JointSide;
}

/** Flags that say something of new packets. */
const flagsOf = ({ flags = 0 }: AddressEntry): number => flags & ~ENTRY_INVALID_PASSES;
const isHosts = ({ flags = 0 }: AddressEntry): boolean => (flags & ENTRY_HOST) !== 0;

/** Divides the points of one family into classes of either side. */
export function jointClasses(points: readonly JointPoint[], entries: JointEntries): JointClasses {
  const identities = new PairNumbers();
  const numbers = points.map(({ before, after }) =>
    identities.of(entries.before[before]!.identity, entries.after[after]!.identity),
  );
  const side = (which: 'egressProgram' | 'ingressProgram'): JointSide => {
    const programs = new PairNumbers();
    const byKey = new Map<string, number>();
    const classes: (JointClass & { members: number[] })[] = [];
    const classOf = new Uint32Array(points.length);
    points.forEach((point, index) => {
      const [one, other] = [entries.before[point.before]!, entries.after[point.after]!];
      const program = programs.of(plusOne(one[which]), plusOne(other[which]));
      const isNodes = one.node !== undefined || other.node !== undefined;
      const isVirtual =
        which === 'ingressProgram' && (one.firstVirtual !== undefined || other.firstVirtual !== undefined);
      const nodes = ({ ownerNode, node }: AddressEntry): string => `${ownerNode}/${node}`;
      const key = [
        numbers[index],
        program,
        flagsOf(one),
        flagsOf(other),
        isNodes,
        ...(entries.hostsAsked ? [nodes(one), nodes(other)] : []),
        ...(isVirtual ? [entries.portsOf(point)] : []),
      ].join();
      let number = byKey.get(key);
      if (number === undefined) {
        number = classes.length;
        byKey.set(key, number);
        classes.push({
          index: number,
          members: [],
          identity: numbers[index]!,
          program,
          isNodes,
          isVirtual,
          meetsHosts: isHosts(one) || isHosts(other),
        });
      }
      classes[number]!.members.push(index);
      classOf[index] = number;
    });
    return { classes, programs: programs.pairs, classOf };
  };
  return {
    points,
    identities: identities.pairs,
    sources: side('egressProgram'),
    destinations: side('ingressProgram'),
  };
}

/** Bits of a relation: the packet goes to the node of its sender, comes from the node of its receiver, in either set. */
export const TO_OWN_NODE = 1 | 4;

function related(source: AddressEntry, destination: AddressEntry): number {
  const isTo = destination.node !== undefined && destination.node === source.ownerNode;
  const isFrom = source.node !== undefined && source.node === destination.ownerNode;
  return (isTo ? 1 : 0) | (isFrom ? 2 : 0);
}

/** How two points are related by their nodes; 0 where they are not. */
export function relationOf(
  { before, after }: JointEntries,
  source: JointPoint,
  destination: JointPoint,
): number {
  return (
    related(before[source.before]!, before[destination.before]!) |
    (related(after[source.after]!, after[destination.after]!) << 2)
  );
}
