/** The `steps` of a suite: changes of its policies, each on top of the one before, with what is expected of flows and traces in the state that it leaves. */
import type { Node } from 'yaml';
import {
  complainAbout,
  locate,
  readList,
  readMapping,
  readTags,
  readText,
  type SuiteReport,
  textOf,
} from './fields.ts';
import { EXPECTATION_LISTS, type ExpectationContext, readExpectations } from './read-expectations.ts';
import { readTraces, type TraceContext } from './read-traces.ts';
import type { Expectation, Step } from './suite.ts';
import type { ExpectedTrace } from './trace-expectation.ts';

const CHANGES = ['manifests', 'add', 'remove'] as const;
const STEP_FIELDS = ['name', 'tags', ...CHANGES, ...EXPECTATION_LISTS, 'traces'];

/** What a suite's steps are, and what they expect, before them and after them. */
export interface ReadSteps {
  readonly steps: readonly Step[];
  readonly expectations: readonly Expectation[];
  readonly traces: readonly ExpectedTrace[];
}

/** Steps and what is expected after each. */
export function readSteps(
  values: ReadonlyMap<string, Node>,
  context: ExpectationContext & TraceContext,
  report: SuiteReport,
): ReadSteps {
  const steps: Step[] = [];
  const expectations: Expectation[] = [];
  const traces: ExpectedTrace[] = [];
  for (const [index, node] of readList(values, 'steps', report).entries()) {
    const fields = readMapping(node, STEP_FIELDS, 'a step', report);
    if (fields === undefined) continue;
    if (!CHANGES.some((name) => fields.has(name)))
      complainAbout(report, node, 'suite/empty', 'the step changes nothing', 'add:, remove: or manifests:');
    const [manifests = [], add = [], remove = []] = CHANGES.map((name) =>
      readList(fields, name, report).flatMap((item) => {
        const text = textOf(item, name === 'remove' ? 'an object' : 'a manifest', report)?.text;
        return text === undefined ? [] : [name === 'remove' ? text : context.pathFrom(text)];
      }),
    );
    const name = readText(fields, 'name', report)?.text ?? `step ${index + 1}`;
    if (steps.some((step) => step.name === name))
      complainAbout(
        report,
        fields.get('name') ?? node,
        'suite/twice',
        `a second step ${JSON.stringify(name)}`,
      );
    steps.push({ name, manifests, add, remove, at: locate(report, node.range?.[0] ?? 0) });
    const tags = readTags(fields, context.tags, report);
    const after = { ...context, tags, state: steps.length };
    expectations.push(...readExpectations(fields, after, report));
    traces.push(...readTraces(fields, after, report));
  }
  return { steps, expectations, traces };
}
