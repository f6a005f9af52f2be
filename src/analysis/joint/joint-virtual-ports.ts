/** Virtual ports of an address as two sets have them, joined: backends of either, and whether both mean the same. */
import * as L from '../../tables/service-layout.ts';
import type { VirtualPortRow } from '../../tables/virtual-ports.ts';
import type { JointClass } from './joint-classes.ts';
import type { PortPart } from './joint-ports.ts';

/** One (protocol, port) of an address, as either set has it. */
export interface JointVirtualPort {
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
  /** Ports that packets may arrive at behind it. */
  readonly ports: readonly number[];
  /** Policy takes some backend for another peer than its address alone is. */
  readonly renamesBackends: boolean;
}

const NODE_FLAGS = L.VIRTUAL_NODE_PORT | L.VIRTUAL_INTERNAL_LOCAL;

const contentOf = (row: VirtualPortRow | undefined): string =>
  row === undefined
    ? ''
    : JSON.stringify([
        row.flags,
        row.node,
        row.backends.map(({ address, port, node }) => [address.words, port, node]),
      ]);

/** The virtual ports of an address in either set, joined. */
export function jointVirtualPorts(
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
      const rows = [one, other].filter((row) => row !== undefined);
      const mayStay = looksAtNodes || isEmpty(one) || isEmpty(other);
      return {
        protocol: key >>> 16,
        port: key & 0xffff,
        isSame: contentOf(one) === contentOf(other),
        looksAtNodes,
        isNodePort: (flags & L.VIRTUAL_NODE_PORT) !== 0,
        backends,
        targets: [...new Set([...backends.map(classOf), ...(mayStay ? [at] : [])])],
        ports: [...new Set(rows.flatMap((row) => row.backends.map(({ port }) => port)))],
        renamesBackends: rows.some((row) => row.backends.some((backend) => backend.before !== undefined)),
      };
    });
}
