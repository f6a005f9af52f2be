/** Who decided, in names: the one shape in which every report, row and document says it. */
import type { Hit, Outcome, OutcomeLegend } from '../compile/legend.ts';
import type { Location } from '../diagnostic/diagnostic.ts';
import type { Decider } from '../policy/decision.ts';
import type { Policy, Profile, Rule } from '../policy/policy.ts';
import { directionOf, type Hook } from '../tables/verdict.ts';
import { NO_OUTCOME } from '../tables/verdict-layout.ts';

/** Keys as the documents and the columns of verdict rows spell them. Texts are '' and numbers null where nothing applies. */
export interface DeciderNames {
  readonly hook: string;
  readonly direction: string;
  readonly tier: string;
  readonly kind: string;
  readonly namespace: string;
  readonly policy: string;
  /** 0-based position in the manifest; -1 is the end of the tier. */
  readonly rule: number | null;
  /** 0-based position after Calico's expansion. */
  readonly calico_rule: number | null;
  /** `file:line`, '' for what stands in no file. */
  readonly location: string;
}

/** The policy of a decider, without its rule. */
export type PolicyNames = Pick<DeciderNames, 'tier' | 'kind' | 'namespace' | 'policy' | 'location'>;

/** `file:line`; '' for nowhere. */
export function formatLocation(at: Location | undefined): string {
  return at === undefined || at.file === '' ? '' : `${at.file}:${at.line}`;
}

/** Profiles of namespaces and service accounts stand in no manifest of their own: '' for their rules. */
export function profileLocation({ name }: Profile, rule: Rule | undefined): string {
  return /^k(ns|sa)\./.test(name) ? '' : formatLocation(rule?.at);
}

/** What a decider is made of; a hit of the legend and a decider of a walk both are such. */
export interface DeciderParts {
  readonly tier?: { readonly name: string } | undefined;
  readonly policy?: Policy | undefined;
  readonly profile?: Profile | undefined;
  readonly rule?: Rule | undefined;
}

/** Names of a rule, of a tier's end (blamed on a policy), or of a profile, met at a hook. */
export function deciderNames(hook: Hook, { tier, policy, profile, rule }: DeciderParts): DeciderNames {
  const end = policy === undefined && profile === undefined ? null : -1;
  return {
    hook,
    direction: hook === 'none' ? '' : (rule?.listedAs ?? directionOf(hook)),
    tier: tier?.name ?? '',
    kind: policy?.kind ?? (profile === undefined ? '' : 'Profile'),
    namespace: policy?.namespace ?? '',
    policy: policy?.name ?? profile?.name ?? '',
    rule: rule?.index ?? end,
    calico_rule: rule?.calicoIndex ?? end,
    location: profile === undefined ? formatLocation(rule?.at ?? policy?.at) : profileLocation(profile, rule),
  };
}

/** The decider of a walk. */
export function namesOfDecider(hook: Hook, decider: Decider | undefined): DeciderNames {
  return deciderNames(hook, decider ?? {});
}

/** The decider of an outcome: its last hit. */
export function namesOfOutcome(hook: Hook, outcome: Outcome | undefined): DeciderNames {
  const last: Hit | undefined = outcome?.path.at(-1);
  return deciderNames(hook, last ?? {});
}

/** Number of the outcome that decided at a hook, of the two that a row or a flow holds; NO_OUTCOME where none did. */
export function decidingOutcome(
  hook: Hook,
  { egress, ingress }: { readonly egress: number; readonly ingress: number },
): number {
  if (hook === 'none') return NO_OUTCOME;
  return ['egress', 'host-egress', 'untracked-egress'].includes(hook) ? egress : ingress;
}

/** A policy that is enforced for a pending answer only still has its kind. */
export function isStagedKind({ kind }: Pick<Policy, 'kind'>): boolean {
  return kind.startsWith('Staged');
}

/** The decider of an outcome by its number; empty names for NO_OUTCOME. */
export function namesOfOutcomeNumber(hook: Hook, number: number, legend: OutcomeLegend): DeciderNames {
  return namesOfOutcome(hook, number < legend.outcomeCount ? legend.outcome(number) : undefined);
}
