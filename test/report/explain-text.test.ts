/** What `explain` says in text of hooks that the shipped examples do not meet, from hand-made documents. */
import { describe, expect, test } from 'vitest';
import type { DeciderNames } from '../../src/analysis/decider.ts';
import type {
  ExplainDocument,
  HookStep,
  PartDocument,
  RuleStep,
  TierStep,
} from '../../src/analysis/explain/explain-document.ts';
import { reasonText } from '../../src/report/decider-text.ts';
import { explainText } from '../../src/report/explain-text.ts';
import { PLAIN } from './sample-documents.ts';

const NOBODY: DeciderNames = {
  hook: 'none',
  direction: '',
  tier: '',
  kind: '',
  namespace: '',
  policy: '',
  rule: null,
  calico_rule: null,
  location: '',
};

const HOST: HookStep['endpoint'] = {
  kind: 'host',
  namespace: '',
  name: 'node-b-eth0',
  node: 'node-b',
  interface: 'eth0',
  passes: 'main',
  location: 'hosts.yaml:4',
};

function hook(changes: Partial<HookStep>): HookStep {
  return {
    hook: 'host-ingress',
    endpoint: HOST,
    src: '203.0.113.9',
    src_name: '',
    dst: '192.0.2.12',
    dst_name: 'node:node-b',
    dport: 22,
    verdict: 'allow',
    reason: 'none',
    decider: NOBODY,
    guards: [],
    tiers: [],
    skipped_tiers: [],
    bystanders: [],
    profiles: [],
    ...changes,
  };
}

function tier(changes: Partial<TierStep>): TierStep {
  return {
    tier: 'security',
    position: 0,
    order: 100,
    end_action: 'pass',
    location: 'tiers.yaml:3',
    undeclared: false,
    policies: [],
    left: 'end-pass',
    ...changes,
  };
}

function rule(changes: Partial<RuleStep>): RuleStep {
  return {
    action: 'allow',
    rule: 0,
    calico_rule: 0,
    matched: 'yes',
    why: 'the rule has no condition',
    http: false,
    beyond: [],
    unresolved_domains: [],
    location: 'a.yaml:9',
    ...changes,
  };
}

function text(decision: Partial<PartDocument>, document: Partial<ExplainDocument> = {}): string {
  const whole: PartDocument = {
    protocol: 'tcp',
    src: '203.0.113.9',
    src_name: '',
    sport: null,
    dst: '192.0.2.12',
    dst_name: 'node:node-b',
    dport: 22,
    icmp_type: null,
    icmp_code: null,
    judged_dst: '192.0.2.12',
    judged_dst_name: 'node:node-b',
    judged_dport: 22,
    service: '',
    verdict: 'allow',
    reason: 'none',
    decider: NOBODY,
    hooks: [],
    backends: [],
    endpoint_to_host: null,
    untracked: false,
    pending: null,
    flow_logs: [],
    doubtful: [],
    notes: [],
    ports: null,
    ...decision,
  };
  const flow = 'tcp 203.0.113.9 to node:node-b:22';
  return explainText(
    {
      schema: 'dryplane/explain/v1',
      version: '0.1.0',
      cni: 'calico',
      manifests: ['a.yaml'],
      flows: [
        {
          flow,
          verdict: whole.verdict,
          reason: whole.reason,
          pending: null,
          decisions: [whole],
          suggestion: null,
        },
      ],
      expectation: null,
      assumptions: [],
      warnings: [],
      ...document,
    },
    ['-f', 'a.yaml'],
    PLAIN,
  );
}

describe('hosts', () => {
  test('a guard decides before any policy, and says so in the answer', () => {
    const guards = [
      { action: 'allow', reason: 'failsafe', guard: 'failsafe port udp 68', matched: 'no', why: 'protocol' },
      { action: 'allow', reason: 'failsafe', guard: 'failsafe port tcp 22', matched: 'yes', why: '' },
    ] as const;
    const decider = { ...NOBODY, hook: 'host-ingress', direction: 'ingress' };
    const found = text({
      reason: 'failsafe',
      decider,
      hooks: [hook({ guards, reason: 'failsafe', decider })],
    });
    expect(found).toContain('  host-ingress: a failsafe port, never cut off its host\n');
    expect(found).toContain(
      'host-ingress of host endpoint node-b-eth0 (eth0) on node-b, the main interface: allow\n  before any policy\n    ✓ allow failsafe port tcp 22\n',
    );
    expect(found).not.toContain('udp 68');
  });

  test('failsafe ports that do not match are counted', () => {
    const guards = [
      { action: 'allow', reason: 'failsafe', guard: 'failsafe port udp 68', matched: 'no', why: '' },
    ] as const;
    expect(text({ hooks: [hook({ guards })] })).toContain(
      '  before any policy: it is none of 1 failsafe port\n',
    );
  });

  test('a hook that decides nothing goes on, with the addresses that it saw', () => {
    const step = hook({
      hook: 'pre-dnat',
      verdict: 'continue',
      dst: '192.0.2.12',
      src: '192.0.2.11',
      src_name: 'node:node-a',
      tiers: [tier({})],
    });
    const found = text({ dst: '192.0.2.12', judged_dst: '10.0.0.1', hooks: [step] });
    expect(found).toContain(
      'pre-dnat of host endpoint node-b-eth0 (eth0) on node-b, the main interface: goes on',
    );
    expect(found).toContain(
      '  sees the packet from 192.0.2.11 (node:node-a) to 192.0.2.12 (node:node-b), its source is masqueraded\n',
    );
    expect(found).toContain('  tier security (order 100, ends in pass)  tiers.yaml:3\n');
  });

  test.each([
    ['Drop', 'felix.yaml:7', 'DefaultEndpointToHostAction of node-a: Drop  felix.yaml:7\n'],
    ['Accept', '', 'DefaultEndpointToHostAction of node-a: Accept, which is assumed\n'],
  ])('what a node does with its own pods: %s', (action, location, line) => {
    const found = text({ endpoint_to_host: { node: 'node-a', action, location } });
    expect(found).toContain(line);
  });
});

describe('who says nothing', () => {
  const bystander = { kind: 'GlobalNetworkPolicy', namespace: '', order: 10, location: 'a.yaml:3' };

  test('skipped tiers stand where they would be asked, with the reason', () => {
    const step = hook({
      tiers: [tier({ tier: 'default', position: 1, order: null, end_action: 'deny', left: 'allow' })],
      skipped_tiers: [
        { tier: 'security', position: 0, order: 100, end_action: 'pass', location: '', why: 'direction' },
        { tier: 'last', position: 2, order: null, end_action: 'deny', location: '', why: 'not-reached' },
        { tier: 'others', position: 3, order: null, end_action: 'deny', location: '', why: 'not-selected' },
      ],
      bystanders: [
        { ...bystander, policy: 'out', tier: 'security', why: 'direction', words: 'applies to egress only' },
        { ...bystander, policy: 'late', tier: 'default', why: 'not-reached', words: 'is not reached' },
      ],
    });
    const lines = text({ hooks: [step] }).split('\n');
    expect(lines.filter((line) => /tier|late/.test(line))).toEqual([
      '  tier security takes no part: GlobalNetworkPolicy out applies to egress only',
      '  tier default (no order, ends in deny)  tiers.yaml:3',
      '    GlobalNetworkPolicy late is not reached  a.yaml:3',
      '  tier last is not reached',
    ]);
  });
});

describe('rules', () => {
  const withRule = (one: RuleStep): string => {
    const policies = [
      {
        kind: 'GlobalNetworkPolicy',
        namespace: '',
        policy: 'p',
        order: null,
        location: 'a.yaml:3',
        staged: false,
        placement: 'normal',
        rules: [one],
      },
    ];
    return text({ hooks: [hook({ tiers: [tier({ policies })] })] });
  };

  test('a log rule goes on, an http part is not looked at, a name without addresses has a hint', () => {
    expect(withRule(rule({ action: 'log' }))).toContain('a log rule decides nothing, the walk goes on');
    expect(withRule(rule({ http: true }))).toContain('its http part is not looked at');
    expect(withRule(rule({ http: true, matched: 'no' }))).not.toContain('http');
    expect(withRule(rule({ matched: 'maybe', unresolved_domains: ['db.test'] }))).toContain(
      '? rule 0 allow  a.yaml:9\n          the rule has no condition\n          --resolve gives the addresses that are not known: --resolve db.test=ADDRESS\n',
    );
    expect(withRule(rule({}))).toContain('    GlobalNetworkPolicy p (no order)  a.yaml:3\n');
  });
});

describe('what stands above all', () => {
  test('warnings come first, doubts with the answer', () => {
    const found = text(
      { doubtful: ['GlobalNetworkPolicy/broken'] },
      { warnings: ['1 AdminNetworkPolicy is not enforced by calico: a'] },
    );
    expect(found.split('\n').slice(0, 5)).toEqual([
      'warning: 1 AdminNetworkPolicy is not enforced by calico: a',
      '',
      'allow  tcp 203.0.113.9 to node:node-b:22  (203.0.113.9 to 192.0.2.12:22)',
      '  nobody refuses it',
      '  doubtful: GlobalNetworkPolicy/broken is invalid, and could change this',
    ]);
  });

  test('staged policies: the same verdict in a word, another one with its walk', () => {
    const pending = {
      verdict: 'deny',
      reason: 'policy',
      decider: { ...NOBODY, hook: 'host-ingress', kind: 'StagedGlobalNetworkPolicy', policy: 'p', rule: 0 },
      differs: true,
      hooks: [hook({ verdict: 'deny', tiers: [tier({ left: 'deny' })] })],
      notes: [],
    };
    const found = text({ hooks: [hook({})], pending });
    expect(found).toContain(
      '  with staged policies: deny, host-ingress: rule 0 of StagedGlobalNetworkPolicy p\n',
    );
    expect(found).toMatch(/\nwith staged policies: deny\n {2}host-ingress of host endpoint .*: deny\n/);
    const same = text({ hooks: [hook({})], pending: { ...pending, verdict: 'allow', differs: false } });
    expect(same).toContain('  with staged policies: allow too\n');
    expect(same).not.toContain('\nwith staged policies');
  });
});

test.each([
  ['egress', 'egress: tunnel packets from a pod are dropped'],
  ['host-ingress', 'host-ingress: tunnel packets that no node sent are dropped'],
])('tunnel packets that %s drops', (at, text) => {
  expect(reasonText('deny', 'workload-encap', { ...NOBODY, hook: at })).toBe(text);
});
