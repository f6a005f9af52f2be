/** `dryplane test` as a runner: folders, filters, formats side by side. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestDocument } from '../../src/analysis/test/test-document.ts';
import { dryplane } from './kept-program.ts';
import { checkedDocument, ROOT } from './run-cli.ts';

let folder: string;
const CLUSTER = join(ROOT, 'traces/quickstart');
const MANIFESTS = `manifests: [${CLUSTER}/cluster.yaml, ${CLUSTER}/policies]\n`;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dryplane-runner-'));
  mkdirSync(join(folder, 'deep/.hidden'), { recursive: true });
  writeFileSync(
    join(folder, 'b.yaml'),
    `${MANIFESTS}description: the database
flows:
  - { name: orders, tags: [smoke], flow: tcp shop/api > shop/db:5432, expect: allow }
  - { tags: [slow], flow: tcp shop/web > shop/db:5432, expect: deny, why: no business there }
`,
  );
  writeFileSync(
    join(folder, 'deep/a.yml'),
    `${MANIFESTS}tags: [smoke]\nallow: [tcp shop/web > service:shop/api:80, udp payments/gateway > kube-system/coredns:53]\n`,
  );
  writeFileSync(join(folder, 'deep/build.yaml'), 'steps:\n  - name: docker\noptions: {}\n');
  writeFileSync(join(folder, 'deep/values.yaml'), 'replicas: 3\nimages:\n  flows: no\n');
  writeFileSync(
    join(folder, 'deep/object.yaml'),
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\nallow: []\n',
  );
  writeFileSync(join(folder, 'deep/.hidden/c.yaml'), 'flows: broken');
});
afterAll(() => rmSync(folder, { recursive: true }));

function run(...words: string[]): TestDocument {
  const { stdout } = dryplane(['test', ...words, '--format', 'json']);
  return checkedDocument<TestDocument>(stdout) as TestDocument;
}

const flowsOf = ({ suites }: TestDocument): string[] =>
  suites.flatMap(({ results }) => results.map(({ flow }) => flow));

describe('folders', () => {
  test('every suite below, in order; what is no suite is counted', () => {
    const document = run(folder);
    expect(document.suites.map(({ path }) => path)).toEqual([
      join(folder, 'b.yaml'),
      join(folder, 'deep/a.yml'),
    ]);
    expect([document.passed, document.failed, document.passed_over]).toEqual([3, 1, 3]);
    const { stdout, code } = dryplane(['test', folder]);
    expect(code).toBe(1);
    expect(stdout).toContain('not checked: 3 files in the folders no suites');
    expect(stdout).toMatch(/^✓ .*deep\/a\.yml {2}2 expectations {2}/m);
  });

  test('a suite that is named and below a folder runs once', () => {
    expect(run(folder, join(folder, 'b.yaml')).suites).toHaveLength(2);
  });

  test('a broken suite in a folder is an error, a folder without suites too', () => {
    const broken = mkdtempSync(join(folder, 'broken-'));
    writeFileSync(join(broken, 'one.yaml'), 'flows:\n  - flow: [\n');
    const ended = dryplane(['test', broken]);
    expect([ended.code, ended.stdout]).toEqual([2, '']);
    expect(ended.stderr).toContain('one.yaml:3');
    rmSync(broken, { recursive: true });
    const empty = dryplane(['test', join(folder, 'deep/.hidden'), join(ROOT, 'src')]);
    expect(empty.code).toBe(2);
    expect(empty.stderr).toContain('src: the folder holds no YAML file');
  });
});

describe('filters', () => {
  test('--name: a text whatever its case, or a pattern, against what the report shows', () => {
    expect(flowsOf(run(folder, '--name', 'ORDERS'))).toEqual(['tcp shop/api to shop/db:5432']);
    expect(flowsOf(run(folder, '--name', '/^allow udp/'))).toEqual([
      'udp payments/gateway to kube-system/coredns:53',
    ]);
    expect(flowsOf(run(folder, '--name', 'no business'))).toEqual(['tcp shop/web to shop/db:5432']);
    expect(flowsOf(run(folder, '--name', 'the database'))).toHaveLength(2);
    expect(flowsOf(run(folder, '--name', 'shop/db:5432', '--name', '/COREDNS/i'))).toHaveLength(3);
  });

  test('--tag: one of them; ! leaves out; what is filtered out is counted, whole suites too', () => {
    const document = run(folder, '--tag', 'slow');
    expect(flowsOf(document)).toEqual(['tcp shop/web to shop/db:5432']);
    expect([document.filtered, document.suites.map(({ filtered }) => filtered)]).toEqual([3, [1]]);
    expect(flowsOf(run(folder, '--tag', 'slow,smoke'))).toHaveLength(4);
    expect(flowsOf(run(folder, '--tag', 'smoke', '--name', 'orders'))).toHaveLength(1);
    expect(flowsOf(run(folder, '--tag', '!smoke'))).toEqual(['tcp shop/web to shop/db:5432']);
    expect(dryplane(['test', folder, '--tag', 'slow']).stdout).toContain(
      'not checked: 3 expectations filtered out',
    );
  });

  test('what leaves nothing, or means nothing, is a mistake', () => {
    const nothing = dryplane(['test', folder, '--name', 'nowhere']);
    expect([nothing.code, nothing.stdout]).toEqual([2, '']);
    expect(nothing.stderr).toContain('leave none of 4 expectations');
    expect(dryplane(['test', folder, '--tag', 'smok']).stderr).toContain('did you mean smoke?');
    expect(dryplane(['test', folder, '--tag', '!smok']).stderr).toMatch(/^warning\[cli\/tag\]/);
    const both = dryplane(['test', folder, '--name', '/(/', '--tag', ',']);
    expect(both.code).toBe(2);
    expect(both.stderr).toContain('3 errors');
    expect(dryplane(['test', '--conformance', '--tag', 'a']).stderr).toContain(
      '--tag: without effect with --conformance',
    );
  });
});

test('several formats at once, one of them on the screen', () => {
  const files = ['report.xml', 'report.tap', 'report.json'].map((name) => join(folder, name));
  const formats = ['github', `junit=${files[0]}`, `tap=${files[1]}`, `json=${files[2]}`];
  const { code, stdout } = dryplane(['test', folder, ...formats.flatMap((format) => ['--format', format])]);
  expect(code).toBe(1);
  expect(stdout).toMatch(
    /^::error file=.*b\.yaml,line=4,title=orders::.*\n::notice title=dryplane test::3 passed, 1 failed in 2 suites\n$/,
  );
  expect(readFileSync(files[0]!, 'utf8')).toMatch(
    /<testsuites name="dryplane" tests="4" failures="1" errors="0">/,
  );
  expect(readFileSync(files[1]!, 'utf8')).toMatch(/^TAP version 14\n1\.\.2\n/);
  expect(checkedDocument(readFileSync(files[2]!, 'utf8')).schema).toBe('dryplane/test/v1');
});

test('a failure says how it came about, and its command works as pasted', () => {
  const { stdout } = dryplane(['test', join(folder, 'b.yaml')]);
  expect(stdout).toContain('walk      egress of shop/api: allow');
  expect(stdout).toContain('destination port 5432 is not 5433');
  const next = /^why: node dist\/main\.js (.*)$/m.exec(stdout)![1]!;
  expect(dryplane(next.split(' ')).stdout).toMatch(/^deny {2}tcp shop\/api to shop\/db:5432/);
  const [failure] = run(join(folder, 'b.yaml')).suites[0]!.results;
  expect(failure!.walk!.map(({ hook, verdict, rules }) => [hook, verdict, rules.length])).toEqual([
    ['egress', 'allow', 0],
    ['ingress', 'deny', 2],
  ]);
});

describe('--update', () => {
  const original = (): string =>
    `${MANIFESTS}# kept\nflows:\n  - flow: tcp shop/api > shop/db:5432   # orders\n    expect: allow\nallow: [tcp shop/web > service:shop/api:80]\n`;
  const write = (): string => {
    const path = join(folder, 'updated-suite.yml');
    writeFileSync(path, original());
    return path;
  };

  test('shows the change; without somebody to ask it takes --yes to write it', () => {
    const path = write();
    const asked = dryplane(['test', path, '-u']);
    expect(asked.code).toBe(1);
    expect(asked.stderr).toContain('-    expect: allow\n+    expect: deny\n');
    expect(asked.stderr).toContain('nothing was written');
    expect(readFileSync(path, 'utf8')).toBe(original());
    const written = dryplane(['test', path, '--update', '--yes']);
    expect(written.code).toBe(0);
    expect(written.stderr).toContain('wrote 1 expectation to 1 suite');
    expect(readFileSync(path, 'utf8')).toBe(original().replace('expect: allow', 'expect: deny'));
    const again = dryplane(['test', path, '--update', '--yes']);
    expect([again.code, again.stderr]).toEqual([0, '']);
    rmSync(path);
  });

  test('of traces, also after a step', () => {
    const path = write();
    const traced = (before: number, after: string): string =>
      `${MANIFESTS}steps:
  - remove: [NetworkPolicy/shop/db, NetworkPolicy/shop/allow-metrics]
    traces:
      - trace: ${CLUSTER}/capture.pcap
        before: [{ exactly: ${before}, of: { verdict: deny, to: shop/db } }]
        after: [{ ${after}, of: { verdict: deny, to: shop/db } }] # open
`;
    writeFileSync(path, traced(2, 'at-least: 2'));
    const { code, stderr } = dryplane(['test', path, '--update', '--yes']);
    expect([code, stderr]).toEqual([0, expect.stringContaining('wrote 2 expectations to 1 suite')]);
    expect(readFileSync(path, 'utf8')).toBe(traced(4, 'exactly: 0'));
    expect(dryplane(['test', path]).code).toBe(0);
    rmSync(path);
  });

  test('what cannot be written fails as before', () => {
    const path = write();
    writeFileSync(path, `${MANIFESTS}allow: ['tcp shop/web > shop/api:*']\n`);
    const { code, stderr } = dryplane(['test', path, '--update', '--yes']);
    expect(code).toBe(1);
    expect(stderr).toContain('no place for undetermined');
    rmSync(path);
  });

  test('--yes alone, and where no suites are run', () => {
    expect(dryplane(['test', folder, '--yes']).stderr).toContain('--yes: without effect');
    expect(dryplane(['test', '--conformance', '-u']).stderr).toContain('--update: without effect');
  });
});
