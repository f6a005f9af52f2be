/**
 * Where reports go: `--format NAME[=PATH]` and `-o PATH` become a list of sinks. One format at most goes to the screen;
 * files are whole or absent.
 */
import { accessSync, constants, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Diagnostic, InvalidInput } from '../diagnostic/diagnostic.ts';
import { writeAtomicFile } from '../output/atomic-file.ts';
import { createPalette } from '../output/palette.ts';
import { print } from '../output/standard-output.ts';
import type { Style } from '../report/style.ts';
import type { OutputOptions } from './command-line/flags.ts';
import { fromHere, invocation } from './invocation.ts';
import { knownWordsHint, problem } from './problem.ts';

export interface Sink {
  readonly format: string;
  /** Undefined: standard output. */
  readonly path: string | undefined;
}

/** What a command can be asked to print. */
export type Renderers = Readonly<Record<string, (style: Style) => string>>;

/** Columns where there is no terminal, and the fewest that reports are laid out for. */
const COLUMNS = 100;
const FEWEST_COLUMNS = 60;

/** Whether a file can be written at `path`; said before the work, not after it. */
export function outputProblem(path: string): Diagnostic | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat?.isDirectory()) return problem('cli/output', `${path} is a folder, expected a file`);
  const folder = dirname(path);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    return problem('cli/output', `there is no folder ${folder} to write ${path} into`);
  try {
    accessSync(stat === undefined ? folder : path, constants.W_OK);
  } catch {
    return problem('cli/output', `${path} is not writable`);
  }
  return undefined;
}

function bareFormat(output: string, formats: readonly string[]): Diagnostic | undefined {
  if (!formats.includes(output)) return undefined;
  return problem(
    'cli/output',
    `${output} is a format, expected a file behind -o`,
    `write --format ${output}, or -o ./${output} for a file of that name`,
  );
}

/** How a command differs from the rest in what it writes. */
export interface SinkRules {
  /** False where `-o` is not the report's file. */
  readonly outputIsReport?: boolean;
  /** Where `-o` is a folder, the command checks it. */
  readonly outputIsFolder?: boolean;
  /** Files that the command writes besides; they are its own to check, but nothing else may go there. */
  readonly otherOutputs?: readonly string[];
}

/** The sinks that the options ask for, of the first format when they name none; every mistake is in `problems`. */
export function parseSinks(
  options: OutputOptions,
  formats: readonly string[],
  { outputIsReport = true, outputIsFolder = false, otherOutputs = [] }: SinkRules = {},
): { sinks: Sink[]; problems: Diagnostic[] } {
  const problems: Diagnostic[] = [];
  const sinks: Sink[] = [];
  for (const text of options.format ?? formats.slice(0, 1)) {
    const [, format = '', path] = /^([^=]*)(?:=(.*))?$/s.exec(text) ?? [];
    if (!formats.includes(format)) {
      problems.push(problem('cli/format', `unknown format ${format}`, knownWordsHint(format, formats)));
      continue;
    }
    if (path === '')
      problems.push(problem('cli/format', `--format ${text} names no file`, `write --format ${format}=FILE`));
    sinks.push({ format, path: path === undefined || path === '-' ? undefined : path });
  }
  const onScreen = sinks.filter(({ path }) => path === undefined);
  if (onScreen.length > 1)
    problems.push(
      problem(
        'cli/format',
        `${onScreen.map(({ format }) => format).join(' and ')} both go to the screen`,
        `send one to a file: --format ${onScreen[1]!.format}=FILE`,
      ),
    );
  const { output } = options;
  const bare = output === undefined ? undefined : bareFormat(output, [...formats, 'html', 'sarif', 'yaml']);
  if (bare !== undefined) problems.push(bare);
  else if (output !== undefined && outputIsReport) {
    if (onScreen.length === 0)
      problems.push(problem('cli/output', 'every format has a file already, -o has nothing to write'));
    else sinks[sinks.indexOf(onScreen[0]!)] = { format: onScreen[0]!.format, path: output };
  }
  const paths = [...sinks.flatMap(({ path }) => (path === undefined ? [] : [path]))];
  if (output !== undefined && !outputIsReport && !outputIsFolder && bare === undefined) paths.push(output);
  const all = [...paths, ...otherOutputs].filter((path) => path !== '-').map((path) => resolve(path));
  const twice = all.find((path, index) => all.indexOf(path) !== index && !path.startsWith('/dev/'));
  if (twice !== undefined) problems.push(problem('cli/output', `two outputs go to ${fromHere(twice)}`));
  for (const path of new Set(paths)) {
    const unwritable = path === '-' ? undefined : outputProblem(path);
    if (unwritable !== undefined) problems.push(unwritable);
  }
  return { sinks, problems };
}

/** The sinks, or all mistakes at once. */
export function requireSinks(
  options: OutputOptions,
  formats: readonly string[],
  others: readonly Diagnostic[],
  rules: SinkRules = {},
): Sink[] {
  const { sinks, problems } = parseSinks(options, formats, rules);
  if (problems.length + others.length > 0) throw new InvalidInput([...problems, ...others]);
  return sinks;
}

/** Whether text on the stream may be painted. */
export function wantsColor(when: OutputOptions['color'], stream: { readonly isTTY?: boolean }): boolean {
  if (when !== 'auto') return when === 'always';
  const { NO_COLOR, TERM } = process.env;
  return stream.isTTY === true && (NO_COLOR === undefined || NO_COLOR === '') && TERM !== 'dumb';
}

/** Whether the terminal's locale says that it shows UTF-8; macOS does so without a locale. */
function isUtf8(): boolean {
  const { LC_ALL, LC_CTYPE, LANG } = process.env;
  const locale = [LC_ALL, LC_CTYPE, LANG].find((value) => value !== undefined && value !== '');
  return locale === undefined ? process.platform !== 'linux' : /utf-?8/i.test(locale);
}

/** Renders each format once and delivers it. A quiet run prints no text to the screen; files are written all the same. */
export function deliver(sinks: readonly Sink[], renderers: Renderers, options: OutputOptions): void {
  for (const { format, path } of sinks) {
    if (path === undefined && format === 'text' && options.quiet === true) continue;
    const onScreen = path === undefined;
    const text = renderers[format]!({
      palette: createPalette(
        onScreen ? wantsColor(options.color, process.stdout) : options.color === 'always',
      ),
      columns: Math.max(FEWEST_COLUMNS, onScreen ? (process.stdout.columns ?? COLUMNS) : COLUMNS),
      invocation: invocation(),
      ascii: onScreen && process.stdout.isTTY === true && !isUtf8(),
    });
    if (onScreen) print(text);
    else writeAtomicFile(path, text);
  }
}
