import { describe, expect, test } from 'vitest';
import type { VanishedObject } from '../../src/policy/cluster.ts';
import { explain, KUBERNETES, object } from './explained.ts';

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
