/** Objects of two sets of manifests, so that what both have is one object: overlays, and sets of policies alone, are spelled out. */
import type { ManifestObject } from '../../manifest/objects.ts';
import { kindsCalled } from '../overlay/overlay-kinds.ts';

const WORKLOADS = /^(?:deployment|statefulset|daemonset|replicaset|job|cronjob)$/;

interface Head {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly owners: readonly { readonly kind?: unknown; readonly name?: unknown }[];
}

function headOf({ apiVersion, kind, metadata }: ManifestObject): Head {
  const { namespace, name, ownerReferences } = (metadata ?? {}) as { readonly [key: string]: unknown };
  const version = String(apiVersion ?? '');
  const slash = version.indexOf('/');
  return {
    group: slash < 0 ? '' : version.slice(0, slash).replace(/^crd\./, ''),
    kind: String(kind ?? ''),
    namespace: String(namespace ?? ''),
    name: String(name ?? ''),
    owners: Array.isArray(ownerReferences) ? (ownerReferences as Head['owners']) : [],
  };
}

/** Objects that an added one takes the place of have its key. */
function keyOf(object: ManifestObject): string {
  const { group, kind, namespace, name } = headOf(object);
  return [group, kind, namespace === '' ? 'default' : namespace, name].join('/');
}

/** Whether `--remove` of such words takes the object away: itself, a namespace with what is in it, a workload with its pods. */
function isRemoved(object: ManifestObject, words: string): boolean {
  const [word = '', ...rest] = words.split('/');
  const wanted = rest.join('/');
  const { group, kind, namespace, name, owners } = headOf(object);
  const own = namespace === '' ? [name, `default/${name}`] : [`${namespace}/${name}`];
  const called = kindsCalled(word).some((one) => one.kind === kind && one.group === group);
  const isKind = called || word.split('.')[0]!.toLowerCase() === kind.toLowerCase();
  if (isKind && own.includes(wanted)) return true;
  const plain = word.toLowerCase();
  if (plain === 'namespace') return namespace === wanted;
  return (
    WORKLOADS.test(plain) &&
    owners.some((owner) => {
      const isOwner = String(owner.kind).toLowerCase() === plain || plain === 'deployment';
      const title = `${namespace}/${String(owner.name)}`;
      return isOwner && (title === wanted || (plain === 'deployment' && title.startsWith(`${wanted}-`)));
    })
  );
}

/** The objects with others added or in their place, without those that are removed. */
export function overlaidObjects(
  base: readonly ManifestObject[],
  added: readonly ManifestObject[],
  removed: readonly string[],
): readonly ManifestObject[] {
  const replaced = new Set(added.map(keyOf));
  return [...base.filter((object) => !replaced.has(keyOf(object))), ...added].filter(
    (object) => !removed.some((words) => isRemoved(object, words)),
  );
}

/** What a set of policies alone brings; all else is the other set's. */
const OF_POLICIES = /(?:NetworkPolicy|Tier|NetworkSet|CiliumCIDRGroup)$/;

/** The policies of one set in the state of another. */
export function objectsInStateOf(
  policies: readonly ManifestObject[],
  state: readonly ManifestObject[],
): readonly ManifestObject[] {
  const isPolicy = (object: ManifestObject): boolean => OF_POLICIES.test(headOf(object).kind);
  return [...state.filter((object) => !isPolicy(object)), ...policies.filter(isPolicy)];
}

/** Equal objects of two lists as one and the same. */
export function sharedObjects(
  lists: readonly (readonly ManifestObject[])[],
): readonly (readonly ManifestObject[])[] {
  const known = new Map<string, ManifestObject>();
  return lists.map((list) =>
    list.map((object) => {
      const text = JSON.stringify(object);
      const found = known.get(text) ?? object;
      known.set(text, found);
      return found;
    }),
  );
}
