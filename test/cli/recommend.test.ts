import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RecommendDocument } from '../../src/analysis/recommend/recommend-document.ts';
import type { ReplayDocument } from '../../src/analysis/replay/replay-document.ts';
import { dryplane } from './kept-program.ts';
import { CAPTURE, checkedDocument, QUICKSTART } from './run-cli.ts';

const CLUSTER = 'traces/quickstart/cluster.yaml';
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dryplane-recommend-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function documentOf(words: readonly string[]): RecommendDocument {
  const ended = dryplane(['recommend', ...words, '--format', 'json', '-q']);
  expect(ended.stderr).toBe('');
  expect(ended.code).toBe(0);
  return checkedDocument<RecommendDocument>(ended.stdout);
}

test('what is written for the quickstart denies nothing of it but ICMP, and says which record a rule comes from', () => {
  const path = join(folder, 'policies.yaml');
  const { code, stdout, stderr } = dryplane(['recommend', CAPTURE, '-f', CLUSTER, '-o', path]);
  expect(code).toBe(0);
  expect(stdout).toBe('');
  expect(stderr).toContain('8 policies with 27 rules for 20 flows');
  expect(stderr).toContain('they allow all of them');
  expect(stderr).toContain('icmp shop/debug to shop/db type 8 code 0');
  const yaml = readFileSync(path, 'utf8');
  expect(yaml).toContain(
    '# 8 connections, 112 packets; e.g. tcp shop/api to shop/db:5432, record 28 of traces/quickstart/capture.pcap',
  );
  expect(yaml).toContain('# to kube-system/coredns: udp 53, DNS');
  const replayed = dryplane(['replay', CAPTURE, '-f', CLUSTER, '-f', path, '--format', 'json']);
  const { denied, packets } = checkedDocument<ReplayDocument>(replayed.stdout);
  expect(denied.map(({ flow }) => flow)).toEqual(['icmp shop/debug to shop/db type 8 code 0']);
  expect(packets.deny).toBe(6);
  const calico = join(folder, 'calico.yaml');
  dryplane(['recommend', CAPTURE, '-f', CLUSTER, '--kind', 'calico', '-o', calico]);
  const again = dryplane(['replay', CAPTURE, '-f', CLUSTER, '-f', calico, '--format', 'json']);
  expect(checkedDocument<ReplayDocument>(again.stdout).packets.deny).toBe(0);
});

test('what the manifests deny is not opened, unless it is asked for', () => {
  const shut = documentOf([CAPTURE, ...QUICKSTART]);
  expect(shut.left_out.map(({ why, flows }) => [why, flows])).toEqual([['denied-by-policy', 8]]);
  expect(shut.left_out[0]!.flows_listed[0]).toMatchObject({
    flow: 'tcp shop/api to shop/db:5432',
    detail: 'ingress: NetworkPolicy shop/db isolates it, no rule allows this',
    first: { record: 28 },
  });
  expect(shut.replaces.find(({ policy }) => policy === 'allow-metrics')).toMatchObject({ alone: 1 });
  const open = documentOf([CAPTURE, ...QUICKSTART, '--include-denied']);
  expect(open.flows.recommended.flows).toBe(20);
  expect(open.flows.total).toEqual(shut.flows.total);
});

test('what security groups of a cloud rejected is not opened: nothing of it ever came through', () => {
  const path = join(folder, 'vpc.log');
  const record = (source: string, port: number, action: string): string =>
    `2 1 eni-1 ${source} 10.42.2.30 40000 ${port} 6 5 500 1770000000 1770000060 ${action} OK`;
  writeFileSync(
    path,
    [
      'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status',
      record('203.0.113.99', 5432, 'REJECT'),
      record('10.42.1.20', 5432, 'ACCEPT'),
      record('198.51.100.9', 5433, 'REJECT'),
      record('198.51.100.9', 5433, 'ACCEPT'),
      '',
    ].join('\n'),
  );
  const { left_out: left } = documentOf([path, '-f', CLUSTER]);
  expect(left.map(({ why, flows_listed }) => [why, flows_listed.map(({ flow }) => flow)])).toEqual([
    ['denied-by-log', ['tcp 203.0.113.99 to shop/db:5432']],
  ]);
});

test('what the trace says was denied is not opened, but for what it also says was allowed', () => {
  const path = join(folder, 'flows.ndjson');
  const line = (dport: number, observed: string, time: number) =>
    JSON.stringify({
      time,
      kind: 'flow',
      src: '10.42.1.20',
      dst: '10.42.2.30',
      protocol: 'tcp',
      sport: 40_000 + time,
      dport,
      packets: 3,
      observed,
    });
  writeFileSync(
    path,
    [line(1, 'deny', 1), line(2, 'allow', 2), line(3, 'deny', 3), line(3, 'allow', 4)].join('\n'),
  );
  const { left_out, policies } = documentOf([path, '-f', CLUSTER]);
  expect(left_out.map(({ why, flows_listed }) => [why, flows_listed.map(({ flow }) => flow)])).toEqual([
    ['denied-by-log', ['tcp shop/api to shop/db:1']],
  ]);
  expect(policies.flatMap(({ rules }) => rules.map(({ ports }) => ports))).toEqual(['tcp 2, 3', 'tcp 2, 3']);
  expect(documentOf([path, '-f', CLUSTER, '--include-denied']).left_out).toEqual([]);
});

test('one destination that the trace shows behind several translations is opened at each of them', () => {
  const [pods, trace, path] = ['pods.yaml', 'translated.ndjson', 'translated.yaml'].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  const pod = (app: string, address: string): string =>
    `apiVersion: v1\nkind: Pod\nmetadata: { name: ${app}, namespace: b, labels: { app: ${app} } }\nstatus: { podIP: ${address} }\n`;
  const apps = ['client', 'blue', 'green'].map((app, index) => pod(app, `10.0.0.${index + 1}`));
  writeFileSync(pods, apps.join('---\n'));
  const line = (time: number, translated: string, port: number) => ({
    ...{ time, kind: 'flow', src: '10.0.0.1', dst: '198.51.100.7', protocol: 'tcp', sport: 40_000 + time },
    ...{ dport: 80, translated_dst: translated, translated_dport: port, packets: time },
  });
  const lines = [
    line(1, '10.0.0.2', 8080),
    line(2, '10.0.0.3', 8080),
    line(4, '10.0.0.3', 9090),
    line(8, '10.0.0.2', 8080),
  ];
  writeFileSync(trace, lines.map((one) => JSON.stringify(one)).join('\n'));
  const { policies, flows } = documentOf([trace, '-f', pods]);
  expect(flows.recommended).toMatchObject({ flows: 3, connections: 4, packets: 15 });
  const ingress = policies.flatMap(({ name, rules }) =>
    rules
      .filter(({ direction }) => direction === 'ingress')
      .map(({ ports, flows_listed }) => [name, ports, ...flows_listed.map(({ first }) => first?.record)]),
  );
  expect(ingress).toEqual([
    ['blue', 'tcp 8080', 1],
    ['green', 'tcp 8080, 9090', 3, 2],
  ]);
  dryplane(['recommend', trace, '-f', pods, '-o', path]);
  const again = dryplane(['replay', trace, '-f', pods, '-f', path, '--format', 'json']);
  expect(checkedDocument<ReplayDocument>(again.stdout).packets).toMatchObject({ allow: 15, deny: 0 });
});

test('namespaces, the rest of them, DNS and blocks of the outside', () => {
  const { policies, flows } = documentOf([CAPTURE, '-f', CLUSTER, '--namespace', 'payments,monitoring']);
  expect(policies.map(({ namespace, name }) => `${namespace}/${name}`)).toEqual([
    'monitoring/prometheus',
    'payments/gateway',
  ]);
  expect(flows.elsewhere.flows).toBeGreaterThan(0);
  const rest = documentOf([CAPTURE, '-f', CLUSTER, '--namespace', 'shop', '--isolate-rest']);
  expect(rest.policies.map(({ name }) => name)).toContain('default-deny');
  const dns = documentOf([
    CAPTURE,
    '-f',
    CLUSTER,
    '--add-dns',
    '--namespace',
    'shop',
    '--outside-prefix',
    '24',
  ]);
  const debug = dns.policies.find(({ name }) => name === 'debug')!;
  expect(debug.rules.filter(({ added }) => added)).toMatchObject([
    { ports: 'tcp 53, udp 53', dns: true, flows: 0 },
  ]);
  expect(dns.flows.total).toEqual(rest.flows.total);
  const web = dns.policies.find(({ name }) => name === 'web')!;
  expect(web.rules[0]!.peers.map(({ cidr, seen }) => [cidr, seen])).toEqual([
    ['198.51.100.0/24', 2],
    ['203.0.113.0/24', 1],
  ]);
});

test('pods that no label tells apart are named up to a few', () => {
  const [pods, trace] = [join(folder, 'bare.yaml'), join(folder, 'bare.csv')];
  const pod = (name: string, address: number): string =>
    `apiVersion: v1\nkind: Pod\nmetadata: { name: ${name}, namespace: b, labels: { app: a } }\nstatus: { podIP: 10.0.0.${address} }\n`;
  writeFileSync(pods, Array.from({ length: 9 }, (_, index) => pod(`a-${index}`, index + 1)).join('---\n'));
  writeFileSync(trace, 'src,dst,proto,dport\n10.0.0.1,203.0.113.1,tcp,443\n');
  const { stderr, stdout } = dryplane(['recommend', trace, '-f', pods]);
  expect(stderr).toContain('no label tells Pod/a-0, Pod/a-1, Pod/a-2 and 6 more in b apart:');
  expect(stdout).toContain('# Pod/a-0, Pod/a-1, Pod/a-2 and 6 more: 9 pods, 1 of them in the trace;');
});

test('policies that stay and allow of their own are named: nothing that they let through is said to be closed', () => {
  const path = join(folder, 'staying.yaml');
  const policy = (name: string, spec: string): string =>
    `apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: { name: ${name} }\nspec: ${spec}\n`;
  const everything = 'ingress: [{ action: Allow }], egress: [{ action: Allow }]';
  const written = [
    policy('open', `{ selector: all(), ${everything} }`),
    policy('nobody', `{ selector: has(nobody), ${everything} }`),
    policy('later.open', `{ tier: later, selector: all(), ${everything} }`),
    'apiVersion: projectcalico.org/v3\nkind: Tier\nmetadata: { name: later }\nspec: { order: 2000000 }\n',
  ];
  writeFileSync(path, written.join('---\n'));
  for (const kind of ['networkpolicy', 'calico']) {
    const words = [CAPTURE, '-f', CLUSTER, '-f', path, '--kind', kind];
    const { notes, flows } = documentOf(words);
    expect(notes).toContainEqual(
      'GlobalNetworkPolicy open stays and allows of its own: what it lets through needs no rule here, and is not closed',
    );
    expect(flows.no_rule_needed.flows).toBeGreaterThan(10);
    expect(dryplane(['recommend', ...words, '-q']).stdout).not.toContain('closed');
  }
  expect(documentOf([CAPTURE, '-f', CLUSTER]).notes.join()).not.toContain('of its own');
});

test('mistakes are told', () => {
  const wrong = dryplane(['recommend', CAPTURE]);
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain('no manifests were given');
  const { code, stderr } = dryplane([
    ...['recommend', CAPTURE, '-f', CLUSTER, '--namespace', 'shap', '--kind', 'calico', '--cni', 'cilium'],
  ]);
  expect(code).toBe(2);
  expect(stderr).toContain('did you mean shop?');
  expect(stderr).toContain('cilium does not enforce policies of Calico');
  const prefix = dryplane(['recommend', CAPTURE, '-f', CLUSTER, '--outside-prefix', '40']);
  expect(prefix.stderr).toContain('write 24, or 24,64');
  const noDns = join(folder, 'alone.yaml');
  writeFileSync(noDns, 'apiVersion: v1\nkind: Pod\nmetadata: { name: a, namespace: b }\n');
  expect(dryplane(['recommend', CAPTURE, '-f', noDns, '--add-dns']).stderr).toContain(
    'is the DNS of the cluster',
  );
});
