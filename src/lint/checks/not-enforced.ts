/** A policy of an API that the CNI does not look at: it has no effect. */

import type { Location } from '../../diagnostic/diagnostic.ts';
import type { PolicyApi } from '../../policy/cni/profile.ts';
import { CNI_NAMES, cniProfile } from '../../policy/cni/profiles.ts';
import { enforces } from '../../policy/resolve/enforcement.ts';
import type { Check } from '../check.ts';

interface Named {
  readonly name: string;
  readonly at: Location;
}

export const NOT_ENFORCED: Check = {
  code: 'lint/not-enforced',
  severity: 'error',
  title: 'the CNI does not enforce a policy of this kind',
  *find({ world: { cluster, profile } }) {
    const all: readonly [PolicyApi, string, Named][] = [
      ...cluster.networkPolicies
        .filter(({ staged }) => staged !== true)
        .map((policy) => ['NetworkPolicy', 'NetworkPolicy', policy] as [PolicyApi, string, Named]),
      ...cluster.adminPolicies.map(
        (policy) => [policy.kind, policy.kind, policy] as [PolicyApi, string, Named],
      ),
      ...cluster.calicoPolicies.map(
        (policy) => ['Calico', `Calico's ${policy.kind}`, policy] as [PolicyApi, string, Named],
      ),
      ...cluster.ciliumPolicies.map(
        (policy) => ['Cilium', policy.kind, policy] as [PolicyApi, string, Named],
      ),
    ];
    for (const [api, kind, { name, at }] of all) {
      if (enforces(profile, api)) continue;
      const able = CNI_NAMES.filter((other) => enforces(cniProfile(other)!, api));
      yield {
        at,
        span: name.length,
        message: `${kind} ${name} has no effect: ${profile.name} does not enforce this kind`,
        ...(able.length === 0
          ? {}
          : {
              suggestion: `${able.slice(0, 3).join(', ')} ${able.length === 1 ? 'does' : 'do'}: --cni names the CNI of the cluster`,
            }),
      };
    }
  },
};
