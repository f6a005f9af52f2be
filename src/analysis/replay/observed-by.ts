/**
 * Deciders by the word of a trace in the names of the cluster's policies, and whether they are the ones that decide here. A trace may say
 * less than the manifests: what it leaves open is taken as equal.
 */
import type { Hit, OutcomeLegend } from '../../compile/legend.ts';
import type { Direction, Policy, Rule } from '../../policy/policy.ts';
import {
  DROP_REASON,
  deciderOfText,
  EBPF,
  HASHED_PREFIX,
  type ObservedDecider,
} from '../../trace/flow-log/observed-decider.ts';
import { formatLocation } from '../decider.ts';
import { deciderOfHashed } from './hashed-prefix.ts';
import type { ObservedBy } from './observed-document.ts';

/** What finds policies by what traces call them. */
export interface ObservedNames {
  /** The decider of a text: one that is known by a hash alone is looked up. */
  ofText(text: string): ObservedDecider;
  /** In names; `direction` is the side that it was seen at, whose rules are counted. */
  of(decider: ObservedDecider, direction: Direction): ObservedBy;
  /** True when the trace names a policy, a profile or the end of a tier, and another one decides here. */
  isOther(decider: ObservedDecider, hit: Hit | undefined): boolean;
}

/** Names with the tier before them and without are the same. */
const bareName = (name: string, tier: string): string =>
  tier !== '' && name.startsWith(`${tier}.`) ? name.slice(tier.length + 1) : name;

/** Users do not know that Calico calls Kubernetes' kinds otherwise than its own. */
const userKind = (kind: string): string => kind.replace(/^Kubernetes/, '');

function isSamePolicy(decider: ObservedDecider, policy: Policy): boolean {
  const { kind, namespace, tier } = decider;
  return (
    (kind === '' || kind === policy.calicoKind) &&
    namespace === policy.namespace &&
    (tier === '' || tier === policy.tier) &&
    bareName(decider.policy, policy.tier) === bareName(policy.name, policy.tier)
  );
}

function isOther(decider: ObservedDecider, hit: Hit | undefined): boolean {
  const { kind, policy, tier, rule } = decider;
  if (
    kind === DROP_REASON ||
    kind === EBPF ||
    kind === HASHED_PREFIX ||
    (policy === '' && tier === '' && kind !== 'Profile')
  )
    return false;
  // Whoever is not policed here is allowed by a profile there.
  if (kind === 'Profile') return hit?.policy !== undefined || (hit?.profile?.name ?? policy) !== policy;
  if (hit?.policy === undefined) return true;
  const isEnd = rule === -1;
  if (isEnd !== (hit.rule === undefined) && rule !== null) return true;
  // At the end of a tier any of its policies may be blamed.
  if (isEnd && tier !== '') return tier !== hit.policy.tier;
  const met = hit.policy;
  return ![decider, ...(decider.others ?? []).map((other) => ({ ...decider, ...other }))].some((candidate) =>
    isSamePolicy(candidate, met),
  );
}

const ruleOf = ({ rules }: Policy, direction: Direction, index: number | null): Rule | undefined =>
  rules[direction].find(({ calicoIndex }) => calicoIndex === index);

/** Finds policies among those of the legend. */
export function createObservedNames({ policies }: Pick<OutcomeLegend, 'policies'>): ObservedNames {
  const keyOf = (namespace: string, name: string): string => `${namespace}/${name}`;
  const byName = new Map<string, Policy[]>();
  for (const policy of policies) {
    const key = keyOf(policy.namespace, bareName(policy.name, policy.tier));
    byName.set(key, [...(byName.get(key) ?? []), policy]);
  }
  const texts = new Map<string, ObservedDecider>();
  const ofText = (text: string): ObservedDecider => {
    const known = texts.get(text);
    if (known !== undefined) return known;
    const said = deciderOfText(text);
    const decider = said.kind === HASHED_PREFIX ? (deciderOfHashed(said.policy, policies) ?? said) : said;
    texts.set(text, decider);
    return decider;
  };
  return {
    ofText,
    isOther,
    of(decider, direction) {
      const { tier, kind, namespace, rule } = decider;
      // Without a word on the tier, what stands before the first dot may be it.
      const behindDot = decider.policy.slice(decider.policy.indexOf('.') + 1);
      const policy = [bareName(decider.policy, tier), behindDot]
        .flatMap((name) => byName.get(keyOf(namespace, name)) ?? [])
        .find((candidate) => isSamePolicy(decider, candidate));
      const found = policy === undefined ? undefined : ruleOf(policy, direction, rule);
      return {
        tier: tier || (policy?.tier ?? ''),
        kind: userKind(kind || (policy?.calicoKind ?? '')),
        namespace,
        policy: policy?.name ?? decider.policy,
        rule: rule === -1 ? -1 : (found?.index ?? null),
        calico_rule: rule,
        location: formatLocation(found?.at ?? policy?.at),
        in_manifests: policy !== undefined,
        also: decider.others?.length ?? 0,
      };
    },
  };
}
