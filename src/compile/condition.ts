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

const NO_NETS: readonly Cidr[] = [];
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

/** Addresses of nodes, told apart by the node of the endpoint that is asked. */
export interface NodeTest {
  readonly relation: 'own' | 'other';
  readonly any: number;
  /** By node. */
  readonly each: ReadonlyMap<string, number>;
}

export interface SideCondition {
  readonly literals: readonly Literal[];
  readonly ports: readonly PortTest[];
  readonly domains?: DomainTest;
  readonly node?: NodeTest;
}

/** What a rule is compiled for. */
export interface View {
  readonly hook: ProgramHook;
  readonly family: 4 | 6;
  readonly profile: Pick<CniProfile, 'namedPortBehindIpBlock'>;
  /** Names of all nodes. */
  readonly nodes: readonly string[];
}

/** What is asked of protocol and ICMP type. */
export interface PacketTest {
  readonly protocol?: number;
  readonly notProtocols?: readonly number[];
  readonly icmp?: { readonly type: number; readonly code?: number };
  readonly notIcmp?: { readonly type: number; readonly code?: number };
  /** Only protocols other than TCP, UDP and SCTP. */
  readonly isOtherProtocol?: boolean;
}

export interface Condition {
  readonly packet: PacketTest;
  readonly peer: SideCondition;
  readonly own: SideCondition;
}

/** A side of which nothing is asked. */
export const ANY_SIDE: SideCondition = { literals: [], ports: NO_TESTS };

/**
 * Parts of conditions that rules of one view have in common: a policy may list a hundred thousand blocks, and rules that
 * differ in nothing else share all but the block.
 */
export class SharedParts {
  /** Own sides by the entity that they were read from; an entity belongs to rules of one protocol. */
  readonly ownSides = new Map<EntityMatch, SideCondition | undefined>();
  readonly #protocols = new Map<number | undefined, PacketTest>();
  readonly #ranges = [
    new Map<readonly PortRange[], readonly PortTest[]>(),
    new Map<readonly PortRange[], readonly PortTest[]>(),
  ];

  packet({ protocol, notProtocols, icmp, notIcmp }: RuleMatch): PacketTest {
    if (notProtocols !== undefined || icmp !== undefined || notIcmp !== undefined)
      return {
        ...(protocol === undefined ? {} : { protocol }),
        ...(notProtocols === undefined ? {} : { notProtocols }),
        ...(icmp === undefined ? {} : { icmp }),
        ...(notIcmp === undefined ? {} : { notIcmp }),
      };
    let test = this.#protocols.get(protocol);
    if (test === undefined) {
      test = protocol === undefined ? {} : { protocol };
      this.#protocols.set(protocol, test);
    }
    return test;
  }

  /** The test of a list of numeric ports and nothing else. */
  ports(ranges: readonly PortRange[], namesAreOpen: boolean): readonly PortTest[] {
    const known = this.#ranges[namesAreOpen ? 1 : 0]!;
    let tests = known.get(ranges);
    if (tests === undefined) {
      tests = [{ ...NO_PORTS, ranges, namesAreOpen }];
      known.set(ranges, tests);
    }
    return tests;
  }
}

/** The condition, or undefined when the rule does not exist in this family. `shared`: of this view. */
export function conditionOf(
  match: RuleMatch,
  view: View,
  predicates: Predicates,
  shared: SharedParts,
): Condition | undefined {
  if (match.family !== undefined && match.family !== view.family) return undefined;
  const isIngress = directionOf(view.hook) === 'ingress';
  const { ownSides } = shared;
  const ownAt = (side: 'source' | 'destination'): SideCondition | undefined => {
    const entity = match[side];
    if (!ownSides.has(entity)) ownSides.set(entity, sideOf(match, side, view, predicates, shared));
    return ownSides.get(entity);
  };
  // Predicates are numbered in the order of asking: source first.
  const source = isIngress ? sideOf(match, 'source', view, predicates, shared) : ownAt('source');
  const destination = isIngress
    ? ownAt('destination')
    : sideOf(match, 'destination', view, predicates, shared);
  if (source === undefined || destination === undefined) return undefined;
  const packet = shared.packet(match);
  return isIngress ? { packet, peer: source, own: destination } : { packet, peer: destination, own: source };
}

/** Blocks of the family; undefined when the list held only the other family's. */
function ofFamily(cidrs: readonly Cidr[] | undefined, family: 4 | 6): readonly Cidr[] | undefined {
  if (cidrs === undefined || cidrs.length === 0) return NO_NETS;
  if (cidrs.length === 1) return cidrs[0]!.network.family === family ? cidrs : undefined;
  const kept = cidrs.filter((cidr) => cidr.network.family === family);
  return kept.length === 0 ? undefined : kept;
}

const isCatchAll = (cidr: Cidr): boolean => cidr.prefixBits === 0;

function sideOf(
  match: RuleMatch,
  side: 'source' | 'destination',
  view: View,
  predicates: Predicates,
  shared: SharedParts,
): SideCondition | undefined {
  const entity = match[side];
  const { unresolvedDomains, service, selector: positive, notSelector: negative } = entity;
  const hasDomains = unresolvedDomains !== undefined && unresolvedDomains.length > 0;
  const nets = ofFamily(entity.nets, view.family) ?? (hasDomains ? NO_NETS : undefined);
  const notNets = ofFamily(entity.notNets, view.family);
  if (nets === undefined || notNets === undefined || notNets.some(isCatchAll)) return undefined;
  const asksNets = nets.length > 0 && !nets.some(isCatchAll);
  // A list that begins empty and grows takes room for many more, and there may be a million of them.
  const literals: Literal[] =
    asksNets && !hasDomains ? [{ predicate: predicates.nets(nets), holds: true }] : [];
  if (notNets.length > 0) literals.push({ predicate: predicates.nets(notNets), holds: false });
  if (entity.isOutside === true) literals.push({ predicate: predicates.held(), holds: false });

  const selector = combined(positive, negative);
  // Triples imply the selector that they were drawn with, so that set is asked only where numbers may match too.
  if (selector !== undefined && (isListed(entity.ports) || !isListed(entity.namedPorts)))
    literals.push({ predicate: predicates.selector(selector), holds: true });
  if (positive === undefined && negative !== undefined)
    literals.push({ predicate: predicates.selector(negative), holds: false });

  const tests = portTests(match, side, { view, predicates, shared, selector, asksNets: nets.length > 0 });
  if (service !== undefined && side === 'source')
    literals.push({
      predicate: predicates.service(`${service.namespace}/${service.name}`, false),
      holds: true,
    });
  const node = entity.node === undefined ? {} : { node: nodeTest(entity.node, view, predicates) };
  if (!hasDomains || (nets.length > 0 && !asksNets))
    return literals.length + tests.length === 0 && entity.node === undefined
      ? ANY_SIDE
      : { literals, ports: tests, ...node };
  const known = asksNets ? { known: predicates.nets(nets) } : {};
  return { literals, ports: tests, domains: { ...known, held: predicates.held() }, ...node };
}

function nodeTest(relation: NodeTest['relation'], { nodes }: View, predicates: Predicates): NodeTest {
  return {
    relation,
    any: predicates.node(),
    each: new Map(nodes.map((name) => [name, predicates.node(name)])),
  };
}

const isListed = <T>(list: readonly T[] | undefined): list is readonly T[] =>
  list !== undefined && list.length > 0;

interface PortContext {
  readonly view: View;
  readonly predicates: Predicates;
  readonly shared: SharedParts;
  /** The endpoints that names are asked of; undefined: all. */
  readonly selector: Selector | undefined;
  readonly asksNets: boolean;
}

/** What a side asks of its port, numbers, names and a Service's. */
function portTests(
  match: RuleMatch,
  side: 'source' | 'destination',
  { view: { hook, profile }, predicates, shared, selector, asksNets }: PortContext,
): readonly PortTest[] {
  const { [side]: entity, protocol } = match;
  const { ports, namedPorts, notPorts, notNamedPorts } = entity;
  const service = side === 'destination' ? entity.service : undefined;
  // On egress the API does not say whether a name behind a block of addresses is resolved at all.
  const namesAreOpen =
    entity.namedPortsAreOpen === true ||
    (asksNets && directionOf(hook) === 'egress' && profile.namedPortBehindIpBlock === 'unspecified');
  if (!isListed(namedPorts) && !isListed(notPorts) && !isListed(notNamedPorts) && service === undefined)
    return isListed(ports) ? shared.ports(ports, namesAreOpen) : NO_TESTS;
  const named = (names: readonly string[] = []): number[] =>
    names.map((name) =>
      predicates.namedPort({
        name,
        ...(selector === undefined ? {} : { selector }),
        ...(protocol === undefined ? {} : { protocol }),
      }),
    );
  const tests: PortTest[] = [];
  if (isListed(ports) || isListed(namedPorts))
    tests.push({ ...NO_PORTS, ranges: ports ?? [], predicates: named(namedPorts), namesAreOpen });
  if (isListed(notPorts) || isListed(notNamedPorts))
    tests.push({ ...NO_PORTS, negated: true, ranges: notPorts ?? [], predicates: named(notNamedPorts) });
  if (service !== undefined)
    tests.push({
      ...NO_PORTS,
      predicates: [predicates.service(`${service.namespace}/${service.name}`, true)],
    });
  return tests;
}

/** The one set of a side: objects that match the positive selector and not the negative one. */
function combined(positive: Selector | undefined, negative: Selector | undefined): Selector | undefined {
  if (positive === undefined || negative === undefined) return positive;
  return { kind: 'and', operands: [positive, { kind: 'not', operand: negative }] };
}
