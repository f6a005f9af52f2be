/** Domain names from the command line: every command takes --resolve, and says when an answer hangs on an address that is not known. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { ReplayDocument } from '../../src/analysis/replay/replay-document.ts';
import { dryplane } from './kept-program.ts';
import { CAPTURE, checkedDocument, QUICKSTART } from './run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'dryplane-domains-'));
afterAll(() => rmSync(folder, { recursive: true }));

const policy = join(folder, 'egress.yaml');
writeFileSync(
  policy,
  `apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: { name: egress }
spec:
  tier: Admin
  priority: 1
  subject: { namespaces: {} }
  egress:
    - { action: Pass, to: [{ namespaces: {} }] }
    - { action: Accept, to: [{ domainNames: ['*.example.com'] }] }
    - { action: Deny, to: [{ networks: [0.0.0.0/0] }] }
`,
);
const world = [...QUICKSTART, '-f', policy, '--cni', 'kubernetes'];
const known = ['--resolve', 'api.example.com=203.0.113.10'];

describe('replay', () => {
  const replayed = (words: readonly string[]) => {
    const { stdout } = dryplane(['replay', CAPTURE, ...world, ...words, '--format', 'json']);
    const { packets, reasons, warnings } = checkedDocument<ReplayDocument>(stdout);
    const domain = reasons.find(({ reason }) => reason === 'domain')?.packets ?? 0;
    return { undetermined: packets.undetermined, domain, warnings };
  };

  test('leaves open what hangs on a name, and says which', () => {
    const { undetermined, domain, warnings } = replayed([]);
    expect(undetermined).toBe(115);
    expect(domain).toBe(115);
    expect(warnings).toEqual([
      `no address is known of *.example.com, which ClusterNetworkPolicy egress names (${policy}:10): give them with --resolve NAME=ADDRESS`,
    ]);
  });

  test('decides once the addresses are given', () => {
    expect(replayed(known)).toEqual({ undetermined: 0, domain: 0, warnings: [] });
  });
});

test('explain names the rule and what to give; test and compile take the option', () => {
  const flow = 'tcp payments/gateway to 203.0.113.10:443';
  const open = dryplane(['explain', ...world, flow]).stdout;
  expect(open).toContain('undetermined');
  expect(open).toContain('may be an address of *.example.com');
  expect(dryplane(['explain', ...world, ...known, flow, '--expect', 'allow']).code).toBe(0);
  expect(dryplane(['compile', ...world, ...known]).code).toBe(0);
  const suite = join(folder, 'suite.yaml');
  writeFileSync(suite, `flows:\n  - { flow: ${flow}, expect: allow }\n`);
  expect(dryplane(['test', suite, ...world, ...known]).code).toBe(0);
});

test.each([
  [['api.example.com'], 'found no "="'],
  [['api.example.com=x'], '"x" is no IP address'],
  [['a b=1.2.3.4'], '"a b" is no domain name'],
])('--resolve %s is refused', (texts, message) => {
  const words = texts.flatMap((text) => ['--resolve', text]);
  const { code, stderr } = dryplane(['explain', ...world, ...words, 'tcp shop/web to shop/db:5432']);
  expect(code).toBe(2);
  expect(stderr).toContain(message);
});

test('a name that no policy names is told', () => {
  const words = ['explain', ...world, '--resolve', 'example.org=1.2.3.4', 'tcp shop/web to shop/db:5432'];
  expect(dryplane(words).stderr).toContain('no policy names it');
});

test('policies that the CNI does not enforce are told by every command', () => {
  const old = [...QUICKSTART, '-f', policy, '--cni', 'calico@3.31'];
  const warning = '1 ClusterNetworkPolicy is not enforced by calico@3.31: egress; --cni calico enforces it';
  for (const words of [
    ['replay', CAPTURE, ...old],
    ['explain', ...old, 'tcp shop/web to shop/db:5432'],
    ['compile', ...old],
  ])
    expect(dryplane(words).stdout.split('\n').slice(0, 3).join('\n')).toContain(warning);
});
