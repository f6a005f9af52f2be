/** A cluster without one unit of its policies, as if it were deleted from the manifest. */
import { isSamePlace, type Location } from '../../diagnostic/diagnostic.ts';
import { formatPortRange, type PortRange } from '../../net/port.ts';
import { protocolName } from '../../net/protocol.ts';
import type { AdminPort } from '../../policy/api/admin-policy.ts';
import type { CiliumPort } from '../../policy/api/cilium.ts';
import type { NetworkPolicyPort } from '../../policy/api/network-policy.ts';
import type { Cluster } from '../../policy/cluster.ts';
import type { Direction } from '../../policy/policy.ts';
import { CILIUM_DENY_TIER } from '../../policy/translate/from-cilium-policy.ts';
import type { RuleUnit } from './rule-units.ts';

/** The lists of a cluster that hold policies. */
export type Policies = Pick<
  Cluster,
  'networkPolicies' | 'adminPolicies' | 'calicoPolicies' | 'ciliumPolicies'
>;

type NetworkPolicy = Policies['networkPolicies'][number];
type AdminPolicy = Policies['adminPolicies'][number];
type CalicoPolicy = Policies['calicoPolicies'][number];
type CiliumPolicy = Policies['ciliumPolicies'][number];

/** The cluster without a unit; undefined where it cannot be taken out by itself. */
export function withoutUnit(cluster: Cluster, unit: RuleUnit): Cluster | undefined {
  const policies = policiesWithout(cluster, unit);
  return policies === undefined ? undefined : { ...cluster, ...policies };
}

/** The list that holds the unit's policy, without the unit; undefined where it cannot be taken out by itself. */
function policiesWithout(policies: Policies, unit: RuleUnit): Partial<Policies> | undefined {
  const { kind, calicoKind, namespace, name } = unit.policy;
  const isNamed = (one: { readonly namespace?: string; readonly name: string }): boolean =>
    (one.namespace ?? '') === namespace && one.name === name;
  const isIt = (one: {
    readonly kind: string;
    readonly namespace?: string;
    readonly name: string;
  }): boolean => one.kind === kind && isNamed(one);
  if (calicoKind === 'KubernetesNetworkPolicy') {
    const isEnforced = (one: NetworkPolicy): boolean => one.staged !== true && isNamed(one);
    const networkPolicies = changed(policies.networkPolicies, isEnforced, unit, networkPolicyWithout);
    return networkPolicies && { networkPolicies };
  }
  if (policies.adminPolicies.some(isIt)) {
    const adminPolicies = changed(policies.adminPolicies, isIt, unit, adminPolicyWithout);
    return adminPolicies && { adminPolicies };
  }
  if (policies.ciliumPolicies.some(isIt)) {
    const ciliumPolicies = changed(policies.ciliumPolicies, isIt, unit, ciliumPolicyWithout);
    return ciliumPolicies && { ciliumPolicies };
  }
  const calicoPolicies = changed(policies.calicoPolicies, isIt, unit, calicoPolicyWithout);
  return calicoPolicies && { calicoPolicies };
}

/** A list with an object changed, or without it where it is the unit; undefined where it is not there or cannot be changed. */
function changed<T>(
  list: readonly T[],
  isIt: (one: T) => boolean,
  unit: RuleUnit,
  change: (policy: T, unit: RuleUnit) => T | undefined,
): readonly T[] | undefined {
  const found = list.find(isIt);
  if (found === undefined) return undefined;
  if (unit.level === 'policy') return list.filter((one) => one !== found);
  const left = change(found, unit);
  return left && list.map((one) => (one === found ? left : one));
}

function networkPolicyWithout(policy: NetworkPolicy, unit: RuleUnit): NetworkPolicy | undefined {
  const direction = unit.list as Direction;
  const rules = rulesWithout(policy[direction], unit, (rule, port) => {
    const ports = without(rule.ports, (each) => networkPolicyPort(each) === port);
    return ports && { ...rule, ports };
  });
  return rules && { ...policy, [direction]: rules };
}

function adminPolicyWithout(policy: AdminPolicy, unit: RuleUnit): AdminPolicy | undefined {
  const direction = unit.list as Direction;
  const rules = rulesWithout(policy[direction], unit, (rule, port) => {
    const ports = without(rule.ports ?? [], (each) => adminPolicyPort(each) === port);
    return ports && { ...rule, ports };
  });
  return rules && { ...policy, [direction]: rules };
}

function calicoPolicyWithout(policy: CalicoPolicy, unit: RuleUnit): CalicoPolicy | undefined {
  const direction = unit.list as Direction;
  const rules = rulesWithout(policy.rules[direction], unit, (rule, port) => {
    const written = port.split(' ').at(-1);
    const ports = without(rule.destination.ports, (each) => calicoPort(each) === written);
    return ports && { ...rule, destination: { ...rule.destination, ports } };
  });
  return rules && { ...policy, rules: { ...policy.rules, [direction]: rules } };
}

/** The first spec that holds the rule is changed. */
function ciliumPolicyWithout(policy: CiliumPolicy, unit: RuleUnit): CiliumPolicy | undefined {
  const direction = unit.list as Direction;
  const list = unit.policy.tier === CILIUM_DENY_TIER ? (`${direction}Deny` as const) : direction;
  for (const spec of policy.specs) {
    const rules = rulesWithout(spec[list], unit, (rule, port) => {
      const entries = without(rule.ports?.entries ?? [], (each) => ciliumPort(each) === port);
      return entries && { ...rule, ports: { ...rule.ports!, entries } };
    });
    if (rules === undefined) continue;
    return { ...policy, specs: policy.specs.map((one) => (one === spec ? { ...spec, [list]: rules } : one)) };
  }
  return undefined;
}

/** A rule as any of the APIs has it. */
interface ManifestRule {
  readonly at: Location;
  readonly peers?: readonly { readonly at: Location }[];
}

/** The list without a rule, or with one that lacks a peer or a port; undefined where that cannot be. */
function rulesWithout<R extends ManifestRule>(
  list: readonly R[],
  { level, at, index, port, pieces }: RuleUnit,
  withoutPort: (rule: R, port: string) => R | undefined,
): readonly R[] | undefined {
  const places = [at, ...pieces.map(({ rule }) => rule.at)];
  const isIt = (rule: ManifestRule, position: number): boolean =>
    position === index &&
    [rule.at, ...(rule.peers ?? []).map((peer) => peer.at)].some((place) =>
      places.some((other) => isSamePlace(place, other)),
    );
  const rule = list.find(isIt);
  if (rule === undefined) return undefined;
  if (level === 'rule') return list.filter((one) => one !== rule);
  let left: R | undefined;
  if (level === 'peer') {
    const peers = without(rule.peers ?? [], (peer) => isSamePlace(peer.at, at));
    left = peers && { ...rule, peers };
  } else if (port !== undefined) left = withoutPort(rule, port);
  return left && list.map((one) => (one === rule ? left : one));
}

/** A list without what is meant; undefined where there is nothing of it, or nothing would be left. */
function without<T>(list: readonly T[], isMeant: (one: T) => boolean): readonly T[] | undefined {
  const left = list.filter((one) => !isMeant(one));
  return left.length === list.length || left.length === 0 ? undefined : left;
}

// Ports as units call them: `tcp 80`, `udp 100-200`, `http`, `any`.

const networkPolicyPort = ({ protocol, port, endPort }: NetworkPolicyPort): string =>
  named(protocol, port === undefined ? 'any' : rangeOf(port, endPort));

const adminPolicyPort = ({ protocol, ports, namedPort }: AdminPort): string =>
  named(protocol, namedPort ?? (ports === undefined ? 'any' : formatPortRange(ports)));

const ciliumPort = ({ protocol, port, endPort }: CiliumPort): string =>
  named(protocol, port === undefined ? 'any' : rangeOf(port, endPort));

/** Protocols stand in the rule. */
const calicoPort = (port: PortRange | string): string =>
  typeof port === 'string' ? port : formatPortRange(port);

const named = (protocol: number | undefined, port: string): string =>
  `${protocol === undefined ? '' : `${protocolName(protocol)} `}${port}`;

const rangeOf = (first: number | string, last: number | undefined): string =>
  typeof first === 'string' ? first : formatPortRange({ first, last: last ?? first });
