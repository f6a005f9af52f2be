/**
 * What one port, or one block of addresses, of a rule comes to by itself: its policy is written down with that part alone and
 * translated as the CNI does it, so that names, ranges and protocols mean what they mean in the whole rule.
 */
import type { RulePlace } from '../../manifest/rule-places.ts';
import type { AdminPolicy } from '../../policy/api/admin-policy.ts';
import type { CalicoEntity, CalicoPolicy, CalicoRule } from '../../policy/api/calico.ts';
import type { CiliumPolicy, CiliumRule } from '../../policy/api/cilium.ts';
import type { NetworkPolicy } from '../../policy/api/network-policy.ts';
import type { Cluster } from '../../policy/cluster.ts';
import type { Direction, Policy, Rule } from '../../policy/policy.ts';
import { translatePolicies } from '../../policy/resolve/translate-policies.ts';
import type { World } from '../../policy/world.ts';

/** Which part of a rule is left: by its position among the rule's ports, or among the blocks that Calico's rules list. */
export interface RulePart {
  readonly part: 'port' | 'net';
  readonly index: number;
}

type PolicyLists = Pick<Cluster, 'networkPolicies' | 'adminPolicies' | 'calicoPolicies' | 'ciliumPolicies'>;

const NOTHING: PolicyLists = {
  networkPolicies: [],
  adminPolicies: [],
  calicoPolicies: [],
  ciliumPolicies: [],
};

/** A rule of the model as a hook asks it, and the rule of the manifest that it is of. */
export interface AskedRule {
  readonly rule: Rule;
  /** Whose rules are asked. */
  readonly asked: Direction;
  readonly place: RulePlace;
  readonly policy: Policy;
}

/** The rules of the model that the manifest's rule comes to with one of its parts alone; none where the CNI makes nothing of it. */
export function narrowedRules(
  { rule, asked, place, policy: { at } }: AskedRule,
  part: RulePart,
  world: World,
): readonly Rule[] {
  const { seen, book, profile } = world;
  const lists = narrowedLists(seen, at, place, part);
  return translatePolicies({ ...seen, ...lists }, book, profile, 'beside')
    .filter((policy) => policy.at === at)
    .flatMap(({ rules }) => rules[asked])
    .filter((one) => isSameRule(one, rule));
}

/** Whether two rules of one list are of the same rule of the manifest. */
export function isSameRule(a: Rule, b: Rule): boolean {
  return a.index === b.index && a.listedAs === b.listedAs && a.action === b.action;
}

/** The policy alone in its list. */
function narrowedLists(seen: PolicyLists, at: Rule['at'], place: RulePlace, part: RulePart): PolicyLists {
  const isIt = (policy: { readonly at: Rule['at'] }): boolean => policy.at === at;
  const [network, admin] = [seen.networkPolicies.find(isIt), seen.adminPolicies.find(isIt)];
  const [calico, cilium] = [seen.calicoPolicies.find(isIt), seen.ciliumPolicies.find(isIt)];
  return {
    ...NOTHING,
    ...(network === undefined ? {} : { networkPolicies: [narrowNetworkPolicy(network, place, part)] }),
    ...(admin === undefined ? {} : { adminPolicies: [narrowAdminPolicy(admin, place, part)] }),
    ...(calico === undefined ? {} : { calicoPolicies: [narrowCalicoPolicy(calico, place, part)] }),
    ...(cilium === undefined ? {} : { ciliumPolicies: [narrowCiliumPolicy(cilium, place, part)] }),
  };
}

const only = <T>(list: readonly T[], index: number): T[] => list.slice(index, index + 1);

/** All rules of the list get the port: there are CNIs to which the ports of a policy are those of all its rules. */
function narrowNetworkPolicy(
  policy: NetworkPolicy,
  { direction, index }: RulePlace,
  part: RulePart,
): NetworkPolicy {
  const ports = only(policy[direction][index]?.ports ?? [], part.index);
  return { ...policy, [direction]: policy[direction].map((rule) => ({ ...rule, ports })) };
}

function narrowAdminPolicy(
  policy: AdminPolicy,
  { direction, index }: RulePlace,
  part: RulePart,
): AdminPolicy {
  const narrow = (rule: AdminPolicy['ingress'][number]) => ({
    ...rule,
    ports: only(rule.ports ?? [], part.index),
  });
  return {
    ...policy,
    [direction]: policy[direction].map((rule, at) => (at === index ? narrow(rule) : rule)),
  };
}

function narrowCalicoPolicy(
  policy: CalicoPolicy,
  { direction, index }: RulePlace,
  part: RulePart,
): CalicoPolicy {
  const rules = policy.rules[direction].map((rule, at) =>
    at === index ? narrowCalicoRule(rule, direction === 'ingress' ? 'source' : 'destination', part) : rule,
  );
  return { ...policy, rules: { ...policy.rules, [direction]: rules } };
}

/** Ports of the destination are counted first, those of the source behind them. */
function narrowCalicoRule(
  rule: CalicoRule,
  peer: 'source' | 'destination',
  { part, index }: RulePart,
): CalicoRule {
  const narrowed = (entity: CalicoEntity, key: 'nets' | 'ports', at: number): CalicoEntity => ({
    ...entity,
    [key]: only<unknown>(entity[key], at),
  });
  if (part === 'net') return { ...rule, [peer]: narrowed(rule[peer], 'nets', index) };
  const ofDestination = rule.destination.ports.length;
  return index < ofDestination
    ? { ...rule, destination: narrowed(rule.destination, 'ports', index) }
    : { ...rule, source: narrowed(rule.source, 'ports', index - ofDestination) };
}

function narrowCiliumPolicy(policy: CiliumPolicy, place: RulePlace, { index }: RulePart): CiliumPolicy {
  const spec = policy.specs[place.spec]!;
  const rules = spec[place.list].map((rule, at) =>
    at === place.index ? narrowCiliumRule(rule, place, index) : rule,
  );
  return { ...policy, specs: [{ ...spec, [place.list]: rules }] };
}

/** A type of ICMP may be written as a port. */
function narrowCiliumRule(rule: CiliumRule, { ports: written }: RulePlace, index: number): CiliumRule {
  const isType = ({ path, words }: RulePlace['ports'][number]): boolean =>
    path.includes('.icmps[') || /\bprotocol: "?ICMP/i.test(words);
  const before = written.slice(0, index).filter(isType).length;
  const { entries = [], icmps = [] } = rule.ports ?? {};
  const ports = isType(written[index]!)
    ? { entries: [], icmps: only(icmps, before) }
    : { entries: only(entries, index - before), icmps: [] };
  return { ...rule, ports };
}
