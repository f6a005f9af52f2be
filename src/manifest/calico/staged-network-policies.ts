/**
 * StagedKubernetesNetworkPolicy: a NetworkPolicy of Kubernetes, with its defaults, that is not enforced.
 *
 * Source: projectcalico/calico api/pkg/apis/projectcalico/v3/stagedkubernetesnetworkpolicy.go,
 * api/admission/networkpolicy.mutatingadmissionpolicy.yaml.
 */
import type { NetworkPolicy } from '../../policy/api/network-policy.ts';
import type { Cursor } from '../cursor.ts';
import { readNetworkPolicy } from '../kubernetes/network-policies.ts';
import { checkDeletion, readStagedAction } from './calico-policies.ts';

/** A staged policy; undefined without a name. `isDeletion`: it only names one that would be taken away. */
export function readStagedNetworkPolicy(
  object: Cursor,
): { readonly policy: NetworkPolicy; readonly isDeletion: boolean } | undefined {
  const policy = readNetworkPolicy(object, ['stagedAction']);
  const spec = object.field('spec');
  if (!spec.isPresent) object.error('manifest/missing-field', 'the object has no spec', { on: 'key' });
  const isDeletion = readStagedAction(spec) === 'Delete';
  if (isDeletion) checkDeletion(spec, ['stagedAction']);
  return policy === undefined ? undefined : { policy, isDeletion };
}
