/**
 * Whether deleting a unit of the policies takes it away and changes nothing else: a policy without rules may mean something else, and to
 * some CNIs policies mean something only together.
 */
import type { Cluster } from '../../policy/cluster.ts';
import { DIRECTIONS, type Direction, type Policy, type Rule } from '../../policy/policy.ts';
import { translatePolicies } from '../../policy/resolve/translate-policies.ts';
import { hangsTogether } from '../../policy/translate/from-network-policies.ts';
import type { World } from '../../policy/world.ts';
import { type Policies, withoutUnit } from './rule-removal.ts';
import { piecesOf, policyKey, type RuleUnit } from './rule-units.ts';

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

type Writable<T> = { -readonly [Key in keyof T]: T[Key] extends readonly (infer Item)[] ? Item[] : T[Key] };
type ByName = ReadonlyMap<string, Policies>;

/** Kept, since units of one cluster are asked about one after the other. */
const BY_NAME = new WeakMap<Cluster, ByName>();

/** The policies of all APIs that have a policy's namespace and name. */
function policiesNamed(cluster: Cluster, { namespace, name }: Policy): Policies {
  let byName = BY_NAME.get(cluster);
  if (byName === undefined) {
    byName = policiesByName(cluster);
    BY_NAME.set(cluster, byName);
  }
  return byName.get(`${namespace}/${name}`) ?? none();
}

const none = (): Writable<Policies> => ({
  networkPolicies: [],
  adminPolicies: [],
  calicoPolicies: [],
  ciliumPolicies: [],
});

function policiesByName(cluster: Cluster): ByName {
  const byName = new Map<string, Writable<Policies>>();
  const of = ({ namespace, name }: { readonly namespace?: string; readonly name: string }) => {
    const key = `${namespace ?? ''}/${name}`;
    const known = byName.get(key) ?? none();
    byName.set(key, known);
    return known;
  };
  for (const one of cluster.networkPolicies) of(one).networkPolicies.push(one);
  for (const one of cluster.adminPolicies) of(one).adminPolicies.push(one);
  for (const one of cluster.calicoPolicies) of(one).calicoPolicies.push(one);
  for (const one of cluster.ciliumPolicies) of(one).ciliumPolicies.push(one);
  return byName;
}
