import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dryplane } from './kept-program.ts';
import { CAPTURE, checkedDocument, dryplane as dryplaneProcess, QUICKSTART, ROOT } from './run-cli.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dryplane-cli-'));
  mkdirSync(join(folder, 'empty'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Codes of `error[code]` in the order printed. */
const codes = (stderr: string): string[] =>
  [...stderr.matchAll(/error\[([^\]]+)\]/g)].map((match) => match[1]!);

describe('the front door', () => {
  test('alone: commands that work as pasted', () => {
    const { code, stdout, stderr } = dryplaneProcess([]);
    expect([code, stderr]).toEqual([0, '']);
    const commands = stdout.split('\n').filter((line) => line.startsWith('    node '));
    expect(commands).toHaveLength(3);
    for (const command of commands) {
      const ended = dryplaneProcess(command.trim().split(' ').slice(2));
      expect(ended.stderr, command).toBe('');
      // The suite that ships fails once: the demo's mistake.
      expect(ended.code, command).toBe(command.includes(' test ') ? 1 : 0);
    }
  });

  test('alone, elsewhere: absolute paths', () => {
    const { stdout } = dryplane([], { cwd: folder });
    expect(stdout).toContain(`replay ${join(ROOT, CAPTURE)} -f ${ROOT}`);
  });

  test('--help lists the commands and the exit codes; --version is the package’s', () => {
    const help = dryplaneProcess(['--help']);
    expect(help.code).toBe(0);
    for (const word of ['replay', 'explain', 'test', 'compile', 'convert', 'Exit codes'])
      expect(help.stdout).toContain(word);
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    expect(dryplane(['--version']).stdout).toBe(`${version}\n`);
  });

  test.each(['replay', 'explain', 'test', 'compile', 'convert'])(
    '%s --help names the common options, and -n is free',
    (command) => {
      const { code, stdout } = dryplane([command, '--help']);
      expect(code).toBe(0);
      const ofManifests = command === 'convert' ? [] : ['-f, --manifests', '--cni'];
      for (const option of [...ofManifests, '--format', '-o, --output', '--color', '-q, --quiet'])
        expect(stdout).toContain(option);
      expect(stdout).not.toMatch(/^\s+-n\b/m);
    },
  );
});

describe('mistakes on the command line', () => {
  test.each([
    [['complie'], 'cli/unknown-command', 'did you mean compile?'],
    [['xyzzy'], 'cli/unknown-command', 'commands: replay, explain, test, diff, '],
    [['compile', '--fromat', 'json'], 'cli/unknown-option', 'did you mean --format?'],
    [['compile', ...QUICKSTART, '--format', 'jsn'], 'cli/format', 'did you mean json?'],
    [['compile', ...QUICKSTART, '-o', 'json'], 'cli/output', 'write --format json'],
    [['compile', ...QUICKSTART, '-o', 'none/tables'], 'cli/output', 'there is no folder none'],
    [['compile', ...QUICKSTART, '--format', 'text', '--format', 'text'], 'cli/format', '--format text=FILE'],
    [['compile', ...QUICKSTART, '--cni', 'calcio'], 'cli/cni', 'did you mean calico?'],
    [['compile'], 'cli/no-manifests', 'kubectl get'],
    [['replay'], 'cli/missing-argument', 'trace'],
    [['replay', CAPTURE, ...QUICKSTART, '--workers', '0'], 'cli/invalid-argument', 'whole number'],
    [
      ['replay', CAPTURE, ...QUICKSTART, '--connections', '99999999999'],
      'cli/invalid-argument',
      '9999999999 is the most',
    ],
    [
      ['diff', ...QUICKSTART, '--cni', 'cilium', '--against-cni', 'cilium'],
      'cli/against',
      'both CNIs are cilium',
    ],
    [['replay', CAPTURE, ...QUICKSTART, '--fail-on', 'dney'], 'cli/fail-on', 'did you mean deny?'],
    [
      ['replay', CAPTURE, ...QUICKSTART, '--fail-on', 'newly-denied'],
      'cli/fail-on',
      'no policy of these manifests is staged',
    ],
    [['replay', CAPTURE, ...QUICKSTART, '--fail-on', 'unresolved=many'], 'cli/fail-on', 'unresolved=1%'],
    [['replay', CAPTURE, '--fail-on', 'deny'], 'cli/no-manifests', '-f'],
    [['replay', CAPTURE, '--lenient', '--cni', 'kubernetes'], 'cli/no-manifests', '--lenient, --cni'],
    [
      ['replay', CAPTURE, ...QUICKSTART, '--verdicts', 'x.csv', '-o', './x.csv'],
      'cli/output',
      'two outputs go to x.csv',
    ],
    [['replay', CAPTURE, ...QUICKSTART, '--verdicts', 'rows.txt'], 'cli/verdicts', '.parquet'],
    [['replay', '-', '-f', '-'], 'cli/stdin', 'standard input'],
    [['compile', ...QUICKSTART, '--format', 'text=x', '-o', 'x'], 'cli/output', 'two outputs go to x'],
    [
      ['explain', ...QUICKSTART, '--expect', 'maybe', 'tcp a/b to c/d:1'],
      'cli/invalid-argument',
      'allow, deny',
    ],
  ])('%j is %s', (words, code, text) => {
    const ended = dryplane(words);
    expect(ended.code).toBe(2);
    expect(ended.stdout).toBe('');
    expect(codes(ended.stderr)).toContain(code);
    expect(ended.stderr).toContain(text);
    expect(ended.stderr).not.toMatch(/\n\s+at /);
  });

  test('with --format json the mistakes are a document on stdout', () => {
    const ended = dryplaneProcess(['compile', '-f', 'nowhere', '--format', 'json']);
    expect([ended.code, ended.stderr]).toEqual([2, '']);
    const document = checkedDocument(ended.stdout);
    expect(document.schema).toBe('dryplane/error/v1');
    expect(document.diagnostics).toHaveLength(1);
  });

  test.skipIf(!existsSync('/dev/full'))('a full disk is the machine’s fault, told in one line', () => {
    const { status, stderr } = spawnSync(
      'sh',
      [
        '-c',
        `${process.execPath} dist/main.js compile ${QUICKSTART.join(' ')} --dump --format json > /dev/full`,
      ],
      { cwd: ROOT, encoding: 'utf8' },
    );
    expect(status).toBe(2);
    expect(stderr).toContain('error[machine/file]: the disk is full');
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  test('colours of mistakes are asked for as two words or one', () => {
    for (const words of [['--color', 'always'], ['--color=always']])
      expect(dryplane(['compile', '-f', 'nowhere', ...words]).stderr).toContain('\u001b[');
    expect(dryplane(['compile', '-f', 'nowhere']).stderr).not.toContain('\u001b[');
  });

  test.skipIf(process.platform === 'win32')(
    'a reader of stderr that has gone takes nothing from stdout',
    () => {
      const odd = join(folder, 'odd.yaml');
      writeFileSync(
        odd,
        'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a, namespace: b}\nspec: {podSelector: {}, odd: 1}\n',
      );
      const { stdout } = spawnSync(
        'bash',
        ['-c', `${process.execPath} dist/main.js compile -f ${odd} --lenient 2> >(exec true) | cat`],
        { cwd: ROOT, encoding: 'utf8' },
      );
      expect(stdout).toContain('What the tables tell apart');
    },
  );

  test('all mistakes of options at once', () => {
    const words = ['replay', CAPTURE, ...QUICKSTART, '--format', 'jsn', '-o', 'json', '--fail-on', 'x,y'];
    const ended = dryplane(words);
    expect(codes(ended.stderr)).toEqual(['cli/format', 'cli/output', 'cli/fail-on', 'cli/fail-on']);
    expect(ended.stderr).toContain('4 errors');
  });

  test('mistakes in manifests come with line, caret and hint, all files at once', () => {
    const broken = join(folder, 'broken.yaml');
    writeFileSync(
      broken,
      'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a, namespace: b}\nspec:\n  podSelecter: {}\n',
    );
    const ended = dryplane(['compile', '-f', broken, '-f', join(folder, 'none.yaml')]);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain(`${broken}:5:3: error[`);
    expect(ended.stderr).toContain('podSelector');
    expect(ended.stderr).toContain('none.yaml');
    expect(ended.stderr).toMatch(/\^/);
  });

  test('--lenient turns unknown fields into warnings, -q silences them', () => {
    const odd = join(folder, 'odd.yaml');
    writeFileSync(
      odd,
      'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a, namespace: b}\nspec:\n  podSelector: {}\n  extra: 1\n',
    );
    expect(dryplane(['compile', '-f', odd]).code).toBe(2);
    const lenient = dryplane(['compile', '-f', odd, '--lenient']);
    expect(lenient.code).toBe(0);
    expect(lenient.stderr).toContain('warning[');
    const quiet = dryplane(['compile', '-f', odd, '--lenient', '-q']);
    expect([quiet.code, quiet.stdout, quiet.stderr]).toEqual([0, '', '']);
  });
});

describe('compile', () => {
  test('text tells sizes, identities, port classes and phases', () => {
    const { code, stdout } = dryplane(['compile', ...QUICKSTART]);
    expect(code).toBe(0);
    for (const word of ['peer identities', 'port classes', 'IPv4 trie', 'read manifests', '--dump'])
      expect(stdout).toContain(word);
  });

  test('JSON is as the schema says; --dump holds every endpoint and outcome', () => {
    const { cluster, tables, dump } = checkedDocument<{
      cluster: { endpoints: number };
      tables: { outcomes: number };
      dump: { endpoints: { endpoint: string; ingress: string[] }[]; outcomes: unknown[] };
    }>(dryplane(['compile', ...QUICKSTART, '--dump', '--format', 'json']).stdout);
    expect(dump.endpoints).toHaveLength(cluster.endpoints);
    expect(dump.outcomes).toHaveLength(tables.outcomes);
    const database = dump.endpoints.find(({ endpoint }) => endpoint === 'shop/db')!;
    expect(database.ingress).toContain('NetworkPolicy/shop/db');
  });

  test('-o saves the tables, the same bytes whatever the order of files, and leaves nothing else behind', () => {
    const first = join(folder, 'first.tables');
    const second = join(folder, 'second.tables');
    expect(dryplane(['compile', ...QUICKSTART, '-o', first]).stdout).toContain(`saved: ${first}`);
    const [, cluster, , policies] = QUICKSTART;
    dryplane(['compile', '-f', policies!, '-f', cluster!, '-o', second]);
    expect(readFileSync(first).equals(readFileSync(second))).toBe(true);
    expect(readdirSync(folder).filter((name) => name.includes('.part'))).toEqual([]);
  });

  test('manifests from stdin, reports into files, several formats at once', () => {
    const input = readFileSync(join(ROOT, 'traces/quickstart/cluster.yaml'), 'utf8');
    const path = join(folder, 'report.json');
    const ended = dryplane(['compile', '-f', '-', '--format', 'text', '--format', `json=${path}`], { input });
    expect(ended.code).toBe(0);
    expect(ended.stdout).toContain('0 policies');
    expect(checkedDocument(readFileSync(path, 'utf8')).schema).toBe('dryplane/compile/v1');
  });

  test('colour: never into a pipe unless asked', () => {
    expect(dryplane(['compile', ...QUICKSTART]).stdout).not.toContain('\u001b');
    expect(dryplane(['compile', ...QUICKSTART, '--color', 'always']).stdout).toContain('\u001b[1m');
  });

  test('an empty folder is no cluster', () => {
    const ended = dryplane(['compile', '-f', join(folder, 'empty')]);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain('empty');
  });
});
