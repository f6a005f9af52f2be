/**
 * Flows of a trace → the least policies that allow exactly them. What each flow needs is asked of the judge in worlds where all
 * pods are isolated; the policies are read back by the reader of manifests, and every flow is judged against them: one
 * that they do not let through after all is left out with its reason, and the policies are made without it, until they let all through.
 */
import { hasErrors, InvalidInput } from '../../diagnostic/diagnostic.ts';
import { loadCluster } from '../../manifest/load.ts';
import type { Address } from '../../net/address.ts';
import { hasPolicyPorts } from '../../net/protocol.ts';
import type { Plain } from '../../output/yaml.ts';
import { factsAbout } from '../../policy/addresses/address-book.ts';
import type { Cluster, Pod } from '../../policy/cluster.ts';
import type { Decision } from '../../policy/decision.ts';
import { judge } from '../../policy/judge/judge.ts';
import { DIRECTIONS, type Direction, type Policy } from '../../policy/policy.ts';
import { createWorld, type World } from '../../policy/world.ts';
import { compareBytes } from '../../selector/byte-order.ts';
import { selectorMatches } from '../../selector/match.ts';
import { workloadGroups } from '../workload-selector.ts';
import { assemblePolicies, type NeedOfFlow, type RecommendedPolicy } from './assemble.ts';
import { ISOLATING, type IsolatedWorlds, type Need, needsOf } from './needs.ts';
import { type OutsidePrefix, peerFinder } from './peers.ts';
import { policyHead, policyObject } from './policy-objects.ts';
import type { LeftOutWhy, PolicyKind } from './recommend-document.ts';
import type { TraceFlow } from './trace-flows.ts';

export interface RecommendInput {
  readonly world: World;
  readonly flows: readonly TraceFlow[];
  readonly kind: PolicyKind;
  /** Pods of these alone get policies; absent: of all. */
  readonly namespaces?: readonly string[];
  /** Also isolates the pods of these namespaces that have no flow. */
  readonly isolateRest: boolean;
  readonly outside: OutsidePrefix;
}

/** A flow for which there is no rule, with who decided where somebody did. */
export interface Unrecommended {
  readonly flow: TraceFlow;
  readonly why: LeftOutWhy;
  readonly decision?: Decision;
}

export interface Recommendation {
  readonly policies: readonly RecommendedPolicy[];
  readonly recommended: readonly TraceFlow[];
  readonly noRuleNeeded: readonly TraceFlow[];
  readonly elsewhere: readonly TraceFlow[];
  readonly leftOut: readonly Unrecommended[];
  /** Pods of the trace that have a recommended policy. */
  readonly seenPods: ReadonlySet<Pod>;
  /** The policies of the manifests that the recommendation stands for. */
  readonly replaced: Pick<Cluster, 'networkPolicies' | 'calicoPolicies'>;
  /** Policies that stay, and let pods of the trace talk to whom no recommended rule names. */
  readonly alsoAllowing: readonly Policy[];
  /** The cluster with the recommendation in their place. */
  readonly world: World;
  /** Recommended flows that it does not allow: none, or it is a bug. */
  readonly denied: readonly TraceFlow[];
}

type Groups = ReturnType<typeof workloadGroups>;

/** What recommended policies are read back from. */
const READ_BACK = 'recommendation.json';

/** Policies of the manifests that are asked before the tier of the recommended ones ends, and allow something of their own. */
function alsoAllowing({ resolved, book }: World, seenPods: ReadonlySet<Pod>): Policy[] {
  const labels = book.endpoints.filter(({ pod }) => pod !== undefined && seenPods.has(pod));
  const isOurs = ({ at }: Policy): boolean => at.file === READ_BACK;
  const place = ({ tier }: Policy): number => resolved.tiers.findIndex(({ name }) => name === tier);
  const last = Math.max(...resolved.policies.filter(isOurs).map(place));
  return resolved.policies.filter((policy) => {
    const { staged, kind, placement, types, rules, selector } = policy;
    if (isOurs(policy) || staged || kind === 'Namespace' || placement !== 'normal') return false;
    const allows = DIRECTIONS.some(
      (direction) => types[direction] && rules[direction].some(({ action }) => action === 'allow'),
    );
    return allows && place(policy) <= last && labels.some((one) => selectorMatches(selector, one.labels));
  });
}

/** Objects as the reader of manifests takes them. Throws InvalidInput where it refuses one: a bug of this file. */
function readObjects(objects: readonly Plain[]): Cluster {
  const bytes = Buffer.from(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
  const { value, diagnostics } = loadCluster([], { files: [{ name: READ_BACK, bytes }] });
  if (hasErrors(diagnostics)) throw new InvalidInput(diagnostics);
  return value;
}

/** The cluster with other policies beside those that it has. */
function withPolicies(cluster: Cluster, objects: readonly Plain[]): Cluster {
  const read = readObjects(objects);
  return {
    ...cluster,
    networkPolicies: [...cluster.networkPolicies, ...read.networkPolicies],
    calicoPolicies: [...cluster.calicoPolicies, ...read.calicoPolicies],
  };
}

/** The policies of the manifests that the recommended ones take the place of: of the same API, in namespaces that get any. */
function replacedIn(cluster: Cluster, kind: PolicyKind, namespaces: ReadonlySet<string>) {
  return {
    networkPolicies: cluster.networkPolicies.filter(
      ({ namespace, staged }) => staged !== true && namespaces.has(namespace),
    ),
    calicoPolicies:
      kind === 'calico'
        ? cluster.calicoPolicies.filter(
            ({ kind: own, namespace, tier }) =>
              own === 'NetworkPolicy' && tier === 'default' && namespaces.has(namespace),
          )
        : [],
  };
}

/** A policy that isolates all pods of a namespace for one direction. */
function isolating(namespace: string, kind: PolicyKind, direction: Direction): Plain {
  const selector = { matchLabels: {}, matchExpressions: [] };
  const head = policyHead({ namespace, name: ISOLATING, selector }, kind);
  const types = [direction === 'ingress' ? 'Ingress' : 'Egress'];
  return { ...head, spec: { ...head.spec, ...(kind === 'calico' ? { types } : { policyTypes: types }) } };
}

/** A flow with all that it needs. */
interface WantedFlow {
  readonly flow: TraceFlow;
  readonly needs: readonly NeedOfFlow[];
}

/** Flows by whose they are. */
interface Scoped {
  readonly own: readonly TraceFlow[];
  readonly elsewhere: readonly TraceFlow[];
  readonly seenPods: ReadonlySet<Pod>;
  /** Namespaces that get policies. */
  readonly namespaces: ReadonlySet<string>;
}

function scopeOf({ world, flows, namespaces, isolateRest }: RecommendInput, groups: Groups): Scoped {
  const podsOf = podFinder(world);
  const isWanted = ({ namespace }: Pod): boolean => namespaces?.includes(namespace) ?? true;
  const own: TraceFlow[] = [];
  const elsewhere: TraceFlow[] = [];
  const seenPods = new Set<Pod>();
  for (const flow of flows) {
    const pods = flow.firstPackets.flatMap(podsOf).filter((pod) => groups.of(pod) !== undefined);
    const mine = pods.filter(isWanted);
    (pods.length > 0 && mine.length === 0 ? elsewhere : own).push(flow);
    for (const pod of mine) seenPods.add(pod);
  }
  const named = isolateRest ? (namespaces ?? []) : [];
  return {
    own,
    elsewhere,
    seenPods,
    namespaces: new Set([...named, ...[...seenPods].map(({ namespace }) => namespace)]),
  };
}

/** IPv4-mapped IPv6, of which the API server takes no block. */
const isMapped = ({ family, words }: Address): boolean =>
  family === 6 && words[0] === 0 && words[1] === 0 && words[2] === 0xffff;

/** Whether a rule of the kind can say it. Source: projectcalico/calico libcalico-go/lib/validator/v3 (protocols, ICMP types). */
function isNameable({ protocol, icmp, peer }: Need, kind: PolicyKind): boolean {
  if (isMapped(peer)) return false;
  if (kind === 'networkpolicy') return hasPolicyPorts(protocol);
  return protocol > 0 && protocol < 256 && (icmp?.type ?? 0) < 255;
}

/** What each flow needs, and those for which nothing can be done or need be. */
function sortFlows(
  flows: readonly TraceFlow[],
  worlds: IsolatedWorlds,
  kind: PolicyKind,
): { wanted: WantedFlow[]; noRuleNeeded: TraceFlow[]; leftOut: Unrecommended[] } {
  const wanted: WantedFlow[] = [];
  const noRuleNeeded: TraceFlow[] = [];
  const leftOut: Unrecommended[] = [];
  for (const flow of flows) {
    if (flow.why !== undefined) {
      leftOut.push({ flow, why: flow.why });
      continue;
    }
    const { needs, refusal } = needsOf(flow.firstPackets, worlds);
    if (refusal !== undefined) leftOut.push({ flow, why: 'refused-anyway', decision: refusal });
    else if (needs.length === 0) noRuleNeeded.push(flow);
    else if (!needs.every((need) => isNameable(need, kind))) leftOut.push({ flow, why: 'not-nameable' });
    else wanted.push({ flow, needs: needs.map((need) => ({ need, flow })) });
  }
  return { wanted, noRuleNeeded, leftOut };
}

/** The recommended flows that a world does not allow. */
function refusedIn(world: World, wanted: readonly WantedFlow[]): Unrecommended[] {
  return wanted.flatMap(({ flow }) => {
    const decision = flow.firstPackets
      .map((packet) => judge(packet, world))
      .find(({ verdict }) => verdict !== 'allow');
    return decision === undefined ? [] : [{ flow, why: 'refused-anyway' as const, decision }];
  });
}

/** The recommendation for the flows of a trace. */
export function recommend(input: RecommendInput): Recommendation {
  const { world, kind } = input;
  const { cluster, profile } = world;
  const groups = workloadGroups(world.seen, profile);
  const { own, elsewhere, seenPods, namespaces } = scopeOf(input, groups);
  const replaced = replacedIn(cluster, kind, namespaces);
  const base: Cluster = {
    ...cluster,
    networkPolicies: cluster.networkPolicies.filter((one) => !replaced.networkPolicies.includes(one)),
    calicoPolicies: cluster.calicoPolicies.filter((one) => !replaced.calicoPolicies.includes(one)),
  };
  const worldWith = (objects: readonly Plain[]): World => createWorld(withPolicies(base, objects), profile);
  const isolated = (direction: Direction): World =>
    worldWith([...namespaces].map((namespace) => isolating(namespace, kind, direction)));
  const worlds = { ingress: isolated('ingress'), egress: isolated('egress') };
  const { wanted, noRuleNeeded, leftOut } = sortFlows(own, worlds, kind);
  const assembling = {
    kind,
    hasRanges: profile.portRanges === 'range',
    peers: peerFinder(world, groups.of, input.outside),
    groupOf: ({ pod }: Need) => groups.of(pod),
    union: groups.union,
    subjects: [...new Set([...seenPods].map((pod) => groups.of(pod)!))],
  };
  const run = (left: readonly WantedFlow[]) => {
    const policies = [
      ...(input.isolateRest ? restOf(namespaces) : []),
      ...assemblePolicies(
        left.flatMap(({ needs }) => needs),
        assembling,
      ),
    ];
    const recommended = worldWith(policies.map((policy) => policyObject(policy, kind)));
    return { policies, world: recommended, refused: refusedIn(recommended, left) };
  };
  // What a flow was let through by may have been another's rule, which is gone with it.
  let left: readonly WantedFlow[] = wanted;
  let last = run(left);
  const refused: Unrecommended[] = [];
  while (last.refused.length > 0) {
    refused.push(...last.refused);
    const gone = new Set(last.refused.map(({ flow }) => flow));
    left = left.filter(({ flow }) => !gone.has(flow));
    last = run(left);
  }
  return {
    policies: last.policies,
    recommended: left.map(({ flow }) => flow),
    noRuleNeeded,
    elsewhere,
    leftOut: [...leftOut, ...refused],
    seenPods,
    replaced,
    alsoAllowing: alsoAllowing(last.world, seenPods),
    world: last.world,
    denied: last.refused.map(({ flow }) => flow),
  };
}

/** The name of the policy that isolates what has no flow. */
const DEFAULT_DENY = 'default-deny';

function restOf(namespaces: ReadonlySet<string>): RecommendedPolicy[] {
  return [...namespaces].sort(compareBytes).map((namespace) => ({
    namespace,
    name: DEFAULT_DENY,
    groups: [],
    selector: { matchLabels: {}, matchExpressions: [] },
    ingress: [],
    egress: [],
  }));
}

/** The pods at the ends of a first packet, those behind a Service among them. */
function podFinder({ book }: World): (packet: TraceFlow['firstPackets'][number]) => Pod[] {
  return ({ source, destination, protocol, destinationPort, translated }) => {
    const { virtualPorts } = factsAbout(book, destination);
    const backends = virtualPorts
      .filter((one) => one.protocol === protocol && one.port === destinationPort)
      .flatMap((one) => one.backends.map(({ address }) => address));
    const ends = [source, destination, ...(translated === undefined ? backends : [translated.address])];
    return ends.flatMap((address) => factsAbout(book, address).owner?.pod ?? []);
  };
}
