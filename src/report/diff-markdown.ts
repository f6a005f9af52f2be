/** The report of `diff` as Markdown, fit for a comment on a pull request: one table, the rest folded away. */
import type { DiffDocument, DiffGroup, DiffRegion, SideAnswer } from '../analysis/diff-document.ts';
import { countOf } from '../output/quantity.ts';
import { visible } from '../output/visible.ts';
import { reasonText } from './decider-text.ts';
import { byText, CHANGE_WORDS, placesText, proofText } from './diff-text.ts';

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
  const { change, before, after } = group;
  const { from, to, ports, between } = region;
  const words = change === 'other' ? `${before}, now ${after}` : CHANGE_WORDS[change];
  const where = between === '' ? '' : `, ${between}`;
  const cells = [
    `${SIGNS[change]} ${plain(words)}`,
    plain(placesText(from)),
    plain(placesText(to)),
    plain(`${ports}${where}`),
    plain(byText(group)),
  ];
  return `| ${cells.join(' | ')} |`;
}

function sideLine(label: string, { verdict, reason, decider }: SideAnswer): string {
  const place = decider.location === '' ? '' : ` ${code(decider.location)}`;
  return `  - ${label}: **${verdict}**, ${plain(reasonText(verdict, reason, decider))}${place}`;
}

function detail({ example, before, after }: DiffRegion): string[] {
  return [`- ${code(example.flow)}`, sideLine('before', before), sideLine('after', after)];
}

function headline({ all_packets: all, before, after }: DiffDocument): string {
  const cnis = before.cni === after.cni ? '' : `: from ${plain(before.cni)} to ${plain(after.cni)}`;
  if (all === null || all.equivalent) return `### Network policies: no packet changes${cnis}`;
  const { newly_denied, newly_allowed, other } = all.regions;
  const counts = [
    ...(newly_denied > 0 ? [`${countOf(newly_denied, 'region')} newly denied`] : []),
    ...(newly_allowed > 0 ? [`${countOf(newly_allowed, 'region')} newly allowed`] : []),
    ...(other > 0 ? [`${countOf(other, 'region')} changed otherwise`] : []),
  ];
  return `### Network policies: ${counts.join(', ')}${cnis}`;
}

/** What knobs of two CNIs say, where they matter. */
function knobLines({ cni, before, after }: DiffDocument): string[] {
  const matter = (cni?.knobs ?? []).filter(({ opens, closes, other }) => opens + closes + other > 0);
  if (matter.length === 0) return [];
  const rows = matter.map(({ knob, opens, closes, ...sides }) => {
    const said = [sides.before, sides.after].map(({ says, source }) =>
      says === '' ? 'as most do' : `${plain(says)}<br><sub>${plain(source)}</sub>`,
    );
    return `| ${code(knob)} | ${opens} | ${closes} | ${said.join(' | ')} |`;
  });
  return [
    '',
    `| knob | opens | closes | ${plain(before.cni)} | ${plain(after.cni)} |`,
    '|---|--:|--:|---|---|',
    ...rows,
  ];
}

/** The whole document, newline at the end. */
export function diffMarkdown(document: DiffDocument): string {
  const { all_packets: all, warnings, assumptions } = document;
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
    ...(hidden > 0 ? ['', `and ${countOf(hidden, 'more region')}`] : []),
    ...knobLines(document),
    ...(regions.length === 0
      ? []
      : [
          '',
          '<details><summary>An example of each, and who decides</summary>',
          '',
          ...regions.slice(0, DETAILS).flatMap(({ region }) => detail(region)),
          '',
          '</details>',
        ]),
    '',
    ...(all === null ? [] : [`<sub>Compared ${plain(proofText(all))}.</sub>`]),
    ...assumptions.map((text) => `<sub>Assumed: ${plain(text)}.</sub>`),
  ];
  return `${lines.join('\n')}\n`;
}
