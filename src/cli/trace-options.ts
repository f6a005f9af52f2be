/** Options that say how traces are read and replayed, of commands that do without a trace as well. */
import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import type { RangeOptions, TraceOptions } from './command-line/flags.ts';
import { problem } from './problem.ts';
import { readRange } from './range-options.ts';

/** What is wrong with them: without a trace they have no effect. */
export function traceOptionProblems(
  traces: readonly string[],
  options: TraceOptions & RangeOptions & { readonly workers?: number },
): Diagnostic[] {
  if (traces.length > 0) return [...readRange(options).problems];
  const idle = (['from', 'to', 'traceFormat', 'traceFields', 'outer', 'workers'] as const).filter(
    (name) => options[name] !== undefined,
  );
  if (idle.length === 0) return [];
  const words = idle.map((name) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
  return [problem('cli/trace', `${words.join(', ')}: without effect, no trace was given`)];
}
