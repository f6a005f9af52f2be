/**
 * Rules that are wider than a trace needed, each with the rule that would do: made of the flows that it admitted, as `recommend` makes
 * them, read back by the reader of manifests, and held against these flows, so that putting all of them in the place of the wide ones
 * denies nothing of the trace.
 */
import { hasErrors } from '../../diagnostic/diagnostic.ts';
import { loadCluster } from '../../manifest/load.ts';
import { addressKey } from '../../net/address.ts';
import { type Cidr, cidrContains, formatCidr } from '../../net/cidr.ts';
import { hasPolicyPorts } from '../../net/protocol.ts';
import type { Plain } from '../../output/yaml.ts';
import type { Cluster, Pod } from '../../policy/cluster.ts';
import { judge } from '../../policy/judge/judge.ts';
import type { Direction, EntityMatch } from '../../policy/policy.ts';
import { createWorld, type World } from '../../policy/world.ts';
import { selectorMatches } from '../../selector/match.ts';
import { accessesOf } from '../recommend/accesses.ts';
import { type PeerFinder, peerFinder } from '../recommend/peers.ts';
import { policyHead, ruleObject } from '../recommend/policy-objects.ts';
import type { PolicyKind } from '../recommend/recommend-document.ts';
import { type RecommendedRule, rulesOf } from '../recommend/rules.ts';
import type { TraceFlow } from '../recommend/trace-flows.ts';
import { type WorkloadGroup, workloadGroups } from '../workload-selector.ts';
import { rulePatterns } from './rule-patterns.ts';
import { type Admitted, type RuleUse, ruleUses, usedOf } from './rule-use.ts';

/** Pods of workloads, other addresses, ports. */
export interface Reach extends Pick<Admitted, 'others' | 'ports'> {
  readonly workloads: readonly WorkloadGroup[];
}

export interface WideRule extends RuleUse {
  readonly admits: Reach;
  readonly needed: Reach;
  /** What would do in its place, in the words of its API; none where that API is not written here, or says it no better. */
  readonly narrower: readonly Plain[];
}

export interface TraceUse {
  /** Rules of which less would have done. */
  readonly wide: readonly WideRule[];
  /** Rules that admitted nothing. */
  readonly unused: readonly RuleUse[];
}

/** The API in which a rule is written again; undefined for those that are not written here. */
function kindOf({ unit: { policy } }: RuleUse): PolicyKind | undefined {
  if (policy.calicoKind === 'KubernetesNetworkPolicy')
    return policy.kind === 'NetworkPolicy' ? 'networkpolicy' : undefined;
  return /^(?:Global)?NetworkPolicy$/.test(policy.kind) ? 'calico' : undefined;
}

const isWider = (admits: Reach, needed: Reach): boolean =>
  admits.others > needed.others ||
  admits.ports > needed.ports ||
  admits.workloads.some((one) => !needed.workloads.includes(one));

/** More addresses of nobody in the cluster are clients of the world, which no list foresees. */
const MOST_ADDRESSES = 16;

/** How addresses outside of the cluster stand in the narrower rule: each by itself, in the blocks that the rule has, or not at all. */
type Outside = 'listed' | 'blocks' | 'unsaid';

const blocksOf = ({ unit: { pieces } }: RuleUse): readonly Cidr[] =>
  pieces.flatMap(
    ({ rule: { match }, direction }) => match[direction === 'ingress' ? 'source' : 'destination'].nets ?? [],
  );

function outsideOf(use: RuleUse, { book }: World): Outside {
  const addresses = use.used
    .map(({ need }) => need.peer)
    .filter((address) => !book.facts.has(addressKey(address)));
  if (new Set(addresses.map(addressKey)).size <= MOST_ADDRESSES) return 'listed';
  const isExcepting = use.unit.pieces.some(
    ({ rule: { match } }) =>
      (match.source.notNets ?? []).length + (match.destination.notNets ?? []).length > 0,
  );
  const blocks = blocksOf(use);
  const areIn = addresses.every((address) => blocks.some((block) => cidrContains(block, address)));
  return areIn && !isExcepting ? 'blocks' : 'unsaid';
}

/** Peers, addresses outside of the cluster by the blocks that hold them. */
function byBlocks(peers: PeerFinder, blocks: readonly Cidr[], { book }: World): PeerFinder {
  return {
    admits: peers.admits,
    at: (address, isWorld) => {
      const block =
        isWorld || book.facts.has(addressKey(address))
          ? undefined
          : blocks.find((one) => cidrContains(one, address));
      return block === undefined
        ? peers.at(address, isWorld)
        : { kind: 'block', key: `block:${formatCidr(block)}`, cidr: block, node: '', service: '' };
    },
  };
}

/** Lists of an entity that hold something. */
const asks = (entity: EntityMatch, ...keys: (keyof EntityMatch)[]): boolean =>
  keys.some((key) => {
    const value = entity[key];
    return Array.isArray(value) ? value.length > 0 : value !== undefined;
  });

/**
 * Whether workloads and numbers of ports say no more than the rule: it asks nothing else, admits all pods of the workloads, and its
 * names of ports are the numbers that were used wherever they count.
 */
function staysWithin({ unit, used, admitted }: RuleUse, { workloads }: Reach, { book }: World): boolean {
  const subjects = unit.policy.selector;
  const isIngress = unit.list === 'ingress';
  const isPlain = unit.pieces.every(({ rule: { match } }) => {
    const [own, peer] = isIngress ? [match.destination, match.source] : [match.source, match.destination];
    return (
      match.family === undefined &&
      !asks(own, 'nets', 'notNets', 'selector', 'notSelector', 'service', 'isOutside') &&
      !asks(match.source, 'ports', 'namedPorts', 'notPorts', 'notNamedPorts') &&
      !asks(match.destination, 'service', 'notNamedPorts') &&
      !asks(peer, 'node', 'unresolvedDomains', 'service')
    );
  });
  const isWhole = ({ addresses }: Pod): boolean =>
    addresses.every((address) => admitted.addresses.has(addressKey(address)));
  if (!isPlain || !workloads.every(({ pods }) => pods.every(isWhole))) return false;
  const names = new Set(unit.pieces.flatMap(({ rule }) => rule.match.destination.namedPorts ?? []));
  if (names.size === 0) return true;
  const asked = new Set(workloads.flatMap(({ pods }) => pods));
  const destinations = book.endpoints.filter((endpoint) =>
    isIngress
      ? selectorMatches(subjects, endpoint.labels)
      : endpoint.pod !== undefined && asked.has(endpoint.pod),
  );
  const isNumbered = (protocol: number, port: number): boolean =>
    unit.pieces.some(
      ({ rule: { match } }) =>
        (match.protocol === undefined || match.protocol === protocol) &&
        match.destination.ports?.some(({ first, last }) => first <= port && port <= last) === true,
    );
  return used.every(
    ({ need: { protocol, port = 0 } }) =>
      isNumbered(protocol, port) ||
      destinations.every(({ namedPorts }) =>
        namedPorts.some((one) => names.has(one.name ?? '') && one.port === port && one.protocol === protocol),
      ),
  );
}

/** What the flows used of a world's rules. */
export function traceUse(world: World, flows: readonly TraceFlow[]): TraceUse {
  const groups = workloadGroups(world.seen, world.profile);
  const reachOf = ({ pods, others, ports }: Admitted): Reach => ({
    workloads: [...new Set([...pods].flatMap((pod: Pod) => groups.of(pod) ?? []))],
    others,
    ports,
  });
  const uses = ruleUses(rulePatterns(world), flows);
  const peers = peerFinder(world, groups.of, {});
  const hasRanges = world.profile.portRanges === 'range';
  const wide = uses.flatMap((use): WideRule[] => {
    if (use.used.length === 0) return [];
    const outside = outsideOf(use, world);
    const [admits, exactly] = [reachOf(use.admitted), reachOf(usedOf(use, world))];
    const needed = outside === 'listed' ? exactly : { ...exactly, others: admits.others };
    if (!isWider(admits, needed)) return [];
    const kind = kindOf(use);
    const isNameable = use.used.every(
      ({ need }) => need.direction === use.unit.list && (kind === 'calico' || hasPolicyPorts(need.protocol)),
    );
    const rules: readonly RecommendedRule[] =
      kind === undefined || !isNameable || outside === 'unsaid' || !staysWithin(use, exactly, world)
        ? []
        : rulesOf(
            accessesOf(use.used, outside === 'listed' ? peers : byBlocks(peers, blocksOf(use), world)),
            use.unit.list!,
            { kind, hasRanges },
          );
    const narrower = rules.map((rule) => ruleObject(rule, use.unit.policy.namespace, kind!));
    const found = { ...use, admits, needed, narrower };
    // Some addresses may stand in no policy.
    return [
      narrower.length > 0 && readRules(found, kind!) === undefined ? { ...found, narrower: [] } : found,
    ];
  });
  return { wide: verified(world, wide), unused: uses.filter(({ used }) => used.length === 0) };
}

/** Takes back what would deny some flow, until nothing does. */
function verified(world: World, wide: readonly WideRule[]): WideRule[] {
  let left = [...wide];
  for (;;) {
    const told = left.filter(({ narrower }) => narrower.length > 0);
    if (told.length === 0) return left;
    const narrowed = createWorld(withNarrower(world.cluster, told), world.profile);
    const denied = new Set(
      told
        .flatMap(({ used }) => used.map(({ flow }) => flow))
        .filter(({ firstPackets }) =>
          firstPackets.some((packet) => judge(packet, narrowed).verdict !== judge(packet, world).verdict),
        ),
    );
    if (denied.size === 0) return left;
    left = left.map((one) =>
      one.used.some(({ flow }) => denied.has(flow)) ? { ...one, narrower: [] } : one,
    );
  }
}

/** The cluster with the narrower rules in the place of the wide ones. */
export function withNarrower(cluster: Cluster, wide: readonly WideRule[]): Cluster {
  // From the last rule of a policy on: positions before it stay.
  const ordered = [...wide].sort((left, right) => right.unit.index! - left.unit.index!);
  return ordered.reduce(
    (changed, one) => (one.narrower.length === 0 ? changed : replaced(changed, one)),
    cluster,
  );
}

function replaced(cluster: Cluster, wide: WideRule): Cluster {
  const { unit } = wide;
  const { policy } = unit;
  const direction = unit.list as Direction;
  const kind = kindOf(wide)!;
  const read = readRules(wide, kind)!;
  const isIt = (one: {
    readonly kind?: string;
    readonly namespace: string;
    readonly name: string;
  }): boolean =>
    one.namespace === policy.namespace &&
    one.name === policy.name &&
    (one.kind ?? policy.kind) === policy.kind;
  const spliced = <T>(list: readonly T[], rules: readonly T[]): T[] =>
    list.toSpliced(unit.index!, 1, ...rules);
  if (kind === 'networkpolicy')
    return {
      ...cluster,
      networkPolicies: cluster.networkPolicies.map((one) =>
        one.staged !== true && isIt(one)
          ? { ...one, [direction]: spliced(one[direction], read.networkPolicies[0]![direction]) }
          : one,
      ),
    };
  return {
    ...cluster,
    calicoPolicies: cluster.calicoPolicies.map((one) =>
      isIt(one)
        ? {
            ...one,
            rules: {
              ...one.rules,
              [direction]: spliced(one.rules[direction], read.calicoPolicies[0]!.rules[direction]),
            },
          }
        : one,
    ),
  };
}

/** The narrower rules in a policy of their own, read by the reader of manifests; undefined where it refuses them. */
function readRules({ unit: { policy, list }, narrower }: WideRule, kind: PolicyKind): Cluster | undefined {
  const isGlobal = policy.namespace === '';
  const head = policyHead(
    { namespace: policy.namespace, name: 'narrower', selector: { matchLabels: {}, matchExpressions: [] } },
    kind,
  );
  const { selector, types, podSelector, policyTypes } = head.spec;
  const spec =
    kind === 'calico'
      ? { selector: selector!, types: types! }
      : { podSelector: podSelector!, policyTypes: policyTypes! };
  const object = {
    ...head,
    ...(isGlobal ? { kind: 'GlobalNetworkPolicy', metadata: { name: 'narrower' } } : {}),
    spec: { ...spec, [list!]: narrower },
  };
  const bytes = Buffer.from(JSON.stringify(object));
  const { value, diagnostics } = loadCluster([], { files: [{ name: 'narrower.json', bytes }] });
  return hasErrors(diagnostics) ? undefined : value;
}
