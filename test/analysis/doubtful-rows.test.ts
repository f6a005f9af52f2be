import { describe, expect, test } from 'vitest';
import { type DoubtSubject, doubtsOf, isDoubtfulRow } from '../../src/analysis/replay/doubtful-rows.ts';
import { NO_OUTCOME } from '../../src/tables/verdict-layout.ts';

const at = { file: 'broken.yaml', line: 1, column: 1 };
const gone = (kind: string, namespace = '') =>
  doubtsOf({ vanished: [{ kind, namespace, name: 'broken', at }] });
const side = (ownerNamespace: string): DoubtSubject['source'] => ({
  address: '10.0.0.1',
  name: '',
  ownerNamespace,
  side: { kind: 'address', address: { family: 4, words: [0, 0, 0, 0] } },
});

/** From a pod of shop to one of bank, both of which were asked. */
const row: DoubtSubject = {
  verdict: 'allow',
  reason: 'policy',
  hook: 'ingress',
  egress: 3,
  ingress: 4,
  source: side('shop'),
  destination: side('bank'),
};
const unpoliced: DoubtSubject = {
  ...row,
  reason: 'no-endpoint',
  hook: 'none',
  egress: NO_OUTCOME,
  ingress: NO_OUTCOME,
};

describe('a row is doubtful', () => {
  test.each([
    ['when a policy of a namespace on the way is gone', gone('NetworkPolicy', 'shop'), row, true],
    ['and not when it is of another one', gone('NetworkPolicy', 'other'), row, false],
    [
      'nor when the packet was refused before it came there',
      gone('NetworkPolicy', 'bank'),
      { ...row, verdict: 'deny', hook: 'egress', ingress: NO_OUTCOME },
      false,
    ],
    [
      'but when it is open what the side would say',
      gone('NetworkPolicy', 'bank'),
      { ...row, verdict: 'undetermined', reason: 'backends-differ', hook: 'none', ingress: NO_OUTCOME },
      true,
    ],
    ['when a global policy is gone, wherever policy was asked', gone('GlobalNetworkPolicy'), row, true],
    ['and not where none was', gone('GlobalNetworkPolicy'), unpoliced, false],
    ['when a set is gone that any rule may name', gone('NetworkSet', 'other'), row, true],
    ['when a tier is gone', gone('Tier'), row, true],
    ['when a host endpoint is gone, even where nobody was asked', gone('HostEndpoint'), unpoliced, true],
    ['never when only a staged policy is gone', gone('StagedNetworkPolicy', 'shop'), row, false],
    ['never when a pod calls itself', gone('HostEndpoint'), { ...unpoliced, reason: 'self' }, false],
    [
      'when untracked policy let it pass: it was asked',
      gone('GlobalNetworkPolicy'),
      { ...row, reason: 'untracked', hook: 'untracked-ingress' },
      true,
    ],
    ['never when there is nothing to judge', gone('Tier'), { ...row, verdict: 'skip' }, false],
    ['never when nothing is gone', doubtsOf({ vanished: [] }), row, false],
  ] as const)('%s', (_, doubts, subject, expected) => {
    expect(isDoubtfulRow(doubts, subject)).toBe(expected);
  });
});
