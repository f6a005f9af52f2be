/** A replay by two sets at once joined with names: the flows that change, by who makes the difference. */
import type { OutcomeLegend } from '../../compile/legend.ts';
import { parseFlow } from '../../flow/notation.ts';
import { parseAddress } from '../../net/address.ts';
import type { FirstPacket } from '../../policy/decision.ts';
import { judgeFlow } from '../../policy/judge/judge-flow.ts';
import type { World } from '../../policy/world.ts';
import type { ReplayResult } from '../../replay/result.ts';
import { createAddressNames } from '../address-names.ts';
import type { FlowExplanation } from '../explain/explain-document.ts';
import { explainFlow } from '../explain/explanation.ts';
import { changeOf, countChangedFlows, type FlowNaming } from '../replay/flow-counts.ts';
import type { VerdictChange } from '../replay/flow-document.ts';
import type { StagedFlow } from '../replay/staged-document.ts';
import { totalsOf } from '../replay/totals.ts';
import { diffChange } from './diff-changes.ts';
import type { ChangedBy, ChangedCounts, ChangedFlow, TraceDiff, TraceGroup } from './diff-document.ts';
import type { KnobFinder } from './diff-knobs.ts';
import { changedBy, createPolicyStatus, NOBODY } from './policy-status.ts';

/** Flows listed of a group. */
const LISTED = 1_000;
/** Groups whose first flow is explained. */
const EXPLAINED = 20;

const CHANGES: readonly VerdictChange[] = ['newly-denied', 'newly-allowed', 'other'];

interface TraceDiffInput {
  /** Of the tables before, with those after as pending ones. */
  readonly result: ReplayResult;
  readonly naming: FlowNaming;
  readonly legendAfter: OutcomeLegend;
  readonly before: World;
  readonly after: World;
  /** With two CNIs. */
  readonly knobsOf?: KnobFinder;
}

function changedFlow(flow: StagedFlow): ChangedFlow {
  const { verdict, reason, decider, pending, packets, bytes, connections, ...fields } = flow;
  return {
    flow: fields.flow,
    protocol: fields.protocol,
    src: fields.src,
    src_name: fields.src_name,
    sport: fields.sport,
    dst: fields.dst,
    dst_name: fields.dst_name,
    dport: fields.dport,
    icmp_type: fields.icmp_type,
    icmp_code: fields.icmp_code,
    packets,
    bytes,
    connections,
    before: { verdict, reason, decider },
    after: pending,
  };
}

/** Addresses, or the names in their place, that flows come from. */
function clientsOf(flows: readonly ChangedFlow[]): number {
  return new Set(flows.map(({ src, src_name }) => (src === '' ? src_name : src))).size;
}

/** What `explain` says of a flow; null where a world cannot name it. */
function explained(flow: string, world: World): FlowExplanation | null {
  const parsed = parseFlow(flow);
  if ('problem' in parsed) return null;
  const { value } = judgeFlow(parsed.flow, world);
  return value === undefined
    ? null
    : explainFlow(flow, { enforced: value }, { world, names: createAddressNames(world.book) });
}

/** The first packet of a flow; undefined where names stand in the place of addresses. */
function firstPacket(flow: ChangedFlow): FirstPacket | undefined {
  const [source, destination] = [parseAddress(flow.src), parseAddress(flow.dst)];
  const parsed = parseFlow(flow.flow);
  if (source === undefined || destination === undefined || 'problem' in parsed) return undefined;
  const { protocol } = parsed.flow;
  const { sport, dport, icmp_type: type, icmp_code: code } = flow;
  return {
    source,
    destination,
    protocol,
    ...(dport === null ? {} : { destinationPort: dport }),
    ...(sport === null ? {} : { sourcePort: sport }),
    ...(type === null || code === null ? {} : { icmp: { type, code } }),
  };
}

function knobsOfFlow(flow: ChangedFlow, knobsOf: KnobFinder | undefined): readonly string[] | null {
  if (knobsOf === undefined) return null;
  const packet = firstPacket(flow);
  return packet === undefined ? [] : knobsOf(packet);
}

function groupsOf(flows: readonly ChangedFlow[], { before, after, knobsOf }: TraceDiffInput): TraceGroup[] {
  const statusOf = createPolicyStatus(before, after);
  const groups = new Map<string, { by: ChangedBy; knobs: readonly string[] | null; flows: ChangedFlow[] }>();
  for (const flow of flows) {
    const knobs = knobsOfFlow(flow, knobsOf);
    const isByKnobs = knobs !== null && knobs.length > 0;
    const by = isByKnobs ? NOBODY : changedBy(flow.before.decider, flow.after.decider, statusOf);
    const key = [
      flow.before.verdict,
      flow.after.verdict,
      by.kind,
      by.namespace,
      by.policy,
      isByKnobs ? knobs : '',
    ].join('|');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { by, knobs, flows: [flow] });
    else group.flows.push(flow);
  }
  const sum = (list: readonly ChangedFlow[], key: 'packets' | 'bytes' | 'connections'): number =>
    list.reduce((total, flow) => total + flow[key], 0);
  const ordered = [...groups.values()]
    .map(({ by, knobs, flows: list }) => {
      const { before: was, after: is } = list[0]!;
      return { by, knobs, list, was: was.verdict, is: is.verdict, packets: sum(list, 'packets') };
    })
    .sort(
      (one, other) =>
        CHANGES.indexOf(diffChange(one.was, one.is)) - CHANGES.indexOf(diffChange(other.was, other.is)) ||
        other.packets - one.packets,
    );
  return ordered.map(({ by, knobs, list, was, is, packets }, index) => ({
    change: diffChange(was, is),
    before: was,
    after: is,
    by,
    knobs,
    packets,
    bytes: sum(list, 'bytes'),
    flows: sum(list, 'connections'),
    clients: clientsOf(list),
    flows_listed: list.slice(0, LISTED),
    omitted: Math.max(0, list.length - LISTED),
    explained:
      index < EXPLAINED
        ? { before: explained(list[0]!.flow, before), after: explained(list[0]!.flow, after) }
        : { before: null, after: null },
  }));
}

/** The document of traces replayed by both sets. Throws where the replay knew one set alone. */
export function summarizeTraceDiff(input: TraceDiffInput): TraceDiff {
  const { result, naming, legendAfter } = input;
  const { pending } = result;
  if (pending === undefined) throw new Error('the replay knew no second set');
  const flows = countChangedFlows(pending.changed, naming, legendAfter).map(changedFlow);
  const counted = (change: VerdictChange): ChangedCounts => {
    const counts = { packets: 0, bytes: 0, flows: 0 };
    for (const one of pending.changes) {
      if (one.verdict === one.pending || changeOf(one.verdict, one.pending) !== change) continue;
      counts.packets += one.packets;
      counts.bytes += one.bytes;
      counts.flows += one.flows;
    }
    const own = flows.filter(({ before, after }) => diffChange(before.verdict, after.verdict) === change);
    return { ...counts, clients: clientsOf(own) };
  };
  return {
    traces: result.traces.map(({ path, format, records, packets, warnings }) => ({
      path,
      format,
      records,
      packets,
      warnings,
    })),
    before: {
      packets: totalsOf(result.packets),
      bytes: totalsOf(result.bytes),
      flows: totalsOf(result.flows),
    },
    after: {
      packets: totalsOf(pending.packets),
      bytes: totalsOf(pending.bytes),
      flows: totalsOf(pending.flows),
    },
    newly_denied: counted('newly-denied'),
    newly_allowed: counted('newly-allowed'),
    other: counted('other'),
    groups: groupsOf(flows, input),
    omitted: pending.omitted,
  };
}
