/** The specs of Cilium's policies as their API has them, with the way to each in its manifest and the pods that it is for. */
import type { CiliumPolicy, CiliumSpec } from '../policy/api/cilium.ts';
import { enforces } from '../policy/resolve/enforcement.ts';
import { scopedSubject, selectedPods } from '../policy/translate/cilium-selector.ts';
import type { Selector } from '../selector/selector.ts';
import type { Subject } from './check.ts';
import type { Path } from './source-places.ts';

export interface PlacedSpec {
  readonly policy: CiliumPolicy;
  readonly spec: CiliumSpec;
  /** From the policy's object to the spec. */
  readonly path: Path;
  /** Absent: it is for nodes, or for nobody. */
  readonly selector?: Selector;
}

/** Every spec, policy by policy; none where the CNI does not look at Cilium's policies. */
export function ciliumSpecs({ world, sources }: Pick<Subject, 'world' | 'sources'>): PlacedSpec[] {
  const { cluster, profile } = world;
  if (!enforces(profile, 'Cilium')) return [];
  return cluster.ciliumPolicies.flatMap((policy) => {
    const object = sources.objectAt(policy.at);
    const listed = object?.valueAt(['specs']);
    const paths: Path[] = Array.isArray(listed) ? listed.map((_, index) => ['specs', index]) : [];
    if (object?.valueAt(['spec']) !== undefined) paths.unshift(['spec']);
    return policy.specs.map((spec, index): PlacedSpec => {
      const { endpointSelector: own } = spec;
      const selector = own === undefined ? undefined : selectedPods(scopedSubject(own, policy.namespace));
      return {
        policy,
        spec,
        path: paths[index] ?? ['spec'],
        ...(selector === undefined ? {} : { selector }),
      };
    });
  });
}
