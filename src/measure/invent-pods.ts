/**
 * Pods for policies that come without any: for every selector of a policy or a rule two pods that it takes, in a namespace that it takes.
 * Sets that are compared get the same pods.
 */
import { type Address, addressKey } from '../net/address.ts';
import type { Cluster, Labels, Namespace, Pod } from '../policy/cluster.ts';
import type { CniProfile } from '../policy/cni/profile.ts';
import type { EntityMatch } from '../policy/policy.ts';
import {
  NAME_LABEL,
  NAMESPACE_LABEL,
  NAMESPACE_PREFIX,
  ORCHESTRATOR,
  ORCHESTRATOR_LABEL,
  SERVICE_ACCOUNT_LABEL,
  SERVICE_ACCOUNT_PREFIX,
} from '../policy/translate/label-selector.ts';
import { createWorld } from '../policy/world.ts';
import { selectorMatches } from '../selector/match.ts';
import { printSelector } from '../selector/print.ts';
import type { Selector } from '../selector/selector.ts';
import { lacksEndpoints } from './cluster-state.ts';

const PODS_EACH = 2;
/** More selectors than these stay without pods of their own. */
const SELECTORS_MOST = 20_000;
/** 198.18.0.0/15, for benchmarks. Source: RFC 2544. */
const FIRST_ADDRESS = 0xc612_0001;
const NAMESPACE_NAME = 'kubernetes.io/metadata.name';
const at = { file: '', line: 1, column: 1 };

/** What a pod must be so that a selector takes it. */
interface Wish {
  readonly namespace: string | undefined;
  readonly namespaceLabels: Labels;
  readonly labels: Labels;
}

/** Effective labels that satisfy the selector, by its first alternative each; not every selector gets what it asks for. */
function satisfy(selector: Selector): Record<string, string> {
  switch (selector.kind) {
    case 'has':
      return { [selector.label]: 'any' };
    case 'equals':
    case 'contains':
    case 'starts-with':
    case 'ends-with':
      return { [selector.label]: selector.value };
    case 'in':
      return selector.values.length === 0 ? {} : { [selector.label]: selector.values[0]! };
    case 'and':
      // What asks for a value says more than what asks for any.
      return Object.assign({}, ...[...selector.operands].sort(byPrecision).map(satisfy));
    case 'or':
      return selector.operands.length === 0 ? {} : satisfy(selector.operands[0]!);
    default:
      return {};
  }
}

const byPrecision = (a: Selector, b: Selector): number => Number(b.kind === 'has') - Number(a.kind === 'has');

/** What the selector asks of a pod; undefined where no simple pod will do. */
function wishOf(selector: Selector): Wish | undefined {
  const wanted = satisfy(selector);
  if (!selectorMatches(selector, { [NAMESPACE_LABEL]: 'any', [ORCHESTRATOR_LABEL]: ORCHESTRATOR, ...wanted }))
    return undefined;
  const labels: Record<string, string> = {};
  const namespaceLabels: Record<string, string> = {};
  let namespace: string | undefined;
  for (const [key, value] of Object.entries(wanted)) {
    if (
      key === NAMESPACE_LABEL ||
      key === NAMESPACE_PREFIX + NAME_LABEL ||
      key === NAMESPACE_PREFIX + NAMESPACE_NAME
    )
      namespace = value === 'any' ? namespace : value;
    else if (key.startsWith(NAMESPACE_PREFIX)) namespaceLabels[key.slice(NAMESPACE_PREFIX.length)] = value;
    else if (!isOfAccount(key) && key !== ORCHESTRATOR_LABEL) labels[key] = value;
  }
  return { namespace, namespaceLabels, labels };
}

const isOfAccount = (key: string): boolean =>
  key === SERVICE_ACCOUNT_LABEL || key.startsWith(SERVICE_ACCOUNT_PREFIX);

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
    nameFor: ({ namespace, namespaceLabels }: Wish): string => {
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

function inventedPod(namespace: string, number: number, labels: Labels): Pod {
  const address: Address = { family: 4, words: [FIRST_ADDRESS + number, 0, 0, 0] };
  const name = `pod-${number}`;
  return {
    namespace,
    name,
    labels,
    serviceAccount: 'default',
    workload: { kind: 'Pod', name },
    addresses: [address],
    synthetic: true,
    hostNetwork: false,
    nodeName: '',
    phase: 'Running',
    startedSeconds: 0,
    deleting: false,
    ready: true,
    ports: [],
    at,
  };
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
  const wishes = [...selectors.values()].flatMap((selector) => wishOf(selector) ?? []);
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
    .map(({ namespace, labels }, number) => inventedPod(namespace, number, labels))
    .filter(({ addresses }) => !taken.has(addressKey(addresses[0]!)));
  return {
    count: pods.length,
    clusters: clusters.map((cluster) => ({ ...cluster, namespaces, pods: [...cluster.pods, ...pods] })),
  };
}
