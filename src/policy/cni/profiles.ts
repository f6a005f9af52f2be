/** The CNI profiles by name. */
import { CALICO, CALICO_3_31 } from './calico.ts';
import { KUBERNETES } from './kubernetes.ts';
import type { CniProfile } from './profile.ts';

const PROFILES: ReadonlyMap<string, CniProfile> = new Map([
  ['calico', CALICO],
  ['calico-iptables', CALICO],
  ['calico@3.31', CALICO_3_31],
  ['kubernetes', KUBERNETES],
]);

/** Every name that `--cni` takes, other names included. */
export const CNI_NAMES: readonly string[] = [...PROFILES.keys()];

/** The profile of a name that `--cni` takes; undefined for any other. */
export function cniProfile(name: string): CniProfile | undefined {
  return PROFILES.get(name);
}
