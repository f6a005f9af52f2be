/**
 * Names of policies as suites write them: `NetworkPolicy/shop/db`, `GlobalNetworkPolicy/quarantine`, `Profile/kns.shop`. Two
 * APIs call a kind NetworkPolicy; `NetworkPolicy.projectcalico.org/shop/db` says which one is meant.
 */
import { didYouMean } from '../diagnostic/nearest.ts';
import type { Decider } from '../policy/decision.ts';
import { policyGroup } from '../policy/policy-group.ts';

/** Kinds of what can decide, with the groups that have them. */
const KINDS: Readonly<
  Record<string, { readonly groups: readonly string[]; readonly isNamespaced: boolean }>
> = {
  NetworkPolicy: { groups: ['networking.k8s.io', 'projectcalico.org'], isNamespaced: true },
  GlobalNetworkPolicy: { groups: ['projectcalico.org'], isNamespaced: false },
  ClusterNetworkPolicy: { groups: ['policy.networking.k8s.io'], isNamespaced: false },
  AdminNetworkPolicy: { groups: ['policy.networking.k8s.io'], isNamespaced: false },
  BaselineAdminNetworkPolicy: { groups: ['policy.networking.k8s.io'], isNamespaced: false },
  CiliumNetworkPolicy: { groups: ['cilium.io'], isNamespaced: true },
  CiliumClusterwideNetworkPolicy: { groups: ['cilium.io'], isNamespaced: false },
  Namespace: { groups: [''], isNamespaced: false },
  Profile: { groups: ['projectcalico.org'], isNamespaced: false },
};

interface PolicyName {
  readonly kind: string;
  /** '' when the name leaves it open. */
  readonly group: string;
  /** `namespace/name`, or `name`. */
  readonly object: string;
}

function parts(text: string): PolicyName {
  const [word = '', ...rest] = text.split('/');
  const [kind = '', ...group] = word.split('.');
  return { kind, group: group.join('.').replace(/^crd\./, ''), object: rest.join('/') };
}

function badKind(kind: string): { readonly message: string; readonly hint: string } {
  if (kind.startsWith('Staged'))
    return { message: 'a staged policy decides nothing', hint: 'expect its effect with pending: deny' };
  const known = Object.keys(KINDS);
  return {
    message: `there are no policies of kind ${JSON.stringify(kind)}`,
    hint: didYouMean(kind, known) ?? `known: ${known.join(', ')}`,
  };
}

/** What is wrong with a name; undefined when it may name a policy. */
export function policyNameProblem(
  text: string,
): { readonly message: string; readonly hint: string } | undefined {
  if (!/^[^/]+(\/[^/]+){1,2}$/.test(text))
    return {
      message: `${JSON.stringify(text)} names no policy`,
      hint: 'write Kind/namespace/name, such as NetworkPolicy/shop/db',
    };
  const { kind, group, object } = parts(text);
  const known = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  if (known === undefined) return badKind(kind);
  if (group !== '' && !known.groups.includes(group))
    return {
      message: `${group} has no kind ${kind}`,
      hint: `${kind} is one of ${known.groups.join(' and ')}`,
    };
  if (object.includes('/') === known.isNamespaced) return undefined;
  return known.isNamespaced
    ? { message: `${kind} is namespaced`, hint: `write ${kind}/namespace/${object}` }
    : {
        message: `${kind} is cluster-scoped, neither a namespace nor a tier belongs to its name`,
        hint: `write ${kind}/${object.split('/').at(-1)}`,
      };
}

function groupOf({ policy }: Decider): string {
  return policy === undefined ? '' : policyGroup(policy);
}

/** `Kind/namespace/name`, `Kind/name` for cluster-scoped policies, `Profile/name`; empty when nothing decided. */
export function deciderName(decider: Decider | undefined, withGroup = false): string {
  if (decider?.policy !== undefined) {
    const { kind, namespace, name } = decider.policy;
    const group = withGroup ? groupOf(decider) : '';
    return [group === '' ? kind : `${kind}.${group}`, namespace, name].filter(Boolean).join('/');
  }
  return decider?.profile === undefined ? '' : `Profile/${decider.profile.name}`;
}

/** Whether a name says of which API it is. */
export function namesGroup(text: string): boolean {
  return parts(text).group !== '';
}

/** Whether the decider is the one that is named. */
export function isNamed(text: string, decider: Decider | undefined): boolean {
  if (decider === undefined) return false;
  const { kind, group, object } = parts(text);
  const named = group === '' || groupOf(decider) === '' || group === groupOf(decider);
  return named && deciderName(decider) === `${kind}/${object}`;
}
