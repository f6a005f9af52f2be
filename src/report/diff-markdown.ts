/** The report of `diff` as Markdown, fit for a comment on a pull request: one table, the rest folded away. */
import type {
  DiffDocument,
  DiffGroup,
  DiffRegion,
  SideAnswer,
  TraceDiff,
} from '../analysis/diff/diff-document.ts';
import { countOf } from '../output/quantity.ts';
import { visible } from '../output/visible.ts';
import { reasonText } from './decider-text.ts';
import { proofText } from './diff-text.ts';
import { byText, CHANGE_KINDS, CHANGE_WORDS, changeText, placesText, type ToldDiff } from './diff-words.ts';

/** Rows of the table, and regions with their deciders. */
const ROWS = 40;
const DETAILS = 20;

const SIGNS: Readonly<Record<DiffGroup['change'], string>> = {
  'newly-denied': '🔴',
  'newly-allowed': '🟢',
  other: '🟡',
};

/** Text that no Markdown, HTML or table cell takes for its own. */
function plain(text: string): string {
  return visible(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\\`*_{}[\]()#+!|~@]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** Code, whatever it holds: in a table a bar would end the cell. */
function code(text: string): string {
  return `<code>${plain(text)}</code>`;
}

function row(group: DiffGroup, region: DiffRegion): string {
  const { from, to, ports, between } = region;
  const where = between === '' ? '' : `, ${between}`;
  const cells = [
    `${SIGNS[group.change]} ${plain(changeText(group))}`,
    plain(placesText(from)),
    plain(placesText(to)),
    plain(`${ports}${where}`),
    plain(byText(group)),
  ];
  return `| ${cells.join(' | ')} |`;
}

function sideLine(
  label: 'before' | 'after',
  { verdict, reason, decider }: SideAnswer,
  { terms }: ToldDiff,
): string {
  const place = decider.location === '' ? '' : ` ${code(decider.location)}`;
  const words = reasonText(verdict, reason, decider, { terms: terms[label] });
  return `  - ${label}: **${verdict}**, ${plain(words)}${place}`;
}

/** A flow with what either set says. */
type Exampled = Pick<DiffRegion, 'before' | 'after'> & { readonly flow: string };

function detail({ flow, before, after }: Exampled, told: ToldDiff): string[] {
  return [`- ${code(flow)}`, sideLine('before', before, told), sideLine('after', after, told)];
}

function headline({ all_packets: all, trace, before, after, differs }: DiffDocument): string {
  const cnis = before.cni === after.cni ? '' : `, from ${plain(before.cni)} to ${plain(after.cni)}`;
  const where = trace === null ? '' : ` of ${trace.traces.map(({ path }) => plain(path)).join(', ')}`;
  if (!differs) return `### Network policies: no packet${where} changes${cnis}`;
  const counts = CHANGE_KINDS.flatMap(({ change, key }) => {
    const count = all === null ? (trace?.[key].flows ?? 0) : all.regions[key];
    const noun = all === null ? 'connection' : 'region';
    return count === 0 ? [] : [`${countOf(count, noun)} ${CHANGE_WORDS[change]}`];
  });
  return `### Network policies: ${counts.join(', ')}${where}${cnis}`;
}

/** A row for each group of flows of the traces. */
function traceRows(trace: TraceDiff): string[] {
  if (trace.groups.length === 0) return [];
  const rows = trace.groups.slice(0, ROWS).map((group) => {
    const { change, packets, flows, clients, flows_listed: listed } = group;
    const cells = [
      `${SIGNS[change]} ${plain(changeText(group))}`,
      String(packets),
      String(flows),
      String(clients),
      code(listed[0]!.flow),
      plain(byText(group)),
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return ['| | packets | connections | clients | heaviest flow | by |', '|---|--:|--:|--:|---|---|', ...rows];
}

/** What knobs of two CNIs say, where they matter. */
function knobTable({ cni, before, after, trace }: DiffDocument): string[] {
  const matter = (cni?.knobs ?? []).filter(({ opens, closes, other }) => opens + closes + other > 0);
  if (matter.length === 0) return [];
  const amounts = trace === null ? 'regions' : 'connections';
  const rows = matter.map(({ knob, opens, closes, ...sides }) => {
    const said = [sides.before, sides.after].map(({ says, source }) =>
      says === '' ? 'as most do' : `${plain(says)}<br><sub>${plain(source)}</sub>`,
    );
    return `| ${code(knob)} | ${opens} | ${closes} | ${said.join(' | ')} |`;
  });
  return [
    '',
    `| knob | opens ${amounts} | closes ${amounts} | ${plain(before.cni)} | ${plain(after.cni)} |`,
    '|---|--:|--:|---|---|',
    ...rows,
  ];
}

/** The whole document, newline at the end. */
export function diffMarkdown(told: ToldDiff): string {
  const { document } = told;
  const { all_packets: all, trace, warnings, assumptions } = document;
  const examples: readonly Exampled[] = [
    ...(all?.groups ?? []).flatMap((group) =>
      group.regions.map((region) => ({ ...region, flow: region.example.flow })),
    ),
    ...(trace?.groups ?? []).flatMap(({ flows_listed: [first] }) => (first === undefined ? [] : [first])),
  ];
  const regions = (all?.groups ?? []).flatMap((group) => group.regions.map((region) => ({ group, region })));
  const hidden =
    (all?.groups ?? []).reduce((sum, { omitted }) => sum + omitted, 0) + Math.max(0, regions.length - ROWS);
  const lines = [
    headline(document),
    '',
    ...warnings.map((text) => `> ⚠️ ${plain(text)}`),
    ...(warnings.length > 0 ? [''] : []),
    ...(regions.length === 0
      ? []
      : [
          '| | from | to | packets | by |',
          '|---|---|---|---|---|',
          ...regions.slice(0, ROWS).map(({ group, region }) => row(group, region)),
        ]),
    ...(trace === null ? [] : traceRows(trace)),
    ...(hidden > 0 ? ['', `and ${countOf(hidden, 'more region')}`] : []),
    ...knobTable(document),
    ...(examples.length === 0
      ? []
      : [
          '',
          '<details><summary>An example of each, and who decides</summary>',
          '',
          ...examples.slice(0, DETAILS).flatMap((one) => detail(one, told)),
          '',
          '</details>',
        ]),
    '',
    ...(all === null ? [] : [`<sub>Compared ${plain(proofText(all))}.</sub>`]),
    ...assumptions.map((text) => `<sub>Assumed: ${plain(text)}.</sub>`),
  ];
  return `${lines.join('\n')}\n`;
}
