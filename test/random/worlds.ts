/** Kinds of clusters, each with the CNI that it is judged under, which random tests of whole worlds draw. */
import type { Cluster } from '../../src/policy/cluster.ts';
import { CALICO } from '../../src/policy/cni/calico.ts';
import type { CniProfile } from '../../src/policy/cni/profile.ts';
import { cniProfile } from '../../src/policy/cni/profiles.ts';
import { drawCalicoCluster } from './calico-cluster.ts';
import type { Random } from './mulberry.ts';
import { drawProfile } from './profiles.ts';

export interface DrawnWorld {
  readonly name: string;
  readonly cluster: (draw: Random) => Cluster;
  readonly cni: (draw: Random) => CniProfile;
}

const withoutHosts = (draw: Random): Cluster => drawCalicoCluster(draw, { admin: true, hosts: false });

export const CALICO_WORLD: DrawnWorld = { name: 'Calico', cluster: withoutHosts, cni: () => CALICO };
export const API_WORLD: DrawnWorld = {
  name: 'the API',
  cluster: withoutHosts,
  cni: () => cniProfile('kubernetes')!,
};
export const ANY_WORLD: DrawnWorld = { name: 'any knobs', cluster: withoutHosts, cni: drawProfile };
