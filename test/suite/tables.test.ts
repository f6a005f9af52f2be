/** Tables that a suite draws: what each mark is, where it stands, and what is wrong with a table. */
import { describe, expect, test } from 'vitest';
import { formatFlow } from '../../src/flow/notation.ts';
import { CALICO } from '../../src/policy/cni/calico.ts';
import { CILIUM } from '../../src/policy/cni/cilium.ts';
import { WEAVE } from '../../src/policy/cni/weave.ts';
import { createWorld } from '../../src/policy/world.ts';
import { checkSuite } from '../../src/suite/check.ts';
import { parseSuite } from '../../src/suite/read.ts';
import type { Suite } from '../../src/suite/suite.ts';
import { fixtureWith } from '../examine.ts';

const POLICY = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: web, namespace: x }
spec: { podSelector: { matchLabels: { app: web } }, ingress: [{ from: [{ podSelector: {} }], ports: [{ port: 80 }] }] }
`;
const world = createWorld(fixtureWith(POLICY), CALICO);

/** A suite with one table; `fields` stand before the drawing. */
const suiteOf = (fields: string, ...drawn: string[]): string =>
  `names: { web: x/a }\ntables:\n  - ${fields}expect: |\n${drawn.map((line) => `      ${line}\n`).join('')}`;

function read(text: string): Suite {
  const { value, diagnostics } = parseSuite('s.yaml', text);
  expect(diagnostics).toEqual([]);
  return value;
}

/** Flows with what is expected, as one text each. */
const said = ({ expectations }: Suite): string[] =>
  expectations.map(({ flow, expect: verdict }) => {
    const words = typeof verdict === 'string' ? verdict : [...verdict].flat().join(' ');
    return `${words} ${formatFlow(flow)}`;
  });

const PORT = 'port: TCP/80\n    ';

describe('what is drawn', () => {
  test('a cell is an expectation with its place, its name, and where its mark is', () => {
    const text = suiteOf(
      `name: the web\n    tags: [t]\n    why: w\n    ${PORT}`,
      '-    x/a  y/*',
      'x/b  .    -',
      '1.1.1.1  X  undetermined',
    );
    const { expectations } = read(text);
    expect(
      expectations.map(({ name, tags, why, at, written, cell }) => {
        const { start, end } = written.get('')!;
        return [
          name,
          tags,
          why,
          at.line,
          at.column,
          text.slice(start, end),
          cell!.row,
          cell!.column,
          cell!.port,
        ];
      }),
    ).toEqual([
      ['the web: x/b to x/a', ['t'], 'w', 9, 12, '.', 0, 0, 0],
      ['the web: 1.1.1.1 to x/a', ['t'], 'w', 10, 16, 'X', 1, 0, 0],
      ['the web: 1.1.1.1 to y/*', ['t'], 'w', 10, 19, 'undetermined', 1, 1, 0],
    ]);
    expect(expectations[0]!.cell!.drawing).toMatchObject({
      name: 'the web',
      rows: ['x/b', '1.1.1.1'],
      columns: ['x/a', 'y/*'],
      ports: ['TCP/80'],
    });
  });

  test.each([
    ['a corner', PORT, ['-    x/a', 'x/b  .'], ['allow tcp x/b to x/a:80']],
    ['a word as a corner', PORT, ['from\\to x/a', 'x/b  .'], ['allow tcp x/b to x/a:80']],
    ['no corner', PORT, ['x/a', 'x/b  .'], ['allow tcp x/b to x/a:80']],
    ['a port as a corner', '', ['UDP/dns x/a', 'x/b  x'], ['deny udp x/b to x/a:dns']],
    ['short names', PORT, ['-    web', 'web  reject'], ['reject tcp x/a to x/a:80']],
    [
      'comments and empty lines',
      PORT,
      ['# who', '-    x/a', '', '# what', 'x/b  .'],
      ['allow tcp x/b to x/a:80'],
    ],
    ['IPv6', PORT, ['-    fd00::1', '::2  .'], ['allow tcp ::2 to [fd00::1]:80']],
    ['a number', 'port: 443\n    ', ['-    x/a', 'x/b  .'], ['allow tcp x/b to x/a:443']],
    ['no port', 'port: icmp\n    ', ['-    node:n1', 'x/b  .'], ['allow icmp x/b to node:n1']],
    [
      'a mark for each of several ports, or one for all',
      'ports: [80, UDP/81]\n    ',
      ['-    x/a  x/b', 'x/c  .X   X'],
      [
        'allow tcp x/c to x/a:80',
        'deny udp x/c to x/a:81',
        'deny tcp x/c to x/b:80',
        'deny udp x/c to x/b:81',
      ],
    ],
    [
      'a grid of cyclonus, ports in its corner',
      '',
      [
        '+--------+-----+-----+',
        '| TCP/80 | X/A | X/B |',
        '| UDP/81 |     |     |',
        '+--------+-----+-----+',
        '| x/a    | . X | # # |'.replaceAll('#', '.'),
        '+--------+-----+-----+',
        '| x/b    | X ? | . N |',
      ],
      [
        'allow tcp x/a to x/a:80',
        'deny udp x/a to x/a:81',
        'allow tcp x/a to x/b:80',
        'allow udp x/a to x/b:81',
        'deny tcp x/b to x/a:80',
        'allow tcp x/b to x/b:80',
      ],
    ],
    [
      'a grid of cyclonus, ports in its cells',
      '',
      [
        '| - | x/a | x/b |',
        '+---+-----+-----+',
        '| x/a | TCP/80: . | TCP/80: X |',
        '|     | UDP/81: X |           |',
      ],
      ['allow tcp x/a to x/a:80', 'deny udp x/a to x/a:81', 'deny tcp x/a to x/b:80'],
    ],
  ])('%s', (_, fields, drawn, flows) => {
    expect(said(read(suiteOf(fields, ...drawn)))).toEqual(flows);
  });

  test('each of several marks in a cell has a place of its own', () => {
    const text = suiteOf('ports: [80, 81]\n    ', '-    x/a', 'x/b  .X');
    const places = read(text).expectations.map(({ at, written }) => {
      const { start, end } = written.get('')!;
      return [at.column, text.slice(start, end)];
    });
    expect(places).toEqual([
      [12, '.'],
      [13, 'X'],
    ]);
  });

  test('one drawing for each CNI', () => {
    const text =
      'tables:\n  - port: 80\n    expect:\n      calico: |\n        - x/a\n        y/a X\n      cilium: |\n        - x/a\n        y/a .\n        y/b X\n';
    const suite = read(text);
    expect(said(suite)).toEqual([
      'calico deny tcp y/a to x/a:80',
      'cilium allow tcp y/a to x/a:80',
      'cilium deny tcp y/b to x/a:80',
    ]);
    const under = (profile: typeof CALICO) => checkSuite(suite, createWorld(world.cluster, profile)).value;
    expect(under(CALICO)).toMatchObject({ passed: 1, failed: 0, unasked: 0 });
    expect(under(CILIUM)).toMatchObject({ passed: 1, failed: 1, unasked: 0 });
    expect(under(WEAVE)).toMatchObject({ passed: 0, failed: 0, unasked: 3 });
  });
});

test('a table is checked cell by cell', () => {
  const { value } = checkSuite(
    read(suiteOf(PORT, '-    x/a  x/c', 'x/b  .    X', 'y/*  X    .', 'x/*  .    .')),
    world,
  );
  expect(value.results.map(({ difference }) => difference)).toEqual([
    '',
    'expected deny, found allow',
    '',
    '',
    '',
    '',
  ]);
});

test('a name that means nothing is told once for each row and column', () => {
  const suite = read(suiteOf(PORT, '-     x/a  x/zz', 'x/b   .    .', 'x/yy  .    .'));
  const { diagnostics } = checkSuite(suite, world);
  expect(diagnostics.map(({ message, at }) => `${at!.line}:${at!.column} ${message}`)).toEqual([
    '6:18 no pod x/zz in the manifests',
    '7:13 no pod x/yy in the manifests',
  ]);
});

describe('what is wrong with a table', () => {
  test.each([
    ['a mark', PORT, ['-   x/a', 'x/b #'], ['table/bad-mark 6:11']],
    ['a row too short', PORT, ['-   x/a x/b', 'x/b .'], ['table/cells 6:7']],
    ['a row too long', PORT, ['-   x/a', 'x/b . .'], ['table/cells 6:7']],
    ['a row twice', PORT, ['-   x/a', 'x/b .', 'x/b .'], ['table/twice 7:7']],
    ['a column twice', PORT, ['-   x/a x/a', 'x/b . .'], ['table/twice 5:15']],
    ['no such side', PORT, ['-   x/a', 'a/b/c/d .'], ['suite/bad-side 6:7']],
    ['a side with a port', PORT, ['-   x/a x/b:80', 'x/c . .'], ['suite/bad-side 5:15']],
    ['no port', '', ['-   x/a', 'x/b .'], ['suite/no-port 4:7']],
    ['no such port', '', ['TCP/99999   x/a', 'x/b .'], ['table/bad-port 4:7']],
    ['too few marks', 'ports: [80, 81]\n    ', ['-   x/a', 'x/b ...'], ['table/marks 6:11']],
    ['nothing checked', PORT, ['-   x/a', 'x/b -'], ['suite/empty 4:13']],
    ['a head and no more', PORT, ['-   x/a'], ['suite/empty 4:13']],
  ])('%s', (_, fields, drawn, problems) => {
    const { diagnostics } = parseSuite('s.yaml', suiteOf(fields, ...drawn));
    expect(diagnostics.map(({ code, at }) => `${code} ${at!.line}:${at!.column}`)).toEqual(problems);
  });

  test('a first line that is indented deeper', () => {
    const { diagnostics } = parseSuite('s.yaml', suiteOf(PORT, '    x/a', 'x/b .'));
    expect(diagnostics).toMatchObject([
      { code: 'suite/yaml', hint: expect.stringContaining('begin it with -') },
    ]);
  });

  test.each([
    ['tables:\n  - port: 80\n    expect: "- x/a"\n', 'suite/wrong-type 3:13'],
    ['tables:\n  - port: 80\n', 'suite/missing-field 2:5'],
    ['tables:\n  - port: tcp\n    expect: |\n      - x/a\n      x/b .\n', 'suite/bad-port 2:11'],
    ['tables:\n  - expect:\n      calicoo: |\n        - x/a\n        x/b .\n', 'suite/unknown-field 3:7'],
    ['names: { a: b }\nallow: [tcp x/a to x/b:80]\n', 'suite/bad-side 1:13'],
  ])('%j', (text, problem) => {
    const [first] = parseSuite('s.yaml', text).diagnostics;
    expect(`${first!.code} ${first!.at!.line}:${first!.at!.column}`).toBe(problem);
  });
});
