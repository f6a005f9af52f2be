/**
 * The tiers of a cluster: those that Calico makes itself, those that the manifests declare, and those that policies
 * name although nobody declared them.
 *
 * Source: projectcalico/calico libcalico-go/lib/clientv3/client.go (ensureTierExists), felix/calc/policy_sorter.go,
 * felix/calc/policy_resolver.go (sendEndpointUpdate); in 3.31, libcalico-go/lib/names/policy.go.
 */
import type { CalicoTier } from '../api/calico.ts';
import type { Policy, Tier } from '../policy.ts';
import { CILIUM_DENY_TIER } from '../translate/from-cilium-policy.ts';
import { compareTiers } from './order.ts';

/** Calico's, as above, and where Cilium's denies stand: what admin policies pass on comes first, all that allows behind. */
export const BUILT_IN_TIERS: readonly Tier[] = [
  { name: 'adminnetworkpolicy', order: 1_000, endAction: 'pass' },
  { name: 'kube-admin', order: 1_000, endAction: 'pass' },
  { name: CILIUM_DENY_TIER, order: 999_999, endAction: 'pass' },
  { name: 'default', order: 1_000_000, endAction: 'deny' },
  { name: 'baselineadminnetworkpolicy', order: 10_000_000, endAction: 'pass' },
  { name: 'kube-baseline', order: 10_000_000, endAction: 'pass' },
];

/** Every tier that some policy names, in order. */
export function tiersOf(policies: readonly Policy[], declared: readonly CalicoTier[]): Tier[] {
  const names = new Set(policies.map(({ tier }) => tier));
  return [...names].map((name) => tierNamed(name, declared)).sort(compareTiers);
}

/** A tier that nobody declared is enforced all the same, behind the others, and denies at its end. */
function tierNamed(name: string, declared: readonly CalicoTier[]): Tier {
  const builtIn = BUILT_IN_TIERS.find((tier) => tier.name === name);
  const written = declared.find((tier) => tier.name === name);
  if (written === undefined)
    return builtIn ?? { name, order: Number.POSITIVE_INFINITY, endAction: 'deny', undeclared: true };
  const order = written.order ?? builtIn?.order ?? Number.POSITIVE_INFINITY;
  return { name, order, endAction: written.defaultAction === 'Pass' ? 'pass' : 'deny' };
}
