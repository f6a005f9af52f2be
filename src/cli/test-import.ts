/** `dryplane test --import FILE`: tests and tables of other tools as a suite. */
import { dirname, isAbsolute, relative } from 'node:path';
import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import { loadCluster } from '../manifest/load.ts';
import { importSuite } from '../suite/import.ts';
import { FORMATS } from './command-line/formats.ts';
import type { TestOptions } from './command-line/test.ts';
import { readProbe } from './probed-port.ts';
import { problem } from './problem.ts';
import { deliver, requireSinks } from './sinks.ts';
import { warn } from './warn.ts';

/** What is wrong with the options before the file is read. */
function optionProblems(
  paths: readonly string[],
  { probe, conformance, againstResults }: TestOptions,
): Diagnostic[] {
  const code = 'cli/import';
  return [
    ...(paths.length === 0
      ? []
      : [problem(code, `${paths.join(', ')}: no suites are read with --import`, 'run them without')]),
    ...(conformance === true ? [problem(code, '--conformance and --import are two runs')] : []),
    ...(againstResults === undefined ? [] : [problem(code, '--against-results and --import are two runs')]),
    ...readProbe(probe).problems,
  ];
}

/** Prints the suite, or writes it to `-o`. `others`: problems that were found before. */
export function testImport(
  paths: readonly string[],
  options: TestOptions,
  others: readonly Diagnostic[],
): number {
  const { manifests = [], probe, import: path = '', output, lenient, probeMode } = options;
  // A suite's paths are relative to its own folder.
  const folder = output === undefined ? '.' : dirname(output);
  const fromThere = manifests.map((one) => (isAbsolute(one) ? one : relative(folder, one)));
  const sinks = requireSinks(options, FORMATS.import, [...others, ...optionProblems(paths, options)]);
  const loaded = manifests.length === 0 ? undefined : loadCluster(manifests, { lenient: lenient === true });
  const { value, diagnostics } = importSuite(path, {
    manifests: fromThere,
    probed: readProbe(probe).port,
    cluster: loaded?.value,
    mode: probeMode === 'pod-ip' ? 'pod' : 'service',
  });
  warn([...(loaded?.diagnostics ?? []), ...diagnostics], options);
  deliver(sinks, { text: () => value }, options);
  return 0;
}
