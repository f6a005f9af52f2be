import { describe, expect, test } from 'vitest';
import type { StagedFlow, StagedSummary } from '../../src/analysis/replay/staged-document.ts';
import { createPalette } from '../../src/output/palette.ts';
import { replayText } from '../../src/report/replay-text.ts';
import { traceText } from '../../src/report/trace-text.ts';
import { DENIED_FLOW, PLAIN, replayDocument, verdicts } from './sample-documents.ts';

const WORDS = { traces: ['capture.pcap'], manifests: ['-f', 'my cluster.yaml'] };
const report = (changes = {}): string => replayText(replayDocument(changes), WORDS, PLAIN);

describe('the text report of replay', () => {
  test('totals of all five verdicts, the heaviest denied flow by name, who decided with file and line', () => {
    const lines = report().split('\n');
    for (const word of ['allow', 'deny', 'undetermined', 'unspecified', 'skip', 'total'])
      expect(lines.some((line) => line.trimStart().startsWith(`${word} `))).toBe(true);
    const at = lines.findIndex((line) => line.includes('tcp shop/api to shop/db:5432'));
    expect(lines[at]).toMatch(/^ {2}1,204 {2}tcp shop\/api to shop\/db:5432 {2}12 connections$/);
    expect(lines[at + 1]).toContain('ingress: NetworkPolicy shop/default-deny isolates it');
    expect(lines[at + 2]).toMatch(/^ {9}policies\/default-deny\.yaml:4$/);
  });

  test('ends with the next command, quoted for a shell', () => {
    expect(report()).toMatch(
      /\nwhy: dryplane explain -f 'my cluster.yaml' tcp shop\/api to shop\/db:5432\n$/,
    );
  });

  test('what came through a pipe cannot be replayed again', () => {
    const document = replayDocument({ denied: [], undecided: [] });
    const text = (trace: string) => replayText(document, { ...WORDS, traces: [trace] }, PLAIN);
    expect(text('capture.pcap')).toContain('\npacket by packet: dryplane replay capture.pcap');
    expect(text('-')).not.toContain('dryplane replay');
  });

  test('packets without a verdict that belong to no flow are told with what they lack', () => {
    const reasons = [
      { verdict: 'undetermined', reason: 'missing-field', packets: 5, bytes: 500, flows: 1 },
      { verdict: 'undetermined', reason: 'domain', packets: 3, bytes: 300, flows: 1 },
    ];
    const undecided = [
      { ...DENIED_FLOW, verdict: 'undetermined', reason: 'missing-field', packets: 3 },
      { ...DENIED_FLOW, verdict: 'undetermined', reason: 'domain', packets: 3 },
    ];
    const text = report({ reasons, undecided });
    expect(text).toMatch(
      /of no connection, in packets .*\n {2}2 {2}missing-field {2}what the record leaves out/,
    );
    expect(text).not.toMatch(/\d {2}domain/);
  });

  test('begins with the alarm when no address of the trace is in the manifests', () => {
    const text = report({ addresses: { seen: 812, known: 0, omitted: 0 } });
    expect(text.split('\n')[0]).toBe('0 of 812 addresses are in these manifests.');
  });

  test('begins with the alarm when most packets could not be judged; copies were', () => {
    const packets = { ...verdicts(30, 0), skip: 70, total: 100 };
    const skipped = (copies: number) => [
      { reason: 'duplicate', packets: copies, bytes: 0 },
      { reason: 'non-ip', packets: 70 - copies, bytes: 0 },
    ];
    expect(report({ packets, skipped: skipped(30) }).split('\n')[0]).toBe(
      '40 of 70 packets could not be judged: non-ip 40.',
    );
    expect(report({ packets, skipped: skipped(45) }).split('\n')[0]).toMatch(/^replay /);
  });

  test('begins with unresolved addresses when their share is notable, and not when it is not', () => {
    const unresolved = [
      { address: '10.42.1.99', range: '10.42.1.0/24', kind: 'pod' as const, packets: 300, share: 0.2 },
    ];
    const text = report({ unresolved, unresolved_share: 0.2 });
    expect(text.split('\n')[0]).toMatch(/^20\.0% of the packets carry an address of the cluster/);
    expect(text).toContain('10.42.1.99  300 packets, in pod range 10.42.1.0/24');
    expect(report({ unresolved, unresolved_share: 0.0005 }).split('\n')[0]).toMatch(/^replay /);
  });

  test('names dead rules, skips with their reasons, warnings and assumptions', () => {
    const text = report({ warnings: ['two pods claim 10.0.0.1'], assumptions: ['pods were derived'] });
    expect(text).toMatch(/NetworkPolicy shop\/api {2}ingress rule 1 {2}policies\/api\.yaml:12/);
    expect(text).toMatch(/6 {2}non-ip {2}not IP/);
    expect(text).toContain('warning: two pods claim 10.0.0.1');
    expect(text).toContain('assumed: pods were derived');
    expect(text).toContain('note: 2 connections began before the capture');
  });

  test('an expansion that matched nothing is told from its rule that matched', () => {
    const [dead] = replayDocument().rules;
    const met = { ...dead!, calico_rule: 0, packets: 5, flows: 1 };
    expect(report({ rules: [{ ...met, match: 'tcp 80' }, dead] })).toContain('ingress rule 1, tcp 8080');
    expect(report({ rules: [{ ...met, location: 'policies/api.yaml:10' }, dead] })).toContain(
      'ingress rule 1, one of its peers  policies/api.yaml:12',
    );
  });

  test('expansions that are one thing to their author are told once, and not where one of them matched', () => {
    const [dead] = replayDocument().rules;
    const peer = { ...dead!, location: 'policies/api.yaml:10' };
    const text = report({ rules: [{ ...peer, packets: 5, flows: 1 }, peer, dead!, dead!] });
    expect(text.match(/ingress rule 1/g)).toHaveLength(1);
  });

  test('bytes that no record tells are not told as none', () => {
    const bytes = verdicts(0, 0);
    expect(report({ bytes })).not.toMatch(/bytes|0 B/);
    expect(report({})).toContain('bytes');
  });

  test('many traces are named by the first ones', () => {
    const [trace] = replayDocument().traces;
    const traces = ['a', 'b', 'c', 'd', 'e'].map((path) => ({ ...trace!, path }));
    expect(report({ traces })).toContain('replay a, b, c and 2 more  7 policies');
  });

  test('what was left out is counted', () => {
    const denied = Array.from({ length: 30 }, () => DENIED_FLOW);
    const text = report({ denied, omitted: { denied: 12, undecided: 0, unresolved: 0 } });
    expect(text).toContain('10 of 42 flows, heaviest first');
    expect(text).toContain('and 32 more (--format html=FILE shows them)');
  });

  test('nothing denied: no empty section and no question why', () => {
    const text = report({ denied: [], packets: verdicts(10, 0), rules: [] });
    expect(text).not.toContain('Denied');
    expect(text).not.toContain('why:');
    expect(text).toMatch(
      /\npacket by packet: dryplane replay capture.pcap -f 'my cluster.yaml' --verdicts verdicts.csv\n$/,
    );
  });

  test('addresses of another cluster: the next command looks into the trace', () => {
    const text = report({ denied: [], addresses: { seen: 812, known: 0, omitted: 0 } });
    expect(text).toMatch(/\nwhat is in the trace: dryplane replay capture.pcap\n$/);
  });

  test('places stand below their rules where a terminal is narrow', () => {
    const text = replayText(replayDocument(), WORDS, { ...PLAIN, columns: 40 });
    expect(text).toMatch(/NetworkPolicy shop\/api {2}ingress rule 1\n {4}policies\/api\.yaml:12\n/);
  });

  test('names from manifests cannot reach the terminal as control characters', () => {
    const evil = {
      ...DENIED_FLOW,
      flow: 'tcp shop/\u001b[2Ja to x/b:1',
      decider: { ...DENIED_FLOW.decider, policy: 'p\u0007' },
    };
    const text = replayText(replayDocument({ denied: [evil] }), WORDS, PLAIN);
    expect([...text].some((character) => character < ' ' && character !== '\n')).toBe(false);
  });

  test('colour changes no word', () => {
    const colored = replayText(replayDocument(), WORDS, { ...PLAIN, palette: createPalette(true) });
    expect(colored).toContain('\u001b[31m');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is taken away
    expect(colored.replace(/\u001b\[\d+m/g, '')).toBe(report());
  });

  test('fits into 100 columns', () => {
    for (const line of report().split('\n')) expect(line.length, line).toBeLessThanOrEqual(100);
  });
});

test('without manifests: what is in the trace, and what to add', () => {
  const text = traceText(replayDocument({ manifests: [] }), ['capture.pcap'], PLAIN);
  expect(text).toContain('1,500 packets');
  expect(text).toContain('36.5 s from 2023-11-14 22:13:20 UTC');
  expect(text).toMatch(/tcp 5432 {2}1,204 packets {2}80\.3%/);
  expect(text).toContain('kubectl get namespaces,pods');
  expect(text).toMatch(/dryplane replay capture\.pcap -f cluster\.yaml\n$/);
});

describe('staged policies in the text report', () => {
  const counts = (packets: number, flows: number) => ({ packets, bytes: packets * 100, flows });
  const none = counts(0, 0);
  const by = {
    tier: 'default',
    kind: 'StagedNetworkPolicy',
    namespace: 'shop',
    policy: 'next',
    location: 'next.yaml:3',
  };
  const staged = (changes: Partial<StagedSummary> = {}): StagedSummary => ({
    packets: verdicts(1494, 0),
    bytes: verdicts(0, 0),
    flows: verdicts(0, 0),
    newly_denied: none,
    newly_allowed: none,
    other: none,
    policies: [{ ...by, newly_denied: none, newly_allowed: none, other: none }],
    changed: [],
    omitted: 0,
    ...changes,
  });

  test('that would change nothing are named all the same, without a next command', () => {
    const text = report({ staged: staged() });
    expect(text).toMatch(
      /\nStaged policies, were they enforced: nothing in this trace would change\n {2}StagedNetworkPolicy shop\/next {2}changes nothing here {2}next\.yaml:3\n\n/,
    );
  });

  test('show five flows of each kind of change, whoever is heavier, and count the rest', () => {
    const flow = (change: StagedFlow['change'], verdict: string, after: string): StagedFlow => ({
      ...DENIED_FLOW,
      verdict,
      change,
      pending: { verdict: after, reason: 'policy', decider: { ...DENIED_FLOW.decider, ...by, rule: 2 } },
      by,
    });
    const text = report({
      staged: staged({
        newly_denied: counts(6, 6),
        newly_allowed: counts(30, 30),
        other: counts(1, 1),
        changed: [
          ...Array.from({ length: 7 }, () => flow('newly-allowed', 'deny', 'allow')),
          ...Array.from({ length: 6 }, () => flow('newly-denied', 'allow', 'deny')),
          flow('other', 'undetermined', 'deny'),
        ],
        omitted: 3,
      }),
    });
    expect(text).toContain('were they enforced: 37 of ');
    expect(text.match(/allow now, deny then/g)).toHaveLength(5);
    expect(text.match(/deny now, allow then/g)).toHaveLength(5);
    expect(text.match(/undetermined now, deny then/g)).toHaveLength(1);
    expect(text).toContain('11 of 17 flows (--format json lists them)');
    expect(text).toContain('ingress: rule 2 of StagedNetworkPolicy shop/next');
  });
});

test('what absent objects leave in doubt stands first, with as many names as fit', () => {
  const objects = Array.from({ length: 7 }, (_, index) => `NetworkPolicy/shop/broken-${index}`);
  const lines = report({ doubtful: { packets: 300, bytes: 1, flows: 9, objects, at_least: true } }).split(
    '\n',
  );
  expect(lines[0]).toMatch(
    /^7 invalid objects were left out: at least 300 packets of 9 connections \(\d+\.\d%\)/,
  );
  expect(lines[6]).toBe('  and 2 more objects (--format json lists them)');
  const untouched = report({
    doubtful: { packets: 0, bytes: 0, flows: 0, objects: ['Tier/a'], at_least: false },
  });
  expect(untouched).toMatch(/^1 invalid object was left out, which changes no verdict here\.\n/);
});
