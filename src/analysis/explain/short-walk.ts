/**
 * The walk of `explain` cut down to what a reader of a failure needs: who was asked, what each said, and at the place that decided the
 * rules that matched or came close. What is left out is counted.
 */
import type { DeciderNames } from '../decider.ts';
import type { DecisionDocument, FlowExplanation, HookStep, RuleStep } from './explain-document.ts';

/** Rules told of one place. */
const RULES_TOLD = 4;

/** A rule that was asked, and why it did or did not match. */
export interface WalkedRule {
  readonly kind: string;
  readonly namespace: string;
  readonly policy: string;
  readonly rule: number;
  readonly action: string;
  readonly matched: 'yes' | 'no' | 'maybe';
  readonly why: string;
  /** `file:line`, '' for what stands in no file. */
  readonly location: string;
}

/** One place where the packet was asked for. */
export interface WalkedHook {
  readonly hook: string;
  /** `namespace/pod`, or the name of a host endpoint. */
  readonly endpoint: string;
  readonly node: string;
  readonly verdict: string;
  readonly reason: string;
  readonly decider: DeciderNames;
  /** Empty where it did not decide, or nobody was asked. */
  readonly rules: readonly WalkedRule[];
  /** Rules that were asked there too. */
  readonly omitted: number;
}

/** The decision that a failure is about: inside a service the backend that has the verdict. */
function speaking(decision: DecisionDocument, verdict: string): DecisionDocument {
  const backend = decision.backends.find((one) => one.decision.verdict === verdict) ?? decision.backends[0];
  return backend === undefined ? decision : backend.decision;
}

/** A rule that matched tells most; then those that would have done the other thing. */
function closeness({ matched, action }: RuleStep, verdict: string): number {
  if (matched !== 'no') return 0;
  return (action === 'deny') === (verdict === 'deny') ? 2 : 1;
}

function rulesOf(hook: HookStep): WalkedRule[] {
  const named = [
    ...hook.tiers.flatMap(({ policies }) =>
      policies
        .filter(({ staged }) => !staged)
        .flatMap(({ kind, namespace, policy, rules }) =>
          rules.map((step) => ({ kind, namespace, policy, step })),
        ),
    ),
    ...hook.profiles.flatMap(({ profile, rules }) =>
      rules.map((step) => ({ kind: 'Profile', namespace: '', policy: profile, step })),
    ),
  ];
  return named
    .sort((one, other) => closeness(one.step, hook.verdict) - closeness(other.step, hook.verdict))
    .map(({ step: { rule, action, matched, why, location }, ...names }) => ({
      ...names,
      rule,
      action,
      matched,
      why,
      location,
    }));
}

function walkedHook(hook: HookStep, decides: boolean): WalkedHook {
  const { endpoint, verdict, reason, decider } = hook;
  const rules = decides ? rulesOf(hook) : [];
  return {
    hook: hook.hook,
    endpoint: endpoint.namespace === '' ? endpoint.name : `${endpoint.namespace}/${endpoint.name}`,
    node: endpoint.node,
    verdict,
    reason,
    decider,
    rules: rules.slice(0, RULES_TOLD),
    omitted: Math.max(0, rules.length - RULES_TOLD),
  };
}

/**
 * The walk of the first part of a flow that has the verdict, or of the first one: every place in the order in which it was asked, with
 * rules where it was decided.
 */
export function shortWalk({ decisions }: FlowExplanation, verdict: string): WalkedHook[] {
  const part = decisions.find((one) => one.verdict === verdict) ?? decisions[0];
  if (part === undefined) return [];
  const decision = speaking(part, verdict);
  const { decider, hooks } = decision;
  const deciding = hooks.findLastIndex(({ hook }) => hook === decider.hook);
  return hooks.map((hook, index) => walkedHook(hook, index === deciding));
}
