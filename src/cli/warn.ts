/** Problems in the input on their way to the reader: warnings to stderr, errors as an exception. */
import { type Diagnostic, hasErrors, InvalidInput } from '../diagnostic/diagnostic.ts';
import { formatDiagnostic } from '../diagnostic/frame.ts';
import { printError } from '../output/standard-output.ts';
import type { OutputOptions } from './command-line/flags.ts';
import { wantsColor } from './sinks.ts';

/** Prints warnings unless the run is quiet. Throws InvalidInput when any diagnostic is an error. */
export function warn(diagnostics: readonly Diagnostic[], options: OutputOptions): void {
  if (hasErrors(diagnostics)) throw new InvalidInput(diagnostics);
  if (options.quiet === true) return;
  const color = wantsColor(options.color, process.stderr);
  for (const diagnostic of diagnostics) printError(`${formatDiagnostic(diagnostic, { color })}\n`);
}
