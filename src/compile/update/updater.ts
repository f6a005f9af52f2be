/**
 * Tables that follow a cluster: a pod, a policy, a member of a network set that comes, changes or goes is carried into them
 * in place. What cannot be is compiled anew, and said. After every change the tables answer as those of the changed cluster
 * would; numbers of entries, identities and outcomes may be others.
 */
import type { Cluster } from '../../policy/cluster.ts';
import type { CniProfile } from '../../policy/cni/profile.ts';
import type { Tables } from '../../tables/tables.ts';
import type { Legend } from '../legend.ts';
import { CannotUpdate } from './cannot-update.ts';
import type { Change, Update } from './change.ts';
import { LiveCluster } from './live-cluster.ts';
import { LiveState } from './live-state.ts';

export class Updater {
  readonly #cluster: LiveCluster;
  readonly #profile: CniProfile;
  #state: LiveState;

  constructor(cluster: Cluster, profile: CniProfile) {
    this.#cluster = new LiveCluster(cluster);
    this.#profile = profile;
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
    return this.#cluster.cluster;
  }

  /**
   * Carries a change into the tables. What goes and was not there changes nothing. Throws RangeError for a network set that the
   * cluster does not have.
   */
  apply(change: Change): Update {
    const { touched, layouts } = this.#state;
    try {
      this.#carry(change);
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

  #carry(change: Change): void {
    if (change.kind === 'pod') {
      const { before, after } = this.#cluster.replacePod(change);
      this.#state.replacePod(before, after);
    } else if (change.kind === 'network-set-member') {
      this.#cluster.changeMember(change);
      this.#state.changeMember(change, change.net, change.isMember);
    } else {
      const { before, after } = this.#cluster.replacePolicy(change);
      this.#state.replacePolicy(before, after);
    }
  }
}

/** Tables of a cluster under a CNI that changes are carried into. Throws RangeError when they pass 4 GiB. */
export function createUpdater(cluster: Cluster, profile: CniProfile): Updater {
  return new Updater(cluster, profile);
}
