import { expect, test } from 'vitest';
import { inNamespace, namespaceSelector, podSelector } from '../../src/policy/label-selector.ts';
import { selectorWords } from '../../src/policy/selector-words.ts';
import type { Selector } from '../../src/selector/selector.ts';

const labels = (matchLabels: Record<string, string>) => ({ matchLabels, matchExpressions: [] });
const both = (...operands: Selector[]): Selector => ({ kind: 'and', operands });

test('a translated selector is said in the words that its author wrote', () => {
  const own = inNamespace('shop');
  expect(selectorWords(both(own, podSelector(labels({ app: 'web' }))))).toBe(
    'pods with app == "web" in namespace shop',
  );
  expect(selectorWords(both(own, podSelector(labels({}))))).toBe('any pod in namespace shop');
  expect(selectorWords(both(namespaceSelector(labels({})), podSelector(undefined)))).toBe(
    'any pod in any namespace',
  );
  expect(
    selectorWords(both(namespaceSelector(labels({ team: 'red' })), podSelector(labels({ a: '1', b: '2' })))),
  ).toBe('pods with a == "1" && b == "2" in namespaces with team == "red"');
  expect(
    selectorWords(
      both(namespaceSelector(labels({ 'kubernetes.io/metadata.name': 'y' })), podSelector(undefined)),
    ),
  ).toBe('any pod in namespace y');
});
