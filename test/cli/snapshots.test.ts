/** `-f PATH@TIME`: what is a path and what is a time, which command takes several, and what the report says of them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ReplayDocument } from '../../src/analysis/replay/replay-document.ts';
import { manifestPaths, readSnapshots, snapshotAt } from '../../src/cli/snapshots.ts';
import { dryplane } from './kept-program.ts';
import { checkedDocument } from './run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'dryplane-snapshots-'));
afterAll(() => rmSync(folder, { recursive: true }));
const inFolder = (...parts: readonly string[]): string => join(folder, ...parts);

const pod = (name: string, app: string, address: string, started: string): string =>
  `---\n{ apiVersion: v1, kind: Pod, metadata: { name: ${name}, namespace: shop, labels: { app: ${app} } }, spec: { nodeName: n1, containers: [{ name: c, image: x }] }, status: { phase: Running, podIP: ${address}, startTime: "${started}" } }\n`;
const MORNING = '2026-11-20T09:00:00Z';
const DB = pod('db', 'db', '10.0.0.9', MORNING);
const POLICY = `---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: db, namespace: shop }
spec:
  podSelector: { matchLabels: { app: db } }
  ingress:
    - from: [{ podSelector: { matchLabels: { app: a } } }]
      ports: [{ port: 5432 }]
`;
const TEN = 's1@2026-11-20T10:00:00Z';
const ELEVEN = 's2@2026-11-20T12:00:00+01:00';
const FLOWS = `time,src,dst,protocol,src_port,dst_port,packets,bytes
2026-11-20T09:59:59Z,10.0.0.5,10.0.0.9,tcp,40000,5432,3,300
2026-11-20T10:59:59.999999999Z,10.0.0.5,10.0.0.9,tcp,40001,5432,5,500
2026-11-20T11:00:00Z,10.0.0.5,10.0.0.9,tcp,40002,5432,7,700
`;

beforeAll(() => {
  for (const name of ['s1', 's2', 'odd@2026-11-20T10:00:00Z']) mkdirSync(inFolder(name));
  writeFileSync(inFolder('base.yaml'), 'apiVersion: v1\nkind: Namespace\nmetadata: { name: shop }\n');
  writeFileSync(inFolder('s1/pods.yaml'), DB + pod('client-a', 'a', '10.0.0.5', MORNING) + POLICY);
  writeFileSync(
    inFolder('s2/pods.yaml'),
    DB + pod('client-b', 'b', '10.0.0.5', '2026-11-20T10:30:00Z') + POLICY,
  );
  writeFileSync(inFolder('flows.csv'), FLOWS);
});

const run = (...words: readonly string[]) => dryplane(words, { cwd: folder });
const SNAPSHOTS = ['-f', 'base.yaml', '-f', TEN, '-f', ELEVEN];

describe('the words of -f', () => {
  const inside = (name: string): string => join(folder, name);

  test('are a path and a time behind the last @, unless all of it is a path', () => {
    const odd = inside('odd@2026-11-20T10:00:00Z');
    expect(readSnapshots([odd])).toEqual({ snapshots: [{ paths: [odd] }], diagnostics: [] });
    const timed = readSnapshots([`${odd}@1795172400.25`, inside('s1')]);
    expect(timed).toEqual({
      snapshots: [{ from: { seconds: 1_795_172_400, nanos: 250_000_000 }, paths: [odd, inside('s1')] }],
      diagnostics: [],
    });
    expect(manifestPaths(['-@2026-11-20', odd, 'gone@home'])).toEqual(['-', odd, 'gone@home']);
  });

  test('of equal times are one snapshot; those without belong to all; the order of times is theirs', () => {
    const { snapshots } = readSnapshots([
      'b@2026-11-21',
      'all',
      'a@2026-11-20',
      'c@2026-11-20T01:00:00+01:00',
    ]);
    expect(snapshots.map(({ paths }) => paths)).toEqual([
      ['all', 'a', 'c'],
      ['b', 'all'],
    ]);
    const at = (seconds: number) => snapshotAt(snapshots, { seconds, nanos: 0 }).paths[0];
    const midnight = Date.parse('2026-11-21') / 1000;
    expect([at(0), at(midnight - 1), at(midnight)]).toEqual(['all', 'all', 'b']);
  });

  test('that are neither are told', () => {
    const { diagnostics } = readSnapshots([`${inside('s1')}@yesterday`, `${inside('s1')}@+5m`]);
    expect(diagnostics.map(({ code, message }) => `${code} ${message.replace(folder, '')}`)).toEqual([
      'cli/time -f /s1@yesterday: "yesterday" is no time',
      'cli/time -f /s1@+5m: "+5m" is no time',
    ]);
  });
});

describe('a replay over snapshots', () => {
  test('judges each record as of its time, and says what each snapshot held', () => {
    const { stdout } = run('replay', 'flows.csv', ...SNAPSHOTS, '--format', 'json');
    const document = checkedDocument(stdout) as unknown as ReplayDocument;
    expect(document.snapshots).toEqual([
      { time: '2026-11-20T10:00:00Z', manifests: ['base.yaml', 's1'], policies: 1, endpoints: 2, packets: 8 },
      { time: '2026-11-20T11:00:00Z', manifests: ['base.yaml', 's2'], policies: 1, endpoints: 2, packets: 7 },
    ]);
    expect(document.packets).toMatchObject({ allow: 8, deny: 7 });
    expect(document.denied).toMatchObject([{ src_name: 'shop/client-b', snapshot: 1 }]);
    expect(document.warnings).toEqual([
      'earlier than every snapshot, and judged by the first snapshot (2026-11-20T10:00:00Z): 3 packets',
    ]);
    const text = run('replay', 'flows.csv', ...SNAPSHOTS).stdout;
    expect(text).toContain('  from 2026-11-20T11:00:00Z  7 packets, 1 policy, 2 endpoints');
    expect(text).toMatch(/^why: .* --at 2026-11-20T11:00:00Z tcp shop\/client-b to shop\/db:5432$/m);
  });

  test('removes what any snapshot holds, and complains when none does', () => {
    const removed = run('replay', 'flows.csv', ...SNAPSHOTS, '--remove', 'Pod/shop/client-b');
    expect(removed.code).toBe(0);
    const missing = run('replay', 'flows.csv', ...SNAPSHOTS, '--remove', 'Pod/shop/client-c');
    expect(missing.stderr).toMatch(/overlay\/unknown-object/);
    expect(missing.stderr.match(/there is no/g)).toHaveLength(1);
  });

  test('says what is wrong with manifests of all of them once', () => {
    writeFileSync(inFolder('wrong.yaml'), POLICY.replace('podSelector:', 'podSelektor:'));
    const { stderr } = run('replay', 'flows.csv', ...SNAPSHOTS, '-f', 'wrong.yaml');
    expect(stderr.match(/manifest\/unknown-field/g)).toHaveLength(1);
  });
});

test('explain is asked about one of several times, and no other command takes several', () => {
  const flow = ['tcp', '10.0.0.5', 'to', 'shop/db:5432'];
  const early = run('explain', ...SNAPSHOTS, '--at', '2026-11-20T10:59:59Z', ...flow);
  expect(early.stdout).toMatch(/^allow /);
  expect(run('explain', ...SNAPSHOTS, '--at', '2026-11-20T11:00:00Z', ...flow).stdout).toMatch(/^deny /);
  expect(run('explain', ...SNAPSHOTS, ...flow).stderr).toMatch(/cli\/snapshots.*\n.*--at TIME/);
  expect(run('explain', '-f', 's1', '--at', '2026-11-20', ...flow).stderr).toMatch(/without effect/);
  expect(run('compile', ...SNAPSHOTS).stderr).toMatch(/cli\/snapshots/);
});

describe('without snapshots, re-used addresses', () => {
  const clash = (finished: string): string[] => {
    writeFileSync(inFolder('clash.yaml'), finished + readB());
    return ['replay', 'flows.csv', '-f', 'clash.yaml'];
  };
  const readB = (): string => DB + pod('client-b', 'b', '10.0.0.5', '2026-11-20T10:30:00Z') + POLICY;

  test('are told before the verdicts, with all pods and the share of the packets', () => {
    const { stdout } = run(...clash(pod('client-a', 'a', '10.0.0.5', MORNING)));
    expect(stdout).toContain('100% of the packets carry an address that several pods had.');
    expect(stdout).toContain(
      '10.0.0.5  15 packets, of shop/client-a or shop/client-b: judged as shop/client-b',
    );
    expect(stdout.indexOf('several pods')).toBeLessThan(stdout.indexOf('  total '));
  });

  test('of a finished pod too, when the trace begins before the next one was started', () => {
    const finished = pod('client-a', 'a', '10.0.0.5', MORNING).replace('Running', 'Succeeded');
    expect(run(...clash(finished)).stdout).toContain(
      'of shop/client-b or shop/client-a: judged as shop/client-b',
    );
    writeFileSync(inFolder('flows.csv'), FLOWS.replace(/^2026-11-20T(09|10):.*\n/gm, ''));
    expect(run(...clash(finished)).stdout).not.toContain('several pods');
    writeFileSync(inFolder('flows.csv'), FLOWS);
  });
});
