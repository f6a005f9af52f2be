/** Flows in the notation → their explanations in a world: read, judged, and once more with staged policies as if they were enforced. */
import type { Checked } from '../../diagnostic/diagnostic.ts';
import type { Flow } from '../../flow/flow.ts';
import { formatFlow, parseFlow } from '../../flow/notation.ts';
import { type FlowAnswer, judgeFlow } from '../../policy/judge/judge-flow.ts';
import { pendingWorld, type World } from '../../policy/world.ts';
import { createAddressNames } from '../address-names.ts';
import type { FlowExplanation } from './explain-document.ts';
import { explainFlow } from './explanation.ts';

/** A flow with what becomes of it; `answer` is that of the policies in force. */
export interface ExplainedFlow {
  readonly flow: Flow;
  readonly answer: FlowAnswer;
  readonly explanation: FlowExplanation;
}

/** Explains flows such as `tcp shop/web to shop/db:5432`; undefined for one that cannot be read, or whose names mean nothing. */
export function createExplainer(world: World): (text: string) => Checked<ExplainedFlow | undefined> {
  const staged = pendingWorld(world);
  const names = createAddressNames(world.book);
  const named = { world, names, ...(staged === undefined ? {} : { pending: staged }) };
  return (text) => {
    const parsed = parseFlow(text);
    if ('problem' in parsed) {
      const { problem: message, column } = parsed;
      const at = { file: 'flow', line: 1, column };
      return {
        value: undefined,
        diagnostics: [{ code: 'flow/syntax', severity: 'error', message, at, sourceLine: text }],
      };
    }
    const { value: enforced, diagnostics } = judgeFlow(parsed.flow, world);
    if (enforced === undefined) return { value: undefined, diagnostics };
    const pending = staged === undefined ? undefined : judgeFlow(parsed.flow, staged).value;
    const answers = pending === undefined ? { enforced } : { enforced, pending };
    const explanation = explainFlow(formatFlow(parsed.flow), answers, named);
    return { value: { flow: parsed.flow, answer: enforced, explanation }, diagnostics };
  };
}
