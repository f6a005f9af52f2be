/** Address entries: the builder and the slow reader. Layout: entry-layout.ts. */
import * as L from './entry-layout.ts';

/** What is known of an address; numbers of endpoints and nodes, or of programs, count from 0. */
export interface AddressEntry {
  readonly identity: number;
  readonly owner?: number;
  readonly ownerNode?: number;
  readonly node?: number;
  /** Number of the address's first row among the virtual ports. */
  readonly firstVirtual?: number;
  readonly egressProgram?: number;
  readonly ingressProgram?: number;
  /** ENTRY_ flags, but for ENTRY_VIRTUAL; 0 when absent. */
  readonly flags?: number;
}

/** As a number that may be absent is stored: 0 is none. */
export const plusOne = (number: number | undefined): number => (number === undefined ? 0 : number + 1);
const lessOne = (word: number): number | undefined => (word === 0 ? undefined : word - 1);

/** The entries' section: ENTRY_BYTES a row, in the order given; numbers that may be absent are stored plus 1. */
export function buildEntries(entries: readonly AddressEntry[]): Uint8Array {
  const words = new Uint32Array((entries.length * L.ENTRY_BYTES) / 4);
  entries.forEach((entry, index) => {
    const at = (index * L.ENTRY_BYTES) / 4;
    words[at + L.ENTRY_IDENTITY / 4] = entry.identity;
    words[at + L.ENTRY_OWNER / 4] = plusOne(entry.owner);
    words[at + L.ENTRY_OWNER_NODE / 4] = plusOne(entry.ownerNode);
    words[at + L.ENTRY_NODE / 4] = plusOne(entry.node);
    words[at + L.ENTRY_FLAGS / 4] =
      (entry.flags ?? 0) | (entry.firstVirtual === undefined ? 0 : L.ENTRY_VIRTUAL);
    words[at + L.ENTRY_EGRESS / 4] = plusOne(entry.egressProgram);
    words[at + L.ENTRY_INGRESS / 4] = plusOne(entry.ingressProgram);
    words[at + L.ENTRY_FIRST_VIRTUAL / 4] = plusOne(entry.firstVirtual);
  });
  return new Uint8Array(words.buffer);
}

/** One row of the entries' section, as words. */
export function entryAt(words: Uint32Array, index: number): AddressEntry {
  const at = (index * L.ENTRY_BYTES) / 4;
  const optional = <K extends string>(key: K, byte: number): Partial<Record<K, number>> => {
    const value = lessOne(words[at + byte / 4]!);
    return value === undefined ? {} : ({ [key]: value } as Partial<Record<K, number>>);
  };
  const flags = words[at + L.ENTRY_FLAGS / 4]! & ~L.ENTRY_VIRTUAL;
  return {
    identity: words[at + L.ENTRY_IDENTITY / 4]!,
    ...optional('owner', L.ENTRY_OWNER),
    ...optional('ownerNode', L.ENTRY_OWNER_NODE),
    ...optional('node', L.ENTRY_NODE),
    ...optional('egressProgram', L.ENTRY_EGRESS),
    ...optional('ingressProgram', L.ENTRY_INGRESS),
    ...optional('firstVirtual', L.ENTRY_FIRST_VIRTUAL),
    ...(flags === 0 ? {} : { flags }),
  };
}
