/** What a recommendation comes to, for who reads it before applying it: policies, flows, what was left out and why. */
import type {
  FlowSums,
  LeftOut,
  LeftOutWhy,
  RecommendDocument,
} from '../analysis/recommend/recommend-document.ts';
import { countOf, formatCount } from '../output/quantity.ts';
import { visible } from '../output/visible.ts';
import { heading, located, moreLines, type Style, warningLines } from './style.ts';

const WHY_WORDS: Readonly<Record<LeftOutWhy, string>> = {
  'denied-by-policy': 'denied by the manifests as they are; --include-denied opens them',
  'denied-by-log': 'denied by the word of the trace; --include-denied opens them',
  'refused-anyway': 'refused whatever such policies say',
  'not-nameable': 'no such policy can name it',
  'unknown-address': 'an address of a range of the cluster that nothing in the manifests has',
  'no-address': 'the trace names no pods and no addresses there',
  'missing-field': 'the trace does not tell the port',
  'no-connection': 'packets that open no connection',
};
const FLOWS_SHOWN = 3;
const REPLACED_SHOWN = 8;

const sums = ({ flows, connections, packets }: FlowSums): string =>
  `${countOf(flows, 'flow')}, ${countOf(connections, 'connection')}, ${countOf(packets, 'packet')}`;

function leftOutLines(group: LeftOut, style: Style): string[] {
  const { palette } = style;
  const { why, flows_listed: flows, omitted } = group;
  const more = flows.length - FLOWS_SHOWN + omitted;
  return [
    `  ${palette.yellow(WHY_WORDS[why])}  ${palette.dim(sums(group))}`,
    ...flows
      .slice(0, FLOWS_SHOWN)
      .flatMap(({ flow, detail, first }) => [
        `    ${visible(flow)}${first === null ? '' : palette.dim(`  record ${formatCount(first.record)}`)}`,
        ...(detail === '' ? [] : [palette.dim(`      ${visible(detail)}`)]),
      ]),
    ...moreLines(more, 'flow', style, { indent: '    ' }),
  ];
}

function replacedLines({ replaces }: RecommendDocument, style: Style): string[] {
  if (replaces.length === 0) return [];
  const { palette } = style;
  const more = replaces.length - REPLACED_SHOWN;
  return [
    heading(palette, 'In the place of these: what they allow is allowed as long as they are there'),
    ...replaces.slice(0, REPLACED_SHOWN).map(({ kind, namespace, policy, location, alone }) => {
      const open =
        alone === 0
          ? ''
          : palette.yellow(`  ${countOf(alone, 'pod')} without a flow would be open without it`);
      return `${located(`  ${visible(`${kind} ${namespace}/${policy}`)}`, location, style)}${open}`;
    }),
    ...moreLines(more, 'policy', style, { plural: 'policies' }),
    '',
  ];
}

/** The summary beside the policies. */
export function recommendText(document: RecommendDocument, style: Style): string {
  const { palette } = style;
  const { policies, flows, left_out: leftOut, checked, notes, omitted, skipped } = document;
  const rules = policies.reduce((total, policy) => total + policy.rules.length, 0);
  const skips = skipped.map(({ reason, packets }) => `${countOf(packets, 'packet')} ${reason}`).join(', ');
  const lines = [
    ...warningLines(document.warnings, style),
    heading(
      palette,
      `${countOf(policies.length, 'policy', 'policies')} with ${countOf(rules, 'rule')} for ${sums(flows.recommended)}`,
    ),
    checked.denied === 0
      ? palette.green('  read back and judged: they allow all of them')
      : palette.red(`  read back and judged: ${countOf(checked.denied, 'flow')} not allowed; this is a bug`),
    `  no rule needed: ${sums(flows.no_rule_needed)}`,
    ...(flows.elsewhere.flows === 0 ? [] : [`  in other namespaces: ${sums(flows.elsewhere)}`]),
    ...(skips === '' ? [] : [palette.dim(`  nothing to judge: ${skips}`)]),
    ...(omitted === 0
      ? []
      : [
          palette.red(
            `  ${countOf(omitted, 'flow')} did not fit into the tally: nothing is recommended for ${omitted === 1 ? 'it' : 'them'}`,
          ),
        ]),
    '',
    ...(leftOut.length === 0
      ? []
      : [
          heading(palette, `Nothing is opened for ${sums(flows.left_out)}`),
          ...leftOut.flatMap((group) => leftOutLines(group, style)),
          '',
        ]),
    ...replacedLines(document, style),
    ...notes.map((note) => `${palette.bold('note:')} ${visible(note)}`),
    ...document.assumptions.map((text) => palette.dim(`assumed: ${visible(text)}`)),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}
