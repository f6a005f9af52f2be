/**
 * What was observed and what is judged, grouped by who decided on each side: a policy, the end of a tier, a profile. The rules of a
 * policy stand together; a group names one only where all of it is that rule's.
 */
import type { Hit } from '../../compile/legend.ts';
import { OBSERVED_AT_SOURCE, OBSERVED_DENY, OBSERVED_MASK } from '../../packet/batch-layout.ts';
import type { DecidedTally, DisagreedFlowTally, FlowTally } from '../../replay/result.ts';
import { HOOKS, REASONS, VERDICTS } from '../../tables/verdict.ts';
import { VERDICT_DENY } from '../../tables/verdict-layout.ts';
import { deciderNames, decidingOutcome } from '../decider.ts';
import { countFlows, type FlowNaming } from './flow-counts.ts';
import type { FlowCount } from './flow-document.ts';
import { createObservedNames, type ObservedNames } from './observed-by.ts';
import type { ObservedGroup } from './observed-document.ts';

/** What a group is made of, told of a tally or of a flow. */
type Side = Pick<DecidedTally, 'observed' | 'by' | 'verdict' | 'reason' | 'hook' | 'outcome'>;

interface Group {
  readonly side: Omit<ObservedGroup, 'packets' | 'bytes' | 'flows' | 'example' | 'snapshot'>;
  packets: number;
  bytes: number;
  flows: number;
  readonly example: FlowTally;
}

/** `allow` or `deny`. */
export function observedWord(code: number): 'allow' | 'deny' {
  return (code & OBSERVED_MASK) === OBSERVED_DENY ? 'deny' : 'allow';
}

/** Where it was observed. */
export function observedAt(code: number): 'source' | 'path' {
  return (code & OBSERVED_AT_SOURCE) === 0 ? 'path' : 'source';
}

/** The side of a flow that disagrees, as the kernels tally pairs of deciders. */
function sideOfFlow(flow: DisagreedFlowTally): Side {
  const hook = HOOKS[flow.hook] ?? 'none';
  const { observed, by, reason } = flow;
  const isAtSource = observedAt(observed) === 'source';
  const isOpposite = observedWord(observed) === 'allow' ? 'deny' : 'allow';
  return {
    observed,
    by,
    verdict: VERDICTS.indexOf(isOpposite),
    reason,
    hook: flow.hook,
    outcome: isAtSource ? flow.egress : decidingOutcome(hook === 'none' ? 'ingress' : hook, flow),
  };
}

/** Who decides here, and why. */
function judgedSide({ verdict, reason, hook, outcome }: Side, { legend }: FlowNaming) {
  if (outcome >= legend.outcomeCount)
    return {
      hit: undefined,
      reason: REASONS[reason]!,
      decider: deciderNames(verdict === VERDICT_DENY ? (HOOKS[hook] ?? 'none') : 'none', {}),
    };
  const decided = legend.outcome(outcome);
  const hit: Hit | undefined = decided.path.at(-1);
  return { hit, reason: decided.reason, decider: deciderNames(decided.hook, hit ?? {}) };
}

const isEnd = (rule: number | null): boolean => rule === -1;

function describe(side: Side, naming: FlowNaming, names: ObservedNames) {
  const { hit, reason, decider } = judgedSide(side, naming);
  const said = names.ofText(side.by);
  const at = observedAt(side.observed);
  const by = names.of(said, at === 'source' ? 'egress' : 'ingress');
  const described: Group['side'] = {
    observed: observedWord(side.observed),
    observed_at: at,
    observed_by: by,
    verdict: VERDICTS[side.verdict]!,
    reason,
    decider,
  };
  const key = JSON.stringify([
    described.observed,
    at,
    [by.tier, said.kind, by.namespace, by.policy, isEnd(by.calico_rule)],
    [described.verdict, decider.hook, decider.tier, hit?.policy?.calicoKind ?? decider.kind],
    [decider.namespace, decider.policy, isEnd(decider.rule), decider.policy === '' ? reason : ''],
  ]);
  return { described, key, isOther: names.isOther(said, hit) };
}

/** The same side without the rule, where two tallies of a group differ in it. */
function joined(a: Group['side'], b: Group['side']): Group['side'] {
  const sameBy = a.observed_by.calico_rule === b.observed_by.calico_rule;
  const sameRule = a.decider.calico_rule === b.decider.calico_rule;
  return {
    ...a,
    observed_by: sameBy ? a.observed_by : { ...a.observed_by, rule: null, calico_rule: null },
    decider: sameRule ? a.decider : { ...a.decider, rule: null, calico_rule: null },
  };
}

const exampleOf = ({ flow, snapshot }: FlowCount): Pick<ObservedGroup, 'example' | 'snapshot'> => ({
  example: flow,
  snapshot,
});

/** The groups of tallies, heaviest first; `flows`: flows of the same kind, heaviest first, one of which may be an example. */
function groupsOf(
  tallies: readonly DecidedTally[],
  flows: readonly DisagreedFlowTally[],
  naming: FlowNaming,
  names: ObservedNames,
): ObservedGroup[] {
  const examples = new Map<string, FlowTally>();
  for (const flow of flows) {
    const { key } = describe(sideOfFlow(flow), naming, names);
    if (!examples.has(key)) examples.set(key, flow);
  }
  const groups = new Map<string, Group>();
  for (const tally of tallies) {
    const { described, key } = describe(tally, naming, names);
    const known = groups.get(key);
    groups.set(key, {
      side: known === undefined ? described : joined(known.side, described),
      packets: (known?.packets ?? 0) + tally.packets,
      bytes: (known?.bytes ?? 0) + tally.bytes,
      flows: (known?.flows ?? 0) + tally.flows,
      example: known?.example ?? examples.get(key) ?? tally.example,
    });
  }
  return [...groups.values()]
    .sort((a, b) => b.packets - a.packets || b.flows - a.flows)
    .map(({ side, packets, bytes, flows: count, example }) => ({
      ...side,
      packets,
      bytes,
      flows: count,
      ...exampleOf(countFlows([example], naming)[0]!),
    }));
}

/** Groups of what disagrees, and of what agrees although another policy decided. */
export function groupDeciders(
  tallies: readonly DecidedTally[],
  flows: readonly DisagreedFlowTally[],
  naming: FlowNaming,
): { readonly disagree: ObservedGroup[]; readonly otherPolicy: ObservedGroup[] } {
  const names = createObservedNames(naming.legend);
  const isDisagreeing = ({ observed, verdict }: DecidedTally): boolean =>
    observedWord(observed) !== VERDICTS[verdict];
  const agreeing = tallies.filter((tally) => !isDisagreeing(tally));
  return {
    disagree: groupsOf(tallies.filter(isDisagreeing), flows, naming, names),
    otherPolicy: groupsOf(
      agreeing.filter((tally) => describe(tally, naming, names).isOther),
      [],
      naming,
      names,
    ),
  };
}
