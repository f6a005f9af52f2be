/**
 * The fewest terms of a label selector that take all of some label sets and none of others. Labels with the usual names of
 * applications come first, then other labels, then those that change with a release, then expressions.
 */
import type { LabelSelector, LabelSelectorRequirement } from '../policy/api/network-policy.ts';
import type { Labels } from '../policy/cluster.ts';
import { compareBytes, sortedSet } from '../selector/byte-order.ts';

/** Labels that a release of the application changes. */
const OF_ONE_RELEASE =
  /(?:^|\/)(?:version|chart|heritage|managed-by|revision|release|rollouts-pod-template-hash|config-hash|checksum)$/;

/** What applications are usually called by, the likeliest first. */
const USUAL = [
  'app.kubernetes.io/name',
  'app',
  'k8s-app',
  'app.kubernetes.io/instance',
  'app.kubernetes.io/component',
  'name',
  'component',
  'role',
  'tier',
];

/** More values than these are no description of a workload. */
const MOST_VALUES = 16;

/** Something that may stand in a selector and takes all pods of the workload. */
interface Term {
  readonly requirement: LabelSelectorRequirement;
  /** Stands in matchLabels. */
  readonly isLabel: boolean;
  readonly takes: (labels: Labels) => boolean;
}

const labelValue = (labels: Labels, key: string): string | undefined =>
  Object.hasOwn(labels, key) ? labels[key] : undefined;

function labelTerm(key: string, value: string): Term {
  return {
    requirement: { key, operator: 'In', values: [value] },
    isLabel: true,
    takes: (labels) => labelValue(labels, key) === value,
  };
}

function expressionTerm(
  key: string,
  operator: LabelSelectorRequirement['operator'],
  values: readonly string[] = [],
): Term {
  const isWanted = (value: string | undefined): boolean => {
    if (operator === 'DoesNotExist') return value === undefined;
    const isListed = value !== undefined && values.includes(value);
    return operator === 'In' ? isListed : !isListed;
  };
  return {
    requirement: { key, operator, values },
    isLabel: false,
    takes: (labels) => isWanted(labelValue(labels, key)),
  };
}

function rankOf(key: string): number {
  const usual = USUAL.indexOf(key);
  return usual === -1 ? USUAL.length : usual;
}

function byRank({ requirement: a }: Term, { requirement: b }: Term): number {
  return rankOf(a.key) - rankOf(b.key) || compareBytes(a.key, b.key);
}

/** What may select the pods with labels `own`, in groups of which earlier ones are taken first. */
function termsFor(own: readonly Labels[], strangers: readonly Labels[]): Term[][] {
  const [steady, ofReleases, expressions]: [Term[], Term[], Term[]] = [[], [], []];
  const keys = sortedSet([...own, ...strangers].flatMap((labels) => Object.keys(labels)));
  for (const key of keys) {
    const found = own.map((labels) => labelValue(labels, key));
    const values = sortedSet(found.filter((value) => value !== undefined));
    const isEverywhere = !found.includes(undefined);
    if (isEverywhere && values.length === 1)
      (OF_ONE_RELEASE.test(key) ? ofReleases : steady).push(labelTerm(key, values[0]!));
    else if (isEverywhere && values.length <= MOST_VALUES)
      expressions.push(expressionTerm(key, 'In', values));
    else if (values.length === 0) expressions.push(expressionTerm(key, 'DoesNotExist'));
    else {
      const others = sortedSet(
        strangers
          .flatMap((labels) => labelValue(labels, key) ?? [])
          .filter((value) => !values.includes(value)),
      );
      if (others.length > 0 && others.length <= MOST_VALUES)
        expressions.push(expressionTerm(key, 'NotIn', others));
    }
  }
  return [steady.sort(byRank), ofReleases.sort(byRank), expressions.sort(byRank)];
}

const takenBy = (terms: readonly Term[], labels: Labels): boolean =>
  terms.every(({ takes }) => takes(labels));

/** Terms that keep out as many strangers as all of the groups together do, none of them in vain. */
function fewestTerms(groups: readonly (readonly Term[])[], strangers: readonly Labels[]): Term[] {
  const chosen: Term[] = [];
  let rest = strangers;
  for (const group of groups) {
    const alone = chosen.length === 0 ? group.find(({ takes }) => !rest.some(takes)) : undefined;
    if (alone !== undefined) return [alone];
    while (rest.length > 0) {
      let best: { readonly term: Term; readonly left: readonly Labels[] } | undefined;
      for (const term of group) {
        const left = rest.filter(term.takes);
        if (left.length < (best?.left ?? rest).length) best = { term, left };
      }
      if (best === undefined) break;
      chosen.push(best.term);
      rest = best.left;
    }
  }
  // Who reads it looks for a label, even where expressions would do.
  const named = chosen.some(({ isLabel }) => isLabel) ? undefined : groups[0]![0];
  if (named !== undefined) chosen.unshift(named);
  for (const term of [...chosen].reverse()) {
    const without = chosen.filter((one) => one !== term);
    const left = strangers.filter((labels) => takenBy(without, labels)).length;
    if (term !== named && left === rest.length) chosen.splice(chosen.indexOf(term), 1);
  }
  return chosen;
}

function selectorOf(terms: readonly Term[]): LabelSelector {
  const ordered = [...terms].sort(byRank);
  return {
    matchLabels: Object.fromEntries(
      ordered
        .filter(({ isLabel }) => isLabel)
        .map(({ requirement: { key, values } }) => [key, values[0]!] as const),
    ),
    matchExpressions: ordered.filter(({ isLabel }) => !isLabel).map(({ requirement }) => requirement),
  };
}

/** The selector that takes all of `own` and as few of `strangers` as labels can tell, and whether it takes a label set. */
export function fewestLabels(
  own: readonly Labels[],
  strangers: readonly Labels[],
): { readonly selector: LabelSelector; readonly takes: (labels: Labels) => boolean } {
  const [ours, theirs] = [distinctLabels(own), distinctLabels(strangers)];
  const chosen = fewestTerms(termsFor(ours, theirs), theirs);
  return { selector: selectorOf(chosen), takes: (labels) => takenBy(chosen, labels) };
}

function distinctLabels(all: readonly Labels[]): Labels[] {
  const textOf = (labels: Labels): string => JSON.stringify(Object.entries(labels).sort());
  return [...new Map(all.map((labels) => [textOf(labels), labels])).values()];
}
