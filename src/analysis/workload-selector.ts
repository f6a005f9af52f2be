/**
 * How a workload is selected by labels: the fewest that take its pods and no other pod of the namespace. Labels that change from
 * pod to pod or from release to release are left alone, the usual names of applications come first; where no labels tell
 * two workloads apart, expressions do, and what they cannot tell apart either is said.
 */

import { isIdentityLabel } from '../policy/addresses/effective-labels.ts';
import { isFinished } from '../policy/addresses/pod-phase.ts';
import type { LabelSelector, LabelSelectorRequirement } from '../policy/api/network-policy.ts';
import type { Cluster, Labels, Pod, Workload } from '../policy/cluster.ts';
import type { CniProfile } from '../policy/cni/profile.ts';
import { NAMESPACE_PREFIX, SERVICE_ACCOUNT_PREFIX } from '../policy/translate/label-selector.ts';
import { compareBytes, sortedSet } from '../selector/byte-order.ts';

export interface WorkloadSelector {
  readonly namespace: string;
  readonly workload: Workload;
  /** Its pods that have policy of their own, in the order of the cluster. */
  readonly pods: readonly Pod[];
  /** Of pods in the namespace. Without any term it takes all of them: the workload's pods have no labels, and nobody else is there. */
  readonly selector: LabelSelector;
  /** Pods of other workloads of the namespace that it takes too: no label tells them apart. */
  readonly others: readonly Pod[];
}

/** The label that every namespace has, with its name. */
export const NAMESPACE_NAME = 'kubernetes.io/metadata.name';

/** The one namespace, wherever the policy stands. */
export function namespaceByName(name: string): LabelSelector {
  return { matchLabels: { [NAMESPACE_NAME]: name }, matchExpressions: [] };
}

/** Labels that controllers give pods beyond their template, or that change with it. */
const OF_ONE_POD =
  /^(?:pod-template-hash|controller-revision-hash|pod-template-generation|controller-uid|statefulset\.kubernetes\.io\/pod-name|apps\.kubernetes\.io\/pod-index|batch\.kubernetes\.io\/(?:job-completion-index|controller-uid))$/;
const OF_ONE_JOB = /^(?:job-name|batch\.kubernetes\.io\/job-name)$/;
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

/** Pods whose labels policy looks at. */
const isSelectable = (pod: Pod): boolean => !pod.hostNetwork && !isFinished(pod);

/** Whether the Job is one of a CronJob that is not known. */
const isOneOfMany = ({ kind, name }: Workload): boolean =>
  kind === 'CronJob' || (kind === 'Job' && /-\d{8,}$/.test(name));

/** The labels of a pod that may stand in a policy. */
function steadyLabels({ labels, workload }: Pod, podLabels: CniProfile['podLabels']): Labels {
  const isSteady = (key: string): boolean =>
    !OF_ONE_POD.test(key) &&
    !(OF_ONE_JOB.test(key) && isOneOfMany(workload)) &&
    !key.startsWith(NAMESPACE_PREFIX) &&
    !key.startsWith(SERVICE_ACCOUNT_PREFIX) &&
    (podLabels === 'all' || isIdentityLabel(key));
  return Object.fromEntries(Object.entries(labels).filter(([key]) => isSteady(key)));
}

const keyOf = ({ namespace, workload: { kind, name } }: Pod): string => `${namespace}/${kind}/${name}`;

/**
 * Finds the selector of a pod's workload, for a CNI that sees the labels of `podLabels`. Each workload is looked at once. Undefined for
 * pods without policy of their own: of the host's network, or finished.
 */
export function workloadSelectors(
  cluster: Cluster,
  { podLabels }: Pick<CniProfile, 'podLabels'>,
): (pod: Pod) => WorkloadSelector | undefined {
  const labelsOf = new Map<Pod, Labels>();
  const byNamespace = new Map<string, Pod[]>();
  for (const pod of cluster.pods) {
    if (!isSelectable(pod)) continue;
    labelsOf.set(pod, steadyLabels(pod, podLabels));
    const found = byNamespace.get(pod.namespace);
    if (found === undefined) byNamespace.set(pod.namespace, [pod]);
    else found.push(pod);
  }
  const known = new Map<string, WorkloadSelector>();
  const find = (pod: Pod, key: string): WorkloadSelector => {
    const around = byNamespace.get(pod.namespace)!;
    const pods = around.filter((one) => keyOf(one) === key);
    const strangers = around.filter((one) => keyOf(one) !== key);
    const strange = distinctLabels(strangers.map((one) => labelsOf.get(one)!));
    const own = distinctLabels(pods.map((one) => labelsOf.get(one)!));
    const terms = fewestTerms(termsFor(own, strange), strange);
    const found = {
      namespace: pod.namespace,
      workload: pod.workload,
      pods,
      selector: selectorOf(terms),
      others: strangers.filter((one) => takenBy(terms, labelsOf.get(one)!)),
    };
    known.set(key, found);
    return found;
  };
  return (pod) => {
    if (!labelsOf.has(pod)) return undefined;
    const key = keyOf(pod);
    return known.get(key) ?? find(pod, key);
  };
}

function distinctLabels(all: readonly Labels[]): Labels[] {
  const textOf = (labels: Labels): string => JSON.stringify(Object.entries(labels).sort());
  return [...new Map(all.map((labels) => [textOf(labels), labels])).values()];
}
