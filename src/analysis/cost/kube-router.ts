/**
 * kube-router, with iptables and ipsets or with nftables: every policy of the cluster stands on every node, each pod of the node has a
 * chain of its own.
 *
 * Source: cloudnativelabs/kube-router pkg/controllers/netpol/policy.go, pod.go, npc_iptables.go, npc_nftables.go, pkg/utils/ipset.go.
 */
import type { NetworkPolicy, NetworkPolicyPeer, NetworkPolicyRule } from '../../policy/api/network-policy.ts';
import type { LabelSet } from '../../policy/endpoints.ts';
import { DIRECTIONS, type Direction } from '../../policy/policy.ts';
import { inNamespace } from '../../policy/translate/label-selector.ts';
import { type EngineCost, Largest, type Part, Tally } from './cost.ts';
import {
  addressCounts,
  type Family,
  type Ground,
  governingPolicies,
  peerSelector,
  perGroup,
} from './ground.ts';

const NETPOL = 'cloudnativelabs/kube-router pkg/controllers/netpol';

/** In what the two backends differ. */
interface Backend {
  /** Lines of one match: a mark and a return, or both in one. */
  readonly linesAMatch: number;
  /** Lines that lead to a pod's chain. */
  readonly jumps: number;
  /** Blocks with exceptions need a set and a chain more. */
  readonly exceptsApart: boolean;
  /** Members of a set; absent: as many as there is memory. */
  readonly maxMembers?: number;
}

const IPTABLES: Backend = { linesAMatch: 2, jumps: 7, exceptsApart: false, maxMembers: 65_536 };
const NFTABLES: Backend = { linesAMatch: 1, jumps: 5, exceptsApart: true };

/** Of a pod's chain, beside its policies. */
const POD_LINES = 6;
const COMMON_LINES: Readonly<Record<Family, number>> = { 4: 5, 6: 8 };
/** INPUT, FORWARD and OUTPUT. */
const TOP_CHAINS = 3;
const TOP_LINES = 2;
/** Node ports of three protocols. */
const NODE_PORT_LINES = 3;
/** The range of services; more, and those of external addresses and load balancers, only where kube-router is told. */
const SERVICE_RANGES = 1;

export const kubeRouterCost = (ground: Ground): EngineCost => costOn(ground, IPTABLES);
export const kubeRouterNftCost = (ground: Ground): EngineCost => costOn(ground, NFTABLES);

/** Sets and matches of all policies, in one family. */
interface Rendered {
  lines: number;
  readonly sets: number[];
  /** Chains for exceptions. */
  exceptChains: number;
}

function costOn(ground: Ground, backend: Backend): EngineCost {
  const largest = new Largest({
    limit: 'IP set',
    unit: 'members',
    most: backend.maxMembers ?? 0,
    source: 'cloudnativelabs/kube-router pkg/utils/ipset.go (maxelem)',
  });
  const sets = new Largest({
    limit: 'sets of a node',
    unit: 'IP sets',
    most: 65_535,
    source: 'torvalds/linux net/netfilter/ipset/ip_set_core.c (IPSET_INVALID_ID)',
  });
  const everywhere = new Tally();
  for (const family of ground.families) addEverywhere(everywhere, ground, family, backend, largest);
  const shared = everywhere.parts;
  const setCount = shared.reduce((sum, { figure, count }) => sum + (figure === 'sets' ? count : 0), 0);
  sets.see(setCount, '');
  const podLines = perGroup(ground, (endpoint) => {
    const [ingress, egress] = DIRECTIONS.map((direction) => governingPolicies(ground, endpoint, direction));
    const policies = new Set([...ingress!, ...egress!]).size;
    return policies + Number(ingress!.length === 0) + Number(egress!.length === 0) + POD_LINES;
  });
  const nodes = ground.nodes.map(({ name, endpoints }) => {
    const tally = new Tally();
    for (const family of ground.families) {
      const pods = endpoints.filter(({ addresses }) => addresses.some((one) => one.family === family));
      const lines = pods.reduce((sum, pod) => sum + podLines(pod), 0);
      tally.add('lines', 'chains of pods', lines, family);
      tally.add('lines', 'jumps to chains of pods', backend.jumps * pods.length, family);
      tally.add('chains', 'chains of pods', pods.length, family);
    }
    const parts: Part[] = [...tally.parts, ...shared];
    return { node: name, parts };
  });
  return {
    units: [
      { figure: 'lines', unit: backend === NFTABLES ? 'nftables rules' : 'iptables rules' },
      { figure: 'chains', unit: 'chains' },
      { figure: 'sets', unit: backend === NFTABLES ? 'nftables sets' : 'IP sets' },
      { figure: 'members', unit: 'set members' },
    ],
    nodes,
    uses: backend.maxMembers === undefined ? [] : [largest.use, sets.use],
    notCounted: [
      'ranges of external addresses and load balancers, and further ranges of services, which are options of kube-router; default-deny mode',
    ],
    source: `${NETPOL}/policy.go, pod.go, ${backend === NFTABLES ? 'npc_nftables.go' : 'npc_iptables.go'}`,
  };
}

/** What stands on every node. */
function addEverywhere(
  tally: Tally,
  ground: Ground,
  family: Family,
  backend: Backend,
  largest: Largest,
): void {
  const policies = ground.policies.flatMap((policy) => ground.objectOf(policy) ?? []);
  let [lines, sets, members, exceptChains] = [0, 0, 0, 0];
  for (const policy of policies) {
    const rendered = renderPolicy(ground, policy, family, backend);
    lines += rendered.lines;
    sets += rendered.sets.length;
    exceptChains += rendered.exceptChains;
    for (const size of rendered.sets) {
      members += size;
      largest.see(size, `${policy.namespace}/${policy.name}`);
    }
  }
  tally.add('lines', 'policies', lines, family);
  const input = SERVICE_RANGES + NODE_PORT_LINES;
  const fixed = COMMON_LINES[family] + 1 + 1 + input + TOP_LINES * TOP_CHAINS + TOP_CHAINS;
  tally.add('lines', 'fixed', fixed, family);
  tally.add('chains', 'policies', policies.length + exceptChains, family);
  tally.add('chains', 'fixed', TOP_CHAINS + 2, family);
  tally.add('sets', 'sets', sets, family);
  tally.add('members', 'members', members, family);
}

function renderPolicy(ground: Ground, policy: NetworkPolicy, family: Family, backend: Backend): Rendered {
  const subjects = ground.subjects(policy);
  const rendered: Rendered = { lines: 0, sets: [], exceptChains: 0 };
  for (const direction of DIRECTIONS) {
    if (!policy.policyTypes[direction]) continue;
    rendered.sets.push(subjects.counts[family]);
    for (const rule of policy[direction])
      renderRule(rendered, {
        ground,
        policy,
        rule,
        direction,
        family,
        backend,
        subjects: subjects.labelSets,
      });
  }
  return rendered;
}

interface AskedRule {
  readonly ground: Ground;
  readonly policy: NetworkPolicy;
  readonly rule: NetworkPolicyRule;
  readonly direction: Direction;
  readonly family: Family;
  readonly backend: Backend;
  /** Those whom the policy selects. */
  readonly subjects: readonly LabelSet[];
}

function renderRule(rendered: Rendered, asked: AskedRule): void {
  const { ground, policy, rule, direction, family, backend } = asked;
  const pods = rule.peers.filter(({ ipBlock }) => ipBlock === undefined);
  const blocks = rule.peers.flatMap(({ ipBlock }) =>
    ipBlock?.cidr.network.family === family ? [ipBlock] : [],
  );
  const taken = new Set(
    pods.flatMap((peer) => ground.members(peerSelector(peer, policy.namespace)).labelSets),
  );
  const numbers = rule.ports.filter(({ port }) => typeof port !== 'string').length;
  const named = namedSets(asked, taken);
  const isOpen = rule.ports.length === 0;
  let matches = 0;
  if (rule.peers.length === 0) matches += isOpen ? 1 : numbers + named.length;
  if (pods.length > 0) {
    matches += Math.max(1, numbers + named.length);
    rendered.sets.push(addressCounts([...taken].flatMap(({ endpoints }) => endpoints))[family]);
  }
  if (blocks.length > 0) {
    matches += isOpen ? 1 : numbers + (direction === 'ingress' ? named.length : 0);
    renderBlocks(rendered, blocks, backend);
  }
  rendered.lines += matches * backend.linesAMatch;
  rendered.sets.push(...named);
}

/** All blocks of a rule share a set. */
function renderBlocks(
  rendered: Rendered,
  blocks: readonly NonNullable<NetworkPolicyPeer['ipBlock']>[],
  { exceptsApart }: Backend,
): void {
  // A set cannot hold a block of all addresses: its halves stand for it.
  const cidrs = blocks.reduce((sum, { cidr }) => sum + (cidr.prefixBits === 0 ? 2 : 1), 0);
  const excepts = blocks.reduce((sum, { except }) => sum + except.length, 0);
  if (!exceptsApart || excepts === 0) {
    rendered.sets.push(cidrs + excepts);
    return;
  }
  rendered.sets.push(cidrs, excepts);
  rendered.exceptChains++;
  rendered.lines++;
}

/** Sizes of the sets behind names of ports: one for each name and each number that the pods behind the rule give it. */
function namedSets(
  { ground, policy, rule, direction, family, subjects }: AskedRule,
  taken: Set<LabelSet>,
): number[] {
  const names = new Map(
    rule.ports.flatMap(({ port, protocol }) =>
      typeof port === 'string' ? [[`${protocol} ${port}`, { name: port, protocol }] as const] : [],
    ),
  );
  if (names.size === 0) return [];
  const targets =
    direction === 'ingress'
      ? subjects
      : rule.peers.length > 0
        ? [...taken]
        : ground.members(inNamespace(policy.namespace)).labelSets;
  return [...names.values()].flatMap(({ name, protocol }) =>
    ground.numbersOf(targets, name, protocol).map((number) => {
      const giving = targets.flatMap(({ endpoints }) =>
        endpoints.filter(({ namedPorts }) =>
          namedPorts.some((one) => one.name === name && one.protocol === protocol && one.port === number),
        ),
      );
      return addressCounts(giving)[family];
    }),
  );
}
