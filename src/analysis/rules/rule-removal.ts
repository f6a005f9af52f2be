/**
 * A cluster without one unit of its policies, as if it were deleted from the manifest, and whether that takes the unit away and changes
 * nothing else: a policy without rules may mean something else, and to some CNIs policies mean something only together.
 */
import type { Location } from '../../diagnostic/diagnostic.ts';
import { formatPortRange, type PortRange } from '../../net/port.ts';
import { protocolName } from '../../net/protocol.ts';
import type { AdminPort } from '../../policy/api/admin-policy.ts';
import type { CiliumPort } from '../../policy/api/cilium.ts';
import type { NetworkPolicyPort } from '../../policy/api/network-policy.ts';
import type { Cluster } from '../../policy/cluster.ts';
import type { Direction, Policy, Rule } from '../../policy/policy.ts';
import { translatePolicies } from '../../policy/resolve/translate-policies.ts';
import { CILIUM_DENY_TIER } from '../../policy/translate/from-cilium-policy.ts';
import { hangsTogether } from '../../policy/translate/from-network-policies.ts';
import type { World } from '../../policy/world.ts';
import { piecesOf, policyKey, type RuleUnit } from './rule-units.ts';

const samePlace = (one: Location, other: Location): boolean =>
  one.file === other.file && one.line === other.line && one.column === other.column;

/** A rule as any of the APIs has it. */
interface ManifestRule {
  readonly at: Location;
  readonly peers?: readonly { readonly at: Location }[];
}

/** The lists of one object, as they are; `ports` is a list of them or an object that holds one. */
const namedPort = (protocol: number | undefined, port: string): string =>
  `${protocol === undefined ? '' : `${protocolName(protocol)} `}${port}`;

const rangeOf = (first: number | string, last: number | undefined): string =>
  typeof first === 'string' ? first : formatPortRange({ first, last: last ?? first });

const ofNetworkPolicy = ({ protocol, port, endPort }: NetworkPolicyPort): string =>
  namedPort(protocol, port === undefined ? 'any' : rangeOf(port, endPort));

const ofAdminPolicy = ({ protocol, ports, namedPort: name }: AdminPort): string =>
  namedPort(protocol, name ?? (ports === undefined ? 'any' : formatPortRange(ports)));

const ofCiliumPolicy = ({ protocol, port, endPort }: CiliumPort): string =>
  namedPort(protocol, port === undefined ? 'any' : rangeOf(port, endPort));

const ofCalicoPolicy = (port: PortRange | string): string =>
  typeof port === 'string' ? port : formatPortRange(port);

/** A list without what is meant; undefined where there is nothing of it, or nothing would be left. */
function without<T>(list: readonly T[], isMeant: (one: T) => boolean): readonly T[] | undefined {
  const left = list.filter((one) => !isMeant(one));
  return left.length === list.length || left.length === 0 ? undefined : left;
}

/** How the rules of an API are changed. */
interface Cut<R extends ManifestRule> {
  readonly withPorts: (rule: R, port: string) => R | undefined;
}

/** The list without a rule, or with one that lacks a peer or a port. */
function withoutPart<R extends ManifestRule>(
  list: readonly R[],
  { level, at, index, port, pieces }: RuleUnit,
  { withPorts }: Cut<R>,
): readonly R[] | undefined {
  const places = [at, ...pieces.map(({ rule }) => rule.at)];
  const isIt = (rule: ManifestRule, position: number): boolean =>
    position === index &&
    [rule.at, ...(rule.peers ?? []).map((peer) => peer.at)].some((place) =>
      places.some((other) => samePlace(place, other)),
    );
  const position = list.findIndex(isIt);
  const rule = list[position];
  if (rule === undefined) return undefined;
  if (level === 'rule') return list.filter((one) => one !== rule);
  let changed: R | undefined;
  if (level === 'peer') {
    const peers = without(rule.peers ?? [], (peer) => samePlace(peer.at, at));
    changed = peers === undefined ? undefined : { ...rule, peers };
  } else if (port !== undefined) changed = withPorts(rule, port);
  return changed === undefined ? undefined : list.map((one) => (one === rule ? changed : one));
}

type Changed<T> = (policy: T) => T | undefined;

/** Replaces an object by a changed one, takes it out where there is none; undefined where it is not there or cannot be changed. */
function replaced<T>(list: readonly T[], isIt: (one: T) => boolean, change: Changed<T> | 'remove') {
  const found = list.find(isIt);
  if (found === undefined) return undefined;
  if (change === 'remove') return list.filter((one) => one !== found);
  const changed = change(found);
  return changed === undefined ? undefined : list.map((one) => (one === found ? changed : one));
}

type Policies = Pick<Cluster, 'networkPolicies' | 'adminPolicies' | 'calicoPolicies' | 'ciliumPolicies'>;

/** The lists of policies without a unit; undefined where it cannot be taken out by itself. */
function policiesWithout(policies: Policies, unit: RuleUnit): Partial<Policies> | undefined {
  const { policy, level, list } = unit;
  const isWhole = level === 'policy';
  const isIt = (one: { readonly namespace?: string; readonly name: string }): boolean =>
    (one.namespace ?? '') === policy.namespace && one.name === policy.name;
  const direction = list as Direction;
  if (policy.calicoKind === 'KubernetesNetworkPolicy') {
    const networkPolicies = replaced(
      policies.networkPolicies,
      (one) => one.staged !== true && isIt(one),
      isWhole
        ? 'remove'
        : (one) => {
            const rules = withoutPart(one[direction], unit, {
              withPorts: (rule, port) => {
                const ports = without(rule.ports, (each) => ofNetworkPolicy(each) === port);
                return ports === undefined ? undefined : { ...rule, ports };
              },
            });
            return rules === undefined ? undefined : { ...one, [direction]: rules };
          },
    );
    return networkPolicies === undefined ? undefined : { networkPolicies };
  }
  if (policies.adminPolicies.some((one) => one.kind === policy.kind && isIt(one))) {
    const adminPolicies = replaced(
      policies.adminPolicies,
      (one) => one.kind === policy.kind && isIt(one),
      isWhole
        ? 'remove'
        : (one) => {
            const rules = withoutPart(one[direction], unit, {
              withPorts: (rule, port) => {
                const ports = without(rule.ports ?? [], (each) => ofAdminPolicy(each) === port);
                return ports === undefined ? undefined : { ...rule, ports };
              },
            });
            return rules === undefined ? undefined : { ...one, [direction]: rules };
          },
    );
    return adminPolicies === undefined ? undefined : { adminPolicies };
  }
  if (policies.ciliumPolicies.some((one) => one.kind === policy.kind && isIt(one))) {
    const ciliumPolicies = replaced(
      policies.ciliumPolicies,
      (one) => one.kind === policy.kind && isIt(one),
      isWhole ? 'remove' : (one) => ciliumWithout(one, unit),
    );
    return ciliumPolicies === undefined ? undefined : { ciliumPolicies };
  }
  const calicoPolicies = replaced(
    policies.calicoPolicies,
    (one) => one.kind === policy.kind && isIt(one),
    isWhole
      ? 'remove'
      : (one) => {
          const rules = withoutPart(one.rules[direction], unit, {
            withPorts: (rule, port) => {
              const text = port.split(' ').at(-1)!;
              const ports = without(rule.destination.ports, (each) => ofCalicoPolicy(each) === text);
              return ports === undefined
                ? undefined
                : { ...rule, destination: { ...rule.destination, ports } };
            },
          });
          return rules === undefined ? undefined : { ...one, rules: { ...one.rules, [direction]: rules } };
        },
  );
  return calicoPolicies === undefined ? undefined : { calicoPolicies };
}

type CiliumPolicy = Cluster['ciliumPolicies'][number];

/** The first spec that holds the rule without it. */
function ciliumWithout(policy: CiliumPolicy, unit: RuleUnit): CiliumPolicy | undefined {
  const direction = unit.list as Direction;
  const list = unit.policy.tier === CILIUM_DENY_TIER ? (`${direction}Deny` as const) : direction;
  for (const spec of policy.specs) {
    const rules = withoutPart(spec[list], unit, {
      withPorts: (rule, port) => {
        const entries = without(rule.ports?.entries ?? [], (each) => ofCiliumPolicy(each) === port);
        return entries === undefined ? undefined : { ...rule, ports: { ...rule.ports!, entries } };
      },
    });
    if (rules === undefined) continue;
    return { ...policy, specs: policy.specs.map((one) => (one === spec ? { ...spec, [list]: rules } : one)) };
  }
  return undefined;
}

/** The cluster without a unit; undefined where it cannot be taken out by itself. */
export function withoutUnit(cluster: Cluster, unit: RuleUnit): Cluster | undefined {
  const policies = policiesWithout(cluster, unit);
  return policies === undefined ? undefined : { ...cluster, ...policies };
}

const DIRECTIONS: readonly Direction[] = ['ingress', 'egress'];

type IsGone = (rule: Rule, list: Direction, port: string) => boolean;

/** What a policy means, place by place; `isGone` of pieces that are not there. */
function meaningOf(policy: Policy, cluster: Cluster, isGone: IsGone = () => false): string {
  const manifest =
    policy.calicoKind === 'KubernetesNetworkPolicy'
      ? cluster.networkPolicies.find(
          ({ staged, namespace, name }) =>
            staged !== true && namespace === policy.namespace && name === policy.name,
        )
      : undefined;
  const { rules, at: _, ...rest } = policy;
  const pieces = DIRECTIONS.map((direction) =>
    rules[direction].flatMap((rule) =>
      piecesOf(rule, manifest?.[rule.listedAs ?? direction]).flatMap(({ piece, port }) => {
        const { action, match, listedAs, beyond, hasHttp } = piece;
        return isGone(rule, rule.listedAs ?? direction, port)
          ? []
          : [{ action, match, listedAs, beyond, hasHttp }];
      }),
    ),
  );
  return JSON.stringify([rest, pieces], (_key, value: unknown) =>
    value === Number.POSITIVE_INFINITY ? 'none' : value,
  );
}

const BY_NAME = new WeakMap<Cluster, Map<string, Writable<Policies>>>();

type Writable<T> = { -readonly [Key in keyof T]: T[Key] extends readonly (infer Item)[] ? Item[] : T[Key] };

/** The policies of all APIs that have a namespace and a name. */
function policiesNamed(cluster: Cluster, { namespace, name }: Policy): Policies {
  let byName = BY_NAME.get(cluster);
  if (byName === undefined) {
    byName = new Map();
    BY_NAME.set(cluster, byName);
    const of = (one: { readonly namespace?: string; readonly name: string }): Writable<Policies> => {
      const key = `${one.namespace ?? ''}/${one.name}`;
      const known = byName!.get(key) ?? none();
      byName!.set(key, known);
      return known;
    };
    for (const one of cluster.networkPolicies) of(one).networkPolicies.push(one);
    for (const one of cluster.adminPolicies) of(one).adminPolicies.push(one);
    for (const one of cluster.calicoPolicies) of(one).calicoPolicies.push(one);
    for (const one of cluster.ciliumPolicies) of(one).ciliumPolicies.push(one);
  }
  return byName.get(`${namespace}/${name}`) ?? none();
}

const none = (): Writable<Policies> => ({
  networkPolicies: [],
  adminPolicies: [],
  calicoPolicies: [],
  ciliumPolicies: [],
});

/** Whether deleting a unit from its manifest takes its pieces out of the model, and changes nothing else. */
export function takesOnlyItself({ seen, book, profile, staged }: World, unit: RuleUnit): boolean {
  // Where policies mean something by themselves, the one alone tells.
  const isAlone = !hangsTogether(profile);
  const cluster: Cluster = isAlone ? { ...seen, ...policiesNamed(seen, unit.policy) } : seen;
  const changed = withoutUnit(cluster, unit);
  if (changed === undefined) return false;
  const key = policyKey(unit.policy);
  const ruleAt = new Set(unit.pieces.map(({ rule: { at } }) => `${at.file}:${at.line}:${at.column}`));
  const isGone = (rule: Rule, list: Direction, port: string): boolean =>
    list === unit.list &&
    rule.index === unit.index &&
    ruleAt.has(`${rule.at.file}:${rule.at.line}:${rule.at.column}`) &&
    (unit.level !== 'port' || port === unit.port);
  const before = translatePolicies(cluster, book, profile, staged).flatMap((policy) => {
    if (policyKey(policy) !== key) return [meaningOf(policy, cluster)];
    if (unit.level === 'policy') return [];
    return [meaningOf(policy, cluster, (...piece) => policy.tier === unit.policy.tier && isGone(...piece))];
  });
  const after = translatePolicies(changed, book, profile, staged).map((policy) => meaningOf(policy, changed));
  return before.length === after.length && before.every((text, at) => text === after[at]);
}
