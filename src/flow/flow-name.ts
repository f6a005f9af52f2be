/**
 * The names that flow logs write in the place of addresses, and the keys under which a cluster knows them. A name that no
 * pod has is looked for under what its controller is called: manifests often hold a Deployment and none of its pods, and
 * a log outlives the pods that it names.
 *
 * Source: projectcalico/calico felix/collector (aggregated names), kubernetes/apimachinery util/rand (how controllers name
 * their pods: five of 27 letters; the template's hash is ten of them).
 */

/** What an end of a flow is, as far as the record says. */
export type FlowNameKind = 'workload' | 'host' | 'network-set' | 'network' | 'any';

/** A name as a flow log has it: `web-574ff6d9fd-*` stands for all pods that are named so. */
export interface FlowName {
  readonly kind: FlowNameKind;
  /** Empty for what has none, and where the record does not say. */
  readonly namespace: string;
  readonly name: string;
}

/** What clusters know by name: plain data, made once and handed to every reader. */
export interface NameIndex {
  /** By their numbers, which count from 1. */
  readonly names: readonly FlowName[];
  readonly numbers: ReadonlyMap<string, number>;
  /** Keys of the addresses that something has, in any of the clusters. */
  readonly addresses: ReadonlySet<string>;
  /** More than one state of a cluster: an address may be known in one and not in another. */
  readonly areSeveral: boolean;
}

export const PUBLIC_KEY = 'public';
export const PRIVATE_KEY = 'private';
/** How addresses that belong to nothing are called in reports. */
const PUBLIC_NAME = 'public network';
const PRIVATE_NAME = 'private network';

const NETWORKS: ReadonlyMap<string, string> = new Map([
  ['pub', PUBLIC_KEY],
  ['public network', PUBLIC_KEY],
  ['pvt', PRIVATE_KEY],
  ['private network', PRIVATE_KEY],
]);

const NODE = 'node:';
const SET = 'network-set:';

/** What controllers put behind the names of ReplicaSets, Jobs and indexes. */
const CONTROLLER_END = /^(.+)-(?:[4-9bcdf]{5,10}|\d+)$/;
/** What they put behind those of pods. */
const POD_END = /^(.+)-(?:[bcdfghjklmnpqrstvwxz2456789]{5}|\d+)$/;

export const podKey = (namespace: string, name: string): string => `pod:${namespace}/${name}`;
/** Pods by what stands before their random ends, `web-574ff6d9fd-`. */
export const prefixKey = (namespace: string, prefix: string): string => `prefix:${namespace}/${prefix}`;
/** Pods by the name of their topmost controller, whatever its kind. */
export const workloadKey = (namespace: string, name: string): string => `workload:${namespace}/${name}`;
/** All pods of a namespace, or of the cluster. */
export const namespaceKey = (namespace: string): string => `namespace:${namespace}`;
export const setKey = (namespace: string, name: string): string => `set:${namespace}/${name}`;
/** A node, or a host endpoint. */
export const hostKey = (name: string): string => `host:${name}`;

/** What objects may be called, and the end of what stands for several of them. */
const NAME = /^(?=.{1,254}$)(?:[A-Za-z0-9][A-Za-z0-9._-]*)?\*?$/;
const NAMESPACE = /^[A-Za-z0-9][A-Za-z0-9-]{0,62}$/;

/** A name; undefined when nothing is named, or what nothing can be called. `-` stands for nothing. */
export function flowName(
  name: string | undefined,
  namespace: string | undefined,
  kind: FlowNameKind = 'any',
): FlowName | undefined {
  if (name === undefined || (!NAME.test(name) && !NETWORKS.has(name.toLowerCase()))) return undefined;
  if (namespace === undefined || namespace === '' || namespace === '-') return { kind, namespace: '', name };
  return NAMESPACE.test(namespace) ? { kind, namespace, name } : undefined;
}

/** `namespace/name`, a name alone, or what reports call nodes and network sets; undefined when it is no name. */
export function flowNameOf(text: string): FlowName | undefined {
  const kind: FlowNameKind = text.startsWith(NODE) ? 'host' : text.startsWith(SET) ? 'network-set' : 'any';
  const name = kind === 'any' ? text : text.slice((kind === 'host' ? NODE : SET).length);
  const slash = name.indexOf('/');
  return flowName(name.slice(slash + 1), slash < 0 ? '' : name.slice(0, slash), kind);
}

function controllerKeys(namespace: string, name: string): string[] {
  const stem = CONTROLLER_END.exec(name)?.[1];
  const own = workloadKey(namespace, name);
  return stem === undefined ? [own] : [own, workloadKey(namespace, stem)];
}

function workloadKeys({ namespace, name }: FlowName): string[] {
  if (name.endsWith('*')) {
    const prefix = name.slice(0, -1);
    if (prefix === '') return [namespaceKey(namespace)];
    return [prefixKey(namespace, prefix), ...controllerKeys(namespace, prefix.replace(/-$/, ''))];
  }
  const stem = POD_END.exec(name)?.[1];
  const key = podKey(namespace, name);
  if (stem === undefined) return [key];
  return [key, prefixKey(namespace, `${stem}-`), ...controllerKeys(namespace, stem)];
}

/** The keys under which a name may be known, the most certain first; the first that a cluster has is what it means. */
export function keysOfName(flow: FlowName): string[] {
  const { kind, namespace, name } = flow;
  const network = NETWORKS.get(name.toLowerCase());
  const isNetwork = network !== undefined && (kind === 'network' || (kind === 'any' && namespace === ''));
  if (isNetwork) return [network];
  switch (kind) {
    case 'workload':
      return workloadKeys(flow);
    case 'network-set':
      return [setKey(namespace, name)];
    case 'host':
      return [hostKey(name)];
    case 'network':
      return [];
    case 'any': {
      const set = setKey(namespace, name);
      if (namespace === '') return [set, hostKey(name), ...workloadKeys(flow)];
      const [own, ...others] = workloadKeys(flow);
      return [own!, set, ...others];
    }
  }
}

/** The name that a key stands for: its keys begin with the key. */
export function nameOfKey(key: string): FlowName {
  if (key === PUBLIC_KEY || key === PRIVATE_KEY)
    return { kind: 'network', namespace: '', name: key === PUBLIC_KEY ? 'pub' : 'pvt' };
  const kind = key.slice(0, key.indexOf(':'));
  const rest = key.slice(kind.length + 1);
  const slash = rest.indexOf('/');
  const [namespace, name] = slash < 0 ? ['', rest] : [rest.slice(0, slash), rest.slice(slash + 1)];
  switch (kind) {
    case 'pod':
      return { kind: 'workload', namespace, name };
    case 'prefix':
      return { kind: 'workload', namespace, name: `${name}*` };
    case 'workload':
      return { kind: 'workload', namespace, name: `${name}-*` };
    case 'namespace':
      return { kind: 'workload', namespace: name, name: '*' };
    case 'set':
      return { kind: 'network-set', namespace, name };
    default:
      return { kind: 'host', namespace: '', name: rest };
  }
}

/** Which key of a name an index has, and its number. */
export function findName(index: NameIndex, name: FlowName): { key: string; number: number } | undefined {
  for (const key of keysOfName(name)) {
    const number = index.numbers.get(key);
    if (number !== undefined) return { key, number };
  }
  return undefined;
}

/** The only key that a name can have, whatever cluster knows it; undefined where it may have several. */
function certainKey(flow: FlowName): string | undefined {
  const keys = keysOfName(flow);
  return keys.length === 1 ? keys[0] : undefined;
}

/** How reports write a name, given the key that it was found under, if any: `shop/web-*`, `network-set:shop/lab`, `node:n1`. */
export function textOfName(flow: FlowName, found?: string): string {
  const key = found ?? certainKey(flow);
  if (key === PUBLIC_KEY) return PUBLIC_NAME;
  if (key === PRIVATE_KEY) return PRIVATE_NAME;
  const { namespace, name } = flow;
  const plain = namespace === '' ? name : `${namespace}/${name}`;
  if (key?.startsWith('set:') === true) return `${SET}${plain}`;
  return key?.startsWith('host:') === true ? `${NODE}${plain}` : plain;
}
