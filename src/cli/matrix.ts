/** `dryplane matrix`: who can talk to whom, over all new packets, by pod, workload or namespace. */
import { performance } from 'node:perf_hooks';
import { caveatsOf } from '../analysis/caveats.ts';
import type { DiffSide } from '../analysis/diff/diff-worlds.ts';
import type { MatrixRequest } from '../analysis/matrix/matrix-cells.ts';
import type { Exposure, MatrixDocument } from '../analysis/matrix/matrix-document.ts';
import { InvalidInput } from '../diagnostic/diagnostic.ts';
import { documentJson } from '../report/json.ts';
import { matrixCsv } from '../report/matrix-csv.ts';
import { matrixDot, matrixMermaid } from '../report/matrix-graph.ts';
import { matrixText } from '../report/matrix-text.ts';
import { FORMATS } from './command-line/formats.ts';
import type { MatrixOptions } from './command-line/matrix.ts';
import { readFilters, readPort } from './matrix-filters.ts';
import { deliver, requireSinks } from './sinks.ts';
import { VERSION } from './version.ts';
import { warn } from './warn.ts';
import { loadWorld, overlayNames, requireManifests } from './world.ts';

async function exposureOf(side: DiffSide, request: MatrixRequest): Promise<Exposure> {
  const { describeExposure } = await import('../analysis/matrix/matrix-exposure.ts');
  return describeExposure(side, request);
}

/** Runs the command; the exit code is 0. */
export async function matrixCommand(options: MatrixOptions): Promise<number> {
  const asked = options.port === undefined ? undefined : readPort(options.port);
  const sinks = requireSinks(options, FORMATS.matrix, [
    ...requireManifests(options),
    ...(asked !== undefined && 'problem' in asked ? [asked.problem] : []),
  ]);
  const start = performance.now();
  const { world, diagnostics, manifests } = await loadWorld(options.manifests ?? [], options);
  warn(diagnostics, options);
  const [from, to] = [
    readFilters('--from', options.from ?? [], world),
    readFilters('--to', options.to ?? [], world),
  ];
  const problems = [...from.problems, ...to.problems];
  if (problems.length > 0) throw new InvalidInput(problems);
  const [{ compileSide }, { describeMatrix, matrixWarnings }] = await Promise.all([
    import('../analysis/diff/diff-worlds.ts'),
    import('../analysis/matrix/matrix.ts'),
  ]);
  const request = { by: options.by, from: from.filters, to: to.filters };
  const port = asked !== undefined && 'port' in asked ? asked.port : undefined;
  const side = compileSide(world);
  const matrix = describeMatrix(side, request, port);
  const caveats = caveatsOf(world, []);
  const document: MatrixDocument = {
    schema: 'dryplane/matrix/v1',
    version: VERSION,
    cni: world.profile.name,
    manifests: [...manifests, ...overlayNames(options)],
    ...matrix,
    exposure: options.exposure === true ? await exposureOf(side, request) : null,
    assumptions: caveats.assumptions,
    warnings: [...matrixWarnings(world), ...caveats.warnings],
    milliseconds: performance.now() - start,
  };
  deliver(
    sinks,
    {
      text: (style) => matrixText(document, style),
      json: () => documentJson(document),
      csv: () => matrixCsv(document),
      dot: () => matrixDot(document),
      mermaid: () => matrixMermaid(document),
    },
    options,
  );
  return 0;
}
