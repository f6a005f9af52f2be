/** Who decided by the word of Calico: strings in both spellings, hits of Whisker. */
import { describe, expect, test } from 'vitest';
import { deciderOfHits, deciderOfStrings } from '../../src/trace/flow-log/calico-decider.ts';
import {
  deciderOfText,
  deciderText,
  deciderWords,
  type ObservedDecider,
  writtenDecider,
} from '../../src/trace/flow-log/observed-decider.ts';

const short = ({ tier, kind, namespace, policy, rule }: ObservedDecider): string =>
  `${tier}|${kind}|${namespace}/${policy}|${rule}`;
const ofStrings = (...list: readonly string[]): string => short(deciderOfStrings(list));

test('a rule below the end of the tier is none', () => {
  expect(ofStrings('0|default|np:shop/web|allow|-3')).toMatch(/\|null$/);
  expect(writtenDecider('["default","NetworkPolicy","shop","web",-1]')?.rule).toBe(-1);
  expect(writtenDecider('["default","NetworkPolicy","shop","web",-3]')).toBeUndefined();
});

describe('strings', () => {
  test.each([
    // As newer releases write them.
    ['0|default|np:shop/web|allow|2', 'default|NetworkPolicy|shop/web|2'],
    ['0|default|np:shop/default.web|allow|2', 'default|NetworkPolicy|shop/web|2'],
    ['0|security|gnp:security.block|deny|0', 'security|GlobalNetworkPolicy|/security.block|0'],
    ['0|default|knp:shop/db|deny|-1', 'default|KubernetesNetworkPolicy|shop/db|-1'],
    ['0|kube-admin|kcnp:guard|allow|0', 'kube-admin|KubernetesClusterNetworkPolicy|/guard|0'],
    ['1|__PROFILE__|pro:kns.shop|allow|0', '|Profile|/kns.shop|0'],
    ['1|__PROFILE__|pro:__NO_MATCH__|deny|0', '|Profile|/|0'],
    // As older ones do.
    ['0|default|shop/default.web|allow|2', 'default|NetworkPolicy|shop/web|2'],
    ['0|security|security.block|deny|-1', 'security|GlobalNetworkPolicy|/security.block|-1'],
    ['0|default|shop/knp.default.db|deny|-1', 'default|KubernetesNetworkPolicy|shop/db|-1'],
    ['0|__PROFILE__|__PROFILE__.kns.shop|allow|0', '|Profile|/kns.shop|0'],
    ['0|default|default.web|allow', 'default|GlobalNetworkPolicy|/web|null'],
    // A rule that is not known, one that is hidden from the reader, and what is no string of a policy.
    ['0|default|np:shop/web|allow|-2', 'default|NetworkPolicy|shop/web|null'],
    ['0|default|np:shop/web|allow|-', 'default|NetworkPolicy|shop/web|null'],
    ['0|*|*|deny|*', '||/|null'],
    ['default|np:shop/web', '||/|null'],
    ['', '||/|null'],
  ])('%s', (text, expected) => {
    expect(ofStrings(text)).toBe(expected);
  });

  test('the last that is not staged decides, whatever the order of the list', () => {
    expect(ofStrings('2|default|knp:shop/db|allow|0', '0|security|gnp:security.pass|pass|1')).toBe(
      'default|KubernetesNetworkPolicy|shop/db|0',
    );
    expect(ofStrings('0|default|shop/default.web|deny|0', '1|default|shop/default.staged:try|allow|0')).toBe(
      'default|NetworkPolicy|shop/web|0',
    );
    expect(ofStrings('0|default|np:shop/web|deny|0', '1|default|snp:shop/try|allow|0')).toBe(
      'default|NetworkPolicy|shop/web|0',
    );
    expect(ofStrings('0|default|shop/staged:knp.default.try|deny|0')).toBe('||/|null');
    expect(ofStrings('0|security|gnp:security.pass|pass|1')).toBe('||/|null');
    expect(short(deciderOfStrings(null))).toBe('||/|null');
  });
});

describe('hits', () => {
  const hit = (more: object): object => ({
    kind: 'CalicoNetworkPolicy',
    name: 'web',
    namespace: 'shop',
    tier: 'default',
    action: 'Allow',
    policy_index: 0,
    rule_index: 3,
    trigger: null,
    ...more,
  });
  const ofHits = (...list: readonly object[]): string => short(deciderOfHits(list));

  test('name kinds in their own way; a tier that ends names who is blamed', () => {
    expect(ofHits(hit({}))).toBe('default|NetworkPolicy|shop/web|3');
    expect(ofHits(hit({ kind: 'NetworkPolicy' }))).toBe('default|KubernetesNetworkPolicy|shop/web|3');
    expect(ofHits(hit({ kind: 'GlobalNetworkPolicy', namespace: '-' }))).toBe(
      'default|GlobalNetworkPolicy|/web|3',
    );
    expect(ofHits(hit({ kind: 'Profile', name: 'kns.shop', namespace: '', tier: '' }))).toBe(
      '|Profile|/kns.shop|3',
    );
    const trigger = hit({ kind: 'NetworkPolicy', name: 'db', action: 'ActionUnspecified', rule_index: 0 });
    expect(
      ofHits(hit({ kind: 'EndOfTier', name: '', namespace: '', action: 'Deny', rule_index: -1, trigger })),
    ).toBe('default|KubernetesNetworkPolicy|shop/db|-1');
    expect(ofHits(hit({ kind: 'EndOfTier', name: '', namespace: '', action: 'Deny', rule_index: -1 }))).toBe(
      'default||/|-1',
    );
  });

  test('stand by their index; numbers stand for names where protobuf wrote them, and 0 is left out', () => {
    expect(
      ofHits(
        hit({ kind: 'StagedNetworkPolicy', policy_index: 2 }),
        hit({ name: 'second', policy_index: 1 }),
        hit({ name: 'first', action: 'Pass', policy_index: 0 }),
      ),
    ).toBe('default|NetworkPolicy|shop/second|3');
    expect(ofHits({ kind: 6, name: 'db', namespace: 'shop', tier: 'default', action: 1 })).toBe(
      'default|KubernetesNetworkPolicy|shop/db|0',
    );
    expect(ofHits(hit({ action: 'Pass' }))).toBe('||/|null');
  });
});

test.each([
  ['0|default|np:shop/web|allow|2', 'NetworkPolicy shop/web, tier default, rule 2'],
  ['0|security|gnp:security.block|deny|-1', 'end of tier security, GlobalNetworkPolicy security.block'],
  ['0|default|knp:shop/db|deny|-', 'NetworkPolicy shop/db, tier default'],
  ['0|__PROFILE__|pro:kns.shop|allow|0', 'profile kns.shop'],
  ['0|__PROFILE__|pro:__NO_MATCH__|deny|0', 'no profile'],
  ['0|*|*|deny|*', ''],
])('%s in words', (text, words) => {
  expect(deciderWords(deciderOfStrings([text]))).toBe(words);
});

test('a decider comes back out of its text; nobody has none; names have an end', () => {
  const decider = { tier: 'a|b', kind: '"', namespace: 'ä', policy: '\n', rule: null };
  expect(deciderOfText(deciderText(decider))).toEqual(decider);
  const others = [{ kind: 'NetworkPolicy', namespace: 'shop', policy: 'b' }];
  expect(deciderOfText(deciderText({ ...decider, others }))).toEqual({ ...decider, others });
  expect(deciderText({ tier: '', kind: '', namespace: '', policy: '', rule: null })).toBe('');
  expect(deciderText({ ...decider, policy: 'x'.repeat(10_000) }).length).toBeLessThan(300);
});
