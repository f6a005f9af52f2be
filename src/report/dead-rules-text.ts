/** Rules that no packet of a replay met, and what its text report says of them. */
import type { ReplayDocument, RuleCount } from '../analysis/replay/replay-document.ts';
import { visible } from '../output/visible.ts';
import { policyText } from './decider-text.ts';
import { heading, moreLines, type Style } from './style.ts';
import { placedRows } from './table.ts';

/** Rules shown in full; the document holds all. */
const RULES_SHOWN = 15;

/** A rule that no packet met, and of one that others of its expansions met what sets it apart: '' for all of a rule. */
export interface DeadRule {
  readonly rule: RuleCount;
  readonly part: string;
}

/**
 * Rules that no packet met, one line a manifest rule: its expansions stand together unless some of them matched. Expansions that stand
 * at one place in the same words are one thing to whoever wrote it, and met where one of them was.
 */
export function deadRules(rules: readonly RuleCount[]): DeadRule[] {
  const groups = new Map<string, RuleCount[]>();
  for (const rule of rules) {
    if (rule.rule === -1) continue;
    // Two APIs have a kind NetworkPolicy: Calico's name of a rule tells them apart.
    const { direction, kind, namespace, policy, rule: index, calico } = rule;
    const key = [direction, kind, calico.split('|')[2], namespace, policy, index].join('|');
    groups.set(key, [...(groups.get(key) ?? []), rule]);
  }
  return [...groups.values()].flatMap((group): DeadRule[] => {
    const isDead = ({ packets, flows }: RuleCount): boolean => packets === 0 && flows === 0;
    if (group.every(isDead)) return [{ rule: group[0]!, part: '' }];
    const written = ({ match, location }: RuleCount): string => `${match}|${location}`;
    const told = new Set(group.filter((rule) => !isDead(rule)).map(written));
    const isOnePort = new Set(group.map(({ match }) => match)).size === 1;
    return group.flatMap((rule) => {
      if (told.has(written(rule))) return [];
      told.add(written(rule));
      return [{ rule, part: isOnePort ? 'one of its peers' : rule.match }];
    });
  });
}

/** The section; empty where every rule was met. */
export function deadRuleSection(document: ReplayDocument, style: Style): string[] {
  const dead = deadRules(document.rules);
  if (dead.length === 0) return [];
  const { palette, columns } = style;
  const shown = dead.slice(0, RULES_SHOWN);
  const rows = shown.map(({ rule, part }) => [
    policyText(rule),
    `${rule.direction} rule ${rule.rule}${part === '' ? '' : `, ${part}`}${rule.snapshots === null ? '' : ', not in every snapshot'}`,
    palette.cyan(visible(rule.location)),
  ]);
  const lines = placedRows(rows, { columns, align: 'lll', indent: 2 });
  const more = dead.length - shown.length;
  return [heading(palette, 'Rules that matched nothing'), ...lines, ...moreLines(more, 'rule', style), ''];
}
