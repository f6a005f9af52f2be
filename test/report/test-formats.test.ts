/** Every format of `test`, read back by what reads such formats, from documents full of names that mean harm. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { Parser, type Result } from 'tap-parser';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type {
  TestDocument,
  TestedExpectation,
  TestedSuite,
  TestedTrace,
} from '../../src/analysis/test/test-document.ts';
import { conformanceJunit } from '../../src/report/conformance-junit.ts';
import { githubAnnotations } from '../../src/report/github-annotations.ts';
import { documentJson } from '../../src/report/json.ts';
import { junit } from '../../src/report/junit.ts';
import { tap } from '../../src/report/tap.ts';
import type { TestWords } from '../../src/report/test-commands.ts';
import { testText } from '../../src/report/test-text.ts';
import { DENIED_FLOW, PLAIN } from './sample-documents.ts';

const HOSTILE = [
  '<script>alert(1)</script>',
  '\u001b[31mred\u001b[0m',
  '::error file=a.yaml::hijacked',
  'first\n::set-output name=a::b\r\n##[error]c',
  '\u202etxt.exe\u2066',
  ']]> & "quoted" \'too\'',
  '=HYPERLINK("http://x")',
  '# TODO todo # SKIP skip \\# \\',
  'a: b\n...\n---\n1..0\nok 1',
  '\ufffe\uffff\u0000\u0085\u2028',
  '%0A%25,line=9:title=z',
  '\ud800 lone',
];

function failure(text: string): TestedExpectation {
  return {
    name: text,
    tags: [text],
    step: '',
    cell: null,
    flow: `tcp ${text} to ${text}:80`,
    when: null,
    expected: { verdict: 'allow', by: `NetworkPolicy/${text}`, direction: null, reason: null, pending: null },
    found: {
      verdict: 'deny',
      reason: 'tier-end',
      decider: { ...DENIED_FLOW.decider, namespace: text, policy: text, location: `${text}:3` },
      pending: 'deny',
    },
    passed: false,
    difference: `expected allow, found ${text}`,
    why: text,
    location: `${text}:7`,
    walk: [
      {
        hook: 'ingress',
        endpoint: `${text}/${text}`,
        node: text,
        verdict: 'deny',
        reason: 'tier-end',
        decider: DENIED_FLOW.decider,
        rules: [
          {
            kind: 'NetworkPolicy',
            namespace: text,
            policy: text,
            rule: 0,
            action: 'allow',
            matched: 'no',
            why: `source ${text} does not match`,
            location: `${text}:9`,
          },
        ],
        omitted: 2,
      },
    ],
  };
}

function traced(text: string): TestedTrace {
  const { walk, found, name, tags, why } = failure(text);
  const counts = { flows: 1, connections: 2, packets: 3, bytes: 4 };
  return {
    name,
    tags,
    step: '',
    traces: [text],
    title: text,
    passed: false,
    undetermined: true,
    counted: counts,
    uncertain: counts,
    difference: text,
    why,
    location: `${text}:8`,
    flows: [
      {
        flow: text,
        verdict: 'deny',
        reason: 'tier-end',
        decider: found.decider,
        packets: 3,
        bytes: 4,
        connections: 2,
        walk,
      },
    ],
    omitted: 5,
    missing: [text, text],
  };
}

function suite(text: string, index: number): TestedSuite {
  return {
    path: `${index}-${text}`,
    description: text,
    cni: text,
    manifests: [text],
    passed: 1,
    failed: 2,
    filtered: 0,
    steps: [],
    tables: [{ name: text, location: `${text}:1`, rows: [text], columns: [text], ports: [text] }],
    milliseconds: index === 0 ? 1500 : 0.4,
    results: [
      { ...failure(text), step: text, cell: { table: 0, row: 0, column: 0, port: 0 } },
      { ...failure(text), passed: true, difference: '', walk: null },
    ],
    traces: [traced(text)],
    assumptions: [text],
    warnings: [text],
  };
}

function documentOf(texts: readonly string[]): TestDocument {
  return {
    schema: 'dryplane/test/v1',
    version: '0',
    passed: texts.length,
    failed: 2 * texts.length,
    filtered: 3,
    coverage: null,
    passed_over: 1,
    suites: texts.map(suite),
  };
}

function wordsOf({ suites }: TestDocument): TestWords {
  return {
    given: [],
    overlay: ['--add', HOSTILE.join('')],
    operands: suites.map(({ path }) => path),
    cnis: suites.map(({ cni }) => cni),
    terms: suites.map(() => 'calico'),
  };
}

const all = documentOf(HOSTILE);
const words = wordsOf(all);

/** What neither a terminal nor a log may be given: controls but for the line's end, and what turns the direction of writing. */
const HARMFUL = /[^\P{Cc}\n]|[\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
/** A line that GitHub's runner takes for a command: blanks before it count for nothing. */
const COMMAND = /^\s*::/;

const hasXmllint = spawnSync('xmllint', ['--version']).status === 0;

/** The document, validated against the schema, as xmllint reads it. */
function xmllint(text: string, words_: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync('xmllint', ['--nonet', ...words_, '-'], {
    input: text,
    encoding: 'utf8',
  });
  expect(stderr.replace(/^- validates$/m, '').trim()).toBe('');
  expect(status).toBe(0);
  return stdout;
}

const XSD = ['--noout', '--schema', join(import.meta.dirname, 'junit.xsd')];

describe('text', () => {
  test('holds no control characters, and no line that is a command to a log', async () => {
    for (const document of [all, ...HOSTILE.map((text) => documentOf([text]))]) {
      const lines = (await testText(document, wordsOf(document)))(PLAIN).split('\n');
      expect(lines.filter((line) => HARMFUL.test(line) || COMMAND.test(line))).toEqual([]);
    }
  });

  test('of one suite every expectation, of several a line a suite and its failures in full', async () => {
    const one = (await testText(documentOf(['x']), wordsOf(documentOf(['x']))))(PLAIN);
    expect(one.split('\n').filter((line) => line.startsWith('  ✓'))).toHaveLength(1);
    expect(one).toContain('walk      ingress of x/x: deny\n');
    expect(one).toContain('and 2 more rules');
    expect(one).not.toContain('slowest');
    const document = documentOf(['x', 'y']);
    const two = (await testText(document, wordsOf(document)))(PLAIN);
    expect(two.split('\n').filter((line) => line.startsWith('  ✓'))).toEqual([]);
    expect(two).toContain('✗ 1-y  on y  y  3 expectations, 2 failed  0.4 ms');
    expect(two).toContain('slowest: 0-x 1.50 s\n');
    expect(two.match(/^ {6}why {7}dryplane explain/gm)).toHaveLength(4);
    expect(two).toContain('not checked: 3 expectations filtered out, 1 file in the folders no suite\n');
  });
});

describe('TAP', () => {
  test('is read back by a parser of TAP 14: counts, names and diagnostics', () => {
    const text = tap(all, words, PLAIN);
    expect(text.split('\n').filter((line) => HARMFUL.test(line) || COMMAND.test(line))).toEqual([]);
    const parser = new Parser({ strict: true });
    const names: string[] = [];
    const diagnostics: unknown[] = [];
    const stray: string[] = [];
    parser.on('extra', (line) => stray.push(line));
    parser.on('child', (child) => {
      child.on('extra', (line: string) => stray.push(line));
      child.on('assert', ({ name, diag, todo, skip }: Result) => {
        expect([todo, skip]).toEqual([false, false]);
        names.push(name);
        if (diag !== null) diagnostics.push(diag);
      });
    });
    parser.end(text);
    const { results } = parser;
    expect([
      results?.ok,
      results?.count,
      results?.fail,
      results?.failures.filter(({ tapError }) => tapError),
    ]).toEqual([false, HOSTILE.length, HOSTILE.length, []]);
    expect(stray).toEqual([]);
    expect(names).toHaveLength(3 * HOSTILE.length);
    expect(diagnostics).toHaveLength(2 * HOSTILE.length);
    for (const diagnostic of diagnostics)
      expect(diagnostic).toMatchObject({
        severity: 'fail',
        details: expect.arrayContaining([expect.stringMatching(/^why {7}dryplane explain/)]),
      });
  });

  test('a block of diagnostics is YAML that says the text itself', () => {
    const text = tap(documentOf(['a: "b" # c']), wordsOf(documentOf(['a: "b" # c'])), PLAIN);
    const [, block] = /^ {6}---\n([\s\S]*?)^ {6}\.\.\.$/m.exec(text)!;
    expect(parse(block!)).toMatchObject({ why: 'a: "b" # c', at: 'a: "b" # c:7' });
  });
});

describe.skipIf(!hasXmllint)('JUnit', () => {
  test('is valid, and every text is one text', () => {
    const text = junit(all, words, PLAIN);
    xmllint(text, XSD);
    const count = (path: string): string => xmllint(text, ['--xpath', `count(${path})`]).trim();
    expect(count('//*')).toBe(String(1 + HOSTILE.length * 8));
    expect(count('//failure')).toBe(String(2 * HOSTILE.length));
    expect(xmllint(text, ['--xpath', 'string(//testsuite[1]/@name)']).trim()).toBe(HOSTILE[0]);
  });

  test('the schema refuses what is no report', () => {
    const broken = junit(all, words, PLAIN).replace(' errors="0" time=', ' time=');
    expect(() => xmllint(broken, XSD)).toThrow();
  });

  test('a conformance report is valid too', () => {
    const text = conformanceJunit({
      schema: 'dryplane/conformance/v1',
      version: '0',
      passed: 0,
      failed: 0,
      unchecked: 0,
      cnis: [
        {
          cni: HOSTILE.join(''),
          title: '',
          passed: 0,
          failed: 0,
          unchecked: 0,
          standings: { same: 0, opens: 0, closes: 0, differs: 0, open: 0 },
          refusal: '',
          knobs: [],
          results: [],
          milliseconds: 1234.5,
        },
      ],
    });
    xmllint(text, XSD);
  });
});

describe('GitHub annotations', () => {
  test('one command a line: an error a failure, a notice with the totals', () => {
    const lines = githubAnnotations(all, words, PLAIN).trimEnd().split('\n');
    expect(lines).toHaveLength(2 * HOSTILE.length + 1);
    expect(lines.filter((line) => HARMFUL.test(line))).toEqual([]);
    for (const line of lines.slice(0, -1))
      expect(line).toMatch(/^::error file=[^:,]+,line=[78],title=[^:,]+::[^\r\n]+$/);
    expect(lines.at(-1)).toBe('::notice title=dryplane test::12 passed, 24 failed in 12 suites');
  });

  test('a cell of a table has its column', () => {
    const { suites, ...rest } = documentOf(['x']);
    const [cell] = suites[0]!.results;
    const document = {
      ...rest,
      suites: [{ ...suites[0]!, results: [{ ...cell!, location: 's.yaml:12:9' }] }],
    };
    const annotations = githubAnnotations(document, wordsOf(document), PLAIN);
    expect(annotations).toMatch(/^::error file=s\.yaml,line=12,col=9,title=/);
  });

  test('is read back by the escapes of the documentation', () => {
    const text = '100%, a:b';
    const document = documentOf([text]);
    const [line] = githubAnnotations(document, wordsOf(document), PLAIN).split('\n');
    const [, file, title, message] = /^::error file=(.*?),line=7,title=(.*?)::(.*)$/.exec(line!)!;
    const plain = (escaped: string): string => decodeURIComponent(escaped);
    expect(plain(file!)).toBe(text);
    expect(plain(title!)).toBe(text);
    expect(plain(message!).split('\n')).toContain(text);
  });
});

test('JSON is one document, whatever the names', () => {
  expect(JSON.parse(documentJson(all))).toEqual(JSON.parse(JSON.stringify(all)));
});
