/** A failed expectation about a trace in full: how many there were, and the flows that speak against it with their explanations. */
import type { TestedTrace, TracedCounts, TracedFlow } from '../analysis/test/test-document.ts';
import { countOf, formatBytes } from '../output/quantity.ts';
import { visible } from '../output/visible.ts';
import { placeText, reasonText } from './decider-text.ts';
import { type Style, verdictPaint } from './style.ts';
import type { FailureLayout } from './test-cases.ts';
import { type SuiteWords, whyTraced } from './test-commands.ts';
import { LABEL_WIDTH, labelled, placed, walkLines } from './test-failure.ts';

const INDENT = ' '.repeat(LABEL_WIDTH);

/** `2 flows, 8 connections, 112 packets, 8.2 kB`. */
function countsText({ flows, connections, packets, bytes }: TracedCounts): string {
  return [
    countOf(flows, 'flow'),
    countOf(connections, 'connection'),
    countOf(packets, 'packet'),
    formatBytes(bytes),
  ].join(', ');
}

/** The flow, who decided and where, and the walk. */
function flowLines(flow: TracedFlow, indent: number, style: Style): string[] {
  const { palette, terms } = style;
  const { verdict, reason, decider, open, packets, connections } = flow;
  const counts = `${countOf(packets, 'packet')} of ${countOf(connections, 'connection')}`;
  const decided = `  ${reasonText(verdict, reason, decider, { open, terms })}`;
  const walk = walkLines(flow.walk ?? [], indent + LABEL_WIDTH + 2, style);
  return [
    `${verdictPaint(palette, verdict)(verdict)} ${visible(flow.flow)}  ${palette.dim(counts)}`,
    ...placed(decided, placeText(decider, open), indent + LABEL_WIDTH, style, '  '),
    ...walk.map((line) => `  ${line}`),
  ];
}

/** The lines under the title of a failure. */
export function tracedLines(
  result: TestedTrace,
  words: SuiteWords,
  style: Style,
  { indent, withCommand }: FailureLayout,
): string[] {
  const { palette } = style;
  const { flows, omitted, missing, uncertain } = result;
  const against = flows.flatMap((flow) => flowLines(flow, indent, style));
  const more = omitted === 0 ? [] : [palette.dim(`and ${countOf(omitted, 'more flow')}`)];
  const why = withCommand ? whyTraced(result, words, style) : '';
  return [
    labelled('expected', `at ${palette.cyan(visible(result.location))}`),
    labelled('found', countsText(result.counted)),
    ...(uncertain.flows === 0 ? [] : [labelled('maybe', `${countsText(uncertain)} more`)]),
    ...(/^found [^;]*$/.test(result.difference) ? [] : [labelled('differs', visible(result.difference))]),
    ...missing.map((flow) => labelled('missing', visible(flow))),
    ...[...against, ...more].map((line, index) =>
      index === 0 ? labelled('flows', line) : `${INDENT}${line}`,
    ),
    ...(why === '' ? [] : [labelled('why', why)]),
  ];
}
