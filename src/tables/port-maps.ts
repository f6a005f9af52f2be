/**
 * Port maps: which class a port, an ICMP type and code, or a protocol is of, in directories of pages. Equal maps, directories and pages are
 * stored once. Layout: program-layout.ts.
 */
import { ICMP, ICMPV6, SCTP, TCP, UDP } from '../net/protocol-layout.ts';
import { Pieces } from './pieces.ts';
import * as L from './program-layout.ts';
import { PAGE_SLOTS, PageScratch, type Slots } from './slots.ts';

/** Where a group's port class changes: ascending from key 0. */
export interface PortGroup {
  readonly starts: readonly number[];
  readonly classes: readonly number[];
}

export interface PortMap {
  readonly classCount: number;
  /** In the order of the GROUP_ numbers; GROUP_OTHER has 256 keys, all others 65,536. */
  readonly groups: readonly PortGroup[];
}

/** The group whose directory a protocol uses. */
export function portGroup(protocol: number): number {
  const group = [TCP, UDP, SCTP, ICMP, ICMPV6].indexOf(protocol);
  return group < 0 ? L.GROUP_OTHER : group;
}

/** Builds the sections of port maps and their pages. */
export class PortMaps {
  readonly maps = new Pieces();
  readonly pages = new Pieces();
  readonly #scratch = new PageScratch();
  readonly #directories = new Map<string, number>();
  readonly #evenPages = new Map<number, number>();

  /** Byte offset of a map whose slots have a width. */
  place({ groups }: PortMap, width: number): number {
    const map = Uint32Array.from(groups, (group, index) =>
      this.#placeDirectory(group, index === L.GROUP_OTHER ? 256 : 65_536, width),
    );
    return this.maps.place(map);
  }

  #placeDirectory({ starts, classes }: PortGroup, size: number, width: number): number {
    const key = `${width} ${size} ${starts} ${classes}`;
    const known = this.#directories.get(key);
    if (known !== undefined) return known;
    const directory = new Uint32Array(L.DIRECTORY_STARTS + 1 + starts.length);
    directory[L.DIRECTORY_STARTS] = starts.length;
    directory.set(starts, L.DIRECTORY_STARTS + 1);
    let piece = 0;
    for (let number = 0; number < 256; number++) {
      const first = number * PAGE_SLOTS;
      if (first >= size) {
        directory[number] = directory[0]!;
        continue;
      }
      while (piece + 1 < starts.length && starts[piece + 1]! <= first) piece++;
      const isWhole = piece + 1 >= starts.length || starts[piece + 1]! >= first + PAGE_SLOTS;
      directory[number] = isWhole
        ? this.#evenPage(classes[piece]!, width)
        : this.pages.place(fillPage(this.#scratch.page(width), { starts, classes }, piece, first));
    }
    const offset = this.maps.append(directory);
    this.#directories.set(key, offset);
    return offset;
  }

  /** A page of one class. */
  #evenPage(portClass: number, width: number): number {
    const key = portClass * 4 + width;
    let offset = this.#evenPages.get(key);
    if (offset === undefined) {
      offset = this.pages.place(this.#scratch.page(width).fill(portClass));
      this.#evenPages.set(key, offset);
    }
    return offset;
  }
}

/** The page of keys from `first` on; the piece that reaches into it fills it, those that begin in it overwrite the rest. */
function fillPage(page: Slots, { starts, classes }: PortGroup, piece: number, first: number): Slots {
  page.fill(classes[piece]!);
  for (let next = piece + 1; next < starts.length && starts[next]! < first + PAGE_SLOTS; next++)
    page.fill(classes[next]!, starts[next]! - first);
  return page;
}
