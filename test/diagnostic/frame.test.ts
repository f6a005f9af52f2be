import { describe, expect, test } from 'vitest';
import type { Diagnostic } from '../../src/diagnostic/diagnostic.ts';
import { formatDiagnostic, formatDiagnostics } from '../../src/diagnostic/frame.ts';
import { editDistance, nearestWord, nearestWords } from '../../src/diagnostic/nearest.ts';

const unknownField: Diagnostic = {
  code: 'manifest/unknown-field',
  severity: 'error',
  message: 'unknown field "namespaceselector"',
  at: { file: 'policies/web.yaml', line: 12, column: 9 },
  sourceLine: '      - namespaceselector: {}',
  span: 17,
  hint: 'did you mean "namespaceSelector"?',
};

describe('the frame', () => {
  test('place, line, caret and hint', () => {
    expect(`\n${formatDiagnostic(unknownField)}\n`).toBe(`
policies/web.yaml:12:9: error[manifest/unknown-field]: unknown field "namespaceselector"
 12 |       - namespaceselector: {}
    |         ^~~~~~~~~~~~~~~~~
   hint: did you mean "namespaceSelector"?
`);
  });

  test('without a place there is one line', () => {
    const { at, sourceLine, hint, ...rest } = unknownField;
    expect(formatDiagnostic(rest)).toBe('error[manifest/unknown-field]: unknown field "namespaceselector"');
  });

  test('colour only when asked for', () => {
    expect(formatDiagnostic(unknownField)).not.toContain('\u001b');
    expect(formatDiagnostic(unknownField, { color: true })).toContain('\u001b[1;31merror');
  });

  test('foreign control characters stay out of the terminal and keep their columns', () => {
    const text = formatDiagnostic({
      ...unknownField,
      message: 'bad \u001b[2J name',
      sourceLine: '\t\u001b]0;x\u0007 \u202ename',
      at: { file: 'a\nb.yaml', line: 1, column: 10 },
      span: 4,
    });
    expect(text.split('\n').join('')).not.toMatch(/\p{Cc}|\u202e/u);
    expect(formatDiagnostic({ ...unknownField, message: 'a ##[group]b ::add-mask::c' })).toContain(
      'a #\ufffd[group]b :\ufffdadd-mask::c',
    );
    const [headline, source, caret] = text.split('\n');
    expect(headline).toContain('a\ufffdb.yaml:1:10');
    expect(source!.indexOf('name')).toBe(caret!.indexOf('^'));
  });

  test('a long line is shown through a window around the column', () => {
    const line = `${'x'.repeat(5000)}HERE${'y'.repeat(5000)}`;
    const [, source, caret] = formatDiagnostic({
      ...unknownField,
      sourceLine: line,
      at: { file: 'a.json', line: 1, column: 5001 },
      span: 4,
    }).split('\n');
    expect(source!.length).toBeLessThan(130);
    expect(source!.slice(caret!.indexOf('^'), caret!.indexOf('^') + 4)).toBe('HERE');
    expect(caret!.trimEnd().endsWith('^~~~')).toBe(true);
  });

  test('all of them are counted', () => {
    const warning: Diagnostic = { code: 'manifest/odd-cidr', severity: 'warning', message: 'odd' };
    const text = formatDiagnostics([unknownField, unknownField, warning]);
    expect(text.endsWith('\n\n2 errors, 1 warning')).toBe(true);
  });
});

describe('the nearest word', () => {
  test('distances', () => {
    const pairs = [
      ['port', 'port', 0],
      ['prot', 'port', 1],
      ['ports', 'port', 1],
      ['', 'abc', 3],
      ['ingres', 'egress', 3],
    ] as const;
    expect(pairs.map(([a, b]) => editDistance(a, b, 5))).toEqual(pairs.map(([, , edits]) => edits));
    expect(editDistance('abcdefgh', 'stuvwxyz', 3)).toBe(4);
  });

  test('case is no edit, and far words are none', () => {
    const fields = ['podSelector', 'namespaceSelector', 'ipBlock'];
    expect(nearestWord('namespaceselector', fields)).toBe('namespaceSelector');
    expect(nearestWord('ipblok', fields)).toBe('ipBlock');
    expect(nearestWord('zzz', fields)).toBeUndefined();
    expect(nearestWords('egres', ['ingress', 'egress', 'Egress'], 2)).toEqual(['egress', 'Egress']);
  });
});
