/** Whose words a report speaks: Calico has tiers and profiles, the others have policies that isolate. */
import type { CniProfile } from '../policy/cni/profile.ts';
import type { Terms } from '../report/style.ts';

export function termsOf({ enforces }: Pick<CniProfile, 'enforces'>): Terms {
  return enforces.includes('Calico') ? 'calico' : 'kubernetes';
}
