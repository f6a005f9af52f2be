/** `dryplane diff`: what differs between two policy sets, or two CNIs, over every possible packet. */
import { performance } from 'node:perf_hooks';
import { caveatsOf } from '../analysis/caveats.ts';
import type { AllPackets, CniComparison, DiffDocument } from '../analysis/diff-document.ts';
import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import { printError } from '../output/standard-output.ts';
import type { World } from '../policy/world.ts';
import { diffMarkdown } from '../report/diff-markdown.ts';
import { diffText } from '../report/diff-text.ts';
import { documentJson } from '../report/json.ts';
import { type DiffWorlds, diffProblems, diffSet, loadDiffWorlds } from './diff-sides.ts';
import type { DiffOptions } from './flags.ts';
import { knownWordsHint, problem } from './problem.ts';
import { deliver, requireSinks } from './sinks.ts';
import { VERSION } from './version.ts';
import { warn } from './warn.ts';
import { manifestWords, requireManifests } from './world.ts';

const FORMATS = ['text', 'json', 'markdown'];
const CONDITIONS = ['newly-denied', 'newly-allowed'] as const;
type Condition = (typeof CONDITIONS)[number];

const isCondition = (word: string): word is Condition => CONDITIONS.some((known) => known === word);

/** Comma-separated conditions, repeatable. */
function parseConditions(lists: readonly string[]): { conditions: Condition[]; problems: Diagnostic[] } {
  const words = lists.flatMap((list) => list.split(',')).map((word) => word.trim());
  return {
    conditions: words.filter(isCondition),
    problems: words
      .filter((word) => !isCondition(word))
      .map((word) => problem('cli/fail-on', `unknown condition ${word}`, knownWordsHint(word, CONDITIONS))),
  };
}

/** Compares all new packets, knob by knob where there are two CNIs. */
async function compareAll(
  before: World,
  after: World,
): Promise<{ all: AllPackets; cni: CniComparison | null }> {
  const [{ compileSide }, { diffAllPackets }, { compareCnis, createKnobFinder }] = await Promise.all([
    import('../analysis/diff-worlds.ts'),
    import('../analysis/diff-regions.ts'),
    import('../analysis/diff-knobs.ts'),
  ]);
  const areCnis = before.profile !== after.profile;
  const knobsOf = areCnis ? createKnobFinder(before, after) : undefined;
  const all = diffAllPackets(compileSide(before), compileSide(after), knobsOf);
  return { all, cni: areCnis ? compareCnis(before.profile, after.profile, all.groups) : null };
}

/** Warnings about either world, each once. */
function caveats({ before, after, assumptions }: DiffWorlds): Pick<DiffDocument, 'warnings' | 'assumptions'> {
  const both = [caveatsOf(before, []), caveatsOf(after, [])];
  return {
    warnings: [...new Set(both.flatMap(({ warnings }) => warnings))],
    assumptions: [...new Set([...assumptions, ...both.flatMap((one) => one.assumptions)])],
  };
}

/** One line for each condition that is met. */
function metConditions(conditions: readonly Condition[], { all_packets: all }: DiffDocument): string[] {
  return conditions.flatMap((name) => {
    const count = all === null ? 0 : all.regions[name === 'newly-denied' ? 'newly_denied' : 'newly_allowed'];
    return count === 0 ? [] : [`${name}: ${count} ${count === 1 ? 'region' : 'regions'} of packets`];
  });
}

/** Runs the command; the exit code is 1 when the sets differ, or a --fail-on condition is met. */
export async function diffCommand(options: DiffOptions): Promise<number> {
  const { conditions, problems } = parseConditions(options.failOn ?? []);
  const sinks = requireSinks(options, FORMATS, [
    ...problems,
    ...requireManifests(options),
    ...diffProblems(options),
  ]);
  const start = performance.now();
  const worlds = await loadDiffWorlds(options, []);
  warn(worlds.diagnostics, options);
  const { all, cni } = await compareAll(worlds.before, worlds.after);
  const document: DiffDocument = {
    schema: 'dryplane/diff/v1',
    version: VERSION,
    before: diffSet(worlds.before, worlds.names.before),
    after: diffSet(worlds.after, worlds.names.after),
    staged: options.staged === true,
    differs: !all.equivalent,
    cni,
    all_packets: all,
    trace: null,
    ...caveats(worlds),
    milliseconds: performance.now() - start,
  };
  deliver(
    sinks,
    {
      text: (style) => diffText(document, manifestWords(options), style),
      json: () => documentJson(document),
      markdown: () => diffMarkdown(document),
    },
    options,
  );
  const met = metConditions(conditions, document);
  for (const line of met) printError(`--fail-on ${line}\n`);
  return options.failOn === undefined ? Number(document.differs) : Number(met.length > 0);
}
