/** Recommended policies as objects of their API: what is printed as YAML, and what is read back to be checked. */
import { formatCidr } from '../../net/cidr.ts';
import { apiProtocolName } from '../../net/protocol.ts';
import type { Plain } from '../../output/yaml.ts';
import type { LabelSelector } from '../../policy/api/network-policy.ts';
import {
  conjunction,
  labelTerms,
  ORCHESTRATOR,
  ORCHESTRATOR_LABEL,
} from '../../policy/translate/label-selector.ts';
import { printSelector } from '../../selector/print.ts';
import type { Selector } from '../../selector/selector.ts';
import { namespaceByName } from '../workload-selector.ts';
import type { PolicyKind } from './recommend-document.ts';
import type { RecommendedRule, RulePeer, RulePort } from './rules.ts';

/** A policy of either kind, as far as it is the same. */
export interface PolicyParts {
  readonly namespace: string;
  readonly name: string;
  readonly selector: LabelSelector;
  readonly ingress: readonly RecommendedRule[];
  readonly egress: readonly RecommendedRule[];
}

/** The object without its rules; they are lists below spec. */
export interface PolicyHead {
  readonly [key: string]: Plain;
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly [key: string]: Plain; readonly name: string; readonly namespace: string };
  readonly spec: { readonly [key: string]: Plain };
}

const BOTH: readonly Plain[] = ['Ingress', 'Egress'];

export function labelSelectorObject({ matchLabels, matchExpressions }: LabelSelector): Plain {
  return {
    ...(Object.keys(matchLabels).length === 0 ? {} : { matchLabels }),
    ...(matchExpressions.length === 0
      ? {}
      : {
          matchExpressions: matchExpressions.map(({ key, operator, values }) => ({
            key,
            operator,
            ...(values.length === 0 ? {} : { values: [...values] }),
          })),
        }),
  };
}

/** Pods alone, and no network sets with such labels. */
const IS_POD: Selector = { kind: 'equals', label: ORCHESTRATOR_LABEL, value: ORCHESTRATOR };

/** The same as an expression of Calico's; `all()` where there is no term. */
export function expressionOf(selector: LabelSelector, arePodsAlone = false): string {
  const text = printSelector(conjunction([...labelTerms(selector, ''), ...(arePodsAlone ? [IS_POD] : [])]));
  // The brackets of the whole say nothing.
  return text.startsWith('(') ? text.slice(1, -1) : text;
}

/** The policy without rules. */
export function policyHead(
  { namespace, name, selector }: Pick<PolicyParts, 'namespace' | 'name' | 'selector'>,
  kind: PolicyKind,
): PolicyHead {
  const metadata = { name, namespace };
  return kind === 'calico'
    ? {
        apiVersion: 'projectcalico.org/v3',
        kind: 'NetworkPolicy',
        metadata,
        spec: { selector: expressionOf(selector), types: BOTH },
      }
    : {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        metadata,
        spec: { podSelector: labelSelectorObject(selector), policyTypes: BOTH },
      };
}

/** One rule of a policy in `namespace`. */
export function ruleObject(rule: RecommendedRule, namespace: string, kind: PolicyKind): Plain {
  return kind === 'calico' ? calicoRule(rule, namespace) : networkPolicyRule(rule, namespace);
}

function networkPolicyRule({ direction, peers, ports }: RecommendedRule, namespace: string): Plain {
  return {
    [direction === 'ingress' ? 'from' : 'to']: peers.map((peer) => networkPolicyPeer(peer, namespace)),
    ports: ports.map(({ protocol, range }) => ({
      protocol: apiProtocolName(protocol)!,
      ...(range === undefined ? {} : { port: range.first }),
      ...(range === undefined || range.last === range.first ? {} : { endPort: range.last }),
    })),
  };
}

function networkPolicyPeer(peer: RulePeer, namespace: string): Plain {
  if (peer.kind === 'block') return { ipBlock: { cidr: formatCidr(peer.cidr) } };
  const { group } = peer;
  return {
    ...(group.namespace === namespace
      ? {}
      : { namespaceSelector: labelSelectorObject(namespaceByName(group.namespace)) }),
    podSelector: labelSelectorObject(group.selector),
  };
}

function calicoRule({ direction, peers, ports }: RecommendedRule, namespace: string): Plain {
  const [first] = ports as readonly [RulePort, ...RulePort[]];
  const numbers = ports.flatMap(({ range }): Plain[] =>
    range === undefined ? [] : [range.first === range.last ? range.first : `${range.first}:${range.last}`],
  );
  const peer = calicoPeer(peers, namespace);
  const destination = {
    ...(direction === 'egress' ? peer : {}),
    ...(numbers.length === 0 ? {} : { ports: numbers }),
  };
  return {
    action: 'Allow',
    protocol: apiProtocolName(first.protocol) ?? first.protocol,
    ...(first.icmp === undefined ? {} : { icmp: { ...first.icmp } }),
    ...(direction === 'ingress' ? { source: peer } : {}),
    ...(Object.keys(destination).length === 0 ? {} : { destination }),
  };
}

function calicoPeer(peers: readonly RulePeer[], namespace: string): { readonly [key: string]: Plain } {
  const [first] = peers as readonly [RulePeer, ...RulePeer[]];
  if (first.kind === 'block')
    return { nets: peers.flatMap((peer) => (peer.kind === 'block' ? [formatCidr(peer.cidr)] : [])) };
  const { group } = first;
  return {
    ...(group.namespace === namespace
      ? {}
      : { namespaceSelector: expressionOf(namespaceByName(group.namespace)) }),
    selector: expressionOf(group.selector, first.sharesLabels),
  };
}

/** The whole object. */
export function policyObject(policy: PolicyParts, kind: PolicyKind): PolicyHead {
  const head = policyHead(policy, kind);
  const rules = (list: readonly RecommendedRule[]): Plain =>
    list.map((rule) => ruleObject(rule, policy.namespace, kind));
  return {
    ...head,
    spec: {
      ...head.spec,
      ...(policy.ingress.length === 0 ? {} : { ingress: rules(policy.ingress) }),
      ...(policy.egress.length === 0 ? {} : { egress: rules(policy.egress) }),
    },
  };
}
