import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { tooDeepAt } from '../../src/manifest/text/nesting.ts';
import type { Place } from '../../src/manifest/text/place.ts';
import { readYaml } from '../../src/manifest/text/yaml-document.ts';
import { readPlainYaml } from '../../src/manifest/text/yaml-plain.ts';
import { chosenSeed, random } from '../random/mulberry.ts';

const seed = chosenSeed();

const samples = resolve(import.meta.dirname, '../../../shared/samples/policies');

/** The one value of a text through the complete reader; undefined when there is a problem. */
function complete(text: string): { value: unknown; place?: Place } | undefined {
  const documents = readYaml(text);
  if (documents.length === 0) return { value: null };
  const [first] = documents;
  return documents.length === 1 && 'value' in first! ? first : undefined;
}

describe('what scalars mean to kubectl', () => {
  test.each([
    ['yes', true],
    ['Off', false],
    ['y', true],
    ['NO', false],
    ['null', null],
    ['~', null],
    ['', null],
    ['012', 10],
    ['0o14', 12],
    ['0x1F', 31],
    ['0b101', 5],
    ['08', 8],
    ['1_000', 1000],
    ['-7', -7],
    ['1e3', 1000],
    ['.5', 0.5],
    ['1.10', 1.1],
    ['2025-01-01', '2025-01-01'],
    ['10.0.0.1', '10.0.0.1'],
    ['1.2.3', '1.2.3'],
    ['80/TCP', '80/TCP'],
    ['-', undefined],
    ['"yes"', 'yes'],
    ["'010'", '010'],
    ['nO', 'nO'],
    ['0x', '0x'],
    ['+', '+'],
    ['.', '.'],
  ])('%s', (text, value) => {
    const document = `a: ${text}\n`;
    expect(complete(document)).toEqual(
      value === undefined ? undefined : expect.objectContaining({ value: { a: value } }),
    );
    const plain = readPlainYaml(document, 'values');
    if (plain !== undefined) expect(plain.value).toEqual({ a: value });
    else expect(value).toBeUndefined();
  });
});

describe('nesting', () => {
  test.each([
    ['brackets', `a: ${'['.repeat(300)}`, 202],
    ['columns', Array.from({ length: 300 }, (_, level) => `${' '.repeat(level)}a:\n`).join(''), 20700],
    ['dashes', '- '.repeat(300), 0],
  ])('too many %s are met before the stack ends', (_, text, at) => {
    expect(tooDeepAt(text)).toBe(at);
    expect(readYaml(text)).toMatchObject([{ problem: { code: 'manifest/too-deep' } }]);
  });

  test('long lists are not deep', () => {
    expect(tooDeepAt('- a: {b: [1]}\n  c:\n  - d\n'.repeat(1000))).toBe(-1);
  });
});

describe('the fast reader', () => {
  test.each([
    [
      'everyday',
      'a: 1 # c\nb:\n  c: [x, "y", {z: 1}]\n  d:\n  - e: f\n    g: h\n  - i\nj: |\n  k\n   l\n\nm: "\\u00e9\\n"\n',
    ],
    ['a list at the root', '- a: 1\n-\n  b: 2\n- - c\n  - d\n- {e: f}\n'],
    ['folded scalars', "a: b\n  c\n\n  d\ne: 'f\n  g'\n"],
    ['keys in quotes', '"a b": 1\n\'c\': 2\nhttp://x: y:z\n'],
    ['literal endings', 'a: |-\n  x\n\nb: |+\n  y\n\nc: |\n  z\n'],
    ['nothing', '# x\n\n'],
    ['a marker', '--- # x\na: 1\n'],
  ])('takes %s', (_, text) => {
    const plain = readPlainYaml(text, 'values');
    expect(plain).toBeDefined();
    expect(plain!.value).toEqual(complete(text)!.value);
  });

  test.each([
    ['anchors', 'a: &x 1\nb: *x\n'],
    ['tags', 'a: !x 1\n'],
    ['merges', 'a: {b: 1}\n<<: {c: 1}\n'],
    ['folded blocks', 'a: >\n  b\n'],
    ['repeated keys', 'a: 1\na: 2\n'],
    ['tabs', 'a:\n\tb: 1\n'],
    ['several documents', 'a: 1\n...\nb: 1\n'],
    ['a colon too many', 'a: b: c\n'],
    ['bad columns', 'a:\n    b: 1\n  c: 2\n'],
    ['prototypes', '__proto__: {a: 1}\n'],
    ['content behind a marker', '--- a: 1\n'],
    ['deep nesting', `${'- '.repeat(100)}a\n`],
  ])('leaves %s to the complete one', (_, text) => {
    expect(readPlainYaml(text, 'values')).toBeUndefined();
  });

  test('quoted text that goes on too far left is taken as libyaml takes it', () => {
    expect(readPlainYaml("a:\n  b: '{\n    c\n  }'\n", 'values')!.value).toEqual({ a: { b: '{ c }' } });
    expect(readPlainYaml("a: 'b\nc'\n", 'values')).toBeUndefined();
  });
});

/** Every place of one tree stands in the other; values without text of their own have no fixed place. */
function comparePlaces(fast: Place, slow: Place, path: string): void {
  for (const [key, expected] of slow.children ?? []) {
    const actual = fast.children?.get(key);
    expect(actual, `${path}.${key}`).toBeDefined();
    expect(actual!.keyStart, `${path}.${key}`).toBe(expected.keyStart);
    if (typeof key === 'string') expect(actual!.keyEnd, `${path}.${key}`).toBe(expected.keyEnd);
    if (expected.end > expected.start) expect(actual!.start, `${path}.${key}`).toBe(expected.start);
    comparePlaces(actual!, expected, `${path}.${key}`);
  }
}

function sampleDocuments(): string[] {
  return readdirSync(samples, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.ya?ml$/.test(path))
    .flatMap((path) =>
      readFileSync(join(samples, path), 'utf8')
        .replaceAll('\r\n', '\n')
        .split(/^(?=---)/m),
    )
    .filter((text) => text.length < 20_000);
}

/** What libyaml and the fast reader take, and the complete reader does not. */
const LAXER = /flow (?:sequence|map)|quote is not closed|tab indents/;

describe.skipIf(!existsSync(samples))('both readers read alike', () => {
  const documents = existsSync(samples) ? sampleDocuments() : [];

  test('manifests that people wrote, values and places', () => {
    let taken = 0;
    for (const text of documents) {
      const plain = readPlainYaml(text, 'places');
      if (plain === undefined) continue;
      const slow = complete(text);
      if (slow === undefined) {
        expect(JSON.stringify(readYaml(text))).toMatch(LAXER);
        continue;
      }
      taken++;
      // Told apart by the quicker comparison: expect is slow on large values.
      if (!isDeepStrictEqual(plain.value, slow.value)) expect(plain.value).toEqual(slow.value);
      if (plain.place !== undefined) comparePlaces(plain.place, slow.place!, '');
    }
    expect(taken / documents.length).toBeGreaterThan(0.95);
  });

  test(`the same with a few characters changed (SEED=${seed})`, () => {
    const draw = random(seed);
    const characters = '\t \n:-#\'"{}[],|>a1&*!?%~.\\';
    const short = documents.filter((text) => text.length < 1200);
    let taken = 0;
    for (let round = 0; round < 4000; round++) {
      let text = draw.pick(short);
      const changes = 2 + draw.below(2);
      for (let change = 0; change < changes; change++) {
        const at = draw.below(text.length);
        const added = draw.chance(0.4) ? '' : characters[draw.below(characters.length)]!;
        text = text.slice(0, at) + added + text.slice(added === '' ? at + 1 : at);
      }
      const plain = readPlainYaml(text, 'values');
      if (plain === undefined) continue;
      taken++;
      const slow = complete(text);
      const isLaxer = slow === undefined && LAXER.test(JSON.stringify(readYaml(text)));
      if (!isLaxer && !isDeepStrictEqual(slow?.value, plain.value))
        expect(plain.value, text).toEqual(slow?.value);
    }
    expect(taken).toBeGreaterThan(500);
  });
});
