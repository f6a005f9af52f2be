/** Walks of the judge joined with names: the document that `explain` reports. */
import { type Address, formatAddress, sameAddress } from '../../net/address.ts';
import { protocolName } from '../../net/protocol.ts';
import { felixOf } from '../../policy/api/felix.ts';
import type { Decision, HookWalk } from '../../policy/decision.ts';
import type { FlowAnswer, FlowPart } from '../../policy/judge/judge-flow.ts';
import { walkAgain } from '../../policy/judge/walk-again.ts';
import { enforces } from '../../policy/resolve/enforcement.ts';
import type { World } from '../../policy/world.ts';
import type { AddressNames } from '../address-names.ts';
import { formatLocation, namesOfDecider } from '../decider.ts';
import { openMember } from '../open-document.ts';
import { doubtsAbout } from './doubts.ts';
import type {
  DecisionDocument,
  EndpointToHost,
  FlowExplanation,
  PartDocument,
  PendingDecision,
} from './explain-document.ts';
import { flowLogsOf, hitsOf } from './flow-log.ts';
import { hookStep } from './hook-step.ts';
import { passedHosts } from './passed-hosts.ts';
import { pairedParts } from './pending-parts.ts';

/** What answers are joined with. */
export interface ExplainedWorld {
  readonly world: World;
  /** The same with staged policies enforced; absent where none is staged. */
  readonly pending?: World;
  readonly names: AddressNames;
}

/** One answer of each world, where there are two. */
export interface FlowAnswers {
  readonly enforced: FlowAnswer;
  readonly pending?: FlowAnswer;
}

/** A decision with its twin. */
interface Twins {
  readonly decision: Decision;
  readonly pending?: Decision | undefined;
}

/** The pod whose packet was left to its own node, and what that node does with it. */
function endpointToHost({ hooks, reason }: Decision, { cluster, profile }: World): EndpointToHost | null {
  const sender = hooks.findLast(({ hook }) => hook === 'egress')?.endpoint;
  const isAsked = profile.podToOwnNode === 'policy' && enforces(profile, 'Calico');
  if (reason !== 'endpoint-to-host' || !isAsked || sender === undefined) return null;
  const { defaultEndpointToHostAction: action, endpointToHostAt } = felixOf(cluster.felix, sender.nodeName);
  return { node: sender.nodeName, action, location: formatLocation(endpointToHostAt) };
}

/** Whether two decisions have the same verdict by the same rule. */
function isSame(a: Decision, b: Decision): boolean {
  const key = ({ verdict, reason, hook, decider }: Decision): string =>
    JSON.stringify([verdict, reason, namesOfDecider(hook, decider)]);
  return key(a) === key(b);
}

function pendingDecision({ decision, pending }: Twins, named: ExplainedWorld): PendingDecision | null {
  if (pending === undefined || named.pending === undefined) return null;
  const { pending: world, names } = named;
  return {
    verdict: pending.verdict,
    reason: pending.reason,
    decider: namesOfDecider(pending.hook, pending.decider),
    differs: !isSame(decision, pending),
    hooks: pending.hooks.map((walk) => hookStep(walk, world, names)),
    notes: pending.notes,
  };
}

/**
 * The same hook with staged policies enforced: each pod's is asked by itself, though the connection would not have come this
 * far. Undefined where a field that the flow does not have makes a difference.
 */
function pendingHook(
  walk: HookWalk,
  { pending }: Twins,
  packet: FlowPart['packet'],
  named: ExplainedWorld,
): HookWalk | undefined {
  if (pending === undefined || named.pending === undefined) return walk;
  const met = pending.hooks.find(
    ({ hook, endpoint }) => hook === walk.hook && endpoint.index === walk.endpoint.index,
  );
  if (met !== undefined) return met;
  const [first, ...others] = walkAgain(walk, packet, named.pending);
  return others.every((other) => isSameWalk(other, first!)) ? first : undefined;
}

function isSameWalk(a: HookWalk, b: HookWalk): boolean {
  return String(hitsOf(a, 'pending')) === String(hitsOf(b, 'pending'));
}

/** What a decision leads to behind its service, each with its twin. */
function backendsOf(
  { decision, pending }: Twins,
  packet: FlowPart['packet'],
  named: ExplainedWorld,
): DecisionDocument['backends'] {
  return (decision.backends ?? []).map(({ backend, decision: inner }) => ({
    address: formatAddress(backend.address),
    name: named.names.of(backend.address).name,
    port: backend.port,
    decision: decisionDocument(
      {
        decision: inner,
        pending: pending?.backends?.find(
          (other) =>
            sameAddress(other.backend.address, backend.address) && other.backend.port === backend.port,
        )?.decision,
      },
      packet,
      named,
    ),
  }));
}

/** The document of one decision, backends inside it. */
function decisionDocument(twins: Twins, packet: FlowPart['packet'], named: ExplainedWorld): DecisionDocument {
  const { world, names } = named;
  const { decision } = twins;
  const name = (address: Address): string => names.of(address).name;
  const { judgedDestination, virtualPort } = decision;
  const service = virtualPort?.service;
  return {
    protocol: protocolName(packet.protocol),
    src: formatAddress(packet.source),
    src_name: name(packet.source),
    sport: packet.sourcePort ?? null,
    dst: formatAddress(packet.destination),
    dst_name: name(packet.destination),
    dport: packet.destinationPort ?? null,
    icmp_type: packet.icmp?.type ?? null,
    icmp_code: packet.icmp?.code ?? null,
    judged_dst: formatAddress(judgedDestination),
    judged_dst_name: name(judgedDestination),
    judged_dport: decision.judgedPort ?? null,
    service: service === undefined ? '' : `${service.namespace}/${service.name}`,
    verdict: decision.verdict,
    reason: decision.reason,
    decider: namesOfDecider(decision.hook, decision.decider),
    ...openMember(decision.open),
    hooks: decision.hooks.map((walk) => hookStep(walk, world, names)),
    backends: backendsOf(twins, packet, named),
    endpoint_to_host: endpointToHost(decision, world),
    untracked: decision.untracked === true,
    pending: pendingDecision(twins, named),
    flow_logs: enforces(world.profile, 'Calico')
      ? flowLogsOf(decision.hooks, (walk) => pendingHook(walk, twins, packet, named))
      : [],
    doubtful: doubtsAbout(decision, world.cluster),
    notes: [
      ...decision.notes,
      ...(decision.backends === undefined ? passedHosts(packet, decision, world) : []),
    ],
  };
}

/** One flow with everything it stands for. */
export function explainFlow(flow: string, answers: FlowAnswers, named: ExplainedWorld): FlowExplanation {
  const { enforced, pending } = answers;
  return {
    flow,
    verdict: enforced.verdict,
    reason: enforced.reason,
    pending: pending === undefined ? null : { verdict: pending.verdict, reason: pending.reason },
    decisions: pairedParts(enforced, pending).map(
      (part): PartDocument => ({
        ...decisionDocument(part, part.packet, named),
        ports: part.ports === undefined ? null : { first: part.ports.first, last: part.ports.last },
      }),
    ),
    suggestion: null,
  };
}
