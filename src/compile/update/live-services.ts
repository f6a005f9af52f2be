/** Virtual ports whose backends change: the list of a row is written where it was, or behind all others. */
import { type Address, addressKey } from '../../net/address.ts';
import { type Cidr, cidrContains } from '../../net/cidr.ts';
import type { AddressBook, VirtualPort } from '../../policy/endpoints.ts';
import { SECTION_BACKENDS, SECTION_VIRTUAL_PORTS } from '../../tables/directory-layout.ts';
import * as L from '../../tables/service-layout.ts';
import type { TablesEditor } from '../../tables/tables-editor.ts';
import { virtualSlot } from '../../tables/virtual-ports.ts';
import type { NodeNumbers } from '../services.ts';

interface Row {
  /** Byte offset in the section of virtual ports. */
  readonly at: number;
  readonly entry: number;
  virtual: VirtualPort;
  /** How many backends have room where its own stand. */
  room: number;
}

interface Places {
  readonly editor: TablesEditor;
  readonly nodes: NodeNumbers;
  /** Whether an address has an entry of its own. */
  readonly isKnown: (address: Address) => boolean;
  /** The entry of any address. */
  readonly entryOf: (address: Address) => number;
  /** As `AddressSpace.identityBefore`; the identity is used once more. */
  readonly identityBefore: (virtual: number, backend: number, family: 4 | 6) => number | undefined;
}

export class LiveServices {
  readonly #places: Places;
  readonly #rows = new Map<VirtualPort, Row>();
  /** By the key of a backend's address, or of the virtual one. */
  readonly #rowsAt = new Map<string, Set<Row>>();
  /** Rows with a backend that had no entry of its own. */
  readonly #open = new Set<Row>();

  constructor({ facts }: AddressBook, places: Places) {
    this.#places = places;
    const { editor } = places;
    const mask = editor.get(SECTION_VIRTUAL_PORTS, 0);
    for (const { address, virtualPorts } of facts.values()) {
      const seen = new Set<number>();
      for (const virtual of virtualPorts) {
        const key = virtual.protocol * 65_536 + virtual.port;
        if (seen.has(key)) continue;
        seen.add(key);
        const entry = places.entryOf(address);
        let slot = virtualSlot(entry, key, mask);
        const at = (): number => L.VIRTUAL_ROWS + slot * L.VIRTUAL_BYTES;
        while (
          editor.get(SECTION_VIRTUAL_PORTS, at() + L.VIRTUAL_ENTRY) !== entry ||
          editor.get(SECTION_VIRTUAL_PORTS, at() + L.VIRTUAL_PORT) !== key
        )
          slot = (slot + 1) & mask;
        const row = { at: at(), entry, virtual, room: virtual.backends.length };
        this.#rows.set(virtual, row);
        this.#note(row);
        // Rows say these identities already; asked for, they count as used, so that nobody else is given them.
        for (const backend of virtual.backends)
          places.identityBefore(entry, places.entryOf(backend.address), address.family);
      }
    }
  }

  /** Writes the backends again of all rows that an address is in, as a backend or as what is rewritten. */
  refresh(address: Address): void {
    for (const row of this.#rowsAt.get(addressKey(address)) ?? []) this.#write(row);
  }

  /** Writes the rows again with backends in a block that have no entry of their own. */
  refreshWithin(block: Cidr): void {
    for (const row of this.#open)
      if (row.virtual.backends.some(({ address }) => cidrContains(block, address))) this.#write(row);
  }

  /** Puts a virtual port in the place of another of the same address, protocol and port. */
  replace(before: VirtualPort, after: VirtualPort): void {
    const row = this.#rows.get(before);
    if (row === undefined) return;
    for (const { address } of before.backends) this.#rowsAt.get(addressKey(address))?.delete(row);
    this.#rows.delete(before);
    row.virtual = after;
    this.#rows.set(after, row);
    this.#note(row);
    this.#write(row);
  }

  #note(row: Row): void {
    if (row.virtual.backends.some(({ address }) => !this.#places.isKnown(address))) this.#open.add(row);
    for (const { address } of [row.virtual, ...row.virtual.backends]) {
      const key = addressKey(address);
      const rows = this.#rowsAt.get(key);
      if (rows === undefined) this.#rowsAt.set(key, new Set([row]));
      else rows.add(row);
    }
  }

  #write(row: Row): void {
    const { editor, nodes, entryOf, identityBefore } = this.#places;
    const { backends } = row.virtual;
    const words = backends.flatMap(({ address, port, nodeName }) => {
      const entry = entryOf(address);
      const before = identityBefore(row.entry, entry, address.family);
      return [entry, port, (nodes.of(nodeName) ?? -1) + 1, (before ?? -1) + 1, ...address.words];
    });
    const field = (byte: number): number => row.at + byte;
    let first = editor.get(SECTION_VIRTUAL_PORTS, field(L.VIRTUAL_BACKENDS));
    if (backends.length > row.room) {
      first = editor.used(SECTION_BACKENDS) / L.BACKEND_BYTES;
      row.room = backends.length;
      editor.set(SECTION_VIRTUAL_PORTS, field(L.VIRTUAL_BACKENDS), first);
    }
    editor.set(SECTION_VIRTUAL_PORTS, field(L.VIRTUAL_COUNT), backends.length);
    if (words.length > 0) editor.write(SECTION_BACKENDS, first * L.BACKEND_BYTES, Uint32Array.from(words));
  }
}
