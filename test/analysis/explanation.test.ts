import { describe, expect, test } from 'vitest';
import { createAddressNames } from '../../src/analysis/address-names.ts';
import type { FlowExplanation, HookStep } from '../../src/analysis/explain-document.ts';
import { explainFlow } from '../../src/analysis/explanation.ts';
import { parseFlow } from '../../src/flow/notation.ts';
import type { Cluster, VanishedObject } from '../../src/policy/cluster.ts';
import { CALICO } from '../../src/policy/cni/calico.ts';
import { judgeFlow } from '../../src/policy/judge-flow.ts';
import { createWorld, pendingWorld } from '../../src/policy/world.ts';
import { fixtureWith } from '../examine.ts';

/** A flow in the fixture's cluster with these policies. */
function explain(manifests: string, text: string, changes: Partial<Cluster> = {}): FlowExplanation {
  const world = createWorld({ ...fixtureWith(manifests), ...changes }, CALICO);
  const pending = pendingWorld(world);
  const parsed = parseFlow(text);
  if (!('flow' in parsed)) throw new Error(parsed.problem);
  const enforced = judgeFlow(parsed.flow, world).value!;
  const names = createAddressNames(world.book);
  if (pending === undefined) return explainFlow(text, { enforced }, { world, names });
  const staged = judgeFlow(parsed.flow, pending).value!;
  return explainFlow(text, { enforced, pending: staged }, { world, pending, names });
}

/** The walk of one hook of the first decision. */
function hookOf({ decisions }: FlowExplanation, hook: string): HookStep {
  const found = decisions[0]!.hooks.find((step) => step.hook === hook);
  if (found === undefined) throw new Error(`${hook} was not met`);
  return found;
}

const object = (kind: string, name: string, spec: string, namespace?: string): string => `
apiVersion: projectcalico.org/v3
kind: ${kind}
metadata: { name: ${name}${namespace === undefined ? '' : `, namespace: ${namespace}`} }
spec: ${spec}
---`;

const SECURITY = object('Tier', 'security', '{ order: 100, defaultAction: Pass }');
const KUBERNETES = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: web, namespace: x }
spec: { podSelector: { matchLabels: { app: web } }, ingress: [{ from: [{ podSelector: { matchLabels: { app: db } } }] }] }
---`;

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

describe('flow logs', () => {
  const logsOf = (manifests: string, text: string) =>
    explain(manifests, text).decisions[0]!.flow_logs.map(
      ({ reporter, action, enforced_policies: enforced, pending_policies: pending }) => ({
        reporter,
        action,
        enforced,
        pending,
      }),
    );

  test('no policy: both sides by their profiles', () => {
    const hits = ['0|__PROFILE__|pro:kns.x|allow|0'];
    expect(logsOf('', 'tcp x/b to x/a:80')).toEqual([
      { reporter: 'src', action: 'allow', enforced: hits, pending: hits },
      { reporter: 'dst', action: 'allow', enforced: hits, pending: hits },
    ]);
  });

  test('passes come first, logs never, and a rule has its place after expansion', () => {
    const passing = object(
      'GlobalNetworkPolicy',
      'passing',
      "{ tier: security, selector: app == 'web', ingress: [{ action: Log }, { action: Pass }] }",
    );
    const [, ingress] = logsOf(SECURITY + passing + KUBERNETES, 'tcp x/b to x/a:80');
    expect(ingress!.enforced).toEqual(['0|security|gnp:passing|pass|1', '1|default|knp:x/web|allow|0']);
  });

  test('the end of a tier is the last policy’s among the enforced, the first’s among the pending', () => {
    const first = object(
      'NetworkPolicy',
      'first',
      "{ order: 1, selector: app == 'web', types: [Ingress] }",
      'x',
    );
    const [, ingress] = logsOf(first + KUBERNETES, 'tcp x/c to x/a:80');
    expect(ingress).toMatchObject({
      action: 'deny',
      enforced: ['0|default|knp:x/web|deny|-1'],
      pending: ['0|default|np:x/first|deny|-1'],
    });
  });

  test('staged policies are in the pending trace only', () => {
    const staged = object(
      'StagedNetworkPolicy',
      'new',
      "{ order: 1, selector: app == 'web', ingress: [{ action: Deny }] }",
      'x',
    );
    const [, ingress] = logsOf(staged + KUBERNETES, 'tcp x/b to x/a:80');
    expect(ingress).toMatchObject({
      enforced: ['0|default|knp:x/web|allow|0'],
      pending: ['0|default|snp:x/new|deny|0'],
    });
  });

  test('what is refused at the source is not reported at the destination', () => {
    const closed = object('GlobalNetworkPolicy', 'closed', "{ selector: app == 'db', types: [Egress] }");
    expect(logsOf(closed, 'tcp x/b to x/a:80')).toEqual([
      {
        reporter: 'src',
        action: 'deny',
        enforced: ['0|default|gnp:closed|deny|-1'],
        pending: ['0|default|gnp:closed|deny|-1'],
      },
    ]);
  });

  test('the destination is asked what it would say although the source would refuse', () => {
    const staged = object(
      'StagedGlobalNetworkPolicy',
      'closed',
      "{ selector: app == 'db', types: [Egress] }",
    );
    expect(logsOf(staged + KUBERNETES, 'tcp x/b to x/a:80')).toMatchObject([
      { reporter: 'src', pending: ['0|default|sgnp:closed|deny|-1'] },
      { reporter: 'dst', pending: ['0|default|knp:x/web|allow|0'] },
    ]);
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

describe('invalid objects that were left out', () => {
  const at = { file: 'a.yaml', line: 1, column: 1 };
  const doubtful = (vanished: Omit<VanishedObject, 'at'>, text: string): readonly string[] =>
    explain(KUBERNETES, text, { vanished: [{ ...vanished, at }] }).decisions[0]!.doubtful;

  test.each([
    ['NetworkPolicy', 'x', 'tcp x/b to x/a:80', true],
    ['NetworkPolicy', 'y', 'tcp x/b to x/a:80', false],
    ['NetworkPolicy', 'y', 'tcp x/b to y/a:80', true],
    ['GlobalNetworkPolicy', '', 'tcp x/b to x/a:80', true],
    ['GlobalNetworkPolicy', '', 'tcp 192.0.2.1 to 192.0.2.2:80', false],
    ['NetworkSet', 'y', 'tcp x/b to x/a:80', true],
    ['HostEndpoint', '', 'tcp 192.0.2.1 to 192.0.2.2:80', true],
    ['Tier', '', 'tcp x/b to x/b:80', false],
    ['StagedNetworkPolicy', 'x', 'tcp x/b to x/a:80', false],
  ])('%s in %j, %s: %j', (kind, namespace, text, isTouched) => {
    const name = [kind, namespace, 'broken'].filter(Boolean).join('/');
    expect(doubtful({ kind, namespace, name: 'broken' }, text)).toEqual(isTouched ? [name] : []);
  });

  test('a verdict that was made before the namespace was reached is sure', () => {
    const closed = object('GlobalNetworkPolicy', 'closed', "{ selector: app == 'db', types: [Egress] }");
    const vanished = [{ kind: 'NetworkPolicy', namespace: 'y', name: 'broken', at }];
    expect(explain(closed, 'tcp x/b to y/a:80', { vanished }).decisions[0]!.doubtful).toEqual([]);
  });
});

describe('hosts', () => {
  const HOST = `
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: { name: n2-eth0, labels: { role: node } }
spec: { node: n2, interfaceName: eth0, expectedIPs: [192.168.0.12] }
---`;
  const host = (more: string): string =>
    HOST +
    object('GlobalNetworkPolicy', 'host', `{ selector: role == 'node', types: [Ingress, Egress]${more} }`);
  const NOT_ASKED =
    'host endpoint n2-eth0 says nothing of what n2 passes on: its policies govern that with applyOnForward only';

  test('a host endpoint by its node and interface, and what its node passes on', () => {
    const found = explain(host(', applyOnForward: true'), 'tcp x/a to y/a:80').decisions[0]!;
    expect([found.verdict, found.notes]).toEqual(['deny', []]);
    expect(found.hooks.at(-1)).toMatchObject({
      hook: 'forward-ingress',
      endpoint: { kind: 'host', name: 'n2-eth0', node: 'n2', interface: 'eth0', passes: 'main' },
      decider: { direction: 'ingress', hook: 'forward-ingress', policy: 'host', rule: -1 },
    });
    expect(found.flow_logs.map(({ reporter }) => reporter)).toEqual(['src']);
  });

  test('policies that are asked elsewhere say where', () => {
    const early = object(
      'GlobalNetworkPolicy',
      'early',
      "{ selector: role == 'node', preDNAT: true, applyOnForward: true, ingress: [{ action: Pass }] }",
    );
    const raw = object(
      'GlobalNetworkPolicy',
      'raw',
      "{ selector: role == 'node', doNotTrack: true, applyOnForward: true, types: [Egress] }",
    );
    const out = object('GlobalNetworkPolicy', 'out', "{ selector: role == 'node', types: [Egress] }");
    const found = explain(host('') + early + raw + out, 'tcp 203.0.113.9 to node:n2:80');
    const words = (hook: string): Record<string, string> =>
      Object.fromEntries(hookOf(found, hook).bystanders.map((one) => [one.policy, one.words]));
    expect(words('pre-dnat')).toEqual({
      host: 'is not asked before address translation',
      out: 'applies to egress only',
      raw: 'applies to egress only',
    });
    expect(words('host-ingress')).toMatchObject({ early: 'is asked before address translation only' });
  });

  test.each([
    ['tcp x/a to y/a:80', [NOT_ASKED]],
    ['tcp y/a to x/a:80', [NOT_ASKED]],
    ['tcp y/a to y/b:80', []],
    ['tcp node:n2 to y/b:80', []],
    ['tcp x/a to z/a:80', []],
  ])('policies without applyOnForward say nothing of what is passed on: %s', (text, notes) => {
    const found = explain(host(''), text).decisions[0]!;
    expect([found.verdict, found.notes]).toEqual(['allow', notes]);
  });
});
