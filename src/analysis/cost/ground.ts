/**
 * What every engine's formula asks of a world: which pods stand on which node, which policies are enforced, how many addresses a selector
 * takes. Answers are kept, so that a formula may ask per rule.
 */
import { LabelIndex } from '../../compile/label-index.ts';
import type { LabelSelector, NetworkPolicy } from '../../policy/api/network-policy.ts';
import type { Endpoint, LabelledSet, LabelSet } from '../../policy/endpoints.ts';
import type { Direction, Policy } from '../../policy/policy.ts';
import {
  conjunction,
  inNamespace,
  namespaceSelector,
  podSelector,
} from '../../policy/translate/label-selector.ts';
import type { World } from '../../policy/world.ts';
import { printSelector } from '../../selector/print.ts';
import type { Selector } from '../../selector/selector.ts';

export type Family = 4 | 6;

/** A node and the pods on it that have policy. */
export interface LocalNode {
  /** Empty: pods whose node is not known, taken as one node. */
  readonly name: string;
  readonly endpoints: readonly Endpoint[];
}

/** What a selector takes. */
export interface Members {
  readonly labelSets: readonly LabelSet[];
  readonly networkSets: readonly LabelledSet[];
  /** Addresses of pods and host endpoints, and blocks of network sets. */
  readonly counts: Readonly<Record<Family, number>>;
}

export interface Ground {
  readonly world: World;
  /** Families in which some pod or node has an address; IPv4 where none has. */
  readonly families: readonly Family[];
  /** By name; every node of the cluster, and those that only pods name. */
  readonly nodes: readonly LocalNode[];
  /** Enforced ones, in evaluation order. */
  readonly policies: readonly Policy[];
  /** The object of a NetworkPolicy's model; undefined of other kinds. */
  readonly objectOf: (policy: Policy) => NetworkPolicy | undefined;
  readonly members: (selector: Selector) => Members;
  /** Pods that a NetworkPolicy selects. */
  readonly subjects: (policy: NetworkPolicy) => Members;
  /** Different numbers that pods give a port's name, ascending. */
  readonly numbersOf: (labelSets: readonly LabelSet[], name: string, protocol: number) => readonly number[];
}

/** How many addresses of each family these have. */
export function addressCounts(endpoints: Iterable<Endpoint>): Record<Family, number> {
  const counts = { 4: 0, 6: 0 };
  for (const { addresses } of endpoints) for (const { family } of addresses) counts[family]++;
  return counts;
}

/** What all of them come to together. */
export function sumOf<T>(things: Iterable<T>, of: (thing: T) => number): number {
  let sum = 0;
  for (const thing of things) sum += of(thing);
  return sum;
}

/** Pods that a peer with selectors means, from a policy's namespace. */
export function peerSelector(
  peer: { readonly podSelector?: LabelSelector; readonly namespaceSelector?: LabelSelector },
  namespace: string,
): Selector {
  const { podSelector: pods, namespaceSelector: namespaces } = peer;
  const where = namespaces === undefined ? inNamespace(namespace) : namespaceSelector(namespaces);
  return conjunction([where, podSelector(pods)]);
}

export function groundOf(world: World): Ground {
  const { book, resolved, seen } = world;
  const pods = book.endpoints.filter(({ kind }) => kind === 'workload');
  const objects = new Map(
    seen.networkPolicies
      .filter(({ staged }) => staged !== true)
      .map((policy) => [`${policy.namespace}/${policy.name}`, policy]),
  );
  const labelSetIndex = new LabelIndex(book.labelSets);
  const networkSetIndex = new LabelIndex(book.networkSets);
  const known = new Map<string, Members>();
  const members = (selector: Selector): Members => {
    const text = printSelector(selector);
    let found = known.get(text);
    if (found === undefined) {
      const labelSets = labelSetIndex.matching(selector);
      const networkSets = networkSetIndex.matching(selector);
      const counts = addressCounts(labelSets.flatMap(({ endpoints }) => endpoints));
      for (const { nets } of networkSets) for (const { network } of nets) counts[network.family]++;
      found = { labelSets, networkSets, counts };
      known.set(text, found);
    }
    return found;
  };
  return {
    world,
    families: familiesOf(world),
    nodes: nodesOf(seen.nodes, pods),
    policies: resolved.policies.filter(({ staged }) => !staged),
    objectOf: ({ calicoKind, namespace, name }) =>
      calicoKind === 'KubernetesNetworkPolicy' ? objects.get(`${namespace}/${name}`) : undefined,
    members,
    subjects: (policy) => members(peerSelector(policy, policy.namespace)),
    numbersOf: (labelSets, name, protocol) => {
      const numbers = labelSets.flatMap(({ endpoints }) =>
        endpoints.flatMap(({ namedPorts }) =>
          namedPorts
            .filter((port) => port.name === name && port.protocol === protocol)
            .map(({ port }) => port),
        ),
      );
      return [...new Set(numbers)].sort((a, b) => a - b);
    },
  };
}

function familiesOf({ book, seen }: World): readonly Family[] {
  const has = (family: Family): boolean =>
    book.endpoints.some(({ addresses }) => addresses.some((one) => one.family === family)) ||
    seen.nodes.some(({ addresses }) => addresses.some((one) => one.family === family));
  const families = ([4, 6] as const).filter(has);
  return families.length === 0 ? [4] : families;
}

function nodesOf(nodes: readonly { readonly name: string }[], pods: readonly Endpoint[]): LocalNode[] {
  const byName = new Map<string, Endpoint[]>(nodes.map(({ name }) => [name, []]));
  for (const pod of pods) {
    const list = byName.get(pod.nodeName);
    if (list === undefined) byName.set(pod.nodeName, [pod]);
    else list.push(pod);
  }
  return [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, endpoints]) => ({ name, endpoints }));
}

/** Enforced policies that cover a pod in a direction, in evaluation order. */
export function governingPolicies(
  { world }: Ground,
  endpoint: Endpoint,
  direction: Direction,
): readonly Policy[] {
  return world.resolved
    .governing(endpoint, direction)
    .tiers.flatMap(({ policies }) => policies.filter(({ staged }) => !staged));
}

/**
 * Something made once for each group of pods that are governed alike: `make` is asked once a group, for its first pod.
 */
export function perGroup<T>(ground: Ground, make: (endpoint: Endpoint) => T): (endpoint: Endpoint) => T {
  const { resolved } = ground.world;
  const known = new Map<object, Map<object, T>>();
  return (endpoint) => {
    const ingress = resolved.governing(endpoint, 'ingress');
    const egress = resolved.governing(endpoint, 'egress');
    let byEgress = known.get(ingress);
    if (byEgress === undefined) {
      byEgress = new Map();
      known.set(ingress, byEgress);
    }
    let found = byEgress.get(egress);
    if (found === undefined) {
      found = make(endpoint);
      byEgress.set(egress, found);
    }
    return found;
  };
}
