/**
 * Which reader one of Cilium's objects goes to: its policies, and the groups of blocks that they name. All else of its group is about how
 * Cilium runs, and is passed over.
 *
 * Source: cilium/cilium pkg/k8s/apis/cilium.io/v2/{cnp,ccnp,cidrgroup}_types.go.
 */
import type { Cursor } from '../cursor.ts';
import type { Resources } from '../resources.ts';
import { refuseVersion } from '../served-version.ts';
import { readCidrGroup } from './cilium-cidr-groups.ts';
import { readCiliumPolicy } from './cilium-policies.ts';

export const CILIUM_GROUP = 'cilium.io';

interface Named {
  readonly namespace?: string;
  readonly name: string;
}

interface Kind {
  readonly versions: readonly string[];
  readonly read: (object: Cursor, into: Resources) => void;
}

function add<T extends Named>(
  list: T[],
  record: T | undefined,
  kind: string,
  object: Cursor,
  into: Resources,
): void {
  if (record !== undefined)
    into.add(list, record, [kind, record.namespace, record.name].filter(Boolean).join('/'), object);
}

const policyKind = (kind: 'CiliumNetworkPolicy' | 'CiliumClusterwideNetworkPolicy'): [string, Kind] => [
  kind,
  {
    versions: ['v2'],
    read: (object, into) => add(into.ciliumPolicies, readCiliumPolicy(object, kind), kind, object, into),
  },
];

const KINDS: ReadonlyMap<string, Kind> = new Map([
  policyKind('CiliumNetworkPolicy'),
  policyKind('CiliumClusterwideNetworkPolicy'),
  [
    'CiliumCIDRGroup',
    {
      versions: ['v2', 'v2alpha1'],
      read: (object, into) =>
        add(into.ciliumCidrGroups, readCidrGroup(object), 'CiliumCIDRGroup', object, into),
    },
  ],
]);

/** The kinds that are read. */
export const CILIUM_KINDS: readonly string[] = [...KINDS.keys()];

/** Reads an object of Cilium's group; false when the kind is not one of those that verdicts depend on. */
export function readCiliumKind(
  group: string,
  version: string,
  kind: string,
  object: Cursor,
  into: Resources,
): boolean {
  const found = group === CILIUM_GROUP ? KINDS.get(kind) : undefined;
  if (found === undefined) return false;
  if (!found.versions.includes(version)) {
    refuseVersion(object, kind, `${group}/${found.versions[0]}`);
    return true;
  }
  found.read(object, into);
  return true;
}
