/**
 * Programs for the kernel's own machine, assembled by hand: instructions, labels, maps, and the image that `limit/bpf.c` loads, runs
 * and times. Registers are numbers: 0 holds what a call returns, 1 to 5 its operands, 6 to 9 outlive calls, 10 is the stack's end.
 */

interface Instruction {
  readonly code: number;
  readonly to: number;
  readonly from: number;
  /** In bytes; of a jump the label that it goes to. */
  readonly offset: number | string;
  readonly value: number;
}

/** An instruction, or a label that jumps before it name. */
export type Line = Instruction | { readonly label: string };

/** Bytes of a memory access. */
type Width = 1 | 2 | 4 | 8;

const LOADS: Readonly<Record<Width, number>> = { 1: 0x71, 2: 0x69, 4: 0x61, 8: 0x79 };
const STORES: Readonly<Record<Width, number>> = { 1: 0x73, 2: 0x6b, 4: 0x63, 8: 0x7b };
const MAP = 1;
const MAP_VALUE = 2;
const STACK = 10;

const line = (code: number, to = 0, from = 0, offset: number | string = 0, value = 0): Line => {
  return { code, to, from, offset, value };
};

export const load = (width: Width, to: number, from: number, offset: number): Line =>
  line(LOADS[width], to, from, offset);
export const store = (width: Width, to: number, offset: number, from: number): Line =>
  line(STORES[width], to, from, offset);
/** Stores a number in four bytes. */
export const storeValue = (to: number, offset: number, value: number): Line =>
  line(0x62, to, 0, offset, value);
export const move = (to: number, from: number): Line => line(0xbf, to, from);
export const set = (to: number, value: number): Line => line(0xb7, to, 0, 0, value);
export const add = (to: number, from: number): Line => line(0x0f, to, from);
export const addValue = (to: number, value: number): Line => line(0x07, to, 0, 0, value);
export const andValue = (to: number, value: number): Line => line(0x57, to, 0, 0, value);
export const shiftLeft = (to: number, bits: number): Line => line(0x67, to, 0, 0, bits);
export const jump = (label: string): Line => line(0x05, 0, 0, label);
export const jumpIfEqual = (register: number, value: number, label: string): Line =>
  line(0x15, register, 0, label, value);
export const jumpUnlessEqual = (register: number, value: number, label: string): Line =>
  line(0x55, register, 0, label, value);
export const exit = (): Line => line(0x95);
/** A 64-bit number. */
export const setWide = (to: number, low: number, high: number): Line[] => [
  line(0x18, to, 0, 0, low),
  line(0, 0, 0, 0, high),
];
/** The address of a place in the only value of a map. */
export const valueAddress = (to: number, map: number, offset: number): Line[] => [
  line(0x18, to, MAP_VALUE, 0, map),
  line(0, 0, 0, 0, offset),
];
/** Looks up the key that lies on the stack; register 0 has the value's address, or 0. */
export const lookUp = (map: number, keyOffset: number): Line[] => [
  line(0x18, 1, MAP, 0, map),
  line(0),
  move(2, STACK),
  addValue(2, keyOffset),
  line(0x85, 0, 0, 0, 1),
];

export const MAP_HASH = 1;
export const MAP_ARRAY = 2;
/** Keys begin with the prefix's length in bits. */
export const MAP_PREFIXES = 11;

export interface BpfMap {
  readonly type: typeof MAP_HASH | typeof MAP_ARRAY | typeof MAP_PREFIXES;
  readonly keyBytes: number;
  readonly valueBytes: number;
  /** Key and value of each, one after the other, both in whole words. */
  readonly entries: readonly Uint32Array[];
}

const NO_PREALLOCATION = 1;

function resolve(lines: readonly Line[]): Instruction[] {
  const labels = new Map<string, number>();
  const instructions: Instruction[] = [];
  for (const each of lines)
    if ('label' in each) labels.set(each.label, instructions.length);
    else instructions.push(each);
  return instructions.map((each, at) =>
    typeof each.offset === 'string' ? { ...each, offset: labels.get(each.offset)! - at - 1 } : each,
  );
}

/** The image of a program with its maps, which its instructions know by their places in the list. */
export function bpfImage(maps: readonly BpfMap[], lines: readonly Line[]): Uint8Array {
  const head = ({ type, keyBytes, valueBytes, entries }: BpfMap): Uint32Array =>
    Uint32Array.of(
      type,
      keyBytes,
      valueBytes,
      entries.length,
      type === MAP_PREFIXES ? NO_PREALLOCATION : 0,
      entries.length,
    );
  const instructions = resolve(lines);
  const code = Buffer.alloc(instructions.length * 8);
  instructions.forEach(({ code: operation, to, from, offset, value }, index) => {
    code.writeUInt8(operation, index * 8);
    code.writeUInt8((from << 4) | to, index * 8 + 1);
    code.writeInt16LE(offset as number, index * 8 + 2);
    code.writeInt32LE(value | 0, index * 8 + 4);
  });
  const words = [
    Uint32Array.of(maps.length),
    ...maps.flatMap((map) => [head(map), ...map.entries]),
    Uint32Array.of(instructions.length),
  ];
  return Buffer.concat([
    ...words.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength)),
    code,
  ]);
}
