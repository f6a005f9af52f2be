import { describe, expect, test } from 'vitest';
import { hitString, hitStrings } from '../../src/policy/flow-log-name.ts';

const tier = (name: string) => ({ tier: { name } });
const policy = (calicoKind: string, name: string, namespace = '') => ({
  policy: { calicoKind, name, namespace },
});
const rule = (calicoIndex: number) => ({ rule: { calicoIndex } });

describe('a hit is named as flow logs name it', () => {
  test.each([
    [
      '0|default|np:shop/web|allow|2',
      0,
      { ...tier('default'), ...policy('NetworkPolicy', 'web', 'shop'), ...rule(2), action: 'allow' },
    ],
    [
      '0|security|gnp:block|deny|0',
      0,
      { ...tier('security'), ...policy('GlobalNetworkPolicy', 'block'), ...rule(0), action: 'deny' },
    ],
    [
      '0|default|knp:shop/allow-db|allow|1',
      0,
      {
        ...tier('default'),
        ...policy('KubernetesNetworkPolicy', 'allow-db', 'shop'),
        ...rule(1),
        action: 'allow',
      },
    ],
    [
      '0|default|knp:shop/allow-db|deny|-1',
      0,
      { ...tier('default'), ...policy('KubernetesNetworkPolicy', 'allow-db', 'shop'), action: 'deny' },
    ],
    [
      '0|security|gnp:x|pass|-1',
      0,
      { ...tier('security'), ...policy('GlobalNetworkPolicy', 'x'), action: 'pass' },
    ],
    ['0|__PROFILE__|pro:kns.shop|allow|0', 0, { profile: { name: 'kns.shop' }, ...rule(0), action: 'allow' }],
    ['0|__PROFILE__|pro:__NO_MATCH__|deny|0', 0, { action: 'deny' }],
    [
      '1|default|snp:shop/new|deny|0',
      1,
      { ...tier('default'), ...policy('StagedNetworkPolicy', 'new', 'shop'), ...rule(0), action: 'deny' },
    ],
    [
      '3|t|sgnp:g|allow|0',
      3,
      { ...tier('t'), ...policy('StagedGlobalNetworkPolicy', 'g'), ...rule(0), action: 'allow' },
    ],
    [
      '0|default|sknp:ns/k|allow|0',
      0,
      {
        ...tier('default'),
        ...policy('StagedKubernetesNetworkPolicy', 'k', 'ns'),
        ...rule(0),
        action: 'allow',
      },
    ],
    [
      '0|adminnetworkpolicy|kanp:a|pass|4',
      0,
      {
        ...tier('adminnetworkpolicy'),
        ...policy('KubernetesAdminNetworkPolicy', 'a'),
        ...rule(4),
        action: 'pass',
      },
    ],
    [
      '0|baselineadminnetworkpolicy|kbanp:default|deny|0',
      0,
      {
        ...tier('baselineadminnetworkpolicy'),
        ...policy('KubernetesBaselineAdminNetworkPolicy', 'default'),
        ...rule(0),
        action: 'deny',
      },
    ],
  ] as const)('%s', (text, index, hit) => {
    expect(hitString(index, hit)).toBe(text);
  });
});

test('a path is numbered without its log rules', () => {
  const first = { ...tier('kube-admin'), ...policy('KubernetesClusterNetworkPolicy', 'a') };
  const last = { ...tier('default'), ...policy('KubernetesNetworkPolicy', 'b', 'shop') };
  const path = [
    { ...first, ...rule(0), action: 'pass' },
    { ...last, ...rule(0), action: 'log' },
    { ...last, ...rule(1), action: 'allow' },
  ] as const;
  expect(hitStrings(path)).toEqual(['0|kube-admin|kcnp:a|pass|0', '1|default|knp:shop/b|allow|1']);
});
