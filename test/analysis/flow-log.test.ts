import { describe, expect, test } from 'vitest';
import { explain, KUBERNETES, object, SECURITY } from './explained.ts';

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
