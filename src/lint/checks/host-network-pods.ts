/** A policy whose selector takes pods on the host network: they are their node, and no policy of pods is about them. */
import { onePolicyEach } from '../../policy/policy-group.ts';
import { listed } from '../../policy/resolve/enforcement.ts';
import type { Check } from '../check.ts';
import { labelSpot, subjectPaths } from '../policy-places.ts';

export const HOST_NETWORK_PODS: Check = {
  code: 'lint/host-network-pods',
  severity: 'note',
  title: 'a policy selects pods on the host network, which it does not govern',
  *find({ world, inventory, sources }) {
    for (const policy of onePolicyEach(world.resolved.policies)) {
      const pods = inventory.hostNetworkPodsOf(policy.selector);
      // Where there are no others lint/selects-nothing tells it.
      if (pods.length === 0 || inventory.labelSetsOf(policy.selector).length === 0) continue;
      const { at, span } = labelSpot(sources, policy.at, subjectPaths(policy), undefined);
      yield {
        at,
        span,
        message: `${policy.kind} ${policy.name} does not govern ${listed(pods.map(({ namespace, name }) => `${namespace}/${name}`))}: ${pods.length === 1 ? 'it is' : 'they are'} on the host network`,
        related: pods
          .slice(0, 5)
          .map(({ at: place, name }) => ({ at: place, message: `${name} has hostNetwork` })),
      };
    }
  },
};
