/** What names stand for: the builder and the slow reader. Layout: names-layout.ts. */
import { SECTION_NAMES } from './directory-layout.ts';
import * as L from './names-layout.ts';
import { sectionWords, type Tables } from './tables.ts';
import { WordBuffer } from './word-buffer.ts';

/** The addresses of one family that a name stands for. */
export interface NameList {
  readonly isNetwork: boolean;
  /** Some of them are nodes' own. */
  readonly hasNodes: boolean;
  /** Entries by class, each class in the order of its members' nodes; none is empty. */
  readonly classes: readonly (readonly number[])[];
}

/** One name; absent where it has no address of a family. */
export interface NameRow {
  readonly 4?: NameList;
  readonly 6?: NameList;
}

/** The section, rows in the order of the names' numbers. */
export function buildNames(rows: readonly NameRow[]): Uint8Array {
  const words = new WordBuffer();
  words.fill(0, (L.NAMES_ROWS + rows.length * L.NAME_BYTES) / 4);
  words.set(0, rows.length);
  const offsetOf = (list: NameList | undefined): number => {
    if (list === undefined) return 0;
    const { isNetwork, hasNodes, classes } = list;
    const flags = (isNetwork ? L.NAME_NETWORK : 0) | (hasNodes ? L.NAME_NODES : 0);
    const offsets = classes.map((members) => words.append([members.length, ...members]) * 4);
    return words.append([flags, offsets.length, ...offsets]) * 4;
  };
  rows.forEach((row, index) => {
    const at = (L.NAMES_ROWS + index * L.NAME_BYTES) / 4;
    words.set(at + L.NAME_LIST4 / 4, offsetOf(row[4]));
    words.set(at + L.NAME_LIST6 / 4, offsetOf(row[6]));
  });
  return words.bytes();
}

/** Slow reader: what the name of a number, from 1 on, has of a family. */
export function nameListAt(tables: Tables, number: number, family: 4 | 6): NameList | undefined {
  const words = sectionWords(tables, SECTION_NAMES);
  if (number < 1 || number > words[0]!) return undefined;
  const row = (L.NAMES_ROWS + (number - 1) * L.NAME_BYTES) / 4;
  const list = words[row + (family === 4 ? L.NAME_LIST4 : L.NAME_LIST6) / 4]! / 4;
  if (list === 0) return undefined;
  const flags = words[list + L.LIST_FLAGS / 4]!;
  const first = list + L.LIST_FIRST / 4;
  const offsets = [...words.subarray(first, first + words[list + L.LIST_CLASSES / 4]!)];
  return {
    isNetwork: (flags & L.NAME_NETWORK) !== 0,
    hasNodes: (flags & L.NAME_NODES) !== 0,
    classes: offsets.map((offset) => {
      const members = offset / 4 + L.CLASS_FIRST / 4;
      return [...words.subarray(members, members + words[offset / 4 + L.CLASS_MEMBERS / 4]!)];
    }),
  };
}
