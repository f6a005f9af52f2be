/**
 * What a pod must be so that a selector takes it: its labels, its namespace's, its service account's. Selectors see all of them as one set of
 * labels; here they are taken apart again.
 */
import { replaceLeaves } from '../../selector/leaves.ts';
import { selectorMatches } from '../../selector/match.ts';
import type { Selector } from '../../selector/selector.ts';
import type { Labels } from '../cluster.ts';
import {
  NAME_LABEL,
  NAMESPACE_LABEL,
  NAMESPACE_PREFIX,
  ORCHESTRATOR,
  ORCHESTRATOR_LABEL,
  SERVICE_ACCOUNT_LABEL,
  SERVICE_ACCOUNT_PREFIX,
} from './label-selector.ts';

/** A pod that a selector takes. */
export interface PodWish {
  /** Absent: any, such as one that is not there yet. */
  readonly namespace?: string;
  readonly namespaceLabels: Labels;
  /** Absent: any. */
  readonly serviceAccount?: string;
  readonly accountLabels: Labels;
  readonly labels: Labels;
}

/** The label that every namespace has of its name. */
export const NAMESPACE_NAME = 'kubernetes.io/metadata.name';
/** A value that nobody asked for. */
const ANY = 'any';
/** Stands for every name that a wish leaves open: no label has it, nor a part of it. */
const OPEN = '~';
/** Ways that are tried; what needs more is given up. */
const TRIES = 256;

/** What is known of a label: its value, that it has one, that it has none; and the values that it has not. */
interface Want {
  readonly value?: string;
  readonly isPresent: boolean;
  readonly isAbsent: boolean;
  readonly not: readonly string[];
}

type Wants = ReadonlyMap<string, Want>;

const NOTHING: Want = { isPresent: false, isAbsent: false, not: [] };

/** Labels that say the same have one name. */
const ONE_NAME: Readonly<Record<string, string>> = {
  [NAMESPACE_PREFIX + NAME_LABEL]: NAMESPACE_LABEL,
  [NAMESPACE_PREFIX + NAMESPACE_NAME]: NAMESPACE_LABEL,
  [SERVICE_ACCOUNT_PREFIX + NAME_LABEL]: SERVICE_ACCOUNT_LABEL,
};

/** What every pod has. */
const POD: Wants = new Map([
  [ORCHESTRATOR_LABEL, { ...NOTHING, isPresent: true, value: ORCHESTRATOR }],
  [NAMESPACE_LABEL, { ...NOTHING, isPresent: true }],
  [SERVICE_ACCOUNT_LABEL, { ...NOTHING, isPresent: true }],
]);

/** The same wants with a label's value; none where that cannot be. */
function* having(wants: Wants, label: string, value: string): Generator<Wants> {
  const { isAbsent, not, value: known } = wants.get(label) ?? NOTHING;
  if (isAbsent || not.includes(value) || (known !== undefined && known !== value)) return;
  yield new Map(wants).set(label, { isPresent: true, isAbsent, not, value });
}

/** With the label, whatever its value. */
function* present(wants: Wants, label: string): Generator<Wants> {
  const want = wants.get(label) ?? NOTHING;
  if (!want.isAbsent) yield new Map(wants).set(label, { ...want, isPresent: true });
}

/** Without the label. */
function* absent(wants: Wants, label: string): Generator<Wants> {
  const want = wants.get(label) ?? NOTHING;
  if (!want.isPresent) yield new Map(wants).set(label, { ...want, isAbsent: true });
}

/** Without the label, or with none of the values. */
function* lacking(wants: Wants, label: string, values: readonly string[]): Generator<Wants> {
  const want = wants.get(label) ?? NOTHING;
  if (want.value !== undefined) {
    if (!values.includes(want.value)) yield wants;
    return;
  }
  if (!want.isPresent) yield new Map(wants).set(label, { ...want, isAbsent: true });
  if (!want.isAbsent)
    yield new Map(wants).set(label, { ...want, isPresent: true, not: [...want.not, ...values] });
}

type LabelLeaf = Extract<Selector, { readonly label: string }>;

/** What a leaf that is one text test of a value finds in a value; a missing label fails them all. */
function* partOf(
  wants: Wants,
  leaf: LabelLeaf & { readonly value: string },
  holds: boolean,
): Generator<Wants> {
  const { value } = wants.get(leaf.label) ?? NOTHING;
  if (value !== undefined) {
    if (selectorMatches(leaf, { [leaf.label]: value }) === holds) yield wants;
    return;
  }
  if (holds) yield* having(wants, leaf.label, leaf.value);
  else yield* lacking(wants, leaf.label, [ANY]);
}

/** What asks for a value says more than what asks for any, and that more than what asks for none. */
function precision(selector: Selector): number {
  if (selector.kind === 'equals' || selector.kind === 'in') return 0;
  if (selector.kind === 'has') return 2;
  return selector.kind === 'not' || selector.kind === 'not-equals' || selector.kind === 'not-in' ? 3 : 1;
}

function* all(wants: Wants, operands: readonly Selector[], holds: boolean): Generator<Wants> {
  const [first, ...rest] = operands;
  if (first === undefined) yield wants;
  else for (const found of ways(wants, first, holds)) yield* all(found, rest, holds);
}

function* some(wants: Wants, operands: readonly Selector[], holds: boolean): Generator<Wants> {
  for (const operand of operands) yield* ways(wants, operand, holds);
}

/** The ways in which a selector takes (or does not take) what has the labels. */
function* ways(wants: Wants, selector: Selector, holds: boolean): Generator<Wants> {
  switch (selector.kind) {
    case 'all':
    case 'global':
      if (holds) yield wants;
      return;
    case 'not':
      yield* ways(wants, selector.operand, !holds);
      return;
    case 'and':
    case 'or': {
      const sorted = [...selector.operands].sort((one, other) => precision(one) - precision(other));
      yield* (selector.kind === 'and') === holds ? all(wants, sorted, holds) : some(wants, sorted, holds);
      return;
    }
    case 'has':
      yield* holds ? present(wants, selector.label) : absent(wants, selector.label);
      return;
    case 'equals':
    case 'in':
    case 'not-equals':
    case 'not-in': {
      const values = 'values' in selector ? selector.values : [selector.value];
      const isPositive = (selector.kind === 'equals' || selector.kind === 'in') === holds;
      if (!isPositive) yield* lacking(wants, selector.label, values);
      else for (const value of values) yield* having(wants, selector.label, value);
      return;
    }
    default:
      yield* partOf(wants, selector, holds);
  }
}

/** A value that is none of those. */
function otherThan(not: readonly string[]): string {
  let value = ANY;
  while (not.includes(value)) value += '-other';
  return value;
}

/** All labels at once, as a selector sees them; a name that is left open is one that no test of a part can hold in. */
function labelsOf(wants: Wants): Record<string, string> {
  const present = [...wants].filter(([, { isPresent }]) => isPresent);
  return Object.fromEntries(
    present.map(([label, { value, not }]) => [label, value ?? (POD.has(label) ? OPEN : otherThan(not))]),
  );
}

function wishOf(wants: Wants): PodWish {
  const labels: Record<string, string> = {};
  const namespaceLabels: Record<string, string> = {};
  const accountLabels: Record<string, string> = {};
  const names: { namespace?: string; serviceAccount?: string } = {};
  for (const [label, { value, isPresent, not }] of wants) {
    if (label === NAMESPACE_LABEL && value !== undefined) names.namespace = value;
    else if (label === SERVICE_ACCOUNT_LABEL && value !== undefined) names.serviceAccount = value;
    if (!isPresent || POD.has(label)) continue;
    const found = value ?? otherThan(not);
    if (label.startsWith(NAMESPACE_PREFIX)) namespaceLabels[label.slice(NAMESPACE_PREFIX.length)] = found;
    else if (label.startsWith(SERVICE_ACCOUNT_PREFIX))
      accountLabels[label.slice(SERVICE_ACCOUNT_PREFIX.length)] = found;
    else labels[label] = found;
  }
  return { ...names, namespaceLabels, accountLabels, labels };
}

/** Pods that the selector takes, each in another way and the plainest first; none where it takes no pod. */
export function* podWishes(selector: Selector): Generator<PodWish> {
  const named = replaceLeaves(selector, (leaf) =>
    'label' in leaf ? { ...leaf, label: ONE_NAME[leaf.label] ?? leaf.label } : leaf,
  );
  let tries = 0;
  for (const wants of ways(POD, named, true)) {
    // Tests of a part of a value may ask for more than one value can be.
    if (selectorMatches(named, labelsOf(wants))) yield wishOf(wants);
    if (++tries === TRIES) return;
  }
}
