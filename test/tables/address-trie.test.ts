import { expect, test } from 'vitest';
import { instantiateKernels } from '../../src/dataplane/kernels.ts';
import { createArena, createMemory, placeBytes } from '../../src/dataplane/memory.ts';
import { batchBytes, createBatch } from '../../src/packet/batch.ts';
import {
  buildTrie4,
  buildTrie6,
  lookupTrie4,
  lookupTrie6,
  type Prefixes,
} from '../../src/tables/address-trie.ts';
import { SECTION_COUNT, SECTION_TRIE4, SECTION_TRIE6 } from '../../src/tables/directory-layout.ts';
import { buildTables } from '../../src/tables/tables.ts';
import { chosenSeed, type Random, random } from '../random/mulberry.ts';

type Words = [number, number, number, number];
interface Prefix {
  readonly words: Words;
  readonly bits: number;
  readonly entry: number;
}

const masked = (words: Words, bits: number): Words =>
  words.map((word, index) => {
    const kept = Math.min(32, Math.max(0, bits - 32 * index));
    return kept === 0 ? 0 : (word & (-1 << (32 - kept))) >>> 0;
  }) as Words;

const compare = (left: Prefix, right: Prefix): number => {
  for (let word = 0; word < 4; word++)
    if (left.words[word] !== right.words[word]) return left.words[word]! - right.words[word]!;
  return left.bits - right.bits;
};

/** Words that often share their beginning with others, so that prefixes nest. */
function drawWords(draw: Random, family: 4 | 6): Words {
  const word = () =>
    draw.pick([0, 0xffff_ffff, 0x0a000000 + draw.below(70_000), draw.below(4_294_967_296)]) >>> 0;
  return family === 4 ? [word(), 0, 0, 0] : [draw.pick([0xfd000000, word()]), word(), word(), word()];
}

function drawPrefixes(draw: Random, family: 4 | 6, count: number, entryScale: number): Prefix[] {
  const width = family === 4 ? 32 : 128;
  const drawn = new Map<string, Prefix>();
  for (let index = 0; index < count; index++) {
    const bits = draw.pick([
      0,
      1,
      8,
      15,
      16,
      17,
      24,
      25,
      31,
      32,
      64,
      96,
      120,
      127,
      128,
      draw.below(width + 1),
    ]);
    if (bits > width) continue;
    const words = masked(drawWords(draw, family), bits);
    drawn.set(`${words}/${bits}`, { words, bits, entry: (index + 1) * entryScale });
  }
  return [...drawn.values()].sort(compare);
}

const packed = (prefixes: readonly Prefix[]): Prefixes => ({
  count: prefixes.length,
  words: Uint32Array.from(prefixes.flatMap(({ words }) => words)),
  bits: Uint8Array.from(prefixes.map(({ bits }) => bits)),
  entries: Uint32Array.from(prefixes.map(({ entry }) => entry)),
});

function linear(prefixes: readonly Prefix[], address: Words, outside: number): number {
  let best: Prefix | undefined;
  for (const prefix of prefixes)
    if (`${masked(address, prefix.bits)}` === `${prefix.words}` && prefix.bits >= (best?.bits ?? 0))
      best = prefix;
  return best?.entry ?? outside;
}

function drawAddress(draw: Random, prefixes: readonly Prefix[], family: 4 | 6): Words {
  const words = drawWords(draw, family);
  if (prefixes.length === 0 || draw.chance(0.3)) return words;
  const near = draw.pick(prefixes);
  const inside = near.words.map(
    (word, index) =>
      (word | (words[index]! & ~masked([-1, -1, -1, -1].map((w) => w >>> 0) as Words, near.bits)[index]!)) >>>
      0,
  ) as Words;
  return family === 4 ? [inside[0], 0, 0, 0] : inside;
}

test('kernel, slow reader and linear scan find the same entry', () => {
  const seed = chosenSeed();
  const draw = random(seed);
  const memory = createMemory(1 << 20);
  const kernels = instantiateKernels(memory);
  const arena = createArena(memory);
  const rows = 600;
  const batchAt = arena.allocate(batchBytes(rows));
  for (const [count, scale] of [
    [0, 1],
    [1, 1],
    [5, 1],
    [40, 1],
    [400, 1],
    [400, 1000],
    [4000, 100_000],
  ] as const) {
    const four = drawPrefixes(draw, 4, count, scale);
    const six = drawPrefixes(draw, 6, count, scale);
    const tries = [buildTrie4(packed(four), 7), buildTrie6(packed(six), 9)] as const;
    const sections: Uint8Array[] = Array.from({ length: SECTION_COUNT }, () => new Uint8Array(0));
    sections[SECTION_TRIE4] = tries[0];
    sections[SECTION_TRIE6] = tries[1];
    const tables = placeBytes(arena, buildTables(sections).bytes);
    const batch = createBatch(memory.buffer, batchAt, rows);
    const asked: { source: Words; destination: Words; family: 4 | 6 }[] = [];
    for (let row = 0; row < rows; row++) {
      const family = draw.pick([4, 6] as const);
      const prefixes = family === 4 ? four : six;
      const source = drawAddress(draw, prefixes, family);
      const destination = drawAddress(draw, prefixes, family);
      asked.push({ source, destination, family });
      batch.family[row] = family;
      batch.src.set(source, row * 4);
      batch.dst.set(destination, row * 4);
    }
    kernels.identify(tables, batchAt, 0, rows);
    asked.forEach(({ source, destination, family }, row) => {
      const prefixes = family === 4 ? four : six;
      const where = `seed ${seed}, ${count} prefixes, row ${row}`;
      for (const [address, found] of [
        [source, batch.srcEntry[row]],
        [destination, batch.dstEntry[row]],
      ] as const) {
        const expected = linear(prefixes, address, family === 4 ? 7 : 9);
        expect(found, where).toBe(expected);
        expect(family === 4 ? lookupTrie4(tries[0], address[0]) : lookupTrie6(tries[1], address), where).toBe(
          expected,
        );
      }
    });
  }
});
