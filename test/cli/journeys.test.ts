import { spawn } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { ExplainDocument } from '../../src/analysis/explain/explain-document.ts';
import type { VerdictTotals } from '../../src/analysis/replay/flow-document.ts';
import type { ReplayDocument } from '../../src/analysis/replay/replay-document.ts';
import type { TestDocument } from '../../src/analysis/test/test-document.ts';
import { dryplane } from './kept-program.ts';
import { CAPTURE, checkedDocument, QUICKSTART, ROOT } from './run-cli.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dryplane-cli-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const replayJson = (words: readonly string[]): ReplayDocument =>
  checkedDocument<ReplayDocument>(
    dryplane(['replay', ...words, '--format', 'json']).stdout,
  ) as ReplayDocument;

const fiveVerdicts = ({ allow, deny, undetermined, unspecified, skip }: VerdictTotals): number =>
  allow + deny + undetermined + unspecified + skip;

/** The quickstart's manifests with the wrong port of its database policy put right. */
function mended(): string[] {
  const policies = join(folder, 'mended');
  mkdirSync(policies, { recursive: true });
  for (const name of readdirSync(join(ROOT, 'traces/quickstart/policies')))
    copyFileSync(join(ROOT, 'traces/quickstart/policies', name), join(policies, name));
  const database = join(policies, 'db.yaml');
  writeFileSync(database, readFileSync(database, 'utf8').replace('5433', '5432'));
  return ['-f', 'traces/quickstart/cluster.yaml', '-f', policies];
}

describe('replay', () => {
  test('the report ends with a question whose command works as pasted', () => {
    const { code, stdout, stderr } = dryplane(['replay', CAPTURE, ...QUICKSTART]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/tcp shop\/api to shop\/db:5432/);
    expect(stdout).toMatch(/traces\/quickstart\/policies\/db\.yaml:\d+/);
    expect(stdout).toContain('Rules that matched nothing');
    const next = /^why: node dist\/main\.js (.*)$/m.exec(stdout)![1]!;
    const explained = dryplane(next.split(' '));
    expect(explained.code).toBe(0);
    expect(explained.stdout).toMatch(/^deny {2}tcp shop\/api to shop\/db:5432/);
  });

  test('an address of the pods that no manifest holds counts on either side, once a packet', () => {
    const cluster = join(folder, 'one-pod.yaml');
    writeFileSync(
      cluster,
      'apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\nstatus: {podIP: 10.0.1.1}\n',
    );
    const flows = join(folder, 'strangers.csv');
    const lines = ['10.0.1.1,10.0.1.7', '10.0.1.7,10.0.1.1', '10.0.1.7,10.0.1.8', '10.0.1.1,192.0.2.1'];
    writeFileSync(flows, `src,dst,proto,dport\n${lines.map((line) => `${line},tcp,80\n`).join('')}`);
    const document = replayJson([flows, '-f', cluster]);
    expect(document.unresolved_share).toBe(0.75);
    expect(document.unresolved).toEqual([
      { address: '10.0.1.7', range: '10.0.1.0/24', kind: 'pod', packets: 3, share: 0.75 },
      { address: '10.0.1.8', range: '10.0.1.0/24', kind: 'pod', packets: 1, share: 0.25 },
    ]);
    expect(document.addresses).toEqual({ seen: 4, known: 1, omitted: 0 });
    const failing = ['replay', flows, '-f', cluster, '-q', '--fail-on'];
    expect(dryplane([...failing, 'unresolved=75%']).code).toBe(0);
    expect(dryplane([...failing, 'unresolved=74%']).code).toBe(1);
  });

  test('JSON: the total is the sum of the five, rules that matched nothing are there, all names and places', () => {
    const document = replayJson([CAPTURE, ...QUICKSTART]);
    for (const totals of [
      document.packets,
      document.bytes,
      document.flows,
      document.without_no_endpoint.packets,
    ])
      expect(fiveVerdicts(totals)).toBe(totals.total);
    expect(document.packets.total).toBe(1634);
    expect(document.skipped).toEqual([{ reason: 'non-ip', packets: 6, bytes: 360 }]);
    expect(document.rules.filter(({ packets, rule }) => packets === 0 && rule !== -1).length).toBeGreaterThan(
      1,
    );
    const weights = document.denied.map(({ packets }) => packets);
    expect(weights).toEqual([...weights].sort((a, b) => b - a));
    expect(weights.reduce((sum, packets) => sum + packets, 0)).toBe(document.packets.deny);
    for (const flow of document.denied) {
      expect(flow.decider.location).toMatch(/\.yaml:\d+$/);
      expect(flow.decider.policy).not.toBe('');
    }
    expect(document.reasons.reduce((sum, { packets }) => sum + packets, 0)).toBe(document.packets.total);
  });

  test('the answer does not depend on the number of workers', () => {
    const withoutClock = (words: readonly string[]) => {
      const { timing: _, ...rest } = replayJson(words);
      return rest;
    };
    const [one, four] = ['1', '4'].map((workers) =>
      withoutClock([CAPTURE, ...QUICKSTART, '--workers', workers]),
    );
    expect(one).toEqual(four);
  });

  test('the one edit: with the right port the API reaches its database, the others still do not', () => {
    const document = replayJson([CAPTURE, ...mended()]);
    const flows = document.denied.map(({ flow }) => flow);
    expect(flows).not.toContain('tcp shop/api to shop/db:5432');
    expect(flows).toContain('tcp shop/web to shop/db:5432');
  });

  test('the demo names the line that the edit is about', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: { demo: string };
    };
    const [, line, path] = /write 5432 in line (\d+) of (\S+)/.exec(scripts.demo)!;
    expect(readFileSync(join(ROOT, path!), 'utf8').split('\n')[Number(line) - 1]).toContain('port: 5433');
  });

  test('an overlay does the same without a copy', () => {
    const [, , , policies] = mended();
    const document = replayJson([CAPTURE, ...QUICKSTART, '--add', join(policies!, 'db.yaml')]);
    expect(document.denied.map(({ flow }) => flow)).not.toContain('tcp shop/api to shop/db:5432');
    const removed = replayJson([CAPTURE, ...QUICKSTART, '--remove', 'NetworkPolicy/payments/gateway']);
    expect(removed.denied.some(({ decider }) => decider.namespace === 'payments')).toBe(false);
  });

  test('--verdicts: a row for each record in trace order, sums as in the report', () => {
    const path = join(folder, 'rows.ndjson');
    const { code, stdout } = dryplane(['replay', CAPTURE, ...QUICKSTART, '-q', '--verdicts', path]);
    expect([code, stdout]).toEqual([0, '']);
    const rows = readFileSync(path, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { record: number; verdict: string; policy: string; reason: string });
    expect(rows.map(({ record }) => record)).toEqual(Array.from({ length: 1634 }, (_, index) => index + 1));
    const { packets } = replayJson([CAPTURE, ...QUICKSTART]);
    expect(rows.filter(({ verdict }) => verdict === 'deny')).toHaveLength(packets.deny);
    expect(
      rows.filter(({ reason }) => reason === 'denied-connection').every(({ policy }) => policy !== ''),
    ).toBe(true);
    const csv = join(folder, 'rows.csv');
    dryplane(['replay', CAPTURE, ...QUICKSTART, '-q', '--verdicts', csv, '--workers', '1']);
    expect(readFileSync(csv, 'utf8').trimEnd().split('\n')).toHaveLength(1635);
  });

  test('--cni kubernetes leaves open what the API leaves open', () => {
    const document = replayJson([CAPTURE, ...QUICKSTART, '--cni', 'kubernetes']);
    expect(document.undecided.map(({ flow, verdict }) => [flow, verdict])).toEqual([
      ['icmp shop/debug to shop/db type 8 code 0', 'unspecified'],
    ]);
    expect(document.packets.unspecified).toBe(6);
  });

  test('--fail-on: exit 1 when met, 0 when not, with the reason on stderr', () => {
    const failing = dryplane(['replay', CAPTURE, ...QUICKSTART, '--fail-on', 'unresolved=1%,deny', '-q']);
    expect([failing.code, failing.stdout]).toEqual([1, '']);
    expect(failing.stderr).toMatch(/^--fail-on deny: \d+ packets\n$/);
    expect(dryplane(['replay', CAPTURE, ...QUICKSTART, '--fail-on', 'unresolved=1%', '-q']).code).toBe(0);
  });

  test('a cluster whose manifests miss a pod is told first', () => {
    const { stdout, code } = dryplane([
      'replay',
      CAPTURE,
      ...QUICKSTART,
      '--remove',
      'Pod/shop/api',
      '--fail-on',
      'unresolved=1%',
    ]);
    expect(code).toBe(1);
    expect(stdout.split('\n')[0]).toMatch(
      /of the packets carry an address of the cluster that the manifests do not hold/,
    );
    expect(stdout).toContain('10.42.1.20');
  });

  test('manifests of another cluster: 0 addresses, first of all', () => {
    const other = join(folder, 'other.yaml');
    writeFileSync(
      other,
      'apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: b}\nspec: {containers: [{name: c, image: i}]}\nstatus: {podIP: 172.30.0.9, podIPs: [{ip: 172.30.0.9}]}\n',
    );
    const { stdout } = dryplane(['replay', CAPTURE, '-f', other]);
    expect(stdout.split('\n')[0]).toBe('0 of 18 addresses are in these manifests.');
  });

  test('without -f: what is in the trace, and what to add', () => {
    const { code, stdout } = dryplane(['replay', CAPTURE]);
    expect(code).toBe(0);
    expect(stdout).toContain('1,634 packets');
    expect(stdout).toMatch(
      /node dist\/main\.js replay traces\/quickstart\/capture\.pcap -f cluster\.yaml\n$/,
    );
    expect(replayJson([CAPTURE]).contents.protocols.map(({ protocol }) => protocol)).toEqual([
      'tcp',
      'udp',
      'icmp',
    ]);
  });

  test('a capture on stdin and a gzipped one say the same', () => {
    const bytes = readFileSync(join(ROOT, CAPTURE));
    const zipped = join(folder, 'capture.pcap.gz');
    writeFileSync(zipped, gzipSync(bytes));
    const stdin = dryplane(['replay', '-', ...QUICKSTART, '--format', 'json'], { input: bytes });
    const document = checkedDocument<ReplayDocument>(stdin.stdout);
    expect(document.denied).toEqual(replayJson([CAPTURE, ...QUICKSTART]).denied);
    expect(replayJson([zipped, ...QUICKSTART]).denied).toEqual(document.denied);
  });

  test('all missing and unreadable operands at once', () => {
    const ended = dryplane(['replay', 'none.pcap', 'LICENSE', '-f', 'nowhere']);
    expect(ended.code).toBe(2);
    for (const word of ['none.pcap', 'LICENSE', 'nowhere', '3 errors']) expect(ended.stderr).toContain(word);
  });

  test('a reader that closes the pipe is no error', async () => {
    const child = spawn(
      process.execPath,
      ['dist/main.js', 'compile', ...QUICKSTART, '--dump', '--format', 'json'],
      {
        cwd: ROOT,
      },
    );
    child.stdout.destroy();
    let stderr = '';
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect([code, stderr]).toEqual([0, '']);
  });

  test.each(['SIGTERM', 'SIGHUP'] as const)('%s: exit 130 and no half file', async (signal) => {
    const path = join(folder, 'half.csv');
    const child = spawn(
      process.execPath,
      ['dist/main.js', 'replay', '-', ...QUICKSTART, '--verdicts', path],
      {
        cwd: ROOT,
      },
    );
    // On a busy machine it may end before it has read all.
    child.stdin.on('error', () => {});
    child.stdin.write(readFileSync(join(ROOT, CAPTURE)));
    const halfFiles = (): string[] => readdirSync(folder).filter((name) => name.includes('half'));
    await vi.waitUntil(() => halfFiles().length > 0, { timeout: 100_000, interval: 20 });
    child.kill(signal);
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect(code).toBe(130);
    expect(halfFiles()).toEqual([]);
  });

  test('interrupted while it waits for the first byte of a pipe: over at once', async () => {
    const child = spawn(process.execPath, ['dist/main.js', 'replay', '-', ...QUICKSTART], { cwd: ROOT });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    child.kill('SIGINT');
    const end = await new Promise((resolve) => child.on('exit', (code, name) => resolve(name ?? code)));
    // A busy machine may not wait yet, and ends as anywhere else.
    expect(['SIGINT', 130]).toContain(end);
  });
});

describe('explain', () => {
  test('unquoted words, the walk of both sides, and JSON with every step', () => {
    const words = ['explain', ...QUICKSTART, 'tcp', 'shop/api', 'to', 'shop/db:5432'];
    const { code, stdout } = dryplane(words);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^deny {2}tcp shop\/api to shop\/db:5432/);
    expect(stdout).toContain('egress of shop/api');
    expect(stdout).toContain('ingress of shop/db');
    expect(stdout).toContain('destination port 5432 is not 5433');
    const document = checkedDocument<ExplainDocument>(dryplane([...words, '--format', 'json']).stdout);
    const [flow] = document.flows;
    expect(flow!.decisions[0]!.hooks.map(({ hook, verdict }) => [hook, verdict])).toEqual([
      ['egress', 'allow'],
      ['ingress', 'deny'],
    ]);
  });

  test('several flows, quoted and not', () => {
    const words = 'udp payments/gateway to kube-system/coredns:53 tcp shop/web to shop/api:8080'.split(' ');
    const document = checkedDocument<ExplainDocument>(
      dryplane(['explain', ...QUICKSTART, 'icmp shop/web > shop/db', ...words, '--format', 'json']).stdout,
    );
    expect(document.flows.map(({ flow, verdict }) => [flow, verdict])).toEqual([
      ['icmp shop/web to shop/db', 'deny'],
      ['udp payments/gateway to kube-system/coredns:53', 'allow'],
      ['tcp shop/web to shop/api:8080', 'allow'],
    ]);
  });

  test('--expect holds it to a verdict', () => {
    const words = ['explain', ...QUICKSTART, 'tcp shop/api to shop/db:5432', '--expect'];
    expect(dryplane([...words, 'deny']).code).toBe(0);
    const ended = dryplane([...words, 'allow']);
    expect(ended.code).toBe(1);
    expect(ended.stdout).toContain('expected allow');
  });

  test('a service is followed to its pods, all ports are answered by range', () => {
    const service = dryplane(['explain', ...QUICKSTART, 'tcp shop/web to service:shop/api:80']);
    expect(service.stdout).toContain('leads to shop/api, 10.42.1.20:8080');
    const ports = dryplane(['explain', ...QUICKSTART, 'tcp shop/web to shop/api:*']);
    expect(ports.stdout).toContain('ports 1-8079 and ports 8081-65535');
    expect(ports.stdout).toMatch(/\none port alone: .* tcp shop\/web to shop\/api:8080\n$/);
  });

  test('unknown names come with the near ones; a redirected flow is told so', () => {
    const unknown = dryplane(['explain', ...QUICKSTART, 'tcp shop/wbe to shop/db:5432']);
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toContain('shop/web');
    const redirected = dryplane(['explain', ...QUICKSTART, 'tcp', 'shop/web']);
    expect(redirected.code).toBe(2);
    expect(redirected.stderr).toContain('redirect');
  });

  test('starts without the pool and without kernels', () => {
    const { stderr, code } = dryplane(['explain', ...QUICKSTART, 'tcp shop/web to shop/api:8080', '-q'], {
      env: { NODE_DEBUG: 'esm,module' },
    });
    expect(code).toBe(0);
    expect(stderr).not.toMatch(/piscina|kernels\.wasm|hyparquet/);
  });
});

describe('test', () => {
  test('the suite that ships fails for the mistake that ships, and passes when it is mended', () => {
    const ended = dryplane(['test', 'traces/quickstart-suite.yaml']);
    expect(ended.code).toBe(1);
    expect(ended.stdout).toMatch(/✗ allow tcp shop\/api to shop\/db:5432/);
    expect(ended.stdout).toMatch(/ 1 failed/);
    expect(dryplane(['test', 'traces/quickstart-suite.yaml', ...mended()]).code).toBe(0);
  });

  const suite = (flows: string): string => {
    const path = join(folder, `suite-${Math.abs(hash(flows))}.yaml`);
    const at = (name: string): string => join(ROOT, 'traces/quickstart', name);
    writeFileSync(
      path,
      `description: the shop\nmanifests: [${at('cluster.yaml')}, ${at('policies')}]\n${flows}`,
    );
    return path;
  };
  const hash = (text: string): number =>
    [...text].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) | 0, 7);

  test('passes: exit 0, a tick an expectation, a summary line', () => {
    const path = suite("allow: ['tcp shop/web > shop/api:8080']\ndeny: ['tcp shop/web > shop/db:5432']\n");
    const { code, stdout } = dryplane(['test', path]);
    expect(code).toBe(0);
    expect(stdout).toContain('✓ allow tcp shop/web to shop/api:8080');
    expect(stdout).toMatch(/^2 passed, 0 failed/m);
    expect(stdout).toContain(` test ${path} --format text`);
    const other = suite("flows: [{flow: 'tcp shop/web > shop/db:5432', expect: {cilium: deny}}]\n");
    expect(dryplane(['test', other]).stdout).toContain(
      'warning: 1 expectation says nothing about calico: not checked',
    );
    expect(dryplane(['test', other, '--cni', 'cilium']).stdout).not.toContain('warning');
    const given = ['-f', 'traces/quickstart', '--lenient', '--cni', 'cilium'];
    expect(dryplane(['test', path, ...given]).stdout).toContain(
      ` test ${path} ${given.join(' ')} --format text`,
    );
  });

  test('fails: exit 1, expected, found and who decided, in text, JSON and JUnit', () => {
    const path = suite("allow: ['tcp shop/api > shop/db:5432']\ndeny: ['tcp shop/web > shop/db:5432']\n");
    const junit = join(folder, 'report.xml');
    const { code, stdout } = dryplane(['test', path, '--format', 'text', '--format', `junit=${junit}`]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/✗ allow tcp shop\/api to shop\/db:5432/);
    expect(stdout).toMatch(/decided\s+ingress: NetworkPolicy shop\/db/);
    expect(stdout).toMatch(/^1 passed, 1 failed/m);
    expect(readFileSync(junit, 'utf8')).toMatch(/tests="2" failures="1"/);
    const document = checkedDocument<TestDocument>(dryplane(['test', path, '--format', 'json']).stdout);
    expect([document.passed, document.failed]).toEqual([1, 1]);
    const next = /^why: node dist\/main\.js (.*)$/m.exec(stdout)![1]!;
    expect(dryplane(next.split(' ')).stdout).toMatch(/^deny/);
  });

  test('-f takes the place of the suite’s manifests', () => {
    const path = suite("allow: ['tcp shop/api > shop/db:5432']\n");
    expect(dryplane(['test', path]).code).toBe(1);
    expect(dryplane(['test', path, ...mended()]).code).toBe(0);
  });

  test('a suite that cannot be read is exit 2, with a place', () => {
    const path = suite("alow: ['tcp shop/web > shop/api:8080']\n");
    const ended = dryplane(['test', path, 'none.yaml']);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain(`${path}:3:1: error[`);
    expect(ended.stderr).toContain('none.yaml');
  });
});
