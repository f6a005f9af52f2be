/** What the pages of `replay` and `diff` hold, beside what the JSON of the same run says. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { ReplayDocument } from '../../src/analysis/replay/replay-document.ts';
import type { DiffPage, PackedColumns, ReplayPage } from '../../src/report/page-document.ts';
import { dryplane } from './kept-program.ts';
import { CAPTURE, checkedDocument, QUICKSTART } from './run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'dryplane-page-'));
afterAll(() => rmSync(folder, { recursive: true }));

function dataOf<Data>(html: string): Data {
  const [, json] = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(html) ?? [];
  return JSON.parse(json!) as Data;
}

/** Both reports of one replay. */
function replayed(words: readonly string[]): { page: ReplayPage; document: ReplayDocument } {
  const file = join(folder, 'page.html');
  const ended = dryplane(['replay', ...words, '--format', 'json', '--format', `html=${file}`]);
  expect(ended.code).toBe(0);
  return { page: dataOf(readFileSync(file, 'utf8')), document: checkedDocument(ended.stdout) };
}

const cell = (page: ReplayPage, column: keyof PackedColumns, row: number): number => {
  const values = page.flows.columns[column];
  return typeof values === 'number' ? values : values[row]!;
};

/** Marks taken away. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: marks are what is taken away
const plain = (line: string): string => line.replace(/\u0001[a-z]|\u0002/g, '');

const flowOf = (page: ReplayPage, row: number): string =>
  `${page.flows.texts[cell(page, 'from', row)]} to ${page.flows.texts[cell(page, 'to', row)]}`;

/** Every flow that the document lists is the row of the page, and walks end as the replay did. */
function expectSame({ page, document }: { page: ReplayPage; document: ReplayDocument }): void {
  const listed = [...document.denied, ...document.undecided].sort((a, b) => b.packets - a.packets);
  const rows = Array.from({ length: page.flows.rows }, (_, row) => row);
  const refused = rows.filter(
    (row) => page.flows.decisions[cell(page, 'decision', row)]!.verdict !== 'allow',
  );
  const told = (verdict: string, flow: string, ...numbers: readonly (number | string)[]): string =>
    [verdict, flow, ...numbers].join(' | ');
  const ofPage = refused.map((row) => {
    const { verdict, place } = page.flows.decisions[cell(page, 'decision', row)]!;
    const counts = (['packets', 'bytes', 'connections'] as const).map((name) => cell(page, name, row));
    return told(
      verdict,
      flowOf(page, row),
      ...counts,
      place,
      page.flows.places[cell(page, 'src', row)]!.name,
    );
  });
  const ofDocument = listed.map(({ verdict, flow, packets, bytes, connections, decider, open, src_name }) =>
    told(verdict, flow, packets, bytes, connections, open?.source ?? decider.location, src_name),
  );
  expect(ofPage.sort()).toEqual(ofDocument.sort());
  for (const [number, { verdict, example, walk }] of page.flows.decisions.entries()) {
    expect(cell(page, 'decision', example)).toBe(number);
    if (walk === null || walk.length === 0) continue;
    expect(plain(page.lines[walk[0]!]!)).toMatch(new RegExp(`^${verdict}  `));
    expect(plain(page.lines[walk[0]!]!)).toContain(flowOf(page, example));
  }
}

const walked = ({ flows }: ReplayPage): number =>
  flows.decisions.filter(({ walk }) => walk !== null && walk.length > 0).length;

describe('the page of a replay holds the flows that its document lists', () => {
  test('a capture: all packets but the skipped ones, every decision with its walk', () => {
    const both = replayed([CAPTURE, ...QUICKSTART]);
    expectSame(both);
    const { page, document } = both;
    const packets = Array.from({ length: page.flows.rows }, (_, row) => cell(page, 'packets', row));
    expect(packets.reduce((sum, count) => sum + count)).toBe(document.packets.total - document.packets.skip);
    expect(walked(page)).toBe(page.flows.decisions.length);
    expect(page.dead.rules.map(({ place }) => place)).toEqual([
      'traces/quickstart/policies/api.yaml:14',
      'traces/quickstart/policies/db.yaml:10',
      'traces/quickstart/policies/payments.yaml:16',
    ]);
    // A service stands as its own address, its backend behind it.
    const service = page.flows.places.findIndex(({ kind }) => kind === 'service');
    const row = packets.findIndex((_, index) => cell(page, 'dst', index) === service);
    expect(page.flows.places[cell(page, 'judged', row)]!.kind).toBe('pod');
  });

  test('a flow log, host endpoints, tiers and a staged policy', () => {
    const both = replayed([
      'traces/calico/flows.csv',
      '-f',
      'traces/calico/cluster.yaml',
      '-f',
      'traces/calico/policies',
    ]);
    expectSame(both);
    expect(walked(both.page)).toBeGreaterThan(5);
    expect(both.page.staged!.changed).toMatchObject([
      { flow: 'tcp monitoring/prometheus to shop/db:9187', what: 'allow now, deny then' },
    ]);
    expect(both.page.staged!.policies[0]!.newlyDenied).toBe(60);
  });

  test('what was observed, with who decided on either side', () => {
    const both = replayed([
      'traces/netns/n1-nflog1-drops.pcap',
      'traces/netns/n2-nflog2-drops.pcap',
      '-f',
      'traces/netns/cluster.yaml',
      '-f',
      'traces/netns/policies-calico.yaml',
    ]);
    expectSame(both);
    expect(both.page.observed).toMatchObject({ agree: 9, compared: 9, unit: 'packet', groups: [] });
    expect(both.page.observed!.otherPolicy[0]!.sides.map(({ label }) => label)).toEqual(['observed', 'here']);
  });

  test('snapshots: a flow is who it was when it passed, and so is its walk', () => {
    const pod = (name: string, app: string, address: string): object => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { namespace: 'shop', name, labels: { app } },
      spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'x' }] },
      status: { phase: 'Running', podIP: address, startTime: '2026-11-20T09:00:00Z' },
    });
    const policy = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'db', namespace: 'shop' },
      spec: {
        podSelector: { matchLabels: { app: 'db' } },
        ingress: [{ from: [{ podSelector: { matchLabels: { app: 'a' } } }] }],
      },
    };
    for (const [name, client, app] of [
      ['s1', 'first', 'a'],
      ['s2', 'second', 'b'],
    ] as const) {
      mkdirSync(join(folder, name));
      const items = [
        { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
        policy,
        pod('db', 'db', '10.0.0.9'),
        pod(client, app, '10.0.0.5'),
      ];
      const list = { apiVersion: 'v1', kind: 'List', items };
      writeFileSync(join(folder, name, 'all.json'), JSON.stringify(list));
    }
    const flows = join(folder, 'flows.csv');
    writeFileSync(
      flows,
      `time,src,dst,protocol,src_port,dst_port,packets,bytes
2026-11-20T10:30:00Z,10.0.0.5,10.0.0.9,tcp,40001,5432,5,500
2026-11-20T11:30:00Z,10.0.0.5,10.0.0.9,tcp,40002,5432,7,700
`,
    );
    const both = replayed([
      flows,
      '-f',
      `${join(folder, 's1')}@2026-11-20T10:00:00Z`,
      '-f',
      `${join(folder, 's2')}@2026-11-20T11:00:00Z`,
    ]);
    expectSame(both);
    const { page } = both;
    expect(flowOf(page, 0)).toBe('tcp shop/second to shop/db:5432');
    expect(flowOf(page, 1)).toBe('tcp shop/first to shop/db:5432');
    expect([cell(page, 'snapshot', 0), cell(page, 'snapshot', 1)]).toEqual([1, 0]);
    expect(walked(page)).toBe(2);
  });

  test('records that name pods in the place of addresses', () => {
    const flows = join(folder, 'names.csv');
    writeFileSync(
      flows,
      `time,src_name,dst_name,protocol,dst_port,packets,bytes
2026-11-20T10:30:00Z,shop/api,shop/db,tcp,5432,5,500
2026-11-20T10:30:01Z,shop/nobody-*,shop/db,tcp,5432,3,300
`,
    );
    const both = replayed([flows, ...QUICKSTART]);
    expectSame(both);
    const { page } = both;
    expect(flowOf(page, 0)).toBe('tcp shop/api to shop/db:5432');
    expect(page.flows.places[0]).toEqual({
      address: '',
      name: 'shop/api',
      kind: 'pod',
      namespace: 'shop',
      group: 'api',
    });
    expect(walked(page)).toBe(1);
    expect(page.alarms[0]!.map(plain)[0]).toContain('1 name in the trace is in no manifest.');
  });

  test('without manifests nothing is judged, and the page says so', () => {
    const { page } = replayed([CAPTURE]);
    expect(page.alarms[0]![0]).toContain('No manifests were given');
    expect(page.explain).toBe('');
    expect(page.flows.rows).toBe(24);
  });
});

test('a page goes to the screen, into -o, and beside other formats', () => {
  const onScreen = dryplane(['replay', CAPTURE, ...QUICKSTART, '--format', 'html']);
  expect(onScreen.stdout).toMatch(/^<!doctype html>\n.*<\/html>\n$/s);
  const file = join(folder, 'out.html');
  expect(
    dryplane([
      'diff',
      ...QUICKSTART,
      '--against',
      'traces/quickstart/policies',
      '--format',
      'html',
      '-o',
      file,
    ]).code,
  ).toBe(0);
  expect(dataOf<DiffPage>(readFileSync(file, 'utf8'))).toMatchObject({
    kind: 'diff',
    isSame: true,
    groups: [],
  });
  const { code, stderr } = dryplane(['replay', CAPTURE, ...QUICKSTART, '--format', 'html=/nowhere/x.html']);
  expect(code).toBe(2);
  expect(stderr).toContain('there is no folder /nowhere');
});

test('the policy of the page names the hashes of its own program and style, and nothing else', async () => {
  const { stdout } = dryplane(['replay', CAPTURE, ...QUICKSTART, '--format', 'html']);
  const [, policy] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(stdout) ?? [];
  const digest = async (text: string): Promise<string> =>
    Buffer.from(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))).toString('base64');
  const [, script] = /<script>(.*?)<\/script>/s.exec(stdout) ?? [];
  const [, style] = /<style>(.*?)<\/style>/s.exec(stdout) ?? [];
  expect(policy).toBe(
    `default-src 'none'; script-src 'sha256-${await digest(script!)}'; style-src 'sha256-${await digest(style!)}'; img-src data:; base-uri 'none'; form-action 'none'`,
  );
  expect(stdout).not.toMatch(/\s(?:src|href)="(?!data:)/);
  for (const name of ['preact', 'd3-scale']) expect(script).toMatch(new RegExp(`^/\\*!.*${name}\\n`, 's'));
});
