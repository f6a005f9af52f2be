/**
 * Tables that follow a cluster: a pod, a member of a network set that comes, changes or goes is carried into them in place. What
 * cannot be is compiled anew, and said. After every change the tables answer as those of the changed cluster would; numbers
 * of entries, identities and outcomes may be others.
 */
import { type Cidr, formatCidr } from '../../net/cidr.ts';
import type { Cluster, Pod } from '../../policy/cluster.ts';
import type { CniProfile } from '../../policy/cni/profile.ts';
import type { Tables } from '../../tables/tables.ts';
import type { Legend } from '../legend.ts';
import { CannotUpdate } from './cannot-update.ts';
import { LiveState } from './live-state.ts';
import { MemberChanges } from './member-changes.ts';

/** One object of a cluster that comes, changes or goes. */
export type Change =
  /** Without `pod` the one of that name goes. */
  | { readonly kind: 'pod'; readonly namespace: string; readonly name: string; readonly pod?: Pod }
  /** A block of a network set; `namespace` is empty for a global one. */
  | {
      readonly kind: 'network-set-member';
      readonly namespace: string;
      readonly name: string;
      readonly net: Cidr;
      readonly isMember: boolean;
    };

/** How a change was carried into the tables. */
export interface Update {
  /** `in-place`: words were replaced and appended. `laid-out`: some section's room was used up, too. `compiled`: anew. */
  readonly how: 'in-place' | 'laid-out' | 'compiled';
  /** Why the cluster was compiled anew. */
  readonly why?: string;
  /** Addresses and blocks of which something else holds now; 0 where it was compiled anew. */
  readonly touched: number;
}

export class Updater {
  readonly #base: Cluster;
  readonly #profile: CniProfile;
  readonly #pods = new Map<string, Pod>();
  readonly #members = new Map<string, MemberChanges>();
  #state: LiveState;

  constructor(cluster: Cluster, profile: CniProfile) {
    this.#base = cluster;
    this.#profile = profile;
    for (const pod of cluster.pods) this.#pods.set(nameOf(pod), pod);
    this.#state = new LiveState(cluster, profile);
  }

  /** The tables of now: the same bytes until they must be laid out again or compiled anew. Copy what is to stay as it is. */
  get tables(): Tables {
    return this.#state.tables;
  }

  /** The legend of now; those of before still tell the outcomes of before, until tables are compiled anew. */
  get legend(): Legend {
    return this.#state.legend;
  }

  /** The cluster with all changes. */
  get cluster(): Cluster {
    return {
      ...this.#base,
      pods: [...this.#pods.values()],
      networkSets: this.#base.networkSets.map((set) => {
        const changes = this.#members.get(nameOf(set));
        return changes === undefined ? set : { ...set, nets: changes.of(set.nets) };
      }),
    };
  }

  /** Carries a change into the tables. Throws RangeError for a network set that the cluster does not have. */
  apply(change: Change): Update {
    const { touched, layouts } = this.#state;
    try {
      if (change.kind === 'pod') this.#applyPod(change);
      else this.#applyMember(change);
    } catch (problem) {
      if (!(problem instanceof CannotUpdate)) throw problem;
      this.#state = new LiveState(this.cluster, this.#profile);
      return { how: 'compiled', why: problem.message, touched: 0 };
    }
    return {
      how: this.#state.layouts > layouts ? 'laid-out' : 'in-place',
      touched: this.#state.touched - touched,
    };
  }

  #applyPod({ namespace, name, pod }: Extract<Change, { kind: 'pod' }>): void {
    const key = nameOf({ namespace, name });
    const before = this.#pods.get(key);
    if (pod === undefined) this.#pods.delete(key);
    else this.#pods.set(key, pod);
    this.#state.replacePod(before, pod);
  }

  #applyMember({ namespace, name, net, isMember }: Extract<Change, { kind: 'network-set-member' }>): void {
    const key = nameOf({ namespace, name });
    if (!this.#base.networkSets.some((set) => nameOf(set) === key))
      throw new RangeError(`there is no network set ${key} to hold ${formatCidr(net)}`);
    const changes = this.#members.get(key) ?? new MemberChanges();
    this.#members.set(key, changes);
    changes.change(net, isMember);
    this.#state.changeMember({ namespace, name }, net, isMember);
  }
}

const nameOf = ({ namespace, name }: { readonly namespace: string; readonly name: string }): string =>
  `${namespace}/${name}`;

/** Tables of a cluster under a CNI that changes are carried into. Throws RangeError when they pass 4 GiB. */
export function createUpdater(cluster: Cluster, profile: CniProfile): Updater {
  return new Updater(cluster, profile);
}
