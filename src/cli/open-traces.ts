/** The traces on the command line, opened: what cannot be is among the diagnostics, all of it at once. */
import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import type { TraceSource } from '../trace/open.ts';
import type { TraceOptions } from './flags.ts';
import { interruptible } from './interruptible.ts';

/** Opens each path; `sources` are those that can be read. */
export async function openTraces(
  paths: readonly string[],
  { traceFormat }: TraceOptions,
): Promise<{ sources: TraceSource[]; diagnostics: Diagnostic[] }> {
  const { openTrace } = await import('../trace/open.ts');
  const sources: TraceSource[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const path of paths) {
    // A pipe is waited for.
    const opened = interruptible(() => openTrace(path, traceFormat));
    diagnostics.push(...opened.diagnostics);
    if (opened.value !== undefined) sources.push(opened.value);
  }
  return { sources, diagnostics };
}
