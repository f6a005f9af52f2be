/** `dryplane explain FLOW...`: what would happen to one flow, and the whole walk that says so. */
import { caveatsOf } from '../analysis/caveats.ts';
import type { ExplainDocument, FlowExplanation } from '../analysis/explain/explain-document.ts';
import type { Suggestion } from '../analysis/suggestion/suggestion-document.ts';
import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import type { Flow } from '../flow/flow.ts';
import type { FlowAnswer } from '../policy/judge/judge-flow.ts';
import type { World } from '../policy/world.ts';
import { explainText } from '../report/explain-text.ts';
import { documentJson } from '../report/json.ts';
import type { ExplainOptions } from './command-line/explain.ts';
import { FORMATS } from './command-line/formats.ts';
import { flowTexts } from './flow-operands.ts';
import { deliver, requireSinks } from './sinks.ts';
import { termsOf } from './terms.ts';
import { VERSION } from './version.ts';
import { warn } from './warn.ts';
import { loadWorld, manifestWords, requireManifests } from './world.ts';

/** What would allow a flow that is denied. Nothing of it is loaded for any other. */
async function suggestionFor(flow: Flow, answer: FlowAnswer, world: World): Promise<Suggestion | null> {
  if (answer.verdict !== 'deny') return null;
  const { suggestRules } = await import('../analysis/suggestion/suggest.ts');
  return suggestRules(flow, answer, world);
}

/** What can be read and resolved, and what was wrong with the rest. */
async function explainFlows(
  texts: readonly string[],
  world: World,
): Promise<{ flows: FlowExplanation[]; diagnostics: Diagnostic[] }> {
  const { createExplainer } = await import('../analysis/explain/explain-flows.ts');
  const explain = createExplainer(world);
  const flows: FlowExplanation[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const text of texts) {
    const { value, diagnostics: found } = explain(text);
    diagnostics.push(...found);
    if (value === undefined) continue;
    flows.push({ ...value.explanation, suggestion: await suggestionFor(value.flow, value.answer, world) });
  }
  return { flows, diagnostics };
}

/** Runs the command; the exit code is 1 only when --expect was not met. */
export async function explainCommand(operands: readonly string[], options: ExplainOptions): Promise<number> {
  const texts = flowTexts(operands);
  const sinks = requireSinks(options, FORMATS.explain, requireManifests(options));
  const loaded = await loadWorld(options.manifests ?? [], options, [], '--at TIME says which');
  const { world } = loaded;
  const { flows, diagnostics } = await explainFlows(texts, world);
  warn([...loaded.diagnostics, ...diagnostics], options);
  const met = flows.every(({ verdict }) => verdict === options.expect);
  const document: ExplainDocument = {
    schema: 'dryplane/explain/v1',
    version: VERSION,
    cni: world.profile.name,
    manifests: loaded.manifests,
    flows,
    expectation: options.expect === undefined ? null : { verdict: options.expect, met },
    ...caveatsOf(
      world,
      flows.flatMap(({ decisions }) => decisions.map(({ reason }) => reason)),
    ),
  };
  const words = [...manifestWords(options), ...(options.at === undefined ? [] : ['--at', options.at])];
  deliver(
    sinks,
    {
      text: (style) => explainText(document, words, { ...style, terms: termsOf(world.profile) }),
      json: () => documentJson(document),
    },
    options,
  );
  return options.expect === undefined || met ? 0 : 1;
}
