/** Calico's policies and the cluster-wide ones on the command line, on the example that ships. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { CompileDocument } from '../../src/analysis/compile/compile-document.ts';
import type { ExplainDocument } from '../../src/analysis/explain/explain-document.ts';
import type { TestDocument } from '../../src/analysis/test/test-document.ts';
import { dryplane } from './kept-program.ts';
import { checkedDocument } from './run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'dryplane-calico-'));
afterAll(() => rmSync(folder, { recursive: true }));

const EXAMPLE = ['-f', 'traces/calico/cluster.yaml', '-f', 'traces/calico/policies'];
const ADMIN = ['--add', 'traces/calico/admin.yaml'];

const explainJson = (...words: string[]): ExplainDocument =>
  checkedDocument<ExplainDocument>(
    dryplane(['explain', ...EXAMPLE, ...words, '--format', 'json']).stdout,
  ) as ExplainDocument;

/** A file with a manifest of Calico's. */
function manifest(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, `apiVersion: projectcalico.org/v3\n${text}`);
  return path;
}

describe('explain', () => {
  test('why it is denied, one change, why it is not', () => {
    const flow = 'tcp shop/report to shop/db:5432';
    const before = dryplane(['explain', ...EXAMPLE, flow]);
    expect(before.code).toBe(0);
    expect(before.stdout).toContain('egress: rule 2 of GlobalNetworkPolicy quarantine in tier security');
    const after = dryplane(['explain', ...EXAMPLE, '--remove', 'GlobalNetworkPolicy/quarantine', flow]);
    expect(after.stdout).toMatch(/^allow /);
    expect(after.stdout).toContain('ingress: rule 0 of NetworkPolicy shop/db');
    expect(after.stdout).toMatch(/^keep it so in CI: .* --remove GlobalNetworkPolicy\/quarantine /m);
  });

  test.each([
    'tcp shop/report to shop/db:5432',
    'tcp monitoring/prometheus to shop/db:metrics',
    'tcp shop/web to service:shop/web:80',
    'tcp 198.51.100.9 to node:node-b:*',
    'tcp 203.0.113.9 to node:node-b:30080',
    'tcp shop/api to node:node-a:9100',
    'tcp shop/api to node:node-b:10250',
    'icmp shop/web to 203.0.113.66',
    'udp shop/web to shop/api:4789',
  ])('%s: JSON as the schema says, the text says the same', (flow) => {
    const [explained] = explainJson(flow).flows;
    const { code, stdout } = dryplane(['explain', ...EXAMPLE, flow]);
    expect(code).toBe(0);
    expect(stdout.startsWith(explained!.verdict)).toBe(true);
    for (const { hooks, verdict } of explained!.decisions) {
      expect(hooks.slice(0, -1).every((hook) => hook.verdict !== 'deny')).toBe(true);
      if (verdict === 'undetermined') continue;
      for (const hook of hooks) expect(stdout).toContain(`${hook.hook} of `);
    }
  });

  test('hosts: their hooks in order, a failsafe port, the node’s word on its own pods', () => {
    const document = explainJson(
      'tcp 198.51.100.9 to node:node-b:22',
      'tcp shop/api to node:node-a:9100',
      'tcp shop/api to node:node-b:10250',
    );
    const [failsafe, own, other] = document.flows.map(({ decisions }) => decisions[0]!);
    expect(failsafe!.hooks.map(({ hook, verdict }) => [hook, verdict])).toEqual([
      ['pre-dnat', 'continue'],
      ['host-ingress', 'allow'],
    ]);
    expect(failsafe).toMatchObject({ verdict: 'allow', reason: 'failsafe' });
    expect(own).toMatchObject({ verdict: 'deny', reason: 'endpoint-to-host' });
    expect(own!.endpoint_to_host).toEqual({
      node: 'node-a',
      action: 'Drop',
      location: expect.stringMatching(/traces\/calico\/cluster\.yaml:\d+$/),
    });
    // Leaving the pool's range the packet carries its node's address, which node-b lets in.
    const [, , entering] = other!.hooks;
    expect(entering).toMatchObject({ hook: 'host-ingress', src_name: 'node:node-a', verdict: 'allow' });
  });

  test('--lenient leaves out what is invalid, says so first, and marks what it could change', () => {
    const broken = manifest(
      'broken.yaml',
      'kind: NetworkPolicy\nmetadata: {name: broken, namespace: monitoring}\nspec: {selector: "a = b"}\n',
    );
    const flows = ['tcp shop/api to shop/db:5432', 'tcp monitoring/prometheus to shop/db:9187'];
    expect(dryplane(['explain', ...EXAMPLE, '--add', broken, ...flows]).code).toBe(2);
    const document = explainJson('--add', broken, '--lenient', ...flows);
    expect(document.flows.map(({ decisions }) => decisions[0]!.doubtful)).toEqual([
      [],
      ['NetworkPolicy/monitoring/broken'],
    ]);
    expect(document.warnings[0]).toContain('NetworkPolicy/monitoring/broken is invalid and was left out');
    const { stdout } = dryplane(['explain', ...EXAMPLE, '--add', broken, '--lenient', flows[1]!]);
    expect(stdout).toMatch(/^warning: NetworkPolicy\/monitoring\/broken is invalid/);
    expect(stdout).toContain('doubtful: NetworkPolicy/monitoring/broken is invalid, and could change this');
  });
});

describe('cluster-wide policies', () => {
  const flow = 'tcp shop/api to monitoring/prometheus:9090';

  test('what the CNI does not enforce is told first, what another one does is enforced', () => {
    const calico = dryplane(['explain', ...EXAMPLE, ...ADMIN, flow]).stdout.split('\n');
    expect(calico[0]).toBe(
      'warning: 1 AdminNetworkPolicy is not enforced by calico: monitoring; --cni calico@3.31 enforces it',
    );
    expect(calico[2]).toMatch(/^allow /);
    const older = dryplane(['explain', ...EXAMPLE, ...ADMIN, '--cni', 'calico@3.31', flow]).stdout;
    expect(older).toMatch(/^deny .*\n {2}ingress: rule 0 of AdminNetworkPolicy monitoring in tier /);
  });

  test('an overlay takes them away again', () => {
    const words = ['explain', ...EXAMPLE, ...ADMIN, '--cni', 'calico@3.31', flow];
    const { stdout } = dryplane([...words, '--remove', 'AdminNetworkPolicy/monitoring']);
    expect(stdout).toMatch(/^allow /);
    const misspelt = dryplane([...words, '--remove', 'AdminNetworkPolicy/monitorin']);
    expect(misspelt.code).toBe(2);
    expect(misspelt.stderr).toContain('did you mean AdminNetworkPolicy/monitoring?');
  });
});

describe('test', () => {
  test('the suite that ships passes; what staged policies would change is an expectation like others', () => {
    const ended = dryplane(['test', 'traces/calico-suite.yaml']);
    expect([ended.code, ended.stderr]).toEqual([0, '']);
    expect(ended.stdout).toContain(
      '✓ allow tcp monitoring/prometheus to shop/db:metrics (deny with staged policies)',
    );
    const mended = manifest(
      'mended.yaml',
      'kind: StagedNetworkPolicy\nmetadata: {name: db-backend-only, namespace: shop}\nspec: {order: 50, selector: "app == \'db\'", ingress: [{action: Pass}]}\n',
    );
    const words = ['test', 'traces/calico-suite.yaml', '--add', mended];
    const { code, stdout } = dryplane(words);
    expect(code).toBe(1);
    expect(stdout).toContain('expected  allow, deny with staged policies');
    const document = checkedDocument<TestDocument>(dryplane([...words, '--format', 'json']).stdout);
    const failed = document.suites[0]!.results.filter(({ passed }) => !passed);
    expect(
      failed.map(({ expected, found, difference }) => [expected.pending, found.pending, difference]),
    ).toEqual([['deny', 'allow', 'expected deny with staged policies, found allow']]);
  });
});

describe('compile', () => {
  test('tells tiers, kinds, staged policies, sets and host endpoints; --dump every hook', () => {
    const { stdout } = dryplane(['compile', ...EXAMPLE]);
    expect(stdout).toMatch(
      /^compile 6 policies with \d+ rules over 5 pods and 1 host endpoint, CNI calico\n/,
    );
    expect(stdout).toMatch(/security\s+order 100\s+ends in pass\s+2 policies\n/);
    expect(stdout).toMatch(/default\s+order 1000000\s+ends in deny\s+4 policies, 1 staged\n/);
    const { cluster, dump } = checkedDocument<CompileDocument>(
      dryplane(['compile', ...EXAMPLE, '--dump', '--format', 'json']).stdout,
    );
    expect(cluster).toMatchObject({ staged: 1, host_endpoints: 1, network_sets: 1, endpoints: 6 });
    expect(cluster.kinds).toContainEqual({
      kind: 'GlobalNetworkPolicy',
      group: 'projectcalico.org',
      policies: 4,
    });
    const host = dump!.endpoints.find(({ kind }) => kind === 'host')!;
    expect(host.hooks).toEqual([
      { hook: 'pre-dnat', policies: ['GlobalNetworkPolicy/node-ports'] },
      { hook: 'host-ingress', policies: ['GlobalNetworkPolicy/nodes'] },
      { hook: 'host-egress', policies: [] },
    ]);
    const database = dump!.endpoints.find(({ endpoint }) => endpoint === 'shop/db')!;
    expect(database.ingress).toEqual(['NetworkPolicy/shop/db']);
  });
});
