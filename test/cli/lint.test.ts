/** `dryplane lint` from the command line: formats, what fails, baselines, which checks run; `dryplane help CODE`. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import draft4 from '@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json' with { type: 'json' };
import { Ajv } from 'ajv';
import { afterAll, describe, expect, test } from 'vitest';
import type { LintDocument } from '../../src/lint/lint-document.ts';
import { dryplane } from './kept-program.ts';
import { checkedDocument } from './run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'dryplane-lint-'));
afterAll(() => rmSync(folder, { recursive: true }));

const FIRES = 'test/lint/cases/selects-nothing/fires.yaml';
const FINDS = ['lint', '-f', FIRES, '--only', 'selects-nothing'];

/** The schema of SARIF 2.1.0, of draft 4, in the words of draft 7. */
function sarifValidator(): (log: unknown) => string | undefined {
  const { $schema: _, id: __, ...schema } = draft4;
  const ajv = new Ajv({ allErrors: true, strict: false, validateFormats: false, unicodeRegExp: false });
  const validate = ajv.compile(schema);
  return (log) => (validate(log) === true ? undefined : ajv.errorsText(validate.errors));
}

interface SarifLog {
  readonly runs: readonly {
    readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
    readonly results: readonly {
      readonly ruleId: string;
      readonly ruleIndex: number;
      readonly baselineState?: string;
      readonly suppressions?: readonly { readonly justification?: string }[];
      readonly locations: readonly {
        readonly physicalLocation: {
          readonly artifactLocation: { readonly uri: string };
          readonly region: { readonly startLine: number; readonly snippet: { readonly text: string } };
        };
      }[];
    }[];
  }[];
}

describe('against a trace', () => {
  const trace = join(folder, 'trace.csv');
  const cluster = 'test/lint/cases/wider-than-trace/fires.yaml';
  const record = (source: string, destination: string, port: number): string =>
    `2026-01-05T08:00:0${port % 10}.000000000Z,${source},${destination},6,40000,${port}`;
  writeFileSync(
    trace,
    `time,src,dst,protocol,sport,dport\n${record('10.0.0.1', '10.0.0.2', 8080)}\n${record('10.0.0.1', '10.0.0.2', 8085)}\n`,
  );

  test('rules are told that are wider than it needed, with those that would have done', () => {
    const { stdout, stderr, code } = dryplane([
      'lint',
      trace,
      '-f',
      cluster,
      '--format',
      'json',
      '--severity',
      'note',
    ]);
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    const { traces, findings } = checkedDocument<LintDocument>(stdout);
    expect(traces).toEqual([trace]);
    const wide = findings.filter((finding) => finding.code === 'lint/wider-than-trace');
    expect(wide.map(({ message }) => message)).toEqual([
      'ingress rule 0 of NetworkPolicy shop/api admits 4 workloads on 1,000 ports; the trace (5.00 s, 2 allowed flows) needed 1 workload on 2 ports (shop/web): 2 flows, 2 connections',
    ]);
    expect(wide[0]!.replacement!.split('\n')).toEqual([
      '- from:',
      '  - podSelector:',
      '      matchLabels:',
      '        app: web',
      '  ports:',
      '  - protocol: TCP',
      '    port: 8080',
      '  - protocol: TCP',
      '    port: 8085',
    ]);
    const unused = findings.filter((finding) => finding.code === 'lint/unused-in-trace');
    expect(unused.map(({ object }) => object)).toEqual(['NetworkPolicy/shop/db', 'NetworkPolicy/shop/web']);
  });

  test('stands below the finding, to be copied', () => {
    const { stdout } = dryplane(['lint', trace, '-f', cluster, '--only', 'wider-than-trace']);
    expect(stdout).toContain('hint: this rule would have done\n     - from:\n       - podSelector:\n');
  });

  test('is asked for by checks that need one, and by options that are about it', () => {
    const without = dryplane(['lint', '-f', cluster, '--only', 'wider-than-trace']);
    expect(without.code).toBe(2);
    expect(without.stderr).toContain('lint/wider-than-trace asks what a trace used');
    const idle = dryplane(['lint', '-f', cluster, '--workers', '1']);
    expect(idle.code).toBe(2);
    expect(idle.stderr).toContain('--workers: without effect, no trace was given');
  });
});

describe('what is found', () => {
  test('stands in the document, which its schema takes', () => {
    const { stdout, code } = dryplane([...FINDS, '--format', 'json', '--severity', 'note']);
    const { counts, findings, checks, failed } = checkedDocument<LintDocument>(stdout);
    expect(checks.map((check) => check.code)).toEqual(['lint/selects-nothing']);
    expect(counts).toEqual({ error: 0, warning: 7, note: 1, known: 0, suppressed: 0 });
    expect(findings).toHaveLength(8);
    expect({ failed, code }).toEqual({ failed: false, code: 0 });
  });

  test('is text with a frame, grave enough to be listed', () => {
    const { stdout } = dryplane(FINDS);
    expect(stdout).toContain(`${FIRES}:30:39: warning[lint/selects-nothing]`);
    expect(stdout).toContain('hint: did you mean app=db?');
    expect(stdout).toContain('7 warnings; 1 less grave not listed (--severity note)');
    expect(stdout).not.toContain('no-pods-there');
  });

  test('fails from the severity on that is asked', () => {
    expect(dryplane([...FINDS, '--fail-on', 'warning']).code).toBe(1);
    expect(dryplane([...FINDS, '--fail-on', 'error']).code).toBe(0);
    expect(dryplane([...FINDS, '--fail-on', 'never']).code).toBe(0);
    const unlisted = dryplane([...FINDS, '--severity', 'error', '--fail-on', 'note']);
    expect(unlisted.code).toBe(1);
    expect(unlisted.stdout).toContain('some of them fail it (--fail-on note)');
  });

  test('is SARIF that its schema takes, with rules, pages and suppressions', () => {
    const suppressed = join(folder, 'suppressed.yaml');
    const text = readFileSync(FIRES, 'utf8').replace(
      '{ app: bd } } }',
      '{ app: bd } } } # dryplane-ignore: lint/selects-nothing it comes',
    );
    writeFileSync(suppressed, text);
    const { stdout } = dryplane(['lint', '-f', suppressed, '--format', 'sarif', '--severity', 'note']);
    const log = JSON.parse(stdout) as SarifLog;
    expect(sarifValidator()(log)).toBeUndefined();
    const [run] = log.runs;
    const own = run!.results.filter(({ ruleId }) => ruleId === 'lint/selects-nothing');
    expect(own).toHaveLength(8);
    expect(own[0]!.suppressions).toMatchObject([{ justification: 'it comes' }]);
    expect(own[1]!.suppressions).toEqual([]);
    for (const { ruleId, ruleIndex } of run!.results)
      expect(run!.tool.driver.rules[ruleIndex]!.id).toBe(ruleId);
    expect(own[0]!.locations[0]!.physicalLocation.region.snippet.text).toBe('app: bd');
  });
});

test('foreign text neither moves the cursor nor turns the writing', () => {
  const path = join(folder, 'evil\u001b[31m\u202e.yaml');
  writeFileSync(
    path,
    readFileSync(FIRES, 'utf8').replaceAll('{ app: bd } } }', '{ app: bd } } } # \u202e <script>'),
  );
  const words = ['lint', '-f', path, '--only', 'selects-nothing', '--severity', 'note'];
  const { stdout } = dryplane(words);
  expect(stdout).toContain('7 warnings');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  expect(stdout).not.toMatch(/[\u001b\u202e]/);
  const { runs } = JSON.parse(dryplane([...words, '--format', 'sarif']).stdout) as SarifLog;
  const { uri } = runs[0]!.results[0]!.locations[0]!.physicalLocation.artifactLocation;
  expect(uri).toMatch(/^file:\/\/\/.*evil%1B.*\.yaml$/);
});

describe('a baseline', () => {
  const manifest = join(folder, 'cluster.yaml');
  const baseline = join(folder, 'baseline.json');
  const words = ['lint', '-f', manifest, '--baseline', baseline, '--severity', 'note'];
  const text = readFileSync(FIRES, 'utf8');

  test('knows what was found when lines and files have moved, and tells what is new and what is gone', () => {
    writeFileSync(manifest, text);
    const all = checkedDocument<LintDocument>(
      dryplane([...words, '--write-baseline', '--format', 'json']).stdout,
    );
    expect(all.counts.known).toBe(all.findings.length);
    writeFileSync(
      manifest,
      `# moved\n\n${text.replace('tire: backend', 'tier: backend').replace('app: log\n---', 'app: lgo\n---')}`,
    );
    const {
      counts,
      findings,
      baseline: held,
    } = checkedDocument<LintDocument>(
      dryplane([...words, '--only', 'selects-nothing', '--format', 'json']).stdout,
    );
    expect(counts).toMatchObject({ known: 6, note: 0, warning: 1 });
    expect(findings.filter(({ state }) => state === 'new').map(({ message }) => message)).toEqual([
      'NetworkPolicy other-namespace selects nothing: no pod of namespace shop has app=lgo',
    ]);
    expect(held!.absent.map(({ object }) => object)).toEqual([
      'NetworkPolicy/shop/misspelt-key',
      'NetworkPolicy/shop/other-namespace',
    ]);
    const log = JSON.parse(dryplane([...words, '--format', 'sarif']).stdout) as SarifLog;
    expect(sarifValidator()(log)).toBeUndefined();
    const states = log.runs[0]!.results.map(({ baselineState }) => baselineState);
    expect([...new Set(states)].sort()).toEqual(['absent', 'new', 'unchanged']);
  });

  test('must be one, and must be there', () => {
    const none = dryplane(['lint', '-f', manifest, '--baseline', join(folder, 'none.json')]);
    expect(none).toMatchObject({ code: 2 });
    expect(none.stderr).toContain('error[cli/baseline]');
    expect(dryplane(['lint', '-f', manifest, '--baseline', manifest]).stderr).toContain('this is no JSON');
    expect(dryplane(['lint', '-f', manifest, '--write-baseline']).stderr).toContain('names no file');
  });
});

test('where there is nothing to look at it says so', () => {
  expect(dryplane(['lint', '-f', 'traces/quickstart/cluster.yaml']).stdout).toContain(
    'no policies in the manifests',
  );
  expect(dryplane(['lint', '-f', 'traces/quickstart/policies']).stdout).toContain('no pods in the manifests');
});

describe('which checks run', () => {
  test('is told by their names, and misspelt ones are told', () => {
    const { stderr, code } = dryplane(['lint', '-f', FIRES, '--only', 'selects-nothin']);
    expect(code).toBe(2);
    expect(stderr).toContain('did you mean lint/selects-nothing?');
    const { stdout } = dryplane(['lint', '-f', FIRES, '--skip', 'lint/selects-nothing']);
    expect(stdout).not.toContain('lint/selects-nothing');
  });
});

describe('help', () => {
  test('prints the page of a check', () => {
    const { stdout, code } = dryplane(['help', 'lint/selects-nothing']);
    expect(stdout.startsWith('# lint/selects-nothing\n')).toBe(true);
    expect(code).toBe(0);
  });

  test('explains a diagnostic, also as it is pasted from a message', () => {
    const { stdout } = dryplane(['help', 'manifest/unknown-field']);
    expect(stdout.startsWith('# manifest/unknown-field\n\n')).toBe(true);
    expect(stdout).not.toContain('manifest/unknown-value');
    expect(dryplane(['help', 'error[manifest/unknown-field]:']).stdout).toBe(stdout);
  });

  test('knows commands, and what is near a word that it does not know', () => {
    expect(dryplane(['help', 'lint']).stdout).toBe(dryplane(['lint', '--help']).stdout);
    expect(dryplane(['help']).stdout).toBe(dryplane(['--help']).stdout);
    expect(dryplane(['help', 'lnit'])).toMatchObject({ code: 2 });
    expect(dryplane(['help', 'lint/selects-nothin']).stderr).toContain('did you mean lint/selects-nothing?');
    expect(dryplane(['help', 'nowhere/at-all'])).toMatchObject({ code: 2 });
    expect(dryplane(['help', 'flow/wrong']).stderr).toContain('flow/syntax');
  });
});
