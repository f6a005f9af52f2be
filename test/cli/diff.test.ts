import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DiffDocument } from '../../src/analysis/diff/diff-document.ts';
import type { ReplayDocument } from '../../src/analysis/replay/replay-document.ts';
import { dryplane } from './kept-program.ts';
import { CAPTURE, checkedDocument, QUICKSTART, ROOT } from './run-cli.ts';

let folder: string;
const CLUSTER = 'traces/quickstart/cluster.yaml';
const POLICIES = 'traces/quickstart/policies';

/** The quickstart's policies with the database's port as it should be. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dryplane-diff-'));
  cpSync(join(ROOT, POLICIES), join(folder, 'policies'), { recursive: true });
  const db = join(folder, 'policies/db.yaml');
  writeFileSync(db, readFileSync(db, 'utf8').replace('5433', '5432'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const mended = (): string[] => ['diff', '-f', CLUSTER, '-f', join(folder, 'policies'), '--against', POLICIES];

function documentOf(words: readonly string[], code: number): DiffDocument {
  const ended = dryplane([...words, '--format', 'json']);
  expect(ended.stderr).toBe('');
  expect(ended.code).toBe(code);
  return checkedDocument<DiffDocument>(ended.stdout);
}

test('a port that was mended is one region newly denied and one newly allowed, by the policy that changed', () => {
  const { all_packets: all, differs, assumptions } = documentOf(mended(), 1);
  expect(differs).toBe(true);
  expect(all!.groups.map(({ change, by }) => [change, by.policy, by.status])).toEqual([
    ['newly-denied', 'db', 'changed'],
    ['newly-allowed', 'db', 'changed'],
  ]);
  const [denied] = all!.groups[0]!.regions;
  expect(denied).toMatchObject({
    from: { names: ['shop/api'], pods: 1 },
    to: { names: ['shop/db'], pods: 1 },
    ports: 'tcp 5433',
    example: { flow: 'tcp shop/api to shop/db:5433' },
    before: { verdict: 'allow', decider: { rule: 0 } },
    after: { verdict: 'deny', decider: { rule: -1 } },
  });
  expect(assumptions.join()).toContain('the set before has policies alone');
});

test('the same set twice is equivalent, and exit code 0', () => {
  const { all_packets: all } = documentOf(
    ['diff', ...QUICKSTART, '--against', CLUSTER, '--against', POLICIES],
    0,
  );
  expect(all).toMatchObject({ equivalent: true, groups: [] });
  const { stdout } = dryplane(['diff', ...QUICKSTART, '--against', POLICIES]);
  expect(stdout).toContain('equivalent: no new packet is judged otherwise');
  expect(stdout).toContain('over all new packets: every source and destination address');
});

test('overlays are after, what they are laid over is before', () => {
  const { all_packets: all, after } = documentOf(
    ['diff', ...QUICKSTART, '--remove', 'NetworkPolicy/shop/db'],
    1,
  );
  expect(all!.groups.map(({ change, by }) => [change, by.policy, by.status])).toEqual([
    ['newly-denied', 'db', 'removed'],
  ]);
  expect(after.manifests).toContain('-NetworkPolicy/shop/db');
});

test('a revision of git is before, its files are named by it', () => {
  const repository = join(folder, 'repository');
  const git = (...words: string[]): void => {
    const { status, stderr } = spawnSync(
      'git',
      ['-C', repository, '-c', 'user.name=a', '-c', 'user.email=a@b.c', ...words],
      { encoding: 'utf8' },
    );
    expect(stderr).toBe('');
    expect(status).toBe(0);
  };
  mkdirSync(repository);
  cpSync(join(ROOT, 'traces/quickstart'), repository, { recursive: true });
  git('init', '--quiet');
  git('add', '.');
  git('commit', '--quiet', '-m', 'as they are');
  cpSync(join(folder, 'policies/db.yaml'), join(repository, 'policies/db.yaml'));
  const words = ['diff', '-f', join(repository, 'cluster.yaml'), '-f', join(repository, 'policies')];
  const { all_packets: all } = documentOf([...words, '--against', 'git:HEAD'], 1);
  expect(all!.regions).toEqual({ newly_denied: 1, newly_allowed: 1, other: 0 });
  expect(all!.groups[0]!.regions[0]!.before.decider.location).toBe('HEAD:policies/db.yaml:10');
  cpSync(join(ROOT, CLUSTER), join(repository, 'new.yaml'));
  const absent = dryplane(['diff', '-f', join(repository, 'new.yaml'), '--against', 'git:HEAD']);
  expect(absent.code).toBe(2);
  expect(absent.stderr).toContain('git worktree add');
  const unknown = dryplane([...words, '--against', 'git:nowhere']);
  expect(unknown.code).toBe(2);
  // Once, however many paths are asked for at the revision.
  expect(unknown.stderr.match(/--against git:nowhere/g)).toHaveLength(1);
});

test('two CNIs are compared knob by knob, against is before', () => {
  const words = ['diff', ...QUICKSTART, '--cni', 'cilium', '--against-cni', 'calico'];
  const { all_packets: all, cni, before, after } = documentOf(words, 1);
  expect([before.cni, after.cni]).toEqual(['calico', 'cilium']);
  expect(new Set(all!.groups.flatMap(({ knobs }) => knobs))).toEqual(
    new Set(['podGuards', 'workloadEncapsulation', 'hairpin']),
  );
  expect(cni!.knobs.find(({ knob }) => knob === 'hairpin')).toMatchObject({ opens: 3, closes: 0 });
  const { stdout } = dryplane(words);
  expect(stdout).toContain('From calico to cilium, knob by knob');
  expect(stdout).toContain('cilium/cilium bpf/bpf_lxc.c, pull request 39760');
});

test('what a CNI does is told where it decides, and knobs count what the report counts', () => {
  const words = ['diff', ...QUICKSTART, '--cni', 'romana', '--against-cni', 'kube-router'];
  const { all_packets: all, cni } = documentOf(words, 1);
  const opened = all!.groups.filter(
    ({ change, knobs }) => change === 'newly-allowed' && knobs!.includes('isolation'),
  );
  const regions = opened.reduce((sum, group) => sum + group.regions.length + group.omitted, 0);
  expect(cni!.knobs.find(({ knob }) => knob === 'isolation')!.opens).toBe(regions);
  const { stdout } = dryplane(words);
  expect(stdout).toContain('after  ingress: no policy isolates it');
  expect(stdout).not.toContain('kns.');
  expect(stdout).toMatch(
    /newly allowed by the knob isolation\n {2}romana: a namespace annotated DefaultDeny/,
  );
  expect(stdout).toMatch(/hairpin {2}opens \d+ regions?\n/);
  expect(stdout).toContain('before the CNI drops it whatever the policies say');
  const [, ...options] = words;
  const { trace, cni: onTrace } = documentOf(['diff', CAPTURE, ...options], 1);
  expect(trace!.newly_allowed.flows).toBe(20);
  expect(onTrace!.knobs.find(({ knob }) => knob === 'isolation')).toMatchObject({ opens: 20, closes: 0 });
  const traced = dryplane(['diff', CAPTURE, ...options]).stdout;
  expect(traced).toContain('isolation  opens 20 connections');
  expect(traced).toContain('without effect on what the traces hold');
  expect(traced).toContain('after  allow, ingress: no policy isolates it');
});

test("a policy of Cilium's is one policy, though it both allows and denies, and it is known by its manifest", () => {
  const words = [
    'diff',
    '-f',
    'traces/cilium',
    '--cni',
    'cilium',
    '--remove',
    'CiliumNetworkPolicy/shop/web',
  ];
  const { all_packets: all, before, after } = documentOf(words, 1);
  expect([before.policies, after.policies]).toEqual([3, 2]);
  expect(new Set(all!.groups.map(({ by }) => `${by.policy} ${by.status}`))).toEqual(new Set(['web removed']));
});

test('policies without anybody whom they select are no proof of anything, and that is said', () => {
  const words = ['diff', '-f', POLICIES, '--cni', 'cilium', '--against-cni', 'kube-router'];
  expect(documentOf(words, 0).warnings.join()).toContain('no pods in the manifests');
});

test('whole groups are named before their like, since reports show the first names', () => {
  const words = ['diff', ...QUICKSTART, '--cni', 'cilium', '--against-cni', 'kube-router'];
  const { all_packets: all } = documentOf(words, 1);
  const lists = all!.groups.flatMap(({ regions }) =>
    regions.flatMap(({ from, to }) => [from.names, to.names]),
  );
  const mixed = lists.filter((names) => names.length > 1 && names.some((name) => name.startsWith('every ')));
  expect(mixed.length).toBeGreaterThan(0);
  expect(mixed.every(([first]) => first!.startsWith('every '))).toBe(true);
});

test('--fail-on takes one direction alone', () => {
  const allowed = dryplane([...mended(), '--fail-on', 'newly-allowed']);
  expect([allowed.code, allowed.stderr]).toEqual([1, '--fail-on newly-allowed: 1 region of packets\n']);
  const removed = dryplane([
    'diff',
    ...QUICKSTART,
    '--remove',
    'NetworkPolicy/shop/db',
    '--fail-on',
    'newly-allowed',
  ]);
  expect(removed.code).toBe(0);
});

test('Markdown is a table that hostile names cannot leave', () => {
  const { stdout } = dryplane([...mended(), '--format', 'markdown']);
  expect(stdout).toContain('### Network policies: 1 region newly denied, 1 region newly allowed');
  expect(stdout).toContain('| 🔴 newly denied | shop/api | shop/db | tcp 5433 |');
});

test('what there is nothing to compare with, and what cannot be, is said', () => {
  const alone = dryplane(['diff', ...QUICKSTART]);
  expect(alone.code).toBe(2);
  expect(alone.stderr).toContain('there is nothing to compare with');
  const unstaged = dryplane(['diff', ...QUICKSTART, '--staged']);
  expect([unstaged.code, unstaged.stderr]).toEqual([
    2,
    expect.stringContaining('no policy of these manifests is staged'),
  ]);
  const cni = dryplane(['diff', ...QUICKSTART, '--against-cni', 'calicoo']);
  expect([cni.code, cni.stderr]).toEqual([2, expect.stringContaining('did you mean calico')]);
});

test('through a service only the own node of the pod behind it is spared', () => {
  const meta = (name: string) => ({ name, namespace: 'shop' });
  const node = (name: string, address: string) => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name },
    status: { addresses: [{ type: 'InternalIP', address }] },
  });
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...meta('db'), labels: { app: 'db' } },
    spec: { nodeName: 'a', containers: [{ name: 'db' }] },
    status: { phase: 'Running', podIP: '10.1.0.5', podIPs: [{ ip: '10.1.0.5' }] },
  };
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: meta('db'),
    spec: { clusterIP: '10.96.0.9', selector: { app: 'db' }, ports: [{ port: 80 }] },
  };
  const policy = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: meta('closed'),
    spec: { podSelector: {} },
  };
  const items = [node('a', '10.0.0.1'), node('b', '10.0.0.2'), pod, service];
  writeFileSync(join(folder, 'nodes.json'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  writeFileSync(join(folder, 'closed.json'), JSON.stringify(policy));
  const words = ['diff', '-f', join(folder, 'nodes.json'), '--add', join(folder, 'closed.json')];
  const { all_packets: all } = documentOf(words, 1);
  const toService = all!.groups
    .flatMap(({ regions }) => regions)
    .filter(({ to }) => to.names.includes('service:shop/db'));
  const sources = toService.flatMap(({ from }) => from.names);
  expect(sources).toContain('node:b');
  expect(sources).not.toContain('node:a');
});

test('an option of traces without a trace is told, not passed over', () => {
  const { code, stderr } = dryplane([...mended(), '--workers', '2', '--from', '+3s']);
  expect(code).toBe(2);
  expect(stderr).toContain('error[cli/trace]: --from, --workers: without effect, no trace was given');
});

test('on a trace both sets are what each of them is alone, and the flows that change are told', () => {
  const [, ...words] = mended();
  const ended = dryplane(['diff', CAPTURE, ...words, '--format', 'json']);
  expect(ended.code).toBe(1);
  const { trace, all_packets: all } = checkedDocument<DiffDocument>(ended.stdout);
  expect(all).toBeNull();
  const alone = (policies: string): ReplayDocument =>
    checkedDocument<ReplayDocument>(
      dryplane(['replay', CAPTURE, '-f', CLUSTER, '-f', policies, '--format', 'json']).stdout,
    );
  for (const [side, policies] of [
    ['before', POLICIES],
    ['after', join(folder, 'policies')],
  ] as const) {
    const { packets, bytes, flows } = alone(policies);
    expect(trace![side]).toEqual({ packets, bytes, flows });
  }
  expect(trace!.newly_allowed).toMatchObject({ packets: 112, flows: 8, clients: 1 });
  expect(trace!.groups).toHaveLength(1);
  const [group] = trace!.groups;
  expect(group).toMatchObject({
    change: 'newly-allowed',
    by: { policy: 'db', status: 'changed' },
    omitted: 0,
  });
  expect(group!.flows_listed[0]).toMatchObject({ flow: 'tcp shop/api to shop/db:5432', packets: 112 });
  expect([group!.explained.before!.verdict, group!.explained.after!.verdict]).toEqual(['deny', 'allow']);
  const markdown = dryplane(['diff', CAPTURE, ...words, '--format', 'markdown']).stdout;
  expect(markdown).toContain('8 connections newly allowed');
  const denied = dryplane(['diff', CAPTURE, ...words, '--fail-on', 'newly-denied']);
  expect(denied.code).toBe(0);
});

test('staged policies are promoted after, and a trace tells what that does', () => {
  const words = ['diff', '-f', 'traces/calico/cluster.yaml', '-f', 'traces/calico/policies', '--staged'];
  const { all_packets: all, staged } = documentOf(words, 1);
  expect(staged).toBe(true);
  expect(all!.groups.every(({ by }) => by.status === 'added' && by.kind.startsWith('Staged'))).toBe(true);
});
