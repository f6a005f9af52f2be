import { describe, expect, test } from 'vitest';
import { explain, hookOf, KUBERNETES, object, SECURITY } from './explained.ts';

describe('tiers', () => {
  test('with order, end and place; one that nobody declares comes last and denies', () => {
    const lost = object(
      'GlobalNetworkPolicy',
      'lost',
      "{ tier: lost, selector: app == 'web', types: [Ingress] }",
    );
    const quiet = object(
      'GlobalNetworkPolicy',
      'quiet',
      "{ tier: security, order: 1.5, selector: app == 'web', ingress: [{ action: Deny, source: { selector: a == 'b' } }] }",
    );
    const found = explain(SECURITY + quiet + lost, 'tcp x/b to x/a:80');
    const { tiers, decider } = hookOf(found, 'ingress');
    expect(tiers).toMatchObject([
      { tier: 'security', position: 0, order: 100, end_action: 'pass', left: 'end-pass', undeclared: false },
      { tier: 'lost', position: 1, order: null, end_action: 'deny', left: 'end-deny', undeclared: true },
    ]);
    expect(tiers[0]!.location).toMatch(/:\d+$/);
    expect(tiers[0]!.policies[0]).toMatchObject({ policy: 'quiet', order: 1.5, placement: 'normal' });
    expect([tiers[1]!.location, tiers[1]!.policies[0]!.order]).toEqual(['', null]);
    expect(decider).toMatchObject({ kind: 'GlobalNetworkPolicy', policy: 'lost', tier: 'lost', rule: -1 });
  });

  test('those that take no part, each with the reason', () => {
    const policies = [
      object(
        'GlobalNetworkPolicy',
        'other',
        "{ tier: elsewhere, selector: app == 'none', types: [Ingress] }",
      ),
      object('GlobalNetworkPolicy', 'out', "{ tier: outward, selector: app == 'web', types: [Egress] }"),
      object(
        'StagedGlobalNetworkPolicy',
        'later',
        "{ tier: drafts, selector: app == 'web', types: [Ingress] }",
      ),
      object(
        'GlobalNetworkPolicy',
        'early',
        "{ tier: hosts, selector: app == 'web', preDNAT: true, applyOnForward: true, types: [Ingress] }",
      ),
      object(
        'GlobalNetworkPolicy',
        'raw',
        "{ tier: hosts, selector: app == 'web', doNotTrack: true, applyOnForward: true, types: [Ingress] }",
      ),
      object('Tier', 'first', '{ order: 1 }'),
      object(
        'GlobalNetworkPolicy',
        'open',
        "{ tier: first, selector: app == 'web', ingress: [{ action: Allow }] }",
      ),
    ];
    const tiers = ['elsewhere', 'outward', 'drafts', 'hosts'].map((name) =>
      object('Tier', name, '{ order: 0 }'),
    );
    const step = hookOf(
      explain([...tiers, ...policies, KUBERNETES].join(''), 'tcp x/b to x/a:80'),
      'ingress',
    );
    expect(Object.fromEntries(step.skipped_tiers.map(({ tier, why }) => [tier, why]))).toEqual({
      elsewhere: 'not-selected',
      outward: 'direction',
      drafts: 'staged',
      hosts: 'placement',
      default: 'not-reached',
    });
    expect(Object.fromEntries(step.bystanders.map(({ policy, words }) => [policy, words]))).toEqual({
      out: 'applies to egress only',
      later: 'is staged, not enforced',
      early: 'preDNAT does nothing at pods',
      raw: 'doNotTrack does nothing at pods',
      web: 'is not reached',
    });
    expect(step.bystanders.every(({ location }) => /:\d+$/.test(location))).toBe(true);
    const leaving = hookOf(explain(policies.join(''), 'tcp x/a to x/b:80'), 'egress').bystanders;
    expect(leaving.find(({ policy }) => policy === 'early')!.words).toBe('preDNAT does nothing at pods');
  });

  test('rules: passes, logs, and an http part that nobody looks at', () => {
    const passing = object(
      'GlobalNetworkPolicy',
      'passing',
      "{ tier: security, selector: app == 'web', ingress: [{ action: Log }, { action: Pass }] }",
    );
    const reading = object(
      'NetworkPolicy',
      'reading',
      "{ order: 1, selector: app == 'web', ingress: [{ action: Allow, protocol: TCP, http: { methods: [GET] } }] }",
      'x',
    );
    const { tiers } = hookOf(explain(SECURITY + passing + reading, 'tcp x/b to x/a:80'), 'ingress');
    expect(tiers[0]).toMatchObject({ left: 'pass' });
    expect(tiers[0]!.policies[0]!.rules.map(({ action, matched }) => [action, matched])).toEqual([
      ['log', 'yes'],
      ['pass', 'yes'],
    ]);
    expect(tiers[1]!.policies[0]!.rules).toMatchObject([{ action: 'allow', http: true, matched: 'yes' }]);
  });
});

describe('staged policies', () => {
  const STAGED = object(
    'StagedGlobalNetworkPolicy',
    'closed',
    "{ order: 1, selector: app == 'web', ingress: [{ action: Deny, protocol: TCP, destination: { ports: ['80:90'] } }, { action: Pass }] }",
  );

  test('both answers, each with its walk', () => {
    const found = explain(STAGED + KUBERNETES, 'tcp x/b to x/a:80');
    expect([found.verdict, found.pending]).toEqual(['allow', { verdict: 'deny', reason: 'policy' }]);
    const { pending, hooks } = found.decisions[0]!;
    expect(pending).toMatchObject({
      verdict: 'deny',
      differs: true,
      decider: { kind: 'StagedGlobalNetworkPolicy' },
    });
    expect(pending!.hooks.at(-1)!.tiers[0]!.policies[0]).toMatchObject({ policy: 'closed', staged: true });
    expect(hooks.at(-1)!.tiers[0]!.policies.map(({ policy }) => policy)).toEqual(['web']);
  });

  test('one that changes the decider alone differs too; no staged policy, no second answer', () => {
    expect(explain(STAGED, 'tcp x/b to x/a:91').decisions[0]!.pending).toMatchObject({
      verdict: 'allow',
      differs: false,
    });
    expect(explain(KUBERNETES, 'tcp x/b to x/a:80')).toMatchObject({
      pending: null,
      decisions: [{ pending: null }, { pending: null }],
    });
  });

  test('ranges of ports are cut where either answer changes', () => {
    const parts = explain(STAGED + KUBERNETES, 'tcp x/b to x/a:*').decisions.filter(({ src }) =>
      src.includes('.'),
    );
    expect(
      parts.map(({ ports, verdict, pending }) => [ports!.first, ports!.last, verdict, pending!.verdict]),
    ).toEqual([
      [1, 79, 'allow', 'allow'],
      [80, 90, 'allow', 'deny'],
      [91, 65535, 'allow', 'allow'],
    ]);
  });
});
