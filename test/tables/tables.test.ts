import { expect, test } from 'vitest';
import { SECTION_COUNT } from '../../src/tables/directory-layout.ts';
import { buildTables, sectionOf, sectionWords, tablesFrom } from '../../src/tables/tables.ts';

const sections = Array.from({ length: SECTION_COUNT }, (_, index) =>
  new Uint8Array(index * 7).fill(index + 1),
);

test('sections come back as they went in, from saved bytes too', () => {
  const { bytes } = buildTables(sections);
  const loaded = tablesFrom(Uint8Array.from(bytes));
  if (!('tables' in loaded)) throw new Error(loaded.problem);
  expect(loaded.tables.bytes).toEqual(bytes);
  for (const [index, section] of sections.entries()) expect(sectionOf(loaded.tables, index)).toEqual(section);
});

test('what is not tables is told apart', () => {
  const { bytes } = buildTables(sections);
  const changed = (at: number, value: number): Uint8Array => {
    const copy = Uint8Array.from(bytes);
    copy[at] = value;
    return copy;
  };
  expect(tablesFrom(new Uint8Array(20))).toEqual({ problem: 'too short' });
  expect(tablesFrom(changed(0, 0))).toEqual({ problem: 'no tables of this program' });
  expect(tablesFrom(changed(4, 99))).toEqual({ problem: 'other version' });
  expect(tablesFrom(bytes.subarray(0, bytes.length - 64))).toEqual({ problem: 'cut short' });
  expect(tablesFrom(Uint8Array.from([...bytes, 0]))).toEqual({ problem: 'damaged' });
  // One bit of the last section.
  expect(tablesFrom(changed(bytes.length - 60, bytes[bytes.length - 60]! ^ 1))).toEqual({
    problem: 'damaged',
  });
  // A section that would begin elsewhere or reach beyond the block.
  expect(tablesFrom(changed(16, 1))).toEqual({ problem: 'damaged' });
  expect(tablesFrom(changed(23, 255))).toEqual({ problem: 'damaged' });
});

test('bytes may lie at an odd place', () => {
  const { bytes } = buildTables(sections);
  const odd = new Uint8Array(bytes.length + 1);
  odd.set(bytes, 1);
  const loaded = tablesFrom(odd.subarray(1));
  if (!('tables' in loaded)) throw new Error(loaded.problem);
  expect(loaded.tables.bytes).toEqual(bytes);
  const bytesOfLast = (SECTION_COUNT - 1) * 7;
  expect(sectionWords(loaded.tables, SECTION_COUNT - 1).byteLength).toBe(bytesOfLast - (bytesOfLast % 4));
});
