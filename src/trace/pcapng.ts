/**
 * pcapng: what its first bytes say, and the reader of its packets. Blocks are walked in the reader's turn by a kernel, whose state
 * (byte order, interfaces) all workers share; a packet's frame is decoded by whoever took its piece.
 *
 * Source: draft-ietf-opsawg-pcapng.
 */
import type { Address } from '../net/address.ts';
import type { PacketBatch } from '../packet/batch.ts';
import { OWNER_UNKNOWN } from '../packet/batch-layout.ts';
import * as P from '../packet/pcapng-layout.ts';
import type { TextTable } from '../packet/text-table.ts';
import { outsideTimes } from './flow-log/flow-notes.ts';
import { createLoggedVerdicts } from './logged-verdicts.ts';
import { isReadLinkType, linkTypeName } from './pcap.ts';
import type { InterfaceOwners, ReaderRoom, TraceKernels, TraceReader } from './reader.ts';
import { readNext, writeLimit } from './time-limit.ts';

/** The type of a section header, the same in either byte order. */
const SECTION = '0a0d0d0a';
const BYTE_ORDERS = ['1a2b3c4d', '4d3c2b1a'];
/** Enough to see the byte order. */
export const PCAPNG_HEAD_BYTES = 12;

/** Whether the bytes begin as a section header does. */
export function isPcapng(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, 4)).toString('hex') === SECTION;
}

/** Why a file that begins as a section header cannot be read; undefined when it can. */
export function pcapngProblem(head: Uint8Array): string | undefined {
  if (head.length < PCAPNG_HEAD_BYTES)
    return `${head.length} bytes of a pcapng section header, it has at least 28`;
  const order = Buffer.from(head.subarray(8, 12)).toString('hex');
  return BYTE_ORDERS.includes(order) ? undefined : `${order} in place of pcapng's byte-order magic`;
}

/** An interface that a capture names. */
export interface CaptureInterface {
  /** Empty when the capture gives none. */
  readonly name: string;
  readonly linkType: number;
  /** Packets that it lost. */
  readonly lost: number;
}

/** The interfaces that the state of a trace holds, in the order of the INTERFACE column's numbers. */
export function captureInterfaces(memory: SharedArrayBuffer, shared: number): CaptureInterface[] {
  const view = new DataView(memory, shared, P.PCAPNG_STATE_BYTES);
  const count = view.getUint32(P.PCAPNG_INTERFACES * 4, true);
  return Array.from({ length: count }, (_, index) => {
    const row = P.PCAPNG_ROWS + index * P.INTERFACE_ROW_BYTES;
    const length = view.getUint32(row + P.INTERFACE_NAME_BYTES, true);
    // A decoder of text takes no shared memory.
    const name = Uint8Array.from(new Uint8Array(memory, shared + row + P.INTERFACE_NAME, length));
    return {
      name: new TextDecoder().decode(name).replace(/\0+$/, ''),
      linkType: view.getUint32(row + P.INTERFACE_LINK_TYPE, true),
      lost: Math.max(
        view.getFloat64(row + P.INTERFACE_DROPPED, true),
        view.getFloat64(row + P.INTERFACE_DROPPED_BEFORE, true),
      ),
    };
  });
}

/** An address that a capture names. */
export interface CaptureName {
  readonly address: Address;
  /** As it stands in the capture: anything. */
  readonly name: string;
}

/** The names that the state of a trace holds, in trace order, and how many found no room. */
export function captureNames(
  memory: SharedArrayBuffer,
  shared: number,
): { names: CaptureName[]; omitted: number } {
  const view = new DataView(memory, shared, P.PCAPNG_STATE_BYTES);
  const end = P.PCAPNG_NAMES + view.getUint32(P.PCAPNG_NAMES_USED * 4, true);
  const names: CaptureName[] = [];
  let at = P.PCAPNG_NAMES;
  while (at < end) {
    const family = view.getUint8(at) === 6 ? 6 : 4;
    const length = view.getUint8(at + 1);
    const word = (index: number): number =>
      family === 4 && index > 0 ? 0 : view.getUint32(at + 2 + index * 4);
    const start = shared + at + P.PCAPNG_NAME_HEAD;
    names.push({
      address: { family, words: [word(0), word(1), word(2), word(3)] },
      name: new TextDecoder().decode(Uint8Array.from(new Uint8Array(memory, start, length))),
    });
    at += P.PCAPNG_NAME_HEAD + length;
  }
  return { names, omitted: view.getUint32(P.PCAPNG_NAMES_OMITTED * 4, true) };
}

const PROBLEMS: Readonly<Record<number, string>> = {
  [P.PROBLEM_LENGTH]: 'has a length that no block has',
  [P.PROBLEM_LENGTHS_DIFFER]: 'says two different lengths',
  [P.PROBLEM_BYTE_ORDER]: 'is a section header without a byte order',
  [P.PROBLEM_VERSION]: 'begins a section of a version that is not known (1.0 and 1.2 are)',
};

/** What the INTERFACE_OWNER column says of packets on an interface. */
export function interfaceOwner(name: string, interfaces: InterfaceOwners | undefined): number {
  if (interfaces === undefined) return 0;
  const { owners, prefixes, isComplete } = interfaces;
  const owner = owners.get(name);
  if (owner !== undefined) return owner + 1;
  const isUnknown = isComplete && !owners.has(name) && prefixes.some((prefix) => name.startsWith(prefix));
  return isUnknown ? OWNER_UNKNOWN : 0;
}

/** The reader of a pcapng trace; `room` holds what it found, and what all readers of the trace share. */
export function pcapngReader(
  memory: SharedArrayBuffer,
  kernels: TraceKernels,
  { own, shared }: ReaderRoom,
  interfaces: InterfaceOwners | undefined,
  deciders: Pick<TextTable, 'intern'> | undefined,
): TraceReader {
  const verdicts = createLoggedVerdicts(memory, deciders);
  const state = new Uint32Array(memory, shared, P.PCAPNG_STATE_BYTES / 4);
  const warnings: string[] = [];
  const meetInterfaces = (before: number): void => {
    captureInterfaces(memory, shared).forEach(({ name, linkType }, index) => {
      if (index < before) return;
      state[(P.PCAPNG_ROWS + index * P.INTERFACE_ROW_BYTES + P.INTERFACE_OWNER) / 4] = interfaceOwner(
        name,
        interfaces,
      );
      if (isReadLinkType(linkType)) return;
      const which = name === '' ? 'an interface' : `interface ${name}`;
      warnings.push(`${which} has ${linkTypeName(linkType)}, which is not read: its packets are skipped`);
    });
  };
  return {
    fillsInterfaces: true,
    fillsObserved: true,
    fillsFingerprints: true,
    get warnings() {
      const outside = state[P.PCAPNG_BAD_TIMES]!;
      return outside === 0 ? warnings : [...warnings, outsideTimes(outside)];
    },
    frame(offset, bytes, atEnd, most, position, place, merging) {
      writeLimit(state, P.PCAPNG_IS_LIMITED, P.PCAPNG_BEFORE, merging);
      const before = state[P.PCAPNG_INTERFACES]!;
      const bad = state[P.PCAPNG_BAD_PACKETS]!;
      const omitted = state[P.PCAPNG_OMITTED_INTERFACES]!;
      const records = kernels.framePcapng(
        shared,
        own + place * P.FOUND_BYTES,
        offset,
        bytes,
        Math.min(most, P.FOUND_MAX - place),
      );
      const used = state[P.PCAPNG_USED]!;
      const problem = state[P.PCAPNG_PROBLEM]!;
      if (state[P.PCAPNG_INTERFACES] !== before) meetInterfaces(before);
      if (state[P.PCAPNG_BAD_PACKETS] !== bad)
        warnings.push(
          'packet blocks that name no interface of their section, or hold less than they say, are malformed',
        );
      if (state[P.PCAPNG_OMITTED_INTERFACES] !== omitted)
        warnings.push(`more than ${P.INTERFACES_MAX} interfaces: packets of the others are malformed`);
      const isEnd = records === 0 && used === 0 && problem !== P.PROBLEM_NONE;
      if (isEnd)
        warnings.push(`the block at byte ${position} ${PROBLEMS[problem]}: nothing behind it was read`);
      else if (records === 0 && used === 0 && atEnd && bytes > 0 && state[P.PCAPNG_LEFT] === 0)
        warnings.push(`the block at byte ${position} is cut: the last ${bytes} bytes were not read`);
      return { bytes: used, records, isEnd, ...readNext(state, P.PCAPNG_LEFT, P.PCAPNG_NEXT) };
    },
    decode(_offset, _bytes, records, batch: PacketBatch, firstRow, place) {
      verdicts.clear(batch, firstRow, records);
      kernels.decodeFound(own + place * P.FOUND_BYTES, records, batch.offset, firstRow);
      if (state[P.PCAPNG_TELLS] === 1) verdicts.read(batch, firstRow, records);
      return records;
    },
  };
}
