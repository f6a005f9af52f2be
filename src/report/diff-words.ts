/** Words that all reports of `diff` share. */
import type {
  ChangedBy,
  DiffDocument,
  DiffGroup,
  Places,
  SideAnswer,
} from '../analysis/diff/diff-document.ts';
import { formatCount } from '../output/quantity.ts';
import { visible } from '../output/visible.ts';
import { policyText, reasonText } from './decider-text.ts';
import { located, moreLines, type Style, type Terms, verdictPaint } from './style.ts';
import { wrapped } from './wrap.ts';

/** What a report is made of: the document, and whose words either set is told in. */
export interface ToldDiff {
  readonly document: DiffDocument;
  readonly terms: { readonly before: Terms; readonly after: Terms };
}

/** Names of a set of places that are shown. */
const NAMES_SHOWN = 6;

export const CHANGE_WORDS: Readonly<Record<DiffGroup['change'], string>> = {
  'newly-denied': 'newly denied',
  'newly-allowed': 'newly allowed',
  other: 'changed otherwise',
};

/** What changes in a group: `newly denied`, or `deny, now undetermined`. */
export function changeText({
  change,
  before,
  after,
}: Pick<DiffGroup, 'change' | 'before' | 'after'>): string {
  return change === 'other' ? `${before}, now ${after}` : CHANGE_WORDS[change];
}

/** The kinds of changes with the members of a document that count them, the grave first. */
export const CHANGE_KINDS = [
  { change: 'newly-denied', key: 'newly_denied' },
  { change: 'newly-allowed', key: 'newly_allowed' },
  { change: 'other', key: 'other' },
] as const;

/** What one set says of an example: `before ingress: rule 0 of NetworkPolicy shop/db  policies.yaml:4`. */
export function sideLine(
  label: 'before' | 'after',
  { verdict, reason, decider }: SideAnswer,
  { terms }: ToldDiff,
  style: Style,
  { withVerdict }: { readonly withVerdict: boolean },
): string {
  const { palette } = style;
  const words = reasonText(verdict, reason, decider, { terms: terms[label] });
  const told = withVerdict ? `${verdictPaint(palette, verdict)(verdict)}, ${words}` : words;
  return located(`      ${palette.dim(label.padEnd(6))} ${told}`, decider.location, style);
}

/** `namespace shop, ops/Deployment/probe and 3 more`. */
export function placesText({ names, omitted }: Places): string {
  const shown = names.slice(0, NAMES_SHOWN).map(visible).join(', ');
  const more = names.length - NAMES_SHOWN + omitted;
  return more > 0 ? `${shown} and ${formatCount(more)} more` : shown;
}

const STATUS_WORDS: Readonly<Record<ChangedBy['status'], string>> = {
  added: 'added',
  removed: 'removed',
  changed: 'changed',
  same: 'itself unchanged',
  none: '',
};

/** Who makes a difference: `NetworkPolicy shop/db (changed)`, or `the knobs ipBlocks and hairpin`. */
export function byText({ by, knobs }: Pick<DiffGroup, 'by' | 'knobs'>): string {
  if (by.status !== 'none') return `${policyText(by)} (${STATUS_WORDS[by.status]})`;
  if (knobs === null || knobs.length === 0) return 'no policy';
  return `${knobs.length === 1 ? 'the knob' : 'the knobs'} ${knobs.join(' and ')}`;
}

/** What the knobs of a group do, where a CNI is not as most are: `kube-router: ping is accepted before any policy`. */
function knobWords({ knobs }: Pick<DiffGroup, 'knobs'>, { cni, before, after }: DiffDocument): string[] {
  return (cni?.knobs ?? [])
    .filter(({ knob }) => knobs?.includes(knob))
    .flatMap((one) => [
      { cni: before.cni, says: one.before.says },
      { cni: after.cni, says: one.after.says },
    ])
    .filter(({ says }) => says !== '')
    .map(({ cni: name, says }) => `${visible(name)}: ${visible(says)}`);
}

/** The same below the heading of a group. */
export function knobLines(
  group: Pick<DiffGroup, 'knobs'>,
  { document }: ToldDiff,
  { palette, columns }: Style,
): string[] {
  return knobWords(group, document).flatMap((text) => wrapped(text, '  ', columns).map(palette.dim));
}

/** Behind the groups that are shown: how many more there are, and an empty line. */
export function moreGroups(count: number, style: Style): string[] {
  const lines = moreLines(count, 'group of changes', style, { plural: 'groups of changes', indent: '' });
  return lines.length === 0 ? [] : [...lines, ''];
}
