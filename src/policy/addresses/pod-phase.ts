/** Whether a pod still owns its addresses. */
import type { Pod } from '../cluster.ts';

/**
 * A finished pod has released its addresses; another pod may hold them by now.
 *
 * Source: projectcalico/calico libcalico-go/lib/backend/k8s/conversion/conversion.go (IsFinished).
 */
export function isFinished({ phase }: Pod): boolean {
  return phase === 'Succeeded' || phase === 'Failed' || phase === 'Completed';
}
