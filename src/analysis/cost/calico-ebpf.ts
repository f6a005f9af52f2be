/**
 * Calico with eBPF: two programs a pod and family, in which rules, blocks and ports are compiled; members of all sets lie in one map.
 *
 * Source: projectcalico/calico felix/bpf/polprog/pol_prog_builder.go, felix/bpf/ipsets/map.go, felix/bpf/jump/map.go.
 */
import { podName } from '../../policy/addresses/address-book.ts';
import { DIRECTIONS, type Direction, type EntityMatch, type Policy, type Rule } from '../../policy/policy.ts';
import { notCounted } from './calico.ts';
import { isInFamily } from './calico-lines.ts';
import { setFinder } from './calico-sets.ts';
import { type EngineCost, Largest, Tally } from './cost.ts';
import { type Family, type Ground, governingPolicies, perGroup, sumOf } from './ground.ts';

/** A program is split behind about as many jumps, and into so many parts at most. */
const JUMPS_A_PROGRAM = 8000;
const SUBPROGRAMS = 24;

export function calicoEbpfCost(ground: Ground): EngineCost {
  const setsOf = setFinder(ground);
  const matchesOf = perGroup(ground, (endpoint) =>
    DIRECTIONS.map((direction) => {
      const policies = governingPolicies(ground, endpoint, direction);
      const matches = (family: Family): number =>
        sumOf(policies, (policy) => policyMatches(policy, direction, family));
      return { direction, policies, matches: { 4: matches(4), 6: matches(6) } };
    }),
  );
  const slots = new Largest({
    limit: 'jump map',
    unit: 'programs',
    most: 10_000,
    source: 'projectcalico/calico felix/bpf/jump/map.go',
  });
  const jumps = new Largest({
    limit: 'policy program',
    unit: 'jumps, about one a match',
    most: SUBPROGRAMS * JUMPS_A_PROGRAM,
    source: 'projectcalico/calico felix/bpf/jump/map.go, felix/bpf/polprog/pol_prog_builder.go',
  });
  const entries = new Largest({
    limit: 'map of IP sets',
    unit: 'entries',
    most: 1_048_576,
    source: 'projectcalico/calico felix/bpf/ipsets/map.go',
  });
  const nodes = ground.nodes.map(({ name, endpoints }) => {
    const tally = new Tally();
    const policies = new Set<Policy>();
    for (const family of ground.families) {
      for (const direction of DIRECTIONS)
        tally.add('programs', `${direction} programs`, endpoints.length, family);
      tally.add('matches', 'rules, blocks and ranges of ports', 0, family);
    }
    for (const endpoint of endpoints)
      for (const { policies: governing, matches } of matchesOf(endpoint)) {
        for (const policy of governing) policies.add(policy);
        for (const family of ground.families) {
          tally.add('matches', 'rules, blocks and ranges of ports', matches[family], family);
          jumps.see(matches[family], podName(endpoint));
        }
      }
    const sets = new Set([...policies].flatMap((policy) => [...setsOf(policy)]));
    for (const family of ground.families) {
      const members = sumOf(sets, ({ counts }) => counts[family]);
      tally.add('sets', 'IP sets', sets.size, family);
      tally.add('entries', 'members of IP sets', members, family);
      entries.see(members, name);
    }
    slots.see(2 * endpoints.length * ground.families.length, name);
    return { node: name, parts: tally.parts };
  });
  return {
    units: [
      { figure: 'programs', unit: 'policy programs' },
      { figure: 'matches', unit: 'compiled matches' },
      { figure: 'sets', unit: 'IP sets' },
      { figure: 'entries', unit: 'IP set map entries' },
    ],
    nodes,
    uses: [entries.use, slots.use, jumps.use],
    notCounted: [
      'how many instructions a match comes to: programs grow with the matches',
      ...notCounted(ground).slice(1),
    ],
    source: 'projectcalico/calico felix/bpf/polprog/pol_prog_builder.go, felix/bpf/ipsets/map.go',
  };
}

/** One for each rule, its blocks and its ranges of ports: what is compiled into instructions. */
function policyMatches({ rules }: Policy, direction: Direction, family: Family): number {
  return sumOf(rules[direction], (rule) => ruleMatches(rule, family));
}

function ruleMatches(rule: Rule, family: Family): number {
  if (!isInFamily(rule, family)) return 0;
  const { match } = rule;
  const ofSide = ({ nets = [], notNets = [], ports = [], notPorts = [] }: EntityMatch): number =>
    [...nets, ...notNets].filter(({ network }) => network.family === family).length +
    ports.length +
    notPorts.length;
  return 1 + ofSide(match.source) + ofSide(match.destination);
}
