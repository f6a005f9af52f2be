/** The selector of a CiliumNetworkPolicy that names another namespace: Cilium puts the policy's own in its place. */
import type { Check } from '../check.ts';
import { ciliumSpecs } from '../cilium-specs.ts';

/** The label that Cilium replaces; under other spellings it is asked beside its own, and nobody has both. */
const KEY = 'k8s:io.kubernetes.pod.namespace';

export const NAMESPACE_IGNORED: Check = {
  code: 'lint/namespace-ignored',
  severity: 'error',
  title: "a policy's selector names another namespace, and governs pods of its own",
  *find(subject) {
    for (const { policy, spec, path } of ciliumSpecs(subject)) {
      const named = spec.endpointSelector?.matchLabels[KEY];
      const { namespace } = policy;
      if (named === undefined || namespace === '' || named === namespace) continue;
      const { at, span } = subject.sources.spot(policy.at, [...path, 'endpointSelector', 'matchLabels', KEY]);
      yield {
        at,
        span,
        message: `Cilium puts the policy's own namespace in the place of ${named}: pods of ${namespace} are governed, and none of ${named}`,
        suggestion: `put the policy into namespace ${named}, or make it a CiliumClusterwideNetworkPolicy`,
      };
    }
  },
};
