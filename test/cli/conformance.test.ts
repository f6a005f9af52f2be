/** `dryplane test --conformance`: what ships with the program, under each CNI. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ConformanceCni, ConformanceDocument } from '../../src/analysis/test/conformance-document.ts';
import { CNI_NAMES, cniProfile } from '../../src/policy/cni/profiles.ts';
import { dryplane } from './kept-program.ts';
import { checkedDocument, ROOT } from './run-cli.ts';

const CASE_07 = 'cases/07-a-rule-with-ports-admits-no-ping.yaml';

let folder: string;
let document: ConformanceDocument;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dryplane-conformance-'));
  cpSync(join(ROOT, 'test/conformance'), join(folder, 'suite'), { recursive: true });
  const ended = dryplane(['test', '--conformance', '--cni', 'all', '--format', 'json'], { cwd: folder });
  expect(ended.stderr).toBe('');
  expect(ended.code).toBe(0);
  document = checkedDocument<ConformanceDocument>(ended.stdout);
});
afterAll(() => rmSync(folder, { recursive: true }));

const of = (name: string): ConformanceCni => document.cnis.find(({ cni }) => cni === name)!;

/** What a CNI makes of a case: the standing, the verdict, and the knobs that account for it. */
const caseOf = (name: string, number: string): readonly unknown[] => {
  const { standing, verdict, specified, knobs } = of(name).results.find((one) => one.case === number)!;
  return [standing, specified, verdict, knobs];
};

describe('the suites that ship', () => {
  test('are run for every CNI once, the specification aside', () => {
    const profiles = new Set(CNI_NAMES.filter((name) => name !== 'kubernetes').map(cniProfile));
    expect(document.cnis.map(({ cni }) => cniProfile(cni))).toEqual([...profiles]);
    expect(document.failed).toBe(0);
  });

  test.each(CNI_NAMES.filter((name) => name !== 'kubernetes'))('add up for %s', (name) => {
    const { results, passed, failed, unchecked, standings, knobs } = of(cniProfile(name)!.name);
    expect(passed + failed + unchecked).toBe(results.length);
    expect(Object.values(standings).reduce((sum, count) => sum + count, 0)).toBe(results.length);
    const known = new Map(knobs.map((knob) => [knob.knob, knob]));
    for (const { standing, knobs: sets, specified, verdict } of results) {
      expect(sets.flat().every((knob) => known.has(knob))).toBe(true);
      // Whatever departs has a reason.
      if (standing === 'opens' || standing === 'closes' || standing === 'differs')
        expect(sets.length).toBeGreaterThan(0);
      if (standing === 'same')
        expect([specified, sets]).toEqual([verdict === 'reject' ? 'deny' : verdict, []]);
    }
    for (const { value, specified } of knobs) expect(value).not.toBe(specified);
  });

  test('are put down to the knobs that make the difference', () => {
    expect(caseOf('kube-router', '39')).toEqual(['opens', 'deny', 'allow', [['namedUnresolved']]]);
    expect(caseOf('kube-router', '27')).toEqual(['closes', 'allow', 'reject', [['exceptScope']]]);
    expect(caseOf('cilium', '22')).toEqual(['closes', 'allow', 'deny', [['ipBlocks']]]);
    expect(caseOf('cilium', '13')).toEqual(['closes', 'allow', 'deny', [['portProtocols', 'podGuards']]]);
    expect(caseOf('weave', '38')).toEqual(['opens', 'deny', 'allow', [['namedPorts']]]);
    expect(caseOf('calico', '83')).toEqual(['open', 'unspecified', 'deny', [['nodePortSource']]]);
    expect(caseOf('calico', '02')).toEqual(['same', 'allow', 'allow', []]);
    expect(caseOf('calico', '80')).toEqual(['open', null, 'deny', []]);
  });

  test('say of variants what is not as in their sisters', () => {
    expect(of('kube-router-nft')).toMatchObject({ passed: 1, failed: 0 });
    expect(of('calico@3.31')).toMatchObject({ passed: 1, failed: 0 });
    expect(of('cilium-legacy')).toMatchObject({ passed: 2, failed: 0 });
  });

  test('are part of the package', () => {
    const { files } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { files: string[] };
    expect(files).toContain('test/conformance/**/*.yaml');
  });
});

describe('the report', () => {
  test('of one CNI: sentences and sources of its knobs, cases, totals; calico without --cni', () => {
    const { code, stdout } = dryplane(['test', '--conformance', '--cni', 'kube-router']);
    expect(code).toBe(0);
    const flat = stdout.replace(/\s+/g, ' ');
    expect(flat).toContain('blocks and exceptions of a rule share one set, in which the longest prefix wins');
    expect(flat).toContain('cloudnativelabs/kube-router pkg/controllers/netpol/policy.go, utils.go');
    expect(flat).toContain('27 reject tcp home/cli to 203.0.113.9:443 an exception in a block beside it');
    expect(flat).toContain(`expected of kube-router: ${of('kube-router').passed} met, 0 not met`);
    expect(dryplane(['test', '--conformance']).stdout).toContain('conformance of calico ');
  });

  test('of several: a matrix, in text and Markdown', () => {
    const words = ['test', '--conformance', '--cni', 'cilium', '--cni', 'weave'];
    const { stdout } = dryplane([...words, '--format', 'text', '--format', `markdown=${folder}/report.md`]);
    expect(stdout).toMatch(/^ +36 {2}A +\. {2}D +a range of ports$/m);
    expect(stdout).not.toMatch(/^ +02 /m);
    expect(readFileSync(join(folder, 'report.md'), 'utf8')).toContain(
      '| 36 a range of ports | tcp home/cli to home/web:8080 | A | . | D |',
    );
  });

  test('as JUnit: a departure is no failure', () => {
    const { stdout } = dryplane(['test', '--conformance', '--cni', 'weave', '--format', 'junit']);
    expect(stdout).toContain(
      `<testsuites name="dryplane" tests="${of('weave').results.length}" failures="0"`,
    );
    expect(stdout).toContain('<system-out>allow, where deny is specified: namedPorts</system-out>');
  });
});

describe('suites of one’s own', () => {
  test('a copied case with another expectation fails, as a suite and as conformance', () => {
    const path = join(folder, 'suite', CASE_07);
    const text = readFileSync(path, 'utf8').replace('cilium: deny', 'cilium: allow');
    writeFileSync(path, text);
    const alone = dryplane(['test', path, '--cni', 'cilium']);
    expect(alone.code).toBe(1);
    const { code, stdout } = dryplane(['test', '--conformance', path, '--cni', 'cilium']);
    expect(code).toBe(1);
    expect(stdout).toContain('Not what is expected of cilium (1 flow)');
    expect(stdout).toContain('expected allow, found deny');
    expect(stdout).toContain(`${path}:7`);
  });

  test('one suite under several CNIs', () => {
    const path = join(ROOT, 'test/conformance', CASE_07);
    const { code, stdout } = dryplane(['test', path, '--cni', 'weave', '--cni', 'flannel']);
    expect(code).toBe(0);
    expect(stdout).toContain('✓ deny icmp');
    expect(stdout).toContain('✓ allow icmp');
    expect(stdout).toContain('2 passed');
  });
});

test.each([
  [
    ['--conformance', '--cni', 'cilum', '--cni', 'wave'],
    ['cilum', 'wave', 'did you mean cilium?'],
  ],
  [
    ['--conformance', '-f', 'x', '--add', 'y'],
    ['-f: without effect', '--add: without effect'],
  ],
  [['--conformance', '--format', 'csv'], ['unknown format csv']],
  [[], ['no suites were given', '--conformance']],
])('mistakes: %j', (words, texts) => {
  const { code, stderr } = dryplane(['test', ...words]);
  expect(code).toBe(2);
  for (const text of texts) expect(stderr).toContain(text);
});

test('a profile of one’s own departs as it says; the suites have no word for it', () => {
  const path = join(folder, 'ours.yaml');
  writeFileSync(path, 'extends: kube-router\nname: ours\nknobs: { namedUnresolved: no-match }\n');
  const { code, stdout } = dryplane(['test', '--conformance', '--cni', path]);
  expect(code).toBe(0);
  expect(stdout).not.toContain('namedUnresolved');
  expect(stdout).toMatch(/0 met, 0 not met, \d+ not checked: the suites say nothing about ours/);
  expect(stdout).toContain(`--conformance --cni ${path} --format`);
});
