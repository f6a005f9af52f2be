/**
 * Virtual ports: (address entry, protocol, port) to the backends that a packet may go to. The builder and the slow
 * reader. Layout: service-layout.ts.
 */
import type { Address } from '../net/address.ts';
import { SECTION_BACKENDS, SECTION_VIRTUAL_PORTS } from './directory-layout.ts';
import { plusOne } from './entries.ts';
import * as L from './service-layout.ts';
import { sectionWords, type Tables } from './tables.ts';

export interface VirtualPortRow {
  readonly entry: number;
  readonly address: Address;
  readonly protocol: number;
  readonly port: number;
  /** VIRTUAL_ flags. */
  readonly flags: number;
  /** Node that a packet enters through, when it enters through one in particular. */
  readonly node?: number;
  readonly backends: readonly BackendRow[];
}

export interface BackendRow {
  readonly entry: number;
  readonly port: number;
  readonly node?: number;
  readonly address: Address;
  /** Peer identity of the backend where its blocks of addresses are the virtual address's; only where a profile asks. */
  readonly before?: number;
}

/** Slot at which the search for a virtual port begins; `mask` is the number of slots less one. */
export function virtualSlot(entry: number, key: number, mask: number): number {
  let hash = Math.imul(entry, 0x9e3779b1) ^ Math.imul(key, 0x85ebca6b);
  hash ^= hash >>> 15;
  return hash & mask;
}

export interface VirtualPortTables {
  readonly hash: Uint8Array;
  readonly backends: Uint8Array;
  /** By entry: the number of its first row. */
  readonly firstRows: ReadonlyMap<number, number>;
  /** Rows that are found. */
  readonly count: number;
}

/** The two sections; the first row of an (entry, protocol, port) wins. */
export function buildVirtualPorts(rows: readonly VirtualPortRow[]): VirtualPortTables {
  let slotCount = 2;
  while (slotCount < rows.length * 2) slotCount *= 2;
  const hash = new Uint32Array((L.VIRTUAL_ROWS + slotCount * L.VIRTUAL_BYTES) / 4);
  const rowWords = L.VIRTUAL_BYTES / 4;
  const first = L.VIRTUAL_ROWS / 4;
  hash[0] = slotCount - 1;
  for (let slot = 0; slot < slotCount; slot++) hash[first + slot * rowWords] = L.VIRTUAL_FREE;
  const backends: number[] = [];
  const firstRows = new Map<number, number>();
  let count = 0;
  for (const row of rows) {
    const key = row.protocol * 65_536 + row.port;
    let slot = virtualSlot(row.entry, key, slotCount - 1);
    let at = first + slot * rowWords;
    while (hash[at] !== L.VIRTUAL_FREE && (hash[at] !== row.entry || hash[at + L.VIRTUAL_PORT / 4] !== key)) {
      slot = (slot + 1) & (slotCount - 1);
      at = first + slot * rowWords;
    }
    if (hash[at] !== L.VIRTUAL_FREE) continue;
    hash[at] = row.entry;
    hash[at + L.VIRTUAL_PORT / 4] = key;
    hash[at + L.VIRTUAL_BACKENDS / 4] = (backends.length * 4) / L.BACKEND_BYTES;
    hash[at + L.VIRTUAL_COUNT / 4] = row.backends.length;
    hash[at + L.VIRTUAL_FLAGS / 4] = row.flags;
    hash[at + L.VIRTUAL_NODE / 4] = plusOne(row.node);
    hash[at + L.VIRTUAL_NEXT / 4] = plusOne(firstRows.get(row.entry));
    hash.set(row.address.words, at + L.VIRTUAL_ADDRESS / 4);
    firstRows.set(row.entry, slot);
    count++;
    for (const { entry, port, node, before, address } of row.backends)
      backends.push(entry, port, plusOne(node), plusOne(before), ...address.words);
  }
  return {
    firstRows,
    count,
    hash: new Uint8Array(hash.buffer),
    backends: new Uint8Array(Uint32Array.from(backends).buffer),
  };
}

/** Slow reader: the virtual ports of an address entry, given the number of its first row; none without. */
export function virtualPortsOf(tables: Tables, firstRow: number | undefined): VirtualPortRow[] {
  const hash = sectionWords(tables, SECTION_VIRTUAL_PORTS);
  const words = sectionWords(tables, SECTION_BACKENDS);
  const found: VirtualPortRow[] = [];
  for (let next = plusOne(firstRow); next !== 0; ) {
    const at = (L.VIRTUAL_ROWS + (next - 1) * L.VIRTUAL_BYTES) / 4;
    const field = (byte: number): number => hash[at + byte / 4]!;
    const key = field(L.VIRTUAL_PORT);
    const first = (field(L.VIRTUAL_BACKENDS) * L.BACKEND_BYTES) / 4;
    found.push({
      entry: field(L.VIRTUAL_ENTRY),
      address: addressAt(hash, at + L.VIRTUAL_ADDRESS / 4),
      protocol: key >>> 16,
      port: key & 0xffff,
      flags: field(L.VIRTUAL_FLAGS),
      ...optional('node', field(L.VIRTUAL_NODE)),
      backends: Array.from({ length: field(L.VIRTUAL_COUNT) }, (_, index) =>
        backendAt(words, first + (index * L.BACKEND_BYTES) / 4),
      ),
    });
    next = field(L.VIRTUAL_NEXT);
  }
  return found;
}

function backendAt(words: Uint32Array, at: number): BackendRow {
  const field = (byte: number): number => words[at + byte / 4]!;
  return {
    entry: field(L.BACKEND_ENTRY),
    port: field(L.BACKEND_PORT),
    address: addressAt(words, at + L.BACKEND_ADDRESS / 4),
    ...optional('node', field(L.BACKEND_NODE)),
    ...optional('before', field(L.BACKEND_BEFORE)),
  };
}

/** A number that is stored plus 1, where there is one. */
function optional<K extends string>(key: K, word: number): Partial<Record<K, number>> {
  return word === 0 ? {} : ({ [key]: word - 1 } as Partial<Record<K, number>>);
}

/** IPv4 has zeros behind its first word; no IPv6 address of a service has. */
function addressAt(words: Uint32Array, at: number): Address {
  const [a, b, c, d] = words.subarray(at, at + 4);
  const family = b === 0 && c === 0 && d === 0 ? 4 : 6;
  return { family, words: [a!, b!, c!, d!] };
}
