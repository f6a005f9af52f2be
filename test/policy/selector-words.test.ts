import { expect, test } from 'vitest';
import { conjunction, inNamespace, namespaceSelector, podSelector } from '../../src/policy/label-selector.ts';
import { selectorWords } from '../../src/policy/selector-words.ts';

const labels = (matchLabels: Record<string, string>) => ({ matchLabels, matchExpressions: [] });
const requirement = (
  key: string,
  operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist',
  values: string[] = [],
) => ({
  matchLabels: {},
  matchExpressions: [{ key, operator, values }],
});

test.each([
  [
    conjunction([inNamespace('shop'), podSelector(labels({ app: 'web' }))]),
    'pods with app == "web" in namespace shop',
  ],
  [conjunction([inNamespace('shop'), podSelector(labels({}))]), 'any pod in namespace shop'],
  [
    conjunction([
      namespaceSelector(labels({ 'kubernetes.io/metadata.name': 'monitoring' })),
      podSelector(labels({ app: 'prometheus', tier: 'x' })),
    ]),
    'pods with app == "prometheus" && tier == "x" in namespace monitoring',
  ],
  [
    conjunction([namespaceSelector(labels({ team: 'shop' })), podSelector(undefined)]),
    'any pod in namespaces with team == "shop"',
  ],
  [conjunction([namespaceSelector(labels({})), podSelector(undefined)]), 'any pod in any namespace'],
  [
    conjunction([
      namespaceSelector(requirement('team', 'DoesNotExist')),
      podSelector(requirement('app', 'NotIn', ['a'])),
    ]),
    'pods with app not in {"a"} in namespaces with !has(team)',
  ],
])('%j is said in the author’s words', (selector, words) => {
  expect(selectorWords(selector)).toBe(words);
});
