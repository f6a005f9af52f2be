/** `dryplane explain FLOW...`: what would happen to one flow, and the whole walk that says so. */

import { caveatsOf } from '../analysis/caveats.ts';
import type { ExplainDocument, FlowExplanation } from '../analysis/explain-document.ts';
import type { Suggestion } from '../analysis/suggestion/suggestion-document.ts';
import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import type { Flow } from '../flow/flow.ts';
import type { FlowProblem } from '../flow/notation.ts';
import type { FlowAnswer } from '../policy/judge/judge-flow.ts';
import type { World } from '../policy/world.ts';
import { explainText } from '../report/explain-text.ts';
import { documentJson } from '../report/json.ts';
import type { ExplainOptions } from './flags.ts';
import { flowTexts } from './flow-operands.ts';
import { problem } from './problem.ts';
import { deliver, requireSinks } from './sinks.ts';
import { termsOf } from './terms.ts';
import { VERSION } from './version.ts';
import { warn } from './warn.ts';
import { loadWorld, manifestWords, requireManifests } from './world.ts';

const FORMATS = ['text', 'json'];

function syntaxProblem(text: string, { problem: message, column }: FlowProblem): Diagnostic {
  return {
    ...problem('flow/syntax', message),
    at: { file: 'flow', line: 1, column },
    sourceLine: text,
  };
}

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
  const [
    { formatFlow, parseFlow },
    { judgeFlow },
    { pendingWorld },
    { explainFlow },
    { createAddressNames },
  ] = await Promise.all([
    import('../flow/notation.ts'),
    import('../policy/judge/judge-flow.ts'),
    import('../policy/world.ts'),
    import('../analysis/explanation.ts'),
    import('../analysis/address-names.ts'),
  ]);
  const staged = pendingWorld(world);
  const named = {
    world,
    names: createAddressNames(world.book),
    ...(staged === undefined ? {} : { pending: staged }),
  };
  const flows: FlowExplanation[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const text of texts) {
    const parsed = parseFlow(text);
    if ('problem' in parsed) {
      diagnostics.push(syntaxProblem(text, parsed));
      continue;
    }
    const { value: enforced, diagnostics: found } = judgeFlow(parsed.flow, world);
    diagnostics.push(...found);
    if (enforced === undefined) continue;
    const pending = staged === undefined ? undefined : judgeFlow(parsed.flow, staged).value;
    const answers = pending === undefined ? { enforced } : { enforced, pending };
    const explained = explainFlow(formatFlow(parsed.flow), answers, named);
    const suggestion = await suggestionFor(parsed.flow, enforced, world);
    flows.push({ ...explained, suggestion });
  }
  return { flows, diagnostics };
}

/** Runs the command; the exit code is 1 only when --expect was not met. */
export async function explainCommand(operands: readonly string[], options: ExplainOptions): Promise<number> {
  const texts = flowTexts(operands);
  const sinks = requireSinks(options, FORMATS, requireManifests(options));
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
