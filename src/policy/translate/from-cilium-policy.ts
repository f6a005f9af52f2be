/**
 * CiliumNetworkPolicy and CiliumClusterwideNetworkPolicy → policies of the model, two a spec: what it denies stands in a tier of its own, before
 * all that allows; what it allows stands beside NetworkPolicies, which it isolates like. A deny wins over every allow, whichever policies
 * they are of.
 *
 * Source: cilium/cilium pkg/policy/utils/parse.go (RulesToPolicyEntries), pkg/policy/repository.go (computePolicyEnforcementAndRules),
 * pkg/policy/{rule,mapstate}.go; Documentation/security/policy/language.rst, deny.rst.
 */
import type { Selector } from '../../selector/selector.ts';
import type { CiliumList, CiliumPolicy, CiliumRule, CiliumSpec } from '../api/cilium.ts';
import type { TranslationKnobs } from '../cni/profile.ts';
import type { Direction, Policy, Rule, RuleMatch } from '../policy.ts';
import { type CiliumMatch, type CiliumState, ciliumMatches } from './cilium-peers.ts';
import { ciliumLayer4 } from './cilium-ports.ts';
import { asksInit, scopedSubject, selectedPods } from './cilium-selector.ts';
import { DEFAULT_TIER, NETWORK_POLICY_ORDER } from './from-network-policy.ts';
import type { NumbersOfName } from './network-policy-ports.ts';

/** The tier of all that Cilium's policies deny. */
export const CILIUM_DENY_TIER = 'cilium-deny';

/** What the translation of a policy depends on beside it. */
export interface CiliumContext {
  readonly cluster: CiliumState;
  readonly knobs: TranslationKnobs;
  readonly numbersOf: NumbersOfName;
}

/** The policies of the model that mean the same; none for specs of nodes and for those that select no pod whatever its labels. */
export function fromCiliumPolicy(policy: CiliumPolicy, context: CiliumContext): Policy[] {
  // Rules of all specs are numbered through, since they share the object's name.
  const numbers = { ingress: 0, egress: 0 };
  return policy.specs.flatMap((spec) => {
    if (spec.endpointSelector === undefined) return [];
    const selector = selectedPods(scopedSubject(spec.endpointSelector, policy.namespace));
    if (selector === undefined) return [];
    const listed = (list: CiliumList, direction: Direction): Rule[] => {
      const action = list.endsWith('Deny') ? 'deny' : 'allow';
      return spec[list]
        .flatMap((rule, index) =>
          expand(rule, direction, { ...context, policy, spec, selector }).map(
            (match) => ({ ...match, action, index }) as const,
          ),
        )
        .map((rule) => ({ ...rule, calicoIndex: numbers[direction]++ }));
    };
    const denied = { ingress: listed('ingressDeny', 'ingress'), egress: listed('egressDeny', 'egress') };
    const allowed = { ingress: listed('ingress', 'ingress'), egress: listed('egress', 'egress') };
    return twoPolicies(policy, spec, selector, { denied, allowed });
  });
}

type Rules = Policy['rules'];

function twoPolicies(
  { kind, namespace, name, at }: CiliumPolicy,
  spec: CiliumSpec,
  selector: Selector,
  { denied, allowed }: { readonly denied: Rules; readonly allowed: Rules },
): Policy[] {
  const shared = {
    kind,
    calicoKind: kind,
    namespace,
    name,
    order: NETWORK_POLICY_ORDER,
    staged: false,
    placement: 'normal',
    selector,
    at,
  } as const;
  const isolates = {
    ingress: spec.ingress.length + spec.ingressDeny.length > 0 && spec.enableDefaultDeny.ingress,
    egress: spec.egress.length + spec.egressDeny.length > 0 && spec.enableDefaultDeny.egress,
  };
  const denies = { ingress: denied.ingress.length > 0, egress: denied.egress.length > 0 };
  const types = {
    ingress: isolates.ingress || allowed.ingress.length > 0,
    egress: isolates.egress || allowed.egress.length > 0,
  };
  const isolatesAll = isolates.ingress === types.ingress && isolates.egress === types.egress;
  const has = (directions: Policy['types']): boolean => directions.ingress || directions.egress;
  return [
    ...(has(denies) ? [{ ...shared, tier: CILIUM_DENY_TIER, types: denies, rules: denied }] : []),
    ...(has(types)
      ? [{ ...shared, tier: DEFAULT_TIER, types, ...(isolatesAll ? {} : { isolates }), rules: allowed }]
      : []),
  ];
}

interface RuleContext extends CiliumContext {
  readonly policy: CiliumPolicy;
  readonly spec: CiliumSpec;
  /** The policy's own pods. */
  readonly selector: Selector;
}

type Expanded = Pick<Rule, 'match' | 'at' | 'beyond'>;

/** Who may be at the other end: without peers anyone, unless the rule asks nothing at all, which matches nobody. */
function peersOf(rule: CiliumRule, context: RuleContext): (CiliumMatch & Pick<Rule, 'at'>)[] {
  const { cluster, knobs, policy, spec } = context;
  if (rule.peers === undefined)
    return rule.ports === undefined ? [] : [{ kind: 'anyone', match: {}, at: rule.at }];
  const { namespace } = policy;
  const isForInit = asksInit(spec.endpointSelector!);
  return rule.peers.flatMap((peer) =>
    ciliumMatches(peer, { cluster, knobs, namespace, isForInit }).map((found) => ({ ...found, at: peer.at })),
  );
}

function expand(rule: CiliumRule, direction: Direction, context: RuleContext): Expanded[] {
  const { knobs, numbersOf, policy, selector } = context;
  return peersOf(rule, context).flatMap(({ kind, match: peer, at }) => {
    const targets = direction === 'ingress' ? selector : peer.selector;
    const layer4 = ciliumLayer4(rule, {
      direction,
      peer: kind,
      namespace: policy.namespace,
      ...(targets === undefined ? {} : { targets }),
      knobs,
      numbersOf,
    });
    return layer4.map(({ asked, ports }): Expanded => {
      const sides: Pick<RuleMatch, 'source' | 'destination'> =
        direction === 'ingress'
          ? { source: peer, destination: ports }
          : { source: {}, destination: { ...peer, ...ports } };
      return {
        match: { ...asked, ...sides },
        at,
        ...(rule.beyond.length === 0 ? {} : { beyond: rule.beyond }),
      };
    });
  });
}
