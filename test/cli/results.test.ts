/** `dryplane test --against-results`: a file of a real cluster's results on the command line. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ResultsDocument } from '../../src/analysis/test/results-document.ts';
import { parseFlow } from '../../src/flow/notation.ts';
import { loadCluster } from '../../src/manifest/load.ts';
import { cniProfile } from '../../src/policy/cni/profiles.ts';
import { judgeFlow } from '../../src/policy/judge/judge-flow.ts';
import { createWorld } from '../../src/policy/world.ts';
import { simpleTable } from '../suite/cyclonus-table.ts';
import { dryplane } from './kept-program.ts';
import { checkedDocument, ROOT } from './run-cli.ts';

const PROBES = ['-f', 'traces/probes/cluster.yaml', '-f', 'traces/probes/policies.yaml'];
const RESULTS = 'traces/probes/results.txt';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dryplane-results-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A file of that text. */
function written(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe('the results that ship', () => {
  test('are as kube-router does', () => {
    const { code, stdout } = dryplane([
      'test',
      '--against-results',
      RESULTS,
      ...PROBES,
      '--cni',
      'kube-router',
    ]);
    expect(code).toBe(0);
    expect(stdout).toContain('81 probes: 81 as kube-router does, 0 differ');
  });

  test('are not as calico does: where, by which knob, and whom they look like', () => {
    const { code, stdout } = dryplane(['test', '--against-results', RESULTS, ...PROBES]);
    expect(code).toBe(1);
    expect(stdout).toContain('these results look like kube-router or kube-router-nft: 81 of 81 as it says');
    expect(stdout).toMatch(
      /namedUnresolved as kube-router has it: a rule for pods whose port names nobody has/,
    );
    expect(stdout).toMatch(/tcp z\/a to service:z\/s-z-c:80 {2}traces\/probes\/results\.txt:\d+:\d+/);
  });

  test('as JSON by the schema, and as JUnit', () => {
    const words = ['test', '--against-results', RESULTS, ...PROBES, '--cni', 'cilium'];
    const document = checkedDocument<ResultsDocument>(dryplane([...words, '--format', 'json']).stdout);
    const {
      probes,
      same,
      opens,
      closes,
      refuses,
      open,
      differences,
      explanations,
      fits,
      looks_like: looks,
    } = document;
    expect(same + opens + closes + refuses + open).toBe(probes);
    expect(differences.length).toBe(opens + closes + refuses);
    for (const { explanations: numbers } of differences)
      for (const number of numbers) expect(explanations[number]).toBeDefined();
    for (const [index, { turns }] of explanations.entries())
      expect(differences.filter((one) => one.explanations.includes(index)).length).toBe(turns);
    expect(looks).toEqual(['kube-router', 'kube-router-nft']);
    expect(fits[0]).toEqual({ cni: 'kube-router', same: probes, differing: 0, open: 0 });
    const { stdout } = dryplane([...words, '--format', 'junit']);
    expect(stdout).toContain(`tests="${differences.length + 1}" failures="${differences.length}"`);
  });

  test('by the addresses of the pods no pod is kept from itself', () => {
    const words = ['test', '--against-results', RESULTS, ...PROBES, '--cni', 'kube-router'];
    const { code, stdout } = dryplane([...words, '--probe-mode', 'pod-ip']);
    expect(code).toBe(1);
    expect(stdout).toContain('The cluster denies what kube-router allows (9 probes)');
  });
});

test('lines by hand, several files, a reject that nobody expects', () => {
  const first = written('lines.txt', '# by hand\ntcp x/b to x/a:80 allow\ntcp y/a to x/a:80 reject\n');
  const second = written('lines.ndjson', '{"flow": "udp x/b to x/a:80", "verdict": "deny"}\n');
  const words = ['test', '--against-results', first, '--against-results', second, ...PROBES];
  const calico = dryplane(words);
  expect(calico.code).toBe(1);
  expect(calico.stdout).toContain('The cluster rejects what calico drops without a word (1 probe)');
  expect(calico.stdout).toContain('refusal as kube-router has it');
  expect(dryplane([...words, '--cni', 'kube-router']).code).toBe(0);
});

test('the specification leaves probes open rather than differing', () => {
  const { code, stdout } = dryplane(['test', '--against-results', RESULTS, ...PROBES, '--cni', 'kubernetes']);
  expect(code).toBe(1);
  expect(stdout).toContain('1 left open by kubernetes');
});

test.each([
  [['--against-results', RESULTS], ['no manifests were given']],
  [['--against-results', 'none.txt', ...PROBES], ['none.txt: no such file']],
  [['--against-results', RESULTS, ...PROBES, 'suite.yaml'], ['suite.yaml: no suites are read']],
  [['--against-results', RESULTS, ...PROBES, '--conformance'], ['two runs']],
  [
    ['--against-results', RESULTS, ...PROBES, '--cni', 'calico', '--cni', 'weave'],
    ['results are compared with one'],
  ],
  [
    ['--against-results', RESULTS, ...PROBES, '--probe', '80'],
    ['--probe 80: no protocol and port', 'TCP/80'],
  ],
  [['--against-results', RESULTS, ...PROBES, '--probe', 'TCP/80'], ['--probe: without effect']],
  [['traces/quickstart-suite.yaml', '--probe', 'TCP/80'], ['it is for --against-results']],
])('mistakes: %j', (words, texts) => {
  const { code, stdout, stderr } = dryplane(['test', ...words]);
  expect([code, stdout]).toEqual([2, '']);
  for (const text of texts) expect(stderr).toContain(text);
});

test('mistakes in files and manifests come together, with lines', () => {
  const path = written('bad.txt', 'tcp x/a to y/b:80 alow\ntcp q/a to y/b:80 deny\n');
  const broken = written('broken.yaml', 'apiVersion: v1\nkind: Pod\nmetadata: { name: 1 }\n');
  const { code, stderr } = dryplane(['test', '--against-results', path, ...PROBES, '-f', broken]);
  expect(code).toBe(2);
  expect(stderr).toContain(`${path}:1:19: error[results/verdict]`);
  expect(stderr).toContain('error[manifest/');
  const unknown = dryplane([
    'test',
    '--against-results',
    written('q.txt', 'tcp q/a to y/b:80 deny\n'),
    ...PROBES,
  ]);
  expect(unknown.code).toBe(2);
  expect(unknown.stderr).toContain('q.txt:1:1: error[flow/unknown-name]');
});

test('the file that ships is what the judge says of kube-router', () => {
  const { value: cluster } = loadCluster(
    ['cluster.yaml', 'policies.yaml'].map((name) => join(ROOT, 'traces/probes', name)),
  );
  const world = createWorld(cluster, cniProfile('kube-router')!);
  const pods = cluster.pods.map(({ namespace, name }) => `${namespace}/${name}`);
  const table = simpleTable(pods, 'TCP/80', (source, destination) => {
    const [namespace, pod] = destination.split('/');
    const parsed = parseFlow(`tcp ${source} to service:${namespace}/s-${namespace}-${pod}:80`);
    return 'flow' in parsed && judgeFlow(parsed.flow, world).value?.verdict === 'allow' ? '.' : 'X';
  });
  const text = readFileSync(join(ROOT, RESULTS), 'utf8').replace('| -  ', '|    ');
  expect(text.slice(text.indexOf('+'))).toBe(`${table}\n`);
});
