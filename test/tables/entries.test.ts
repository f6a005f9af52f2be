import { expect, test } from 'vitest';
import { type AddressEntry, buildEntries, entryAt } from '../../src/tables/entries.ts';

test('entries come back as they went in, with the numbers that count from 0', () => {
  const entries: readonly AddressEntry[] = [
    { identity: 0 },
    { identity: 7, owner: 0, ownerNode: 0, node: 0, firstVirtual: 0, egressProgram: 0, ingressProgram: 0 },
    { identity: 0xffff_ffff, owner: 1, ownerNode: 2, egressProgram: 4, ingressProgram: 5 },
    { identity: 9, node: 3, firstVirtual: 6, flags: 2 | 64 },
  ];
  const words = new Uint32Array(buildEntries(entries).buffer);
  expect(entries.map((_, index) => entryAt(words, index))).toEqual(entries);
});
