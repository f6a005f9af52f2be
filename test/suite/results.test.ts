/** Files of results: every form that is known, and every way in which one can be damaged. */
import { describe, expect, test } from 'vitest';
import { formatFlow } from '../../src/flow/notation.ts';
import { TCP } from '../../src/net/protocol-layout.ts';
import { drawBelow, randomFrom } from '../../src/random/random.ts';
import type { PairProbe } from '../../src/suite/probe.ts';
import { parseResults } from '../../src/suite/results.ts';
import { parseProbedPort } from '../../src/suite/truth-table.ts';
import { labelledTable, type MarkOf, matrix, simpleTable, uniformTable } from './cyclonus-table.ts';

const PODS = ['x/a', 'x/b.c', 'y/a'];
const KEYS = ['SCTP/80', 'TCP/80', 'UDP/81'];
const HTTP = { protocol: TCP, port: 80 };
/** A different answer wherever rows, columns or ports could be mixed up. */
const marks: MarkOf = (source, destination, key) =>
  (PODS.indexOf(source) * 2 + PODS.indexOf(destination) + KEYS.indexOf(key)) % 3 === 0 ? 'X' : '.';

const pairText = ({ source, destination, protocol, port, observed }: PairProbe): string =>
  `${protocol}/${typeof port === 'number' ? port : port.name} ${source.namespace}/${source.name} ${destination.namespace}/${destination.name} ${observed}`;

function expected(keys: readonly string[]): string[] {
  return PODS.flatMap((source) =>
    PODS.flatMap((destination) =>
      keys.map((key) => {
        const { protocol, port } = parseProbedPort(key)!;
        const observed = marks(source, destination, key) === '.' ? 'allow' : 'deny';
        return `${protocol}/${port} ${source} ${destination} ${observed}`;
      }),
    ),
  );
}

function read(text: string, probed?: typeof HTTP) {
  const { value, diagnostics } = parseResults('results.txt', text, probed);
  expect(diagnostics).toEqual([]);
  return { ...value, texts: value.pairs.map(pairText) };
}

/** `code line:column message` of each. */
const complaints = (text: string): string[] =>
  parseResults('results.txt', text, HTTP).diagnostics.map(
    ({ code, at, message }) => `${code} ${at === undefined ? '-' : `${at.line}:${at.column}`} ${message}`,
  );

describe('tables of results', () => {
  test.each([
    ['several ports, named in the corner', uniformTable(PODS, KEYS, marks), KEYS],
    ['several ports, named in the cells', labelledTable(PODS, KEYS, marks), KEYS],
    ['one port in the cells', labelledTable(PODS, ['TCP/80'], marks), ['TCP/80']],
    [
      'one port, told by the log',
      `step 1 on port 81, protocol UDP:\n${simpleTable(PODS, 'UDP/81', marks)}`,
      ['UDP/81'],
    ],
    ['Windows line ends', uniformTable(PODS, KEYS, marks).replaceAll('\n', '\r\n'), KEYS],
    ['indented', uniformTable(PODS, KEYS, marks).replace(/^/gm, '    '), KEYS],
  ])('%s', (_, text, keys) => {
    expect(read(text).texts).toEqual(expected(keys));
  });

  test.each([
    ['a mark a cell', simpleTable(PODS, 'TCP/80', marks)],
    ['with - in the corner', simpleTable(PODS, 'TCP/80', marks).replace('|  ', '| -')],
    [
      'columns between tabs',
      `Nov 21 10:00:00.000: INFO: observed:\n\n${matrix(PODS, 'TCP/80', marks)}\n\n\n`,
    ],
    ['indented by the test runner', `  observed:\n\n${matrix(PODS, 'TCP/80', marks).replace(/^/gm, '  ')}\n`],
  ])('of one port that an option names: %s', (_, text) => {
    const { texts, usesDefaultPort } = read(text, HTTP);
    expect(texts).toEqual(expected(['TCP/80']));
    expect(usesDefaultPort).toBe(true);
  });

  test('places are those of the marks', () => {
    const text = uniformTable(PODS, KEYS, marks);
    const { pairs } = read(text);
    const lines = text.split('\n');
    for (const { at, observed } of pairs)
      expect(lines[at.line - 1]![at.column - 1]).toBe(observed === 'allow' ? '.' : 'X');
  });

  test('what was expected, and where that was not found, is no result; of several tries the last counts', () => {
    const wrong = uniformTable(PODS, KEYS, () => 'X');
    const log = [
      'evaluating test case: x',
      'step 1 on all available ports/protocols:',
      'Policy explanation:',
      '+------+--------+',
      '| TYPE | TARGET |',
      '+------+--------+',
      'Kube results for network policies:',
      ' - x/own-namespace:',
      ...['Expected ingress:', 'Expected egress:', 'Expected combined:', 'kube results, try 0:'].flatMap(
        (title) => [title, wrong, ''],
      ),
      'kube results, try 1:',
      uniformTable(PODS, KEYS, marks),
      'Actual vs expected (last round):',
      simpleTable(PODS, 'TCP/80', () => 'X'),
    ];
    expect(read(log.join('\n')).texts).toEqual(expected(KEYS));
    const tests = ['expected', 'observed', 'comparison'].map(
      (title) => `${title}:\n\n${matrix(PODS, 'TCP/80', title === 'observed' ? marks : () => 'X')}\n\n\n`,
    );
    expect(read(tests.join('\n'), HTTP).texts).toEqual(expected(['TCP/80']));
  });

  test('cells without a result are counted', () => {
    const { pairs, unprobed } = read(
      simpleTable(PODS, 'TCP/80', (source, destination) =>
        source === destination ? ['?', '!', 'N'][PODS.indexOf(source)]! : '.',
      ),
      HTTP,
    );
    expect([pairs.length, unprobed]).toEqual([6, 3]);
  });
});

describe('lines of a flow and a verdict', () => {
  test.each([
    ['spaces', '# by hand\n\ntcp x/a to y/b:80   allow\n icmp x/a > y/b deny\n'],
    ['CSV', 'flow,verdict\ntcp x/a to y/b:80,allow\n"icmp x/a > y/b", "deny"\n'],
    [
      'NDJSON',
      '{"flow":"tcp x/a to y/b:80","verdict":"allow"}\n{"verdict": "deny", "flow": "icmp x/a > y/b"}\n',
    ],
  ])('%s', (_, text) => {
    const { flows } = read(text);
    expect(flows.map(({ flow, observed }) => [formatFlow(flow), observed])).toEqual([
      ['tcp x/a to y/b:80', 'allow'],
      ['icmp x/a to y/b', 'deny'],
    ]);
  });

  test('each with all of its mistakes, at their places', () => {
    expect(
      complaints(
        [
          'tcp x/a to y/b:80 alow',
          'tcp x/a y/b:80 allow',
          'tcp',
          '{"flow": "tcp x/a to y/b:80", "verdict": "maybe"}',
          '{"flow": "tcp x/a to y/b:80", "verdit": "allow"}',
          '{"flow"',
          'tcp x/a to y/b:80 deny',
        ].join('\n'),
      ).map((text) => text.split(' ').slice(0, 2).join(' ')),
    ).toEqual([
      'results/verdict 1:19',
      'flow/syntax 2:9',
      'results/line 3:1',
      'results/verdict 4:43',
      'results/json 5:32',
      'results/json 5:1',
      'results/json 6:1',
    ]);
  });
});

describe('damaged tables', () => {
  const lines = simpleTable(PODS, 'TCP/80', () => '.').split('\n');
  const uniform = uniformTable(PODS, KEYS, () => '.').split('\n');
  const tabs = matrix(PODS, 'TCP/80', () => '.').split('\n');
  const withLine = (all: readonly string[], index: number, change: (line: string) => string): string =>
    all.map((line, at) => (at === index ? change(line) : line)).join('\n');
  const last = (line: string, mark: string): string => line.replace(/\.(?!.*\.)/, mark);

  test.each([
    ['a mark', withLine(lines, 4, (line) => last(line, '#')), ['table/bad-mark 5:25 "#" is no mark']],
    [
      'no mark',
      withLine(lines, 4, (line) => last(line, ' ')),
      ['table/marks 5:3 0 marks in a cell of x/b.c, expected 1'],
    ],
    [
      'a row that ends early',
      withLine(lines, 5, (line) => line.slice(0, 18)),
      ['table/cells 6:3 2 cells in the row, expected 3: one for each column'],
    ],
    [
      'too few marks',
      withLine(uniform, 5, (line) => line.replace('. . .', '. .')),
      ['table/marks 6:13 2 marks in a cell of x/a, expected 3, one for each of SCTP/80, TCP/80, UDP/81'],
    ],
    [
      'a port',
      uniform.join('\n').replace('UDP/81', 'UDP-81'),
      ['table/bad-port 4:3 "UDP-81" is no protocol and port'],
    ],
    [
      'a name',
      withLine(lines, 3, (line) => line.replace('x/a', 'x.a')),
      [
        'results/one-sided 2:11 x/a has a column and no row: these probes are missing',
        'results/bad-name 4:3 "x.a" names no pod',
      ],
    ],
    [
      'a row twice',
      withLine(lines, 4, () => lines[3]!),
      ['table/twice 5:3 a second row of x/a', 'results/bad-name 2:17 "X/B C" names no pod'],
    ],
    [
      'no head',
      lines.slice(3).join('\n'),
      ['results/no-head 1:1 a table of results whose head names no pods'],
    ],
    [
      'two tables of the same',
      `${lines.join('\n')}\n\n${lines.join('\n')}`,
      ['results/twice 10:11 a second table of the same probes, the first one is in line 2'],
    ],
    [
      'a row of tabs that ends early',
      withLine(tabs, 2, (line) => line.slice(0, -2)),
      ['table/cells 3:1 2 cells in the row, expected 3: one for each column'],
    ],
  ])('%s', (_, text, found) => {
    expect(complaints(text).sort()).toEqual([...found].sort());
  });

  test('a table that does not say its port asks for it', () => {
    const { diagnostics } = parseResults('results.txt', lines.join('\n'), undefined);
    expect(diagnostics).toMatchObject([
      { code: 'results/no-port', at: { line: 2, column: 11 }, hint: 'say it with --probe TCP/80' },
    ]);
  });

  test.each([
    ['', 'results/none'],
    ['# nothing\n', 'results/none'],
    ['a log\nof\nsomething\nelse\nthat says\nnothing of it\n', 'results/none'],
    [`Expected combined:\n${lines.join('\n')}`, 'results/none'],
    ['<?xml version="1.0"?><testsuite/>', 'results/junit'],
    ['\0\0', 'results/not-text'],
  ])('%j holds none', (text, code) => {
    expect(parseResults('results.txt', text, HTTP).diagnostics.map((one) => one.code)).toEqual([code]);
  });
});

test('damage of any kind is told or harmless, and never throws', () => {
  const random = randomFrom(20);
  const pick = (count: number): number => drawBelow(random, count);
  const texts = [
    uniformTable(PODS, KEYS, marks),
    labelledTable(PODS, KEYS, marks),
    `observed:\n\n${matrix(PODS, 'TCP/80', marks)}`,
    'tcp x/a to y/b:80 allow\n{"flow": "icmp x/a to y/b", "verdict": "deny"}\n',
  ];
  for (let round = 0; round < 2000; round++) {
    let text = texts[round % texts.length]!;
    for (let edits = 1 + pick(3); edits > 0; edits--) {
      const at = pick(text.length);
      text =
        text.slice(0, at) +
        ['', '|', '+', ' ', '\n', '.', 'X', '/', '\t', '"'][pick(10)]! +
        text.slice(at + pick(8));
    }
    const { value, diagnostics } = parseResults('results.txt', text, HTTP);
    if (value.pairs.length + value.flows.length + value.unprobed === 0) expect(diagnostics).not.toEqual([]);
    for (const { at, sourceLine } of diagnostics)
      if (at !== undefined) expect(text.split('\n')[at.line - 1]).toBe(sourceLine);
  }
});
