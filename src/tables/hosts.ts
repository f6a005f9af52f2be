/** Nodes with their host hooks: the builder and the slow reader. Layout: hosts-layout.ts. */
import { SECTION_CELLS, SECTION_HOSTS, SECTION_VIEW_PAGES, SECTION_VIEWS } from './directory-layout.ts';
import * as L from './hosts-layout.ts';
import * as P from './program-layout.ts';
import type { PlacedShape } from './program-tables.ts';
import { sectionOf, type Tables } from './tables.ts';
import { WordBuffer } from './word-buffer.ts';

export interface HostMap {
  readonly family: 4 | 6;
  /** HOOK_ code of a host hook. */
  readonly hook: number;
  /** INTERFACE_ code. */
  readonly interface: number;
  /** An own map; the same object where it is the same map. */
  readonly map: PlacedShape;
}

/** One node; address entries and networks are numbers from 0. */
export interface HostRow {
  /** False for names that only pods mention. */
  readonly isKnown: boolean;
  readonly masquerade: { readonly 4?: number; readonly 6?: number };
  readonly networks: Readonly<Record<4 | 6, readonly number[]>>;
  readonly maps: readonly HostMap[];
}

/** Byte offset of an own map's word in a node's row. */
function mapAt(family: 4 | 6, hook: number, device: number): number {
  const place = (hook - L.HOST_HOOK_FIRST) * L.INTERFACES + device;
  return L.HOST_MAPS + 4 * ((family === 4 ? 0 : L.HOST_MAPS_FAMILY) + place);
}

/** The section, rows in the order of the nodes' numbers. */
export function buildHosts(rows: readonly HostRow[]): Uint8Array {
  const words = new WordBuffer();
  words.fill(0, (L.HOSTS_ROWS + rows.length * L.HOST_BYTES) / 4);
  words.set(0, rows.length);
  const placed = new Map<PlacedShape, number>();
  const offsetOf = (map: PlacedShape): number => {
    const offset = placed.get(map) ?? words.append(map) * 4;
    placed.set(map, offset);
    return offset;
  };
  rows.forEach(({ isKnown, masquerade, networks, maps }, index) => {
    const at = L.HOSTS_ROWS + index * L.HOST_BYTES;
    const put = (byte: number, value: number): void => words.set((at + byte) / 4, value);
    put(L.HOST_IS_KNOWN, Number(isKnown));
    put(L.HOST_MASQUERADE4, (masquerade[4] ?? -1) + 1);
    put(L.HOST_MASQUERADE6, (masquerade[6] ?? -1) + 1);
    for (const family of [4, 6] as const) {
      const list = networks[family];
      if (list.length === 0) continue;
      put(family === 4 ? L.HOST_NETWORKS4 : L.HOST_NETWORKS6, words.append([list.length, ...list]) * 4);
    }
    for (const { family, hook, interface: device, map } of maps)
      put(mapAt(family, hook, device), offsetOf(map));
  });
  return words.bytes();
}

/** Slow reader: the program that a node's hook has for an own identity; undefined where nothing is asked. */
export function hostProgram(
  tables: Tables,
  node: number,
  asked: Omit<HostMap, 'map'> & { readonly identity: number },
): number | undefined {
  const read = (section: number): DataView => {
    const bytes = sectionOf(tables, section);
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  };
  const hosts = read(SECTION_HOSTS);
  const row = L.HOSTS_ROWS + node * L.HOST_BYTES;
  const map = hosts.getUint32(row + mapAt(asked.family, asked.hook, asked.interface), true);
  if (map === 0) return undefined;
  const field = (byte: number): number => hosts.getUint32(map + byte, true);
  const slot = (section: number, offset: number, index: number, shift: number): number => {
    const width = (field(P.PROGRAM_FLAGS) >> shift) & P.WIDTH_MASK;
    const at = offset + (index << width);
    if (width === 0) return read(section).getUint8(at);
    return width === 1 ? read(section).getUint16(at, true) : read(section).getUint32(at, true);
  };
  const page = read(SECTION_VIEWS).getUint32(field(P.PROGRAM_VIEW) + (asked.identity >> 8) * 4, true);
  const ownClass = slot(SECTION_VIEW_PAGES, page, asked.identity & 255, P.VIEW_WIDTH);
  return slot(SECTION_CELLS, field(P.PROGRAM_CELLS), ownClass, P.CELL_WIDTH);
}
