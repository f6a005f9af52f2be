/**
 * A rule as one direction and family sees it: conditions on the peer, on the endpoint's own side, and on protocol and
 * ports. Everything of `RuleMatch` is in it; nothing here knows which endpoint it is for.
 *
 * Source: projectcalico/calico felix/rules/policy.go (FilterRuleToIPVersion), felix/calc/rule_scanner.go.
 */
import type { Cidr } from '../net/cidr.ts';
import type { PortRange } from '../net/port.ts';
import type { CniProfile } from '../policy/cni/profile.ts';
import type { EntityMatch, RuleMatch } from '../policy/policy.ts';
import type { Selector } from '../selector/selector.ts';
import { directionOf, type ProgramHook } from '../tables/verdict.ts';
import type { Predicates } from './predicates.ts';

/** A predicate that must hold, or must not. */
export interface Literal {
  readonly predicate: number;
  readonly holds: boolean;
}

/** True when the port is in a range or in a set of pairs or in a value of a predicate; the reverse when negated. */
export interface PortTest {
  readonly negated: boolean;
  readonly ranges: readonly PortRange[];
  /** protocol * 65536 + port, ascending. */
  readonly pairs: readonly number[];
  /** Named-port predicates of the side that the port belongs to. */
  readonly predicates: readonly number[];
  /** The profile leaves open whether the names count here. */
  readonly namesAreOpen: boolean;
}

const NO_TESTS: readonly PortTest[] = [];
const NO_PORTS: PortTest = { negated: false, ranges: [], pairs: [], predicates: [], namesAreOpen: false };

/**
 * Names of which not all addresses are known: met where `known` holds, open where nothing holds the address, else not
 * met.
 */
export interface DomainTest {
  readonly known?: number;
  readonly held: number;
}

export interface SideCondition {
  readonly literals: readonly Literal[];
  readonly ports: readonly PortTest[];
  readonly domains?: DomainTest;
}

/** What a rule is compiled for. */
export interface View {
  readonly hook: ProgramHook;
  readonly family: 4 | 6;
  readonly profile: Pick<CniProfile, 'namedPortBehindIpBlock'>;
}

export interface Condition {
  readonly protocol?: number;
  readonly notProtocol?: number;
  readonly icmp?: { readonly type: number; readonly code?: number };
  readonly notIcmp?: { readonly type: number; readonly code?: number };
  /** Only protocols other than TCP, UDP and SCTP. */
  readonly isOtherProtocol?: boolean;
  readonly peer: SideCondition;
  readonly own: SideCondition;
}

/** Own sides that were compiled: rules of one list of peers have theirs in common. */
export type OwnConditions = Map<EntityMatch, SideCondition | undefined>;

/**
 * The condition, or undefined when the rule does not exist in this family. `known`: own sides of the view by the entity
 * that they were read from; an entity belongs to rules of one protocol.
 */
export function conditionOf(
  match: RuleMatch,
  view: View,
  predicates: Predicates,
  known: OwnConditions,
): Condition | undefined {
  if (match.family !== undefined && match.family !== view.family) return undefined;
  const direction = directionOf(view.hook);
  const ownSide = direction === 'ingress' ? 'destination' : 'source';
  const sideAt = (side: 'source' | 'destination'): SideCondition | undefined => {
    if (side !== ownSide) return sideOf(match, side, view, predicates);
    const entity = match[side];
    if (!known.has(entity)) known.set(entity, sideOf(match, side, view, predicates));
    return known.get(entity);
  };
  const source = sideAt('source');
  const destination = sideAt('destination');
  if (source === undefined || destination === undefined) return undefined;
  return {
    ...(match.protocol === undefined ? {} : { protocol: match.protocol }),
    ...(match.notProtocol === undefined ? {} : { notProtocol: match.notProtocol }),
    ...(match.icmp === undefined ? {} : { icmp: match.icmp }),
    ...(match.notIcmp === undefined ? {} : { notIcmp: match.notIcmp }),
    peer: direction === 'ingress' ? source : destination,
    own: direction === 'ingress' ? destination : source,
  };
}

/** Blocks of the family; undefined when the list held only the other family's. */
function ofFamily(cidrs: readonly Cidr[] | undefined, family: 4 | 6): readonly Cidr[] | undefined {
  if (cidrs === undefined || cidrs.length === 0) return [];
  const kept = cidrs.filter((cidr) => cidr.network.family === family);
  return kept.length === 0 ? undefined : kept;
}

const isCatchAll = (cidr: Cidr): boolean => cidr.prefixBits === 0;

function sideOf(
  match: RuleMatch,
  side: 'source' | 'destination',
  { family, hook, profile }: View,
  predicates: Predicates,
): SideCondition | undefined {
  const { [side]: entity, protocol } = match;
  const { unresolvedDomains = [], service } = entity;
  const hasDomains = unresolvedDomains.length > 0;
  const nets = ofFamily(entity.nets, family) ?? (hasDomains ? [] : undefined);
  const notNets = ofFamily(entity.notNets, family);
  if (nets === undefined || notNets === undefined || notNets.some(isCatchAll)) return undefined;
  const literals: Literal[] = [];
  const asksNets = nets.length > 0 && !nets.some(isCatchAll);
  if (asksNets && !hasDomains) literals.push({ predicate: predicates.nets(nets), holds: true });
  if (notNets.length > 0) literals.push({ predicate: predicates.nets(notNets), holds: false });

  const { selector: positive, notSelector: negative, ports = [], namedPorts = [] } = entity;
  const selector = combined(positive, negative);
  // Triples imply the selector that they were drawn with, so that set is asked only where numbers may match too.
  if (selector !== undefined && (ports.length > 0 || namedPorts.length === 0))
    literals.push({ predicate: predicates.selector(selector), holds: true });
  if (positive === undefined && negative !== undefined)
    literals.push({ predicate: predicates.selector(negative), holds: false });

  const named = (names: readonly string[]): number[] =>
    names.map((name) =>
      predicates.namedPort({
        name,
        ...(selector === undefined ? {} : { selector }),
        ...(protocol === undefined ? {} : { protocol }),
      }),
    );
  // On egress the API does not say whether a name behind a block of addresses is resolved at all.
  const namesAreOpen =
    entity.namedPortsAreOpen === true ||
    (nets.length > 0 && directionOf(hook) === 'egress' && profile.namedPortBehindIpBlock === 'unspecified');
  const tests: PortTest[] = [];
  if (ports.length > 0 || namedPorts.length > 0)
    tests.push({ ...NO_PORTS, ranges: ports, predicates: named(namedPorts), namesAreOpen });
  const { notPorts = [], notNamedPorts = [] } = entity;
  if (notPorts.length > 0 || notNamedPorts.length > 0)
    tests.push({ ...NO_PORTS, negated: true, ranges: notPorts, predicates: named(notNamedPorts) });
  if (service !== undefined) {
    const name = `${service.namespace}/${service.name}`;
    if (side === 'destination') tests.push({ ...NO_PORTS, predicates: [predicates.service(name, true)] });
    else literals.push({ predicate: predicates.service(name, false), holds: true });
  }
  if (!hasDomains || (nets.length > 0 && !asksNets))
    return { literals, ports: tests.length === 0 ? NO_TESTS : tests };
  const known = asksNets ? { known: predicates.nets(nets) } : {};
  return { literals, ports: tests, domains: { ...known, held: predicates.held() } };
}

/** The one set of a side: objects that match the positive selector and not the negative one. */
function combined(positive: Selector | undefined, negative: Selector | undefined): Selector | undefined {
  if (positive === undefined || negative === undefined) return positive;
  return { kind: 'and', operands: [positive, { kind: 'not', operand: negative }] };
}
