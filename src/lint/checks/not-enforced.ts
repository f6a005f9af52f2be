/** A policy that the CNI does not look at, or refuses: it has no effect. */
import type { NetworkPolicy } from '../../policy/api/network-policy.ts';
import type { PolicyApi } from '../../policy/cni/profile.ts';
import { CNI_NAMES, cniProfile } from '../../policy/cni/profiles.ts';
import { enforces } from '../../policy/resolve/enforcement.ts';
import { isHeeded, shutters } from '../../policy/translate/from-network-policies.ts';
import { isRefused } from '../../policy/translate/from-network-policy.ts';
import type { World } from '../../policy/world.ts';
import type { Check, Finding, Related } from '../check.ts';

interface Named {
  readonly api: PolicyApi;
  /** As people know the kind. */
  readonly kind: string;
  readonly name: string;
  readonly at: Related['at'];
}

/** Policies that are meant to be enforced, of all APIs. */
function allPolicies({ cluster }: World): Named[] {
  const { networkPolicies, adminPolicies, calicoPolicies, ciliumPolicies } = cluster;
  return [
    ...networkPolicies
      .filter(({ staged }) => staged !== true)
      .map(({ name, at }): Named => ({ api: 'NetworkPolicy', kind: 'NetworkPolicy', name, at })),
    ...adminPolicies.map(({ kind, name, at }): Named => ({ api: kind, kind, name, at })),
    ...calicoPolicies.map(
      ({ kind, name, at }): Named => ({ api: 'Calico', kind: `Calico's ${kind}`, name, at }),
    ),
    ...ciliumPolicies.map(({ kind, name, at }): Named => ({ api: 'Cilium', kind, name, at })),
  ];
}

function ofOtherKind({ api, kind, name, at }: Named, { profile }: World): Finding {
  const able = CNI_NAMES.filter((other) => enforces(cniProfile(other)!, api));
  return {
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

/** Why a NetworkPolicy means nothing to a CNI that does enforce the kind; undefined where it does. */
function vanity(
  policy: NetworkPolicy,
  { cluster, profile }: World,
): Pick<Finding, 'message' | 'suggestion'> | undefined {
  const { name, namespace } = policy;
  if (isRefused(policy, profile))
    return {
      message: `NetworkPolicy ${name} has no effect: ${profile.name} refuses it for its named port, and leaves its pods open`,
      suggestion: 'write the number of the port',
    };
  if (!isHeeded(cluster.namespaces.get(namespace), profile))
    return {
      message: `NetworkPolicy ${name} has no effect: ${profile.name} polices namespaces annotated DefaultDeny alone, and ${namespace} is not`,
      suggestion: 'annotate the namespace: net.beta.kubernetes.io/network-policy with DefaultDeny',
    };
  return undefined;
}

function* findings({ world }: { readonly world: World }): Generator<Finding> {
  const { cluster, profile } = world;
  for (const policy of allPolicies(world))
    if (!enforces(profile, policy.api)) yield ofOtherKind(policy, world);
  if (!enforces(profile, 'NetworkPolicy')) return;
  for (const policy of cluster.networkPolicies) {
    const found = policy.staged === true ? undefined : vanity(policy, world);
    if (found !== undefined) yield { at: policy.at, span: policy.name.length, ...found };
  }
  for (const { name, at } of shutters(cluster.networkPolicies, profile))
    yield {
      at,
      span: name.length,
      message: `${profile.name} writes no rule of any policy while ${name} has no rule of ingress`,
      suggestion: 'give it a rule that matches nobody, or take it away',
    };
}

export const NOT_ENFORCED: Check = {
  code: 'lint/not-enforced',
  severity: 'error',
  title: 'the CNI does not enforce a policy',
  find: findings,
};
