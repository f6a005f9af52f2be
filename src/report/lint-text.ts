/** The report of `lint` as text: findings by file like a compiler's, with the line and a caret, then what was counted. */
import type { DiagnosticCode } from '../diagnostic/diagnostic.ts';
import { formatDiagnostic } from '../diagnostic/frame.ts';
import type { LintDocument, LintFinding } from '../lint/lint-document.ts';
import { countOf, formatCount } from '../output/quantity.ts';
import { visible } from '../output/visible.ts';
import { nextCommand } from './next-command.ts';
import { heading, type Style, warningLines } from './style.ts';

/** Findings of one check that are shown. */
const SHOWN = 25;

/** What is left of findings where a check has very many, and how many more it has. */
function shown(findings: readonly LintFinding[]): { list: LintFinding[]; more: Map<string, number> } {
  const seen = new Map<string, number>();
  const list = findings.filter(({ code }) => {
    const count = (seen.get(code) ?? 0) + 1;
    seen.set(code, count);
    return count <= SHOWN;
  });
  const more = [...seen].map(([code, count]) => [code, count - SHOWN] as const);
  return { list, more: new Map(more.filter(([, count]) => count > 0)) };
}

/** The finding, and below it what would do in its place, to be copied. */
function findingText(finding: LintFinding, color: boolean): string {
  const lines = finding.replacement?.split('\n').map((line) => `     ${visible(line)}`) ?? [];
  return [frameText(finding, color), ...lines].join('\n');
}

function frameText(finding: LintFinding, color: boolean): string {
  const { code, severity, message, file, line, column, span, source, suggestion, related } = finding;
  return formatDiagnostic(
    {
      code: code as DiagnosticCode,
      severity,
      message,
      at: { file, line, column },
      span,
      ...(source === null ? {} : { sourceLine: source }),
      ...(suggestion === null ? {} : { hint: suggestion }),
      related: related.map(({ message: says, ...at }) => ({ at, message: says })),
    },
    { color },
  );
}

/** Findings file by file. */
function* sections(list: readonly LintFinding[], { palette }: Style): Generator<string> {
  const color = palette.bold('x') !== 'x';
  for (const file of new Set(list.map((finding) => finding.file))) {
    for (const finding of list.filter((one) => one.file === file)) {
      yield findingText(finding, color);
      yield '';
    }
  }
}

/** `2 errors, 1 warning; 3 less grave not listed (--severity note); 4 known; 1 suppressed`, and why the exit code is 1 where nothing listed says so. */
function countsText({ counts, severity, failed, fail_on: failOn }: LintDocument): string {
  const { error, warning, note, known, suppressed } = counts;
  const hidden = { error: warning + note, warning: note, note: 0 }[severity];
  const listed = [
    [error, 'error', true],
    [warning, 'warning', severity !== 'error'],
    [note, 'note', severity === 'note'],
  ] as const;
  const told = listed.flatMap(([count, noun, isListed]) =>
    isListed && count > 0 ? [countOf(count, noun)] : [],
  );
  const aside = [
    ...(hidden === 0 ? [] : [`${formatCount(hidden)} less grave not listed (--severity note)`]),
    ...(failed && told.length === 0 ? [`some of them fail it (--fail-on ${failOn})`] : []),
    ...(known === 0 ? [] : [`${formatCount(known)} known`]),
    ...(suppressed === 0 ? [] : [`${formatCount(suppressed)} suppressed`]),
  ];
  return [
    told.length === 0 ? (hidden === 0 ? 'nothing found' : 'nothing to list') : told.join(', '),
    ...aside,
  ].join('; ');
}

function absentLines({ baseline }: LintDocument): string[] {
  const { file, absent } = baseline ?? { file: '', absent: [] };
  if (absent.length === 0) return [];
  const says = `${countOf(absent.length, 'finding')} of ${file} ${absent.length === 1 ? 'is' : 'are'} no more`;
  return [visible(`${says}: --write-baseline takes ${absent.length === 1 ? 'it' : 'them'} out`)];
}

/** The whole report. */
export function lintText(document: LintDocument, style: Style): string {
  const { palette, invocation } = style;
  const { list, more } = shown(document.findings.filter(({ state }) => state === 'new'));
  const lines = [
    `${heading(palette, 'lint')}  ${countOf(document.policies, 'policy', 'policies')}, ${countOf(document.pods, 'pod')}, ${countOf(document.checks.length, 'check')}, CNI ${visible(document.cni)}`,
    '',
    ...warningLines(document.warnings, style),
    ...sections(list, style),
    ...[...more].map(
      ([code, count]) => `${formatCount(count)} more of ${code}: --only ${code} --format json lists them`,
    ),
    ...(document.omitted > 0 ? [`${formatCount(document.omitted)} more findings are not listed`] : []),
    countsText(document),
    ...absentLines(document),
  ];
  const first = list[0];
  if (first !== undefined)
    lines.push('', nextCommand('what it is about', [invocation, 'help', first.code], undefined, palette));
  return `${lines.join('\n')}\n`;
}
