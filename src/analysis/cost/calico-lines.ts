/**
 * How many lines of a packet filter Calico writes for a rule and for a policy's chain. A line holds one block of addresses and fifteen
 * ports on a side: what does not fit is put before the rule, in lines that mark what matches.
 *
 * Source: projectcalico/calico felix/rules/policy.go (FilterRuleToIPVersion, ProtoRuleToIptablesRules, SplitPortList,
 * CombineMatchAndActionsForProtoRule, ProtoRulesToIptablesRules).
 */
import type { Cidr } from '../../net/cidr.ts';
import type { PortRange } from '../../net/port.ts';
import type { EntityMatch, Rule } from '../../policy/policy.ts';
import type { Family } from './ground.ts';

/** Ports of one match; a range takes two places. */
const PORT_PLACES = 15;

/** Lines of a chain that holds these rules: behind its last rule it returns anyway. */
export function chainLines(rules: readonly Rule[], family: Family): number {
  let lines = 0;
  let endsInReturn = false;
  for (const rule of rules) {
    const own = ruleLines(rule, family);
    if (own === 0) continue;
    lines += own;
    endsInReturn = rule.action === 'allow' || rule.action === 'pass';
  }
  return endsInReturn ? lines - 1 : lines;
}

/** Whether a rule is there at all in a family. */
export function isInFamily({ match }: Rule, family: Family): boolean {
  if (match.family !== undefined && match.family !== family) return false;
  return !isFilteredOut(match.source, family) && !isFilteredOut(match.destination, family);
}

function ruleLines(rule: Rule, family: Family): number {
  if (!isInFamily(rule, family)) return 0;
  const { action, match } = rule;
  const sides = [match.source, match.destination];
  const positive = [
    ...sides.map(({ ports = [], namedPorts = [] }) => portMatches(ports) + namedPorts.length),
    ...sides.map(({ nets = [] }) => ofFamily(nets, family).length),
  ].filter((matches) => matches > 1);
  const negative = sides.map((side) => negatedBlock(side, family)).filter((matches) => matches > 0);
  const blocks = [...positive, ...negative];
  const before =
    blocks.length === 0
      ? 0
      : // One line clears the marks, and each block behind the first that must match as well is joined by one.
        1 + blocks.reduce((sum, matches) => sum + matches, 0) + Math.max(0, positive.length - 1);
  return before + (action === 'log' ? 1 : 2);
}

const ofFamily = (nets: readonly Cidr[], family: Family): readonly Cidr[] =>
  nets.filter(({ network }) => network.family === family);

/** Whether nothing is left to match: all blocks are of the other family, or everything is excepted. */
function isFilteredOut({ nets = [], notNets = [] }: EntityMatch, family: Family): boolean {
  const isEmptied = (list: readonly Cidr[]): boolean =>
    list.length > 0 && ofFamily(list, family).length === 0;
  return (
    isEmptied(nets) ||
    isEmptied(notNets) ||
    ofFamily(notNets, family).some(({ prefixBits }) => prefixBits === 0)
  );
}

/** How many matches the ports need. */
function portMatches(ports: readonly PortRange[]): number {
  let matches = 0;
  let places = 0;
  for (const { first, last } of ports) {
    const needed = first === last ? 1 : 2;
    if (places < needed) {
      matches++;
      places = PORT_PLACES;
    }
    places -= needed;
  }
  return matches;
}

/** Lines of the blocks that must not match, where they do not fit into the rule's own line. */
function negatedBlock({ nets = [], notNets = [] }: EntityMatch, family: Family): number {
  const inRule = ofFamily(nets, family).length === 1 ? 1 : 0;
  const negated = ofFamily(notNets, family).length;
  return inRule + negated > 1 ? negated : 0;
}
