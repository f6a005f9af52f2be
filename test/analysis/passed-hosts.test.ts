import { describe, expect, test } from 'vitest';
import { explain, hookOf, object } from './explained.ts';

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
