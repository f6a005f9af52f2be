/** Needs → policies: one for each group of workloads, and one for several of them where they need the same. */
import type { LabelSelector } from '../../policy/api/network-policy.ts';
import type { Direction } from '../../policy/policy.ts';
import { compareBytes } from '../../selector/byte-order.ts';
import type { WorkloadGroup } from '../workload-selector.ts';
import { accessesOf } from './accesses.ts';
import type { Need } from './needs.ts';
import { groupKey, type PeerFinder } from './peers.ts';
import { ruleObject } from './policy-objects.ts';
import type { PolicyKind } from './recommend-document.ts';
import { type RecommendedRule, rulesOf } from './rules.ts';
import type { TraceFlow } from './trace-flows.ts';

export interface RecommendedPolicy {
  readonly namespace: string;
  readonly name: string;
  /** Empty for the policy of all pods of the namespace. */
  readonly groups: readonly WorkloadGroup[];
  readonly selector: LabelSelector;
  readonly ingress: readonly RecommendedRule[];
  readonly egress: readonly RecommendedRule[];
}

export interface NeedOfFlow {
  readonly need: Need;
  readonly flow: TraceFlow;
}

interface AssembleInput {
  readonly kind: PolicyKind;
  readonly hasRanges: boolean;
  readonly peers: PeerFinder;
  readonly groupOf: (need: Need) => WorkloadGroup | undefined;
  readonly union: (groups: readonly WorkloadGroup[]) => LabelSelector | undefined;
  /** Those that occur in the trace, whether or not anything is needed for them. */
  readonly subjects: readonly WorkloadGroup[];
}

/** Longest name of a policy that is made of several. */
const LONGEST_NAME = 63;
/** Longest name of an owner that is taken as it is: a kind and a number still fit behind it. */
const LONGEST_OWNER = 200;
/** Source: kubernetes/kubernetes staging/src/k8s.io/apimachinery/pkg/util/validation/validation.go (IsDNS1123Subdomain). */
const OBJECT_NAME = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;

/** In the order of namespaces and names. */
export function assemblePolicies(needs: readonly NeedOfFlow[], input: AssembleInput): RecommendedPolicy[] {
  const bySubject = new Map<WorkloadGroup, Record<Direction, NeedOfFlow[]>>(
    input.subjects.map((group) => [group, { ingress: [], egress: [] }]),
  );
  for (const one of needs) {
    const group = input.groupOf(one.need);
    if (group !== undefined) bySubject.get(group)?.[one.need.direction].push(one);
  }
  const { kind, hasRanges, peers } = input;
  const rules = (direction: Direction, list: readonly NeedOfFlow[]): RecommendedRule[] =>
    rulesOf(accessesOf(list, peers), direction, { kind, hasRanges });
  const single = [...bySubject].map(
    ([group, { ingress, egress }]): Unnamed => ({
      namespace: group.namespace,
      groups: [group],
      selector: group.selector,
      ingress: rules('ingress', ingress),
      egress: rules('egress', egress),
    }),
  );
  return named(mergeEqual(single, input));
}

type Unnamed = Omit<RecommendedPolicy, 'name'>;

/** Policies that say the same become one, where some labels take exactly their pods. */
function mergeEqual(policies: readonly Unnamed[], { kind, union }: AssembleInput): Unnamed[] {
  const bySaying = new Map<string, Unnamed[]>();
  for (const policy of policies) {
    const { namespace, ingress, egress } = policy;
    const objects = [ingress, egress].map((list) => list.map((rule) => ruleObject(rule, namespace, kind)));
    const key = JSON.stringify([namespace, objects]);
    bySaying.set(key, [...(bySaying.get(key) ?? []), policy]);
  }
  return [...bySaying.values()].flatMap((equal) => {
    const [first] = equal;
    if (equal.length === 1) return equal;
    const groups = equal.flatMap((policy) => policy.groups);
    const selector = union(groups);
    const isPlain =
      selector !== undefined &&
      Object.keys(selector.matchLabels).length + selector.matchExpressions.length > 0 &&
      selector.matchExpressions.every(({ operator }) => operator === 'In');
    if (!isPlain) return equal;
    const together = (direction: Direction): RecommendedRule[] =>
      first![direction].map((rule, index) => ({
        ...rule,
        flows: [...new Set(equal.flatMap((policy) => policy[direction][index]!.flows))],
      }));
    return [{ ...first!, groups, selector, ingress: together('ingress'), egress: together('egress') }];
  });
}

/** As names of objects are written: owners that pods speak of may be called anything. */
function objectName(text: string): string {
  if (text.length <= LONGEST_OWNER && OBJECT_NAME.test(text)) return text;
  const plain = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, LONGEST_NAME);
  return plain.replace(/^-|-$/g, '') || 'workload';
}

function nameOf({ groups }: Unnamed): string {
  const written = groups.flatMap(({ workloads }) => workloads.map(({ name }) => objectName(name)));
  const names = [...new Set(written)].sort(compareBytes);
  const all = names.join('-');
  if (names.length === 1 || all.length <= LONGEST_NAME) return all;
  return `${names[0]!.slice(0, LONGEST_NAME - 15)}-and-${names.length - 1}-more`;
}

/** Names are told apart by the kinds of workloads, then by numbers. */
function named(policies: readonly Unnamed[]): RecommendedPolicy[] {
  const sorted = [...policies].sort((a, b) => compareBytes(groupKey(a.groups[0]!), groupKey(b.groups[0]!)));
  const plain = sorted.map(nameOf);
  const taken = new Set<string>();
  const result = sorted.map((policy, index) => {
    const isAlone = plain.filter(
      (name, other) => name === plain[index] && sorted[other]!.namespace === policy.namespace,
    );
    const kinds = policy.groups.flatMap(({ workloads }) =>
      workloads.map(({ kind }) => objectName(kind.toLowerCase())),
    );
    const base = isAlone.length === 1 ? plain[index]! : `${plain[index]}-${[...new Set(kinds)].join('-')}`;
    let name = base;
    for (let number = 2; taken.has(`${policy.namespace}/${name}`); number++) name = `${base}-${number}`;
    taken.add(`${policy.namespace}/${name}`);
    return { ...policy, name };
  });
  return result.sort((a, b) => compareBytes(a.namespace, b.namespace) || compareBytes(a.name, b.name));
}
