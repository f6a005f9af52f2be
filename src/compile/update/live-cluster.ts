/** A cluster that changes: objects by their names, so that one is replaced without reading the others. */
import { formatCidr } from '../../net/cidr.ts';
import type { AdminPolicy } from '../../policy/api/admin-policy.ts';
import type { CalicoPolicy } from '../../policy/api/calico.ts';
import type { CiliumPolicy } from '../../policy/api/cilium.ts';
import type { NetworkPolicy } from '../../policy/api/network-policy.ts';
import type { Cluster, Pod } from '../../policy/cluster.ts';
import type { MemberChange, PodChange, PolicyChange } from './change.ts';
import type { OnePolicy } from './live-state.ts';
import { MemberChanges } from './member-changes.ts';

interface Named {
  readonly namespace: string;
  readonly name: string;
}

const nameOf = ({ namespace, name }: Named): string => `${namespace}/${name}`;
const networkPolicyKey = (policy: Named & { readonly staged?: boolean }): string =>
  `${policy.staged === true ? 'staged ' : ''}${nameOf(policy)}`;

/** What stood in a thing's place, and what stands there now. */
export interface Replaced<T> {
  readonly before: T | undefined;
  readonly after: T | undefined;
}

function replaced<T>(things: Map<string, T>, key: string, after: T | undefined): Replaced<T> {
  const before = things.get(key);
  if (after === undefined) things.delete(key);
  else things.set(key, after);
  return { before, after };
}

const byKey = <T>(things: readonly T[], keyOf: (thing: T) => string): Map<string, T> =>
  new Map(things.map((thing) => [keyOf(thing), thing]));

export class LiveCluster {
  readonly #base: Cluster;
  readonly #pods: Map<string, Pod>;
  readonly #networkPolicies: Map<string, NetworkPolicy>;
  readonly #calicoPolicies: Map<string, CalicoPolicy>;
  readonly #adminPolicies: Map<string, AdminPolicy>;
  readonly #ciliumPolicies: Map<string, CiliumPolicy>;
  readonly #members = new Map<string, MemberChanges>();

  constructor(base: Cluster) {
    this.#base = base;
    this.#pods = byKey(base.pods, nameOf);
    this.#networkPolicies = byKey(base.networkPolicies, networkPolicyKey);
    this.#calicoPolicies = byKey(base.calicoPolicies, (policy) => `${policy.kind} ${nameOf(policy)}`);
    this.#ciliumPolicies = byKey(base.ciliumPolicies, (policy) => `${policy.kind} ${nameOf(policy)}`);
    this.#adminPolicies = byKey(base.adminPolicies, ({ kind, name }) => `${kind} ${name}`);
  }

  /** The cluster with all changes. */
  get cluster(): Cluster {
    return {
      ...this.#base,
      pods: [...this.#pods.values()],
      networkPolicies: [...this.#networkPolicies.values()],
      calicoPolicies: [...this.#calicoPolicies.values()],
      adminPolicies: [...this.#adminPolicies.values()],
      ciliumPolicies: [...this.#ciliumPolicies.values()],
      networkSets: this.#base.networkSets.map((set) => {
        const changes = this.#members.get(nameOf(set));
        return changes === undefined ? set : { ...set, nets: changes.of(set.nets) };
      }),
    };
  }

  replacePod({ namespace, name, pod }: PodChange): Replaced<Pod> {
    return replaced(this.#pods, nameOf({ namespace, name }), pod);
  }

  /** Throws RangeError for a network set that the cluster does not have. */
  changeMember({ namespace, name, net, isMember }: MemberChange): void {
    const key = nameOf({ namespace, name });
    if (!this.#base.networkSets.some((set) => nameOf(set) === key))
      throw new RangeError(`there is no network set ${key} to hold ${formatCidr(net)}`);
    const changes = this.#members.get(key) ?? new MemberChanges();
    this.#members.set(key, changes);
    changes.change(net, isMember);
  }

  replacePolicy(change: PolicyChange): Replaced<OnePolicy> {
    if (change.kind === 'network-policy') {
      const { before, after } = replaced(this.#networkPolicies, networkPolicyKey(change), change.policy);
      return {
        before: before && { networkPolicies: [before] },
        after: after && { networkPolicies: [after] },
      };
    }
    if (change.kind === 'calico-policy') {
      const key = `${change.policyKind} ${nameOf(change)}`;
      const { before, after } = replaced(this.#calicoPolicies, key, change.policy);
      return { before: before && { calicoPolicies: [before] }, after: after && { calicoPolicies: [after] } };
    }
    if (change.kind === 'cilium-policy') {
      const key = `${change.policyKind} ${nameOf(change)}`;
      const { before, after } = replaced(this.#ciliumPolicies, key, change.policy);
      return { before: before && { ciliumPolicies: [before] }, after: after && { ciliumPolicies: [after] } };
    }
    const key = `${change.policyKind} ${change.name}`;
    const { before, after } = replaced(this.#adminPolicies, key, change.policy);
    return { before: before && { adminPolicies: [before] }, after: after && { adminPolicies: [after] } };
  }
}
