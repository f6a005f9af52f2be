/**
 * The kinds of objects that an overlay adds and removes, and where a cluster keeps them. Two APIs call a kind
 * `NetworkPolicy`: `networkpolicy.projectcalico.org/shop/db` says which one is meant.
 */
import type { Cluster } from '../../policy/cluster.ts';

interface Named {
  readonly namespace?: string;
  readonly name: string;
}

/** Where the objects of some kinds are kept. */
type List =
  | 'pods'
  | 'nodes'
  | 'services'
  | 'serviceAccounts'
  | 'networkPolicies'
  | 'adminPolicies'
  | 'calicoPolicies'
  | 'ciliumPolicies'
  | 'ciliumCidrGroups'
  | 'tiers'
  | 'networkSets'
  | 'hostEndpoints'
  | 'profiles'
  | 'ipPools';

export interface ObjectKind {
  readonly kind: string;
  /** Of the API; '' for the core one. */
  readonly group: string;
  readonly list: List;
  /** Whether an object of the list is of this kind. */
  readonly has: (object: Named) => boolean;
}

const CALICO = 'projectcalico.org';
const CILIUM = 'cilium.io';
const ADMIN = 'policy.networking.k8s.io';

const always = (): boolean => true;
const isStaged = (object: Named): boolean => (object as { staged?: boolean }).staged === true;
const isKind =
  (kind: string) =>
  (object: Named): boolean =>
    (object as { kind?: string }).kind === kind;
const isGlobal = ({ namespace }: Named): boolean => namespace === '';

function simple(kind: string, group: string, list: List): ObjectKind {
  return { kind, group, list, has: always };
}

const kept = (group: string, list: List, kinds: readonly string[]): ObjectKind[] =>
  kinds.map((kind) => ({ kind, group, list, has: isKind(kind) }));

/** All of them. */
export const OBJECT_KINDS: readonly ObjectKind[] = [
  {
    kind: 'NetworkPolicy',
    group: 'networking.k8s.io',
    list: 'networkPolicies',
    has: (object) => !isStaged(object),
  },
  { kind: 'StagedKubernetesNetworkPolicy', group: CALICO, list: 'networkPolicies', has: isStaged },
  ...kept(CALICO, 'calicoPolicies', [
    'NetworkPolicy',
    'GlobalNetworkPolicy',
    'StagedNetworkPolicy',
    'StagedGlobalNetworkPolicy',
  ]),
  ...kept(ADMIN, 'adminPolicies', [
    'ClusterNetworkPolicy',
    'AdminNetworkPolicy',
    'BaselineAdminNetworkPolicy',
  ]),
  ...kept(CILIUM, 'ciliumPolicies', ['CiliumNetworkPolicy', 'CiliumClusterwideNetworkPolicy']),
  simple('CiliumCIDRGroup', CILIUM, 'ciliumCidrGroups'),
  simple('Tier', CALICO, 'tiers'),
  { kind: 'NetworkSet', group: CALICO, list: 'networkSets', has: (object) => !isGlobal(object) },
  { kind: 'GlobalNetworkSet', group: CALICO, list: 'networkSets', has: isGlobal },
  simple('HostEndpoint', CALICO, 'hostEndpoints'),
  simple('Profile', CALICO, 'profiles'),
  simple('IPPool', CALICO, 'ipPools'),
  {
    kind: 'WorkloadEndpoint',
    group: CALICO,
    list: 'pods',
    has: (object) => (object as { workloadEndpoint?: unknown }).workloadEndpoint !== undefined,
  },
  simple('Pod', '', 'pods'),
  simple('Node', '', 'nodes'),
  simple('Service', '', 'services'),
  simple('ServiceAccount', '', 'serviceAccounts'),
];

/** The objects of a kind. */
export function objectsOf({ list, has }: ObjectKind, cluster: Cluster): readonly Named[] {
  return (cluster[list] as readonly Named[]).filter(has);
}

/** `namespace/name`, or `name` for what is cluster-scoped. */
export function objectName({ namespace, name }: Named): string {
  return namespace === undefined || namespace === '' ? name : `${namespace}/${name}`;
}

/** What tells an object of a list from all others of that list. */
export function objectKey(list: List, object: Named): string {
  const kind = OBJECT_KINDS.find((one) => one.list === list && one.has(object));
  // A pod stays the same one when a WorkloadEndpoint says more about it.
  return list === 'pods' ? objectName(object) : `${kind?.kind}/${objectName(object)}`;
}

/** `Kind` or `Kind.group`, whatever the case; `crd.` stands before Calico's group where its objects are stored. */
export function kindsCalled(word: string): readonly ObjectKind[] {
  const [kind, ...rest] = word.toLowerCase().split('.');
  const group = rest.join('.').replace(/^crd\./, '');
  return OBJECT_KINDS.filter(
    (known) => known.kind.toLowerCase() === kind && (group === '' || known.group === group),
  );
}

/** As `--remove` takes it: with the group only where the kind alone would leave it open. */
export function objectPath(kind: ObjectKind, object: Named): string {
  const isShared = OBJECT_KINDS.some((other) => other !== kind && other.kind === kind.kind);
  return `${kind.kind}${isShared && kind.group === CALICO ? `.${kind.group}` : ''}/${objectName(object)}`;
}

/** The cluster without an object of a kind; undefined when it holds none of the name. */
export function without(cluster: Cluster, kind: ObjectKind, name: string): Cluster | undefined {
  const list = cluster[kind.list] as readonly Named[];
  const left = list.filter((object) => !kind.has(object) || objectName(object) !== name);
  return left.length === list.length ? undefined : { ...cluster, [kind.list]: left };
}

/** Objects of `added` take the places of those of the same kind and name. */
export function withReplaced(base: Cluster, added: Cluster): Cluster {
  const lists = [...new Set(OBJECT_KINDS.map(({ list }) => list))];
  const merged = lists.map((list) => {
    const news = added[list] as readonly Named[];
    const keys = new Set(news.map((object) => objectKey(list, object)));
    const olds = (base[list] as readonly Named[]).filter((object) => !keys.has(objectKey(list, object)));
    return [list, [...olds, ...news]] as const;
  });
  return { ...base, ...Object.fromEntries(merged) };
}
