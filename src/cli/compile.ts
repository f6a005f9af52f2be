/** `dryplane compile`: builds the tables, says what they hold, and saves them with -o. */
import { caveatsOf } from '../analysis/caveats.ts';
import type { CompileDocument } from '../analysis/compile/compile-document.ts';
import type { CostDocument } from '../analysis/cost/cost-document.ts';
import { writeAtomicFile } from '../output/atomic-file.ts';
import type { World } from '../policy/world.ts';
import { compileText } from '../report/compile-text.ts';
import { documentJson } from '../report/json.ts';
import type { CompileOptions } from './command-line/compile.ts';
import { FORMATS } from './command-line/formats.ts';
import { deliver, requireSinks } from './sinks.ts';
import { VERSION } from './version.ts';
import { warn } from './warn.ts';
import { loadWorld, manifestWords, requireManifests } from './world.ts';

/** Runs the command; the exit code is 0. */
export async function compileCommand(options: CompileOptions): Promise<number> {
  const sinks = requireSinks(options, FORMATS.compile, requireManifests(options), { outputIsReport: false });
  const loaded = await loadWorld(options.manifests ?? [], options);
  warn(loaded.diagnostics, options);
  const [{ compileTables }, { describeTables }, { describeCompilation, dumpCompilation }, { describeCost }] =
    await Promise.all([
      import('../compile/compile.ts'),
      import('../compile/describe.ts'),
      import('../analysis/compile/description.ts'),
      import('../analysis/cost/cost-summary.ts'),
    ]);
  const { world } = loaded;
  const { tables, legend, phases } = compileTables(world);
  if (options.output !== undefined) writeAtomicFile(options.output, tables.bytes);
  const document: CompileDocument = {
    schema: 'dryplane/compile/v1',
    version: VERSION,
    cni: world.profile.name,
    manifests: loaded.manifests,
    ...describeCompilation(world, legend, describeTables(tables)),
    timing: {
      load_milliseconds: loaded.loadMilliseconds - loaded.worldMilliseconds,
      phases: [{ name: 'endpoints', milliseconds: loaded.worldMilliseconds }, ...phases],
    },
    cost: describeCost(world),
    costs: options.costs === true ? await costsEverywhere(world) : null,
    output: options.output ?? null,
    dump: options.dump === true ? dumpCompilation(world, legend) : null,
    ...caveatsOf(world, []),
  };
  deliver(
    sinks,
    {
      text: (style) => compileText(document, manifestWords(options), style),
      json: () => documentJson(document),
    },
    options,
  );
  return 0;
}

/** The cluster's costs under each CNI that has a data plane. */
async function costsEverywhere({ cluster }: World): Promise<CostDocument[]> {
  const [{ createWorld }, { BUILT_IN_PROFILES }, { describeCost }] = await Promise.all([
    import('../policy/world.ts'),
    import('../policy/cni/profiles.ts'),
    import('../analysis/cost/cost-summary.ts'),
  ]);
  return BUILT_IN_PROFILES.flatMap((profile) => describeCost(createWorld(cluster, profile)) ?? []);
}
