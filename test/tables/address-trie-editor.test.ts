/** Tries that are edited lead every address where the longest of the prefixes leads, whatever came and went. */
import { expect, test } from 'vitest';
import { AtomSets } from '../../src/compile/atom-sets.ts';
import { RegionTable } from '../../src/compile/update/region-table.ts';
import { cidrOf } from '../../src/net/cidr.ts';
import { buildTrie4, buildTrie6, lookupTrie4, lookupTrie6 } from '../../src/tables/address-trie.ts';
import { Trie4Editor } from '../../src/tables/address-trie4-editor.ts';
import { Trie6Editor } from '../../src/tables/address-trie6-editor.ts';
import * as D from '../../src/tables/directory-layout.ts';
import { sectionOf } from '../../src/tables/tables.ts';
import { TablesEditor } from '../../src/tables/tables-editor.ts';
import { address } from '../random/cluster.ts';
import { chosenSeed, type Random, random } from '../random/mulberry.ts';

const seed = chosenSeed();
const OUTSIDE = 7;
const ROOM = 3;

const BITS = {
  4: [0, 1, 8, 15, 16, 17, 20, 23, 24, 25, 28, 31, 32],
  6: [0, 3, 8, 20, 32, 47, 48, 56, 60, 64, 96, 120, 127, 128],
};

function drawAddress(
  draw: Random,
  family: 4 | 6,
): { family: 4 | 6; words: readonly [number, number, number, number] } {
  const byte = (): number => draw.pick([0, 1, 2, 128, 255]);
  const word = (): number =>
    draw.pick([0, 1, 0xffff_ffff, (byte() * 0x1000000 + byte() * 0x10000 + byte() * 256 + byte()) >>> 0]);
  return family === 4
    ? { family, words: [word(), 0, 0, 0] }
    : {
        family,
        words: [
          draw.pick([0x20010db8, 0xfd000000, word()]),
          draw.pick([0, 1, word()]),
          draw.pick([0, word()]),
          word(),
        ],
      };
}

function follow(draw: Random, family: 4 | 6, steps: number): { rebuilt: number } {
  const regions = new RegionTable(family, OUTSIDE, new AtomSets(), 0);
  const build = (): Uint8Array =>
    family === 4 ? buildTrie4(regions, OUTSIDE, ROOM) : buildTrie6(regions, OUTSIDE);
  const section = family === 4 ? D.SECTION_TRIE4 : D.SECTION_TRIE6;
  const sections: Uint8Array[] = Array.from({ length: D.SECTION_COUNT }, () => new Uint8Array(64));
  for (let count = draw.below(30); count > 0; count--) put(draw, regions);
  sections[section] = build();
  const editor = new TablesEditor(sections, new Map([[D.SECTION_TRIE6, 1]]));
  let four = family === 4 ? new Trie4Editor(editor, regions, ROOM) : undefined;
  const six = new Trie6Editor(editor, regions);
  let rebuilt = 0;
  for (let step = 0; step < steps; step++) {
    const { words, bits } = regions.count > 0 && draw.chance(0.45) ? drop(draw, regions) : put(draw, regions);
    if (four === undefined) six.repaint(words, bits);
    else if (!four.repaint(words[0]!, bits)) {
      rebuilt++;
      editor.replaceSection(section, build());
      four = new Trie4Editor(editor, regions, ROOM);
    }
    const trie = sectionOf(editor.tables, section);
    for (let asked = 0; asked < 25; asked++) {
      const one = asked === 0 ? words : drawAddress(draw, family).words;
      const found = family === 4 ? lookupTrie4(trie, one[0]!) : lookupTrie6(trie, one);
      const expected = regions.entryAround(one, family === 4 ? 32 : 128);
      if (found !== expected)
        expect(found, `SEED=${seed}, step ${step}: ${[...one]} after ${[...words]}/${bits}`).toBe(expected);
    }
  }
  return { rebuilt };
}

/** A prefix that comes, or leads elsewhere. */
function put(draw: Random, regions: RegionTable): { words: readonly number[]; bits: number } {
  const bits = draw.pick(BITS[regions.family]);
  const { words } = cidrOf(drawAddress(draw, regions.family), bits).network;
  const known = regions.find(words, bits);
  const index = known < 0 ? regions.insert(words, bits) : known;
  regions.entries[index] = draw.below(50);
  return { words, bits };
}

/** One that goes. */
function drop(draw: Random, regions: RegionTable): { words: readonly number[]; bits: number } {
  const index = draw.below(regions.count);
  const gone = { words: regions.wordsAt(index), bits: regions.bits[index]! };
  regions.remove(index);
  return gone;
}

test('IPv4', () => {
  let rebuilt = 0;
  for (let index = 0; index < 12; index++) rebuilt += follow(random(seed + index), 4, 120).rebuilt;
  expect(rebuilt).toBeGreaterThan(0);
});

test('IPv6', () => {
  for (let index = 0; index < 30; index++) follow(random(seed + index), 6, 150);
});

test('a slot of the root that becomes whole again gives its pages back', () => {
  const regions = new RegionTable(4, OUTSIDE, new AtomSets(), 0);
  const sections: Uint8Array[] = Array.from({ length: D.SECTION_COUNT }, () => new Uint8Array(64));
  sections[D.SECTION_TRIE4] = buildTrie4(regions, OUTSIDE, 2);
  const editor = new TablesEditor(sections, new Map());
  const trie = new Trie4Editor(editor, regions, 2);
  for (let index = 0; index < 50; index++) {
    const { words } = address(`10.${index}.1.1`);
    regions.entries[regions.insert(words, 32)] = index;
    expect(trie.repaint(words[0], 32)).toBe(true);
    regions.remove(regions.find(words, 32));
    expect(trie.repaint((words[0] & 0xffff0000) >>> 0, 16)).toBe(true);
  }
});
