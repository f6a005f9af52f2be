/** Walks of the judge joined with names: the document that `explain` reports. */
import { type Address, formatAddress } from '../net/address.ts';
import { protocolName } from '../net/protocol.ts';
import type { HookWalk, RuleWalk } from '../policy/decision.ts';
import type { FlowAnswer, FlowPart } from '../policy/judge-flow.ts';
import type { Profile, Tier } from '../policy/policy.ts';
import type { AddressNames } from './address-names.ts';
import { formatLocation, namesOfDecider } from './decider.ts';
import type {
  DecisionDocument,
  FlowExplanation,
  HookStep,
  ProfileStep,
  RuleStep,
  TierStep,
} from './explain-document.ts';

function ruleStep({ rule, matched, why }: RuleWalk, owner?: Profile): RuleStep {
  return {
    action: rule.action,
    rule: rule.index,
    calico_rule: rule.calicoIndex,
    matched,
    why,
    location: owner === undefined ? formatLocation(rule.at) : '',
  };
}

function tierStep(walk: HookWalk['tiers'][number]): TierStep {
  const tier: Tier = walk.tier;
  return {
    tier: tier.name,
    end_action: tier.endAction,
    policies: walk.policies.map(({ policy, rules }) => ({
      kind: policy.kind,
      namespace: policy.namespace,
      policy: policy.name,
      location: formatLocation(policy.at),
      staged: policy.staged,
      rules: rules.map((rule) => ruleStep(rule)),
    })),
    left: walk.left,
  };
}

function profileStep({ profile, rules }: HookWalk['profiles'][number]): ProfileStep {
  return { profile: profile.name, rules: rules.map((rule) => ruleStep(rule, profile)) };
}

function hookStep(walk: HookWalk, names: AddressNames): HookStep {
  const { endpoint } = walk;
  return {
    hook: walk.hook,
    endpoint: { namespace: endpoint.namespace, name: endpoint.name, node: endpoint.nodeName },
    src: formatAddress(walk.source),
    src_name: names.of(walk.source).name,
    dst: formatAddress(walk.destination),
    dst_name: names.of(walk.destination).name,
    dport: walk.destinationPort ?? null,
    verdict: walk.verdict,
    reason: walk.reason,
    decider: namesOfDecider(walk.hook, walk.decider),
    tiers: walk.tiers.map(tierStep),
    profiles: walk.profiles.map(profileStep),
  };
}

/** The document of one decision, backends inside it. */
function decisionDocument(
  { packet, decision }: Pick<FlowPart, 'packet' | 'decision'>,
  names: AddressNames,
): DecisionDocument {
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
    hooks: decision.hooks.map((walk) => hookStep(walk, names)),
    backends: (decision.backends ?? []).map(({ backend, decision: inner }) => ({
      address: formatAddress(backend.address),
      name: name(backend.address),
      port: backend.port,
      decision: decisionDocument({ packet, decision: inner }, names),
    })),
    notes: decision.notes,
  };
}

/** One flow with everything it stands for. */
export function explainFlow(flow: string, answer: FlowAnswer, names: AddressNames): FlowExplanation {
  return {
    flow,
    verdict: answer.verdict,
    reason: answer.reason,
    decisions: answer.parts.map((part) => ({
      ...decisionDocument(part, names),
      ports: part.ports === undefined ? null : { first: part.ports.first, last: part.ports.last },
    })),
  };
}
