/** Prefixes of log rules, as Calico's releases write them, and what is none. */
import { describe, expect, test } from 'vitest';
import { deciderOfHashed } from '../../src/analysis/replay/hashed-prefix.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { readLogPrefix } from '../../src/trace/nflog-prefix.ts';

const WORDS = ['', 'allow', 'deny', '', '', 'allow@source', 'deny@source'];

function short(prefix: string): string {
  const { observed, decider } = readLogPrefix(prefix);
  const { tier, kind, namespace, policy, rule } = decider;
  return `${WORDS[observed]} ${tier}|${kind}|${namespace}/${policy}|${rule}`;
}

test.each([
  // A rule of a policy: newer identifiers, then names as they are stored.
  ['API0|np/shop/default.web', 'allow |NetworkPolicy|shop/default.web|0'],
  ['DPE12|gnp/security.block', 'deny@source |GlobalNetworkPolicy|/security.block|12'],
  ['API1|knp/shop/db', 'allow |KubernetesNetworkPolicy|shop/db|1'],
  ['API0|shop/default.web', 'allow default|NetworkPolicy|shop/web|0'],
  ['APE3|security.block', 'allow@source security|GlobalNetworkPolicy|/security.block|3'],
  ['API0|shop/knp.default.db', 'allow default|KubernetesNetworkPolicy|shop/db|0'],
  // The end of a tier, and of a policy in the style of other makers.
  ['DPI|default', 'deny default||/|-1'],
  ['DPE|shop/web', 'deny@source |NetworkPolicy|shop/web|-1'],
  // Profiles, and none of them.
  ['ARI0|kns.shop', 'allow |Profile|/kns.shop|0'],
  ['DRE', 'deny@source |Profile|/|-1'],
  // Nothing final: pass, the end of a tier that passes, staged policies in either spelling.
  ['PPI0|np/shop/web', ' ||/|null'],
  ['NPE1|security.web', ' ||/|null'],
  ['PPI|security', ' ||/|null'],
  ['DPI0|snp/shop/web', ' ||/|null'],
  ['DPI|sknp/shop/web', ' ||/|null'],
  ['API0|shop/default.staged:web', ' ||/|null'],
  ['DPE|security.staged:web', ' ||/|null'],
  // No prefix of Calico.
  ['', ' ||/|null'],
  ['calico-packet: ', ' ||/|null'],
  ['API', ' ||/|null'],
  ['DPI0|', ' ||/|null'],
  ['XPI0|np/shop/web', ' ||/|null'],
  ['DPI0123456|web', ' ||/|null'],
])('%s', (prefix, expected) => {
  expect(short(prefix)).toBe(expected);
});

describe('a prefix that is cut', () => {
  const policy = (more: Partial<Policy>): Policy =>
    ({
      tier: 'default',
      kind: 'GlobalNetworkPolicy',
      calicoKind: 'GlobalNetworkPolicy',
      namespace: '',
      ...more,
    }) as Policy;
  // Values of Felix's own tests.
  const NEWER = 'DPE1|gnp/t_FSGxA9eGa6t_A5Rj2agPvl4aq8-eohq0An6xEW4n7_olicy-name';
  const OLDER = 'DPE1|quite_nnW4FYptgISH4G3jdI6KJWVcEx19s0BDp2On0wVAY_olicy-name';
  const TIER = 'DPI|tier-0_phEfG4Vhbq2xh4TQsePNa2X9YRj5peCVw1FgaNSbd_4567890123';
  const tier = 'this-is-still-quite-a-long-tier-name-even-though-its-not-required';
  const policies = [
    policy({ name: 'other' }),
    policy({ tier, name: `${tier}.quite-a-long-policy-name` }),
    policy({
      tier: 'quite-a-long-tier-name',
      kind: 'NetworkPolicy',
      calicoKind: 'NetworkPolicy',
      namespace: 'quite-a-long-namespace',
      name: 'quite-a-long-tier-name.quite-a-long-policy-name',
    }),
    policy({ tier: 'tier-012345678901234567890123456789012345678901234567890123', name: 'x' }),
  ];

  test('is known by its hash', () => {
    expect(short(NEWER)).toBe(`deny@source |hashed|/${NEWER}|1`);
    expect(deciderOfHashed(NEWER, policies)).toMatchObject({ policy: policies[1]!.name, tier, rule: 1 });
    expect(deciderOfHashed(OLDER, policies)).toMatchObject({
      kind: 'NetworkPolicy',
      namespace: 'quite-a-long-namespace',
      policy: policies[2]!.name,
      rule: 1,
    });
    expect(short(TIER)).toBe(`deny |hashed|/${TIER}|-1`);
    expect(deciderOfHashed(TIER, policies)).toMatchObject({ tier: policies[3]!.tier, policy: '', rule: -1 });
  });

  test('of a policy that is not there stays what it is', () => {
    expect(deciderOfHashed(NEWER, policies.slice(0, 1))).toBeUndefined();
    expect(deciderOfHashed('no prefix', policies)).toBeUndefined();
  });
});
