/** The traces on the command line, opened: what cannot be is among the diagnostics, all of it at once. */
import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import type { TraceSource } from '../trace/open.ts';
import type { TraceOptions } from './command-line/flags.ts';
import { interruptible } from './interruptible.ts';
import { problem } from './problem.ts';

/** Opens each path; `sources` are those that can be read. */
export async function openTraces(
  paths: readonly string[],
  { traceFormat, traceFields }: TraceOptions,
): Promise<{ sources: TraceSource[]; diagnostics: Diagnostic[] }> {
  const [{ openTrace }, { parseAwsFields }] = await Promise.all([
    import('../trace/open.ts'),
    import('../trace/formats/aws-fields.ts'),
  ]);
  const given = traceFields === undefined ? undefined : parseAwsFields(traceFields);
  if (given !== undefined && given.problems.length > 0)
    return { sources: [], diagnostics: [...given.problems] };
  const sources: TraceSource[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const path of paths) {
    // A pipe is waited for.
    const opened = interruptible(() => openTrace(path, traceFormat, given?.fields));
    diagnostics.push(...opened.diagnostics);
    if (opened.value !== undefined) sources.push(opened.value);
  }
  if (given !== undefined && diagnostics.length === 0 && !sources.some(({ format }) => format === 'aws-vpc'))
    diagnostics.push(
      problem(
        'cli/trace-fields',
        '--trace-fields without a trace that is an AWS VPC flow log',
        'leave it out, or add --trace-format aws-vpc',
      ),
    );
  return { sources, diagnostics };
}
