import { expect, test } from 'vitest';
import * as D from '../../src/tables/directory-layout.ts';
import { sectionOf, tablesFrom } from '../../src/tables/tables.ts';
import { TablesEditor } from '../../src/tables/tables-editor.ts';
import { chosenSeed, random } from '../random/mulberry.ts';

const seed = chosenSeed();

test('what is written stands there, the rest as it was, and the checksum holds, however often the block is laid out', () => {
  const draw = random(seed);
  const sections = Array.from({ length: D.SECTION_COUNT }, (_, section) =>
    Uint8Array.from({ length: 64 + 4 * section }, () => draw.below(256)),
  );
  const growing = [D.SECTION_ENTRIES, D.SECTION_VIEWS, D.SECTION_CELLS];
  const editor = new TablesEditor(sections, new Map(growing.map((section) => [section, 0])));
  const expected = sections.map((section) => Uint8Array.from(section));
  for (let step = 0; step < 400; step++) {
    const section = draw.pick(growing);
    const isAppended = draw.chance(0.5);
    const words = Uint32Array.from({ length: isAppended ? 1 + draw.below(900) : 1 }, () =>
      draw.below(1 << 30),
    );
    const held = expected[section]!;
    const offset = isAppended ? held.byteLength : 4 * draw.below(held.byteLength / 4);
    const longer = new Uint8Array(Math.max(held.byteLength, offset + words.byteLength));
    longer.set(held);
    longer.set(new Uint8Array(words.buffer), offset);
    expected[section] = longer;
    editor.write(section, offset, words);
    expect(editor.used(section)).toBe(longer.byteLength);
    expect(editor.get(section, offset)).toBe(words[0]);
  }
  expect(editor.layouts).toBeGreaterThan(2);
  const loaded = tablesFrom(editor.tables.bytes.slice());
  expect(loaded, `SEED=${seed}`).toHaveProperty('tables');
  expected.forEach((section, number) => {
    const found = sectionOf(editor.tables, number);
    expect(Buffer.compare(found.subarray(0, section.byteLength), section), `section ${number}`).toBe(0);
    expect(found.subarray(section.byteLength).every((byte) => byte === 0)).toBe(true);
  });
});

test('another section in the place of one', () => {
  const sections = Array.from({ length: D.SECTION_COUNT }, (_, section) => new Uint8Array(64).fill(section));
  const editor = new TablesEditor(sections, new Map([[D.SECTION_VIEWS, 1]]));
  editor.replaceSection(D.SECTION_TRIE4, new Uint8Array(1000).fill(77));
  expect(tablesFrom(editor.tables.bytes)).toHaveProperty('tables');
  expect(sectionOf(editor.tables, D.SECTION_TRIE4)).toEqual(new Uint8Array(1000).fill(77));
  expect(sectionOf(editor.tables, D.SECTION_CELLS)).toEqual(sections[D.SECTION_CELLS]);
});
