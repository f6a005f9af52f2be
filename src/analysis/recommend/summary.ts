/** A recommendation joined with names and sums: the document that is printed. */
import { formatCidr } from '../../net/cidr.ts';
import { protocolName } from '../../net/protocol.ts';
import { countOf, firstOf } from '../../output/quantity.ts';
import type { Policy } from '../../policy/policy.ts';
import type { World } from '../../policy/world.ts';
import { compareBytes } from '../../selector/byte-order.ts';
import { selectorMatches } from '../../selector/match.ts';
import { formatLocation } from '../decider.ts';
import type { RecommendedPolicy } from './assemble.ts';
import { DNS_PORT } from './dns-flows.ts';
import { policyObject, ruleObject } from './policy-objects.ts';
import type { Recommendation } from './recommend.ts';
import type {
  FlowSums,
  LeftOut,
  LeftOutWhy,
  PolicyKind,
  RecommendDocument,
  RecommendedFlow,
  RecommendPeer,
  RecommendPolicy,
  RecommendRule,
  RecordPlace,
  ReplacedPolicy,
} from './recommend-document.ts';
import type { RecommendedRule, RulePeer, RulePort } from './rules.ts';
import type { TraceFlow } from './trace-flows.ts';

/** Flows listed of a rule, or of a reason. */
const LISTED = 100;

/** What a list of flows comes to; those that were added count for nothing. */
function sumsOf(flows: readonly TraceFlow[]): FlowSums {
  const sum = (key: 'connections' | 'packets' | 'bytes'): number =>
    flows.reduce((total, flow) => total + flow[key], 0);
  return {
    flows: flows.filter(({ isAdded }) => isAdded !== true).length,
    connections: sum('connections'),
    packets: sum('packets'),
    bytes: sum('bytes'),
  };
}

/** `80`, `8000-8003`. */
function portWords({ range, icmp }: RulePort): string {
  if (icmp !== undefined) return `type ${icmp.type} code ${icmp.code}`;
  if (range === undefined) return '';
  return range.first === range.last ? String(range.first) : `${range.first}-${range.last}`;
}

/** `tcp 80, 443, udp 53`. */
function portsText(ports: readonly RulePort[]): string {
  const protocols = [...new Set(ports.map(({ protocol }) => protocol))];
  return protocols
    .map((protocol) => {
      const own = ports.filter((port) => port.protocol === protocol).map(portWords);
      return [protocolName(protocol), own.filter((text) => text !== '').join(', ')].join(' ').trim();
    })
    .join(', ');
}

function peerOf(peer: RulePeer): RecommendPeer {
  if (peer.kind === 'block') {
    const { cidr, addresses: seen, nodes } = peer;
    return { kind: 'block', namespace: '', workloads: [], pods: 0, cidr: formatCidr(cidr), seen, nodes };
  }
  const { namespace, workloads, pods } = peer.group;
  return {
    kind: 'pods',
    namespace,
    workloads: workloads.map(({ kind, name }) => `${kind}/${name}`),
    pods: pods.length,
    cidr: '',
    seen: peer.addresses,
    nodes: [],
  };
}

type PlaceOf = (first: TraceFlow['first']) => RecordPlace | null;

function listed({ text, connections, packets, bytes, first }: TraceFlow, placeOf: PlaceOf): RecommendedFlow {
  return { flow: text, connections, packets, bytes, first: placeOf(first) };
}

function ruleOf(
  rule: RecommendedRule,
  index: number,
  { namespace, kind, placeOf }: { namespace: string; kind: PolicyKind; placeOf: PlaceOf },
): RecommendRule {
  const seen = rule.flows.filter(({ isAdded }) => isAdded !== true);
  return {
    direction: rule.direction,
    index,
    peers: rule.peers.map(peerOf),
    ports: portsText(rule.ports),
    dns: rule.flows.every(({ protocol, port }) => port === DNS_PORT && /^(?:udp|tcp)$/.test(protocol)),
    added: seen.length === 0,
    ...sumsOf(seen),
    flows_listed: seen.slice(0, LISTED).map((flow) => listed(flow, placeOf)),
    omitted: Math.max(0, seen.length - LISTED),
    object: ruleObject(rule, namespace, kind),
  };
}

function policyOf(
  policy: RecommendedPolicy,
  { world, seenPods }: Recommendation,
  kind: PolicyKind,
  placeOf: PlaceOf,
): RecommendPolicy {
  const { namespace, name, groups, ingress, egress } = policy;
  const inNamespace = world.book.endpoints.flatMap(({ pod }) => (pod?.namespace === namespace ? [pod] : []));
  const pods = groups.length === 0 ? inNamespace : groups.flatMap((group) => group.pods);
  const rules = (list: readonly RecommendedRule[]): RecommendRule[] =>
    list.map((rule, index) => ruleOf(rule, index, { namespace, kind, placeOf }));
  return {
    namespace,
    name,
    workloads: groups.flatMap(({ workloads }) => workloads.map((one) => `${one.kind}/${one.name}`)),
    pods: pods.length,
    pods_seen: pods.filter((pod) => seenPods.has(pod)).length,
    rules: [...rules(ingress), ...rules(egress)],
    object: policyObject(policy, kind),
  };
}

/** In the order in which they are told. */
const WHYS: readonly LeftOutWhy[] = [
  'denied-by-policy',
  'denied-by-log',
  'refused-anyway',
  'not-nameable',
  'unknown-address',
  'no-address',
  'missing-field',
  'no-connection',
];

export interface SummaryInput
  extends Pick<
    RecommendDocument,
    | 'version'
    | 'manifests'
    | 'traces'
    | 'namespaces'
    | 'skipped'
    | 'omitted'
    | 'notes'
    | 'warnings'
    | 'assumptions'
  > {
  readonly kind: PolicyKind;
  /** As the manifests have it. */
  readonly before: World;
  readonly recommendation: Recommendation;
  /** Who decided about a flow that was refused, in words. */
  readonly wordsOf: (one: Recommendation['leftOut'][number]) => string;
}

function leftOutOf({ recommendation, wordsOf }: SummaryInput, placeOf: PlaceOf): LeftOut[] {
  return WHYS.flatMap((why) => {
    const own = recommendation.leftOut.filter((one) => one.why === why && one.flow.isAdded !== true);
    if (own.length === 0) return [];
    return [
      {
        why,
        ...sumsOf(own.map(({ flow }) => flow)),
        flows_listed: own
          .slice(0, LISTED)
          .map((one) => ({ ...listed(one.flow, placeOf), detail: wordsOf(one) })),
        omitted: Math.max(0, own.length - LISTED),
      },
    ];
  });
}

/** What each of the policies that the recommendation stands for selects alone. */
function replacedOf({ recommendation, before }: SummaryInput): ReplacedPolicy[] {
  const { replaced, world } = recommendation;
  const isReplaced = ({ namespace, name, at }: Policy): boolean =>
    [...replaced.networkPolicies, ...replaced.calicoPolicies].some(
      (one) => one.namespace === namespace && one.name === name && one.at === at,
    );
  return before.resolved.policies.filter(isReplaced).map((policy) => {
    const pods = before.book.endpoints.filter(({ labels }) => selectorMatches(policy.selector, labels));
    const ours = world.resolved.policies.filter(({ namespace }) => namespace === policy.namespace);
    const alone = pods.filter(
      ({ labels }) => !ours.some(({ selector }) => selectorMatches(selector, labels)),
    );
    const { kind, namespace, name, at } = policy;
    return { kind, namespace, policy: name, location: formatLocation(at), alone: alone.length };
  });
}

/** What a reader of the policies must know of them. */
function notesOf({ recommendation, kind }: SummaryInput): string[] {
  const { policies, recommended, leftOut, alsoAllowing } = recommendation;
  const staying = [...new Set(alsoAllowing.map((one) => policyText(one)))];
  const rules = policies.flatMap(({ ingress, egress }) => [...ingress, ...egress]);
  const nodes = new Set(
    rules.flatMap(({ peers }) => peers.flatMap((peer) => (peer.kind === 'block' ? peer.nodes : []))),
  );
  const services = new Set(
    rules.flatMap(({ peers }) => peers.flatMap((peer) => (peer.kind === 'block' ? peer.services : []))),
  );
  const shared = policies
    .flatMap(({ groups }) => groups)
    .filter(({ workloads }) => workloads.length > 1)
    .map(
      ({ namespace, workloads }) =>
        `no label tells ${firstOf(workloads.map(({ kind: own, name }) => `${own}/${name}`))} in ${namespace} apart: they share a policy, and what one of them needs all may do`,
    );
  const resolves = recommended.some(({ port }) => port === DNS_PORT);
  const egress = policies.some((policy) => policy.egress.length > 0);
  const icmp = leftOut.filter(({ why }) => why === 'not-nameable').length;
  return [
    ...(policies.length === 0
      ? [
          'no flow that is wanted begins or ends at a pod of the manifests: give the pods with their addresses at the time of the trace (kubectl get pods -A -o yaml)',
        ]
      : []),
    ...shared,
    ...(staying.length === 0
      ? []
      : [
          `${firstOf(staying)} ${staying.length === 1 ? 'stays and allows of its own' : 'stay and allow of their own'}: what ${staying.length === 1 ? 'it lets' : 'they let'} through needs no rule here, and is not closed`,
        ]),
    ...(nodes.size === 0
      ? []
      : [
          `${countOf(nodes.size, 'node')} ${nodes.size === 1 ? 'stands' : 'stand'} in rules by address (${firstOf([...nodes].sort(compareBytes))}): no selector takes nodes, and new ones get new addresses`,
        ]),
    ...(services.size === 0
      ? []
      : [
          `rules name the own address of ${countOf(services.size, 'Service')} without backends in the manifests (${firstOf([...services].sort(compareBytes))}): policy sees the backends; add EndpointSlices with -f`,
        ]),
    ...(egress && !resolves
      ? ["the trace holds no DNS, so nothing allows it: --add-dns opens the cluster's DNS to every workload"]
      : []),
    ...(icmp > 0 && kind !== 'calico'
      ? [
          `a NetworkPolicy cannot name ICMP or other protocols than TCP, UDP and SCTP: isolated pods lose ${countOf(icmp, 'such flow')}; --kind calico names them`,
        ]
      : []),
  ];
}

const policyText = ({ kind, namespace, name }: Policy): string =>
  `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`;

/** The document of a recommendation. */
export function summarizeRecommendation(input: SummaryInput): RecommendDocument {
  const { recommendation, kind, before, traces } = input;
  const placeOf: PlaceOf = (first) =>
    first === undefined ? null : { trace: traces[first.trace]?.path ?? '', record: first.record };
  const { recommended, noRuleNeeded, elsewhere, leftOut, denied } = recommendation;
  const all = [...recommended, ...noRuleNeeded, ...elsewhere, ...leftOut.map(({ flow }) => flow)];
  return {
    schema: 'dryplane/recommend/v1',
    version: input.version,
    manifests: input.manifests,
    traces,
    cni: before.profile.name,
    kind,
    namespaces: input.namespaces,
    policies: recommendation.policies.map((policy) => policyOf(policy, recommendation, kind, placeOf)),
    flows: {
      total: sumsOf(all),
      recommended: sumsOf(recommended),
      no_rule_needed: sumsOf(noRuleNeeded),
      elsewhere: sumsOf(elsewhere),
      left_out: sumsOf(leftOut.map(({ flow }) => flow)),
    },
    left_out: leftOutOf(input, placeOf),
    skipped: input.skipped,
    omitted: input.omitted,
    replaces: replacedOf(input),
    checked: { flows: sumsOf(recommended).flows, denied: denied.length },
    notes: [...notesOf(input), ...input.notes],
    warnings: input.warnings,
    assumptions: input.assumptions,
  };
}
