/** Verdicts of flow logs beside those of a replay, on the command line. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import type { ReplayDocument } from '../../src/analysis/replay/replay-document.ts';
import { dryplane } from './kept-program.ts';
import { CAPTURE, checkedDocument, QUICKSTART } from './run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'dryplane-observed-'));
afterAll(() => rmSync(folder, { recursive: true }));

const WEB = '10.42.1.10';
const API = '10.42.1.20';
const DB = '10.42.2.30';

/** A policy verdict of Hubble, or with `more` another event. */
const hubble = (source: string, destination: string, port: number, more: object = {}): string =>
  JSON.stringify({
    flow: {
      time: '2023-11-14T22:13:20Z',
      verdict: 'FORWARDED',
      IP: { source, destination },
      l4: { TCP: { source_port: 40_000, destination_port: port, flags: { SYN: true } } },
      event_type: { type: 5 },
      traffic_direction: 'INGRESS',
      ...more,
    },
  });

const log = join(folder, 'hubble.log');
writeFileSync(
  log,
  [
    // Agree: allowed; denied; left its source although the destination refuses it.
    hubble(WEB, API, 8080),
    hubble(WEB, DB, 5432, { verdict: 'DROPPED', drop_reason_desc: 'POLICY_DENIED' }),
    hubble(WEB, DB, 5432, { traffic_direction: 'EGRESS' }),
    // Disagree: arrived, twice; a reply of it; refused although it is allowed.
    hubble(WEB, DB, 5432),
    hubble(WEB, DB, 5432),
    hubble(DB, WEB, 40_000, {
      l4: { TCP: { source_port: 5432, destination_port: 40_000, flags: { ACK: true } } },
      event_type: { type: 4 },
      trace_observation_point: 'TO_ENDPOINT',
      is_reply: true,
    }),
    hubble(WEB, API, 8080, { verdict: 'DROPPED', drop_reason_desc: 'POLICY_DENIED' }),
    JSON.stringify({ lost_events: { num_events_lost: '3' } }),
  ].join('\n'),
);

const replayed = (words: readonly string[]): ReplayDocument =>
  checkedDocument<ReplayDocument>(dryplane(['replay', ...words, '--format', 'json']).stdout);

describe('a log with verdicts', () => {
  test('is compared, in the direction of the connection and on the side that it was seen at', () => {
    const rows = join(folder, 'rows.ndjson');
    const { observed, traces } = replayed([log, ...QUICKSTART, '--verdicts', rows]);
    expect(observed).toMatchObject({
      compared: { packets: 7, flows: 7 },
      agree: { packets: 3, flows: 3 },
      pairs: [
        { observed: 'allow', verdict: 'allow', packets: 2 },
        { observed: 'allow', verdict: 'deny', packets: 3 },
        { observed: 'deny', verdict: 'allow', packets: 1 },
        { observed: 'deny', verdict: 'deny', packets: 1 },
      ],
      omitted: 0,
      elsewhere: { packets: 0, flows: 0 },
    });
    expect(observed!.disagree).toMatchObject([
      {
        flow: 'tcp shop/web to shop/db:5432',
        packets: 3,
        connections: 3,
        observed: 'allow',
        observed_at: 'path',
        verdict: 'deny',
        decider: { policy: 'db', rule: -1 },
      },
      {
        flow: 'tcp shop/web to shop/api:8080',
        observed: 'deny',
        verdict: 'allow',
        decider: { policy: 'api' },
      },
    ]);
    expect(traces[0]).toMatchObject({ format: 'hubble', records: 8, lost: 3 });
    const seen = readFileSync(rows, 'utf8').trimEnd().split('\n');
    expect(seen.map((line) => (JSON.parse(line) as { observed: string }).observed)).toEqual([
      'allow',
      'deny',
      'allow',
      'allow',
      'allow',
      'allow',
      'deny',
      '',
    ]);
  });

  test('groups what differs by who decided on each side, rules of one policy together', () => {
    const path = join(folder, 'named.log');
    const allowedBy = (name: string): object => ({
      ingress_allowed_by: [{ name, namespace: 'shop', kind: 'NetworkPolicy' }],
    });
    writeFileSync(
      path,
      [
        hubble(WEB, DB, 5432, allowedBy('old-db')),
        hubble(WEB, DB, 5433, allowedBy('old-db')),
        hubble(WEB, DB, 5432),
        hubble(WEB, API, 8080, allowedBy('api')),
        hubble(WEB, API, 8080, allowedBy('web')),
        // One of several is enough.
        hubble(WEB, API, 8080, {
          ingress_allowed_by: ['web', 'api'].map((name) => ({
            name,
            namespace: 'shop',
            labels: ['k8s:io.cilium.k8s.policy.derived-from=NetworkPolicy'],
          })),
        }),
      ].join('\n'),
    );
    const { observed } = replayed([path, ...QUICKSTART]);
    expect(observed).toMatchObject({ groups_omitted: 0, compared: { packets: 6 }, agree: { packets: 3 } });
    expect(observed!.groups).toMatchObject([
      {
        observed: 'allow',
        observed_at: 'path',
        observed_by: { kind: 'NetworkPolicy', namespace: 'shop', policy: 'old-db', in_manifests: false },
        verdict: 'deny',
        reason: 'tier-end',
        decider: { hook: 'ingress', policy: 'db', rule: -1 },
        packets: 2,
        flows: 2,
        example: 'tcp shop/web to shop/db:5432',
      },
      { observed_by: { kind: '', policy: '' }, decider: { policy: 'db' }, packets: 1 },
    ]);
    expect(observed!.same_verdict_other_policy).toMatchObject({ packets: 1, flows: 1, omitted: 0 });
    expect(observed!.same_verdict_other_policy.groups).toMatchObject([
      {
        observed_by: { policy: 'web', in_manifests: true, location: expect.stringContaining('web.yaml:') },
        verdict: 'allow',
        decider: { policy: 'api' },
      },
    ]);
    const rows = join(folder, 'named.ndjson');
    dryplane(['replay', path, ...QUICKSTART, '--verdicts', rows]);
    const named = readFileSync(rows, 'utf8').trimEnd().split('\n');
    expect(named.map((line) => (JSON.parse(line) as { observed_by: string }).observed_by)).toEqual([
      'NetworkPolicy shop/old-db',
      'NetworkPolicy shop/old-db',
      '',
      'NetworkPolicy shop/api',
      'NetworkPolicy shop/web',
      'NetworkPolicy shop/api',
    ]);
    const { stdout, stderr } = dryplane(['replay', path, ...QUICKSTART, '--fail-on', 'disagree']);
    expect(stdout).toContain('observed: allow, by NetworkPolicy shop/old-db (not in these manifests)\n');
    expect(stdout).toContain('the same verdict by another policy than the trace names: 1 packet of 1 flow\n');
    expect(stderr).toContain(
      'observed allow, by NetworkPolicy shop/old-db (not in these manifests); here deny',
    );
  });

  test('of more deciders than there is room for nobody is named, and that is said', () => {
    const path = join(folder, 'many.log');
    const lines = Array.from({ length: 33_000 }, (_, index) =>
      hubble(WEB, DB, 5432, { ingress_allowed_by: [{ name: `policy-${index}`, kind: 'NetworkPolicy' }] }),
    );
    writeFileSync(path, lines.join('\n'));
    const { observed, warnings } = replayed([path, ...QUICKSTART]);
    expect(warnings.join()).toContain('the traces name more deciding policies than there is room for');
    // Pairs of deciders are bounded too; what finds no room is counted, and compared all the same.
    expect(warnings.join()).toContain('31976 flow records are compared, but too many policies decide');
    expect(observed!.compared.flows).toBe(33_000);
    expect(observed!.groups).toMatchObject([
      { observed_by: { policy: '' }, decider: { policy: 'db' }, packets: 1024, flows: 1024 },
    ]);
  });

  test('one worker or several: the same', () => {
    const { observed } = replayed([log, ...QUICKSTART, '--workers', '1']);
    expect(replayed([log, ...QUICKSTART, '--workers', '3']).observed).toEqual(observed);
  });

  test('--fail-on disagree is 1, and 0 where all agree; the report shows both', () => {
    const failed = dryplane(['replay', log, ...QUICKSTART, '--fail-on', 'disagree']);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain(
      '--fail-on disagree: 4 packets of 4 flows were observed otherwise; most of it (3 packets): tcp shop/web to shop/db:5432, observed allow; here deny, ingress: NetworkPolicy shop/db isolates it',
    );
    expect(failed.stdout).toMatch(/\nObserved, as judged here: 42\.9% of 7 flows\n/);
    expect(failed.stdout).toMatch(
      /3 {2}e\.g\. tcp shop\/web to shop\/db:5432 {2}3 flows\n +observed: allow\n +here: deny, ingress: .*shop\/db/,
    );
    const agreeing = join(folder, 'agreeing.log');
    writeFileSync(agreeing, `${hubble(WEB, API, 8080)}\n`);
    const fine = dryplane(['replay', agreeing, ...QUICKSTART, '--fail-on', 'disagree']);
    expect([fine.code, fine.stderr]).toEqual([0, '']);
    expect(fine.stdout).toContain('Observed, as judged here: 100% of 1 flow\n');
  });

  test('of a cloud is shown, not compared', () => {
    const path = join(folder, 'vpc.log');
    writeFileSync(path, `2 1 eni-1 ${WEB} ${DB} 40000 5432 6 5 500 1700000000 1700000060 ACCEPT OK\n`);
    const { observed } = replayed([path, ...QUICKSTART]);
    expect(observed).toMatchObject({
      compared: { flows: 0 },
      pairs: [],
      disagree: [],
      elsewhere: { packets: 5, flows: 1 },
    });
    const { code, stdout } = dryplane(['replay', path, ...QUICKSTART, '--fail-on', 'disagree']);
    expect(code).toBe(0);
    expect(stdout).toContain('not compared: 1 record of what security groups');
  });
});

test('a capture tells nothing: no section, null, and the condition is refused', () => {
  expect(replayed([CAPTURE, ...QUICKSTART]).observed).toBeNull();
  const { code, stderr } = dryplane(['replay', CAPTURE, ...QUICKSTART, '--fail-on', 'disagree']);
  expect(code).toBe(2);
  expect(stderr).toContain('no trace says what became of its packets');
});

test('--trace-format goes before recognition, and names are checked', () => {
  const path = join(folder, 'plain');
  writeFileSync(path, `${hubble(WEB, API, 8080)}\n`);
  expect(dryplane(['replay', path, ...QUICKSTART, '--trace-format', 'ndjson']).stderr).toContain(
    'JSON records without a source',
  );
  expect(replayed([path, ...QUICKSTART, '--trace-format', 'hubble']).traces[0]!.format).toBe('hubble');
  expect(dryplane(['replay', path, '--trace-format', 'hubbel']).stderr).toContain('hubble');
});

const samples = fileURLToPath(new URL('../../../shared/samples/', import.meta.url));

describe.skipIf(!existsSync(samples))('connections of a real kernel', () => {
  const policies = ['cluster.yaml', 'policies-calico.yaml'].flatMap((name) => [
    '-f',
    join(samples, 'policies/generated-netns', name),
  ]);

  test.each([
    ['n1-conntrack-L.txt', 27, 4],
    ['n1-proc-nf_conntrack.txt', 27, 4],
    ['n2-conntrack-L-extended.txt', 19, 0],
    // Events: what repeats a connection is skipped, and the first that shows an answer counts all the same.
    ['n1-conntrack-E.txt', 27, 4],
    ['n2-conntrack-E.txt', 19, 0],
  ])(
    '%s: what was answered is allowed; what went unanswered was refused on the other node',
    (file, answered, denied) => {
      const {
        observed,
        flows,
        denied: refused,
      } = replayed([join(samples, 'flowlogs/conntrack', file), ...policies]);
      expect(observed).toMatchObject({
        compared: { flows: answered },
        agree: { flows: answered },
        disagree: [],
      });
      expect(flows.deny).toBe(denied);
      const expected = ['tcp default/a to default/e:22', 'tcp default/c to default/d:8080'];
      expect(refused.map(({ flow }) => flow)).toEqual(denied === 0 ? [] : expected);
    },
  );
});
