/** Which CNI runs which engine. The data planes that make the same of policy have different costs all the same. */
import type { CniProfile } from '../../policy/cni/profile.ts';
import type { World } from '../../policy/world.ts';
import { antreaCost } from './antrea.ts';
import { calicoCost } from './calico.ts';
import { calicoEbpfCost } from './calico-ebpf.ts';
import { ciliumCost } from './cilium.ts';
import type { Engine, EngineCost } from './cost.ts';
import { groundOf } from './ground.ts';
import { kubeNetworkPoliciesCost } from './kube-network-policies.ts';
import { kubeRouterCost, kubeRouterNftCost } from './kube-router.ts';
import { romanaCost } from './romana.ts';
import { weaveCost } from './weave.ts';

/** By the name of the profile; undefined: it has no data plane. A profile that a user wrote has the engine of the one it goes back to. */
const ENGINES: Readonly<Record<string, Engine | undefined>> = {
  calico: calicoCost,
  'calico@3.31': calicoCost,
  'calico-ebpf': calicoEbpfCost,
  cilium: ciliumCost,
  'cilium-legacy': ciliumCost,
  'kube-router': kubeRouterCost,
  'kube-router-nft': kubeRouterNftCost,
  weave: weaveCost,
  romana: romanaCost,
  antrea: antreaCost,
  flannel: ({ nodes }) => ({
    units: [],
    nodes: nodes.map(({ name }) => ({ node: name, parts: [] })),
    uses: [],
    notCounted: [],
    source: 'flannel-io/flannel Documentation/netpol.md',
  }),
  'flannel+netpol': kubeNetworkPoliciesCost,
  'kube-network-policies': kubeNetworkPoliciesCost,
  kubernetes: undefined,
};

/** Whether it is known what a set costs on the CNI. */
export function hasEngine({ name, builtOn = name }: Pick<CniProfile, 'name' | 'builtOn'>): boolean {
  return builtOn in ENGINES;
}

/** What the world's policies cost on its CNI; undefined where that has no data plane. */
export function engineCost(world: World): EngineCost | undefined {
  const { name, builtOn = name } = world.profile;
  return ENGINES[builtOn]?.(groundOf(world));
}
