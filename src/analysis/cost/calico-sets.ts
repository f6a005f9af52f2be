/**
 * The IP sets behind Calico's rules: one for each distinct selector of a peer, shared by all policies, one for each name of a port among
 * what a selector takes, one for each Service that a rule names.
 *
 * Source: projectcalico/calico felix/calc/rule_scanner.go (ruleToParsedRule, combineMatchesIfPossible).
 */
import { TCP } from '../../net/protocol-layout.ts';
import type { EntityMatch, Policy, Rule } from '../../policy/policy.ts';
import { printSelector } from '../../selector/print.ts';
import type { Selector } from '../../selector/selector.ts';
import type { Family, Ground } from './ground.ts';

/** A set, with its members by family. */
export interface CalicoSet {
  /** `app == "web"`, `port http of ...`. */
  readonly name: string;
  readonly counts: Readonly<Record<Family, number>>;
}

const ALL: Selector = { kind: 'all' };

/** The sets of a policy's rules, each once: kept, so that many nodes may ask. */
export function setFinder(ground: Ground): (policy: Policy) => ReadonlySet<CalicoSet> {
  const byName = new Map<string, CalicoSet>();
  const byPolicy = new Map<Policy, ReadonlySet<CalicoSet>>();
  const shared = (name: string, counts: () => CalicoSet['counts']): CalicoSet => {
    let found = byName.get(name);
    if (found === undefined) {
      found = { name, counts: counts() };
      byName.set(name, found);
    }
    return found;
  };
  const ofSide = (side: EntityMatch, protocol: number | undefined): CalicoSet[] => {
    const { selector, notSelector, namedPorts = [], notNamedPorts = [], ports = [], service } = side;
    const positive = combined(selector, notSelector);
    const sets = [...namedPorts, ...notNamedPorts].map((port) =>
      shared(`port ${port} (${protocol ?? TCP}) of ${printSelector(positive ?? ALL)}`, () =>
        namedPortCounts(ground, positive ?? ALL, port, protocol ?? TCP),
      ),
    );
    const bySelector = (one: Selector): CalicoSet =>
      shared(printSelector(one), () => ground.members(one).counts);
    // Names of ports are filtered by the selector already: without numbers beside them the selector needs no set of its own.
    if (positive !== undefined && (ports.length > 0 || namedPorts.length === 0))
      sets.push(bySelector(positive));
    if (selector === undefined && notSelector !== undefined) sets.push(bySelector(notSelector));
    if (service !== undefined)
      sets.push(shared(`service ${service.namespace}/${service.name}`, () => serviceCounts(ground, service)));
    return sets;
  };
  const ofRule = ({ match }: Rule): CalicoSet[] => [
    ...ofSide(match.source, match.protocol),
    ...ofSide(match.destination, match.protocol),
  ];
  return (policy) => {
    let found = byPolicy.get(policy);
    if (found === undefined) {
      found = new Set([...policy.rules.ingress, ...policy.rules.egress].flatMap(ofRule));
      byPolicy.set(policy, found);
    }
    return found;
  };
}

/** A negation filters the positive selector where there is one. */
function combined(selector: Selector | undefined, notSelector: Selector | undefined): Selector | undefined {
  if (selector === undefined || notSelector === undefined) return selector;
  return { kind: 'and', operands: [selector, { kind: 'not', operand: notSelector }] };
}

function namedPortCounts(
  ground: Ground,
  selector: Selector,
  name: string,
  protocol: number,
): CalicoSet['counts'] {
  const counts = { 4: 0, 6: 0 };
  for (const { endpoints } of ground.members(selector).labelSets)
    for (const { namedPorts, addresses } of endpoints) {
      const ports = namedPorts.filter((port) => port.name === name && port.protocol === protocol).length;
      for (const { family } of addresses) counts[family] += ports;
    }
  return counts;
}

function serviceCounts(
  { world }: Ground,
  { namespace, name }: NonNullable<EntityMatch['service']>,
): CalicoSet['counts'] {
  const counts = { 4: 0, 6: 0 };
  for (const { address, ports } of world.book.serviceEndpoints.get(`${namespace}/${name}`) ?? [])
    counts[address.family] += ports.length;
  return counts;
}
