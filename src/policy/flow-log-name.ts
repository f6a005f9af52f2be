/**
 * Rules as Calico's flow logs name them: `0|default|np:shop/web|allow|2`, so that what is printed here can be laid beside
 * real flow logs. The first number is the position in the trace, the last the rule's after Calico's expansion, -1 at the
 * end of a tier.
 *
 * Source: projectcalico/calico felix/calc/policy_lookup_cache.go (setFlowLogPolicyName), felix/types (short kinds),
 * goldmane/proto/methods.go (ToString); `kanp` and `kbanp` are those of the releases that had the two kinds.
 */
import type { Action, Policy, Profile, Rule, Tier } from './policy.ts';

/** One station of a packet's path. Without a rule: the end of the tier, or of all profiles. */
export interface FlowLogHit {
  readonly tier?: Pick<Tier, 'name'>;
  readonly policy?: Pick<Policy, 'calicoKind' | 'namespace' | 'name'>;
  readonly profile?: Pick<Profile, 'name'>;
  readonly rule?: Pick<Rule, 'calicoIndex'>;
  readonly action: Action;
}

const SHORT_KINDS: Readonly<Record<string, string>> = {
  NetworkPolicy: 'np',
  GlobalNetworkPolicy: 'gnp',
  StagedNetworkPolicy: 'snp',
  StagedGlobalNetworkPolicy: 'sgnp',
  StagedKubernetesNetworkPolicy: 'sknp',
  KubernetesNetworkPolicy: 'knp',
  CiliumNetworkPolicy: 'cnp',
  CiliumClusterwideNetworkPolicy: 'ccnp',
  KubernetesClusterNetworkPolicy: 'kcnp',
  KubernetesAdminNetworkPolicy: 'kanp',
  KubernetesBaselineAdminNetworkPolicy: 'kbanp',
};

const PROFILE_TIER = '__PROFILE__';
const NO_MATCH = '__NO_MATCH__';
const TIER_END = -1;

/** One hit at a position of the reported trace, 0-based. */
export function hitString(index: number, hit: FlowLogHit): string {
  const { tier, policy, profile, rule, action } = hit;
  if (tier === undefined || policy === undefined)
    return [index, PROFILE_TIER, `pro:${profile?.name ?? NO_MATCH}`, action, rule?.calicoIndex ?? 0].join(
      '|',
    );
  return [index, tier.name, flowLogPolicyName(policy), action, rule?.calicoIndex ?? TIER_END].join('|');
}

/** A whole path: log rules are not in a trace and take no number. */
export function hitStrings(path: readonly FlowLogHit[]): string[] {
  return path.filter(({ action }) => action !== 'log').map((hit, index) => hitString(index, hit));
}

/** `np:shop/web`. */
export function flowLogPolicyName({
  calicoKind,
  namespace,
  name,
}: Pick<Policy, 'calicoKind' | 'namespace' | 'name'>): string {
  const place = namespace === '' ? '' : `${namespace}/`;
  return `${SHORT_KINDS[calicoKind] ?? calicoKind}:${place}${name}`;
}
