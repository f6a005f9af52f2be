/**
 * NetworkPolicy → Policy of the model, in Calico's translation: tier `default`, order 1000, every rule an allow,
 * expanded into one rule a protocol and peer. What other CNIs make of the same policy is the same with other knobs.
 *
 * Source: projectcalico/calico libcalico-go/lib/backend/k8s/conversion/conversion.go (K8sNetworkPolicyToCalico,
 * k8sRuleToCalico); the CNIs' own: ../cni/.
 */
import type { Selector } from '../../selector/selector.ts';
import type { NetworkPolicy, NetworkPolicyPeer, NetworkPolicyRule } from '../api/network-policy.ts';
import type { Namespace } from '../cluster.ts';
import type { TranslationKnobs } from '../cni/profile.ts';
import { DIRECTIONS, type Direction, type EntityMatch, type Policy, type Rule } from '../policy.ts';
import { conjunction, inNamespace, podSelector } from './label-selector.ts';
import {
  type PeerKind,
  peerKind,
  peerMatchOf,
  type SelectorsByText,
  seenLabels,
} from './network-policy-peers.ts';
import {
  type NumbersOfName,
  type PortMatch,
  PROTOCOLS_BY_NAME,
  portMatches,
} from './network-policy-ports.ts';

/** The tier of policies that name none. */
export const DEFAULT_TIER = 'default';
export const NETWORK_POLICY_ORDER = 1000;

/** What the translation of one policy depends on beside it. */
export interface TranslationContext {
  readonly knobs: TranslationKnobs;
  readonly numbersOf: NumbersOfName;
  /** Shared by all policies, which are translated by namespace and name. */
  readonly byText: SelectorsByText;
  /** No rule of any policy is written. */
  readonly isShut: boolean;
}

/** The policy of the model that means the same to the CNI; undefined where the CNI refuses it and leaves its pods open. */
export function fromNetworkPolicy(policy: NetworkPolicy, context: TranslationContext): Policy | undefined {
  const { knobs } = context;
  if (isRefused(policy, knobs)) return undefined;
  const types = typesOf(policy, knobs);
  const own = (direction: Direction): readonly NetworkPolicyRule[] =>
    types.applies[direction] && !context.isShut ? scoped(policy[direction], knobs) : [];
  const rules = {
    ingress: expand(own('ingress'), 'ingress', policy, context),
    egress: expand(own('egress'), 'egress', policy, context),
  };
  const selector = subjectsOf(policy, knobs);
  const lendsRules =
    knobs.directions === 'either-within-policy' && types.applies.ingress && types.applies.egress;
  return {
    kind: policy.staged === true ? 'StagedKubernetesNetworkPolicy' : 'NetworkPolicy',
    calicoKind: policy.staged === true ? 'StagedKubernetesNetworkPolicy' : 'KubernetesNetworkPolicy',
    namespace: policy.namespace,
    name: policy.name,
    tier: DEFAULT_TIER,
    order: NETWORK_POLICY_ORDER,
    staged: policy.staged === true,
    placement: 'normal',
    selector,
    types: types.applies,
    ...(DIRECTIONS.every((direction) => types.applies[direction] === types.isolates[direction])
      ? {}
      : { isolates: types.isolates }),
    rules: lendsRules
      ? {
          ingress: [...rules.ingress, ...lent(rules.egress, 'egress', selector)],
          egress: [...rules.egress, ...lent(rules.ingress, 'ingress', selector)],
        }
      : rules,
    at: policy.at,
  };
}

function subjectsOf({ podSelector: pods, namespace }: NetworkPolicy, knobs: TranslationKnobs): Selector {
  return conjunction([podSelector(seenLabels(pods, knobs)), inNamespace(namespace)]);
}

/** What stands for a namespace that isolates its pods itself: a policy of ingress for all of them, without a rule, behind all others. */
export function isolationOf({ name, at }: Namespace): Policy {
  return {
    kind: 'Namespace',
    calicoKind: 'KubernetesNetworkPolicy',
    namespace: '',
    name,
    tier: DEFAULT_TIER,
    order: Number.POSITIVE_INFINITY,
    staged: false,
    placement: 'normal',
    selector: conjunction([podSelector(undefined), inNamespace(name)]),
    types: { ingress: true, egress: false },
    rules: { ingress: [], egress: [] },
    at: at ?? { file: '', line: 0, column: 0 },
  };
}

/** The rules of a list, with the ports that hold for the peers of each. */
function scoped(
  rules: readonly NetworkPolicyRule[],
  { portScope }: TranslationKnobs,
): readonly NetworkPolicyRule[] {
  if (portScope === 'rule' || rules.length < 2) return rules;
  const isAnyPort = rules.some(({ ports }) => ports.length === 0);
  const ports = isAnyPort ? [] : rules.flatMap((rule) => rule.ports);
  return rules.map((rule) => ({ ...rule, ports }));
}

/** Whether the CNI refuses a policy whole, for a named port in it. */
export function isRefused({ ingress, egress }: NetworkPolicy, { namedPorts }: TranslationKnobs): boolean {
  if (namedPorts !== 'open-policy') return false;
  return [...ingress, ...egress].some(({ ports }) => ports.some(({ port }) => typeof port === 'string'));
}

const INGRESS_ONLY: Policy['types'] = { ingress: true, egress: false };

/** In which directions the policy's rules count, and in which it isolates its pods. */
function typesOf(
  { policyTypes, ingress, egress }: NetworkPolicy,
  { policyTypes: reading }: TranslationKnobs,
): { readonly applies: Policy['types']; readonly isolates: Policy['types'] } {
  const hasRules = { ingress: ingress.length > 0, egress: egress.length > 0 };
  const widened = {
    ingress: policyTypes.ingress || hasRules.ingress,
    egress: policyTypes.egress || hasRules.egress,
  };
  switch (reading) {
    case 'listed':
      return { applies: policyTypes, isolates: policyTypes };
    case 'rules-imply':
      return { applies: widened, isolates: widened };
    case 'isolate-only':
      return { applies: widened, isolates: policyTypes };
    case 'ingress-only':
      return { applies: INGRESS_ONLY, isolates: INGRESS_ONLY };
  }
}

/** The rules of the other direction, as a CNI that asks one list for both sides reads them: the policy's own pods stand at the other end. */
function lent(rules: readonly Rule[], from: Direction, subjects: Selector): Rule[] {
  return rules.map((rule): Rule => {
    const { source, destination } = rule.match;
    const match =
      from === 'ingress'
        ? { ...rule.match, destination: { ...destination, selector: subjects } }
        : { ...rule.match, source: { ...source, selector: subjects } };
    return { ...rule, match, listedAs: from };
  });
}

/** A side of which nothing is asked. */
const ANY: EntityMatch = {};

function expand(
  rules: readonly NetworkPolicyRule[],
  direction: Direction,
  policy: NetworkPolicy,
  context: TranslationContext,
): Rule[] {
  const expanded: Rule[] = [];
  for (const [index, rule] of rules.entries()) {
    const { peers, isCut } = peersOf(rule, context.knobs);
    const entities = peers.map((peer) =>
      peer === undefined ? ANY : peerMatchOf(peer, rule.peers, policy.namespace, context),
    );
    const portsBeside = portFinder(rule, direction, policy, context);
    const portsOf = peers.map((peer, place) => portsBeside(peerKind(peer), entities[place]!.selector));
    // By protocol first, as Calico expands them.
    for (const protocol of protocolsOf(portsOf))
      for (const [place, entity] of entities.entries()) {
        const ports = portsOf[place]!.find((each) => each.protocol === protocol)?.ports;
        if (ports === undefined) continue;
        const source = direction === 'ingress' ? entity : ANY;
        const destination =
          direction === 'ingress' ? ports : entity === ANY ? ports : { ...entity, ...ports };
        expanded.push({
          action: 'allow',
          match: protocol === undefined ? { source, destination } : { protocol, source, destination },
          index,
          calicoIndex: expanded.length,
          at: peers[place]?.at ?? rule.at,
        });
      }
    if (isCut) break;
  }
  return expanded;
}

/** The peers of a rule, undefined for anyone. Cut: the CNI stops at one of them, and what follows in the policy is never written. */
function peersOf(
  { peers }: NetworkPolicyRule,
  { anyV6 }: TranslationKnobs,
): { readonly peers: readonly (NetworkPolicyPeer | undefined)[]; readonly isCut: boolean } {
  if (peers.length === 0) return { peers: [undefined], isCut: false };
  const end = anyV6 === 'stops' ? peers.findIndex(({ ipBlock }) => ipBlock?.cidr.network.family === 6) : -1;
  return end < 0 ? { peers, isCut: false } : { peers: peers.slice(0, end), isCut: true };
}

/** What the ports of a rule mean beside a peer: asked once for all peers of a kind, where it does not hang on the peer's pods. */
function portFinder(
  { ports: entries }: NetworkPolicyRule,
  direction: Direction,
  policy: NetworkPolicy,
  { knobs, numbersOf }: TranslationContext,
): (peer: PeerKind, peerSelector: Selector | undefined) => readonly PortMatch[] {
  const known = new Map<PeerKind, readonly PortMatch[]>();
  const hangsOnPods = knobs.namedUnresolved !== 'no-match' && direction === 'egress';
  return (peer, peerSelector) => {
    const before = known.get(peer);
    if (before !== undefined) return before;
    const targets = direction === 'ingress' ? subjectsOf(policy, knobs) : peerSelector;
    const found = portMatches({
      entries,
      direction,
      peer,
      namespace: policy.namespace,
      ...(targets === undefined ? {} : { targets }),
      knobs,
      numbersOf,
    });
    if (!hangsOnPods) known.set(peer, found);
    return found;
  };
}

/** Every protocol of the lists, in their order; undefined is any. */
function protocolsOf(lists: readonly (readonly PortMatch[])[]): (number | undefined)[] {
  const met = new Set<readonly PortMatch[]>(lists);
  const protocols = new Set([...met].flatMap((list) => list.map(({ protocol }) => protocol)));
  return [undefined, ...PROTOCOLS_BY_NAME].filter((protocol) => protocols.has(protocol));
}
