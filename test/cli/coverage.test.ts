/** `--coverage` of suites and traces: figures, lcov as its readers read it, thresholds. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import lcovParser from '@friedemannsommer/lcov-parser';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CoverageDocument } from '../../src/analysis/coverage/coverage-document.ts';
import type { ReplayDocument } from '../../src/analysis/replay/replay-document.ts';
import type { TestDocument } from '../../src/analysis/test/test-document.ts';
import { dryplane } from './kept-program.ts';
import { CAPTURE, checkedDocument, QUICKSTART, ROOT } from './run-cli.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dryplane-coverage-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function replayed(words: readonly string[]): ReplayDocument & { readonly coverage: CoverageDocument } {
  const { stdout, stderr, code } = dryplane(['replay', ...words, '--coverage', '--format', 'json']);
  expect([code, stderr]).toEqual([0, '']);
  return checkedDocument<ReplayDocument & { readonly coverage: CoverageDocument }>(stdout);
}

/** Hits of each rule of the manifests, from the coverage and from the rules of the report. */
function ruleHits({
  coverage,
  rules,
}: ReturnType<typeof replayed>): [Record<string, number>, Record<string, number>] {
  const key = (direction: string, kind: string, namespace: string, policy: string, rule: number): string =>
    [direction, kind, namespace, policy, rule].join(' ');
  const covered = coverage.policies.flatMap(({ kind, namespace, policy, rules: own }) =>
    own.map(
      ({ list, rule, hits }) =>
        [key(list.slice(0, 7).replace('egressD', 'egress'), kind, namespace, policy, rule), hits] as const,
    ),
  );
  const reported: Record<string, number> = {};
  for (const { direction, kind, namespace, policy, rule, flows } of rules) {
    if (rule === null || rule < 0) continue;
    const name = key(direction, kind, namespace, policy, rule);
    reported[name] = (reported[name] ?? 0) + flows;
  }
  return [Object.fromEntries(covered), reported];
}

describe('of a trace', () => {
  test('rules have the connections that the report counts, and every part of them no more', () => {
    dryplane(['generate', join(folder, 'gen'), '--flows', '600']);
    for (const words of [
      [...QUICKSTART, CAPTURE],
      ['-f', join(folder, 'gen'), join(folder, 'gen/capture.pcap')],
      ['-f', join(folder, 'gen'), '--cni', 'cilium', join(folder, 'gen/capture.pcap')],
    ]) {
      const document = replayed(words);
      const [covered, reported] = ruleHits(document);
      expect(covered).toEqual(reported);
      expect(Object.values(covered).some((hits) => hits > 1)).toBe(true);
      for (const { rules } of document.coverage.policies)
        for (const { hits, peers, ports } of rules)
          for (const parts of [peers, ports]) {
            // Generated peers do not overlap, and a connection matches by one of them at least.
            if (parts.length > 0)
              expect(parts.reduce((sum, part) => sum + part.hits, 0)).toBeGreaterThanOrEqual(hits);
            for (const part of parts) expect(part.hits).toBeLessThanOrEqual(hits);
          }
    }
  });

  test('names the lines that nothing exercised', () => {
    const { stdout } = dryplane(['replay', ...QUICKSTART, CAPTURE, '--coverage']);
    expect(stdout).toContain('Coverage of 6 policies by traces');
    expect(stdout).toContain('traces/quickstart/policies/api.yaml:13  ingress rule 1\n');
    const { coverage } = replayed([...QUICKSTART, CAPTURE]);
    expect(coverage.policies.find(({ policy }) => policy === 'api')!.totals).toEqual({
      rules: { covered: 1, all: 2 },
      peers: { covered: 1, all: 2 },
      ports: { covered: 1, all: 2 },
      denials: { covered: 0, all: 1 },
    });
  });

  test('is not there unless it is asked for', () => {
    const { stdout } = dryplane(['replay', ...QUICKSTART, CAPTURE, '--format', 'json']);
    expect(checkedDocument<ReplayDocument>(stdout).coverage).toBeNull();
  });

  test('wants manifests', () => {
    const { code, stderr } = dryplane(['replay', CAPTURE, '--coverage-min', '80%']);
    expect(code).toBe(2);
    expect(stderr).toContain('--coverage: without effect, no manifests were given');
  });
});

const CLUSTER = `apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
status: {podIP: 10.0.0.1, phase: Running}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
status: {podIP: 10.0.0.2, phase: Running}
`;
const POLICY = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress:
  - from:
    - podSelector: {matchLabels: {app: web}}
    - podSelector: {matchLabels: {app: admin}}
    ports:
    - port: 5432
    - port: 9187
`;

function suite(name: string, flows: readonly string[]): string {
  writeFileSync(join(folder, 'cluster.yaml'), CLUSTER);
  writeFileSync(join(folder, 'policy.yaml'), POLICY);
  const path = join(folder, name);
  const lines = flows.map(
    (flow) =>
      `- {flow: ${flow}, expect: ${flow.endsWith('5432') || flow.endsWith('9187') ? 'allow' : 'deny'}}\n`,
  );
  writeFileSync(path, `manifests: [cluster.yaml, policy.yaml]\nflows:\n${lines.join('')}`);
  return path;
}

describe('of suites', () => {
  test('adds up over suites and over CNIs', () => {
    const one = suite('one.yaml', ['tcp shop/web to shop/db:5432']);
    const two = suite('two.yaml', ['tcp shop/web to shop/db:9187', 'tcp shop/web to shop/db:1']);
    const coverageOf = (words: readonly string[]): CoverageDocument => {
      const { stdout, code } = dryplane(['test', ...words, '--coverage', '--format', 'json'], {
        cwd: folder,
      });
      expect(code).toBe(0);
      return checkedDocument<TestDocument>(stdout).coverage!;
    };
    const { totals, policies } = coverageOf([one]);
    expect(totals).toEqual({
      rules: { covered: 1, all: 1 },
      peers: { covered: 1, all: 2 },
      ports: { covered: 1, all: 2 },
      denials: { covered: 0, all: 1 },
    });
    expect(policies[0]!.rules[0]!.peers.map(({ words, hits }) => [words, hits])).toEqual([
      ['podSelector: {matchLabels: {app: web}}', 1],
      ['podSelector: {matchLabels: {app: admin}}', 0],
    ]);
    const both = coverageOf([one, two]);
    expect([both.totals.ports, both.totals.denials]).toEqual([
      { covered: 2, all: 2 },
      { covered: 1, all: 1 },
    ]);
    const cnis = coverageOf([one, two, '--cni', 'calico', '--cni', 'cilium']);
    expect(cnis.cnis).toEqual(['calico', 'cilium']);
    expect(cnis.policies).toHaveLength(1);
    expect(cnis.policies[0]!.asked).toBe(6);
    const { stdout } = dryplane(['test', one, two, '--cni', 'calico', '--cni', 'cilium', '--coverage'], {
      cwd: folder,
    });
    expect(stdout).toContain('Coverage of 1 policy by suites, under any of calico, cilium');
    expect(stdout).toMatch(
      /policy\.yaml:9 {2}ingress rule 0, peer podSelector: \{matchLabels: \{app: admin\}\}/,
    );
  });

  test('is held to a share: as a whole, or part by part', () => {
    const one = suite('one.yaml', ['tcp shop/web to shop/db:5432']);
    const run = (...shares: readonly string[]) =>
      dryplane(['test', one, '-q', ...shares.flatMap((share) => ['--coverage-min', share])], { cwd: folder });
    expect(run('50%')).toMatchObject({ code: 0, stderr: '' });
    expect(run('50.1')).toMatchObject({
      code: 1,
      stderr: '--coverage-min peers=50.1%: 50.0%, 1 of 2\n--coverage-min ports=50.1%: 50.0%, 1 of 2\n',
    });
    expect(run('rules=100,peers=50%').code).toBe(0);
    expect(run('80', 'peers=50', 'ports=50').code).toBe(0);
    expect(run('denials=1%')).toMatchObject({ code: 1, stderr: '--coverage-min denials=1%: 0%, 0 of 1\n' });
    for (const wrong of ['much', '101%', 'lines=80', 'rules=', '-1'])
      expect(run(wrong), wrong).toMatchObject({ code: 2 });
    expect(run('rule=80').stderr).toContain('did you mean rules?');
  });

  test('takes in what the steps of a suite add', () => {
    suite('one.yaml', []);
    const added = POLICY.replace('name: db', 'name: later').replace('5432', '7');
    writeFileSync(join(folder, 'later.yaml'), added);
    writeFileSync(
      join(folder, 'steps.yaml'),
      `manifests: [cluster.yaml, policy.yaml]
deny: [tcp shop/web to shop/db:7]
steps:
- add: [later.yaml]
  allow: [tcp shop/web to shop/db:7, tcp shop/web to shop/db:5432]
`,
    );
    const { stdout, stderr } = dryplane(['test', 'steps.yaml', '--coverage', '--format', 'json'], {
      cwd: folder,
    });
    expect(stderr).toBe('');
    const { policies } = checkedDocument<TestDocument>(stdout).coverage!;
    expect(
      policies.map(({ policy, asked, rules, denials }) => [
        policy,
        asked,
        rules[0]!.ports.map(({ hits }) => hits),
        denials[0]!.hits,
      ]),
    ).toEqual([
      ['later', 1, [1, 0], 0],
      ['db', 3, [1, 0], 1],
    ]);
  });

  test('takes in the traces of a suite, as replay does', () => {
    const { stdout } = dryplane([
      'test',
      'traces/quickstart-trace-suite.yaml',
      '--coverage',
      '--format',
      'json',
    ]);
    const { policies, totals } = checkedDocument<TestDocument>(stdout).coverage!;
    const { coverage } = replayed([...QUICKSTART, CAPTURE]);
    expect(totals.rules.covered).toBeGreaterThan(0);
    expect([policies, totals]).toEqual([coverage.policies, coverage.totals]);
  });

  test('has nothing to do with --conformance', () => {
    const { code, stderr } = dryplane(['test', '--conformance', '--coverage', '--cni', 'calico']);
    expect(code).toBe(2);
    expect(stderr).toContain('--coverage: without effect with --conformance');
  });
});

const hasGenhtml = spawnSync('genhtml', ['--version']).status === 0;

describe('as lcov', () => {
  const written = (): string => {
    const paths = [
      suite('one.yaml', ['tcp shop/web to shop/db:5432']),
      '--format',
      'lcov=coverage.info',
      '--format',
      'text',
    ];
    expect(dryplane(['test', ...paths], { cwd: folder }).code).toBe(0);
    return join(folder, 'coverage.info');
  };

  test('has a line for each rule, peer and port, a function for each policy, a branch for each end', async () => {
    const [section, ...others] = await lcovParser({ from: readFileSync(written(), 'utf8') });
    expect(others).toEqual([]);
    expect(section!.path).toMatch(/policy\.yaml$/);
    expect(section!.lines.details.map(({ line, hit }) => [line, hit])).toEqual([
      [7, 1],
      [8, 1],
      [9, 0],
      [11, 1],
      [12, 0],
    ]);
    expect(section!.lines).toMatchObject({ instrumented: 5, hit: 3 });
    expect(section!.functions).toMatchObject({
      instrumented: 1,
      hit: 1,
      details: [{ name: 'NetworkPolicy/shop/db', line: 3, hit: 1 }],
    });
    expect(section!.branches).toMatchObject({ instrumented: 1, hit: 0 });
  });

  test.skipIf(!hasGenhtml)('is drawn by genhtml without a complaint', () => {
    const info = written();
    const { status, stdout, stderr } = spawnSync('genhtml', ['--branch-coverage', '-o', 'html', info], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('lines......: 60.0% (3 of 5 lines)');
    expect(stdout).toContain('functions..: 100.0% (1 of 1 function)');
    expect(stdout).toContain('branches...: 0.0% (0 of 1 branch)');
  });

  test('holds no line that a hostile file name or policy brings', () => {
    const evil = join(folder, 'evil\nDA:1,1');
    mkdirSync(evil, { recursive: true });
    writeFileSync(join(evil, 'p.yaml'), POLICY);
    writeFileSync(join(folder, 'cluster.yaml'), CLUSTER);
    writeFileSync(
      join(folder, 's.yaml'),
      'manifests: [cluster.yaml]\nflows: [{flow: tcp shop/web to shop/db:5432, expect: allow}]\n',
    );
    const { stdout } = dryplane(['test', 's.yaml', '-f', 'cluster.yaml', '-f', evil, '--format', 'lcov'], {
      cwd: folder,
    });
    expect(stdout).toBe('');
    const text = dryplane(['test', 's.yaml', '-f', 'cluster.yaml', '-f', evil, '--coverage'], {
      cwd: folder,
    }).stdout;
    expect(text).toContain('evil\ufffdDA:1,1');
  });
});

test('the schema of the document lists all parts', () => {
  for (const name of ['replay', 'test']) {
    const schema = JSON.parse(readFileSync(join(ROOT, `schemas/${name}.v1.json`), 'utf8')) as {
      definitions: Record<string, { required: string[] }>;
    };
    expect(schema.definitions.coverageTotals!.required).toEqual(['rules', 'peers', 'ports', 'denials']);
  }
});
