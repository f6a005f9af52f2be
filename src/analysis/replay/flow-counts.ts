/** Tallied flows with their names, their notation and who decided. */
import type { OutcomeLegend } from '../../compile/legend.ts';
import type { Flow, Side } from '../../flow/flow.ts';
import { formatFlow } from '../../flow/notation.ts';
import { carriesPorts, hasPolicyPorts, isIcmp, protocolName } from '../../net/protocol.ts';
import type { OpenChoice } from '../../policy/open-choice.ts';
import type { ChangedFlowTally, FlowTally } from '../../replay/result.ts';
import { HOOKS, REASONS, VERDICTS } from '../../tables/verdict.ts';
import { VERDICT_ALLOW, VERDICT_DENY } from '../../tables/verdict-layout.ts';
import type { AddressNames, NamedAddress } from '../address-names.ts';
import {
  type DeciderParts,
  deciderNames,
  decidingOutcome,
  isStagedKind,
  namesOfOutcomeNumber,
  type PolicyNames,
} from '../decider.ts';
import { openMember } from '../open-document.ts';
import { isKnown } from '../port-fields.ts';
import { type Doubts, isDoubtfulRow } from './doubtful-rows.ts';
import type { FlowCount, VerdictChange } from './flow-document.ts';
import type { StagedFlow } from './staged-document.ts';

/**
 * A tallied flow as a flow of the notation, with names where the manifests give any. The name of a service means its
 * backends as a source and only its own ports as a destination: elsewhere its address stands.
 */
function flowOf(tally: FlowTally, source: Side, destination: Side): Flow {
  const { family, protocol, dport, src, dst } = tally;
  const address = (words: FlowTally['src']): Side => ({ kind: 'address', address: { family, words } });
  return {
    protocol,
    source: source.kind === 'service' ? address(src) : source,
    destination: destination.kind === 'service' && !isAtService(tally) ? address(dst) : destination,
    ...(hasPolicyPorts(protocol) ? { destinationPort: isKnown(tally) ? dport : '*' } : {}),
    ...(isIcmp(protocol) && isKnown(tally) ? { icmp: { type: dport >> 8, code: dport & 255 } } : {}),
  };
}

/** Whether a flow to an address of a service was judged at backends of its own. */
function isAtService({ dst, dport, judgedDst, judgedDport, reason }: FlowTally): boolean {
  const isRewritten = judgedDport !== dport || judgedDst.some((word, index) => word !== dst[index]);
  return isRewritten || REASONS[reason] === 'backends-differ';
}

/** Who addresses were in an epoch. */
export interface EpochNaming {
  readonly names: AddressNames;
  /** What absent objects leave in doubt; nothing when absent. */
  readonly doubts?: Doubts;
}

/** What gives tallies their names. */
export interface FlowNaming {
  /** Of all epochs. */
  readonly legend: OutcomeLegend;
  /** By number. */
  readonly epochs: readonly EpochNaming[];
  /** Whether the epochs are snapshots, which reports number. */
  readonly areSnapshots?: boolean;
  /** Says what leaves a flow open; absent where nothing is. */
  readonly openOf?: (tally: FlowTally) => OpenChoice | undefined;
}

/** A tallied flow with its names, its notation and who decided. */
function countOfTally(
  tally: FlowTally,
  { epochs, legend, areSnapshots = false, openOf }: FlowNaming,
): FlowCount {
  const { names, doubts } = epochs[tally.epoch]!;
  const { family, protocol, dport } = tally;
  const named = (words: readonly number[]): NamedAddress => names.ofWords(family, words, 0);
  const [src, dst, judged] = [named(tally.src), named(tally.dst), named(tally.judgedDst)];
  const hook = HOOKS[tally.hook] ?? 'none';
  const [verdict, reason] = [VERDICTS[tally.verdict]!, REASONS[tally.reason]!];
  const ports = carriesPorts(protocol) && isKnown(tally);
  const icmp = isIcmp(protocol) && isKnown(tally);
  return {
    flow: formatFlow(flowOf(tally, src.side, dst.side)),
    protocol: protocolName(protocol),
    src: src.address,
    src_name: src.name,
    sport: ports && tally.sport !== 0 ? tally.sport : null,
    dst: dst.address,
    dst_name: dst.name,
    dport: ports ? dport : null,
    icmp_type: icmp ? dport >> 8 : null,
    icmp_code: icmp ? dport & 255 : null,
    judged_dst: judged.address,
    judged_dst_name: judged.name,
    judged_dport: ports ? tally.judgedDport : null,
    verdict,
    reason,
    decider: namesOfOutcomeNumber(hook, decidingOutcome(hook, tally), legend),
    ...(verdict === 'unspecified' ? openMember(openOf?.(tally)) : {}),
    packets: tally.packets,
    bytes: tally.bytes,
    connections: tally.connections,
    snapshot: areSnapshots ? tally.epoch : null,
    doubtful: isDoubtfulRow(doubts, { ...tally, verdict, reason, hook, source: src, destination: judged }),
  };
}

/** Named flows in the order of the tallies. */
export function countFlows(tallies: readonly FlowTally[], naming: FlowNaming): FlowCount[] {
  return tallies.map((tally) => countOfTally(tally, naming));
}

/** Which kind of change a pair of verdicts is. */
export function changeOf(verdict: number, pending: number): VerdictChange {
  if (verdict === VERDICT_ALLOW && pending === VERDICT_DENY) return 'newly-denied';
  return verdict === VERDICT_DENY && pending === VERDICT_ALLOW ? 'newly-allowed' : 'other';
}

/** A policy in names: at the end of its tier, so its own place. */
export function policyNames({ tier, policy }: Pick<DeciderParts, 'tier' | 'policy'>): PolicyNames {
  const { tier: tierName, kind, namespace, policy: name, location } = deciderNames('none', { tier, policy });
  return { tier: tierName, kind, namespace, policy: name, location };
}

/** Named flows that staged policies would change; `pending` is the legend of the tables that enforce them. */
export function countChangedFlows(
  tallies: readonly ChangedFlowTally[],
  naming: FlowNaming,
  pending: OutcomeLegend,
): StagedFlow[] {
  return tallies.map((tally) => {
    const hook = HOOKS[tally.pendingHook] ?? 'none';
    const { pendingOutcome: number } = tally;
    const path = number < pending.outcomeCount ? pending.outcome(number).path : [];
    const staged = path.findLast(({ policy }) => policy !== undefined && isStagedKind(policy));
    return {
      ...countOfTally(tally, naming),
      change: changeOf(tally.verdict, tally.pendingVerdict),
      pending: {
        verdict: VERDICTS[tally.pendingVerdict]!,
        reason: REASONS[tally.pendingReason]!,
        decider: namesOfOutcomeNumber(hook, number, pending),
      },
      by: policyNames(staged ?? path.at(-1) ?? {}),
    };
  });
}
