/** Records that name pods, network sets and networks instead of addresses, on the command line. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ReplayDocument } from '../../src/analysis/replay/replay-document.ts';
import { dryplane } from './kept-program.ts';
import { checkedDocument } from './run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'dryplane-names-'));
afterAll(() => rmSync(folder, { recursive: true }));

const deployment = (namespace: string, name: string): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { namespace, name },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'main', image: 'x' }] } },
  },
});

const pod = (name: string, podIP: string, labels: object): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace: 'shop', name, generateName: 'job-', labels },
  spec: { containers: [{ name: 'main', image: 'x' }] },
  status: { phase: 'Running', podIP },
});

/** The database admits web, one of two jobs and a laboratory's block. */
const MANIFESTS = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'other' } },
  deployment('shop', 'web'),
  deployment('shop', 'db'),
  deployment('other', 'client'),
  pod('job-vwx24', '10.0.0.7', { job: 'a' }),
  pod('job-vwx25', '10.0.0.8', { job: 'b' }),
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { namespace: 'shop', name: 'db' },
    spec: {
      podSelector: { matchLabels: { app: 'db' } },
      policyTypes: ['Ingress'],
      ingress: [
        {
          from: [
            { podSelector: { matchLabels: { app: 'web' } } },
            { podSelector: { matchLabels: { job: 'a' } } },
            { ipBlock: { cidr: '192.168.7.0/24' } },
          ],
          ports: [{ protocol: 'TCP', port: 5432 }],
        },
      ],
    },
  },
  {
    apiVersion: 'projectcalico.org/v3',
    kind: 'NetworkSet',
    metadata: { namespace: 'shop', name: 'lab', labels: { lab: 'yes' } },
    spec: { nets: ['192.168.7.0/25'] },
  },
  {
    apiVersion: 'projectcalico.org/v3',
    kind: 'GlobalNetworkSet',
    metadata: { name: 'partners', labels: { partners: 'yes' } },
    spec: { nets: ['203.0.113.0/24'] },
  },
];

const cluster = join(folder, 'cluster.json');
beforeAll(() => writeFileSync(cluster, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: MANIFESTS })));

const DB = 'shop/db-5d4f8b9c7f-*';
const WEB = 'shop/web-574ff6d9fd-*';

interface Told {
  readonly action?: string;
  readonly reporter?: string;
  readonly protocol?: string;
  readonly port?: number;
}

/** A flow of Whisker's; `shop/web-*`, or a name alone. */
function whisker(source: string, destination: string, told: Told = {}): object {
  const { action = 'Allow', reporter = 'Dst', protocol = 'tcp', port = 5432 } = told;
  const side = (text: string): [string, string] => {
    const slash = text.indexOf('/');
    return slash < 0 ? ['-', text] : [text.slice(0, slash), text.slice(slash + 1)];
  };
  const [sourceNamespace, sourceName] = side(source);
  const [destinationNamespace, destinationName] = side(destination);
  return {
    start_time: '2026-11-20T10:00:00Z',
    end_time: '2026-11-20T10:00:15Z',
    action,
    source_name: sourceName,
    source_namespace: sourceNamespace,
    source_labels: 'app=x | tier=y',
    dest_name: destinationName,
    dest_namespace: destinationNamespace,
    dest_labels: '',
    protocol,
    dest_port: port,
    reporter,
    policies: { enforced: null, pending: null },
    packets_in: 5,
    packets_out: 3,
    bytes_in: 500,
    bytes_out: 300,
  };
}

interface Row {
  readonly verdict: string;
  readonly reason: string;
  readonly src: string;
  readonly src_name: string;
  readonly dst_name: string;
  readonly packets: number;
  readonly observed: string;
  readonly policy: string;
}

/** Rows and document of a log. */
function replayed(name: string, text: string): { rows: Row[]; document: ReplayDocument } {
  const log = join(folder, name);
  writeFileSync(log, text);
  const rows = join(folder, `${name}.ndjson`);
  const ended = dryplane(['replay', log, '-f', cluster, '--format', 'json', '--verdicts', rows]);
  expect(ended.stderr).not.toContain('error');
  const document = checkedDocument<ReplayDocument>(ended.stdout);
  return {
    document,
    rows: readFileSync(rows, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Row),
  };
}

const answers = (rows: readonly Row[]): string[] =>
  rows.map(({ src_name, dst_name, verdict, reason }) => `${src_name} to ${dst_name}: ${verdict} ${reason}`);

describe("Whisker's flows", () => {
  const flows = [
    whisker(WEB, DB),
    whisker('other/client-6c4d8d7f5b-*', DB, { action: 'Deny' }),
    whisker('shop/job-*', DB),
    whisker('shop/job-vwx24', DB),
    whisker('shop/lab', DB),
    whisker('partners', DB, { action: 'Deny' }),
    whisker('PUBLIC NETWORK', DB, { action: 'Deny', protocol: 'TCP' }),
    whisker('PRIVATE NETWORK', DB, { action: 'Deny' }),
    whisker('shop/ghost-*', DB),
    whisker(WEB, 'PUBLIC NETWORK', { reporter: 'Src', port: 443 }),
    whisker(WEB, DB, { protocol: 'icmp', port: 0, action: 'Deny' }),
    whisker(WEB, WEB, { port: 80 }),
    whisker(DB, DB, { action: 'Deny' }),
  ];
  const expected = [
    `${WEB} to ${DB}: allow policy`,
    `other/client-6c4d8d7f5b-* to ${DB}: deny tier-end`,
    `shop/job-* to ${DB}: undetermined pods-differ`,
    `shop/job-vwx24 to ${DB}: allow policy`,
    `network-set:shop/lab to ${DB}: allow policy`,
    `network-set:partners to ${DB}: deny tier-end`,
    `public network to ${DB}: deny tier-end`,
    `private network to ${DB}: undetermined missing-field`,
    `shop/ghost-* to ${DB}: undetermined missing-field`,
    `${WEB} to public network: allow profile`,
    `${WEB} to ${DB}: deny tier-end`,
    `${WEB} to ${WEB}: allow profile`,
    `${DB} to ${DB}: deny tier-end`,
  ];

  test('are judged by all that the names stand for, and compared', () => {
    const { rows, document } = replayed('whisker.json', JSON.stringify({ total: {}, items: flows }));
    expect(answers(rows)).toEqual(expected);
    expect(rows[0]).toMatchObject({ src: '', packets: 8, observed: 'allow', policy: 'db' });
    expect(document.unknown_names).toEqual([{ name: 'shop/ghost-*', packets: 8, share: 1 / 13 }]);
    expect(document.observed!.agree.flows).toBe(10);
    expect(document.observed!.compared.flows).toBe(10);
    const { seen, known } = document.addresses;
    expect([seen, known]).toEqual([0, 0]);
  });

  test("read the same as Goldmane's emitter posts them, whoever reads them", () => {
    const kinds: Readonly<Record<string, number>> = {
      'PUBLIC NETWORK': 4,
      'PRIVATE NETWORK': 4,
      lab: 3,
      partners: 3,
    };
    const raw: Readonly<Record<string, string>> = { 'PUBLIC NETWORK': 'pub', 'PRIVATE NETWORK': 'pvt' };
    const lines = flows.map((flow) => {
      const { start_time: _, end_time: __, packets_in, bytes_in, ...told } = flow as Record<string, string>;
      const source = told.source_name!;
      const destination = told.dest_name!;
      const key = {
        source_name: raw[source] ?? source,
        source_namespace: told.source_namespace,
        source_type: kinds[source] ?? 1,
        dest_name: raw[destination] ?? destination,
        dest_namespace: told.dest_namespace,
        dest_type: kinds[destination] ?? 1,
        ...(Number(told.dest_port) === 0 ? {} : { dest_port: told.dest_port }),
        proto: told.protocol,
        reporter: told.reporter === 'Src' ? 1 : 2,
        action: told.action === 'Allow' ? 1 : 2,
      };
      return JSON.stringify({ Key: key, start_time: 1_795_000_000, packets_in, bytes_in });
    });
    const { rows, document } = replayed('goldmane.ndjson', lines.join('\n'));
    expect(answers(rows)).toEqual(expected);
    expect(document.observed!.agree.flows).toBe(10);
    expect(rows[0]!.packets).toBe(5);
  });
});

describe('names elsewhere', () => {
  test("stand in Enterprise's records where addresses were aggregated away", () => {
    const record = (source: object, port: number | null): string =>
      JSON.stringify({
        start_time: 1_795_000_000,
        source_ip: null,
        source_namespace: 'shop',
        source_type: 'wep',
        ...source,
        dest_ip: null,
        dest_name: '-',
        dest_name_aggr: 'db-5d4f8b9c7f-*',
        dest_namespace: 'shop',
        dest_type: 'wep',
        dest_port: port,
        proto: 'tcp',
        action: 'allow',
        reporter: 'dst',
        packets_in: 1,
        packets_out: 1,
        bytes_in: 1,
        bytes_out: 1,
      });
    const { rows } = replayed(
      'flows.log',
      [
        record({ source_name: '-', source_name_aggr: 'web-574ff6d9fd-*' }, 5432),
        record({ source_name: 'job-vwx25', source_name_aggr: 'job-*' }, 5432),
        record({ source_name: '-', source_name_aggr: '*' }, 5432),
        // Without a port: some of them are admitted.
        record({ source_name: '-', source_name_aggr: 'web-574ff6d9fd-*' }, null),
        // An address that a pod has goes before the name, one that nothing has does not.
        record({ source_ip: '10.0.0.7', source_name: 'job-vwx25' }, 5432),
        record({ source_ip: '10.9.9.9', source_name: 'job-vwx25' }, 5432),
      ].join('\n'),
    );
    expect(rows.map(({ verdict, reason }) => `${verdict} ${reason}`)).toEqual([
      'allow policy',
      'deny tier-end',
      'undetermined pods-differ',
      'undetermined missing-field',
      'allow policy',
      'deny tier-end',
    ]);
  });

  test('stand beside addresses that are masked away, or belong to nothing here', () => {
    const web = { namespace: 'shop', pod_name: 'web-574ff6d9fd-x2x2x' };
    const db = { namespace: 'shop', pod_name: 'db-5d4f8b9c7f-x2x2x' };
    const logs: Readonly<Record<string, object>> = {
      'hubble.log': {
        flow: {
          time: '2026-11-20T10:00:00Z',
          verdict: 'FORWARDED',
          source: web,
          destination: db,
          l4: { TCP: { source_port: 40_000, destination_port: 5432 } },
          event_type: { type: 5 },
          is_reply: false,
        },
      },
      'gcp.log': {
        jsonPayload: {
          connection: {
            src_ip: '172.30.9.1',
            dest_ip: '172.30.9.2',
            src_port: 40_000,
            dest_port: 5432,
            protocol: 6,
          },
          src_gke_details: { pod: { pod_name: web.pod_name, pod_namespace: 'shop' } },
          dest_gke_details: { pod: { pod_name: db.pod_name, pod_namespace: 'shop' } },
          packets_sent: '8',
        },
      },
      'netobserv.log': {
        SrcAddr: '172.30.9.1',
        DstAddr: '172.30.9.2',
        SrcPort: 40_000,
        DstPort: 5432,
        Proto: 6,
        SrcK8S_Type: 'Pod',
        SrcK8S_Name: web.pod_name,
        SrcK8S_Namespace: 'shop',
        DstK8S_Type: 'Pod',
        DstK8S_Name: db.pod_name,
        DstK8S_Namespace: 'shop',
        TimeReceived: 1_795_000_000,
      },
      'gadget.log': {
        type: 'connect',
        src: { addr: '172.30.9.1', port: 40_000, proto: 6 },
        dst: {
          addr: '172.30.9.2',
          port: 5432,
          proto: 6,
          k8s: { kind: 'pod', name: db.pod_name, namespace: 'shop' },
        },
        k8s: { namespace: 'shop', podName: web.pod_name },
      },
      'gadget-host.log': {
        type: 'connect',
        src: { addr: '172.30.9.1', port: 40_000, proto: 6 },
        dst: {
          addr: '172.30.9.2',
          port: 5432,
          proto: 6,
          k8s: { kind: 'svc', name: db.pod_name, namespace: 'shop' },
        },
      },
    };
    const paths = Object.entries(logs).map(([name, record]) => {
      writeFileSync(join(folder, name), JSON.stringify(record));
      return join(folder, name);
    });
    const rows = join(folder, 'masked.ndjson');
    dryplane(['replay', ...paths, '-f', cluster, '-q', '--verdicts', rows]);
    const read = readFileSync(rows, 'utf8').trimEnd().split('\n');
    expect(
      read.map((line) => {
        const { src, src_name, verdict, reason, policy } = JSON.parse(line) as Row;
        return `${src}${src_name} ${verdict} ${reason} ${policy}`;
      }),
    ).toEqual(
      expect.arrayContaining([
        ...Array(4).fill('shop/web-574ff6d9fd-x2x2x allow policy db'),
        '172.30.9.1 allow no-endpoint ',
      ]),
    );
  });

  test('are written by convert, and read back to the same verdicts', () => {
    const flows = [whisker(WEB, DB), whisker('PRIVATE NETWORK', DB), whisker('partners', DB)];
    const log = join(folder, 'stream.log');
    // As Whisker streams them.
    writeFileSync(log, flows.map((flow) => `data: ${JSON.stringify(flow)}\n\n`).join(''));
    const first = replayed('stream.log', readFileSync(log, 'utf8'));
    const { stdout } = dryplane(['convert', log, '--format', 'csv']);
    const again = replayed('converted.csv', stdout);
    expect(answers(first.rows)).toEqual([
      `${WEB} to ${DB}: allow policy`,
      `private network to ${DB}: undetermined missing-field`,
      `network-set:partners to ${DB}: deny tier-end`,
    ]);
    expect(answers(again.rows)).toEqual(answers(first.rows));
  });

  test('are what explain takes, and what its answer is the same for', () => {
    for (const [flow, verdict] of [
      [`tcp ${WEB} to ${DB}:5432`, 'allow'],
      [`tcp shop/job-* to ${DB}:5432`, 'undetermined'],
      ['tcp network-set:shop/lab to shop/db-*:5432', 'allow'],
      ['tcp network:public to shop/db-*:5432', 'deny'],
      ['tcp network:private to shop/db-*:5432', 'undetermined'],
      ['tcp shop/db-* to shop/db-*:5432', 'deny'],
    ] as const) {
      const { stdout } = dryplane(['explain', '-f', cluster, flow]);
      expect(stdout.split(' ')[0], flow).toBe(verdict);
    }
  });

  test('stand in CSV, in columns of their own or in the place of addresses', () => {
    const { rows, document } = replayed(
      'flows.csv',
      [
        'source,destination,protocol,destination_port',
        'shop/web-574ff6d9fd-*,shop/db-5d4f8b9c7f-x2x2x,tcp,5432',
        'network-set:shop/lab,10.0.0.8,tcp,1',
        'public network,shop/job-*,tcp,1',
        'some.host,10.0.0.8,tcp,1',
      ].join('\n'),
    );
    expect(rows.map(({ verdict, reason }) => `${verdict} ${reason}`)).toEqual([
      'allow policy',
      'allow profile',
      'allow profile',
      'skip malformed',
    ]);
    expect(document.unknown_names).toEqual([]);
  });
});
