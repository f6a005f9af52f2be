/**
 * Every command in every format over names that mean harm: of folders, files, owners, suites and policies of flow logs. What is printed
 * moves no cursor and holds no command of a CI server; every document of JSON is one of its schema; YAML reads back.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { dryplane } from './kept-program.ts';
import { checkedDocument } from './run-cli.ts';

const NAMES = [
  '<script>window.hit=1</script>',
  '\u001b[31m\u202ered\u2066 \u2028x\u0085',
  '=cmd|"/c calc"!A1',
  '::error file=a::hijack',
  '\n::warning::line\r\n##[error]x\n---\nok 1 - x\nend_of_record',
  '##vso[task.setvariable variable=a]b',
  '[click](http://evil.example) `tick` ]]> | pipe',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: that is what is hostile about it
  "$(touch pwned) ${HOME} 'q' # TODO",
  '"]; style n0 fill:#f00;',
  'x'.repeat(300),
];
/** What a file may be called. */
const FOLDER = 'a <b>\n::error::x\u202e\u001b[31m"\'$(touch pwned)|](x)##[error]%0A=#;,:1:2';

let folder: string;
let cluster: string;
let mended: string;
let hubble: string;
let suite: string;

const annotated = (namespace: string, name: string): object => ({
  namespace,
  name,
  annotations: Object.fromEntries(NAMES.map((text, index) => [`a${index}`, text])),
});

function pod(namespace: string, name: string, last: number, owner?: string): object {
  const ownerReferences = [{ apiVersion: 'apps/v1', kind: owner, name: owner, controller: true, uid: 'u' }];
  const metadata = { ...annotated(namespace, name), labels: { app: name } };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: owner === undefined ? metadata : { ...metadata, ownerReferences },
    spec: { containers: [{ name: 'c', image: owner ?? 'i' }] },
    status: { phase: 'Running', podIP: `10.0.0.${last}`, podIPs: [{ ip: `10.0.0.${last}` }] },
  };
}

function policy(app: string): object {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: annotated('shop', 'db'),
    spec: {
      podSelector: { matchLabels: { app: 'db' } },
      policyTypes: ['Ingress'],
      ingress: [{ from: [{ podSelector: { matchLabels: { app } } }], ports: [{ port: 5432 }] }],
    },
  };
}

function calicoPolicy(): object {
  return {
    apiVersion: 'projectcalico.org/v3',
    kind: 'NetworkPolicy',
    metadata: annotated('shop', 'odd'),
    spec: {
      selector: `app == '${NAMES[6]}' || app == '${NAMES[3]}' || app == 'p1'`,
      ingress: [
        {
          action: 'Deny',
          metadata: { annotations: { [NAMES[3]!]: NAMES[4] } },
          source: { selector: "a == 'b'" },
        },
        { action: 'Allow', protocol: 'TCP', destination: { ports: [80] } },
      ],
    },
  };
}

function event(name: string, index: number): object {
  const at = { namespace: name, pod_name: name, labels: [name], workloads: [{ name, kind: name }] };
  return {
    time: `2026-02-02T10:00:${10 + index}Z`,
    verdict: index % 2 === 0 ? 'FORWARDED' : 'DROPPED',
    drop_reason_desc: 'POLICY_DENIED',
    IP: { source: `10.0.0.${index + 2}`, destination: '10.0.0.1', ipVersion: 'IPv4' },
    l4: { TCP: { source_port: 4000 + index, destination_port: 5432, flags: { SYN: true } } },
    source: at,
    destination: at,
    event_type: { type: 5 },
    traffic_direction: 'INGRESS',
    ingress_denied_by: [{ name, namespace: name, kind: name }],
    ingress_allowed_by: [{ name, namespace: name }],
  };
}

beforeAll(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'dryplane-hostile-')), FOLDER);
  const list = (items: readonly object[]): string =>
    JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  const pods = [
    pod('shop', 'db', 1),
    ...NAMES.map((name, index) => pod('shop', `p${index}`, index + 2, name)),
  ];
  [cluster, mended] = ['before', 'after'].map((name) => join(folder, name)) as [string, string];
  for (const [path, app] of [
    [cluster, 'p1'],
    [mended, 'p2'],
  ] as const) {
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'all.json'), list([...pods, policy(app), calicoPolicy()]));
  }
  hubble = join(folder, 'hubble.json');
  writeFileSync(hubble, NAMES.map((name, index) => `${JSON.stringify(event(name, index))}\n`).join(''));
  suite = join(folder, 'suite.yaml');
  const flows = NAMES.map((name, index) => ({
    name,
    why: name,
    flow: `tcp shop/p${index} to shop/db:5432`,
    expect: index % 2 === 0 ? 'allow' : 'deny',
    by: `NetworkPolicy/shop/${name.replace(/[\s/]/g, '')}`,
  }));
  const claims = NAMES.map((name) => ({ name, why: name, none: { from: 'namespace:shop' } }));
  const traces = [{ trace: 'hubble.json', expect: claims }];
  const steps = [
    { name: NAMES[4], remove: ['NetworkPolicy/shop/db'], allow: ['tcp shop/p1 to shop/db:5432'] },
  ];
  const written = { description: NAMES[4], manifests: ['before'], flows, traces, steps };
  writeFileSync(suite, JSON.stringify(written));
});
afterAll(() => rmSync(join(folder, '..'), { recursive: true, force: true }));

/** What each command is asked; the folder's names are known when it runs. */
const RUNS: readonly (readonly [
  title: string,
  words: () => readonly string[],
  formats: readonly string[],
])[] = [
  ['replay', () => ['replay', hubble, '-f', cluster, '--coverage'], ['text', 'lcov']],
  ['explain', () => ['explain', '-f', cluster, 'tcp shop/p0 to shop/db:5432'], ['text']],
  ['test', () => ['test', suite], ['text', 'tap', 'junit', 'lcov']],
  [
    'test --conformance',
    () => ['test', '--conformance', suite, '--cni', 'cilium'],
    ['text', 'junit', 'markdown'],
  ],
  ['diff', () => ['diff', '-f', cluster, '--against', mended], ['text', 'markdown']],
  ['diff of a trace', () => ['diff', hubble, '-f', cluster, '--against', mended], ['text', 'markdown']],
  ['matrix', () => ['matrix', '-f', cluster, '--exposure'], ['text', 'csv', 'dot', 'mermaid']],
  ['lint', () => ['lint', '-f', cluster, '--severity', 'note'], ['text', 'sarif']],
  ['recommend', () => ['recommend', hubble, '-f', cluster, '--include-denied'], ['yaml', 'text']],
  ['reduce', () => ['reduce', '-f', cluster, '--against', mended], ['text', 'markdown']],
  ['reduce of a suite', () => ['reduce', '--suite', suite], ['text', 'markdown']],
  ['reduce of a trace', () => ['reduce', hubble, '-f', cluster, '--record', '2'], ['text', 'markdown']],
  ['compile', () => ['compile', '-f', cluster, '--dump'], ['text']],
  ['a mistake', () => ['explain', '-f', cluster, `tcp ${FOLDER} to shop/db:80`], ['text']],
  ['a missing folder', () => ['lint', '-f', join(folder, 'nowhere')], ['text']],
];

describe.each(RUNS)('%s', (title, words, formats) => {
  test.each(formats)('as %s', (format) => {
    const { code, stdout, stderr } = dryplane([...words(), '--format', format]);
    expect(title.startsWith('a m') ? [2] : [0, 1], stderr).toContain(code);
    const printed = `${stdout}\n${stderr}`.replaceAll('\r\n', '\n');
    expect(printed.length).toBeGreaterThan(format === 'lcov' ? 0 : 100);
    expect(printed).not.toMatch(/[^\P{Cc}\n]|[\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u);
    expect(printed).not.toMatch(/^\s*::(?:error|warning)|##\w*\[/m);
  });

  test('as JSON of its schema', () => {
    const { code, stdout } = dryplane([...words(), '--format', 'json']);
    expect(title.startsWith('a m') ? [2] : [0, 1], stdout).toContain(code);
    checkedDocument(stdout);
    expect(stdout).not.toMatch(/[^\P{Cc}\n]|[\u2028\u202e]/u);
  });
});

test('recommended policies read back, under names that objects may have', () => {
  const { stdout } = dryplane(['recommend', hubble, '-f', cluster, '--include-denied']);
  const path = join(folder, 'recommended.yaml');
  writeFileSync(path, stdout);
  expect(parseAllDocuments(stdout).length).toBeGreaterThan(1);
  const { code, stderr } = dryplane(['compile', '-f', path]);
  expect([code, stderr]).toEqual([0, '']);
});

test('records that are written are read back as they were', () => {
  for (const format of ['csv', 'ndjson']) {
    const path = join(folder, `rows.${format}`);
    const { stdout } = dryplane(['convert', hubble, '--format', format]);
    expect(stdout).not.toMatch(/[^\P{Cc}\n]|[\u2028\u202e]/u);
    writeFileSync(path, stdout);
    const deciders = (trace: string): unknown =>
      checkedDocument<{ observed: unknown }>(
        dryplane(['replay', trace, '-f', cluster, '--format', 'json']).stdout,
      ).observed;
    expect(deciders(path)).toEqual(deciders(hubble));
  }
});

test('tests of others are imported under their names', () => {
  const path = join(folder, 'netassert.json');
  const side = (name: string): object => ({ k8sResource: { kind: 'pod', name, namespace: 'shop' } });
  const tests = NAMES.map((name) => ({
    name,
    type: 'k8s',
    protocol: 'tcp',
    targetPort: 5432,
    exitCode: 0,
    src: side('p1'),
    dst: side('db'),
  }));
  writeFileSync(path, JSON.stringify(tests));
  const { stdout, code } = dryplane(['test', '--import', path]);
  expect(code).toBe(0);
  expect(stdout).not.toMatch(/[^\P{Cc}\n]|[\u2028\u202e]/u);
  const written = parseAllDocuments(stdout)[0]!.toJS() as { description: string; flows: { name: string }[] };
  expect(written.flows.map(({ name }) => name)).toEqual(NAMES.map((name) => name));
  expect(written.description).toContain(path);
});

test('a table of Markdown is one that no name leaves', () => {
  const { stdout } = dryplane(['diff', '-f', cluster, '--against', mended, '--format', 'markdown']);
  const rows = stdout.split('\n').filter((line) => line.startsWith('|'));
  expect(rows.length).toBeGreaterThan(3);
  for (const row of rows) expect(row.match(/\|/g)).toHaveLength(6);
  expect(stdout.replace(/<\/?(?:code|sub|details|summary)>/g, '')).not.toMatch(/[<`]|\]\(/);
});

test('a message of SARIF is no link that a policy sets', () => {
  const path = join(folder, 'link.json');
  const spec = { selector: "app == '[x](http://evil.example)'", ingress: [{ action: 'Allow' }] };
  const metadata = { name: 'linked', namespace: 'shop' };
  const policy = { apiVersion: 'projectcalico.org/v3', kind: 'NetworkPolicy', metadata, spec };
  writeFileSync(path, JSON.stringify(policy));
  const { stdout } = dryplane(['lint', '-f', path, '-f', cluster, '--severity', 'note', '--format', 'sarif']);
  const { runs } = JSON.parse(stdout) as { runs: { results: { message: { text: string } }[] }[] };
  const texts = runs[0]!.results.map(({ message }) => message.text);
  expect(texts).toContainEqual(expect.stringContaining('[x] (http://evil.example)'));
  expect(texts).not.toContainEqual(expect.stringContaining(']('));
});
