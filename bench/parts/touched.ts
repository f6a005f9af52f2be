/** How many bytes of the tables lookups touch, in cache lines of 64: the loads of identify and classify, followed slowly. */
import type { FirstPacket } from '#src/policy/decision.js';
import { lookupTrie4 } from '#src/tables/address-trie.js';
import { TRIE4_LISTS, TRIE4_SLOTS, VALUE_LIST, VALUE_NODE } from '#src/tables/address-trie-layout.js';
import * as D from '#src/tables/directory-layout.js';
import * as E from '#src/tables/entry-layout.js';
import { portGroup } from '#src/tables/port-maps.js';
import * as P from '#src/tables/program-layout.js';
import { sectionOf, type Tables } from '#src/tables/tables.js';

const LINE = 64;

/** Lines of one block of tables, and the words at which they were touched. */
class Lines {
  readonly #tables: Tables;
  readonly #view: DataView;
  readonly #touched = new Set<number>();

  constructor(tables: Tables) {
    this.#tables = tables;
    this.#view = new DataView(tables.bytes.buffer, tables.bytes.byteOffset, tables.bytes.byteLength);
  }

  get bytes(): number {
    return this.#touched.size * LINE;
  }

  /** A slot of 1, 2 or 4 bytes (`width` is the log2) of a section. */
  at(section: number, offset: number, width = 2): number {
    const { byteOffset } = sectionOf(this.#tables, section);
    const place = byteOffset - this.#tables.bytes.byteOffset + offset;
    this.#touched.add(Math.floor(place / LINE));
    if (width === 0) return this.#view.getUint8(place);
    return width === 1 ? this.#view.getUint16(place, true) : this.#view.getUint32(place, true);
  }
}

/** Touches the slots that lead to the entry of an IPv4 address. */
function touchTrie(lines: Lines, tables: Tables, address: number): number {
  const width = lines.at(D.SECTION_TRIE4, 0);
  const page = width === 1 ? 0x8000 : VALUE_NODE;
  const slot = (index: number): number => lines.at(D.SECTION_TRIE4, TRIE4_SLOTS + (index << width), width);
  let value = slot(address >>> 16);
  if (value >= page) value = slot(65_536 + (value - page) * 256 + ((address >>> 8) & 255));
  if (width === 2 && value >= VALUE_LIST)
    lines.at(D.SECTION_TRIE4, lines.at(D.SECTION_TRIE4, TRIE4_LISTS) + (value - VALUE_LIST) * 4);
  else if (value >= page) slot(65_536 + (value - page) * 256 + (address & 255));
  return lookupTrie4(sectionOf(tables, D.SECTION_TRIE4), address);
}

/** Touches what a program asks for a peer's identity, a protocol and a port. */
function touchProgram(lines: Lines, program: number, identity: number, protocol: number, key: number): void {
  const field = (byte: number): number => lines.at(D.SECTION_PROGRAMS, program * P.PROGRAM_BYTES + byte);
  const flags = field(P.PROGRAM_FLAGS);
  const width = (shift: number): number => (flags >> shift) & P.WIDTH_MASK;
  const page = lines.at(D.SECTION_VIEWS, field(P.PROGRAM_VIEW) + (identity >> 8) * 4);
  const viewWidth = width(P.VIEW_WIDTH);
  const row = lines.at(D.SECTION_VIEW_PAGES, page + ((identity & 255) << viewWidth), viewWidth);
  const directory = lines.at(D.SECTION_PORT_MAPS, field(P.PROGRAM_PORTS) + portGroup(protocol) * 4);
  const portPage = lines.at(D.SECTION_PORT_MAPS, directory + (key >> 8) * 4);
  const portWidth = width(P.PORT_WIDTH);
  const place = lines.at(D.SECTION_PORT_PAGES, portPage + ((key & 255) << portWidth), portWidth);
  const cellWidth = width(P.CELL_WIDTH);
  const cell = row * field(P.PROGRAM_COLUMNS) + place;
  lines.at(D.SECTION_CELLS, field(P.PROGRAM_CELLS) + (cell << cellWidth), cellWidth);
}

/** Bytes of all lines that first packets touch. IPv4 with known ports; services and hosts are left out. */
export function touchedBytes(tables: Tables, packets: readonly FirstPacket[]): number {
  const lines = new Lines(tables);
  const entry = (number: number, byte: number): number =>
    lines.at(D.SECTION_ENTRIES, number * E.ENTRY_BYTES + byte);
  for (const { source, destination, protocol, destinationPort } of packets) {
    const from = touchTrie(lines, tables, source.words[0]);
    const to = touchTrie(lines, tables, destination.words[0]);
    const egress = entry(from, E.ENTRY_EGRESS);
    const ingress = entry(to, E.ENTRY_INGRESS);
    const [peer, own] = [entry(to, E.ENTRY_IDENTITY), entry(from, E.ENTRY_IDENTITY)];
    if (egress !== 0) touchProgram(lines, egress - 1, peer, protocol, destinationPort!);
    if (ingress !== 0) touchProgram(lines, ingress - 1, own, protocol, destinationPort!);
  }
  return lines.bytes;
}
