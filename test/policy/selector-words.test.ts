import { describe, expect, test } from 'vitest';
import { entitySelector, policySelector } from '../../src/policy/translate/calico-selector.ts';
import { inNamespace, namespaceSelector, podSelector } from '../../src/policy/translate/label-selector.ts';
import { selectorWords } from '../../src/policy/translate/selector-words.ts';
import type { Selector } from '../../src/selector/selector.ts';
import { calicoPolicy, entity, selector } from './calico-parts.ts';

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
  const unnamed = namespaceSelector(labels({ 'kubernetes.io/metadata.name': '' }));
  expect(selectorWords(both(unnamed, podSelector(undefined)))).toBe('any pod in namespace ""');
});

describe('selectors of Calico are said in the words that their author wrote', () => {
  const inRule = (text: Parameters<typeof entity>[0], namespace = '') =>
    selectorWords(entitySelector(entity(text), namespace)!);

  test.each([
    [{ selector: 'a == "x"' }, 'ns1', 'endpoints with a == "x" in namespace ns1'],
    [{ selector: 'all()' }, 'ns1', 'any endpoint in namespace ns1'],
    [{ selector: 'a == "x"' }, '', 'endpoints with a == "x"'],
    [{ selector: 'all()' }, '', 'any endpoint'],
    [
      { selector: 'a == "x" || has(b) && c contains "pcns."' },
      '',
      'endpoints with (a == "x" || (has(b) && c contains "pcns."))',
    ],
    [{ selector: 'a == "x"', namespaceSelector: 'all()' }, 'ns1', 'endpoints with a == "x" in any namespace'],
    [{ namespaceSelector: 'all()' }, '', 'any endpoint in any namespace'],
    [
      { selector: 'a == "x"', namespaceSelector: 'global()' },
      '',
      'host endpoints and global network sets with a == "x"',
    ],
    [{ namespaceSelector: 'global()' }, '', 'any host endpoint or global network set'],
    [{ namespaceSelector: 'projectcalico.org/name in {"a", "b"}' }, '', 'any endpoint in namespace a or b'],
    [
      { namespaceSelector: 'env == "prod" && !(tier contains "pcns.")' },
      '',
      'any endpoint in namespaces with env == "prod" && !tier contains "pcns."',
    ],
    [
      { namespaceSelector: 'env == "prod" || has(x)' },
      '',
      'any endpoint in namespaces with (env == "prod" || has(x))',
    ],
    // A negative term is also true of what has no namespace.
    [{ namespaceSelector: 'env != "prod"' }, '', 'any endpoint in namespaces with env != "prod" or in none'],
    [{ namespaceSelector: '!has(env) && has(x)' }, '', 'any endpoint in namespaces with !has(env) && has(x)'],
    [
      { serviceAccounts: { names: ['api'] } },
      'ns1',
      'any pod running as service account api in namespace ns1',
    ],
    [
      { selector: 'a == "x"', serviceAccounts: { names: ['web', 'api'], selector: 'role == "front"' } },
      '',
      'pods with a == "x" running as service account api or web and service accounts with role == "front"',
    ],
    [
      { serviceAccounts: { selector: 'role != "front"' } },
      '',
      'any endpoint running as service accounts with role != "front" or running as none',
    ],
  ])('%o of a policy in "%s"', (text, namespace, words) => {
    expect(inRule(text, namespace)).toBe(words);
  });

  test('a negative selector stands for itself', () => {
    expect(selectorWords(selector('!(a == "x")'))).toBe('endpoints with !a == "x"');
    expect(selectorWords(selector('pcns.env != "prod" || a == "x"'))).toBe(
      'endpoints with (pcns.env != "prod" || a == "x")',
    );
    expect(selectorWords(selector('!all()'))).toBe('endpoints with !all()');
  });

  test("a global policy's service accounts", () => {
    const policy = calicoPolicy({ ownSelector: 'all()', ownServiceAccountSelector: 'all()' });
    expect(selectorWords(policySelector(policy))).toBe('any pod running as any service account');
  });
});
