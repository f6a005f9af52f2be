/** `dryplane compile`: builds the tables, says what they hold, and saves them with -o. */
import { caveatsOf } from '../analysis/caveats.ts';
import type { CompileDocument } from '../analysis/compile-document.ts';
import { writeAtomicFile } from '../output/atomic-file.ts';
import { compileText } from '../report/compile-text.ts';
import { documentJson } from '../report/json.ts';
import type { CompileOptions } from './flags.ts';
import { deliver, requireSinks } from './sinks.ts';
import { VERSION } from './version.ts';
import { warn } from './warn.ts';
import { loadWorld, manifestWords, requireManifests } from './world.ts';

const FORMATS = ['text', 'json'];

/** Runs the command; the exit code is 0. */
export async function compileCommand(options: CompileOptions): Promise<number> {
  const sinks = requireSinks(options, FORMATS, requireManifests(options), { outputIsReport: false });
  const loaded = await loadWorld(options.manifests ?? [], options);
  warn(loaded.diagnostics, options);
  const [{ compileTables }, { describeTables }, { describeCompilation, dumpCompilation }] = await Promise.all(
    [import('../compile/compile.ts'), import('../compile/describe.ts'), import('../analysis/description.ts')],
  );
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
