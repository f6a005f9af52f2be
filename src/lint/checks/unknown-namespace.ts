/** A policy in a namespace that does not exist: it is about nobody, or cannot be created. */
import { didYouMean } from '../../diagnostic/nearest.ts';
import { onePolicyEach } from '../../policy/policy-group.ts';
import type { Check } from '../check.ts';

export const UNKNOWN_NAMESPACE: Check = {
  code: 'lint/unknown-namespace',
  severity: 'warning',
  title: 'a policy is in a namespace that does not exist',
  *find({ world, inventory, sources }) {
    if (!inventory.hasEndpoints) return;
    const there = inventory.namespaces.filter(
      ({ name, at }) => at !== undefined || inventory.hasPodsIn(name),
    );
    const names = there.map(({ name }) => name);
    for (const { kind, namespace, name, at: place } of onePolicyEach(world.resolved.policies)) {
      if (namespace === '' || names.includes(namespace)) continue;
      const isWritten = sources.objectAt(place)?.valueAt(['metadata', 'namespace']) !== undefined;
      const meant = isWritten ? didYouMean(namespace, names) : undefined;
      const { at, span } = isWritten
        ? sources.spot(place, ['metadata', 'namespace'])
        : { at: place, span: 1 };
      yield {
        at,
        span,
        message: isWritten
          ? `${kind} ${name} is in namespace ${namespace}, which has no pods and is declared nowhere`
          : `${kind} ${name} names no namespace, so it is taken to be in ${namespace}, which has no pods`,
        suggestion: meant ?? (isWritten ? 'give its pods too, with -f' : 'write metadata.namespace'),
        ...(meant === undefined && !inventory.isWhole && isWritten ? { severity: 'note' as const } : {}),
      };
    }
  },
};
