/** What tables hold, in numbers: for the compile command, reports and benchmarks. Loaded tables tell as much as fresh ones. */
import * as D from '../tables/directory-layout.ts';
import * as F from '../tables/facts-layout.ts';
import { sectionOf, sectionWords, type Tables } from '../tables/tables.ts';

export interface TablesDescription {
  readonly bytes: number;
  /** In the order in which they lie. */
  readonly sections: readonly { readonly name: string; readonly bytes: number }[];
  /** Address entries: known addresses, and what the rules' CIDRs set apart. */
  readonly entries: number;
  /** Peer identities (label-set ids) by family. */
  readonly identities: Readonly<Record<'ipv4' | 'ipv6', number>>;
  /** Prefixes in the address tries. */
  readonly prefixes: Readonly<Record<'ipv4' | 'ipv6', number>>;
  readonly predicates: number;
  readonly programs: number;
  readonly shapes: number;
  readonly outcomes: number;
  readonly virtualPorts: number;
  /** The most of any shape. */
  readonly largest: Readonly<Record<'peerClasses' | 'rows' | 'portClasses', number>>;
}

const SECTION_NAMES: Readonly<Record<number, string>> = {
  [D.SECTION_FACTS]: 'facts',
  [D.SECTION_TRIE4]: 'IPv4 trie',
  [D.SECTION_TRIE6]: 'IPv6 trie',
  [D.SECTION_ENTRIES]: 'address entries',
  [D.SECTION_PROGRAMS]: 'programs',
  [D.SECTION_VIEWS]: 'views',
  [D.SECTION_VIEW_PAGES]: 'view pages',
  [D.SECTION_PORT_MAPS]: 'port maps',
  [D.SECTION_PORT_PAGES]: 'port pages',
  [D.SECTION_CELLS]: 'cells',
  [D.SECTION_VIRTUAL_PORTS]: 'virtual ports',
  [D.SECTION_BACKENDS]: 'backends',
  [D.SECTION_PORT_RANKS]: 'port ranks',
  [D.SECTION_HOSTS]: 'hosts',
  [D.SECTION_NAMES]: 'names',
};

/** Counts and section sizes, read from the tables alone. */
export function describeTables(tables: Tables): TablesDescription {
  const facts = sectionWords(tables, D.SECTION_FACTS);
  const fact = (index: number): number => facts[index]!;
  return {
    bytes: tables.bytes.byteLength,
    sections: Array.from({ length: D.SECTION_COUNT }, (_, section) => ({
      name: SECTION_NAMES[section]!,
      bytes: sectionOf(tables, section).byteLength,
    })),
    entries: fact(F.FACTS_ENTRIES),
    identities: { ipv4: fact(F.FACTS_IDENTITIES4), ipv6: fact(F.FACTS_IDENTITIES6) },
    prefixes: { ipv4: fact(F.FACTS_REGIONS4), ipv6: fact(F.FACTS_REGIONS6) },
    predicates: fact(F.FACTS_PREDICATES),
    programs: fact(F.FACTS_PROGRAMS),
    shapes: fact(F.FACTS_SHAPES),
    outcomes: fact(F.FACTS_OUTCOMES),
    virtualPorts: fact(F.FACTS_VIRTUAL_PORTS),
    largest: {
      peerClasses: fact(F.FACTS_PEER_CLASSES),
      rows: fact(F.FACTS_ROWS),
      portClasses: fact(F.FACTS_PORT_CLASSES),
    },
  };
}
