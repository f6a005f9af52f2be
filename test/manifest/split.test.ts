import { describe, expect, test } from 'vitest';
import type { Report } from '../../src/manifest/report.ts';
import { LineIndex, pieceText, splitFile } from '../../src/manifest/text/piece.ts';
import { codesOf, problemsOf } from './support.ts';

/** `line:column text` of each piece. */
function pieces(text: string, name = 'a.yaml'): string[] {
  const report: Report = { diagnostics: [], lenient: false };
  const found = [...splitFile({ name, bytes: Buffer.from(text) }, report)];
  expect(report.diagnostics).toEqual([]);
  return found.map((piece) => `${piece.line}:${piece.column} ${JSON.stringify(pieceText(piece))}`);
}

describe('YAML', () => {
  test('documents end at markers in the first column', () => {
    expect(pieces('a: 1\n---\n# only a comment\n---\nb: |\n  ---\n---  # c\nc: 1')).toEqual([
      '1:1 "a: 1\\n"',
      '4:1 "---\\nb: |\\n  ---\\n"',
      '7:1 "---  # c\\nc: 1"',
    ]);
  });

  test('a list of resources falls into its items, kind and version anywhere', () => {
    const text = 'apiVersion: v1\nitems:\n- a: 1\n  b:\n  - c\n# between\n- a: 2\nkind: List\nmetadata: {}\n';
    expect(pieces(text)).toEqual(['3:1 "- a: 1\\n  b:\\n  - c\\n# between\\n"', '7:1 "- a: 2\\n"']);
  });

  test('other objects with items stay whole', () => {
    expect(pieces('apiVersion: v1\nkind: ConfigMap\nitems:\n- a: 1\n- a: 2\n')).toHaveLength(1);
    expect(pieces('kind: List\nitems:\n  - a: 1\n  - a: 2\napiVersion: v1\n')).toHaveLength(1);
  });
});

describe('JSON', () => {
  const list = (items: string): string => `{"items": [${items}], "kind": "PodList", "apiVersion": "v1"}`;

  test('values follow each other, lists fall into items', () => {
    expect(pieces('{"a": "}\\"{"} {"b":\n[1]}\n[2]', 'a.json')).toEqual([
      '1:1 "{\\"a\\": \\"}\\\\\\"{\\"}"',
      '1:15 "{\\"b\\":\\n[1]}"',
      '3:1 "[2]"',
    ]);
    expect(pieces(list('{"a": [1, {}]},\n {"é": "😀"}, {"c": {}}'), 'a.json')).toEqual([
      '1:12 "{\\"a\\": [1, {}]}"',
      '2:2 "{\\"é\\": \\"😀\\"}"',
      '2:15 "{\\"c\\": {}}"',
    ]);
  });

  test('a comma too many keeps the list whole, for the reader to find it', () => {
    for (const items of ['{"a": 1},', '{"a": 1},, {"b": 1}'])
      expect(pieces(list(items), 'a.json')).toHaveLength(1);
  });

  test.each([', {"a": 1}', '{"a": 1},, {"b": 1}', '{"a": 1} {"b": 1}', '{"a": 1]', '{"a": 1'])(
    'a list with a mistake is told as one: %s',
    (items) => {
      expect(codesOf(list(items)).every((code) => code === 'json-syntax')).toBe(true);
      expect(codesOf(list(items)).length).toBeGreaterThan(0);
    },
  );

  test('a mistake in one item leaves the others, and stands at its line', () => {
    const item = (name: string): string =>
      `{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": ${name}}}`;
    const text = `{"apiVersion": "v1", "kind": "List", "items": [\n${['"a"', '"B"', '7'].map(item).join(',\n')}]}`;
    const problems = problemsOf(text);
    expect(problems.map(({ code, at }) => [code, at!.line, at!.column])).toEqual([
      ['manifest/bad-name', 3, 64],
      ['manifest/wrong-type', 4, 64],
    ]);
    expect(problems[1]!.sourceLine).toBe(`${item('7')}]}`);
  });
});

test('offsets become lines and columns behind the piece that came before', () => {
  const report: Report = { diagnostics: [], lenient: false };
  const bytes = Buffer.from('{"apiVersion":"v1","kind":"List","items":[{"é":1}, {"b":\n 2}]}');
  const [, second] = [...splitFile({ name: 'a.json', bytes }, report)];
  const text = pieceText(second!);
  const index = new LineIndex(second!, text);
  expect(index.location(text.indexOf('"b"'))).toEqual({ file: 'a.json', line: 1, column: 53 });
  expect(index.location(text.indexOf('2'))).toEqual({ file: 'a.json', line: 2, column: 2 });
  expect(index.sourceLine(1)).toBe('{"apiVersion":"v1","kind":"List","items":[{"é":1}, {"b":');
});
