/** Random selectors: a pod that is wished for is taken, and where none is found none of many others is taken either. */
import { expect, test } from 'vitest';
import {
  NAMESPACE_LABEL,
  ORCHESTRATOR_LABEL,
  SERVICE_ACCOUNT_LABEL,
} from '../../src/policy/translate/label-selector.ts';
import { type PodWish, podWishes } from '../../src/policy/translate/pod-wish.ts';
import { selectorMatches } from '../../src/selector/match.ts';
import { parseSelector } from '../../src/selector/parse.ts';
import { printSelector } from '../../src/selector/print.ts';
import type { Selector } from '../../src/selector/selector.ts';
import { drawn } from '../random/depth.ts';
import { chosenSeed, type Random, random } from '../random/mulberry.ts';

const KEYS = [
  'app',
  'tier',
  'pcns.team',
  NAMESPACE_LABEL,
  'pcns.projectcalico.org/name',
  'pcsa.role',
  SERVICE_ACCOUNT_LABEL,
];
const VALUES = ['web', 'db', 'any'];

function drawSelector(draw: Random, depth: number): Selector {
  if (depth > 0 && draw.chance(0.5)) {
    const operands = [drawSelector(draw, depth - 1), drawSelector(draw, depth - 1)];
    if (draw.chance(0.3)) return { kind: 'not', operand: operands[0]! };
    return { kind: draw.pick(['and', 'and', 'or'] as const), operands };
  }
  const [label, value] = [draw.pick(KEYS), draw.pick(VALUES)];
  if (draw.chance(0.2)) return { kind: 'has', label };
  if (draw.chance(0.3))
    return { kind: draw.pick(['in', 'not-in'] as const), label, values: draw.some(VALUES) };
  return { kind: draw.pick(['equals', 'not-equals', 'starts-with'] as const), label, value };
}

function effective({ namespace, serviceAccount, ...wish }: PodWish): Record<string, string> {
  const [space, account] = [namespace ?? 'brand-new', serviceAccount ?? 'brand-new'];
  const prefixed = (prefix: string, labels: object): [string, string][] =>
    Object.entries(labels).map(([key, value]) => [prefix + key, value as string]);
  return {
    ...wish.labels,
    ...Object.fromEntries(prefixed('pcns.', wish.namespaceLabels)),
    ...Object.fromEntries(prefixed('pcsa.', wish.accountLabels)),
    'pcns.projectcalico.org/name': space,
    'pcns.kubernetes.io/metadata.name': space,
    'pcsa.projectcalico.org/name': account,
    [NAMESPACE_LABEL]: space,
    [SERVICE_ACCOUNT_LABEL]: account,
    [ORCHESTRATOR_LABEL]: 'k8s',
  };
}

test('a pod that is wished for is taken', () => {
  const seed = chosenSeed();
  const draw = random(seed);
  let none = 0;
  for (let count = 0; count < drawn(500, 20_000); count++) {
    const selector = drawSelector(draw, 3);
    const wishes = [...podWishes(selector)];
    const text = `SEED=${seed}: ${printSelector(selector)}`;
    // `any` and `brand-new` stand for values that nobody names: a wish that leaves them open must bear them.
    for (const wish of wishes) expect(selectorMatches(selector, effective(wish)), text).toBe(true);
    if (wishes.length > 0 || text.includes('starts with')) continue;
    none++;
    for (let other = 0; other < 20; other++) {
      const some = (): Record<string, string> =>
        Object.fromEntries(draw.some(['app', 'tier', 'team', 'role']).map((key) => [key, draw.pick(VALUES)]));
      const pod = {
        namespace: draw.pick(VALUES),
        serviceAccount: draw.pick(VALUES),
        labels: some(),
        namespaceLabels: some(),
        accountLabels: some(),
      };
      expect(selectorMatches(selector, effective(pod)), text).toBe(false);
    }
  }
  console.log(`pod wishes: SEED=${seed}, ${none} selectors take no pod`);
});

test('a name that is left open is not the one that a test of a part happens to hold in', () => {
  const parsed = parseSelector(
    "projectcalico.org/namespace starts with 'any' || !(pcns.team starts with 'any' || projectcalico.org/namespace in {'any', 'db'})",
  );
  if (!('selector' in parsed)) throw new Error(parsed.problem);
  for (const wish of podWishes(parsed.selector))
    expect(selectorMatches(parsed.selector, effective(wish))).toBe(true);
});

test('without a label comes before another value', () => {
  const parsed = parseSelector("app not in {'x', 'any'} && has(tier)");
  if (!('selector' in parsed)) throw new Error(parsed.problem);
  expect([...podWishes(parsed.selector)].map(({ labels }) => labels)).toEqual([
    { tier: 'any' },
    { tier: 'any', app: 'any-other' },
  ]);
});
