/** A run that failed: what it threw → words on stderr, or a document where JSON was asked for, and the exit code. */
import { CommanderError } from 'commander';
import { type Diagnostic, InvalidInput } from '../diagnostic/diagnostic.ts';
import { formatDiagnostics } from '../diagnostic/frame.ts';
import { print, printError } from '../output/standard-output.ts';
import { visible } from '../output/visible.ts';
import { documentJson } from '../report/json.ts';
import { COMMAND_NAMES } from './command-line/command-names.ts';
import type { OutputOptions } from './command-line/flags.ts';
import { problem } from './problem.ts';
import { wantsColor } from './sinks.ts';
import { VERSION } from './version.ts';

const EXIT_INPUT = 2;
const EXIT_BUG = 70;

/** Whether JSON was asked for on the screen, told from the words alone: the command line itself may be what is wrong. */
function wantsJson(words: readonly string[]): boolean {
  return words.some(
    (word, index) => word === '--format=json' || (word === 'json' && words[index - 1] === '--format'),
  );
}

/** `--color` told from the words alone, for the same reason. */
function colorOf(words: readonly string[]): OutputOptions['color'] {
  const asked = words.map((word, index) =>
    word === '--color' ? words[index + 1] : /^--color=(.*)$/s.exec(word)?.[1],
  );
  return asked.includes('always') ? 'always' : asked.includes('never') ? 'never' : 'auto';
}

/** What commander found, in the shape of all other mistakes. */
function commandLineProblem({ code, message }: CommanderError): Diagnostic {
  const [, text = message, hint] = /^(?:error: )?(.*?)(?:\s*\((Did you mean .*)\))?$/s.exec(message) ?? [];
  const kebab = code.replace('commander.', '').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const fallback =
    kebab === 'unknown-command' || kebab === 'excess-arguments'
      ? `commands: ${COMMAND_NAMES.join(', ')}`
      : kebab === 'missing-argument'
        ? 'see --help of the command'
        : undefined;
  return problem(`cli/${kebab}`, text.trim(), hint?.replace(/^D/, 'd') ?? fallback);
}

/** The system refused a file: the reader's to mend, unlike a bug. */
function systemProblem(error: unknown): Diagnostic | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, syscall, path } = error as NodeJS.ErrnoException;
  if (error.name === 'MemoryRefused') return problem('machine/memory', error.message);
  if (code === undefined || (syscall === undefined && code !== 'EISDIR')) return undefined;
  const words: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such file or folder',
    EACCES: 'permission denied',
    EISDIR: 'a folder, expected a file',
    ENOSPC: 'the disk is full',
    EMFILE: 'too many open files',
  };
  return problem('machine/file', `${path === undefined ? '' : `${path}: `}${words[code] ?? error.message}`);
}

function reportInvalid(diagnostics: readonly Diagnostic[], words: readonly string[]): number {
  if (wantsJson(words)) {
    const listed = diagnostics.map(({ at, span: _, sourceLine: __, ...rest }) => ({
      ...rest,
      ...(at ?? {}),
    }));
    print(
      documentJson({ schema: 'dryplane/error/v1', version: VERSION, diagnostics: listed } as {
        schema: string;
      }),
    );
  } else {
    const color = wantsColor(colorOf(words), process.stderr);
    printError(`${formatDiagnostics(diagnostics, { color })}\n`);
  }
  return EXIT_INPUT;
}

function reportBug(error: unknown): number {
  const { message, stack, name } = error instanceof Error ? error : new Error(String(error));
  printError(`dryplane ${VERSION} failed: ${name === 'Error' ? '' : `${name}: `}${visible(message)}\n`);
  printError(
    'This is a bug in dryplane. Please report it with the command line; DEBUG=1 prints the stack.\n',
  );
  if (process.env.DEBUG !== undefined && process.env.DEBUG !== '') {
    printError(`${stack ?? ''}\n`);
    const { cause } = error as { cause?: unknown };
    if (cause instanceof Error) printError(`cause: ${cause.stack ?? cause.message}\n`);
  }
  return EXIT_BUG;
}

/** Says what went wrong, in the form that was asked for, and returns the exit code. */
export function reportFailure(error: unknown, words: readonly string[]): number {
  if (error instanceof InvalidInput) return reportInvalid(error.diagnostics, words);
  if (error instanceof CommanderError) {
    return error.exitCode === 0 ? 0 : reportInvalid([commandLineProblem(error)], words);
  }
  const refused = systemProblem(error);
  return refused === undefined ? reportBug(error) : reportInvalid([refused], words);
}
