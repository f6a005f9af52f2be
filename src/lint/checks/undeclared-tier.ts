/** A policy in a tier that no manifest declares: it is asked behind all other tiers, and its end denies. */
import { didYouMean } from '../../diagnostic/nearest.ts';
import { enforces } from '../../policy/resolve/enforcement.ts';
import { BUILT_IN_TIERS } from '../../policy/resolve/tiers.ts';
import type { Check } from '../check.ts';

export const UNDECLARED_TIER: Check = {
  code: 'lint/undeclared-tier',
  severity: 'error',
  title: 'a policy is in a tier that nothing declares',
  *find({ world, sources }) {
    if (!enforces(world.profile, 'Calico')) return;
    const { cluster } = world;
    const known = [...BUILT_IN_TIERS, ...cluster.tiers].map(({ name }) => name);
    for (const { kind, name, tier, at: place } of cluster.calicoPolicies) {
      if (known.includes(tier)) continue;
      const { at, span } = sources.spot(place, ['spec', 'tier']);
      const meant = didYouMean(tier, known);
      yield {
        at,
        span,
        message: `${kind} ${name} is in tier ${tier}, which is declared nowhere: it is asked behind all other tiers, and what it does not allow is denied`,
        suggestion: meant ?? 'give the Tier too, with -f',
        // Where no Tier is given at all, those of the cluster may not be in these manifests.
        ...(meant === undefined && cluster.tiers.length === 0 ? { severity: 'warning' as const } : {}),
      };
    }
  },
};
