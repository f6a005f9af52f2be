/** `dryplane lint`: mistakes in policies. Checks read the manifests and the world that they make; exit code 1 on grave ones. */
import { performance } from 'node:perf_hooks';
import { caveatsBesideFindings } from '../analysis/caveats.ts';
import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import type { LintCode, Subject } from '../lint/check.ts';
import { Inventory } from '../lint/inventory.ts';
import { lintFindings } from '../lint/lint.ts';
import type { LintDocument } from '../lint/lint-document.ts';
import { summarizeLint } from '../lint/lint-summary.ts';
import { type SourceFile, SourcePlaces } from '../lint/source-places.ts';
import type { TraceSubject } from '../lint/trace-use.ts';
import { writeAtomicFile } from '../output/atomic-file.ts';
import type { World } from '../policy/world.ts';
import { documentJson } from '../report/json.ts';
import { lintText } from '../report/lint-text.ts';
import { sarifJson } from '../report/sarif.ts';
import { FORMATS } from './command-line/formats.ts';
import type { LintOptions } from './command-line/lint.ts';
import { knownFindings, knownFromNow } from './lint-baseline.ts';
import { chosenChecks } from './lint-checks.ts';
import { lintPage } from './lint-pages.ts';
import { deliver, requireSinks } from './sinks.ts';
import { manifestPaths } from './snapshots.ts';
import { stdinProblems } from './stdin-operands.ts';
import { traceOptionProblems } from './trace-options.ts';
import { VERSION } from './version.ts';
import { warn } from './warn.ts';
import { type LoadedWorld, loadWorld, requireManifests } from './world.ts';

/** What is wrong with operands and with options that are about traces alone. */
function operandProblems(traces: readonly string[], options: LintOptions): readonly Diagnostic[] {
  const { manifests = [], add = [] } = options;
  return [
    ...(manifests.length === 0
      ? requireManifests(options)
      : stdinProblems([...traces, ...manifestPaths(manifests), ...add])),
    ...traceOptionProblems(traces, options),
  ];
}

interface Read {
  readonly loaded: LoadedWorld;
  readonly trace?: TraceSubject;
  readonly warnings: readonly string[];
}

/** Manifests, and what traces used where any are named. */
async function readAll(
  traces: readonly string[],
  options: LintOptions,
  onFile: (file: SourceFile) => void,
): Promise<Read> {
  const { manifests = [] } = options;
  if (traces.length === 0) {
    const loaded = await loadWorld(manifests, { ...options, onFile });
    warn(loaded.diagnostics, options);
    return { loaded, warnings: [] };
  }
  const [{ startWorkers }, { openTraces }, { traceSubject }] = await Promise.all([
    import('../replay/worker-pool.ts'),
    import('./open-traces.ts'),
    import('./lint-trace.ts'),
  ]);
  const pool = startWorkers(options.workers);
  try {
    const { sources, diagnostics } = await openTraces(traces, options);
    const loaded = await loadWorld(manifests, { ...options, onFile }, diagnostics);
    warn(loaded.diagnostics, options);
    return { loaded, ...(await traceSubject(sources, loaded.world, options, pool)) };
  } finally {
    await pool.end();
  }
}

/** That nothing is found says little where there is nothing to look at. */
function silence({ cluster, resolved, book }: World): string[] {
  const policies =
    cluster.networkPolicies.length + cluster.adminPolicies.length + cluster.calicoPolicies.length;
  if (policies + cluster.ciliumPolicies.length + resolved.policies.length === 0)
    return ['no policies in the manifests: name them with -f'];
  if (book.endpoints.length > 0) return [];
  return [
    'no pods in the manifests: checks that ask whom a policy means are silent. Give the cluster too, or its workloads, with -f',
  ];
}

/** Runs the command; the exit code is 1 when something is found that --fail-on is about. */
export async function lintCommand(traces: readonly string[], options: LintOptions): Promise<number> {
  const { checks, problems } = chosenChecks(options, traces.length > 0);
  const known = knownFindings(options);
  const sinks = requireSinks(options, FORMATS.lint, [
    ...problems,
    ...known.problems,
    ...operandProblems(traces, options),
  ]);
  const start = performance.now();
  const files: SourceFile[] = [];
  const { loaded, trace, warnings } = await readAll(traces, options, (file) => files.push(file));
  const { world } = loaded;
  const subject: Subject = {
    world,
    sources: new SourcePlaces(files),
    inventory: new Inventory(world),
    ...(trace === undefined ? {} : { trace }),
  };
  const findings = lintFindings(subject, checks);
  const { baseline: file } = options;
  const baseline =
    file !== undefined && options.writeBaseline === true
      ? knownFromNow(findings, checks, known.entries)
      : undefined;
  if (file !== undefined && baseline !== undefined) writeAtomicFile(file, documentJson(baseline));
  const summary = summarizeLint(findings, {
    checks,
    baseline: file === undefined ? null : { file, entries: baseline?.findings ?? known.entries },
    severity: options.severity,
    failOn: options.failOn === 'never' ? null : options.failOn,
  });
  const caveats = caveatsBesideFindings(world);
  const document: LintDocument = {
    schema: 'dryplane/lint/v1',
    version: VERSION,
    cni: world.profile.name,
    manifests: loaded.manifests,
    traces,
    policies: world.resolved.policies.length,
    pods: world.cluster.pods.length,
    ...summary,
    ...caveats,
    warnings: [...silence(world), ...caveats.warnings, ...warnings],
    milliseconds: performance.now() - start,
  };
  deliver(
    sinks,
    {
      text: (style) => lintText(document, style),
      json: () => documentJson(document),
      sarif: () => sarifJson(document, (code) => lintPage(code as LintCode)),
    },
    options,
  );
  return Number(document.failed);
}
