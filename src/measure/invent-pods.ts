/**
 * Pods for policies that come without any: for every selector of a policy or a rule two pods that it takes, in a namespace that it takes.
 * Sets that are compared get the same pods.
 */
import { type Address, addressKey } from '../net/address.ts';
import type { Cluster, Labels, Namespace, Pod } from '../policy/cluster.ts';
import type { CniProfile } from '../policy/cni/profile.ts';
import { inventedPod } from '../policy/invented-pod.ts';
import type { EntityMatch } from '../policy/policy.ts';
import { NAMESPACE_NAME, type PodWish, podWishes } from '../policy/translate/pod-wish.ts';
import { createWorld } from '../policy/world.ts';
import { printSelector } from '../selector/print.ts';
import type { Selector } from '../selector/selector.ts';
import { lacksEndpoints } from './cluster-state.ts';

const PODS_EACH = 2;
/** More selectors than these stay without pods of their own. */
const SELECTORS_MOST = 20_000;
/** 198.18.0.0/15, for benchmarks. Source: RFC 2544. */
const FIRST_ADDRESS = 0xc612_0001;

/** Every selector of the policies that a CNI enforces, by its text. */
function selectorsOf(cluster: Cluster, profile: CniProfile): Map<string, Selector> {
  const found = new Map<string, Selector>();
  const add = (selector: Selector | undefined): void => {
    if (selector !== undefined && found.size < SELECTORS_MOST) found.set(printSelector(selector), selector);
  };
  for (const { selector, rules } of createWorld(cluster, profile).resolved.policies) {
    add(selector);
    for (const { match } of [...rules.ingress, ...rules.egress])
      for (const side of [match.source, match.destination] satisfies EntityMatch[]) add(side.selector);
  }
  return found;
}

/** Finds or makes the namespaces that pods are wished into. */
function createNamespaces(known: ReadonlyMap<string, Namespace>) {
  const namespaces = new Map(known);
  const holds = ({ labels }: Namespace, wanted: Labels): boolean =>
    Object.entries(wanted).every(([key, value]) => labels[key] === value);
  return {
    namespaces,
    nameFor: ({ namespace, namespaceLabels }: PodWish): string => {
      const present = namespace === undefined ? undefined : namespaces.get(namespace);
      const fits =
        namespace === undefined
          ? [...namespaces.values()].find((one) => holds(one, namespaceLabels))
          : present;
      if (fits !== undefined && (namespace === undefined || fits.at !== undefined)) return fits.name;
      const name = namespace ?? `namespace-${namespaces.size}`;
      const labels = { ...present?.labels, ...namespaceLabels, [NAMESPACE_NAME]: name };
      namespaces.set(name, { name, labels });
      return name;
    },
  };
}

function podAt(namespace: string, number: number, labels: Labels): Pod {
  const address: Address = { family: 4, words: [FIRST_ADDRESS + number, 0, 0, 0] };
  return inventedPod({
    namespace,
    name: `pod-${number}`,
    labels,
    serviceAccount: 'default',
    addresses: [address],
  });
}

/** The clusters with the pods that their selectors ask for, and how many those are; none where one has endpoints. */
export function inventPods(
  clusters: readonly Cluster[],
  profile: CniProfile,
): { readonly clusters: readonly Cluster[]; readonly count: number } {
  if (!clusters.every(lacksEndpoints)) return { clusters, count: 0 };
  const selectors = new Map(clusters.flatMap((cluster) => [...selectorsOf(cluster, profile)]));
  const { namespaces, nameFor } = createNamespaces(
    new Map(clusters.flatMap((cluster) => [...cluster.namespaces])),
  );
  const wishes = [...selectors.values()].flatMap((selector) => podWishes(selector).next().value ?? []);
  const places = new Map<string, { namespace: string; labels: Labels }>();
  for (const wish of wishes) {
    const namespace = nameFor(wish);
    places.set(JSON.stringify([namespace, ...Object.entries(wish.labels).sort()]), {
      namespace,
      labels: wish.labels,
    });
  }
  const taken = new Set(
    clusters.flatMap(({ nodes }) => nodes.flatMap((node) => node.addresses.map(addressKey))),
  );
  const pods = [...places.values()]
    .flatMap((place) => Array.from({ length: PODS_EACH }, () => place))
    .map(({ namespace, labels }, number) => podAt(namespace, number, labels))
    .filter(({ addresses }) => !taken.has(addressKey(addresses[0]!)));
  return {
    count: pods.length,
    clusters: clusters.map((cluster) => ({ ...cluster, namespaces, pods: [...cluster.pods, ...pods] })),
  };
}
