/** Several clusters that have files in common: each as if it were read alone, and every mistake told once. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loadCluster, loadClusters } from '../../src/manifest/load.ts';

const folder = mkdtempSync(join(tmpdir(), 'dryplane-clusters-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const namespace = (name: string): string => `apiVersion: v1\nkind: Namespace\nmetadata: { name: ${name} }\n`;
const policy = (spec: string): string =>
  `apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: { name: p, namespace: shop }\nspec: ${spec}\n`;

const shared = file(
  'shared.yaml',
  `${namespace('shop')}---\n${policy('{ podSelector: { matchLabels: { a: b } } }')}`,
);
const early = file('early.yaml', namespace('early'));
const late = file('late.yaml', namespace('late'));

test('are what each is alone', () => {
  const lists = [
    [shared, early],
    [late, shared],
  ];
  const { value, diagnostics } = loadClusters(lists);
  expect(diagnostics).toEqual([]);
  expect(value).toEqual(lists.map((paths) => loadCluster(paths).value));
});

test('tell what is wrong with a common file once, and of each what is its own', () => {
  const wrong = file('wrong.yaml', policy('{ podSelektor: {} }').replace('name: p', 'name: q'));
  const twice = file('twice.yaml', policy('{ podSelector: {} }'));
  const { diagnostics } = loadClusters([
    [shared, wrong],
    [shared, wrong, twice],
    [shared, wrong],
  ]);
  const alone = loadCluster([shared, wrong, twice]).diagnostics;
  expect(diagnostics.map(({ code, message }) => [code, message]).sort()).toEqual(
    alone.map(({ code, message }) => [code, message]).sort(),
  );
  expect(alone).toHaveLength(2);
});
