/**
 * Lists of a CiliumNetworkPolicy that hold nothing: an empty list isolates nobody, where it would isolate in a NetworkPolicy, and an
 * empty rule isolates and admits nobody, where it would admit everybody.
 */
import type { CiliumPolicy } from '../../policy/api/cilium.ts';
import type { Check, Finding, Subject } from '../check.ts';
import { ciliumSpecs } from '../cilium-specs.ts';
import type { Path } from '../source-places.ts';

function* inSpec(policy: CiliumPolicy, path: Path, { sources }: Subject): Generator<Finding> {
  const object = sources.objectAt(policy.at);
  for (const list of ['ingress', 'egress'] as const) {
    const value = object?.valueAt([...path, list]);
    if (object === undefined || !Array.isArray(value)) continue;
    const { at, span } = object.spotAt([...path, list], 'key');
    if (value.length === 0)
      yield {
        at,
        span,
        message: `${list}: [] isolates nobody in a ${policy.kind}: everything stays allowed as far as this policy goes`,
        suggestion: `to deny all ${list}, write ${list}: [{}]`,
      };
    for (const [index, rule] of value.entries())
      if (value.length > 1 && typeof rule === 'object' && rule !== null && Object.keys(rule).length === 0) {
        const spot = object.spotAt([...path, list, index]);
        yield {
          at: spot.at,
          span: spot.span,
          message: `an empty rule admits nobody in a ${policy.kind}, other than in a NetworkPolicy`,
          suggestion: `to allow all ${list}, write ${list === 'ingress' ? 'fromEntities' : 'toEntities'}: [all]`,
        };
      }
  }
}

export const CILIUM_EMPTY_RULES: Check = {
  code: 'lint/cilium-empty-rules',
  severity: 'warning',
  title: "an empty list or rule of Cilium's policies means the opposite of what it means elsewhere",
  *find(subject) {
    for (const { policy, path } of ciliumSpecs(subject)) yield* inSpec(policy, path, subject);
  },
};
