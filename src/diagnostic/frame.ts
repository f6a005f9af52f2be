/**
 * A diagnostic as text: `file:line:column: error[code]: message`, the source line with a caret, the hint. What stands
 * in a file is foreign text, so control characters never reach the terminal, and no CI server reads a command out of it.
 */
import type { Diagnostic, Location } from './diagnostic.ts';

/** Source lines longer than this are shown through a window around the column. */
const WINDOW = 110;

const CONTROL = /\p{Cc}|\p{Zl}|\p{Zp}|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** `##[error]`, `##vso[...]` anywhere, `::error file=a::b` where a line may begin. */
const COMMAND =
  /(#)#(?=\w*\[)|(?<!\S)(:):(?=(?:error|warning|notice|debug|group|endgroup|echo|set-output|set-env|save-state|add-path|add-mask|add-matcher|remove-matcher|stop-commands)\b)/gi;

/** Characters that move a cursor, turn the writing or begin a command become one visible character each, so that columns stay true. */
function visible(text: string): string {
  const still = text.replace(CONTROL, (character) => (character === '\t' ? ' ' : '\ufffd'));
  return still.replace(COMMAND, '$1$2\ufffd');
}

function paint(text: string, code: string, color: boolean): string {
  return color ? `\u001b[${code}m${text}\u001b[0m` : text;
}

/** The source line and the caret line, cut to a window when the line is long; columns are UTF-16 code units. */
function sourceLines(sourceLine: string, column: number, span: number): { source: string; caret: string } {
  let start = 0;
  let source = sourceLine;
  let prefix = '';
  if (sourceLine.length > WINDOW) {
    start = Math.max(0, Math.min(column - 1 - Math.floor(WINDOW / 2), sourceLine.length - WINDOW));
    source = sourceLine.slice(start, start + WINDOW);
    if (start > 0) prefix = '…';
    if (start + WINDOW < sourceLine.length) source += '…';
  }
  const offset = Math.max(0, column - 1 - start);
  const length = Math.max(1, Math.min(span, sourceLine.length - (column - 1), WINDOW - offset));
  return {
    source: prefix + visible(source),
    caret: `${' '.repeat(prefix.length + offset)}^${'~'.repeat(length - 1)}`,
  };
}

/** A diagnostic, or what reads like one and is no more than worth knowing. */
export interface Framed extends Omit<Diagnostic, 'severity'> {
  readonly severity: Diagnostic['severity'] | 'note';
  /** Other places that explain it. */
  readonly related?: readonly { readonly at: Location; readonly message: string }[];
}

/** Colours of a severity: of its word, of its caret. */
const COLOURS = { error: ['1;31', '31'], warning: ['1;33', '33'], note: ['1;36', '36'] } as const;

/** Where and what, in one line: `shop.yaml:3:5: error[manifest/unknown-field]: ...`; no position when there is none. */
export function diagnosticHeadline(diagnostic: Framed, options: { color?: boolean } = {}): string {
  const color = options.color ?? false;
  const { at, code, severity, message } = diagnostic;
  const place = at === undefined ? '' : `${visible(at.file)}:${at.line}:${at.column}: `;
  const label = paint(`${severity}[${code}]`, COLOURS[severity][0], color);
  return `${paint(place, '1', color && place !== '')}${label}: ${visible(message)}`;
}

/** The whole diagnostic, several lines without a newline at the end. Colour only when asked for. */
export function formatDiagnostic(diagnostic: Framed, options: { color?: boolean } = {}): string {
  const color = options.color ?? false;
  const lines = [diagnosticHeadline(diagnostic, options)];
  if (diagnostic.at !== undefined && diagnostic.sourceLine !== undefined) {
    const number = String(diagnostic.at.line);
    const { source, caret } = sourceLines(diagnostic.sourceLine, diagnostic.at.column, diagnostic.span ?? 1);
    const gutter = ' '.repeat(number.length);
    lines.push(`${paint(` ${number} |`, '2', color)} ${source}`);
    const painted = paint(caret.trimStart(), COLOURS[diagnostic.severity][1], color);
    const indent = caret.slice(0, caret.length - caret.trimStart().length);
    lines.push(`${paint(` ${gutter} |`, '2', color)} ${indent}${painted}`);
  }
  for (const { at, message } of diagnostic.related ?? [])
    lines.push(
      `   ${paint('see:', '36', color)} ${visible(`${at.file}:${at.line}:${at.column}: ${message}`)}`,
    );
  if (diagnostic.hint !== undefined)
    lines.push(`   ${paint('hint:', '36', color)} ${visible(diagnostic.hint)}`);
  return lines.join('\n');
}

/** All diagnostics, a blank line between them, and a count at the end: `2 errors, 1 warning`. */
export function formatDiagnostics(diagnostics: readonly Framed[], options: { color?: boolean } = {}): string {
  const counted = (['error', 'warning', 'note'] as const).flatMap((wanted) => {
    const count = diagnostics.filter(({ severity }) => severity === wanted).length;
    return count === 0 ? [] : [`${count} ${wanted}${count === 1 ? '' : 's'}`];
  });
  return [...diagnostics.map((each) => formatDiagnostic(each, options)), counted.join(', ')].join('\n\n');
}
