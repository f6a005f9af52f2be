/** What a replay says beside its verdicts: what staged policies would change, and what absent objects leave in doubt. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { ReplayDocument } from '../../src/analysis/replay/replay-document.ts';
import { dryplane } from './kept-program.ts';
import { CAPTURE, checkedDocument, QUICKSTART } from './run-cli.ts';

type Row = Readonly<Record<string, string | number | null>>;

const folder = mkdtempSync(join(tmpdir(), 'dryplane-staged-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(name: string, ...documents: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, documents.join('\n---\n'));
  return path;
}

const staged = fileOf(
  'staged.yaml',
  `apiVersion: projectcalico.org/v3
kind: StagedGlobalNetworkPolicy
metadata: { name: open-db }
spec: { order: 10, selector: app == 'db', types: [Ingress], ingress: [{ action: Allow }] }`,
  `apiVersion: projectcalico.org/v3
kind: StagedNetworkPolicy
metadata: { name: no-web, namespace: shop }
spec:
  order: 20
  selector: app == 'api'
  types: [Ingress]
  ingress: [{ action: Deny, source: { selector: app == 'web' } }, { action: Pass }]`,
  `apiVersion: projectcalico.org/v3
kind: StagedNetworkPolicy
metadata: { name: of-nobody, namespace: shop }
spec: { selector: app == 'nobody', types: [Ingress] }`,
);
const broken = fileOf(
  'broken.yaml',
  `apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: { name: broken, namespace: shop }
spec: { selector: 'app ==', types: [Ingress] }`,
);

/** Document and rows of one run. */
function replayed(words: readonly string[]): { document: ReplayDocument; rows: readonly Row[] } {
  const path = join(folder, 'rows.ndjson');
  const asked = ['replay', CAPTURE, ...QUICKSTART, ...words, '--format', 'json', '--verdicts', path];
  const document = checkedDocument<ReplayDocument>(dryplane(asked).stdout);
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  return { document, rows: lines.map((line) => JSON.parse(line) as Row) };
}

describe('staged policies', () => {
  const { document, rows } = replayed(['-f', staged]);
  const plain = replayed([]);

  test('change no verdict, and rows and totals agree on what they would change', () => {
    expect(document.packets).toEqual(plain.document.packets);
    expect(rows.map(({ verdict, reason }) => [verdict, reason])).toEqual(
      plain.rows.map(({ verdict, reason }) => [verdict, reason]),
    );
    const packetsWhere = (isMeant: (row: Row) => boolean): number =>
      rows.filter(isMeant).reduce((sum, row) => sum + Number(row.packets), 0);
    const { newly_denied: denied, newly_allowed: allowed, packets, flows } = document.staged!;
    expect(packetsWhere((row) => row.verdict === 'allow' && row.pending === 'deny')).toBe(denied.packets);
    expect(packetsWhere((row) => row.verdict === 'deny' && row.pending === 'allow')).toBe(allowed.packets);
    for (const verdict of ['allow', 'deny', 'skip'] as const)
      expect(packetsWhere(({ pending }) => pending === verdict)).toBe(packets[verdict]);
    expect(denied.packets).toBeGreaterThan(0);
    expect(allowed.packets).toBeGreaterThan(0);
    expect(packets.total).toBe(document.packets.total);
    expect(flows.total).toBe(document.flows.total);
  });

  test('are named with what each would do, those that would do nothing too', () => {
    const { policies, changed, newly_denied: denied } = document.staged!;
    expect(policies.map(({ kind, policy }) => `${kind} ${policy}`)).toEqual([
      'StagedGlobalNetworkPolicy open-db',
      'StagedNetworkPolicy no-web',
      'StagedNetworkPolicy of-nobody',
    ]);
    expect(policies[1]!.newly_denied).toEqual(denied);
    expect(policies[2]!.newly_denied.flows).toBe(0);
    const refused = changed.find(({ change }) => change === 'newly-denied')!;
    expect(refused).toMatchObject({
      flow: expect.stringMatching(/^tcp shop\/web to service:shop\/api:80$/),
      verdict: 'allow',
      pending: { verdict: 'deny', reason: 'policy', decider: { policy: 'no-web', rule: 0, calico_rule: 0 } },
    });
    expect(refused.pending.decider.location).toMatch(/staged\.yaml:13$/);
    expect(document.rules.some(({ kind }) => kind.startsWith('Staged'))).toBe(false);
    expect(document.tables).toMatchObject({ policies: 6, staged_policies: 3 });
  });

  test('have a section of their own in the text, with the next command', () => {
    const { stdout } = dryplane(['replay', CAPTURE, ...QUICKSTART, '-f', staged]);
    expect(stdout).toMatch(/Staged policies, were they enforced: \d+ of 167 connections would change\n/);
    expect(stdout).toMatch(/StagedNetworkPolicy shop\/no-web +newly denied: \d+ packets of \d+ connections/);
    expect(stdout).toMatch(/StagedNetworkPolicy shop\/of-nobody +changes nothing here/);
    expect(stdout).toContain('allow now, deny then');
    const why = stdout.split('\n').find((line) => line.startsWith('  why: '))!;
    const explained = dryplane([...why.replace(/^.*?explain/, 'explain').split(' '), '--format', 'json']);
    expect(explained.code).toBe(0);
  });

  test('can fail a run, and only where there are any', () => {
    const words = ['replay', CAPTURE, ...QUICKSTART, '-q', '--fail-on', 'newly-denied,newly-allowed'];
    const failed = dryplane([...words, '-f', staged]);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(
      /--fail-on newly-denied: \d+ packets of \d+ connections, by staged policies/,
    );
    const idle = dryplane(words);
    expect(idle.code).toBe(2);
    expect(idle.stderr).toContain('no policy of these manifests is staged');
  });

  test('that are absent leave no trace', () => {
    expect(plain.document.staged).toBeNull();
    expect(plain.document.doubtful).toBeNull();
    expect(new Set(plain.rows.map(({ pending, doubtful }) => `${pending}|${doubtful}`))).toEqual(
      new Set(['|']),
    );
  });
});

describe('an invalid object that was left out', () => {
  const { document, rows } = replayed(['-f', broken, '--lenient']);

  test('leaves in doubt what meets an endpoint of its namespace: flows, rows and totals', () => {
    const { doubtful, denied } = document;
    expect(doubtful).toMatchObject({ objects: ['NetworkPolicy/shop/broken'], at_least: false });
    const marked = rows.filter((row) => row.doubtful === 'true');
    expect(marked.reduce((sum, row) => sum + Number(row.packets), 0)).toBe(doubtful!.packets);
    expect(marked.length).toBeLessThan(rows.length);
    const ofPayments = denied.find(({ flow }) => flow.startsWith('tcp payments/gateway'))!;
    expect(ofPayments.doubtful).toBe(false);
    expect(denied.find(({ flow }) => flow === 'tcp shop/api to shop/db:5432')!.doubtful).toBe(true);
  });

  test('is what the report begins with', () => {
    const { stdout } = dryplane(['replay', CAPTURE, ...QUICKSTART, '-f', broken, '--lenient']);
    expect(stdout).toMatch(
      /^1 invalid object was left out: [\d,]+ packets of \d+ connections \(\d+\.\d%\) could fare otherwise\.\n {2}NetworkPolicy\/shop\/broken\n/,
    );
    expect(stdout).toMatch(/tcp shop\/api to shop\/db:5432.* {2}doubtful\n/);
  });
});
