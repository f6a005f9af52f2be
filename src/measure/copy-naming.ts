/**
 * How one copy of a policy set is told from the others: every name and every value of a label gets a mark in front, in objects and in
 * what selectors ask for, so that the policies of a copy select the pods of that copy. The mark stands in front, since policies are
 * ordered by name: all of a copy keep their order.
 */
import type { Address } from '../net/address.ts';
import type { Cidr } from '../net/cidr.ts';
import type { LabelSelector } from '../policy/api/network-policy.ts';
import type { Labels } from '../policy/cluster.ts';
import { ORCHESTRATOR_LABEL } from '../policy/translate/label-selector.ts';
import type { Selector } from '../selector/selector.ts';

/** A label of every object, which tells the copies apart where no other label does. */
export const COPY_LABEL = 'dryplane.copy/number';

/** The name of the cluster, which is one for all copies. */
export const CILIUM_CLUSTER_LABEL = 'io.cilium.k8s.policy.cluster';

/** What becomes of the original's words and addresses in one copy. */
export interface Renaming {
  /** The value of COPY_LABEL. */
  readonly copy: string;
  /** Empty texts stay empty. */
  readonly name: (text: string) => string;
  readonly address: (address: Address) => Address;
  readonly cidr: (cidr: Cidr) => Cidr;
  /** Whether network sets of other copies may hold addresses of this one: their blocks may be as wide as they like. */
  readonly areSetsAround: boolean;
}

/** Marks are of a plane that no name and no label of Kubernetes can hold. */
const FIRST_MARK = 0xe000;
/** The original is the first copy: its names stay. */
export const COPIES_MAX = 6400;

/** The names of copy `copy` (0: the original). */
export function namingOf(copy: number): Renaming['name'] {
  if (copy === 0) return (text) => text;
  const mark = String.fromCharCode(FIRST_MARK + copy - 1);
  return (text) => (text === '' ? '' : mark + text);
}

/** Values with their marks; what says that something is a pod stays. */
export function renameValues({ name }: Renaming, labels: Labels): Labels {
  return Object.fromEntries(
    Object.entries(labels).map(([key, value]) => [key, key === ORCHESTRATOR_LABEL ? value : name(value)]),
  );
}

/** The labels of an object of the copy. */
export function copyLabels(renaming: Renaming, labels: Labels): Labels {
  return { ...renameValues(renaming, labels), [COPY_LABEL]: renaming.copy };
}

/** Built in, the same for everybody. */
const DEFAULT_PROFILE = 'projectcalico-default-allow';

/** `kns.<namespace>`, `ksa.<namespace>.<account>`, or a profile of its own. */
export function renameProfile({ name }: Renaming, profile: string): string {
  if (profile === DEFAULT_PROFILE) return profile;
  const [, kind, namespace = '', account] = /^(kns|ksa)\.([^.]*)(?:\.(.*))?$/s.exec(profile) ?? [];
  if (kind === undefined) return name(profile);
  return [kind, name(namespace), ...(account === undefined ? [] : [name(account)])].join('.');
}

/** The selector as the copy writes it. */
export function copySelector(renaming: Renaming, selector: Selector): Selector {
  const { name } = renaming;
  switch (selector.kind) {
    case 'all':
    case 'global':
    case 'has':
    // The end and the middle of a value are what they were.
    case 'contains':
    case 'ends-with':
      return selector;
    case 'not':
      return { ...selector, operand: copySelector(renaming, selector.operand) };
    case 'and':
    case 'or':
      return { ...selector, operands: selector.operands.map((operand) => copySelector(renaming, operand)) };
    case 'in':
    case 'not-in':
      return selector.label === ORCHESTRATOR_LABEL
        ? selector
        : { ...selector, values: selector.values.map(name) };
    case 'equals':
    case 'not-equals':
    case 'starts-with':
      return selector.label === ORCHESTRATOR_LABEL ? selector : { ...selector, value: name(selector.value) };
  }
}

/** A Kubernetes label selector as the copy writes it. */
export function copyLabelSelector(
  renaming: Renaming,
  { matchLabels, matchExpressions }: LabelSelector,
): LabelSelector {
  return {
    matchLabels: renameValues(renaming, matchLabels),
    matchExpressions: matchExpressions.map((one) =>
      one.key === ORCHESTRATOR_LABEL ? one : { ...one, values: one.values.map(renaming.name) },
    ),
  };
}

/** A label that all copies share has a value without a mark. */
const isMarked = (label: string, value: string): boolean =>
  label !== ORCHESTRATOR_LABEL && value !== '' && !label.endsWith(CILIUM_CLUSTER_LABEL);

/** Whether all that the selector takes carries a value with a mark, and so is of one copy. */
function isOfOneCopy(selector: Selector): boolean {
  switch (selector.kind) {
    case 'equals':
      return isMarked(selector.label, selector.value);
    case 'in':
      return selector.values.every((value) => isMarked(selector.label, value));
    case 'and':
      return selector.operands.some(isOfOneCopy);
    case 'or':
      return selector.operands.every(isOfOneCopy);
    default:
      return false;
  }
}

/**
 * A selector that takes things of the copy only; `selector` is of the copy already. An `all()` that is written stays: beside selectors
 * for namespaces and service accounts it takes pods only.
 */
export function withinCopy({ copy }: Renaming, selector: Selector | undefined): Selector {
  const own: Selector = { kind: 'equals', label: COPY_LABEL, value: copy };
  if (selector === undefined) return own;
  if (isOfOneCopy(selector)) return selector;
  return { kind: 'and', operands: [own, selector] };
}

/** The same of a Kubernetes label selector. */
export function withinCopyLabels({ copy }: Renaming, selector: LabelSelector): LabelSelector {
  const { matchLabels, matchExpressions } = selector;
  const isOwn =
    Object.entries(matchLabels).some(([key, value]) => isMarked(key, value)) ||
    matchExpressions.some(
      ({ key, operator, values }) =>
        operator === 'In' && values.length > 0 && values.every((value) => isMarked(key, value)),
    );
  return isOwn ? selector : { ...selector, matchLabels: { ...matchLabels, [COPY_LABEL]: copy } };
}
