import * as L from '../../src/tables/directory-layout.ts';
import { buildTables, type Tables } from '../../src/tables/tables.ts';
export function sampleTables(): Tables {
  const sections = Array.from({ length: L.SECTION_COUNT }, () => new Uint8Array(1 << 16));
  const trie = new Uint32Array(100_000);
  trie[0] = 1;
  sections[L.SECTION_TRIE4] = new Uint8Array(trie.buffer);
  new Uint32Array(sections[L.SECTION_FACTS]!.buffer)[6] = 10;
  return buildTables(sections);
}
