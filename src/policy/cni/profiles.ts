/** The CNI profiles by name. */
import { ANTREA } from './antrea.ts';
import { CALICO, CALICO_3_31, CALICO_EBPF } from './calico.ts';
import { CILIUM, CILIUM_LEGACY } from './cilium.ts';
import { FLANNEL, FLANNEL_NETPOL, KUBE_NETWORK_POLICIES } from './kube-network-policies.ts';
import { KUBE_ROUTER, KUBE_ROUTER_NFT } from './kube-router.ts';
import { KUBERNETES } from './kubernetes.ts';
import type { CniProfile } from './profile.ts';
import { ROMANA } from './romana.ts';
import { WEAVE } from './weave.ts';

/** The data planes of one name make the same of policy. */
const PROFILES: ReadonlyMap<string, CniProfile> = new Map([
  ['calico', CALICO],
  ['calico-iptables', CALICO],
  ['calico-nftables', CALICO],
  ['calico-ebpf', CALICO_EBPF],
  ['calico@3.31', CALICO_3_31],
  ...[
    CILIUM,
    CILIUM_LEGACY,
    KUBE_ROUTER,
    KUBE_ROUTER_NFT,
    WEAVE,
    ROMANA,
    ANTREA,
    FLANNEL,
    FLANNEL_NETPOL,
    KUBE_NETWORK_POLICIES,
    KUBERNETES,
  ].map((profile) => [profile.name, profile] as const),
]);

/** Every profile once. */
export const BUILT_IN_PROFILES: readonly CniProfile[] = [...new Set(PROFILES.values())];

/** Every name that `--cni` takes, other names included. */
export const CNI_NAMES: readonly string[] = [...PROFILES.keys()];

/** The profile of a name that `--cni` takes; undefined for any other. */
export function cniProfile(name: string): CniProfile | undefined {
  return PROFILES.get(name);
}
