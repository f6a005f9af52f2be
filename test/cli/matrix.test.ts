import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { MatrixDocument } from '../../src/analysis/matrix/matrix-document.ts';
import { dryplane } from './kept-program.ts';
import { checkedDocument, QUICKSTART } from './run-cli.ts';

function documentOf(...words: string[]): MatrixDocument {
  const ended = dryplane(['matrix', ...words, '--format', 'json']);
  expect(ended.stderr).toBe('');
  expect(ended.code).toBe(0);
  return checkedDocument<MatrixDocument>(ended.stdout);
}

const cellsOf = ({ cells }: MatrixDocument): Record<string, string> =>
  Object.fromEntries(cells.map(({ from, to, allow, some }) => [`${from} → ${to}`, `${allow}|${some}`]));

test('workloads, and the addresses outside, with the ports between them', () => {
  const document = documentOf(...QUICKSTART);
  expect(cellsOf(document)).toMatchObject({
    'monitoring/prometheus → shop/web': 'tcp 8080, 9090|',
    'payments/gateway → outside': '|tcp 443',
    'shop/api → shop/db': 'tcp 5433|',
    'shop/web → shop/api': 'tcp 8080|',
    'outside → shop/web': 'tcp 8080|',
    'shop/web → kube-system/coredns': 'all|',
  });
  expect(Object.keys(cellsOf(document))).not.toContain('shop/web → shop/db');
  expect(document.counts).toEqual({ pairs: 72, all: 21, partly: 15, none: 36 });
  const cell = document.cells.find(({ from, to }) => from === 'shop/api' && to === 'shop/db')!;
  expect(document.port_sets[cell.ports]).toEqual([
    { verdict: 'allow', protocol: 'tcp', first: 5433, last: 5433, source_first: 1, source_last: 65_535 },
  ]);
  expect(document.refused).toBe('udp 4789; protocol ipip');
});

test('what the CNI lets through whatever the policies say is told once, not in every closed cell', () => {
  const document = documentOf('-f', 'traces/cilium', '--cni', 'cilium', '--exposure');
  expect(document.let_through).toBe('icmp type 3 code 4');
  const closed = document.cells.filter(({ from, to }) => from === 'shop/api' && to === 'shop/web');
  expect(closed).toEqual([]);
  expect(document.counts.none).toBe(2);
  const exposed = [...document.exposure!.outside, ...document.exposure!.new_pods];
  expect(exposed.length).toBeGreaterThan(0);
  expect(exposed.filter(({ allow }) => allow === 'icmp type 3 code 4')).toEqual([]);
});

test('namespaces say what only some of their pods may', () => {
  const document = documentOf(...QUICKSTART, '--by', 'namespace');
  expect(cellsOf(document)).toMatchObject({
    'shop → shop': '|tcp 5433, 6379, 8080',
    'payments → kube-system': 'tcp 53; udp 53|',
  });
});

test('one port has a verdict a pair', () => {
  const document = documentOf(...QUICKSTART, '--port', 'TCP/8080');
  expect(document.port).toBe('tcp/8080');
  expect(document.cells.every(({ verdict }) => verdict === 'allow')).toBe(true);
  expect(document.cells.some(({ from, to }) => from === 'shop/web' && to === 'shop/api')).toBe(true);
  expect(document.cells.some(({ from, to }) => from === 'shop/debug' && to === 'shop/api')).toBe(false);
  const { stdout } = dryplane(['matrix', ...QUICKSTART, '--port', 'tcp/8080']);
  expect(stdout).toContain('   8 shop/web              ✓ ✓ ✗ ✓ ✗ ✗ ✗ · ✓');
});

test('through Services by their ports, where the pod behind them may be reached', () => {
  const document = documentOf(...QUICKSTART, '--from', 'shop/web', '--to', 'services');
  expect(cellsOf(document)).toEqual({
    'shop/web → service:kube-system/kube-dns': 'tcp 53; udp 53|',
    'shop/web → service:shop/api': 'tcp 80|',
    'shop/web → service:shop/web': 'tcp 80|',
  });
});

test('exposure: blocks outside, and pods that do not exist yet', () => {
  const { exposure } = documentOf(...QUICKSTART, '--from', 'payments', '--to', 'shop/db', '--exposure');
  expect(exposure!.outside).toEqual([
    expect.objectContaining({
      party: 'payments/gateway',
      direction: 'to',
      peers: ['203.0.113.0/24 except 203.0.113.128/25'],
      allow: 'tcp 443',
    }),
  ]);
  expect(
    exposure!.new_pods.map(({ party, direction, peers, allow }) => [party, direction, ...peers, allow]),
  ).toEqual([
    ['payments/gateway', 'to', 'pods with k8s-app == "kube-dns" in any namespace', 'tcp 53; udp 53'],
    ['shop/db', 'from', 'pods with app == "prometheus" in namespace monitoring', 'tcp 9187'],
    ['shop/db', 'from', 'pods with app == "api" in namespace shop', 'tcp 5433'],
  ]);
  expect(documentOf(...QUICKSTART).exposure).toBeNull();
});

describe('filters', () => {
  test.each([
    ['shop', ['shop/api', 'shop/cache', 'shop/db', 'shop/debug', 'shop/web']],
    ['shop/db', ['shop/db']],
    ['app in (api, db)', ['shop/api', 'shop/db']],
    ['app=api', ['shop/api']],
    ['outside', ['outside']],
    ['198.51.100.0/24', ['198.51.100.0/24']],
    ['node:node-a', ['node:node-a']],
    ['nodes', ['nodes']],
  ])('%s', (words, names) => {
    expect(documentOf(...QUICKSTART, '--from', words).rows.map(({ name }) => name)).toEqual(names);
  });

  test.each([
    [['--from', 'shpo'], 'cli/matrix-filter', 'did you mean shop'],
    [['--to', 'shop/bd'], 'cli/matrix-filter', 'did you mean shop/db'],
    [['--to', 'service:shop/dbb'], 'cli/matrix-filter', 'did you mean service:shop/db'],
    [['--from', '10.0.0.0/33'], 'cli/matrix-filter', '10.0.0.0/33: '],
    [['--from', 'app=nobody'], 'cli/matrix-filter', 'no pod has these labels'],
    [['--from', 'app=='], 'cli/matrix-filter', 'no pod has these labels'],
    [['--from', 'a=b=c'], 'cli/matrix-filter', 'these are no labels'],
    [['--from', 'services'], 'cli/matrix-filter', 'services send nothing'],
    [['--port', '5432'], 'cli/port', 'tcp/5432'],
    [['--port', 'icmp/8'], 'cli/port', 'tcp/5432'],
  ])('%s is a mistake', (words, code, text) => {
    const { code: exit, stderr } = dryplane(['matrix', ...QUICKSTART, ...words]);
    expect(exit).toBe(2);
    expect(stderr).toContain(`error[${code}]`);
    expect(stderr).toContain(text);
  });
});

describe('hostile names', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'dryplane-matrix-'));
    const pod = (name: string, address: string): object => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        namespace: 'shop',
        name: `p-${address.at(-1)}`,
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name, controller: true, uid: 'u' }],
      },
      spec: { containers: [{ name: 'c', image: 'i' }] },
      status: { podIP: address, phase: 'Running' },
    });
    const names = [
      '=cmd|" /c calc\'!A1',
      '</script><b>"\\N',
      '\u001b[31m\u202ered',
      'a]-->n1;style n0 fill:#f00',
    ];
    const items = names.map((name, index) => pod(name, `10.0.0.${index + 1}`));
    writeFileSync(join(folder, 'pods.json'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const printed = (format: string): string => {
    const { stdout, code } = dryplane(['matrix', '-f', join(folder, 'pods.json'), '--format', format]);
    expect(code).toBe(0);
    expect(stdout.length).toBeGreaterThan(100);
    return stdout;
  };

  test.each(['text', 'csv', 'dot', 'mermaid'])('move no cursor in %s', (format) => {
    expect(printed(format).replaceAll('\r\n', '\n')).not.toMatch(/[^\P{Cc}\n]|[\u202a-\u202e]/u);
  });

  test('are no formula in csv', () => {
    for (const line of printed('csv').trimEnd().split('\r\n')) expect(line).not.toMatch(/(^|,)"?[=+@-]/);
  });

  test('stand in quotes in mermaid, with nothing that has a meaning there', () => {
    const texts = [...printed('mermaid').matchAll(/"([^"\n]*)"/g)].map(([, text]) => text);
    expect(texts.length).toBeGreaterThan(8);
    for (const text of texts) expect(text!.replace(/#\d+;/g, '')).toMatch(/^[\p{L}\p{N} ./:,;_-]*$/u);
    expect(printed('mermaid')).not.toContain('<');
  });

  const hasGraphviz = spawnSync('dot', ['-V']).error === undefined;
  test.skipIf(!hasGraphviz)('are one label each in dot', () => {
    const { status, stdout, stderr } = spawnSync('dot', ['-Tjson'], {
      input: printed('dot'),
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const { objects, edges } = JSON.parse(stdout) as { objects: { label?: string }[]; edges: object[] };
    expect(objects.map(({ label }) => label).filter((label) => label?.includes('StatefulSet'))).toHaveLength(
      4,
    );
    expect(edges).toHaveLength(20);
  });
});

test('what is laid over the manifests is named', () => {
  const words = [...QUICKSTART, '--remove', 'NetworkPolicy/shop/db', '--from', 'payments'];
  const title = dryplane(['matrix', ...words]).stdout.split('\n')[0]!;
  expect(title).toContain(
    'traces/quickstart/policies, -NetworkPolicy/shop/db  by workload, 1 pod as sender,',
  );
  expect(documentOf(...words).manifests).toEqual([QUICKSTART[1], QUICKSTART[3], '-NetworkPolicy/shop/db']);
});

test('ports stand below each other, beside names as Deployments give them too', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'dryplane-long-')), 'pod.yaml');
  const name = 'recommendation-of-products-5f8c456796-b594r';
  writeFileSync(
    path,
    `apiVersion: v1\nkind: Pod\nmetadata: { name: ${name}, namespace: kube-system }\nstatus: { podIP: 10.42.1.200 }\n`,
  );
  const { stdout } = dryplane([
    ...['matrix', ...QUICKSTART, '--add', path, '--by', 'pod', '--from', 'monitoring'],
  ]);
  rmSync(path);
  const lines = stdout.split('\n').filter((line) => line.startsWith('  →'));
  expect(lines.find((line) => line.includes(name))).toBe(`  → kube-system/${name}  all`);
  expect(new Set(lines.map((line) => /^ {2}→ \S+ +/.exec(line)![0].length)).size).toBe(1);
});

test('a block with a hole is named with the hole, the whole world too', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'dryplane-hole-')), 'world.yaml');
  const block = '{ ipBlock: { cidr: 0.0.0.0/0, except: [10.0.0.0/8] } }';
  writeFileSync(
    path,
    `apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: { name: world, namespace: shop }\nspec: { podSelector: { matchLabels: { app: cache } }, ingress: [{ from: [${block}], ports: [{ port: 6379 }] }] }\n`,
  );
  const { stdout } = dryplane(['matrix', ...QUICKSTART, '--add', path, '--exposure', '--to', 'shop/cache']);
  rmSync(path);
  expect(stdout).toContain('← every address outside the cluster except 10.0.0.0/8: tcp 6379');
});

test('a cluster without pods is told so', () => {
  const { stdout, code } = dryplane(['matrix', '-f', 'traces/quickstart/policies']);
  expect(code).toBe(0);
  expect(stdout).toContain('warning: no pods in the manifests');
});
