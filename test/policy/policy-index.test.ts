import { describe, expect, test } from 'vitest';
import { labelsAsked, SelectorIndex } from '../../src/policy/resolve/policy-index.ts';
import { selectorMatches } from '../../src/selector/match.ts';
import { fc } from '../random/fast-check.ts';
import { selector } from './calico-parts.ts';

const TEXTS = [
  'all()',
  'global()',
  'a == "x"',
  'a == ""',
  'a == "x y"',
  'a != "x"',
  'a == "x" && a == "y"',
  'has(a)',
  '!has(projectcalico.org/namespace)',
  'has(projectcalico.org/namespace)',
  'projectcalico.org/namespace == "ns1"',
  'projectcalico.org/namespace == ""',
  'projectcalico.org/namespace == "ns1 a"',
  'a == "x" && projectcalico.org/namespace == "ns1"',
  '(a == "x" && b == "y") && projectcalico.org/namespace == "ns1"',
  'a == "x" || projectcalico.org/namespace == "ns1"',
  '!(a == "x" && projectcalico.org/namespace == "ns1")',
  'a in {"x", "y"} && projectcalico.org/namespace == "ns1"',
  'a contains "x" && b starts with "y"',
  'projectcalico.org/orchestrator == "k8s" && a not in {"x"}',
  'pcns.env != "prod"',
  'pcsa.role ends with "t" && projectcalico.org/serviceaccount in {"api"}',
];
const SELECTORS = TEXTS.map(selector);

const labels = fc.record(
  {
    a: fc.constantFrom('', 'x', 'y', 'x y'),
    b: fc.constantFrom('y', 'z'),
    'pcns.env': fc.constantFrom('prod', 'dev'),
    'projectcalico.org/namespace': fc.constantFrom('', 'ns1', 'ns2', 'ns1 a'),
    'projectcalico.org/orchestrator': fc.constant('k8s'),
    'projectcalico.org/serviceaccount': fc.constantFrom('api', 'web'),
  },
  { requiredKeys: [], noNullPrototype: true },
);

describe('an index of selectors', () => {
  const index = new SelectorIndex();
  for (const [position, one] of SELECTORS.entries()) index.add(one, position);

  test('names every selector that matches, each once, in order', () => {
    fc.assert(
      fc.property(labels, (endpoint) => {
        const candidates = index.candidates(endpoint);
        expect(candidates).toEqual([...new Set(candidates)].sort((a, b) => a - b));
        for (const [position, wanted] of SELECTORS.entries())
          if (selectorMatches(wanted, endpoint)) expect(candidates).toContain(position);
      }),
      { numRuns: 1000 },
    );
  });

  test('leaves out what demands another namespace or label', () => {
    const candidates = index.candidates({ a: 'y', 'projectcalico.org/namespace': 'ns2' });
    expect(candidates).not.toContain(TEXTS.indexOf('a == "x"'));
    expect(candidates).not.toContain(TEXTS.indexOf('projectcalico.org/namespace == "ns1"'));
    expect(candidates).toContain(TEXTS.indexOf('a != "x"'));
  });
});

test('the labels that selectors ask about, wherever they stand', () => {
  const asked = labelsAsked([selector('!(a == "x" || has(b)) && c in {}'), selector('all() || global()')]);
  expect([...asked].sort()).toEqual(['a', 'b', 'c']);
});
