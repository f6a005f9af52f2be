/**
 * Calico with iptables or nftables: each pod has a chain a direction that asks its tiers, policies that govern some pod of the node have
 * chains, and peers are IP sets.
 *
 * Source: projectcalico/calico felix/rules/endpoints.go (endpointIptablesChain, PolicyGroupToIptablesChains), felix/rules/policy.go,
 * felix/rules/dispatch.go, felix/calc/active_rules_calculator.go.
 */
import { type FelixNode, felixOf } from '../../policy/api/felix.ts';
import type { Endpoint } from '../../policy/endpoints.ts';
import { DIRECTIONS, type Direction, type Governed, type Policy } from '../../policy/policy.ts';
import { printSelector } from '../../selector/print.ts';
import { chainLines } from './calico-lines.ts';
import { type CalicoSet, setFinder } from './calico-sets.ts';
import { type EngineCost, Largest, Tally } from './cost.ts';
import { type Family, type Ground, type LocalNode, sumOf } from './ground.ts';

/** A chain of a group asks whether a policy has decided behind each five of them. */
const RETURN_STRIDE = 5;

/** Policies of a tier that stand one after the other and select alike. */
interface Group {
  /** Equal for the same policies in the same direction. */
  readonly key: string;
  readonly length: number;
}

/** What governs pods that are governed alike, in one direction. */
interface Governing {
  readonly policies: readonly Policy[];
  readonly groups: readonly Group[];
  /** Of the endpoint's own chain, what Felix's settings add or take aside. */
  readonly lines: number;
}

export function calicoCost(ground: Ground): EngineCost {
  const setsOf = setFinder(ground);
  const governingOf = governingFinder(ground);
  const linesOf = policyLines();
  const most = {
    members: new Largest({
      limit: 'IP set',
      unit: 'members',
      most: 1_048_576,
      source: 'projectcalico/calico felix/config/config_params.go (MaxIpsetSize)',
    }),
    sets: new Largest({
      limit: 'sets of a node',
      unit: 'IP sets',
      most: 65_535,
      source: 'torvalds/linux net/netfilter/ipset/ip_set_core.c (IPSET_INVALID_ID)',
    }),
  };
  const seen = new Set<CalicoSet>();
  const nodes = ground.nodes.map((local) => {
    const tally = new Tally();
    const felix = felixOf(ground.world.seen.felix, local.name);
    const { policies, groups, lines } = gather(local, felix, governingOf);
    const sets = new Set([...policies].flatMap((policy) => [...setsOf(policy)]));
    const pods = local.endpoints.length;
    for (const family of ground.families) {
      tally.add('lines', 'endpoint chains', lines, family);
      tally.add(
        'lines',
        'policy chains',
        sumOf(policies, (policy) => linesOf(policy, family)),
        family,
      );
      tally.add('lines', 'group chains', sumOf(groups.values(), groupLines), family);
      tally.add('lines', 'dispatch', 2 * pods, family);
      tally.add('chains', 'endpoint chains', 2 * pods, family);
      tally.add('chains', 'policy chains', 2 * policies.size, family);
      tally.add('chains', 'group chains', groups.size, family);
      tally.add('sets', 'IP sets', sets.size, family);
      tally.add(
        'members',
        'members',
        sumOf(sets, ({ counts }) => counts[family]),
        family,
      );
    }
    most.sets.see(sets.size * ground.families.length, local.name);
    for (const set of sets) seen.add(set);
    return { node: local.name, parts: tally.parts };
  });
  for (const { name, counts } of seen)
    for (const family of ground.families) most.members.see(counts[family], name);
  return {
    units: [
      { figure: 'lines', unit: 'packet filter rules' },
      { figure: 'chains', unit: 'chains' },
      { figure: 'sets', unit: 'IP sets' },
      { figure: 'members', unit: 'IP set members' },
    ],
    nodes,
    uses: [most.members.use, most.sets.use],
    notCounted: notCounted(ground),
    source:
      'projectcalico/calico felix/rules/endpoints.go, felix/rules/policy.go, felix/calc/rule_scanner.go',
  };
}

/** What Calico's formulas say nothing about. */
export function notCounted({ world }: Ground): string[] {
  return [
    'chains that stand on every node whatever the policies are, chains of profiles, branches of the dispatch tree, and lines for flow logs',
    ...(world.seen.hostEndpoints.length === 0 ? [] : ['chains of host endpoints']),
  ];
}

/** What stands on a node: the lines of its endpoints' chains, each policy and group once. */
function gather(
  { endpoints }: LocalNode,
  felix: FelixNode,
  governingOf: (endpoint: Endpoint, direction: Direction) => Governing,
): { policies: Set<Policy>; groups: Map<string, Group>; lines: number } {
  const policies = new Set<Policy>();
  const groups = new Map<string, Group>();
  const met = new Set<Governing>();
  const encapsulation = Number(!felix.allowVxlanFromWorkloads) + Number(!felix.allowIpipFromWorkloads);
  const conntrack = felix.disableConntrackInvalidCheck ? 1 : 2;
  let lines = 0;
  for (const endpoint of endpoints)
    for (const direction of DIRECTIONS) {
      const governing = governingOf(endpoint, direction);
      lines += conntrack + governing.lines + (direction === 'egress' ? encapsulation : 0);
      if (met.has(governing)) continue;
      met.add(governing);
      for (const policy of governing.policies) policies.add(policy);
      for (const group of governing.groups) if (group.length > 1) groups.set(group.key, group);
    }
  return { policies, groups, lines };
}

function groupLines({ length }: Group): number {
  return length + Math.floor((length - 1) / RETURN_STRIDE);
}

function policyLines(): (policy: Policy, family: Family) => number {
  const known = { 4: new Map<Policy, number>(), 6: new Map<Policy, number>() };
  return (policy, family) => {
    let lines = known[family].get(policy);
    if (lines === undefined) {
      lines = sumOf(DIRECTIONS, (direction) => chainLines(policy.rules[direction], family));
      known[family].set(policy, lines);
    }
    return lines;
  };
}

/** Made once for all that share a Governed. */
function governingFinder({ world }: Ground): (endpoint: Endpoint, direction: Direction) => Governing {
  const known = new Map<Governed, Governing>();
  return (endpoint, direction) => {
    const governed = world.resolved.governing(endpoint, direction);
    let governing = known.get(governed);
    if (governing === undefined) {
      governing = governingFrom(governed, direction);
      known.set(governed, governing);
    }
    return governing;
  };
}

function governingFrom({ tiers, profiles }: Governed, direction: Direction): Governing {
  const byTier = tiers.map(({ tier, policies, endAction }) => {
    const enforced = policies.filter(({ staged }) => !staged);
    return { endAction, enforced, groups: groupsOf(enforced, `${direction} ${tier.name}`) };
  });
  // A tier begins with one line and ends with its drop; a group is a jump and a return.
  const tierLines = sumOf(
    byTier,
    ({ endAction, groups }) => 1 + 2 * groups.length + (endAction === 'deny' ? 1 : 0),
  );
  return {
    policies: byTier.flatMap(({ enforced }) => enforced),
    groups: byTier.flatMap(({ groups }) => groups),
    // Marks are cleared first, each profile is a jump and a return, and behind them stands the drop.
    lines: 1 + tierLines + 2 * profiles.length + 1,
  };
}

function groupsOf(policies: readonly Policy[], where: string): Group[] {
  const groups: { selector: string; key: string; length: number }[] = [];
  for (const { selector, kind, namespace, name } of policies) {
    const text = printSelector(selector);
    const last = groups.at(-1);
    const id = `${kind} ${namespace}/${name}`;
    if (last?.selector === text) {
      last.key += `, ${id}`;
      last.length++;
    } else groups.push({ selector: text, key: `${where}: ${id}`, length: 1 });
  }
  return groups;
}
