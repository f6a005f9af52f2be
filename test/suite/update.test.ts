/** Observed verdicts written into suites: what was wrong passes then, and nothing else changes. */
import { describe, expect, test } from 'vitest';
import { diffLines } from '../../src/output/line-diff.ts';
import { CALICO } from '../../src/policy/cni/calico.ts';
import { cniProfile } from '../../src/policy/cni/profiles.ts';
import { createWorld, type World } from '../../src/policy/world.ts';
import { checkSuite } from '../../src/suite/check.ts';
import { parseSuite } from '../../src/suite/read.ts';
import { type UpdatedSuite, updateSuite } from '../../src/suite/update.ts';
import { fixtureWith } from '../examine.ts';
import { drawn } from '../random/depth.ts';
import { chosenSeed, random } from '../random/mulberry.ts';

const POLICY = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: web, namespace: x }
spec: { podSelector: {}, ingress: [{ from: [{ podSelector: {} }], ports: [{ port: 80 }] }] }
`;
const cluster = fixtureWith(POLICY);
const world = createWorld(cluster, CALICO);

const failuresOf = (text: string, worlds: readonly World[] = [world]): string[] => {
  const { value: suite, diagnostics } = parseSuite('s.yaml', text);
  expect(diagnostics).toEqual([]);
  return worlds.flatMap((one) =>
    checkSuite(suite, one)
      .value.results.filter(({ passed }) => !passed)
      .map(({ flow }) => flow),
  );
};

function update(text: string, worlds: readonly World[] = [world]): UpdatedSuite {
  const { value: suite, diagnostics } = parseSuite('s.yaml', text);
  expect(diagnostics).toEqual([]);
  const runs = worlds.map((one) => ({
    profile: one.profile,
    results: checkSuite(suite, one).value.results,
    traced: [],
  }));
  return updateSuite('s.yaml', text, runs);
}

/** In the world x lets in port 80 from its own pods alone; y is open. */
describe('what is written where', () => {
  test.each([
    [
      'a verdict',
      'flows:\n  - flow: tcp y/a to x/a:80 # why\n    expect: allow   # so\n',
      'flows:\n  - flow: tcp y/a to x/a:80 # why\n    expect: deny   # so\n',
    ],
    [
      'in quotes, in braces',
      "flows: [{ flow: tcp y/a to x/a:80, expect: 'allow' }, ]\n",
      'flows: [{ flow: tcp y/a to x/a:80, expect: deny }, ]\n',
    ],
    [
      'of one CNI',
      'flows: [{ flow: tcp y/a to x/a:80, expect: { cilium: allow, calico: allow } }]\n',
      'flows: [{ flow: tcp y/a to x/a:80, expect: { cilium: allow, calico: deny } }]\n',
    ],
    [
      'from list to list',
      'allow:\n  - tcp x/b to x/a:80\n  # keep\n  - tcp y/a to x/a:80   # moved\ndeny:\n  - tcp y/a to x/a:81\n',
      'allow:\n  - tcp x/b to x/a:80\n  # keep\ndeny:\n  - tcp y/a to x/a:81\n  - tcp y/a to x/a:80\n',
    ],
    [
      'the last of a list, and a list that is not there',
      'allow: # all\n    - "tcp y/a to x/a:80"\n',
      'allow: [] # all\ndeny:\n  - "tcp y/a to x/a:80"\n',
    ],
    [
      'without an end of the line',
      'deny:\n- tcp x/b to x/a:80\n- tcp y/a to x/a:80',
      'deny:\n- tcp y/a to x/a:80\nallow:\n  - tcp x/b to x/a:80\n',
    ],
    [
      'between brackets',
      'deny: [tcp x/b to x/a:80, tcp y/a to x/a:81, tcp x/c to x/a:80]\nallow: [tcp y/a to x/a:80]\n',
      'deny: [tcp y/a to x/a:81, tcp y/a to x/a:80]\nallow: [tcp x/b to x/a:80, tcp x/c to x/a:80]\n',
    ],
    [
      'between brackets, over lines',
      'deny: [\n  tcp x/b to x/a:80, # one\n  tcp y/a to x/a:81, # two\n]\n',
      'deny: [\n  tcp y/a to x/a:81, # two\n]\nallow:\n  - tcp x/b to x/a:80\n',
    ],
    [
      'into a list that is empty',
      'allow: []\ndeny: [tcp x/b to x/a:80, tcp y/a to x/a:80]\n',
      'allow: [tcp x/b to x/a:80]\ndeny: [tcp y/a to x/a:80]\n',
    ],
    [
      'swapped',
      'allow:\n  - tcp y/a to x/a:80\ndeny:\n  - tcp x/b to x/a:80\n',
      'allow:\n  - tcp x/b to x/a:80\ndeny:\n  - tcp y/a to x/a:80\n',
    ],
    [
      'with carriage returns',
      'allow:\r\n  - tcp y/a to x/a:80\r\n  - tcp x/b to x/a:80\r\n',
      'allow:\r\n  - tcp x/b to x/a:80\r\ndeny:\r\n  - tcp y/a to x/a:80\r\n',
    ],
    [
      'who decides, and why',
      'flows:\n  - { flow: tcp y/a to x/a:80, expect: deny, by: NetworkPolicy/x/wbe, reason: policy, direction: egress }\n',
      'flows:\n  - { flow: tcp y/a to x/a:80, expect: deny, by: NetworkPolicy/x/web, reason: tier-end, direction: ingress }\n',
    ],
  ])('%s', (_, text, after) => {
    const { text: written, left } = update(text);
    expect(written).toBe(after);
    expect(left).toEqual([]);
    expect(failuresOf(written)).toEqual([]);
  });

  test('marks of a table, and nothing around them', () => {
    const table = (marks: string): string =>
      `tables:\n  # drawn\n  - port: TCP/80\n    expect: |\n      -    x/a  x/b\n      x/b  ${marks[0]}    -\n      y/a  ${marks[1]}    ${marks[2]}\n`;
    const { text, written } = update(table('X.X'));
    expect([text, written]).toEqual([table('.XX'), 2]);
    expect(update(text).text).toBe(text);
  });

  test('a suite that passes stays as it is', () => {
    const text = 'allow: [tcp x/b to x/a:80]\n';
    expect(update(text)).toEqual({ text, written: 0, left: [] });
  });
});

describe('what cannot be written', () => {
  const leftOf = (text: string, worlds?: readonly World[]): string[] => {
    const { text: after, left, written } = update(text, worlds);
    expect([after, written]).toEqual([text, 0]);
    return left.map(({ at, why }) => `${at.line} ${why}`);
  };

  test('a verdict that the lists have no place for, a decider that is none', () => {
    expect(leftOf('allow:\n  - tcp x/b to x/a:*\n')).toEqual([
      '2 the lists allow and deny have no place for undetermined',
    ]);
    expect(
      leftOf('flows: [{ flow: tcp x/a to x/a:80, expect: allow, by: NetworkPolicy/x/web }]\n')[0],
    ).toContain('no policy decided');
  });

  test('two CNIs that do not agree under one word', () => {
    const flannel = createWorld(cluster, cniProfile('flannel')!);
    const text = 'flows: [{ flow: tcp y/a to x/a:80, expect: allow }]\nallow: [tcp y/a to x/a:80]\n';
    const left = leftOf(text, [world, flannel]);
    expect(left).toHaveLength(2);
    expect(left.join()).toContain('do not agree');
    const cilium = createWorld(cluster, cniProfile('cilium')!);
    expect(leftOf(text, [world, cilium, flannel])).toEqual(left);
    const each = 'flows: [{ flow: tcp y/a to x/a:80, expect: { calico: allow, flannel: deny } }]\n';
    expect(update(each, [world, flannel]).text).toBe(
      'flows: [{ flow: tcp y/a to x/a:80, expect: { calico: deny, flannel: allow } }]\n',
    );
  });
});

test('random suites: they pass when they are written, and keep every comment', () => {
  const seed = chosenSeed();
  const draw = random(seed);
  const count = drawn(60, 2000);
  const pods = ['x/a', 'x/b', 'x/c', 'y/a', 'y/b', '192.0.2.7'];
  const flow = (): string =>
    `${draw.pick(['tcp', 'udp'])} ${draw.pick(pods)} ${draw.pick(['to', '>'])} ${draw.pick(pods.slice(0, 5))}:${draw.pick(['80', '81'])}`;
  const verdict = (): string => draw.pick(['allow', 'deny']);
  for (let round = 0; round < count; round++) {
    let comments = 0;
    const comment = (): string => (draw.chance(0.3) ? ` # ${comments++}` : '');
    const quoted = (text: string): string => draw.pick([text, `'${text}'`, `"${text}"`]);
    const list = (name: string): string => {
      const items = Array.from({ length: 1 + draw.below(4) }, () => quoted(flow()));
      if (draw.chance(0.3)) return `${name}: [${items.join(', ')}]\n`;
      const indent = ' '.repeat(draw.below(4));
      return `${name}:${comment()}\n${items.map((item) => `${indent}- ${item}\n`).join('')}`;
    };
    const flows = Array.from({ length: draw.below(4) }, () =>
      draw.chance(0.5)
        ? `  - { flow: '${flow()}', expect: ${verdict()} }${comment()}\n`
        : `  - expect: ${quoted(verdict())}${comment()}\n    flow: ${flow()}${comment()}\n`,
    ).join('');
    const parts = [
      flows === '' ? '' : `flows:\n${flows}`,
      draw.chance(0.8) ? list('allow') : '',
      draw.chance(0.8) ? list('deny') : '',
    ];
    const text = `description: round ${round}\n${draw.chance(0.5) ? parts.join('') : parts.reverse().join('# between\n')}`;
    if (parts.every((part) => part === '')) continue;
    const { text: after, written, left } = update(text);
    expect([failuresOf(after), left], `seed ${seed}:\n${text}\nbecame\n${after}`).toEqual([[], []]);
    expect(written).toBe(failuresOf(text).length);
    for (let number = 0; number < comments; number++)
      expect(after, `seed ${seed}:\n${text}`).toContain(` # ${number}`);
    const flowsOf = (suite: string): string[] =>
      [...suite.matchAll(/(?:tcp|udp) [^'",\]}#\n]+/g)].map(([one]) => one.trim()).sort();
    expect(flowsOf(after), `seed ${seed}:\n${text}`).toEqual(flowsOf(text));
  }
});

describe('lines that differ', () => {
  test('pieces with what is around them', () => {
    const before = Array.from({ length: 20 }, (_, index) => `line ${index + 1}`);
    const after = before.with(2, 'third').toSpliced(15, 1);
    expect(diffLines(before.join('\n'), after.join('\n'))).toEqual([
      {
        before: 1,
        after: 1,
        lines: [' line 1', ' line 2', '-line 3', '+third', ' line 4', ' line 5'].map((line) => ({
          kind: line[0],
          text: line.slice(1),
        })),
      },
      {
        before: 14,
        after: 14,
        lines: [' line 14', ' line 15', '-line 16', ' line 17', ' line 18'].map((line) => ({
          kind: line[0],
          text: line.slice(1),
        })),
      },
    ]);
    expect(diffLines('a\nb\n', 'a\nb')).toEqual([]);
    expect(diffLines('', 'a\n')).toEqual([{ before: 1, after: 1, lines: [{ kind: '+', text: 'a' }] }]);
  });
});
