/** `--update`: observed verdicts into the suites, after the change was shown and somebody said yes. */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { writeAtomicFile } from '../output/atomic-file.ts';
import { type DiffPiece, diffLines } from '../output/line-diff.ts';
import { createPalette, type Palette } from '../output/palette.ts';
import { countOf } from '../output/quantity.ts';
import { printError } from '../output/standard-output.ts';
import { visible } from '../output/visible.ts';
import { type UpdatedSuite, updateSuite } from '../suite/update.ts';
import type { TestOptions } from './command-line/test.ts';
import { wantsColor } from './sinks.ts';
import type { CheckedRun } from './test-suite.ts';

interface Change {
  readonly path: string;
  readonly before: string;
  readonly updated: UpdatedSuite;
}

/** Of each file with failures, what would be written. */
function changesOf(runs: readonly CheckedRun[]): Change[] {
  const paths = [...new Set(runs.filter(({ value }) => value.failed > 0).map(({ suite }) => suite.path))];
  return paths.map((path) => {
    const own = runs.filter(({ suite }) => suite.path === path);
    const before = readFileSync(path, 'utf8');
    const checked = own.map(({ world, results, traced }) => ({ profile: world.profile, results, traced }));
    return { path, before, updated: updateSuite(path, before, checked) };
  });
}

function pieceLines({ before, after, lines }: DiffPiece, palette: Palette): string[] {
  const paint = { ' ': palette.dim, '-': palette.red, '+': palette.green };
  return [
    palette.cyan(`@@ line ${before}${before === after ? '' : `, then ${after}`} @@`),
    ...lines.map(({ kind, text }) => paint[kind](`${kind}${visible(text)}`)),
  ];
}

/** The changes as differences of lines, and what stays as it is. */
function show(changes: readonly Change[], palette: Palette): void {
  for (const { path, before, updated } of changes) {
    const pieces = diffLines(before, updated.text);
    if (pieces.length > 0)
      printError(
        `${[palette.bold(`${visible(path)}: ${countOf(updated.written, 'expectation')} as observed`), ...pieces.flatMap((piece) => pieceLines(piece, palette))].join('\n')}\n`,
      );
    for (const { at, why } of updated.left)
      printError(`not written: ${visible(`${at.file}:${at.line}`)}: ${visible(why)}\n`);
  }
}

/** Whether the changes are wanted. Where nobody can be asked, --yes says so. */
async function isWanted(options: TestOptions): Promise<boolean> {
  if (options.yes === true) return true;
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) {
    printError('nothing was written: nobody can be asked here, --yes writes it\n');
    return false;
  }
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await asking.question('write this? [y/N] ');
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    asking.close();
  }
}

/** Shows and writes what was observed; returns how many failures are written now. */
export async function updateSuites(runs: readonly CheckedRun[], options: TestOptions): Promise<number> {
  const changes = changesOf(runs);
  show(changes, createPalette(wantsColor(options.color, process.stderr)));
  const writable = changes.filter(({ before, updated }) => updated.text !== before);
  if (writable.length === 0 || !(await isWanted(options))) return 0;
  for (const { path, updated } of writable) writeAtomicFile(path, updated.text);
  const written = writable.reduce((sum, { updated }) => sum + updated.written, 0);
  printError(`wrote ${countOf(written, 'expectation')} to ${countOf(writable.length, 'suite')}\n`);
  return written;
}
