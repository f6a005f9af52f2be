import { describe, expect, test } from 'vitest';
import { countRules } from '../../src/analysis/replay/rule-counts.ts';
import type { Hit, Legend, Outcome } from '../../src/compile/legend.ts';
import type { Policy, Rule } from '../../src/policy/policy.ts';
import type { ReplayResult } from '../../src/replay/result.ts';

const at = { file: 'policies.yaml', line: 3, column: 1 };
const rule = (calicoIndex: number, action: Rule['action']): Rule => ({
  action,
  match: { source: {}, destination: {} },
  index: calicoIndex,
  calicoIndex,
  at,
});
const policy = (name: string, rules: readonly Rule[], staged = false): Policy => ({
  kind: 'GlobalNetworkPolicy',
  calicoKind: 'GlobalNetworkPolicy',
  namespace: '',
  name,
  tier: 'security',
  order: 1,
  staged,
  placement: 'forward',
  selector: { kind: 'all' },
  types: { ingress: true, egress: false },
  rules: { ingress: rules, egress: [] },
  at,
});

const [logged, passed, allowed, dead] = [rule(0, 'log'), rule(1, 'pass'), rule(2, 'allow'), rule(3, 'deny')];
const watched = policy('watched', [logged!, passed!, allowed!, dead!]);
const tier = { name: 'security', order: 1, endAction: 'deny' } as const;
const hit = (one: Rule): Hit => ({ tier, policy: watched, rule: one, action: one.action });

/** Outcome 0 at the host's forward hook, 1 at the pod: both by the same rules. */
const path = [hit(logged!), hit(allowed!)];
const outcomes = [
  { hook: 'forward-ingress', direction: 'ingress', verdict: 'allow', reason: 'policy', path },
  { hook: 'ingress', direction: 'ingress', verdict: 'allow', reason: 'policy', path },
  {
    hook: 'ingress',
    direction: 'ingress',
    verdict: 'deny',
    reason: 'tier-end',
    path: [hit(passed!), { tier, policy: watched, action: 'deny' }],
  },
] as const satisfies readonly Outcome[];
const legend: Legend = {
  outcomeCount: outcomes.length,
  outcome: (number) => outcomes[number]!,
  endpoints: [],
  policies: [watched, policy('later', [rule(0, 'deny')], true)],
};

const NONE = new Float64Array(3);
const NOTHING_MET = { outcomePackets: NONE, outcomeBytes: NONE, outcomeFlows: NONE, paths: [] };

function counted(result: Partial<ReplayResult>): Record<string, number[]> {
  const rules = countRules({ ...NOTHING_MET, ...result }, [legend]);
  return Object.fromEntries(
    rules.map(({ policy: name, calico_rule: index, packets, bytes, flows }) => [
      `${name} ${index}`,
      [packets, bytes, flows],
    ]),
  );
}

describe('rules', () => {
  test('that a connection met at several hooks are credited with it once', () => {
    expect(counted({ paths: [{ outcomes: [0, 1], packets: 5, bytes: 500, flows: 1 }] })).toEqual({
      'watched 0': [5, 500, 1],
      'watched 1': [0, 0, 0],
      'watched 2': [5, 500, 1],
      'watched 3': [0, 0, 0],
      'watched -1': [0, 0, 0],
    });
  });

  test('add up over outcomes and paths; log, pass and the end of the tier count', () => {
    expect(
      counted({
        outcomePackets: Float64Array.of(0, 1, 4),
        outcomeBytes: Float64Array.of(0, 10, 40),
        outcomeFlows: Float64Array.of(0, 1, 2),
        paths: [{ outcomes: [0, 2], packets: 3, bytes: 30, flows: 1 }],
      }),
    ).toEqual({
      'watched 0': [4, 40, 2],
      'watched 1': [7, 70, 3],
      'watched 2': [4, 40, 2],
      'watched 3': [0, 0, 0],
      'watched -1': [7, 70, 3],
    });
  });

  test('of two policies that only differ in their API are two', () => {
    const twin = { ...watched, calicoKind: 'KubernetesNetworkPolicy' };
    const both = { ...legend, policies: [watched, twin] };
    expect(countRules(NOTHING_MET, [both])).toHaveLength(9);
  });

  test("have the names of Calico's flow logs; staged ones are not among them", () => {
    const rules = countRules(NOTHING_MET, [legend]);
    expect(rules.map(({ action, calico }) => [action, calico])).toEqual([
      ['log', ''],
      ['pass', '0|security|gnp:watched|pass|1'],
      ['allow', '0|security|gnp:watched|allow|2'],
      ['deny', '0|security|gnp:watched|deny|3'],
      ['deny', '0|security|gnp:watched|deny|-1'],
    ]);
  });
});
