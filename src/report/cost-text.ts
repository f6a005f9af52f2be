/** What a policy set costs on CNIs, in text: one of them with the parts of each figure, or all side by side. */
import type { CostDocument, CostFigure, CostLimit } from '../analysis/cost/cost-document.ts';
import { countOf, formatCount } from '../output/quantity.ts';
import { visible } from '../output/visible.ts';
import { alignedLines } from './aligned-lines.ts';
import { heading, type Style } from './style.ts';
import { formatTable } from './table.ts';

/** `0.28%`; what is far below tells no more digits than that. */
export function shareText(share: number): string {
  const percent = share * 100;
  if (percent === 0) return '0%';
  if (percent < 0.01) return '<0.01%';
  return `${percent < 10 ? percent.toPrecision(2) : formatCount(percent)}%`;
}

/** `policy map of a pod: 8 of 16,384 entries (0.049%), shop/web-0`. */
function limitText({ limit, unit, used, most, share, where }: CostLimit): string {
  return `${limit}: ${formatCount(used)} of ${formatCount(most)} ${unit} (${shareText(share)})${where === '' ? '' : `, ${visible(where)}`}`;
}

function figureRows(
  { unit, largest, median, total, families, parts }: CostFigure,
  nodes: number,
): string[][] {
  const row = (name: string, values: readonly (number | null)[]): string[] => [
    `  ${name}`,
    ...values.map((value) => (value === null ? '' : formatCount(value))),
  ];
  const spread = (one: Pick<CostFigure, 'largest' | 'median' | 'total'>): (number | null)[] =>
    nodes > 1 ? [one.largest, one.median, one.total] : [one.largest];
  const shown = parts.filter((part) => part.largest > 0 || (part.total ?? 0) > 0);
  return [
    row(unit, spread({ largest, median, total })),
    ...(families.length < 2
      ? []
      : families.map((one) => row(`  ${one.family === 'ipv4' ? 'IPv4' : 'IPv6'}`, spread(one)))),
    ...(shown.length < 2
      ? []
      : shown.map((part) =>
          row(`  ${part.part}`, nodes > 1 ? [part.largest, null, part.total] : [part.largest]),
        )),
  ];
}

/** The section of one CNI. */
export function costLines(cost: CostDocument, style: Style): string[] {
  const { palette } = style;
  const title = `${heading(palette, `What it costs on ${cost.cni}`)} ${palette.dim(`counted by its formula, ${countOf(cost.nodes, 'node')}`)}`;
  if (cost.figures.length === 0) return [title, '  nothing: it enforces no policy', ''];
  const head = cost.nodes > 1 ? ['largest node', 'median node', 'all nodes'] : ['on the node'];
  const rows = cost.figures.flatMap((figure) => figureRows(figure, cost.nodes));
  const [first] = cost.limits;
  return [
    title,
    ...alignedLines([['', ...head.map(palette.dim)], ...rows]),
    ...(first === undefined ? [] : [`  first limit: ${limitText(first)}`]),
    ...(cost.nodes > 0 && cost.figures.some((figure) => figure.largest_node === '')
      ? [palette.dim('  pods whose node is not known are taken to stand on one')]
      : []),
    ...cost.not_counted.map((text) => palette.dim(`  not counted: ${text}`)),
    '',
  ];
}

const figureNamed = ({ figures }: CostDocument, name: string): CostFigure | undefined =>
  figures.find(({ figure }) => figure === name);

/** All CNIs side by side, a line each. */
export function costTable(costs: readonly CostDocument[], style: Style): string[] {
  const { palette, columns } = style;
  const cell = (value: number | null | undefined): string =>
    value === null || value === undefined ? '' : formatCount(value);
  const rows = costs.map((cost) => {
    const [main] = cost.figures;
    const [first] = cost.limits;
    return [
      cost.cni,
      cell(main?.largest),
      cell(main?.total),
      main?.unit ?? 'nothing',
      cell(figureNamed(cost, 'sets')?.largest),
      cell(figureNamed(cost, 'members')?.largest),
      first === undefined ? '' : `${first.limit} ${shareText(first.share)}`,
    ];
  });
  return [
    `${heading(palette, 'What it costs on each CNI')} ${palette.dim('on the node with the most, and on all')}`,
    formatTable(
      [['', 'largest node', 'all nodes', '', 'sets', 'members', 'first limit'].map(palette.dim), ...rows],
      // A table that is broken reads worse than one that is too wide.
      { columns: Math.max(columns, 120), align: 'lrrlrrl', indent: 2 },
    ),
    '',
  ];
}
