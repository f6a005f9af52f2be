/** The part of `matrix` about blocks of addresses outside the cluster, and about pods that do not exist yet. */
import type { Exposed, Exposure } from '../analysis/matrix/matrix-document.ts';
import { countOf, formatCount } from '../output/quantity.ts';
import { visible } from '../output/visible.ts';
import { portsText } from './matrix-words.ts';
import { heading, moreLines, type Style } from './style.ts';
import { wrapped } from './wrap.ts';

/** Lines of one list; the document holds more. */
const SHOWN = 200;
/** Blocks of one line. */
const NAMES_SHOWN = 6;

function peersText({ peers, peers_omitted: omitted, existing }: Exposed): string {
  const shown = peers.slice(0, NAMES_SHOWN).map(visible).join(', ');
  const more = peers.length - NAMES_SHOWN + omitted;
  if (existing > 0)
    return `${shown} (${countOf(existing, 'such pod')} ${existing === 1 ? 'exists' : 'exist'})`;
  return more > 0 ? `${shown} and ${formatCount(more)} more` : shown;
}

function listLines(list: readonly Exposed[], style: Style): string[] {
  const shown = list.slice(0, SHOWN);
  return shown.flatMap((one, index) => {
    const arrow = one.direction === 'from' ? '←' : '→';
    const lines = wrapped(`${peersText(one)}: ${visible(portsText(one))}`, '      ', style.columns);
    const name = one.party === shown[index - 1]?.party ? [] : [`  ${visible(one.party)}`];
    return [...name, `    ${arrow} ${lines[0]!.trimStart()}`, ...lines.slice(1)];
  });
}

function section(
  title: string,
  list: readonly Exposed[],
  omitted: number,
  nothing: string,
  style: Style,
): string[] {
  const more = Math.max(0, list.length - SHOWN) + omitted;
  return [
    heading(style.palette, title),
    ...(list.length === 0 ? [style.palette.dim(`  ${nothing}`)] : listLines(list, style)),
    ...moreLines(more, 'line', style),
    '',
  ];
}

/** Both lists, with what they leave out. */
export function exposureLines(exposure: Exposure, style: Style): string[] {
  const { outside, new_pods: newPods, conditions, conditions_omitted: omitted } = exposure;
  return [
    ...section(
      'Addresses outside the cluster',
      outside,
      exposure.outside_omitted,
      'none is reached, none reaches a pod',
      style,
    ),
    ...section(
      'Pods that do not exist yet',
      newPods,
      exposure.new_pods_omitted,
      'none would be reached, none would reach a pod',
      style,
    ),
    style.palette.dim(
      `${conditions === 0 ? 'rules name no pods by conditions, so one new pod stands for all' : `one pod for each of ${countOf(conditions, 'condition')} that rules have`}${omitted > 0 ? ` (${formatCount(omitted)} left out: no pod fulfils them)` : ''}; policies that would select it come on top`,
    ),
    '',
  ];
}
